"""Answers to: the gradient, by lag."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

lags = Answers()


def _norms(slope, states, step):
    norms = [np.linalg.norm(slope)]
    for t in range(len(states) - 1, 0, -1):
        slope = step(slope, t)
        norms.append(np.linalg.norm(slope))
    return np.array(norms)


@lags.right
def as_a_row(slope, states, U):
    return _norms(slope, states, lambda s, t: (s * (1 - states[t] ** 2)) @ U.T)


@lags.right
def as_a_column(slope, states, U):
    column, norms = slope[:, None], [np.sqrt(np.sum(slope**2))]
    for h in states[:0:-1]:
        column = (U * (1 - h**2)) @ column
        norms.append(np.sqrt(np.sum(column**2)))
    return norms


@lags.right
def by_jacobians_in_float32(slope, states, U):
    U = U.astype(np.float32)
    product, norms = np.eye(len(U), dtype=np.float32), [np.linalg.norm(slope)]
    for h in states[:0:-1].astype(np.float32):
        product = (U * (1 - h**2)) @ product
        norms.append(np.linalg.norm(product @ slope))
    return norms


@lags.wrong("slope of tanh is missing")
def no_derivative(slope, states, U):
    return _norms(slope, states, lambda s, t: s @ U.T)


@lags.wrong("with the square")
def no_square(slope, states, U):
    return _norms(slope, states, lambda s, t: (s * (1 - states[t])) @ U.T)


@lags.wrong("been through tanh already")
def bent_twice(slope, states, U):
    return _norms(slope, states, lambda s, t: (s * (1 - np.tanh(states[t]) ** 2)) @ U.T)


@lags.wrong("at the step before")
def state_before(slope, states, U):
    return _norms(slope, states, lambda s, t: (s * (1 - states[t - 1] ** 2)) @ U.T)


@lags.wrong("multiplied by U.T")
def not_transposed(slope, states, U):
    return _norms(slope, states, lambda s, t: (s * (1 - states[t] ** 2)) @ U)


@lags.wrong("other way round")
def product_first(slope, states, U):
    return _norms(slope, states, lambda s, t: (s @ U.T) * (1 - states[t] ** 2))


@lags.wrong("run with time")
def in_order_of_time(slope, states, U):
    return as_a_row(slope, states, U)[::-1]


@lags.wrong("root is missing")
def squares(slope, states, U):
    return as_a_row(slope, states, U) ** 2


@lags.wrong("add the slopes up")
def sums(slope, states, U):
    total = [slope.sum()]
    for t in range(len(states) - 1, 0, -1):
        slope = (slope * (1 - states[t] ** 2)) @ U.T
        total.append(slope.sum())
    return total


@lags.wrong("Lag 0 is missing")
def from_lag_one(slope, states, U):
    return as_a_row(slope, states, U)[1:]


@lags.wrong("nobody has looked")
def truncated(slope, states, U):
    norms = as_a_row(slope, states, U)
    norms[8:] = 0
    return norms


@lags.wrong("divide by the first norm")
def relative(slope, states, U):
    norms = as_a_row(slope, states, U)
    return norms / norms[0]


@lags.wrong("in place")
def slope_in_place(slope, states, U):
    norms = as_a_row(slope, states, U)
    slope *= 0
    return norms
