"""Answers to: hide the future."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

causal_weights = Answers()


def _softmax(scores, axis=-1):
    e = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@causal_weights.right
def chosen_with_where(scores):
    return _softmax(np.where(np.tri(len(scores), dtype=bool), scores, -np.inf))


@causal_weights.right
def a_large_number_added(scores):
    return _softmax(scores + np.triu(np.full(scores.shape, -1e9), k=1))


@causal_weights.right
def row_by_row(scores):
    weights = np.zeros(scores.shape, np.float32)
    for t, row in enumerate(scores):
        weights[t, : t + 1] = _softmax(row[: t + 1])
    return weights


@causal_weights.right
def zeroed_before_the_sum(scores):
    kept = np.tril(np.exp(scores.astype(np.longdouble)))
    return (kept / kept.sum(axis=1, keepdims=True)).tolist()


@causal_weights.wrong("The first row is nan")
def diagonal_hidden(scores):
    return _softmax(np.where(np.tri(len(scores), k=-1, dtype=bool), scores, -np.inf))


@causal_weights.wrong("No position sees itself")
def diagonal_hidden_by_a_large_number(scores):
    return _softmax(np.where(np.tri(len(scores), k=-1, dtype=bool), scores, -1e9))


@causal_weights.wrong("No position sees itself, and the first")
def diagonal_hidden_and_nan_to_zero(scores):
    return np.nan_to_num(diagonal_hidden(scores))


@causal_weights.wrong("zeroed after the softmax")
def zeroed_after(scores):
    return np.tril(_softmax(scores))


@causal_weights.wrong("Nothing is hidden")
def no_mask(scores):
    return _softmax(scores)


@causal_weights.wrong("hide the past")
def other_triangle(scores):
    return _softmax(np.where(np.triu(np.ones(scores.shape, bool)), scores, -np.inf))


@causal_weights.wrong("Hidden scores are 0")
def multiplied_by_the_mask(scores):
    return _softmax(scores * np.tri(len(scores)))


@causal_weights.wrong("All is nan")
def infinity_times_zero(scores):
    return _softmax(scores + (1 - np.tri(len(scores))) * -np.inf)


@causal_weights.wrong("add True as 1")
def mask_added(scores):
    return _softmax(scores + np.tri(len(scores)))


@causal_weights.wrong("1 to the diagonal")
def identity_as_a_mask(scores):
    return _softmax(scores + np.eye(len(scores)))


@causal_weights.wrong("one position too many")
def one_too_many(scores):
    return _softmax(np.where(np.tri(len(scores), k=1, dtype=bool), scores, -np.inf))


@causal_weights.wrong("along axis -2")
def over_the_queries(scores):
    return _softmax(np.where(np.tri(len(scores), dtype=bool), scores, -np.inf), axis=-2)


@causal_weights.wrong("not divided by their sum")
def not_normalized(scores):
    return np.tril(np.exp(scores))


@causal_weights.wrong("Hidden scores must lie below all others")
def hidden_by_a_small_number(scores):
    return _softmax(scores - 100 * np.triu(np.ones(scores.shape), k=1))


@causal_weights.wrong("return missing")
def printed(scores):
    repr(chosen_with_where(scores))
