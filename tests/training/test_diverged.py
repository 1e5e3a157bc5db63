"""Losses and weights that are no number: the run ends, says where and what to try, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.training import fit, loop

BATCH, ROWS = 10, 80


@pytest.fixture
def make(keras):
    """Makes the same linear model each time."""

    def model():
        keras.utils.set_random_seed(5)
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])

    return model


@pytest.fixture
def data():
    x = np.random.default_rng(0).normal(size=(ROWS, 3)).astype(np.float32)
    return x, x[:, :1] - x[:, 1:2]


def with_infinity(data, row):
    """The squared error of this row is no number that float32 knows."""
    x, y = data[0], data[1].copy()
    y[row] = 1e38
    return x, y


def state_of(model):
    return [variable.numpy() for variable in [*model.variables, *model.optimizer.variables]]


def finite(model):
    return all(np.isfinite(value).all() for value in state_of(model) if value.dtype.kind == "f")


def train(model, data, **settings):
    settings = {"batch_size": BATCH, "epochs": 3, "shuffle": False, "validation_data": data} | settings
    return fit(model, data, **settings)


@pytest.mark.parametrize("step", [1, 2, 6, 8])
@pytest.mark.parametrize("steps_in_a_call", ["one", "many"])
def test_the_step_is_named_exactly(make, data, monkeypatch, step, steps_in_a_call):
    monkeypatch.setitem(loop.SHORTEST, "snapshot", 1e9)  # however slow the machine: that of the start
    model = make()
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    before = state_of(model)
    bad = with_infinity(data, BATCH * (step - 1) + 3)
    seconds = 1e-9 if steps_in_a_call == "one" else 10.0
    run = train(model, bad, validation_data=None, seconds_per_call=seconds)
    assert run.ended == "diverged"
    assert f"The loss became inf at step {step} (epoch 1)" in run.message
    assert "its weights of step 0 again" in run.message
    assert "learning rate ten times smaller" in run.message and "clip=1.0" in run.message
    assert ("No step was good" in run.message) == (step == 1)
    assert run.steps == len(run.losses) == step - 1 and run.examples == BATCH * (step - 1)
    assert np.isfinite(run.losses).all() and run.history == {}
    for value, then in zip(state_of(model), before, strict=True):
        np.testing.assert_array_equal(value, then)  # the optimizer's, too
    again = train(model, data, learning_rate=1e-4)
    assert again.ended == "finished" and np.isfinite(again.losses).all()


def test_weights_count_as_good_once_they_have_made_a_finite_loss(make, data, monkeypatch):
    monkeypatch.setattr(loop, "COPY_SHARE", 1e9)  # a copy after each call
    monkeypatch.setitem(loop.SHORTEST, "snapshot", 0.0)
    train(make(), data, validation_data=None)  # compiled, so that from here on a call is a step
    model = make()
    bad = with_infinity(data, BATCH * 5)  # in step 6; the weights after step 5 have made no finite loss
    run = train(model, bad, validation_data=None, seconds_per_call=1e-9)
    assert "at step 6" in run.message and "its weights of step 4 again" in run.message
    expected = make()
    train(expected, data, validation_data=None, epochs=1, steps_per_epoch=4)
    for value, good in zip(state_of(model), state_of(expected), strict=True):
        np.testing.assert_array_equal(value, good)


def test_a_rate_that_is_far_too_large(make, data):
    model = make()
    run = train(model, data, optimizer="sgd", learning_rate=1e15, epochs=50)
    assert run.ended == "diverged" and finite(model)
    assert run.steps == len(run.losses) and f"at step {run.steps + 1} " in run.message
    again = train(model, data, learning_rate=1e-2, epochs=20)
    assert again.ended == "finished" and again.losses[-1] < again.losses[0]


def test_weights_that_are_lost_in_the_last_step_though_no_loss_shows_it(keras, data):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    x, y = data[0], data[1] * 1e3
    run = fit(model, (x, y), optimizer="sgd", learning_rate=3e38, batch_size=ROWS, epochs=1)
    assert run.ended == "diverged" and finite(model)
    assert "no longer finite after step 1" in run.message and run.steps == 1
    assert np.isfinite(run.losses).all()


def test_weights_that_a_callback_spoils(keras, make, data):
    class Spoil(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                self.model.layers[-1].bias.assign([np.nan])

    model = make()
    run = train(model, data, epochs=2, callbacks=[Spoil()])
    assert run.ended == "diverged" and finite(model)


def test_the_best_epoch_is_still_there(make, data):
    model = make()
    run = train(
        model,
        data,
        optimizer="sgd",
        learning_rate=0.01,
        epochs=3,
        schedule=lambda step: [1e-2, 1e20][step >= 17],
    )
    assert run.ended == "diverged" and run.epochs == 2 and run.best_epoch == 2
    assert "run.restore_best() gives the weights of epoch 2" in run.message
    run.restore_best()
    best = make()
    train(best, data, optimizer="sgd", learning_rate=0.01, epochs=2)
    for value, good in zip(model.get_weights(), best.get_weights(), strict=True):
        np.testing.assert_array_equal(value, good)
    assert len(run.rates) == run.steps == 18 and float(model.optimizer.learning_rate) == np.float32(0.01)


def test_callbacks_get_their_end(keras, make, data):
    ends = []
    model = make()
    run = train(
        model,
        with_infinity(data, 55),
        callbacks=[
            keras.callbacks.TerminateOnNaN(),
            keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True),
            keras.callbacks.LambdaCallback(on_train_end=lambda logs: ends.append(finite(model))),
        ],
    )
    assert run.ended == "diverged" and "step 6" in run.message
    assert ends == [True] and finite(model)


def test_a_validation_loss_alone_ends_nothing(make, data):
    model = make()
    run = train(model, data, validation_data=with_infinity(data, 5))
    assert run.ended == "finished" and run.history["val_loss"] == [np.inf] * 3
    assert run.best_epoch is None
    with pytest.raises(ValueError, match="has finished an epoch"):
        run.restore_best()


def test_a_model_that_is_broken_from_the_start_is_told_so(make, data):
    model = make()
    model.layers[0].kernel.assign(np.full((3, 4), np.nan))
    run = train(model, data)
    assert run.ended == "diverged" and "step 1" in run.message
    assert "not finite when the run began" in run.message


def test_constants_that_are_infinite_are_nobody_s_fault(keras, data):
    class Masked(keras.layers.Layer):
        def build(self, shape):
            self.mask = self.add_weight(
                shape=(2,), initializer=lambda s, dtype: [-np.inf, 0.0], trainable=False
            )
            self.scale = self.add_weight(shape=(), initializer="ones")

        def call(self, x):
            return x[:, :1] * self.scale * keras.ops.exp(self.mask)[1]

    model = keras.Sequential([keras.Input((3,)), Masked()])
    run = train(model, data)
    assert run.ended == "finished" and np.isfinite(run.losses).all()


def test_a_run_with_a_name_keeps_its_last_good_checkpoint(make, data, monkeypatch, tmp_path):
    monkeypatch.setenv("BIGMODEL_RUNS", str(tmp_path))
    bad = with_infinity(data, 55)
    first = train(make(), bad, resume="bad", checkpoint_seconds=1e-6, seconds_per_call=1e-9)
    again = train(make(), bad, resume="bad")
    assert first.ended == again.ended == "diverged"
    assert first.losses == again.losses and first.steps == again.steps == 5
    assert {path.name for path in (tmp_path / "bad").iterdir()} == {"checkpoint.npz", "run.json"}
