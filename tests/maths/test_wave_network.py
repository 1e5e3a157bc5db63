"""Small networks trained by Levenberg and Marquardt, held against Keras and against plain descent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.maths.noisy_fits import sample
from bigmodel_nb.maths.wave_network import MOST_UNITS, train


def loss(data, networks, l2: float) -> float:
    errors = ((networks.predict(data.x) - data.y) ** 2).mean(axis=1)
    return errors + l2 * (networks.slopes**2 + networks.weights**2).sum(axis=1)


@given(st.integers(0, 50), st.integers(1, MOST_UNITS), st.sampled_from([0, 1e-3, 0.1]), st.integers(2, 40))
@settings(max_examples=20, deadline=None)
def test_losses_are_those_of_the_networks_and_fall_with_steps(seed, units, l2, n):
    data = sample(n, seed=seed)
    before = np.inf
    for steps in (1, 10, 60):
        networks = train(data.x, data.y, units, l2=l2, seed=seed, steps=steps)
        np.testing.assert_allclose(networks.losses, loss(data, networks, l2), atol=1e-20)
        assert networks.losses[0] <= before
        before = networks.losses[0]
    assert np.isfinite(networks.predict([-1.0, 1.0])).all()


def test_what_is_found_is_a_minimum():
    """Moved by a little in any direction, the loss is higher."""
    data, l2 = sample(30, seed=1), 1e-3
    networks = train(data.x, data.y, 3, l2=l2, steps=500)
    at = networks.losses[0]
    for name in ("slopes", "offsets", "weights", "biases"):
        part = getattr(networks, name).reshape(-1)
        for i in range(min(len(part), 3)):
            for move in (-1e-3, 1e-3):
                part[i] += move
                assert loss(data, networks, l2)[0] > at - 1e-9
                part[i] -= move


def test_descent_in_keras_from_the_same_place_gets_no_lower(keras):
    """Adam, 3,000 steps from where Levenberg and Marquardt stopped."""
    data, l2, units = sample(20, seed=2), 1e-3, 4
    found = train(data.x, data.y, units, l2=l2, steps=300)
    model = keras.Sequential(
        [
            keras.Input((1,)),
            keras.layers.Dense(units, activation="tanh", kernel_regularizer=keras.regularizers.L2(l2)),
            keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L2(l2)),
        ]
    )
    model.set_weights(
        [found.slopes[:, :units], found.offsets[0, :units], found.weights[:, :units].T, found.biases]
    )
    model.compile(keras.optimizers.Adam(1e-3), "mse")
    x, y = data.x[:, None], data.y[:, None]
    start = model.evaluate(x, y, verbose=0)
    assert start == pytest.approx(found.losses[0], rel=1e-4)
    model.fit(x, y, batch_size=20, epochs=300, verbose=0)
    assert model.evaluate(x, y, verbose=0) > found.losses[0] * 0.98


def test_networks_trained_together_are_those_trained_alone():
    data = sample(15)
    targets = np.stack([data.y, -2 * data.y, data.y**2])
    together = train(data.x, targets, [2, 7, 12], l2=0.01, seed=3)
    for i, units in enumerate((2, 7, 12)):
        alone = train(data.x, targets[i], units, l2=0.01, seed=3)
        np.testing.assert_allclose(together.predict(data.x)[i], alone.predict(data.x)[0], atol=1e-6)
        assert together.used[i].sum() == units and not together.weights[i, units:].any()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: train([0.0, 1.0], [1.0], 2), "targets must be an array of shape"),
        (lambda: train([0.0], [1.0], 13), "units must be a whole number from 1 to 12; received: 13"),
        (lambda: train([0.0], [[1.0]] * 3, [1, 2]), "units must be one number, or one for each of targets"),
        (lambda: train([0.0], [1.0], 2, l2=-1), "l2 must be zero or a positive number; received: -1"),
        (lambda: train([0.0], ["a"], 2), "targets must be"),
        (lambda: train([0.0], [1.0], 2, steps=0), "steps must be a whole number"),
    ],
)
def test_what_is_wrong_is_named(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()
