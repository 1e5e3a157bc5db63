"""How recurrent layers begin: orthogonal blocks with a chosen spectral radius, and gates that keep.

    kernel, recurrent_kernel, bias = initial_weights("lstm", 10, 32, radius=0.9, forget_bias=1.0)

At `radius=1` these are Keras's own beginnings (Glorot uniform kernel, orthogonal recurrent blocks, and for
an LSTM a forget bias of 1), but for the numbers drawn.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb.arguments import non_negative, number, one_of, whole, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.initializers import INITIALIZERS
from bigmodel_nb.maths.recurrence import GATES

# kind of cell -> which of its blocks keeps the state where it is near 1: LSTM's forget gate, GRU's update
KEEPING = {"lstm": 1, "gru": 0}


def spectral_radius(matrix: Any) -> float:
    """The largest absolute value of the eigenvalues of a square matrix.

    Repeated products with the matrix grow or shrink by this factor for each step in the end.
    """
    expected = _("a square matrix of finite numbers")
    square = array_of_numbers("matrix", matrix, expected)
    if square.ndim != 2 or square.shape[0] != square.shape[1]:
        raise wrong_value("matrix", expected, matrix)
    return float(np.abs(np.linalg.eigvals(square)).max())


def recurrent_matrix(units: int, radius: float = 1.0, seed: int = 0) -> np.ndarray:
    """A random orthogonal matrix (units, units) times `radius`: no direction shrinks or grows by more.

    The spectral radius alone says what happens in the end; of an orthogonal matrix it says it of each step.
    A. Saxe, J. McClelland, S. Ganguli, 2014, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks"; `Orthogonal` in Keras.
    """
    units, radius, seed = whole("units", units, 1), non_negative("radius", radius), whole("seed", seed, 0)
    return radius * _orthogonal(units, np.random.default_rng(seed))


def initial_weights(
    cell: str,
    inputs: int,
    units: int,
    *,
    radius: float = 1.0,
    forget_bias: float = 1.0,
    seed: int = 0,
) -> list[np.ndarray]:
    """(kernel, recurrent_kernel, bias) for `maths.through_time.trace`, float64; the same for the same seed.

    Each block of the recurrent kernel has the spectral radius `radius`. `forget_bias` is the bias of the gate
    that keeps the state: an LSTM's forget gate (R. Jozefowicz and others, 2015, "An empirical exploration of
    recurrent network architectures") and, for the same effect, a GRU's update gate; a simple cell has none.
    Other biases are 0. Keras begins an LSTM with 1 and a GRU with 0.
    """
    gates = GATES[one_of("cell", cell, GATES)]
    inputs, units = whole("inputs", inputs, 1), whole("units", units, 1)
    radius, forget_bias = non_negative("radius", radius), number("forget_bias", forget_bias)
    random = np.random.default_rng(whole("seed", seed, 0))
    recurrent = radius * np.concatenate([_orthogonal(units, random) for _gate in range(gates)], axis=1)
    kernel = INITIALIZERS["glorot uniform"](random, inputs, gates * units)
    bias = np.zeros((2, gates * units) if cell == "gru" else gates * units)
    if cell in KEEPING:
        place = KEEPING[cell] * units
        (bias[0] if cell == "gru" else bias)[place : place + units] = forget_bias
    return [kernel, recurrent, bias]


def _orthogonal(units: int, random: np.random.Generator) -> np.ndarray:
    q, r = np.linalg.qr(random.normal(size=(units, units)))
    return q * np.sign(np.diag(r))  # else the draws would not be even over all such matrices
