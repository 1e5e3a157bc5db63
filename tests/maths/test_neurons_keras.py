"""The oracle: outputs, loss and every gradient equal Keras's, with the same weights set in both."""

import numpy as np
import pytest

from bigmodel_nb.maths.descent import Adam, GradientDescent, Momentum
from bigmodel_nb.maths.initializers import INITIALIZERS
from bigmodel_nb.maths.neurons import Network, train

pytestmark = pytest.mark.tensorflow

RANDOM = np.random.default_rng(11)
X, LABELS, TARGETS = RANDOM.normal(size=(20, 6)), RANDOM.integers(0, 3, 20), RANDOM.normal(size=(20, 3))

CASES = [
    ([6, 3], "relu", "linear", "cross-entropy"),
    ([6, 8, 3], "relu", "linear", "cross-entropy"),
    ([6, 8, 3], "tanh", "linear", "cross-entropy"),
    ([6, 8, 3], "sigmoid", "linear", "cross-entropy"),
    ([6, 8, 7, 5, 3], "relu", "linear", "cross-entropy"),
    ([6, 3], "relu", "sigmoid", "squared error"),
    ([6, 8, 3], "relu", "linear", "squared error"),
    ([6, 8, 3], "linear", "tanh", "squared error"),
    ([6, 8, 7, 5, 3], "tanh", "linear", "squared error"),
    ([6, 8, 7, 5, 4, 3], "sigmoid", "relu", "squared error"),
    ([6, 8, 3], "leaky relu", "linear", "binary cross-entropy"),
    ([6, 8, 3], "elu", "linear", "absolute error"),
    ([6, 8, 5, 3], "selu", "linear", "Huber"),
    ([6, 8, 5, 3], "softplus", "linear", "binary cross-entropy"),
]


def in_keras(keras, network):
    sizes = network.sizes
    penalty = keras.regularizers.L1L2(l1=network.l1, l2=network.l2) if network.l1 or network.l2 else None
    model = keras.Sequential(
        [keras.Input((sizes[0],))]
        + [
            keras.layers.Dense(size, activation=name.replace(" ", "_"), kernel_regularizer=penalty)
            for size, name in zip(sizes[1:], network.activations, strict=True)
        ]
    )
    model.set_weights(network.parameters)
    return model


def loss_in_keras(keras, name):
    return {
        "cross-entropy": lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        "binary cross-entropy": lambda: keras.losses.BinaryCrossentropy(from_logits=True),
        "squared error": keras.losses.MeanSquaredError,
        "absolute error": keras.losses.MeanAbsoluteError,
        "Huber": keras.losses.Huber,
    }[name]()


def truth_for(loss):
    return {"cross-entropy": LABELS, "binary cross-entropy": (TARGETS > 0).astype(float)}.get(loss, TARGETS)


@pytest.mark.parametrize("penalties", [{}, {"l1": 0.02, "l2": 0.05}], ids=["plain", "penalized"])
@pytest.mark.parametrize("initializer", ["glorot uniform", "he normal"])
@pytest.mark.parametrize(("sizes", "hidden", "output", "loss"), CASES)
def test_outputs_loss_and_gradients(keras, sizes, hidden, output, loss, initializer, penalties):
    import tensorflow as tf

    network = Network.initial(
        sizes, activation=hidden, output=output, loss=loss, initializer=initializer, seed=4, **penalties
    )
    biased = [
        part + 0.1 * RANDOM.normal(size=part.shape) if part.ndim == 1 else part for part in network.parameters
    ]
    network = network.with_parameters(biased)
    truth = truth_for(loss)
    model = in_keras(keras, network)
    with tf.GradientTape() as tape:
        outputs = model(X.astype("float32"))
        theirs = loss_in_keras(keras, loss)(truth, outputs) + sum(model.losses)
    slopes = tape.gradient(theirs, model.trainable_variables)
    np.testing.assert_allclose(network.forward(X), outputs, atol=1e-5)
    assert network.loss_of(X, truth) == pytest.approx(float(theirs), abs=1e-5)
    for ours, slope in zip(network.gradients(X, truth), slopes, strict=True):
        np.testing.assert_allclose(ours, slope, atol=1e-5)
        assert np.abs(ours).max() > 1e-4 or hidden == "sigmoid"  # else it would say nothing


@pytest.mark.parametrize("rule", [GradientDescent(0.3), Momentum(0.05), Adam(0.01)])
def test_training_is_that_of_keras(keras, rule):
    """All examples in each batch, so that the order plays no part."""
    network = Network.initial([6, 8, 3], seed=6)
    model = in_keras(keras, network)
    theirs = {
        "gradient descent": lambda: keras.optimizers.SGD(0.3),
        "momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9),
        "Adam": lambda: keras.optimizers.Adam(0.01),
    }[rule.name]()
    model.compile(optimizer=theirs, loss=loss_in_keras(keras, "cross-entropy"))
    history = model.fit(X, LABELS, batch_size=20, epochs=15, verbose=0).history["loss"]
    run = train(network, X, LABELS, batch_size=20, epochs=15, optimizer=rule)
    np.testing.assert_allclose(run.losses, history, atol=1e-5)
    for ours, weights in zip(run.network.parameters, model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, weights, atol=1e-5)


def test_gradients_with_the_masks_of_dropout(keras):
    """What Keras's Dropout silenced is read off its output, and handed to ours as masks."""
    import tensorflow as tf

    network = Network.initial([6, 8, 5, 3], activation="tanh", seed=3)
    dense = [
        keras.layers.Dense(size, activation=name) for size, name in ((8, "tanh"), (5, "tanh"), (3, None))
    ]
    drop = [keras.layers.Dropout(0.4, seed=place) for place in range(2)]
    inputs = keras.Input((6,))
    first = drop[0](dense[0](inputs))
    second = drop[1](dense[1](first))
    model = keras.Model(inputs, [first, second, dense[2](second)])
    model.set_weights(network.parameters)
    with tf.GradientTape() as tape:
        *dropped, outputs = model(X.astype("float32"), training=True)
        theirs = loss_in_keras(keras, "cross-entropy")(LABELS, outputs)
    masks = [np.where(np.asarray(part) == 0, 0, 1 / 0.6) for part in dropped]
    assert all(0.2 < (mask == 0).mean() < 0.6 for mask in masks)
    for ours, slope in zip(
        network.gradients(X, LABELS, masks), tape.gradient(theirs, model.trainable_variables), strict=True
    ):
        np.testing.assert_allclose(ours, slope, atol=1e-5)


def test_early_stopping_is_that_of_keras(keras):
    network = Network.initial([6, 8, 3], seed=6)
    model = in_keras(keras, network)
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss=loss_in_keras(keras, "cross-entropy"))
    stop = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
    held = X[14:], LABELS[14:]
    history = model.fit(
        X[:14], LABELS[:14], batch_size=14, epochs=40, verbose=0, callbacks=[stop], validation_data=held
    ).history
    run = train(
        network, X[:14], LABELS[:14], batch_size=14, epochs=40, optimizer=GradientDescent(0.5),
        validation=held, patience=4,
    )  # fmt: skip
    assert len(history["loss"]) < 40 and run.best_epoch == stop.best_epoch + 1
    np.testing.assert_allclose(run.losses, history["loss"], atol=1e-5)
    np.testing.assert_allclose(run.validation_losses, history["val_loss"], atol=1e-5)
    for ours, weights in zip(run.network.parameters, model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, weights, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, name.title().replace(" ", ""))
        for name in INITIALIZERS
        if name not in ("zeros", "standard normal")
    ],
)
def test_weights_are_drawn_from_the_distribution_of_keras(keras, name, kind):
    ours = np.sort(Network.initial([200, 150], initializer=name, seed=0).parameters[0].ravel())
    theirs = np.sort(np.asarray(getattr(keras.initializers, kind)(seed=0)((200, 150))).ravel())
    # two samples of 30,000: their quantiles differ by about 1 % of the spread
    np.testing.assert_allclose(ours[::1000], theirs[::1000], atol=0.05 * theirs.std())
