"""What a unit makes of the sum that it is given, and the slope of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


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
}
