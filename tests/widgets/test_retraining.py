"""A training under a slider: what is shown is what `fit` gives, can be made again, and comes in slices."""

from __future__ import annotations

import functools
import inspect
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.data import digits
from bigmodel_nb.figures.retraining import RetrainingFigure
from bigmodel_nb.models import build_cnn, build_linear, build_mlp
from bigmodel_nb.widgets import Prediction, RetrainingExplorer
from bigmodel_nb.widgets import retraining as module
from bigmodel_nb.widgets.retraining import OPTIMIZERS
from bigmodel_nb.widgets.retraining_builders import takes

pytestmark = pytest.mark.tensorflow

WIDGET = "application/vnd.jupyter.widget-view+json"
MODELS = {"softmax regression": build_linear, "network": functools.partial(build_mlp, widths=(8,))}


@pytest.fixture(scope="module")
def used(keras):
    """One explorer for many tests: what came before must not show. Small, so that it compiles little."""
    explorer = RetrainingExplorer(MODELS, epochs=3)
    explorer.settle()
    yield explorer
    explorer.close()


def reset(explorer: RetrainingExplorer, **state) -> None:
    usual = {"model": "softmax regression", "learning_rate": 0.1, "weight_decay": 0.0, "optimizer": "sgd",
             "epochs": 3, "batch_size": 32, "seed": 0, "seeds": 1}  # fmt: skip
    with explorer.together():
        for name, value in {**usual, **state}.items():
            getattr(explorer, name).value = value
    explorer.settle()
    # The page has answered what it was told; else a drag to a value of a moment ago counts as its answer.
    for name in ("learning_rate", "weight_decay", "epochs", "batch_size", "seed", "seeds"):
        getattr(explorer, name)._told.clear()
    assert explorer.message == ""


def same(run, curve) -> None:
    assert run.ended == curve.ended and set(run.history) == set(curve.history)
    for name, values in run.history.items():
        np.testing.assert_allclose(curve.history[name], values, rtol=0, atol=1e-5, err_msg=name)


def unwatched(code: str) -> str:
    return code if "watch=False" in code else code.replace("seed=seed,", "seed=seed, watch=False,")


# -- what it shows ------------------------------------------------------------------------------

STATES = {
    "softmax regression": {"learning_rate": 0.5},
    "network with decay": {"model": "network", "learning_rate": 0.2, "weight_decay": 0.1},
    "Adam": {"optimizer": "adam", "learning_rate": 0.01},
    "AdamW without decay": {"optimizer": "adamw", "learning_rate": 0.01},
    "other batches and seeds": {"batch_size": 100, "seed": 4, "seeds": 3},
    "ran away": {"model": "network", "learning_rate": 1e30},
}


@pytest.mark.parametrize("name", STATES)
def test_the_printed_cell_reproduces_the_numbers_by_fit(used, run_cell, name):
    reset(used, **STATES[name])
    names, figure = run_cell(unwatched(used.code()))
    assert isinstance(figure, RetrainingFigure) and len(names["runs"]) == 1 + len(used.others)
    for run, curve in zip(names["runs"], [used.curve, *used.others], strict=True):
        same(run, curve)
        assert run.seed == curve.seed


def test_the_picture_is_the_one_that_the_cell_draws(keras, made, run_cell):
    explorer = made(RetrainingExplorer(build_linear, epochs=2, seeds=2, learning_rate=0.3, theme="dark"))
    explorer.settle()
    _names, figure = run_cell(explorer.code())
    ours, cells = (np.asarray(one.canvas.buffer_rgba()) for one in (explorer.figure, figure))
    figure.encode()
    assert np.mean(np.abs(ours.astype(int) - np.asarray(figure.canvas.buffer_rgba())) > 8) < 0.002
    assert cells.shape == ours.shape


def test_arguments_of_the_constructor_reproduce_a_state(used, made):
    state = {"model": "network", "learning_rate": 0.3, "seed": 2, "epochs": 4, "weight_decay": 0.02}
    reset(used, **state)
    fresh = made(RetrainingExplorer(MODELS, **state))
    fresh.settle()
    assert fresh.curve.history == used.curve.history and fresh.code() == used.code()


def test_the_summary_says_what_the_picture_shows(used):
    reset(used, learning_rate=0.5)
    curve = used.curve
    assert f"Learning rate 0.5: after 3 epochs validation accuracy {100 * curve.val_accuracy[-1]:.1f} %" in (
        used.summary_text
    )
    assert f"loss {curve.val_loss[-1]:.4g} (lowest after epoch {curve.best_epoch}), training loss" in (
        used.summary_text
    )
    reset(used, learning_rate=0.5, seeds=3)
    ends = [100 * one.val_accuracy[-1] for one in (used.curve, *used.others)]
    assert f"3 seeds: validation accuracy from {min(ends):.1f} % to {max(ends):.1f} %." in used.summary_text


def test_a_rate_that_runs_away_is_told_and_drawn(used, page):
    reset(used, model="network")
    page.types(used.learning_rate, "1e30")
    assert used.message == "" and used.curve.ended == "diverged"
    assert "the loss was no longer a number at step 2, in epoch 1" in used.summary_text
    assert used.figure._end.get_visible() and used.figure._end.get_xdata() == [1, 1]
    page.types(used.learning_rate, "0.1")
    assert not used.figure._end.get_visible()
    assert "Before the last change: the loss was no longer a number" in used.summary_text


def test_dragging_keeps_the_curve_of_before_the_drag_for_comparison(used, page):
    reset(used, learning_rate=0.1)
    before = used.curve
    page.drags(used.learning_rate, 0.2, 0.3, 0.4)
    assert used.earlier is before and used.curve.config["learning_rate"] == 0.4
    used.settle()
    assert used.earlier is before
    page.drags(used.learning_rate, 0.5)
    assert used.earlier.config["learning_rate"] == 0.4


def test_another_number_of_seeds_does_not_train_the_first_again(used):
    reset(used)
    first = used.curve
    reset(used, seeds=3)
    assert used.curve is first and [one.seed for one in used.others] == [1, 2]
    reset(used, seeds=2)
    assert used.curve is first and [one.seed for one in used.others] == [1]


# -- when it trains -------------------------------------------------------------------------------


def test_it_is_there_before_keras_and_says_so(python):
    code = """
import sys
from bigmodel_nb.widgets import RetrainingExplorer
explorer = RetrainingExplorer()
assert "Keras is loading" in explorer.summary_text and explorer.image.value
explorer.learning_rate.value = 0.3
assert not explorer.message and not {"keras", "tensorflow"} & set(sys.modules)
explorer.close()
"""
    python(code)


def test_shown_it_says_what_is_coming_first_and_then_trains(keras, made, monkeypatch):
    page: list[dict] = []

    class Handle:
        def update(self, bundle, raw):
            page.append({"in place of the first": bundle})

    def display(bundle, raw, display_id=False):
        page.append(bundle)
        return Handle() if display_id else None

    monkeypatch.setattr("IPython.display.display", display)
    explorer = made(RetrainingExplorer(build_linear, epochs=2))
    explorer._ipython_display_()
    first, live, still = page
    assert "Keras is loading" in first["text/html"] and WIDGET not in first
    live = live["in place of the first"]
    assert live[WIDGET]["model_id"] == explorer.model_id and "accuracy" in live["text/plain"]
    assert "accuracy" in still["text/html"] and live["image/png"] in still["text/html"]
    page.clear()
    explorer._ipython_display_()
    assert [WIDGET in bundle for bundle in page] == [True, False], (
        "a second time there is nothing to wait for"
    )


def test_where_no_ticks_come_all_is_done_at_once(used, page, monkeypatch):
    reset(used, epochs=4)
    for place in ("retraining", "explorer"):
        monkeypatch.setattr(f"bigmodel_nb.widgets.{place}.BY_ITSELF", False)
    monkeypatch.setattr(module, "SLICE", 0.0)
    with used.silently():
        used.seeds.value = 2
    page.drags(used.learning_rate, 0.5)
    assert used.curve.ended == used.others[0].ended == "finished" and not used.pending
    assert used.image.format == "png"
    page.drags(used.batch_size, 55)
    assert used.curve.config["batch_size"] == 55 and used.curve.ended == "finished"


class TestSlices:
    """A slow model, which is one whose slices are over at once."""

    @pytest.fixture
    def slow(self, used, monkeypatch):
        reset(used, epochs=5)
        for place in ("retraining", "explorer"):  # as in ipywidgets 8, whichever is installed
            monkeypatch.setattr(f"bigmodel_nb.widgets.{place}.BY_ITSELF", True)
        monkeypatch.setattr(module, "SLICE", 0.0)
        return used

    def test_a_run_goes_on_tick_by_tick(self, slow, page):
        page.drags(slow.learning_rate, 0.5)
        lengths = [slow.curve.epochs]
        while slow.curve.ended == "running":
            assert slow.pending and "epoch" in slow.summary_text
            page.ticks(slow._clock)
            lengths.append(slow.curve.epochs)
        assert lengths == [1, 2, 3, 4, 5] and not slow.pending

    def test_a_move_drops_the_run_under_way(self, slow, page):
        page.drags(slow.learning_rate, 0.5)
        stale = slow.curve
        page.drags(slow.learning_rate, 0.6)
        page.ticks(slow._clock, 9)
        assert stale.epochs == 1 and slow.curve.config["learning_rate"] == 0.6
        assert slow.curve.ended == "finished"

    def test_other_seeds_wait_until_it_rests(self, slow, page, monkeypatch):
        reset(slow, seeds=3)
        page.drags(slow.learning_rate, 0.5)
        page.ticks(slow._clock, 6)
        assert slow.curve.ended == "finished" and slow.others == [] and slow.pending
        monkeypatch.setattr("bigmodel_nb.widgets.explorer.REST", 0.0)
        page.ticks(slow._clock, 20)
        assert [one.ended for one in slow.others] == ["finished"] * 2 and not slow.pending
        assert slow.image.format == "png" and not slow._clock.running

    def test_another_model_is_announced_before_it_is_compiled(self, slow, page, monkeypatch):
        batch = slow.batch_size
        page.drags(batch, 77)
        assert slow.pending and "When the slider rests" in slow.summary_text
        page.ticks(slow._clock)
        assert "When the slider rests" in slow.summary_text, "it waits"
        monkeypatch.setattr("bigmodel_nb.widgets.explorer.REST", 0.0)
        page.ticks(slow._clock)
        assert "Compiling another model" in slow.summary_text and slow.curve is None
        page.ticks(slow._clock, 12)
        assert slow.curve.ended == "finished" and slow.curve.config["batch_size"] == 77
        assert slow.curve.seconds["compiling"] > 0

    def test_code_waits_for_the_results_by_settle(self, slow):
        slow.learning_rate.value = 0.7
        assert slow.curve.ended == "running"
        slow.settle()
        assert slow.curve.ended == "finished" and slow.image.format == "png"


# -- controls -------------------------------------------------------------------------------------


def test_controls_of_the_model(keras, made):
    explorer = made(
        RetrainingExplorer({"linear": build_linear, "network": build_mlp}, model="network", epochs=1,
                           dropout=0.3, width=6)
    )  # fmt: skip
    explorer.settle()
    assert explorer.settings()["widths"] == (6,) and explorer.curve.config["dropout"] == 0.3
    explorer.dropout.value = 0.5
    assert explorer.curve.config["dropout"] == 0.5 and explorer.curve.seconds["compiling"] == 0
    explorer.model.value = "linear"
    explorer.settle()
    assert explorer.message == "" and "dropout" not in explorer.curve.config


def test_which_builders_take_what():
    assert takes(build_mlp, "widths") and takes(functools.partial(build_mlp, l2=1), "dropout")
    assert not takes(build_linear, "widths") and not takes(build_linear, "dropout")
    assert takes(lambda dropout: 3, "dropout") and not takes(lambda: 3, "dropout")
    assert takes(lambda **fields: 3, "dropout") and takes(build_cnn, "dropout")


def test_every_control_is_an_argument():
    parameters = inspect.signature(RetrainingExplorer).parameters
    assert set(RetrainingExplorer.CONTROLS) <= set(parameters)


@pytest.mark.parametrize("name", RetrainingExplorer.CONTROLS)
def test_lessons_show_what_they_are_asked_to(made, name):
    explorer = made(RetrainingExplorer(MODELS, show=[name], dropout=0.1, width=5))
    assert getattr(explorer, name) in explorer.children


def test_a_prediction_hides_the_curves(keras, made):
    truth = "higher"
    prediction = Prediction("01/test", "Higher?", ["higher", "lower"], truth=lambda one: truth)
    explorer = made(RetrainingExplorer(build_linear, epochs=1, prediction=prediction))
    explorer.settle()
    assert explorer.summary_text == "The curves are ready. Predict, and they are shown."
    hidden = bytes(explorer.image.value)
    prediction.choose("higher")
    assert "validation accuracy" in explorer.summary_text and bytes(explorer.image.value) != hidden
    assert "✓" in prediction._feedback.value


# -- what goes wrong ------------------------------------------------------------------------------


def test_an_error_of_the_readers_builder_is_shown_and_the_state_is_the_last_good_one(keras, made, page):
    def builder(widths=(4,)):
        if widths[0] > 50:
            raise RuntimeError("fifty is enough")
        return build_mlp(widths=widths)

    explorer = made(RetrainingExplorer(builder, epochs=1, width=4))
    explorer.settle()
    good = explorer.curve.history
    page.types(explorer.width, "51")
    explorer.settle()
    assert "fifty is enough" in explorer.message
    page.types(explorer.width, "4")
    explorer.settle()
    assert explorer.message == "" and explorer.curve.history == good


def test_a_builder_that_never_works_is_told(keras, made):
    explorer = made(RetrainingExplorer(lambda: 3))
    explorer.settle()
    assert "builder must be a function that returns a Keras model; received: 3" in explorer.message


@settings(max_examples=25)
@given(
    name=st.sampled_from(["learning_rate", "weight_decay", "epochs", "batch_size", "seed", "seeds"]),
    text=st.sampled_from(["", "nan", "inf", "-1", "0", "1e400", "<b>", "1e-320", "2.5", "x" * 50]),
)
def test_hostile_numbers_are_refused_or_drawn(used, page, name, text):
    knob = getattr(used, name)
    before = knob.value
    page.types(knob, text)
    value = knob.value
    assert math.isfinite(value)
    if value == before:
        assert not text or used.message or text == knob.box.value or float(text) == before
    page.types(knob, repr(before))
    used.settle()
    assert used.message == ""


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"builder": 3}, "builder must be a function that returns a Keras model, or a dict"),
        ({"builder": {}}, "builder must be"),
        ({"model": "other"}, "model must be one of 'build_mlp'; received: 'other'"),
        ({"learning_rate": 0}, "learning_rate must be a positive number; received: 0"),
        ({"optimizer": "sdg"}, "optimizer must be one of"),
        ({"seeds": 21}, "seeds must be a whole number from 1 to 20; received: 21"),
        ({"dropout": 1}, "dropout must be"),
        ({"show": ["speed"]}, "show must be"),
        ({"theme": "blue"}, "theme must be"),
    ],
)
def test_wrong_arguments_are_named_and_nothing_stays_behind(models, arguments, words):
    before = models()
    with pytest.raises((ValueError, TypeError), match=re.escape(words)):
        RetrainingExplorer(**arguments)
    assert {one for one in models() - before if one.__class__.__module__.startswith("bigmodel")} == set()


def test_closing_frees_everything(keras, models):
    RetrainingExplorer(MODELS).close()  # shared layouts are made
    before = models()
    explorer = RetrainingExplorer(MODELS, epochs=1)
    explorer.settle()
    explorer.close()
    assert models() == before and not hasattr(explorer, "figure") and not hasattr(explorer, "_retrainers")
    explorer.close()


def test_data_of_the_readers_own(keras, made, run_cell):
    data = digits()
    own = (data.train.x[:200], data.train.y[:200])
    held = (data.validation.x[:50], data.validation.y[:50])
    explorer = made(RetrainingExplorer(build_linear, own, validation_data=held, epochs=2))
    explorer.settle()
    code = explorer.code()
    assert "data = ...  # what you gave to the explorer\n" in code
    code = re.sub(r"(validation_)?data = \.\.\..*\n", "", unwatched(code))
    names, _figure = run_cell(code, data=own, validation_data=held)
    same(names["runs"][0], explorer.curve)


def test_names_of_the_rules_are_those_of_keras(keras):
    from bigmodel_nb.widgets.retraining_words import KERAS

    assert [type(keras.optimizers.get(name)).__name__ for name in OPTIMIZERS] == [
        KERAS[name] for name in OPTIMIZERS
    ]


def test_data_with_quantities_and_nothing_held_out(keras, made):
    rows = np.random.default_rng(0)
    x = rows.normal(size=(60, 3)).astype("float32")
    explorer = made(
        RetrainingExplorer(
            build_linear, (x, x @ [[1.0], [2.0], [3.0]]), epochs=2, input_shape=(3,), num_outputs=1
        )
    )
    explorer.settle()
    assert re.search(
        r"after 2 epochs mean absolute error [\d.]+, training loss [\d.]+\.$", explorer.summary_text
    )
    assert explorer.figure._shown == "mean_absolute_error" and explorer.message == ""
