"""The studio while it trains: ticks, pause, changes, ends of all kinds; its code gives the same numbers."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from bigmodel_nb.data import digits
from bigmodel_nb.models import build_mlp
from bigmodel_nb.training import fit
from bigmodel_nb.training.run import Run
from bigmodel_nb.widgets import StudioExplorer
from bigmodel_nb.widgets.ticking import BY_ITSELF, RUNNING

pytestmark = pytest.mark.tensorflow
SMALL = (digits().train.x[:300], digits().train.y[:300])
HELD = (digits().validation.x[:100], digits().validation.y[:100])


@pytest.fixture
def studio(keras, made):
    def make(builder=build_mlp, data=SMALL, **settings):
        settings = {"epochs": 4, "learning_rate": 0.01, "validation_data": HELD} | settings
        return made(StudioExplorer(builder, data, **settings))

    return make


def play(page, shown, most: int = 500, until=lambda: False) -> None:
    """Presses Train, and ticks until the run ends."""
    page.sends(shown.driver.ticker.widget, **{RUNNING: True}) if not BY_ITSELF else shown.train()
    for _tick in range(most):
        if not shown.driver.ticker.running or until():
            return
        page.ticks(shown.driver.ticker)
    raise AssertionError("it never ended")


def numbers(run: Run) -> dict:
    return {"losses": run.losses, **run.history}


def same(one: Run, other: Run) -> None:
    assert set(one.history) == set(other.history)
    for name, values in numbers(one).items():
        np.testing.assert_allclose(values, numbers(other)[name], rtol=0, atol=1e-6, err_msg=name)


# -- a run --------------------------------------------------------------------------------------


def test_ticks_train_it_and_the_curves_follow(page, studio):
    shown = studio(pace="an epoch a tick")
    play(page, shown, until=lambda: shown.run is not None and shown.run.epochs == 2)
    assert shown.busy and shown.driver.train_button.description == "Pause"
    assert shown.driver.bar.value == 20 and "epoch 3 of 4 · step 20 of 40" in shown.driver.status.value
    assert shown.summary_text == "run 1 is training."
    play(page, shown)
    assert shown.run.ended == "finished" and not shown.busy
    assert shown.summary_text.startswith("run 1 after 4 epochs: validation loss")
    assert shown.image.format == "png" and shown.driver.bar.bar_style == "success"
    assert "finished after" in shown.driver.status.value
    assert shown.driver.train_button.description == "Train"
    (line,) = [line for line in shown.figure._lines if line["val_loss"].get_visible()]
    np.testing.assert_allclose(line["val_loss"].get_ydata(), shown.run.history["val_loss"])


def test_the_whole_run_is_that_of_fit_whatever_the_pace(page, studio, keras):
    for pace in ("full speed", "an epoch a tick"):
        shown = studio(pace=pace)
        play(page, shown)
        keras.utils.set_random_seed(0)
        model = build_mlp(num_outputs=10)
        run = fit(model, SMALL, validation_data=HELD, epochs=4, learning_rate=0.01, watch=False)
        same(run, shown.run)
        predicted = shown.model.predict(HELD[0][:5], verbose=0)
        np.testing.assert_allclose(predicted, model.predict(HELD[0][:5], verbose=0), atol=1e-5)


def test_pause_step_continue_stop(page, studio):
    shown = studio(pace="a step a tick")
    play(page, shown, until=lambda: shown.run is not None and shown.run.steps >= 3)
    shown.train_or_pause()
    assert not shown.driver.ticker.running and shown.driver.train_button.description == "Continue"
    assert "paused" in shown.driver.status.value and shown.image.format == "png"
    page.ticks(shown.driver.ticker, 3)  # that were under way
    assert shown.run.steps == 3
    page.clicks(shown.driver.step_button)
    assert shown.run.steps == 4 and len(shown.shelf) == 1
    page.clicks(shown.driver.stop_button)
    assert shown.run.ended == "interrupted" and not shown.busy and shown.driver.stop_button.disabled
    assert shown.run_steps(5).steps == 5 and len(shown.shelf) == 2, "the next run"


def test_reset_throws_an_unfinished_run_away(page, studio):
    shown = studio()
    shown.run_steps(5)
    page.clicks(shown.driver.reset_button)
    assert len(shown.shelf) == 0 and shown.run is None and not shown.busy
    assert shown.summary_text == "No run yet. Press Train."
    shown.run_steps()
    page.clicks(shown.driver.reset_button)
    assert len(shown.shelf) == 1, "a finished run stays"


def test_a_page_that_is_hidden_gets_longer_slices(studio, monkeypatch):
    shown = studio()
    asked = []
    bench = shown._bench()
    monkeypatch.setattr(bench.session, "advance", lambda seconds: asked.append(seconds) or True)
    bench.tick()
    bench._ticked_at -= 0.9
    bench.tick()
    bench.rest()
    bench.tick()
    assert asked[0] == asked[2] < 0.1 and 0.8 < asked[1] <= 1.0


# -- changes, comparisons -----------------------------------------------------------------------


def test_knobs_are_turned_while_it_runs_and_marked(page, studio):
    shown = studio(settings={"dropout": 0.2})
    shown.run_steps(7)
    shown.controls["learning_rate"].value = 0.1
    shown.run_steps(5)
    shown.controls["weight_decay"].value = 0.02
    shown.controls["dropout"].value = 0.5
    assert shown.bench.session.dropout == 0.5
    shown.run_steps()
    changes = [[7, "learning_rate", 0.1], [12, "weight_decay", 0.02], [12, "dropout", 0.5]]
    assert shown.run.config["changes"] == changes
    marks = [line["turned"].get_xdata() for line in shown.figure._lines if line["turned"].get_visible()]
    np.testing.assert_allclose(marks[0], [0.7, 1.2, 1.2])
    assert shown.front.settings["learning_rate"] == 0.01, "what it began with"


def test_the_code_of_any_run_gives_its_numbers(page, studio, run_cell):
    """Of a whole run, of one whose knobs were turned, of one that was stopped."""
    shown = studio(data=digits(), validation_data=None, epochs=2, optimizer="momentum", weight_decay=0.01,
                   settings={"widths": (16, 8), "dropout": 0.1})  # fmt: skip
    shown.run_steps()
    shown.run_steps(20)
    shown.controls["learning_rate"].value = 0.1
    shown.controls["weight_decay"].value = 0.05
    shown.run_steps()
    shown.run_steps(30)
    shown.controls["learning_rate"].value = 0.003
    shown.run_steps(3)
    shown.stop()
    codes = [shown.code(f"run {number}") for number in (1, 2, 3)]
    assert "fit(network" in codes[0] and "session.learning_rate = 0.1" in codes[1]
    assert codes[2].count("session.run(") == 2 and "session.stop()" in codes[2]
    for entry, code in zip(shown.shelf.entries, codes, strict=True):
        _names, run = run_cell(code)
        same(entry.run, run)
        assert run.ended == entry.run.ended and run.steps == entry.run.steps


def test_runs_are_compared_pinned_and_used_again(page, studio):
    shown = studio()
    shown.run_steps()
    shown.controls["learning_rate"].value = 0.0001
    shown.run_steps()
    panel = shown.panel
    assert [value for _label, value in panel.select.options] == ["", "run 2", "run 1"]
    assert "other than run 1: learning rate 0.0001 (there 0.01)" in panel._said.value
    panel.select.value = "run 1"
    assert "lowest validation loss" in panel._said.value and panel.name.value == "run 1"
    panel.pin.value = True
    assert shown.shelf["run 1"].pinned
    page.sends(panel.name, value="good")
    assert shown.shelf["good"].run.name == "good" and panel.select.value == "good"
    page.sends(panel.name, value="run 2")
    assert "name must be a name that no other run has" in shown.message
    page.clicks(panel.use_button)
    assert shown.controls["learning_rate"].value == 0.01
    page.clicks(panel.remove_button)
    assert [entry.name for entry in shown.shelf.entries] == ["run 2"] and panel.select.value == ""


def test_the_buttons_save_load_and_export(page, studio, tmp_path):
    shown, other = studio(), studio()
    shown.run_steps()
    for panel in (shown.panel, other.panel):
        panel.folder.value = str(tmp_path)
    for name in ("save", "csv", "json"):
        page.clicks(getattr(shown.panel, f"{name}_button"))
        assert shown.message == ""
    assert {path.name for path in tmp_path.iterdir()} == {"run-1.json", "runs.csv", "runs.json"}
    page.clicks(other.panel.load_button)
    assert "1 runs loaded" in other.panel._said.value
    loaded = other.shelf["run 1"]
    same(loaded.run, shown.run)
    assert other.code("run 1") == shown.code("run 1")
    assert "run 1 after 4 epochs" not in other.summary_text, "what is loaded is in the table"
    other.panel.select.value = "run 1"
    assert "run 1 after 4 epochs" in other.summary_text, "and in the picture once it is chosen"
    other.panel.folder.value = "/proc/nowhere"
    page.clicks(other.panel.save_button)
    assert other.message


# -- advice -------------------------------------------------------------------------------------


def test_a_learning_rate_is_found_and_used(page, studio):
    shown = studio()
    page.clicks(shown.advice.find_button)
    assert shown.advice.found is not None and shown.message == ""
    page.clicks(shown.advice.use_buttons["valley"])
    assert shown.controls["learning_rate"].value == pytest.approx(shown.advice.found.valley, rel=0.01)


def test_costs_are_estimated_by_real_steps(page, studio):
    shown = studio()
    page.clicks(shown.advice.estimate_button)
    assert shown.advice.estimated.measured and shown.advice.estimated.parameters == 2410
    assert "measured" in shown.advice._said.value and shown.message == ""


# -- what readers do ----------------------------------------------------------------------------


def test_an_error_in_the_readers_builder_is_told_by_its_name(page, studio):
    def my_network(width=8):
        raise RuntimeError("no such layer\nand more")

    shown = studio(my_network)
    play(page, shown)
    assert shown.message == "my_network raised RuntimeError: no such layer"
    assert not shown.busy and len(shown.shelf) == 0 and shown.driver.train_button.description == "Train"
    assert "my_network raised" in shown._facts.value
    assert shown.run_steps(3) is None


def test_a_builder_that_returns_something_else(studio):
    def my_network(width=8):
        return "a model"

    shown = studio(my_network)
    assert shown.run_steps(1) is None
    assert "builder must be a function that returns a Keras model" in shown.message


def test_a_function_of_the_readers_own_is_trained_and_counted(studio, keras):
    def my_network(num_classes, width=8, rate=0.2):
        return keras.Sequential(
            [
                keras.Input((64,)),
                keras.layers.Dense(width),
                keras.layers.Dropout(rate),
                keras.layers.Dense(num_classes),
            ]
        )

    shown = studio(my_network)
    shown.controls["width"].value = 12
    assert shown.foreseen.parameters == 65 * 12 + 13 * 10
    shown.run_steps(4)
    assert shown.message == "" and shown.model.count_params() == shown.foreseen.parameters


def test_a_model_that_does_not_fit_the_data(studio, keras):
    def my_network(width=8):
        return keras.Sequential([keras.Input((5,)), keras.layers.Dense(width)])

    shown = studio(my_network)
    assert shown.run_steps(1) is None
    assert "data: x must be examples that fit the model's inputs" in shown.message and not shown.busy


def test_a_loss_that_is_no_number_is_told(page, studio):
    shown = studio(optimizer="sgd")
    shown.run_steps(5)
    shown.controls["learning_rate"].value = 1e30
    play(page, shown)
    assert shown.run.ended == "diverged" and "learning rate ten times smaller" in shown.message
    assert all(np.isfinite(value).all() for value in shown.model.get_weights())
    assert shown.driver.bar.bar_style == "danger" and not shown.driver.ticker.running
    shown.controls["learning_rate"].value = 0.01
    assert shown.message == ""
    shown.run_steps()
    assert shown.run.ended == "finished"


def test_closing_while_it_trains(page, studio, models):
    shown = studio(pace="a step a tick")
    play(page, shown, until=lambda: shown.run is not None and shown.run.steps >= 2)
    ticker, run = shown.driver.ticker, shown.run
    shown.close()
    steps = run.steps
    page.ticks(ticker)
    assert run.steps == steps and shown.closed
    assert shown.train() is None and shown.run_steps(1) is None


def test_the_live_curve_is_the_run_that_train_gives(page, studio):
    shown = studio(settings={"dropout": 0.2})
    shown.live.value = True
    for _tick in range(100):
        if not shown._live_clock.running:
            break
        page.ticks(shown._live_clock)
    assert "live after 4 epochs" in shown.summary_text
    page.drags(shown.controls["learning_rate"], 0.02, 0.05)
    while shown._live_clock.running:
        page.ticks(shown._live_clock)
    shown.settle()
    curve = shown.preview.entry.run
    kept = shown.keep_live()
    assert kept.name == "run 1" and kept.settings["learning_rate"] == 0.05
    shown.live.value = False
    assert shown.preview.entry is None
    shown.run_steps()
    np.testing.assert_allclose(shown.run.history["val_loss"], curve.history["val_loss"], atol=1e-5)


def test_many_runs_leave_little_behind(studio, keras):
    """Records of a few kilobytes each, and the weights of the best, the pinned and the latest run."""
    shown = studio(epochs=1)
    shown.run_steps()
    for number in range(12):
        shown.controls["learning_rate"].value = 0.001 * (1 + number)
        shown.run_steps()
    gc.collect()
    assert len(shown.shelf) == 13
    with_weights = [entry for entry in shown.shelf.entries if entry.model is not None]
    assert len(with_weights) <= 2
    alive = [one for one in gc.get_objects() if isinstance(one, keras.Model) and one.name.startswith("mlp")]
    assert len(alive) < 12, "models of runs that were let go are gone"


def test_sequences_are_counted_at_their_length(studio, keras):
    def my_network(units=8):
        inputs = keras.Input((None, 1))
        return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.SimpleRNN(units)(inputs)))

    data = (np.zeros((40, 12, 1), "float32"), np.zeros((40, 1), "float32"))
    shown = studio(my_network, data, validation_data=None)
    assert shown.foreseen.forward == 2 * 12 * 8 * (1 + 8) + 2 * 8
    shown.run_steps(2)
    assert shown.message == ""


def test_what_a_run_cannot_take_up_waits_for_the_next(studio):
    shown = studio()
    shown.run_steps(3)
    assert "for the next run" not in shown._facts.value
    shown.controls["learning_rate"].value = 0.02
    shown.controls["widths"].value = (8,)
    shown.controls["dropout"].value = 0.5
    assert "for the next run: widths, dropout" in shown._facts.value
    shown.stop()
    assert "for the next run" not in shown._facts.value


def test_settings_of_a_sweep_are_taken_as_far_as_there_are_knobs(studio):
    shown = studio()
    shown.use({"learning_rate": 0.05, "dropout": 0.25, "nonsense": 3})
    assert shown.controls["learning_rate"].value == 0.05 and shown.controls["dropout"].value == 0.25
