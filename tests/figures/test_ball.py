"""The picture of the ball."""

import numpy as np
import pytest

from bigmodel_nb.figures.ball import HIGH, WIDE, BallFigure, fate
from bigmodel_nb.maths.ball import roll


def drawn(figure):
    return np.asarray(figure._path.get_xdata()), figure._ball.get_xdata()[0], figure._words.get_text()


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0.1, "arrives after 26 steps"),
        (0.5, "arrives after 1 step"),
        (0.9995, "has not arrived after 1,000 steps"),
        (1.0, "never arrives: it leaps from side to side"),
        (1.1, "never arrives: each step ends farther out"),
    ],
)
def test_it_says_how_it_ends(rate, words):
    assert fate(roll(rate)) == drawn(BallFigure(roll(rate)))[2] == words


def test_the_path_is_drawn_as_far_as_the_picture_goes():
    figure = BallFigure(roll(0.5))
    path, ball, _words = drawn(figure)
    np.testing.assert_array_equal(path, [3, 0])
    assert ball == 0
    figure.update(roll(1.1))
    path, ball, _words = drawn(figure)
    np.testing.assert_allclose(path, [3, -3.6, 4.32, -5.184])  # the line leads out; the ball stays in sight
    assert 4 < ball < 4.32 and WIDE < 5.184
    np.testing.assert_allclose(figure._path.get_ydata(), path**2)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.7, 0.999, 1.0, 1.1, 1.2, 50.0, 1e300])
def test_the_ball_rests_on_the_curve_inside_the_picture(rate):
    figure = BallFigure(roll(rate))
    (x,), (y,) = figure._ball.get_data()
    assert abs(x) < WIDE and x**2 < y < HIGH
    assert figure.encode(moving=True)[1].startswith(b"\xff\xd8\xff")


def test_without_a_run_it_waits_at_the_start():
    path, ball, words = drawn(BallFigure())
    assert path.tolist() == [3] and 2.8 < ball < 3 and words == ""


def test_pictures_differ_and_come_back():
    figure = BallFigure(roll(0.1))
    first = figure.encode()[1]
    figure.update(roll(0.9))
    assert figure.encode()[1] != first
    figure.update(roll(0.1))
    assert figure.encode()[1] == first
    assert BallFigure(roll(0.1), theme="dark").encode()[1] != first


def test_something_else_is_refused():
    with pytest.raises(TypeError, match=r"run must be a Roll, such as roll\(0.1\), or None; received: 0.1"):
        BallFigure(0.1)
