"""Answers to: attention in three lines."""

from __future__ import annotations

import math

import numpy as np

from bigmodel_nb.exercises.answers import Answers
from bigmodel_nb.maths.losses import softmax

attend = Answers()


@attend.right
def in_three_lines(q, k, v):
    scores = q @ k.T / np.sqrt(k.shape[1])
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True) @ v


@attend.right
def query_by_query(q, k, v):
    out = []
    for query in q:
        shares = np.array([math.exp(query @ key / len(query) ** 0.5) for key in k])
        out.append(sum(share * value for share, value in zip(shares / shares.sum(), v, strict=True)))
    return out


@attend.right
def einsum_in_float32(q, k, v):
    q, k, v = (part.astype(np.float32) for part in (q, k, v))
    weights = softmax(np.einsum("td,sd->ts", q / np.float32(math.sqrt(q.shape[1])), k))
    return np.einsum("ts,sw->tw", weights, v)


@attend.wrong("The scores are not scaled")
def unscaled(q, k, v):
    return softmax(q @ k.T) @ v


@attend.wrong("You divide by d.")
def divided_by_d(q, k, v):
    return softmax(q @ k.T / q.shape[-1]) @ v


@attend.wrong("multiply by the root")
def multiplied(q, k, v):
    return softmax(q @ k.T * np.sqrt(q.shape[-1])) @ v


@attend.wrong("width of the values")
def by_the_width_of_the_values(q, k, v):
    return softmax(q @ k.T / np.sqrt(v.shape[-1])) @ v


@attend.wrong("number of keys")
def by_the_number_of_keys(q, k, v):
    return softmax(q @ k.T / np.sqrt(len(k))) @ v


@attend.wrong("along axis -2")
def over_the_queries(q, k, v):
    e = np.exp(q @ k.T / np.sqrt(q.shape[-1]))
    return e / e.sum(axis=-2, keepdims=True) @ v


@attend.wrong("Keep the axis")
def axis_lost(q, k, v):
    e = np.exp(q @ k.T / np.sqrt(q.shape[-1]))
    return e / e.sum(axis=-1) @ v


@attend.wrong("sum over all scores")
def over_everything(q, k, v):
    e = np.exp(q @ k.T / np.sqrt(q.shape[-1]))
    return e / e.sum() @ v


@attend.wrong("The softmax is missing")
def no_softmax(q, k, v):
    return q @ k.T / np.sqrt(q.shape[-1]) @ v


@attend.wrong("not divided by their sum")
def not_normalized(q, k, v):
    return np.exp(q @ k.T / np.sqrt(q.shape[-1])) @ v


@attend.wrong("Your scores are turned")
def keys_before_queries(q, k, v):
    return softmax(k @ q.T / np.sqrt(q.shape[-1])) @ v


@attend.wrong("Keys must be transposed")
def not_transposed(q, k, v):
    return softmax(q @ k / np.sqrt(q.shape[-1])) @ v


@attend.wrong("raised")
def products_number_by_number(q, k, v):
    return softmax(q * k[:, :1] / np.sqrt(q.shape[-1])) @ v.T


@attend.wrong("return missing")
def nothing_returned(q, k, v):
    softmax(q @ k.T / np.sqrt(q.shape[-1])) @ v
