"""What recurrent layers compute: one step after the other, each from an input and the state before it.

    h = gru_step(x, h, *weights)                    # (n, inputs), (n, units) -> (n, units)
    unroll("lstm", sequences, weights)              # (n, steps, inputs) -> (n, steps, units)

Weights are those of Keras, in its order and of its shapes: kernel (inputs, g units), recurrent_kernel
(units, g units), bias. g blocks of `units` columns stand side by side, one for each gate:

    simple   g = 1   bias (units,)       J. L. Elman, 1990, "Finding structure in time"
    lstm     g = 4   bias (4 units,)     input, forget, candidate, output. S. Hochreiter, J. Schmidhuber,
                                         1997, "Long short-term memory"; forget gate: F. Gers and others, 2000
    gru      g = 3   bias (2, 3 units)   update z, reset r, candidate. K. Cho and others, 2014, "Learning
                                         phrase representations using RNN encoder-decoder"

Keras's GRU multiplies by the reset gate after the product with the recurrent kernel (`reset_after=True`,
which lets a GPU take all products at once); Cho and others did it before. The bias then has two rows, one
added to the products of the input and one to those of the state; with `reset_after=False` it is (3 units,).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb.arguments import one_of, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.activations import ACTIVATIONS
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.knobs import truth

# kind of cell -> how many blocks of columns its kernels have
GATES = {"simple": 1, "lstm": 4, "gru": 3}

_sigmoid, _tanh = ACTIVATIONS["sigmoid"].value, np.tanh


def simple_step(x: Any, h: Any, kernel: Any, recurrent_kernel: Any, bias: Any) -> np.ndarray:
    """The next state: tanh(x W + h U + b). x (n, inputs), h (n, units) -> (n, units)."""
    W, U, b = checked_weights("simple", (kernel, recurrent_kernel, bias))
    return _simple(_rows("x", x, len(W)), _rows("h", h, len(U)), W, U, b)


def lstm_step(
    x: Any, h: Any, c: Any, kernel: Any, recurrent_kernel: Any, bias: Any
) -> tuple[np.ndarray, np.ndarray]:
    """The next state and the next memory, (h, c). x (n, inputs); h, c (n, units) -> both (n, units).

    With gates i, f, o in (0, 1) and the candidate g in (-1, 1), all of x W + h U + b:

        c' = f c + i g          what is kept and what is added: a sum, through which gradients pass unshrunk
        h' = o tanh(c')
    """
    W, U, b = checked_weights("lstm", (kernel, recurrent_kernel, bias))
    units = len(U)
    return _lstm(_rows("x", x, len(W)), _rows("h", h, units), _rows("c", c, units), W, U, b)


def gru_step(
    x: Any, h: Any, kernel: Any, recurrent_kernel: Any, bias: Any, *, reset_after: bool = True
) -> np.ndarray:
    """The next state. x (n, inputs), h (n, units) -> (n, units).

    With the gates z and r in (0, 1) and the candidate g in (-1, 1):

        h' = z h + (1 - z) g                            z near 1 keeps the state
        g  = tanh(x W_g + b_g + r (h U_g + b'_g))       reset_after=True
        g  = tanh(x W_g + b_g + (r h) U_g)              reset_after=False
    """
    W, U, b = checked_weights("gru", (kernel, recurrent_kernel, bias), reset_after=reset_after)
    return _gru(_rows("x", x, len(W)), _rows("h", h, len(U)), W, U, b)


def unroll(
    cell: str,
    sequences: Any,
    weights: Sequence[Any],
    *,
    initial: Any = None,
    backward: bool = False,
    reset_after: bool = True,
) -> np.ndarray:
    """The state after every step: sequences (n, steps, inputs) -> (n, steps, units).

    `weights` are (kernel, recurrent_kernel, bias), as `layer.get_weights()` gives them. `initial` is the
    state before the first step, (n, units), zeros by default; for "lstm" the pair (h, c). With
    `backward=True` the steps are taken from the last to the first, and states stay at their step's place.
    """
    W, U, b = checked_weights(cell, weights, reset_after=reset_after)
    x = checked_sequences(sequences, len(W))
    n, steps, units = len(x), x.shape[1], len(U)
    h, c = first_state(cell, initial, n, units)
    states = np.empty((n, steps, units), np.result_type(x, W, U))
    for place in reversed(range(steps)) if truth("backward", backward) else range(steps):
        if cell == "lstm":
            h, c = _lstm(x[:, place], h, c, W, U, b)
        else:
            h = (_gru if cell == "gru" else _simple)(x[:, place], h, W, U, b)
        states[:, place] = h
    return states


# -- the mathematics, on arrays that were checked -----------------------------------------------


def _simple(x: np.ndarray, h: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray) -> np.ndarray:
    return _tanh(x @ W + h @ U + b)


def _lstm(
    x: np.ndarray, h: np.ndarray, c: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=1)
    c = _sigmoid(f) * c + _sigmoid(i) * _tanh(g)
    return _sigmoid(o) * _tanh(c), c


def _gru(x: np.ndarray, h: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray) -> np.ndarray:
    units = len(U)
    after = b.ndim == 2
    for_x, for_h = b if after else (b, np.zeros_like(b))
    x_z, x_r, x_g = np.split(x @ W + for_x, 3, axis=1)
    h_z, h_r, h_g = np.split(h @ U + for_h, 3, axis=1)
    z, r = _sigmoid(x_z + h_z), _sigmoid(x_r + h_r)
    g = _tanh(x_g + r * h_g) if after else _tanh(x_g + (r * h) @ U[:, 2 * units :])
    return z * h + (1 - z) * g


def checked_weights(
    cell: str, weights: Sequence[Any], *, reset_after: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`weights` as (kernel, recurrent_kernel, bias) of the shapes that `cell` has."""
    gates = GATES[one_of("cell", cell, GATES)]
    two_rows = truth("reset_after", reset_after) and cell == "gru"
    expected = _("(kernel, recurrent_kernel, bias), arrays of finite numbers")
    if isinstance(weights, str) or not isinstance(weights, Sequence):
        raise wrong_type("weights", expected, weights)
    if len(weights) != 3:
        raise wrong_value("weights", expected, weights)
    W, U, b = (
        array_of_numbers(name, part)
        for name, part in zip(("kernel", "recurrent_kernel", "bias"), weights, strict=True)
    )
    if U.ndim != 2 or U.shape[1] != gates * U.shape[0]:
        shape = _("an array of shape (units, {gates} units)").format(gates=gates)
        raise wrong_value("recurrent_kernel", shape, U)
    columns = U.shape[1]
    if W.ndim != 2 or W.shape[1] != columns:
        raise wrong_value("kernel", _("an array of shape (inputs, {columns})").format(columns=columns), W)
    wanted = (2, columns) if two_rows else (columns,)
    if b.shape != wanted:
        raise wrong_value("bias", _("an array of shape {shape}").format(shape=wanted), b)
    return W, U, b


def checked_sequences(sequences: Any, inputs: int) -> np.ndarray:
    """`sequences` as an array of numbers of shape (n, steps, inputs)."""
    expected = _("an array of finite numbers of shape (n, steps, {inputs})").format(inputs=inputs)
    x = array_of_numbers("sequences", sequences, expected)
    if x.ndim != 3 or x.shape[2] != inputs:
        raise wrong_value("sequences", expected, sequences)
    return x


def first_state(cell: str, initial: Any, n: int, units: int) -> tuple[np.ndarray, np.ndarray]:
    """The state before the first step and, of use for "lstm" only, the memory."""
    if initial is None:
        return np.zeros((n, units)), np.zeros((n, units))
    if cell != "lstm":
        return _rows("initial", initial, units, n), np.zeros((n, units))
    if not isinstance(initial, (tuple, list)) or len(initial) != 2:
        raise wrong_value("initial", _("the pair (h, c)"), initial)
    h, c = (_rows("initial", part, units, n) for part in initial)
    return h, c


def _rows(name: str, value: Any, columns: int, n: int | None = None) -> np.ndarray:
    expected = _("an array of finite numbers of shape ({n}, {columns})").format(
        n="n" if n is None else n, columns=columns
    )
    rows = array_of_numbers(name, value, expected)
    if rows.ndim != 2 or rows.shape[1] != columns or n not in (None, len(rows)):
        raise wrong_value(name, expected, value)
    return rows
