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


def both(keras, make, compiled, data, *, kwargs=None, eager=True):
    """Two copies of a model, one trained by `model.fit` and one by `fit`: their histories and models."""
    theirs, ours = make(), make()
    for model in (theirs, ours):
        model.compile(jit_compile=False, run_eagerly=eager and model is theirs, **compiled())
    if not theirs.built:
        theirs(data[0][:2]), ours(data[0][:2])
    ours.set_weights(theirs.get_weights())
    seed_dropout(theirs, SEED)
    kwargs = {"epochs": 3, "batch_size": 32, "shuffle": False, **(kwargs or {})}
    weight = data[2] if len(data) == 3 else None
    history = theirs.fit(data[0], data[1], sample_weight=weight, verbose=0, **kwargs).history
    run = fit(ours, tuple(data), seed=SEED, watch=False, xla=False, **kwargs)
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
        eager=False,
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
            eager=False,
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
            eager=False,
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


# -- what a training step consists of ---------------------------------------------------------

STEPS = {
    "class weights": {"kwargs": {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}}},
    "sample weights": {"weight": np.linspace(0.1, 2, 100).astype("float32")},
    "held out with weights": {"kwargs": {"validation_data": (*HELD, np.linspace(0.1, 3, 40))}},
    "larger batch than data": {"kwargs": {"batch_size": 1000}},
    "a batch that divides": {"kwargs": {"batch_size": 25}},
}


@pytest.mark.parametrize("case", STEPS)
def test_batches_and_weights(keras, case):
    settings = STEPS[case]
    data = (ROWS, CLASSES, settings["weight"]) if "weight" in settings else (ROWS, CLASSES)
    agree(
        *both(
            keras,
            lambda: mlp(keras, norm=True, dropout=0.2),
            lambda: {
                "optimizer": "adam",
                "loss": scores(keras),
                "metrics": ["accuracy"],
                "weighted_metrics": [keras.metrics.SparseCategoricalCrossentropy(from_logits=True)],
            },
            data,
            kwargs=settings.get("kwargs"),
        )
    )


OPTIMIZERS = {
    "sgd": ("SGD", {"learning_rate": 0.1}),
    "momentum": ("SGD", {"learning_rate": 0.05, "momentum": 0.9}),
    "nesterov": ("SGD", {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    "adam": ("Adam", {"learning_rate": 0.01, "amsgrad": True}),
    "adamw": ("AdamW", {"learning_rate": 0.01, "weight_decay": 0.1}),
    "rmsprop": ("RMSprop", {"learning_rate": 0.01, "momentum": 0.5, "centered": True}),
    "adagrad": ("Adagrad", {"learning_rate": 0.05}),
    "adadelta": ("Adadelta", {"learning_rate": 1.0}),
    "adamax": ("Adamax", {"learning_rate": 0.01}),
    "nadam": ("Nadam", {"learning_rate": 0.01}),
    "ftrl": ("Ftrl", {"learning_rate": 0.05, "l1_regularization_strength": 0.001}),
    "lion": ("Lion", {"learning_rate": 0.001}),
    "lamb": ("Lamb", {"learning_rate": 0.01}),
    "adafactor": ("Adafactor", {"learning_rate": 0.01}),
    "muon": ("Muon", {"learning_rate": 0.01}),
    "value": ("SGD", {"learning_rate": 0.1, "clipvalue": 0.01}),
    "norm": ("SGD", {"learning_rate": 0.1, "clipnorm": 0.1}),
    "global norm": ("SGD", {"learning_rate": 0.1, "global_clipnorm": 0.1}),
    "accumulation": ("Adam", {"learning_rate": 0.01, "gradient_accumulation_steps": 3}),
    "average": ("Adam", {"learning_rate": 0.01, "use_ema": True, "ema_momentum": 0.9}),
    "average written back": (
        "Adam",
        {"learning_rate": 0.01, "use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 4},
    ),
    "scaled loss": ("SGD", {"learning_rate": 0.1, "loss_scale_factor": 8.0}),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(keras, name):
    kind, settings = OPTIMIZERS[name]
    agree(
        *both(
            keras,
            lambda: mlp(keras),
            lambda: {"optimizer": getattr(keras.optimizers, kind)(**settings), "loss": scores(keras)},
            (ROWS, CLASSES),
            kwargs={"epochs": 2},
        )
    )


def test_every_keras_optimizer_is_among_these(keras):
    kinds = {
        name
        for name in dir(keras.optimizers)
        if isinstance(getattr(keras.optimizers, name), type) and name not in ("Optimizer", "OptimizerMap")
    }
    below = {"LossScaleOptimizer", "MultiOptimizer", "ScheduleFreeAdamW"}
    assert kinds - {kind for kind, _settings in OPTIMIZERS.values()} <= below


def test_an_optimizer_whose_weights_are_averages_at_the_end(keras):
    if not hasattr(keras.optimizers, "ScheduleFreeAdamW"):
        pytest.skip("this Keras has no ScheduleFreeAdamW")

    def compiled():
        optimizer = keras.optimizers.ScheduleFreeAdamW(0.01, warmup_steps=3)
        return {"optimizer": optimizer, "loss": scores(keras)}

    agree(*both(keras, lambda: mlp(keras), compiled, (ROWS, CLASSES)))


def test_an_optimizer_for_each_layer(keras):
    if not hasattr(keras.optimizers, "MultiOptimizer"):
        pytest.skip("this Keras has no MultiOptimizer")
    optimizers = keras.optimizers

    def compiled():
        by_layer = {".*first.*": optimizers.SGD(0.1, momentum=0.5)}
        chosen = optimizers.MultiOptimizer(optimizers.OptimizerMap(optimizers.Adam(0.01), by_layer))
        return {"optimizer": chosen, "loss": scores(keras)}

    def make():
        layers = keras.layers
        return keras.Sequential([layers.Input((6,)), layers.Dense(4, name="first"), layers.Dense(3)])

    found = both(keras, make, compiled, (ROWS, CLASSES))
    agree(*found)
    for wrong in ({"learning_rate": 0.1}, {"schedule": "cosine"}):
        with pytest.raises(ValueError, match=f"^{next(iter(wrong))} must be"):
            fit(found[3], (ROWS, CLASSES), **wrong)


@pytest.mark.parametrize("inner", [{}, {"use_ema": True, "ema_momentum": 0.9}])
def test_an_optimizer_that_scales_the_loss(keras, inner):
    agree(
        *both(
            keras,
            lambda: mlp(keras),
            lambda: {
                "optimizer": keras.optimizers.LossScaleOptimizer(
                    keras.optimizers.Adam(0.01, **inner), initial_scale=64.0, dynamic_growth_steps=3
                ),
                "loss": scores(keras),
            },
            (ROWS, CLASSES),
        )
    )


SCHEDULES = {
    "cosine": ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 10}),
    "exponential": ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5}),
    "inverse": ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5}),
    "polynomial": ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 8}),
    "steps": ("PiecewiseConstantDecay", {"boundaries": [3, 6], "values": [0.1, 0.05, 0.01]}),
    "restarts": ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 5}),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_of_the_optimizer(keras, name):
    kind, settings = SCHEDULES[name]

    def compiled():
        schedule = getattr(keras.optimizers.schedules, kind)(**settings)
        return {"optimizer": keras.optimizers.SGD(schedule, momentum=0.5), "loss": scores(keras)}

    agree(*both(keras, lambda: mlp(keras), compiled, (ROWS, CLASSES)))


def test_our_schedule_is_that_of_keras(keras):
    """`schedule=` as a vector of rates against the same schedule inside the optimizer."""
    from bigmodel_nb.maths.schedules import Cosine

    theirs, ours = mlp(keras), mlp(keras)
    ours.set_weights(theirs.get_weights())
    decay = keras.optimizers.schedules.CosineDecay(0.1, 12)
    theirs.compile(keras.optimizers.SGD(decay), scores(keras), jit_compile=False)
    theirs.fit(ROWS, CLASSES, batch_size=32, epochs=3, shuffle=False, verbose=0)
    run = fit(
        ours,
        (ROWS, CLASSES),
        optimizer="sgd",
        learning_rate=0.1,
        schedule=Cosine(12),
        epochs=3,
        shuffle=False,
    )
    np.testing.assert_allclose(run.rates, [float(decay(step)) for step in range(12)], rtol=1e-5)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)
    assert float(ours.optimizer.learning_rate) == pytest.approx(0.1)  # the next run starts from it again


LOSSES = {
    "binary": ("BinaryCrossentropy", {"from_logits": True}, 1, [0, 1]),
    "hinge": ("Hinge", {}, 1, [-1, 1]),
    "sum": ("MeanSquaredError", {"reduction": "sum"}, 1, None),
    "huber": ("Huber", {}, 1, None),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_how_they_are_reduced(keras, name):
    kind, settings, outputs, values = LOSSES[name]
    y = QUANTITIES if values is None else np.array(values)[(QUANTITIES > 0).astype(int)].astype("float32")
    agree(
        *both(
            keras,
            lambda: mlp(keras, outputs=outputs, regularizer="l1"),
            lambda: {
                "optimizer": keras.optimizers.SGD(0.003),
                "loss": getattr(keras.losses, kind)(**settings),
                "metrics": ["mae", keras.metrics.RootMeanSquaredError(name="rms")],
            },
            (ROWS, y),
            kwargs={"validation_data": (ROWS[:70], y[:70])},
        )
    )


def test_masked_rows_and_activity_regularizers(keras):
    """Where the loss of an epoch depends on how examples fall into batches, validation uses the same."""
    layers = keras.layers
    tokens = random.integers(0, 4, (90, 6)).astype("int32")
    agree(
        *both(
            keras,
            lambda: keras.Sequential(
                [
                    layers.Input((6,), dtype="int32"),
                    layers.Embedding(4, 5, mask_zero=True),
                    layers.GRU(4, return_sequences=True, activity_regularizer="l2"),
                    layers.Dense(4),
                ]
            ),
            lambda: {
                "optimizer": "adam",
                "loss": scores(keras),
                "metrics": ["accuracy"],
                "weighted_metrics": ["accuracy"],
            },
            (tokens[:50], tokens[:50]),
            kwargs={"batch_size": 16, "validation_data": (tokens[50:], tokens[50:])},
        )
    )


METRICS = ["AUC", "Precision", "Recall", "BinaryIoU", "FalsePositives", "MeanAbsoluteError"]


def test_metrics_and_their_names(keras):
    agree(
        *both(
            keras,
            lambda: mlp(keras, outputs=1, activation="sigmoid"),
            lambda: {
                "optimizer": keras.optimizers.Adam(0.01),
                "loss": "binary_crossentropy",
                "metrics": ["accuracy", *(getattr(keras.metrics, name)(name=name) for name in METRICS)],
            },
            (ROWS, (QUANTITIES > 0).astype("int32")),
            kwargs={"validation_data": (ROWS[:30], (QUANTITIES[:30] > 0).astype("int32"))},
        )
    )


@pytest.mark.parametrize("delta", [0.5, 3.0])
def test_a_loss_whose_configuration_lacks_a_setting_keeps_it(keras, delta):
    """Keras's Huber leaves its delta out of its configuration, from which a twin would be made."""
    found = both(
        keras,
        lambda: mlp(keras, outputs=1),
        lambda: {"optimizer": keras.optimizers.SGD(0.01), "loss": keras.losses.Huber(delta=delta)},
        (ROWS, 20 * QUANTITIES),
    )
    agree(*found)
