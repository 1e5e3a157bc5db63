"""Answers to: clip by the global norm."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

clipping = Answers()


def _norms(gradients):
    return [np.linalg.norm(part) for part in gradients]


def _scaled(gradients, factor):
    return [part * factor for part in gradients]


@clipping.right
def by_norms_of_norms(gradients, limit):
    norm = np.linalg.norm(_norms(gradients))
    return _scaled(gradients, limit / norm) if norm > limit else gradients


@clipping.right
def as_keras_does(gradients, limit):
    flat = np.concatenate([part.ravel() for part in gradients])
    return tuple(_scaled(gradients, limit / max(limit, np.sqrt(flat @ flat))))


@clipping.right
def in_float32(gradients, limit):
    parts = [part.astype(np.float32) for part in gradients]
    norm = sum(float(np.vdot(part, part)) for part in parts) ** 0.5
    return _scaled(parts, np.float32(min(1, limit / norm)))


@clipping.wrong("by its own norm")
def per_array(gradients, limit):
    return [part * min(1, limit / norm) for part, norm in zip(gradients, _norms(gradients), strict=True)]


@clipping.wrong("scale small gradients up")
def always_scaled(gradients, limit):
    return _scaled(gradients, limit / np.linalg.norm(_norms(gradients)))


@clipping.wrong("number by number")
def by_value(gradients, limit):
    return [np.clip(part, -limit, limit) for part in gradients]


@clipping.wrong("sum of the norms")
def sum_of_norms(gradients, limit):
    return _scaled(gradients, min(1, limit / sum(_norms(gradients))))


@clipping.wrong("largest norm")
def largest_norm(gradients, limit):
    return _scaled(gradients, min(1, limit / max(_norms(gradients))))


@clipping.wrong("root is missing")
def no_root(gradients, limit):
    return _scaled(gradients, min(1, limit / sum(np.sum(part**2) for part in gradients)))


@clipping.wrong("mean of the squares")
def root_of_the_mean(gradients, limit):
    flat = np.concatenate([part.ravel() for part in gradients])
    return _scaled(gradients, min(1, limit / np.sqrt(np.mean(flat**2))))


@clipping.wrong("have norm 1")
def to_norm_one(gradients, limit):
    norm = np.linalg.norm(_norms(gradients))
    return _scaled(gradients, 1 / norm if norm > limit else 1)


@clipping.wrong("Upside down")
def upside_down(gradients, limit):
    norm = np.linalg.norm(_norms(gradients))
    return _scaled(gradients, norm / limit if norm > limit else 1)


@clipping.wrong("Nothing is clipped")
def unchanged(gradients, limit):
    return [part.copy() for part in gradients]


@clipping.wrong("in place")
def shortened_in_place(gradients, limit):
    norm = np.linalg.norm(_norms(gradients))
    for part in gradients:
        part *= min(1, limit / norm)
    return gradients


@clipping.wrong("return 3 things")
def in_one_row(gradients, limit):
    return np.concatenate([part.ravel() for part in gradients]).sum()


@clipping.wrong("raised")
def as_one_array(gradients, limit):
    return np.array(gradients) * min(1, limit / np.linalg.norm(np.array(gradients)))
