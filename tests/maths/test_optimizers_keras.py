"""The oracle: our seven rules against Keras's, in float32, step for step."""

import numpy as np
import pytest

from bigmodel_nb.maths.optimizers import (
    AdaGrad,
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSProp,
)
from bigmodel_nb.maths.surfaces import bowl, himmelblau

pytestmark = pytest.mark.tensorflow

# Epsilons are large in some, since with the default one cannot see where it stands.
CASES = [
    GradientDescent(),
    GradientDescent(learning_rate=0.3),
    Momentum(),
    Momentum(learning_rate=0.1, momentum=0.5),
    Momentum(learning_rate=0.1, momentum=0.0),
    Nesterov(),
    Nesterov(learning_rate=0.1, momentum=0.7),
    Nesterov(learning_rate=0.1, momentum=0.0),
    AdaGrad(),
    AdaGrad(learning_rate=0.5, initial_accumulator_value=0.0),
    AdaGrad(learning_rate=0.5, initial_accumulator_value=1.0, epsilon=0.3),
    RMSProp(),
    RMSProp(learning_rate=0.05, rho=0.6, epsilon=0.2),
    RMSProp(learning_rate=0.01, momentum=0.8),
    RMSProp(learning_rate=0.01, centered=True),
    RMSProp(learning_rate=0.01, rho=0.95, momentum=0.5, epsilon=1e-3, centered=True),
    Adam(),
    Adam(learning_rate=0.1, beta_1=0.5, beta_2=0.9, epsilon=0.2),
    Adam(learning_rate=0.1, beta_1=0.0),
    AdamW(),
    AdamW(learning_rate=0.1, weight_decay=0.3),
    AdamW(learning_rate=0.1, beta_1=0.8, beta_2=0.99, epsilon=1e-3, weight_decay=0.0),
]


def in_keras(keras, ours):
    rate = {"learning_rate": ours.learning_rate}
    if isinstance(ours, Momentum):  # Nesterov is one
        return keras.optimizers.SGD(**rate, momentum=ours.momentum, nesterov=isinstance(ours, Nesterov))
    settings = dict(vars(ours))
    kind = {
        GradientDescent: keras.optimizers.SGD,
        AdaGrad: keras.optimizers.Adagrad,
        RMSProp: keras.optimizers.RMSprop,
        Adam: keras.optimizers.Adam,
        AdamW: keras.optimizers.AdamW,
    }[type(ours)]
    return kind(**settings)


def assert_same(ours, theirs, step):
    """Equal to 1e-5 of the largest weight, and to 1e-5 of each weight that is not next to zero."""
    scale = np.abs(theirs).max()
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6 * scale, err_msg=f"after step {step}")


@pytest.mark.parametrize("ours", CASES, ids=repr)
@pytest.mark.parametrize("origin", [True, False], ids=["from zeros", "from anywhere"])
def test_a_hundred_recorded_gradients(keras, ours, origin):
    random = np.random.default_rng(7)
    # Columns of different size, so that each is scaled in its own way; one gradient in ten is zero.
    gradients = random.normal(size=(100, 3, 4)) * np.array([0.01, 0.3, 1.0, 10.0])
    gradients *= random.random(gradients.shape) > 0.1
    gradients = gradients.astype(np.float32)
    w = np.zeros((3, 4), np.float32) if origin else random.normal(size=(3, 4)).astype(np.float32)
    variable, theirs = keras.Variable(w), in_keras(keras, ours)
    state = ours.initial_state(w)
    for step, gradient in enumerate(gradients):
        theirs.apply([gradient], [variable])
        w, state = ours.update(w, gradient, state, step, ours.learning_rate)
        assert w.dtype == np.float32
        assert_same(w, variable.numpy(), step)


CLOSED = [
    GradientDescent(learning_rate=0.005),
    Momentum(learning_rate=0.002),
    Nesterov(learning_rate=0.002),
    AdaGrad(learning_rate=0.5),
    RMSProp(learning_rate=0.02),
    RMSProp(learning_rate=0.005, momentum=0.5, centered=True, epsilon=1e-2),
    Adam(learning_rate=0.1),
    AdamW(learning_rate=0.1, weight_decay=0.1),
]


@pytest.mark.parametrize("ours", CLOSED, ids=repr)
@pytest.mark.parametrize("surface", [bowl(30.0), himmelblau()], ids=lambda surface: surface.name)
def test_closed_loop(keras, ours, surface):
    """Each follows the gradient at its own weights, so that what differs would grow."""
    w = np.array(surface.start, np.float32)
    variable, theirs = keras.Variable(w), in_keras(keras, ours)
    state = ours.initial_state(w)
    for step in range(100):
        theirs.apply([surface.gradient(variable.numpy())], [variable])
        w, state = ours.update(w, surface.gradient(w), state, step, ours.learning_rate)
        assert w.dtype == np.float32
        # Rounding is carried on from step to step; near a minimum nothing is left to be relative to.
        np.testing.assert_allclose(w, variable.numpy(), rtol=1e-5, atol=1e-5)


def test_defaults_are_those_of_keras(keras):
    for ours in (GradientDescent(), AdaGrad(), RMSProp(), Adam(), AdamW()):
        theirs = type(in_keras(keras, ours))().get_config()
        for name, value in vars(ours).items():
            assert theirs[name] == pytest.approx(value), (ours, name)
