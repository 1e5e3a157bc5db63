"""How the weights of a layer begin: small, random, and of a size that fits the layer. All are Keras's.

X. Glorot, Y. Bengio, 2010, "Understanding the difficulty of training deep feedforward neural networks";
K. He and others, 2015, "Delving deep into rectifiers" (for relu); Y. LeCun and others, 1998, "Efficient
backprop". "zeros" and "standard normal" are there to see what they spoil.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Draw = Callable[[np.random.Generator, int, int], np.ndarray]
# the standard deviation of a standard normal distribution cut off at 2, as Keras cuts it
CUT_OFF = 0.87962566103423978


def _uniform(edge: Callable[[int, int], float]) -> Draw:
    return lambda random, inputs, outputs: random.uniform(
        -edge(inputs, outputs), edge(inputs, outputs), (inputs, outputs)
    )


def _normal(spread: Callable[[int, int], float]) -> Draw:
    def draw(random: np.random.Generator, inputs: int, outputs: int) -> np.ndarray:
        draws = random.standard_normal((inputs, outputs))
        while (far := np.abs(draws) > 2).any():
            draws[far] = random.standard_normal(far.sum())
        return draws * spread(inputs, outputs) / CUT_OFF

    return draw


# (random, inputs, outputs) -> weights (inputs, outputs)
INITIALIZERS: dict[str, Draw] = {
    "glorot uniform": _uniform(lambda inputs, outputs: np.sqrt(6 / (inputs + outputs))),
    "he normal": _normal(lambda inputs, outputs: np.sqrt(2 / inputs)),
    "glorot normal": _normal(lambda inputs, outputs: np.sqrt(2 / (inputs + outputs))),
    "he uniform": _uniform(lambda inputs, outputs: np.sqrt(6 / inputs)),
    "lecun normal": _normal(lambda inputs, outputs: np.sqrt(1 / inputs)),
    # Keras: RandomNormal(stddev=1), too large for any layer but the smallest
    "standard normal": lambda random, inputs, outputs: random.standard_normal((inputs, outputs)),
    "zeros": lambda random, inputs, outputs: np.zeros((inputs, outputs)),
}
