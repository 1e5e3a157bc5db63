"""The picture of a run, at any moment of any run."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.figures.training import MARKED, TrainingFigure

LOSSES = [2.3 - 0.002 * step for step in range(900)]
HISTORY = {
    "loss": [2.2, 1.5, 1.0],
    "accuracy": [0.2, 0.5, 0.8],
    "val_loss": [2.0, 1.2, 1.3],
    "val_accuracy": [0.3, 0.6, 0.7],
}


@pytest.fixture
def figure():
    figure = TrainingFigure(900, 45)
    figure.update(LOSSES[:135], HISTORY)
    return figure


def test_steps_are_on_the_left_and_epochs_on_the_right(figure):
    np.testing.assert_allclose(figure._steps.get_xdata(), np.arange(1, 136))
    np.testing.assert_allclose(figure._steps.get_ydata(), LOSSES[:135])
    np.testing.assert_allclose(figure._means.get_xdata(), [22.5, 67.5, 112.5])
    np.testing.assert_allclose(figure._held_out.get_xdata(), [45, 90, 135])
    np.testing.assert_allclose(figure._held_out.get_ydata(), HISTORY["val_loss"])
    np.testing.assert_allclose(figure._by_epoch[""].get_xdata(), [0.5, 1.5, 2.5])
    np.testing.assert_allclose(figure._by_epoch["val_"].get_data(), [[1, 2, 3], HISTORY["val_accuracy"]])
    assert figure.right.get_ylim() == (-0.03, 1.04) and figure._right_title.get_text() == "accuracy by epoch"
    assert figure.loss.get_xlim()[1] > 900 and figure.right.get_xlim()[1] > 20


def test_it_says_what_it_shows(figure):
    assert figure.summary == (
        "Loss 2.3 at first, 2.032 at step 135; epoch 3: loss 1, validation loss 1.3, accuracy 0.8, "
        "validation accuracy 0.7; lowest validation loss 1.2 after epoch 2."
    )
    assert TrainingFigure(5).summary == "No step is done yet."


def test_an_update_draws_what_a_new_picture_would(figure):
    figure.encode()
    figure.update(LOSSES[:200], HISTORY)
    new = TrainingFigure(900, 45)
    new.update(LOSSES[:135], HISTORY)  # limits depend on what came first
    new.update(LOSSES[:200], HISTORY)
    assert figure.encode()[1] == new.encode()[1]


def test_without_a_metric_the_right_shows_the_loss():
    figure = TrainingFigure(900, 45)
    figure.update(LOSSES[:90], {"loss": [2.0, 1.9], "val_loss": [1.8, 1.7]})
    assert figure._right_title.get_text() == "loss by epoch"
    np.testing.assert_allclose(figure._by_epoch[""].get_ydata(), [2.0, 1.9])
    figure.update(LOSSES[:90], {"loss": [2.0, 1.9]})
    assert len(figure._held_out.get_xdata()) == len(figure._by_epoch["val_"].get_xdata()) == 0


def test_losses_of_steps_need_not_be_known():
    """On JAX and PyTorch they are not."""
    figure = TrainingFigure(900, 45)
    figure.update((), HISTORY, ended="interrupted")
    assert figure.summary.startswith("Epoch 3: loss 1, validation loss 1.3")
    assert figure._end.get_xdata() == [135, 135]
    np.testing.assert_allclose(figure._means.get_ydata(), HISTORY["loss"])
    assert figure.loss.get_ylim()[1] > 2.2 and figure.encode()


def test_a_metric_can_be_chosen_and_another_has_limits_of_its_own():
    history = {"loss": [1.0], "accuracy": [0.5], "mean_absolute_error": [30.0], "val_loss": [1.0]}
    figure = TrainingFigure(45, 45, metric="mean_absolute_error")
    figure.update(LOSSES[:45], history)
    assert figure._right_title.get_text() == "mean absolute error by epoch"
    assert figure.right.get_ylim()[0] < 30 < figure.right.get_ylim()[1]
    assert "mean absolute error 30" in figure.summary


def test_the_learning_rate_has_a_strip_where_it_is_asked_for(figure):
    assert figure.rate is None
    with_rates = TrainingFigure(900, 45, rates=True)
    rates = np.minimum(np.arange(1, 201) / 100, 1) * 1e-3
    with_rates.update(LOSSES[:200], rates=rates)
    heights = with_rates._rate_line.get_ydata()
    assert (np.diff(heights[:100]) > 0).all() and np.ptp(heights[100:]) == 0
    assert with_rates._rate_word.get_text() == "learning rate 0.001"


def test_where_a_run_ended_early_there_is_a_line_and_a_word(figure):
    figure.update(LOSSES[:700], HISTORY, ended="interrupted")
    assert figure._end.get_visible() and figure._end.get_xdata() == [700, 700]
    assert figure._end_word.get_text() == "interrupted"
    figure.update(LOSSES, HISTORY, ended="finished")
    assert not figure._end.get_visible()


def test_of_a_run_without_end_its_beginning_is_shown():
    figure = TrainingFigure(45_000_000, 45)
    reached = set()
    for steps in range(10, 900, 10):
        figure.update(LOSSES[:steps])
        right = figure.loss.get_xlim()[1]
        assert steps < right < 5 * steps + 20
        assert figure.right.get_xlim()[1] == pytest.approx(max(1, right / 1.015 / 45) * 1.03)
        reached.add(right)
    assert len(reached) < 6
    figure.update(LOSSES[:890], ended="interrupted")
    assert 890 < figure.loss.get_xlim()[1] < 1300


def test_all_is_drawn_anew_a_few_times_only():
    figure, anew = TrainingFigure(10_000, 100), 0
    losses = [0.2 + 2 * 0.9995**step for step in range(10_000)]
    for epoch in range(1, 101):
        history = {"loss": losses[50 : 100 * epoch : 100], "val_loss": losses[99 : 100 * epoch : 100]}
        figure.update(losses[: 100 * epoch], history, ended="finished" if epoch == 100 else None)
        anew += figure._background is None
        figure._paint()
    assert anew < 9
    assert len(figure._steps.get_xdata()) <= 2000
    assert figure._held_out.get_marker() == "" and len(history["loss"]) > MARKED


VALUES = st.floats(allow_nan=True, allow_infinity=True) | st.none()


@settings(max_examples=15)
@given(
    steps=st.integers(0, 50),
    per_epoch=st.integers(1, 60),
    losses=st.lists(VALUES.filter(lambda value: value is not None), max_size=60),
    history=st.dictionaries(
        st.sampled_from(["loss", "val_loss", "auc", "val_auc", "mse"]), st.lists(VALUES, max_size=5)
    ),
    ended=st.sampled_from([None, "diverged"]),
)
def test_any_run_can_be_drawn(steps, per_epoch, losses, history, ended):
    figure = TrainingFigure(steps, per_epoch, rates=True)
    for known in (losses[: len(losses) // 2], losses):
        figure.update(known, history, rates=known, ended=ended)
        figure.encode()
    assert figure.summary and np.isfinite(figure.loss.get_ylim()).all()
    assert np.isfinite(figure.right.get_ylim()).all()


@pytest.mark.parametrize("rates", [False, True])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_word_stands_on_another(rates, theme):
    figure = TrainingFigure(45_000, 1500, rates=rates, theme=theme)
    losses = [2.3 * 0.9999**step for step in range(30_000)]
    history = {"loss": losses[::1500], "accuracy": [0.9] * 20, "val_loss": losses[1499::1500]}
    figure.update(losses, history, rates=losses, ended="interrupted")
    figure.encode()
    renderer, words = figure.canvas.get_renderer(), []
    for axes in figure.figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            words += [axis.label, axis.offsetText]
            words += [tick.label1 for tick in axis._update_ticks()]
        words.append(axes._left_title)
    words += figure.figure.legends[0].get_texts()
    boxes = [(word.get_text(), word.get_window_extent(renderer)) for word in words]
    boxes = [(text, box) for text, box in boxes if text and box.width > 1]  # a hidden label has no place
    whole = figure.figure.bbox
    assert len(boxes) > 10
    for text, box in boxes:
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0 and box.y1 <= whole.y1, text
    for (text, box), (other, place) in itertools.combinations(boxes, 2):
        assert not box.overlaps(place), (text, other)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: TrainingFigure(-1), "steps must be a whole number of 0 or more; received: -1"),
        (lambda: TrainingFigure(10, 2.5), "steps_per_epoch must be a whole number of 1 or more"),
        (lambda: TrainingFigure(10, theme="blue"), "theme must be one of"),
    ],
)
def test_wrong_arguments_are_named(call, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert words in str(caught.value)
