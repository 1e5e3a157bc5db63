"""Several runs in one picture: each with a look of its own, marks where a knob was turned."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.figures.runs import MOST, Curves, RunsFigure

LOSSES = [2.0 / (1 + 0.05 * step) for step in range(120)]
HISTORY = {
    "loss": [1.5, 0.9, 0.6],
    "accuracy": [0.4, 0.7, 0.8],
    "val_loss": [1.2, 0.8, 0.7],
    "val_accuracy": [0.5, 0.7, 0.75],
}


def run(name="run 1", look=1, **changes) -> Curves:
    return Curves(name, look, LOSSES, 40, HISTORY, **changes)


@pytest.fixture
def figure():
    return RunsFigure(epochs=3)


def lines(figure, name) -> list:
    return [artists[name] for artists in figure._lines if artists[name].get_visible()]


def test_each_run_has_a_color_and_a_dash_of_its_own(figure):
    figure.update([run(f"run {look}", look) for look in range(MOST)])
    for name in ("loss", "val_loss", "right", "val_right"):
        drawn = lines(figure, name)
        assert len({line.get_color() for line in drawn}) == MOST
        assert len({(line.get_color(), str(line._dash_pattern)) for line in drawn}) == MOST
    assert len({line.get_marker() for line in lines(figure, "val_loss")}) == MOST
    assert [text.get_text() for text in figure.figure.legends[0].get_texts()] == [
        f"run {look}" for look in range(MOST)
    ]


def test_validation_stands_at_the_ends_of_epochs_and_training_between(figure):
    figure.update([run()])
    (held,), (trained,) = lines(figure, "val_loss"), lines(figure, "loss")
    np.testing.assert_array_equal(held.get_xdata(), [1, 2, 3])
    np.testing.assert_allclose(held.get_ydata(), HISTORY["val_loss"])
    assert 0 < trained.get_xdata()[0] < 0.05 and 2.9 < trained.get_xdata()[-1] <= 3
    (accuracy,) = lines(figure, "right")
    np.testing.assert_allclose(accuracy.get_xdata(), [0.5, 1.5, 2.5])
    assert figure._titles[figure.right].get_text() == "accuracy"


def test_a_turned_knob_is_marked_on_the_curve_and_named_in_front(figure):
    figure.update(
        [run(changes=[(60, "learning rate 0.01")], front=True), run("run 2", 5, changes=[(20, "x")])]
    )
    one, other = lines(figure, "turned")
    assert one.get_xdata()[0] == pytest.approx(1.5) and other.get_xdata()[0] == pytest.approx(0.5)
    assert one.get_ydata()[0] == pytest.approx(LOSSES[60], abs=0.1)
    words = [word.get_text() for word in figure._words if word.get_visible()]
    assert words == ["learning rate 0.01"]


def test_a_run_that_grows_is_followed(figure):
    losses: list[float] = []
    curves = Curves("run 1", 1, losses, 40, {}, front=True)
    for step in range(0, 120, 30):
        losses += LOSSES[step : step + 30]
        figure.update([curves], epochs=3)
        (line,) = lines(figure, "loss")
        assert len(line.get_xdata()) == step + 30


def test_a_long_plan_of_which_little_is_done_is_seen_close(figure):
    figure.update([], epochs=1000)
    figure.update([run()], epochs=1000)
    assert figure.loss.get_xlim()[1] < 20
    figure.update([], epochs=1000)
    assert figure.loss.get_xlim()[1] > 1000, "nothing is done: all that is planned"


@pytest.mark.parametrize("bad", [[np.nan] * 4, [np.inf, 1e300, -np.inf, 2.0], []])
def test_numbers_that_cannot_be_drawn(figure, bad):
    history = {"loss": bad, "val_loss": bad}
    figure.update([Curves("bad", 1, bad, 2, history, [(1, "learning rate 1e+30")], front=True), run()])
    kind, data = figure.encode()
    assert kind == "png" and data.startswith(b"\x89PNG")


def test_runs_without_losses_of_steps_show_their_epochs(figure):
    figure.update([Curves("loaded", 2, [], 40, HISTORY)])
    (line,) = lines(figure, "loss")
    np.testing.assert_allclose(line.get_ydata(), HISTORY["loss"])


def test_limits_stay_while_a_knob_moves(figure):
    figure.update([run()], epochs=3)
    before = figure.loss.get_ylim(), figure.right.get_ylim()
    low = Curves("low", 3, [0.01] * 120, 40, {"loss": [0.01], "accuracy": [0.99], "val_accuracy": [0.99]})
    figure.update([low], epochs=3, rescale=False)
    assert (figure.loss.get_ylim(), figure.right.get_ylim()) == before
    figure.update([low], epochs=3)
    assert figure.loss.get_ylim()[1] < before[0][1]


def test_wrong_arguments_are_named(figure):
    with pytest.raises(TypeError, match="runs must be a list of at most 7 of Curves"):
        figure.update(["run"])
    with pytest.raises(ValueError, match="runs must be a list of at most 7"):
        figure.update([run()] * 8)
    with pytest.raises(ValueError, match="theme must be one of"):
        RunsFigure(theme="pink")


def test_both_themes_and_the_metric_that_is_asked_for():
    figure = RunsFigure(3, metric="mean_absolute_error", theme="dark")
    history = {
        "loss": [1.0],
        "accuracy": [0.5],
        "mean_absolute_error": [3.0],
        "val_mean_absolute_error": [4.0],
    }
    figure.update([Curves("run 1", 1, [], 4, history)])
    assert figure._titles[figure.right].get_text() == "mean absolute error"
    assert figure.encode(moving=True)[0] == "jpeg"
