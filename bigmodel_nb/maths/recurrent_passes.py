"""One step of a recurrent layer with its gates kept, and the same step back: what `through_time` repeats.

`lstm_forward` and `gru_forward` take what the inputs add to the sums, for this step. `back_simple`,
`back_lstm` and `back_gru` prepare a trace and return `back(t, dh, dc, sums, of_state)`: from the slopes by
state and memory after step t to those before it. It writes the slopes by the sums of the step into `sums`,
and those that belong to the products with the state into `of_state` (in a GRU they differ), both of shape
(n, steps, g units).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from bigmodel_nb.maths.activations import ACTIVATIONS

if TYPE_CHECKING:
    from bigmodel_nb.maths.through_time import Trace

_sigmoid = ACTIVATIONS["sigmoid"].value


def lstm_forward(into: np.ndarray, h: np.ndarray, c: np.ndarray, U: np.ndarray) -> tuple:
    units = len(U)
    sums = into + h @ U
    gates = _sigmoid(sums)  # the candidate's quarter is not used: one call is faster than three
    i, f, o = gates[:, :units], gates[:, units : 2 * units], gates[:, 3 * units :]
    g = np.tanh(sums[:, 2 * units : 3 * units])
    c = f * c + i * g
    return o * np.tanh(c), c, (i, f, g, o)


def gru_forward(into: np.ndarray, h: np.ndarray, U: np.ndarray, b: np.ndarray) -> tuple:
    units = len(U)
    last = slice(2 * units, None)
    if b.ndim == 2:
        more = h @ U + b[1]
        gates = _sigmoid(into[:, : 2 * units] + more[:, : 2 * units])
    else:
        gates = _sigmoid(into[:, : 2 * units] + h @ U[:, : 2 * units])
    z, r = gates[:, :units], gates[:, units:]
    g = np.tanh(into[:, last] + (r * more[:, last] if b.ndim == 2 else (r * h) @ U[:, last]))
    return z * h + (1 - z) * g, (z, r, g)


def back_simple(run: Trace) -> Callable:
    U = run.weights[1].T
    bent = 1 - run.states**2

    def back(t, dh, dc, sums, _of_state):
        sums[:, t] = dh * bent[:, t]
        return sums[:, t] @ U, dc, None

    return back


def back_lstm(run: Trace) -> Callable:
    U, units = run.weights[1].T, run.units
    i, f, g, o = (run.gates[name] for name in ("input", "forget", "candidate", "output"))
    assert run.memory is not None
    earlier = np.concatenate([run.initial[1][:, None], run.memory[:, :-1]], axis=1)
    seen = np.tanh(run.memory)
    into_memory = o * (1 - seen**2)
    # Slopes of each gate's part in c (or in h, for the output gate) by its sum, for all steps at once.
    by_c = np.concatenate([g * i * (1 - i), earlier * f * (1 - f), i * (1 - g**2)], axis=2)
    by_h = seen * o * (1 - o)

    def back(t, dh, dc, sums, _of_state):
        dc = dc + dh * into_memory[:, t]
        sums[:, t, : 3 * units] = np.concatenate([dc, dc, dc], axis=1) * by_c[:, t]
        sums[:, t, 3 * units :] = dh * by_h[:, t]
        return sums[:, t] @ U, dc * f[:, t], dc

    return back


def back_gru(run: Trace) -> Callable:
    _W, U, b = run.weights
    units, before = run.units, run.before
    z, r, g = (run.gates[name] for name in ("update", "reset", "candidate"))
    by_z = (before - g) * z * (1 - z)
    by_g = (1 - z) * (1 - g**2)
    last = slice(2 * units, None)
    gates, candidate = U[:, : 2 * units].T, U[:, last].T
    # What the reset gate multiplies: a product with the state after it (Keras), or the state itself.
    held = before @ U[:, last] + b[1, last] if b.ndim == 2 else before
    by_r = held * r * (1 - r)

    def back(t, dh, dc, sums, of_state):
        into = dh * by_g[:, t]  # the slope by the candidate's sum
        reach = into if run.reset_after else into @ candidate
        sums[:, t, :units] = dh * by_z[:, t]
        sums[:, t, units : 2 * units] = reach * by_r[:, t]
        sums[:, t, last] = into
        of_state[:, t] = sums[:, t]
        of_state[:, t, last] = into * r[:, t]
        through = sums[:, t, : 2 * units] @ gates
        through += of_state[:, t, last] @ candidate if run.reset_after else reach * r[:, t]
        return dh * z[:, t] + through, dc, None

    return back
