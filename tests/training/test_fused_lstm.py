"""The LSTM of the compiled loops against Keras's own: outputs and every slope, and what is left to Keras."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.training import fit
from bigmodel_nb.training.fused_lstm import fuse_lstms
from bigmodel_nb.training.workers import _workers, forget_workers

pytestmark = pytest.mark.tensorflow
STEPS, FEATURES, UNITS = 7, 3, 5
X = np.random.default_rng(0).normal(size=(4, STEPS, FEATURES)).astype("float32")


def model_of(keras, layer, *, masked: bool = False):
    inputs = keras.Input((STEPS, FEATURES))
    values = keras.layers.Masking(100.0)(inputs) if masked else inputs
    return keras.Model(inputs, layer(values))


def outputs_and_slopes(model, xla: bool) -> list[np.ndarray]:
    import tensorflow as tf

    @tf.function(jit_compile=xla)
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = tf.nest.flatten(model(x, training=True))
            loss = sum(tf.reduce_sum(tf.sin(3 * one)) for one in outputs)
        return [*outputs, *tape.gradient(loss, [x, *model.trainable_variables])]

    return [one.numpy() for one in step(tf.constant(X))]


@pytest.mark.parametrize("xla", [False, True])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"return_sequences": True},
        {"return_sequences": True, "return_state": True},
        {"go_backwards": True, "return_state": True},
    ],
    ids=str,
)
def test_outputs_states_and_slopes_are_those_of_keras(keras, settings, xla):
    keras.utils.set_random_seed(1)
    model = model_of(keras, keras.layers.LSTM(UNITS, bias_initializer="random_normal", **settings))
    expected = outputs_and_slopes(model, xla)
    assert fuse_lstms(model) == 1
    for ours, theirs in zip(outputs_and_slopes(model, xla), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_both_directions_and_layers_on_layers(keras):
    keras.utils.set_random_seed(2)
    inputs = keras.Input((STEPS, FEATURES))
    values = keras.layers.Bidirectional(keras.layers.LSTM(UNITS, return_sequences=True))(inputs)
    model = keras.Model(inputs, keras.layers.LSTM(UNITS)(values))
    expected = outputs_and_slopes(model, False)
    assert fuse_lstms(model) == 3
    for ours, theirs in zip(outputs_and_slopes(model, False), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_what_begins_with_given_states(keras):
    sequences, h, c = keras.Input((STEPS, FEATURES)), keras.Input((UNITS,)), keras.Input((UNITS,))
    model = keras.Model([sequences, h, c], keras.layers.LSTM(UNITS)(sequences, initial_state=[h, c]))
    given = [X, *np.random.default_rng(3).normal(size=(2, 4, UNITS)).astype("float32")]
    expected = model(given).numpy()
    assert fuse_lstms(model) == 1
    np.testing.assert_allclose(model(given).numpy(), expected, atol=1e-6)


def test_masked_steps_are_left_to_keras(keras):
    rows = X.copy()
    rows[1, 4:] = 100.0
    model = model_of(keras, keras.layers.LSTM(UNITS), masked=True)
    expected = model(rows).numpy()
    assert fuse_lstms(model) == 1
    np.testing.assert_allclose(model(rows).numpy(), expected, atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        {"activation": "relu"},
        {"recurrent_activation": "hard_sigmoid"},
        {"dropout": 0.2},
        {"recurrent_dropout": 0.2},
        {"use_bias": False},
        {"unroll": True},
        {"dtype": "mixed_bfloat16"},
    ],
    ids=str,
)
def test_other_lstms_stay_as_they_are(keras, settings):
    assert fuse_lstms(model_of(keras, keras.layers.LSTM(UNITS, **settings))) == 0
    assert fuse_lstms(model_of(keras, keras.layers.GRU(UNITS))) == 0


def test_fit_with_xla_ends_where_keras_ends_and_leaves_the_readers_layer_alone(keras):
    y = X.sum(axis=(1, 2))[:, None]
    forget_workers()
    ends = []
    for ours in (False, True):
        keras.utils.set_random_seed(4)
        inputs = keras.Input((STEPS, FEATURES))
        model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.LSTM(UNITS, name="cells")(inputs)))
        model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
        if ours:
            fit(model, (X, y), epochs=3, batch_size=4, xla=True, watch=False)
        else:
            model.fit(X, y, epochs=3, batch_size=4, verbose=0)
        assert "inner_loop" not in vars(model.get_layer("cells"))
        ends.append(model.get_weights())
    (worker,) = _workers.values()
    assert "inner_loop" in vars(worker.model.get_layer("cells"))
    for ours, theirs in zip(*ends[::-1], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
