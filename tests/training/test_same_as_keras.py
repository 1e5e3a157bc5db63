"""`fit` against `model.fit`: the same weights, losses and metrics from the same batches (TensorFlow, float32,
without XLA on either side)."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.training import fit
from bigmodel_nb.training.workers import seed_dropout

pytestmark = pytest.mark.tensorflow

SEED = 3
random = np.random.default_rng(0)
ROWS = random.normal(size=(100, 6)).astype("float32")
CLASSES = random.integers(0, 3, 100).astype("int32")
QUANTITIES = (ROWS[:, :2] @ random.normal(size=(2, 1)) + 0.1).astype("float32")
HELD = (random.normal(size=(40, 6)).astype("float32"), random.integers(0, 3, 40).astype("int32"))


def mlp(keras, *, dropout=0.0, norm=False, regularizer=None, outputs=3, activation=None):
    layers = keras.layers
    stack = [layers.Input((6,)), layers.Dense(8, activation="relu", kernel_regularizer=regularizer)]
    stack += [layers.BatchNormalization()] if norm else []
    stack += [layers.Dropout(dropout)] if dropout else []
    return keras.Sequential([*stack, layers.Dense(outputs, activation=activation)])


def scores(keras):
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def both(keras, make, compiled, data, *, kwargs=None, theirs_only=None, ours_only=None, callbacks=list):
    """Two copies of a model, one trained by `model.fit` and one by `fit`: their histories and models."""
    theirs, ours = make(), make()
    for model in (theirs, ours):
        model.compile(jit_compile=False, **compiled())
    if not theirs.built:
        theirs(data[0][:2]), ours(data[0][:2])
    ours.set_weights(theirs.get_weights())
    seed_dropout(theirs, SEED)
    kwargs = {"epochs": 3, "batch_size": 32, "shuffle": False, **(kwargs or {})}
    weight = data[2] if len(data) == 3 else None
    history = theirs.fit(
        data[0],
        data[1],
        sample_weight=weight,
        verbose=0,
        callbacks=callbacks(),
        **kwargs,
        **(theirs_only or {}),
    ).history
    run = fit(
        ours,
        tuple(data),
        seed=SEED,
        watch=False,
        callbacks=callbacks(),
        xla=False,
        **kwargs,
        **(ours_only or {}),
    )
    return history, run, theirs, ours


def agree(history, run, theirs, ours, atol=1e-5, weights=True):
    assert set(history) == set(run.history)
    for name, values in history.items():
        np.testing.assert_allclose(run.history[name], values, rtol=1e-5, atol=atol, err_msg=name)
    if weights:
        for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_allclose(mine, other, rtol=0, atol=atol)
        assert len(ours.optimizer.variables) == len(theirs.optimizer.variables)
        for mine, other in zip(ours.optimizer.variables, theirs.optimizer.variables, strict=True):
            np.testing.assert_allclose(mine.numpy(), other.numpy(), rtol=1e-4, atol=atol, err_msg=mine.path)


# -- the models of the issue ------------------------------------------------------------------


def test_mlp_over_100_steps(keras):
    found = both(
        keras,
        lambda: mlp(keras, dropout=0.3, norm=True, regularizer="l2"),
        lambda: {"optimizer": keras.optimizers.Adam(0.01), "loss": scores(keras), "metrics": ["accuracy"]},
        (ROWS, CLASSES),
        kwargs={"epochs": 25, "validation_data": HELD},
    )
    agree(*found)
    assert found[1].steps == 100 and found[1].ended == "finished"


def test_cnn_with_batch_norm_over_100_steps(keras):
    images = random.normal(size=(64, 8, 8, 1)).astype("float32")
    labels = random.integers(0, 3, 64).astype("int32")
    layers = keras.layers

    def make():
        return keras.Sequential(
            [
                layers.Input((8, 8, 1)),
                layers.Conv2D(4, 3, activation="relu"),
                layers.BatchNormalization(),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dense(3),
            ]
        )

    agree(
        *both(
            keras,
            make,
            lambda: {"optimizer": keras.optimizers.SGD(0.01, momentum=0.9), "loss": scores(keras)},
            (images, labels),
            kwargs={"epochs": 25, "batch_size": 16},
        )
    )


def test_lstm_over_100_steps(keras):
    rows = random.normal(size=(64, 5, 3)).astype("float32")
    totals = rows.sum((1, 2))[:, None].astype("float32")
    layers = keras.layers
    agree(
        *both(
            keras,
            lambda: keras.Sequential([layers.Input((5, 3)), layers.LSTM(6, dropout=0.1), layers.Dense(1)]),
            lambda: {"optimizer": keras.optimizers.Adam(0.003), "loss": "mse", "metrics": ["mae"]},
            (rows, totals),
            kwargs={"epochs": 25, "batch_size": 16},
        )
    )


def test_transformer_loss_over_20_steps(keras):
    from bigmodel_nb.models import build_transformer

    tokens = random.integers(0, 11, (40, 9)).astype("int32")
    found = both(
        keras,
        lambda: build_transformer(
            vocabulary_size=11, context_length=8, num_layers=2, num_heads=2, d_model=16, dropout=0.1
        ),
        lambda: {"optimizer": keras.optimizers.AdamW(0.003), "loss": scores(keras)},
        (tokens[:, :-1], tokens[:, 1:]),
        kwargs={"epochs": 4, "batch_size": 8},
    )
    assert found[1].steps == 20
    agree(*found, weights=False)
