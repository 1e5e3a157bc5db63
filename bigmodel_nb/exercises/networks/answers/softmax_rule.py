"""Answers to: a softmax that does not overflow."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

softmax = Answers()


def _shares(e):
    return e / e.sum(axis=1, keepdims=True)


@softmax.right
def largest_of_each_row(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@softmax.right
def by_logarithms(z):
    return np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None])


@softmax.right
def row_by_row(z):
    return [list(np.exp(row - max(row)) / np.exp(row - max(row)).sum()) for row in z]


@softmax.right
def turned_twice(z):
    e = np.exp(z.T - z.max(axis=1))
    return (e / e.sum(axis=0)).T


@softmax.wrong("exp(1000)")
def overflow(z):
    return _shares(np.exp(z))


@softmax.wrong("exp(1000)")
def largest_taken_off_too_late(z):
    e = np.exp(z) / np.exp(z.max(axis=1, keepdims=True))
    return _shares(e)


@softmax.wrong("over the examples")
def axis_0(z):
    e = np.exp(z)
    return e / e.sum(axis=0)


@softmax.wrong("over the examples")
def axis_0_stable(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


@softmax.wrong("whole batch")
def sum_of_everything(z):
    e = np.exp(z - z.max())
    return e / e.sum()


@softmax.wrong("largest score of the whole batch")
def largest_of_the_batch(z):
    return _shares(np.exp(z - z.max()))


@softmax.wrong("largest of each column")
def largest_of_each_column(z):
    return _shares(np.exp(z - z.max(axis=0)))


@softmax.wrong("divide column j")
def sum_without_keepdims(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.exp(z) / np.exp(z).sum(axis=1) if len(z) == len(z.T) else e / e.sum(axis=1, keepdims=True)


@softmax.wrong("row j's largest off column j")
def largest_without_keepdims(z):
    return _shares(np.exp(z - z.max(axis=1)))


@softmax.wrong("not divided")
def never_divided(z):
    return np.exp(z)


@softmax.wrong("not divided")
def stable_and_never_divided(z):
    return np.exp(z - z.max(axis=1, keepdims=True))


@softmax.wrong("exp is missing")
def without_exp(z):
    return _shares(z)


@softmax.wrong("sign is wrong")
def minus_sign(z):
    return _shares(np.exp(-z))


@softmax.wrong("logarithm of the probabilities")
def log_softmax(z):
    return np.log(_shares(np.exp(z)))


@softmax.wrong("sigmoid")
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@softmax.wrong("Softmax is softer")
def hard(z):
    return np.eye(z.shape[1])[z.argmax(axis=1)]


@softmax.wrong("You clip")
def clipped(z):
    return _shares(np.exp(np.clip(z, -500, 500)))


@softmax.wrong("in place")
def changes_the_scores(z):
    z -= z.max(axis=1, keepdims=True)
    return _shares(np.exp(z))
