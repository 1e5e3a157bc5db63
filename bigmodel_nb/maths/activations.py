"""What a unit makes of the sum that it is given, and the slope of that. All are Keras's, by its names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LEAK = 0.2  # the slope of leaky relu below zero, Keras's default
# of selu, so that means of 0 and variances of 1 stay so from layer to layer (Klambauer and others, 2017,
# "Self-normalizing neural networks")
SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772


@dataclass(frozen=True)
class Activation:
    """`value(z)`, entry by entry, and `slope(a)`, its derivative as a function of its value a."""

    value: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(lambda z: np.maximum(z, 0), lambda a: (a > 0).astype(a.dtype)),
    "tanh": Activation(np.tanh, lambda a: 1 - a * a),
    # by tanh, since exp(-z) overflows for very negative z
    "sigmoid": Activation(lambda z: 0.5 + 0.5 * np.tanh(0.5 * z), lambda a: a * (1 - a)),
    "linear": Activation(lambda z: z, np.ones_like),
    "leaky relu": Activation(lambda z: np.maximum(z, LEAK * z), lambda a: np.where(a > 0, 1.0, LEAK)),
    # D.-A. Clevert and others, 2015, "Fast and accurate deep network learning by exponential linear units"
    "elu": Activation(
        lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))), lambda a: np.where(a > 0, 1.0, a + 1)
    ),
    "selu": Activation(
        lambda z: SCALE * np.where(z > 0, z, ALPHA * np.expm1(np.minimum(z, 0))),
        lambda a: np.where(a > 0, SCALE, a + SCALE * ALPHA),
    ),
    "softplus": Activation(lambda z: np.logaddexp(0, z), lambda a: -np.expm1(-a)),
}
