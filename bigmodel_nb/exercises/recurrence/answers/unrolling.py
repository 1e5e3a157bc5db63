"""Answers to: a recurrent network, unrolled."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

unrolling = Answers()


def _states(step, x, units, start=0.0):
    h, states = np.full((len(x), units), start), []
    for t in range(x.shape[1]):
        h = step(x[:, t], h)
        states.append(h)
    return np.stack(states, axis=1)


@unrolling.right
def with_a_list(x, W, U, b):
    return _states(lambda now, h: np.tanh(now @ W + h @ U + b), x, len(b))


@unrolling.right
def inputs_first_in_float32(x, W, U, b):
    products = x.astype(np.float32) @ W.astype(np.float32) + b
    states = np.tanh(products)
    for t in range(1, x.shape[1]):
        states[:, t] = np.tanh(products[:, t] + states[:, t - 1] @ U)
    return states


@unrolling.right
def sequence_by_sequence(x, W, U, b):
    out = []
    for sequence in x:
        h, rows = np.zeros(len(b)), []
        for row in sequence:
            h = np.tanh(np.concatenate([row, h]) @ np.concatenate([W, U]) + b)
            rows.append(h)
        out.append(rows)
    return out


@unrolling.wrong("The state is lost")
def state_lost(x, W, U, b):
    return _states(lambda now, h: np.tanh(now @ W + 0 * h @ U + b), x, len(b))


@unrolling.wrong("U is transposed")
def transposed(x, W, U, b):
    return _states(lambda now, h: np.tanh(now @ W + h @ U.T + b), x, len(b))


@unrolling.wrong("bias is missing")
def no_bias(x, W, U, b):
    return _states(lambda now, h: np.tanh(now @ W + h @ U), x, len(b))


@unrolling.wrong("tanh is missing")
def no_tanh(x, W, U, b):
    return _states(lambda now, h: now @ W + h @ U + b, x, len(b))


@unrolling.wrong("last state alone")
def last_state(x, W, U, b):
    return with_a_list(x, W, U, b)[:, -1]


@unrolling.wrong("before its step")
def states_before(x, W, U, b):
    states = np.zeros((*x.shape[:2], len(b)))
    states[:, 1:] = with_a_list(x, W, U, b)[:, :-1]
    return states


@unrolling.wrong("from the end")
def from_the_end(x, W, U, b):
    return with_a_list(x[:, ::-1], W, U, b)[:, ::-1]


@unrolling.wrong("begin with ones")
def from_ones(x, W, U, b):
    return _states(lambda now, h: np.tanh(now @ W + h @ U + b), x, len(b), start=1.0)


@unrolling.wrong("along the sequences")
def wrong_axis(x, W, U, b):
    n, steps, _inputs = x.shape
    h, states = np.zeros((n, len(U))), np.empty((n, steps, len(U)))
    for t in range(steps):
        h = np.tanh(x[t] @ W + h @ U + b)
        states[:, t] = h
    return states


@unrolling.wrong("raised")
def weights_first(x, W, U, b):
    return np.tanh(W @ x[:, 0] + U @ np.zeros(len(U)) + b)


@unrolling.wrong("return missing")
def nothing_returned(x, W, U, b):
    with_a_list(x, W, U, b)
