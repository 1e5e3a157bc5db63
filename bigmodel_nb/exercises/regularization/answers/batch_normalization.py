"""Answers to: batch norm, in training and after it."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

norm = Answers()


def _normed(x, gamma, beta, m, v):
    return gamma * (x - m) / np.sqrt(v + 1e-3) + beta


def _mix(old, new, momentum):
    return momentum * old + (1 - momentum) * new


@norm.right
def two_cases(x, gamma, beta, mean, variance, training, momentum):
    if not training:
        return _normed(x, gamma, beta, mean, variance), mean, variance
    m, v = x.mean(axis=0), x.var(axis=0)
    return _normed(x, gamma, beta, m, v), _mix(mean, m, momentum), _mix(variance, v, momentum)


@norm.right
def by_steps_towards_the_batch(x, gamma, beta, mean, variance, training, momentum):
    m, v = (np.mean(x, 0), np.mean(x**2, 0) - np.mean(x, 0) ** 2) if training else (mean, variance)
    out = beta + (x - m) * (gamma * (v + 1e-3) ** -0.5)
    return [out, mean + (1 - momentum) * (m - mean), variance - (1 - momentum) * (variance - v)]


@norm.wrong("depends on its neighbors")
def batch_statistics_always(x, gamma, beta, mean, variance, training, momentum):
    m, v = x.mean(axis=0), x.var(axis=0)
    if training:
        mean, variance = _mix(mean, m, momentum), _mix(variance, v, momentum)
    return _normed(x, gamma, beta, m, v), mean, variance


@norm.wrong("reversed")
def momentum_reversed(x, gamma, beta, mean, variance, training, momentum):
    return two_cases(x, gamma, beta, mean, variance, training, 1 - momentum)


@norm.wrong("not the running ones")
def running_values_in_training(x, gamma, beta, mean, variance, training, momentum):
    return (
        _normed(x, gamma, beta, mean, variance),
        *two_cases(x, gamma, beta, mean, variance, training, momentum)[1:],
    )


@norm.wrong("never change")
def no_update(x, gamma, beta, mean, variance, training, momentum):
    return two_cases(x, gamma, beta, mean, variance, training, momentum)[0], mean, variance


@norm.wrong("must stay as they are")
def update_at_inference(x, gamma, beta, mean, variance, training, momentum):
    out = two_cases(x, gamma, beta, mean, variance, training, momentum)[0]
    return out, _mix(mean, x.mean(axis=0), momentum), _mix(variance, x.var(axis=0), momentum)


@norm.wrong("divide by the variance")
def no_root(x, gamma, beta, mean, variance, training, momentum):
    _out, *new = two_cases(x, gamma, beta, mean, variance, training, momentum)
    m, v = (x.mean(axis=0), x.var(axis=0)) if training else (mean, variance)
    return gamma * (x - m) / (v + 1e-3) + beta, *new


@norm.wrong("layer norm")
def over_the_units(x, gamma, beta, mean, variance, training, momentum):
    if not training:
        return two_cases(x, gamma, beta, mean, variance, training, momentum)
    m, v = x.mean(axis=1), x.var(axis=1)
    out = _normed(x, gamma, beta, m[:, None], v[:, None])
    return out, _mix(mean, m, momentum), _mix(variance, v, momentum)


@norm.wrong("left out")
def no_scale_and_shift(x, gamma, beta, mean, variance, training, momentum):
    return two_cases(x, 1.0, 0.0, mean, variance, training, momentum)


@norm.wrong("changed places")
def scale_for_shift(x, gamma, beta, mean, variance, training, momentum):
    return two_cases(x, beta, gamma, mean, variance, training, momentum)


@norm.wrong("passes as it is")
def nothing_at_inference(x, gamma, beta, mean, variance, training, momentum):
    return two_cases(x, gamma, beta, mean, variance, True, momentum) if training else (x, mean, variance)


@norm.wrong("return 3 things")
def only_the_output(x, gamma, beta, mean, variance, training, momentum):
    return two_cases(x, gamma, beta, mean, variance, training, momentum)[0]
