"""Answers to: positions as waves."""

from __future__ import annotations

import math

import numpy as np

from bigmodel_nb.exercises.answers import Answers

sinusoids = Answers()


def _waves(rows, width, exponent, start=0):
    column = np.arange(width)
    angle = np.arange(start, start + rows)[:, None] / 10000 ** exponent(column)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


@sinusoids.right
def column_halved(vocabulary_size, context_length, width):
    return _waves(context_length, width, lambda column: (column - column % 2) / width)


@sinusoids.right
def two_slices(vocabulary_size, context_length, width):
    out = np.empty((context_length, width), np.float32)
    rate = np.exp(-np.arange(0, width, 2) / width * np.log(10000.0))
    angle = np.outer(np.arange(context_length), rate)
    out[:, 0::2], out[:, 1::2] = np.sin(angle), np.cos(angle)
    return out


@sinusoids.right
def number_by_number(vocabulary_size, context_length, width):
    def wave(p, c):
        return (math.cos if c % 2 else math.sin)(p * 10000 ** (-(c // 2) / (width / 2)))

    return [[wave(p, c) for c in range(width)] for p in range(context_length)]


@sinusoids.wrong("row for each token of the vocabulary")
def only_the_angle_repaired(vocabulary_size, context_length, width):
    return _waves(vocabulary_size, width, lambda column: 2 * (column // 2) / width)


@sinusoids.wrong("share one angle, and so one exponent")
def only_the_rows_repaired(vocabulary_size, context_length, width):
    return _waves(context_length, width, lambda column: 2 * column / width)


@sinusoids.wrong("an angle of its own")
def without_the_two(vocabulary_size, context_length, width):
    return _waves(context_length, width, lambda column: column / width)


@sinusoids.wrong("half of what it should be")
def halved_once_too_often(vocabulary_size, context_length, width):
    return _waves(context_length, width, lambda column: column // 2 / width)


@sinusoids.wrong("count from 1")
def from_one(vocabulary_size, context_length, width):
    return _waves(context_length, width, lambda column: 2 * (column // 2) / width, start=1)


@sinusoids.wrong("Sine and cosine have changed places")
def cosine_first(vocabulary_size, context_length, width):
    right = column_halved(vocabulary_size, context_length, width)
    return right.reshape(context_length, -1, 2)[:, :, ::-1].reshape(context_length, width)


@sinusoids.wrong("all sines, then all cosines")
def in_halves(vocabulary_size, context_length, width):
    angle = np.arange(context_length)[:, None] / 10000 ** (np.arange(0, width, 2) / width)
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1)


@sinusoids.wrong("All columns are sines")
def sines_only(vocabulary_size, context_length, width):
    column = np.arange(width)
    return np.sin(np.arange(context_length)[:, None] / 10000 ** (2 * (column // 2) / width))


@sinusoids.wrong("angles grow from column to column")
def multiplied(vocabulary_size, context_length, width):
    return _waves(context_length, width, lambda column: -2 * (column // 2) / width)


@sinusoids.wrong("Positions are rows")
def turned(vocabulary_size, context_length, width):
    return column_halved(vocabulary_size, context_length, width).T


@sinusoids.wrong("raised")
def positions_not_turned(vocabulary_size, context_length, width):
    return np.arange(context_length) / 10000 ** (np.arange(width + context_length) / width)
