"""How the weights of a layer begin: small, random, and of a size that fits the layer. Both are Keras's.

X. Glorot, Y. Bengio, 2010, "Understanding the difficulty of training deep feedforward neural networks";
K. He and others, 2015, "Delving deep into rectifiers" (for relu).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def _glorot_uniform(random: np.random.Generator, inputs: int, outputs: int) -> np.ndarray:
    edge = np.sqrt(6 / (inputs + outputs))
    return random.uniform(-edge, edge, (inputs, outputs))


def _he_normal(random: np.random.Generator, inputs: int, outputs: int) -> np.ndarray:
    draws = random.standard_normal((inputs, outputs))
    while (far := np.abs(draws) > 2).any():
        draws[far] = random.standard_normal(far.sum())
    # 0.8796... is the standard deviation of a normal distribution cut off at 2
    return draws * np.sqrt(2 / inputs) / 0.87962566103423978


# (random, inputs, outputs) -> weights (inputs, outputs)
INITIALIZERS: dict[str, Callable[[np.random.Generator, int, int], np.ndarray]] = {
    "glorot uniform": _glorot_uniform,
    "he normal": _he_normal,
}
