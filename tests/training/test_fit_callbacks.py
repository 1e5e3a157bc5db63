"""Keras's callbacks in `fit`: what they see, change and leave behind, as in `model.fit`."""

from __future__ import annotations

import csv
import itertools

import numpy as np
import pytest

from bigmodel_nb.training import fit
from bigmodel_nb.training.workers import seed_dropout

pytestmark = pytest.mark.tensorflow

random = np.random.default_rng(6)
X = random.normal(size=(48, 4)).astype("float32")
Q = (X[:, :1] - 0.5 * X[:, 1:2]).astype("float32")
HELD = (X[:16] + 0.3, Q[:16])


def both(keras, callbacks, epochs=6, rate=0.3, dropout=0.2, **kwargs):
    """The same training with `model.fit` and `fit`: histories, models and callbacks."""
    layers = keras.layers
    found = []
    weights = None
    for ours in (False, True):
        parts = [layers.Input((4,)), layers.Dense(5, "relu"), layers.Dropout(dropout), layers.Dense(1)]
        model = keras.Sequential(parts)
        weights = weights or model.get_weights()
        model.set_weights(weights)
        model.compile(keras.optimizers.SGD(rate), "mse", jit_compile=False, run_eagerly=not ours)
        given = callbacks(ours)
        settings = {"batch_size": 16, "epochs": epochs, "shuffle": False, "validation_data": HELD, **kwargs}
        if ours:
            run = fit(model, (X, Q), seed=2, callbacks=given, **settings)
            found.append((run.history, model, given, run))
        else:
            seed_dropout(model, 2)
            history = model.fit(X, Q, verbose=0, callbacks=given, **settings).history
            found.append((history, model, given))
    (theirs, their_model, _given), (mine, my_model, _mine, _run) = found
    assert set(theirs) == set(mine)
    for name, values in theirs.items():
        np.testing.assert_allclose(mine[name], values, rtol=1e-5, atol=1e-5, err_msg=name)
    for one, other in zip(my_model.get_weights(), their_model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    return found


def test_early_stopping_restores_the_best_weights(keras):
    def callbacks(_ours):
        return [
            keras.callbacks.EarlyStopping("val_loss", patience=1, restore_best_weights=True, min_delta=0.05)
        ]

    _theirs, (history, model, given, run) = both(keras, callbacks, epochs=30)
    assert run.ended == "stopped early" and 1 < run.epochs < 30 and given[0].stopped_epoch == run.epochs - 1
    best = history["val_loss"][given[0].best_epoch]  # not the lowest: less than min_delta is no progress
    assert best == given[0].best
    assert model.evaluate(*HELD, verbose=0) == pytest.approx(best, rel=1e-4)


def test_a_rate_that_falls_on_a_plateau(keras):
    def callbacks(_ours):
        return [keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=1, min_delta=0.1)]

    theirs, mine = both(keras, callbacks)
    assert len(set(mine[0]["learning_rate"])) > 1
    assert float(mine[1].optimizer.learning_rate) == float(theirs[1].optimizer.learning_rate)


def test_a_rate_for_each_epoch(keras):
    both(keras, lambda _ours: [keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5**epoch)])


def test_files_of_the_best_and_of_every_epoch(keras, tmp_path):
    def callbacks(ours):
        place = tmp_path / str(ours)
        return [
            keras.callbacks.ModelCheckpoint(place / "best.keras", "val_loss", save_best_only=True),
            keras.callbacks.ModelCheckpoint(place / "{epoch}.weights.h5", save_weights_only=True),
            keras.callbacks.CSVLogger(str(tmp_path / f"{ours}.csv")),
        ]

    (_history, *_rest), (_mine, model, _given, _run) = both(keras, callbacks, epochs=3)
    rows = [
        list(csv.DictReader((tmp_path / f"{ours}.csv").read_text().splitlines())) for ours in (False, True)
    ]
    assert [row["epoch"] for row in rows[1]] == ["0", "1", "2"] and rows[0][0].keys() == rows[1][0].keys()
    for theirs, mine in zip(*rows, strict=True):
        assert all(float(mine[name]) == pytest.approx(float(theirs[name]), rel=1e-4) for name in mine)
    for name in ("1.weights.h5", "3.weights.h5"):
        stored = []
        for ours in (False, True):
            model.load_weights(tmp_path / str(ours) / name)
            stored.append(model.get_weights())
        for one, other in zip(*stored, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)
    best = [keras.models.load_model(tmp_path / str(ours) / "best.keras") for ours in (False, True)]
    assert int(best[0].optimizer.iterations) == int(best[1].optimizer.iterations) > 0
    for one, other in zip(best[0].get_weights(), best[1].get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_callback_that_changes_weights_and_adds_to_the_history(keras):
    class Shrink(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            kernel = self.model.layers[0].kernel
            kernel.assign(kernel * 0.9)

        def on_epoch_end(self, epoch, logs=None):
            logs["size"] = float(np.abs(self.model.layers[0].kernel.numpy()).sum())

    _theirs, mine = both(keras, lambda _ours: [Shrink()])
    assert len(mine[0]["size"]) == 6


def test_the_order_in_which_callbacks_are_called(keras):
    class Listen(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.heard = []

        def on_train_begin(self, logs=None):
            self.heard.append(("begin", self.params["epochs"], self.params["steps"]))

        def on_epoch_begin(self, epoch, logs=None):
            self.heard.append(("epoch", epoch))

        def on_epoch_end(self, epoch, logs=None):
            self.heard.append(("end", epoch, sorted(logs)))

        def on_train_end(self, logs=None):
            self.heard.append(("over", sorted(logs)))

    theirs, mine = both(keras, lambda _ours: [Listen()], epochs=2)
    assert mine[2][0].heard == theirs[2][0].heard


def test_a_callback_after_batches_sees_their_weights(keras):
    """It is called after each call of the compiled loop, so with the weights of that step."""
    seen, batches = [], []

    def look(batch, logs):
        seen.append(model.layers[0].kernel.numpy().copy())
        batches.append(batch)
        assert set(logs) == {"loss"}

    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    fit(model, (X, Q), epochs=1, batch_size=8)  # which finds out how long a step takes
    fit(
        model,
        (X, Q),
        epochs=2,
        batch_size=8,
        seconds_per_call=1e-9,
        callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=look)],
    )
    assert batches == [0, 1, 2, 3, 4, 5] * 2
    assert all(not np.array_equal(a, b) for a, b in itertools.pairwise(seen))
    assert np.array_equal(seen[-1], model.layers[0].kernel.numpy())


def test_a_callback_may_stop_within_an_epoch(keras):
    def stop(batch, logs):
        model.stop_training = batch == 2

    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    fit(model, (X, Q), epochs=1, batch_size=8)
    run = fit(
        model,
        (X, Q),
        epochs=5,
        batch_size=8,
        seconds_per_call=1e-9,
        callbacks=keras.callbacks.LambdaCallback(on_train_batch_end=stop),
    )
    assert run.ended == "stopped early" and run.steps == 3 and run.epochs == 1


def test_callbacks_change_nothing_by_being_there(keras):
    """Dropout draws the same masks with and without one."""
    losses = []
    for callbacks in ([], [keras.callbacks.Callback()]):
        keras.utils.set_random_seed(3)
        layers = keras.layers
        model = keras.Sequential([layers.Input((4,)), layers.Dropout(0.5), layers.Dense(1)])
        losses.append(fit(model, (X, Q), epochs=3, callbacks=callbacks).losses)
    assert losses[0] == losses[1]


def test_tensorboard_or_the_message_of_keras(keras, tmp_path):
    """Where TensorBoard is not installed, Keras says what to install, and `fit` can be called again."""
    import importlib.util

    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    if importlib.util.find_spec("tensorboard"):
        fit(model, (X, Q), epochs=2, callbacks=[keras.callbacks.TensorBoard(str(tmp_path))])
        assert list(tmp_path.glob("**/events*"))
    else:
        with pytest.raises(Exception, match="TensorBoard is not installed"):
            fit(model, (X, Q), epochs=2, callbacks=[keras.callbacks.TensorBoard(str(tmp_path))])
        assert fit(model, (X, Q), epochs=1).ended == "finished"


def test_a_callback_that_raises_ends_the_run_with_the_weights_so_far(keras):
    class Broken(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise RuntimeError("as it happens")

    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    before = model.get_weights()
    with pytest.raises(RuntimeError, match="as it happens"):
        fit(model, (X, Q), epochs=5, callbacks=[Broken()])
    assert not np.array_equal(before[0], model.get_weights()[0])
    assert int(model.optimizer.iterations) == 4
    assert fit(model, (X, Q), epochs=1).ended == "finished"
