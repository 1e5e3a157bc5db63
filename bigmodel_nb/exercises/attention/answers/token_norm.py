"""Answers to: layer norm."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

normalize_tokens = Answers()


def _normed(x, gamma, beta, epsilon, axis=-1, keepdims=True, ddof=0):
    mean = x.mean(axis=axis, keepdims=keepdims)
    variance = x.var(axis=axis, keepdims=keepdims, ddof=ddof)
    return (x - mean) / np.sqrt(variance + epsilon) * gamma + beta


@normalize_tokens.right
def along_the_last_axis(x, gamma, beta, epsilon):
    return _normed(x, gamma, beta, epsilon)


@normalize_tokens.right
def token_by_token(x, gamma, beta, epsilon):
    out = np.empty_like(x)
    for place in np.ndindex(x.shape[:2]):
        token = x[place] - sum(x[place]) / len(x[place])
        out[place] = gamma * token / (token @ token / len(token) + epsilon) ** 0.5 + beta
    return out


@normalize_tokens.right
def scale_and_shift(x, gamma, beta, epsilon):
    x = x.astype(np.float32)
    mean, squares = x.mean(2)[:, :, None], (x - x.mean(2)[:, :, None]) ** 2
    scale = gamma / np.sqrt(squares.mean(2, keepdims=True) + epsilon)
    return x * scale + (beta - mean * scale)


@normalize_tokens.wrong("over the batch")
def over_the_batch(x, gamma, beta, epsilon):
    return _normed(x, gamma, beta, epsilon, axis=0)


@normalize_tokens.wrong("over time, so")
def over_time(x, gamma, beta, epsilon):
    return _normed(x, gamma, beta, epsilon, axis=1)


@normalize_tokens.wrong("over time, too")
def over_the_whole_text(x, gamma, beta, epsilon):
    return _normed(x, gamma, beta, epsilon, axis=(1, 2))


@normalize_tokens.wrong("batch and time")
def as_batch_norm(x, gamma, beta, epsilon):
    return _normed(x, gamma, beta, epsilon, axis=(0, 1))


@normalize_tokens.wrong("all numbers at once")
def over_everything(x, gamma, beta, epsilon):
    return _normed(x, gamma, beta, epsilon, axis=None)


@normalize_tokens.wrong("Keep the axis")
def axis_lost(x, gamma, beta, epsilon):
    return _normed(x, gamma, beta, epsilon, keepdims=False)


@normalize_tokens.wrong("by the variance")
def divided_by_the_variance(x, gamma, beta, epsilon):
    mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    return (x - mean) / (variance + epsilon) * gamma + beta


@normalize_tokens.wrong("inside of the root, with the variance")
def epsilon_outside(x, gamma, beta, epsilon):
    mean, deviation = x.mean(axis=-1, keepdims=True), x.std(axis=-1, keepdims=True)
    return (x - mean) / (deviation + epsilon) * gamma + beta


@normalize_tokens.wrong("epsilon is missing")
def no_epsilon(x, gamma, beta, epsilon):
    return _normed(x, gamma, beta, 0.0)


@normalize_tokens.wrong("width - 1")
def divided_by_one_less(x, gamma, beta, epsilon):
    return _normed(x, gamma, beta, epsilon, ddof=1)


@normalize_tokens.wrong("RMS norm")
def not_centered(x, gamma, beta, epsilon):
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + epsilon) * gamma + beta


@normalize_tokens.wrong("gamma and beta are missing")
def nothing_learned(x, gamma, beta, epsilon):
    return _normed(x, 1.0, 0.0, epsilon)


@normalize_tokens.wrong("gamma multiplies first")
def beta_first(x, gamma, beta, epsilon):
    return (_normed(x, 1.0, 0.0, epsilon) + beta) * gamma


@normalize_tokens.wrong("that is what epsilon is for")
def epsilon_only_where_it_is_large(x, gamma, beta, epsilon):
    return _normed(x, gamma, beta, epsilon if epsilon > 0.05 else 0.0)


@normalize_tokens.wrong("in place")
def in_place(x, gamma, beta, epsilon):
    x -= x.mean(axis=-1, keepdims=True)
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + epsilon) * gamma + beta
