"""Answers to: one step of an LSTM."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

lstm = Answers()


def _s(z):
    return 1 / (1 + np.exp(-z))


def _blocks(x, h, W, U, b):
    return np.split(x @ W + h @ U + b, 4, axis=1)


def _step(i, f, g, o, c):
    c = _s(f) * c + _s(i) * np.tanh(g)
    return _s(o) * np.tanh(c), c


@lstm.right
def in_order(x, h, c, W, U, b):
    i, f, g, o = _blocks(x, h, W, U, b)
    return _step(i, f, g, o, c)


@lstm.right
def one_product_in_float32(x, h, c, W, U, b):
    z = np.concatenate([x, h], axis=1).astype(np.float32) @ np.concatenate([W, U]) + b
    u = c.shape[1]
    new = _s(z[:, u : 2 * u]) * c + _s(z[:, :u]) * np.tanh(z[:, 2 * u : 3 * u])
    return [_s(z[:, 3 * u :]) * np.tanh(new), new]


@lstm.right
def sigmoid_by_tanh(x, h, c, W, U, b):
    i, f, g, o = _blocks(x, h, W, U, b)
    i, f, o = (0.5 + 0.5 * np.tanh(gate / 2) for gate in (i, f, o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


@lstm.wrong("memory before the step")
def state_from_the_old_memory(x, h, c, W, U, b):
    i, f, g, o = _blocks(x, h, W, U, b)
    return _s(o) * np.tanh(c), _s(f) * c + _s(i) * np.tanh(g)


@lstm.wrong("another order")
def forget_gate_first(x, h, c, W, U, b):
    f, i, g, o = _blocks(x, h, W, U, b)
    return _step(i, f, g, o, c)


@lstm.wrong("another order")
def candidate_second(x, h, c, W, U, b):
    i, g, f, o = _blocks(x, h, W, U, b)
    return _step(i, f, g, o, c)


@lstm.wrong("another order")
def output_gate_third(x, h, c, W, U, b):
    i, f, o, g = _blocks(x, h, W, U, b)
    return _step(i, f, g, o, c)


@lstm.wrong("Nothing is forgotten")
def as_in_1997(x, h, c, W, U, b):
    i, _f, g, o = _blocks(x, h, W, U, b)
    c = c + _s(i) * np.tanh(g)
    return _s(o) * np.tanh(c), c


@lstm.wrong("tanh around the new memory")
def memory_shown_as_it_is(x, h, c, W, U, b):
    _h, c = in_order(x, h, c, W, U, b)
    return _s(_blocks(x, h, W, U, b)[3]) * c, c


@lstm.wrong("candidate is no gate")
def candidate_as_a_gate(x, h, c, W, U, b):
    i, f, g, o = _blocks(x, h, W, U, b)
    c = _s(f) * c + _s(i) * _s(g)
    return _s(o) * np.tanh(c), c


@lstm.wrong("candidate goes through tanh")
def candidate_as_it_is(x, h, c, W, U, b):
    i, f, g, o = _blocks(x, h, W, U, b)
    c = _s(f) * c + _s(i) * g
    return _s(o) * np.tanh(c), c


@lstm.wrong("through the sigmoid")
def gates_by_tanh(x, h, c, W, U, b):
    i, f, g, o = map(np.tanh, _blocks(x, h, W, U, b))
    c = f * c + i * g
    return o * np.tanh(c), c


@lstm.wrong("1 - f")
def forgetting_share(x, h, c, W, U, b):
    i, f, g, o = _blocks(x, h, W, U, b)
    return _step(i, -f, g, o, c)


@lstm.wrong("bias is missing")
def no_bias(x, h, c, W, U, b):
    return in_order(x, h, c, W, U, 0 * b)


@lstm.wrong("h @ U")
def no_state(x, h, c, W, U, b):
    return in_order(x, 0 * h, c, W, U, b)


@lstm.wrong("wrong order: return h, c")
def memory_first(x, h, c, W, U, b):
    return in_order(x, h, c, W, U, b)[::-1]


@lstm.wrong("return 2 things")
def state_alone(x, h, c, W, U, b):
    return in_order(x, h, c, W, U, b)[0].sum()


@lstm.wrong("in place")
def memory_in_place(x, h, c, W, U, b):
    i, f, g, o = _blocks(x, h, W, U, b)
    c *= _s(f)
    c += _s(i) * np.tanh(g)
    return _s(o) * np.tanh(c), c
