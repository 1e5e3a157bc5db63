"""Runs with a name: what goes on, what is loaded, what is refused and in which words."""

from __future__ import annotations

import errno
import os
import signal

import numpy as np
import pytest

from bigmodel_nb.training import checkpoint as checkpoints
from bigmodel_nb.training import fit, list_runs, loop

BATCH = 16


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("BIGMODEL_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    return random.normal(size=(56, 4)).astype(np.float32), random.integers(0, 3, 56)


@pytest.fixture
def make(keras):
    """Makes the same small model each time, but for what is asked otherwise."""

    def model(width=8, rate=0.2, activation="tanh", more=0):
        keras.utils.set_random_seed(7)
        layers = keras.layers
        hidden = [layers.Dense(width, activation, name=f"hidden{n}") for n in range(1 + more)]
        return keras.Sequential(
            [
                keras.Input((4,)),
                *hidden,
                layers.Dropout(rate, name="dropout"),
                layers.Dense(3, name="out"),
            ]
        )

    return model


def state_of(model):
    return [variable.numpy() for variable in [*model.variables, *model.optimizer.variables]]


def same(model, other):
    return all(np.array_equal(one, two) for one, two in zip(state_of(model), state_of(other), strict=True))


def train(model, data, epochs=4, **settings):
    return fit(model, data, epochs=epochs, **({"validation_data": data, "batch_size": BATCH} | settings))


def stop_after(keras, epoch):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, number, logs=None):
            if number + 1 == epoch:
                signal.raise_signal(signal.SIGINT)

    return Stop()


def refusal(model, data, **settings):
    with pytest.raises(ValueError, match=r"resume must be the name of a run of this model") as error:
        train(model, data, resume="night", **settings)
    words = str(error.value)
    assert "Another name begins a new run, restart=True begins this one anew" in words and "'night'" in words
    assert len(words) < 500  # words, not a dump
    return words.partition("these settings: ")[2].partition(". Another")[0]


def test_a_finished_run_is_loaded_and_says_so(make, data, runs):
    first = make()
    before = train(first, data, resume="night")
    told = []
    second = make()
    run = train(second, data, resume="night", watch=told.append)
    assert run.ended == "finished" and "was finished before" in run.message
    assert "nothing was trained" in run.notes[-1] and "restart=True" in run.notes[-1]
    assert told[-1].message == run.message and told[-1].ended == "finished"
    assert (run.losses, run.history, run.steps) == (before.losses, before.history, before.steps)
    assert same(first, second)
    run.restore_best()
    before.restore_best()
    assert all(np.array_equal(a, b) for a, b in zip(first.get_weights(), second.get_weights(), strict=True))
    assert {path.name for path in (runs / "night").iterdir()} == {"checkpoint.npz", "run.json"}
    assert [(known.name, known.ended) for known in list_runs()] == [("night", "finished")]


def test_a_rerun_of_the_cell_in_the_same_session(make, data):
    """The model is not made anew, and a callback and a schedule have changed its rate."""
    model = make()
    train(model, data, resume="night", schedule="cosine")
    state = state_of(model)
    again = train(model, data, resume="night", schedule="cosine")
    assert "was finished before" in again.message
    assert all(np.array_equal(one, two) for one, two in zip(state, state_of(model), strict=True))


def test_restart_trains_anew(make, data):
    train(make(), data, resume="night", epochs=2)
    first, second = make(), make()
    run = train(first, data, resume="night", restart=True, epochs=3, seed=5)
    assert run.epochs == 3 and not run.message
    assert train(second, data, epochs=3, seed=5).losses == run.losses and same(first, second)


def test_restart_replaces_what_cannot_be_read(make, data, runs):
    (runs / "night").mkdir(parents=True)
    (runs / "night" / checkpoints.FILE).write_bytes(b"damaged")
    with pytest.raises(ValueError, match="damaged or no checkpoint"):
        train(make(), data, resume="night")
    assert train(make(), data, resume="night", restart=True).ended == "finished"
    assert "finished before" in train(make(), data, resume="night").message


def test_more_epochs_go_on_and_fewer_do_not(keras, make, data):
    settings = {"optimizer": keras.optimizers.Adam(1e-2, use_ema=True), "metrics": ["accuracy"]}
    train(make(), data, resume="night", epochs=2, **settings)
    straight, parts = make(), make()
    expected = train(straight, data, epochs=5, **settings)
    run = train(parts, data, resume="night", epochs=5, **settings)
    assert "Gone on with at step 8, after 2 epochs" in run.notes[-1]
    assert (run.losses, run.history) == (expected.losses, expected.history)
    assert run.config["epochs"] == 5 and same(straight, parts)
    assert "finished before" in train(make(), data, resume="night", epochs=1, **settings).message


def test_an_interrupted_run_goes_on_with_its_callbacks(keras, make, data):
    """Their best values, their patience and the weights they keep survive."""

    def callbacks():
        plateau = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", patience=2, factor=0.5, cooldown=1)
        early = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)
        return [plateau, early]

    validation = (data[0], (data[1] + 1) % 3)  # it gets worse and worse: both have something to do
    settings = {"validation_data": validation, "learning_rate": 0.05, "epochs": 30}
    straight, parts = make(), make()
    expected = train(straight, data, callbacks=callbacks(), **settings)
    assert expected.ended == "stopped early" and expected.epochs > 4
    halted = train(make(), data, resume="night", callbacks=[*callbacks(), stop_after(keras, 4)], **settings)
    assert halted.ended == "interrupted"
    late = [*callbacks(), stop_after(keras, 99)]
    run = train(parts, data, resume="night", callbacks=late, **settings)
    assert run.ended == "stopped early" and run.history == expected.history
    assert same(straight, parts)
    loaded = make()
    again = train(loaded, data, resume="night", callbacks=late, **settings)
    assert again.ended == "stopped early" and "finished before" in again.message
    assert same(loaded, straight)  # the best weights, which the callback had put back
    other = train(make(), data, resume="night", callbacks=[], **(settings | {"epochs": 31}))
    assert any("callbacks are others" in note for note in other.notes)


DIFFERENT = {
    "width": (lambda make: make(width=9), "layer hidden0 had weights of shape 4 × 8 and has 4 × 9"),
    "dropout": (lambda make: make(rate=0.5), "rate of layer dropout was 0.2 and is 0.5"),
    "activation": (
        lambda make: make(activation="relu"),
        "activation of layer hidden0 was 'tanh' and is 'relu'",
    ),
    "depth": (lambda make: make(more=1), "the model had 3 layers and has 4"),
}


@pytest.fixture
def night(make, data):
    train(make(), data, resume="night", epochs=1)


@pytest.mark.usefixtures("night")
def test_another_model_is_refused(make, data):
    for model, words in DIFFERENT.values():
        assert refusal(model(make), data).startswith(words)


@pytest.mark.usefixtures("night")
def test_other_data_are_refused(make, data):
    x, y = data
    assert refusal(make(), (x[:40], y[:40]), validation_data=data) == "the data had 56 examples and have 40"
    assert refusal(make(), (x + 1e-3, y), validation_data=data) == "the data are others, though as many"
    assert refusal(make(), (x, y, np.arange(56.0)), validation_data=data).startswith("the data are others")
    assert refusal(make(), data, class_weight={0: 3.0}).startswith("the data are others")
    changed = refusal(make(), data, validation_data=(x[:9], y[:9]))
    assert changed == "the validation data had 56 examples and have 9"
    assert refusal(make(), data, validation_data=None) == "the validation data were there and are missing"


SETTINGS = {
    "seed was 0 and is 1": {"seed": 1},
    "batch size was 16 and is 8": {"batch_size": 8},
    "shuffle was True and is False": {"shuffle": False},
    "steps per epoch was 4 and is 9": {"steps_per_epoch": 9},
    "learning rate was 0.001 and is 0.01": {"learning_rate": 0.01},
    "the optimizer's global_clipnorm was None and is 0.5": {"clip": 0.5},
    "optimizer was 'Adam' and is 'SGD'; learning rate was 0.001 and is 0.01": {"optimizer": "sgd"},
    "XLA was False and is True": {"xla": True},
    "schedule was None and is 'cosine'": {"schedule": "cosine"},
}


@pytest.mark.usefixtures("night")
def test_other_settings_are_refused(make, data):
    found = {words: refusal(make(), data, **settings) for words, settings in SETTINGS.items()}
    for words, said in found.items():
        assert said.startswith(words), said


def test_a_schedule_is_laid_out_for_its_epochs(make, data):
    train(make(), data, resume="night", schedule="cosine", epochs=2)
    words = refusal(make(), data, schedule="cosine", epochs=3)
    assert "schedule cosine was laid out for 2 epochs and would be another for 3" in words
    words = refusal(make(), data, schedule=lambda step: 1e-3, epochs=2)
    assert "schedule was 'cosine' and is '<lambda>'" in words
    train(make(), data, resume="night", schedule=lambda step: 1e-3, epochs=2, restart=True)
    words = refusal(make(), data, schedule=lambda step: 2e-3, epochs=2)
    assert "rates of the schedule <lambda> are others" in words


def test_a_refusal_changes_nothing(make, data, night, runs):
    before = (runs / "night" / checkpoints.FILE).read_bytes()
    model = make()
    weights = model.get_weights()
    refusal(model, data, seed=1)
    assert (runs / "night" / checkpoints.FILE).read_bytes() == before
    assert all(np.array_equal(a, b) for a, b in zip(weights, model.get_weights(), strict=True))


def test_a_folder_that_cannot_be_written_is_said_and_ends_nothing(make, data, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BIGMODEL_RUNS", str(tmp_path / "file"))
    run = train(make(), data, resume="night", checkpoint_seconds=1e-6)
    assert run.ended == "finished" and len(run.losses) == 16
    assert (
        len([note for note in run.notes if "could not be kept" in note and "training went on" in note]) == 1
    )


def test_a_disk_that_fills_up(make, data, monkeypatch, runs):
    monkeypatch.setattr(loop, "COPY_SHARE", 1e9)
    written = []

    def full(handle):
        written.append(handle)
        if len(written) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        run = train(make(), data, resume="night", checkpoint_seconds=1e-9, seconds_per_call=1e-9)
    assert run.ended == "finished" and any("No space left on device" in note for note in run.notes)
    straight, parts = make(), make()
    train(straight, data)
    assert "Gone on with" in train(parts, data, resume="night").message  # with what was written last
    assert same(straight, parts)


def test_versions_that_have_changed_are_said(make, data, runs):
    train(make(), data, resume="night", epochs=1)
    stored = checkpoints.read(runs / "night")
    stored.facts["run"]["versions"]["tensorflow"] = "2.0.0"
    checkpoints.write(runs / "night", stored)
    run = train(make(), data, resume="night", epochs=2)
    assert any("tensorflow 2.0.0 → " in note for note in run.notes)


def test_a_plan_is_kept_when_a_run_goes_on(make, data):
    train(make(), data, resume="night", epochs=1, xla=True)
    run = train(make(), data, resume="night", epochs=2)  # xla="auto", which would be off
    assert run.plan["xla"] and run.ended == "finished"
