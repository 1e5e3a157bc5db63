"""Recurrent layers with everything kept, and back-propagation through time.

    run = trace("lstm", sequences, weights)         # states, gates and memory of every step
    found = backward(run, slopes)                   # what Keras's layers and its gradients say, too

Cells, weights and the order of their blocks are those of `bigmodel_nb.maths.recurrence`. The weights are the
same at each step, so their gradient is a sum over steps; the slope of a loss goes from each state to the one
before it. In a simple cell that is

    dL/dh_(t-1)  =  U ((1 - h_t^2) dL/dh_t)

once for each step between: with U of spectral radius below 1 it vanishes, and with one far above 1 it may
explode (Y. Bengio, P. Simard, P. Frasconi, 1994, "Learning long-term dependencies with gradient descent is
difficult"). P. Werbos, 1990, "Backpropagation through time: what it does and how to do it".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bigmodel_nb.arguments import positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.recurrence import checked_sequences, checked_weights, first_state
from bigmodel_nb.maths.recurrent_passes import back_gru, back_lstm, back_simple, gru_forward, lstm_forward

# kind of cell -> the names of its blocks of columns, in the order of Keras
GATE_NAMES: dict[str, tuple[str, ...]] = {
    "simple": (),
    "lstm": ("input", "forget", "candidate", "output"),
    "gru": ("update", "reset", "candidate"),
}


@dataclass(frozen=True, eq=False)
class Trace:
    """What a layer computed. All arrays are (n, steps, units), but for `sequences` (n, steps, inputs).

    `gates`   by name: none in a simple cell; "input", "forget", "candidate", "output" in an LSTM; "update",
              "reset", "candidate" in a GRU. Candidates are in (-1, 1), the others in (0, 1)
    `memory`  what an LSTM carries beside its state (c); None in other cells
    `initial` the state and the memory before the first step, each (n, units)
    """

    cell: str
    sequences: np.ndarray
    weights: tuple[np.ndarray, np.ndarray, np.ndarray]
    initial: tuple[np.ndarray, np.ndarray]
    states: np.ndarray
    gates: dict[str, np.ndarray]
    memory: np.ndarray | None
    reset_after: bool = True

    @property
    def steps(self) -> int:
        return self.states.shape[1]

    @property
    def units(self) -> int:
        return self.states.shape[2]

    @property
    def before(self) -> np.ndarray:
        """The state before each step, (n, steps, units)."""
        return np.concatenate([self.initial[0][:, None], self.states[:, :-1]], axis=1)

    def part(self, first: int, end: int) -> Trace:
        """The steps from `first` up to but without `end`, with the state before them as `initial`."""
        first, end = whole("first", first, 0, self.steps - 1), whole("end", end, 1, self.steps)
        if end <= first:
            raise wrong_value("end", _("a step after first, {first}").format(first=first), end)
        h, c = self.initial
        if first:
            h, c = self.states[:, first - 1], c if self.memory is None else self.memory[:, first - 1]
        return replace(
            self,
            sequences=self.sequences[:, first:end],
            initial=(h, c),
            states=self.states[:, first:end],
            gates={name: values[:, first:end] for name, values in self.gates.items()},
            memory=None if self.memory is None else self.memory[:, first:end],
        )


@dataclass(frozen=True, eq=False)
class Gradients:
    """Slopes of a loss by what a layer computed with.

    `kernel`, `recurrent_kernel`, `bias`   of the shapes of the weights, summed over steps and sequences
    `inputs` (n, steps, inputs);  `states` (n, steps, units), dL/dh_t with all that follows from h_t
    `memory` (n, steps, units), dL/dc_t of an LSTM, None in other cells
    """

    kernel: np.ndarray
    recurrent_kernel: np.ndarray
    bias: np.ndarray
    inputs: np.ndarray
    states: np.ndarray
    memory: np.ndarray | None

    @property
    def weights(self) -> list[np.ndarray]:
        """The slopes by (kernel, recurrent_kernel, bias), in the order of Keras."""
        return [self.kernel, self.recurrent_kernel, self.bias]

    @property
    def norms(self) -> np.ndarray:
        """||dL/dh_t|| of each step, (steps,): the length of all sequences' slopes taken as one vector."""
        return _lengths(self.states)

    @property
    def carried_norms(self) -> np.ndarray:
        """The same for all that is handed from step to step, (steps,): in an LSTM (h_t, c_t) together.

        This is what to compare cells by. An LSTM remembers by its memory, and dL/dh_t alone leaves it out.
        """
        return self.norms if self.memory is None else np.hypot(self.norms, _lengths(self.memory))


def trace(
    cell: str,
    sequences: Any,
    weights: Sequence[Any],
    initial: Any = None,
    *,
    reset_after: bool = True,
) -> Trace:
    """Runs a layer over sequences (n, steps, inputs) and keeps what each step computed.

    `weights` are (kernel, recurrent_kernel, bias), as `layer.get_weights()` gives them. `initial` is the
    state before the first step, (n, units), zeros by default; for "lstm" the pair (h, c).
    """
    W, U, b = checked_weights(cell, weights, reset_after=reset_after)
    x = checked_sequences(sequences, len(W))
    h, c = first_state(cell, initial, len(x), len(U))
    shape = (len(x), x.shape[1], len(U))
    kind = np.result_type(x, W, U)
    states = np.empty(shape, kind)
    memory = np.empty(shape, kind) if cell == "lstm" else None
    kept = [np.empty(shape, kind) for _name in GATE_NAMES[cell]]
    into = x @ W + (b[0] if b.ndim == 2 else b)  # what the inputs add, for all steps at once
    start = (h, c)
    for t in range(x.shape[1]):
        if memory is not None:
            h, c, values = lstm_forward(into[:, t], h, c, U)
            memory[:, t] = c
        elif cell == "gru":
            h, values = gru_forward(into[:, t], h, U, b)
        else:
            h, values = np.tanh(into[:, t] + h @ U), ()
        states[:, t] = h
        for place, value in zip(kept, values, strict=True):
            place[:, t] = value
    gates = dict(zip(GATE_NAMES[cell], kept, strict=True))
    return Trace(cell, x, (W, U, b), start, states, gates, memory, reset_after)


def backward(trace: Trace, slopes: Any) -> Gradients:
    """Back-propagation through time: the slopes of a loss by weights, inputs, states and memory.

    `slopes` are what the loss says of the states itself: dL/dh (n, steps, units), or (n, units) for a loss
    that looks at the last state only.
    """
    if not isinstance(trace, Trace):
        raise wrong_type("trace", _("what trace(...) gives"), trace)
    own = _checked_slopes(trace, slopes)
    W, U, b = trace.weights
    n, steps, units = trace.states.shape
    wide = (n, steps, U.shape[1])
    # By the sums of each step, before they are bent; a GRU's candidate has two, of inputs and of the state.
    sums = np.empty(wide, own.dtype)
    sums_of_state = np.empty(wide, own.dtype) if trace.cell == "gru" else sums
    by_state = np.empty((n, steps, units), own.dtype)
    by_memory = np.empty((n, steps, units), own.dtype) if trace.memory is not None else None
    back = {"simple": back_simple, "lstm": back_lstm, "gru": back_gru}[trace.cell](trace)
    dh, dc = np.zeros((n, units), own.dtype), np.zeros((n, units), own.dtype)
    for t in reversed(range(steps)):
        dh = dh + own[:, t]
        by_state[:, t] = dh
        dh, dc, at_memory = back(t, dh, dc, sums, sums_of_state)
        if by_memory is not None:
            by_memory[:, t] = at_memory
    before = trace.before
    flat = sums.reshape(-1, wide[2])
    recurrent = before.reshape(-1, units).T @ sums_of_state.reshape(-1, wide[2])
    if trace.cell == "gru" and not trace.reset_after:
        held = (trace.gates["reset"] * before).reshape(-1, units)
        recurrent[:, 2 * units :] = held.T @ flat[:, 2 * units :]
    of_state = sums_of_state.reshape(-1, wide[2])
    return Gradients(
        kernel=trace.sequences.reshape(-1, len(W)).T @ flat,
        recurrent_kernel=recurrent,
        bias=np.stack([flat.sum(axis=0), of_state.sum(axis=0)]) if b.ndim == 2 else flat.sum(axis=0),
        inputs=sums @ W.T,
        states=by_state,
        memory=by_memory,
    )


def back_one_step(slope: Any, h: Any, recurrent_kernel: Any) -> np.ndarray:
    """From dL/dh_t to dL/dh_(t-1) in a simple cell: U ((1 - h_t^2) dL/dh_t), in rows of (n, units).

    `slope` and `h` = h_t are (n, units) or (units,); `recurrent_kernel` U is (units, units).
    """
    slope, h = array_of_numbers("slope", slope), array_of_numbers("h", h)
    U = array_of_numbers("recurrent_kernel", recurrent_kernel)
    if U.ndim != 2 or U.shape[0] != U.shape[1]:
        raise wrong_value("recurrent_kernel", _("an array of shape (units, units)"), U)
    for name, value in (("h", h), ("slope", slope)):
        if value.shape != h.shape or value.shape[-1:] != U.shape[:1]:
            expected = _("an array of shape (n, {units})").format(units=len(U))
            raise wrong_value(name, expected, value)
    return (slope * (1 - h**2)) @ U.T


def clip_by_global_norm(gradients: Sequence[Any], limit: float) -> tuple[list[np.ndarray], float]:
    """All gradients times min(1, limit / norm), and the norm: that of all their entries as one vector.

    One factor for all, so that the direction stays; gradients that are shorter than `limit` are left as
    they are. R. Pascanu, T. Mikolov, Y. Bengio, 2013, "On the difficulty of training recurrent neural
    networks"; `global_clipnorm` in Keras.
    """
    limit = positive("limit", limit)
    if isinstance(gradients, (str, np.ndarray)) or not isinstance(gradients, Sequence):
        raise wrong_type("gradients", _("a list of arrays"), gradients)
    arrays = [array_of_numbers("gradients", one) for one in gradients]
    norm = float(np.sqrt(sum(float(np.vdot(one, one)) for one in arrays)))
    return [one * min(1.0, limit / norm) if norm else one for one in arrays], norm


def _checked_slopes(run: Trace, slopes: Any) -> np.ndarray:
    n, steps, units = run.states.shape
    expected = _("an array of finite numbers of shape {all} or, for the last step alone, {last}").format(
        all=(n, steps, units), last=(n, units)
    )
    given = array_of_numbers("slopes", slopes, expected)
    if given.shape == (n, units):
        own = np.zeros((n, steps, units), np.result_type(given, run.states))
        own[:, -1] = given
        return own
    if given.shape != (n, steps, units):
        raise wrong_value("slopes", expected, slopes)
    return given.astype(np.result_type(given, run.states), copy=False)


def _lengths(slopes: np.ndarray) -> np.ndarray:
    return np.sqrt((slopes**2).sum(axis=(0, 2)))
