"""The picture of a retraining: two panels, the curve of before, other seeds, and a curve that ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.figures.retraining import DECADES, RetrainingFigure

HISTORY = {
    "loss": [2.0, 1.0, 0.5],
    "accuracy": [0.3, 0.6, 0.9],
    "val_loss": [1.8, 0.9, 0.6],
    "val_accuracy": [0.4, 0.6, 0.8],
}
EARLIER = {name: [value * 0.9 for value in values] for name, values in HISTORY.items()}


def line(figure, panel, part, earlier=False):
    return figure._lines[panel, part, earlier]


def test_losses_are_on_the_left_and_the_metric_on_the_right():
    figure = RetrainingFigure(3, HISTORY, earlier=EARLIER)
    for part in ("", "val_"):
        np.testing.assert_allclose(line(figure, "loss", part).get_data(), [[1, 2, 3], HISTORY[f"{part}loss"]])
        np.testing.assert_allclose(
            line(figure, "metric", part).get_data(), [[1, 2, 3], HISTORY[f"{part}accuracy"]]
        )
        np.testing.assert_allclose(line(figure, "loss", part, True).get_ydata(), EARLIER[f"{part}loss"])
    assert figure.loss.get_yscale() == "log" and figure.right.get_title(loc="left") == "accuracy"
    assert figure.right.get_ylim() == (-0.03, 1.04)


def legend(figure):
    return [text.get_text() for text in figure.figure.legends[0].get_texts()]


def test_the_legend_names_what_there_is():
    figure = RetrainingFigure(3, HISTORY)
    assert legend(figure) == ["training", "validation"]
    figure.update(HISTORY, earlier=EARLIER, others=[EARLIER])
    assert legend(figure) == ["training", "validation", "before the last change", "other seeds"]
    figure.update({"loss": [1.0]})
    assert legend(figure) == ["training"]


def test_the_band_is_from_the_lowest_to_the_highest_of_all_seeds():
    higher = {name: [value * 1.1 for value in values] for name, values in HISTORY.items()}
    figure = RetrainingFigure(3, HISTORY, others=[EARLIER, higher])
    outline = figure._bands["loss"].get_paths()[0].vertices
    for epoch, value in enumerate(HISTORY["val_loss"], start=1):
        heights = outline[outline[:, 0] == epoch, 1]
        assert heights.min() == pytest.approx(0.9 * value) and heights.max() == pytest.approx(1.1 * value)
    figure.update(HISTORY)
    assert not figure._bands["loss"].get_visible()


def test_limits_stay_while_a_slider_moves_and_follow_when_it_rests():
    figure = RetrainingFigure(3, HISTORY)
    before = figure.loss.get_ylim()
    far = {**HISTORY, "loss": [300.0, 200.0, 100.0]}
    figure.update(far, rescale=False)
    assert figure.loss.get_ylim() == before
    assert line(figure, "loss", "").get_ydata().max() == before[1], "it goes along the upper edge"
    figure.update(far)
    assert figure.loss.get_ylim()[1] > 300
    figure.update(HISTORY)
    assert figure.loss.get_ylim()[1] < 30


def test_what_runs_away_ends_and_does_not_flatten_the_rest():
    figure = RetrainingFigure(10, {**HISTORY, "loss": [1.0, 1e12, 1e30]}, ran_away=4)
    low, high = figure.loss.get_ylim()
    assert figure._end.get_visible() and figure._end.get_xdata() == [4, 4]
    assert np.log10(high / low) < DECADES + 1
    figure.update(HISTORY)
    assert not figure._end.get_visible()


def test_losses_that_may_be_negative_have_a_plain_axis():
    figure = RetrainingFigure(3, {"loss": [-1.0, -2.0, -3.0]})
    assert figure.loss.get_yscale() == "linear" and figure.loss.get_ylim()[0] < -3
    figure.update(HISTORY)
    assert figure.loss.get_yscale() == "log"


numbers = st.lists(
    st.one_of(st.none(), st.floats(), st.sampled_from([1e300, -1e300, 5e-324, 0.0])), min_size=0, max_size=6
)


@settings(max_examples=25)
@given(
    loss=numbers, held=numbers, accuracy=numbers, rescale=st.booleans(), away=st.none() | st.integers(1, 6)
)
def test_any_history_is_drawn(loss, held, accuracy, rescale, away):
    figure = RetrainingFigure(6, HISTORY)
    history = {"loss": loss, "val_loss": held, "accuracy": accuracy}
    figure.update(history, earlier=history, others=[HISTORY], ran_away=away, rescale=rescale)
    assert figure.encode()[1] and figure.encode(moving=True)[1]


def test_a_word_where_there_are_no_curves_yet():
    figure = RetrainingFigure(3)
    blank = figure.encode()[1]
    figure.say("Keras is loading.")
    assert figure.encode()[1] != blank
    figure.say("")
    assert figure.encode()[1] == blank


@pytest.mark.parametrize("epochs", [0, -1, 2.5, "3"])
def test_epochs_are_checked(epochs):
    with pytest.raises((ValueError, TypeError), match="epochs must be a whole number of 1 or more"):
        RetrainingFigure(epochs)
