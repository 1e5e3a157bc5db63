"""Curves and images of a model that learns, and images in rows."""

import numpy as np
import pytest

from bigmodel_nb.figures.digits import HEIGHT, ImagesFigure
from bigmodel_nb.figures.learning import COLUMNS, ROWS, Curve, LearningFigure

IMAGES = np.random.default_rng(0).random((100, 8, 8))


def curve(name="NumPy", epochs=3):
    made = Curve(name)
    for epoch in range(epochs):
        made.add(2.3 / (epoch + 1), 0.1 + 0.2 * epoch)
    return made


def test_curves_begin_before_the_first_epoch():
    figure = LearningFigure(10, [curve()])
    (upper, lower), *others = figure._lines
    np.testing.assert_allclose(upper.get_xdata(), [0, 1, 2])
    np.testing.assert_allclose(upper.get_ydata(), [0.1, 0.3, 0.5])
    np.testing.assert_allclose(lower.get_ydata(), [2.3, 1.15, 2.3 / 3])
    assert all(len(line.get_xdata()) == 0 for pair in others for line in pair)


def test_it_says_what_it_shows():
    figure = LearningFigure(10)
    assert figure.summary == "Nothing is learned yet."
    figure.update([curve(), curve("Keras", 1), curve("other", 0)], wrong=IMAGES[:7])
    assert figure.summary == (
        "NumPy, epoch 2 of 10: 50.0% read correctly, loss 0.767; "
        "Keras, epoch 0 of 10: 10.0% read correctly, loss 2.300; read wrongly: 7."
    )
    assert [text.get_text() for text in figure.accuracy.get_legend().get_texts()] == [
        "NumPy",
        "Keras",
        "other",
    ]
    assert figure._count.get_text() == "read wrongly: 7"


def test_images_stand_side_by_side_and_the_rest_is_empty():
    figure = LearningFigure(5)
    figure.update([], wrong=IMAGES[:12])
    mosaic = np.asarray(figure._mosaic.get_array())
    assert mosaic.shape == (10 * ROWS, 10 * COLUMNS)
    np.testing.assert_array_equal(mosaic[1:9, 11:19], IMAGES[1])
    np.testing.assert_array_equal(mosaic[11:19, 1:9], IMAGES[10])
    assert (mosaic[20:] == 0).all() and (mosaic[10:20, 20:] == 0).all()
    figure.update([], wrong=IMAGES)  # more than there is room for: the number says so
    assert (
        figure._count.get_text() == "read wrongly: 100"
        and (np.asarray(figure._mosaic.get_array())[60:] > 0).any()
    )
    figure.update([], wrong=IMAGES[:0])
    assert (np.asarray(figure._mosaic.get_array()) == 0).all()
    figure.update([])
    assert not figure._mosaic.get_visible() and figure._count.get_text() == ""


def test_an_update_draws_what_a_new_picture_would():
    figure = LearningFigure(10)
    figure.encode()
    figure.update([curve()], wrong=IMAGES[:3])
    assert figure.encode()[1] == LearningFigure(10, [curve()], wrong=IMAGES[:3]).encode()[1]
    dark = LearningFigure(10, [curve()], wrong=IMAGES[:3], theme="dark")
    assert dark.encode()[1] != figure.encode()[1]


def test_a_loss_that_ran_away_is_drawn_at_the_edge():
    lost = Curve("lost", [2.0, 1e200, np.inf, np.nan], [0.1, 0.1, 0.1, 0.1])
    figure = LearningFigure(5, [lost])
    assert np.asarray(figure._lines[0][1].get_ydata()).max() == figure.loss.get_ylim()[1]
    assert np.isfinite(figure._lines[0][1].get_ydata()).all() and figure.encode()


def test_images_in_rows():
    figure = ImagesFigure(IMAGES[:10], range(10))
    assert figure.height == 2 * HEIGHT and len(figure.figure.axes) == 10
    assert [axes.get_title() for axes in figure.figure.axes] == list("0123456789")
    assert len(ImagesFigure(IMAGES, range(100), most=3).figure.axes) == 3
    assert ImagesFigure(IMAGES[:0], []).encode()  # nothing was read wrongly


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: LearningFigure(0), "epochs must be a whole number of 1 or more; received: 0"),
        (lambda: LearningFigure(5, [1]), "curves must be a list of at most 3 of Curve; received: [1]"),
        (lambda: LearningFigure(5, [curve()] * 4), "curves must be a list of at most 3 of Curve"),
        (lambda: LearningFigure(5, wrong=IMAGES[0]), "wrong must be an array of shape (k, height, width)"),
        (lambda: Curve("a").add(1.0, 1.5), "accuracy must be a number from 0 to 1; received: 1.5"),
        (lambda: ImagesFigure(IMAGES[0], "a"), "images must be an array of shape (k, height, width)"),
        (lambda: ImagesFigure(IMAGES[:2], ["a"]), "captions must be a list of 2 texts, one for each image"),
    ],
)
def test_wrong_arguments_are_named(call, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert words in str(caught.value)
