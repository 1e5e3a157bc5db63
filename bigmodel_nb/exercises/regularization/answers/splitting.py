"""Answers to: a split without a leak."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

split = Answers()


def _cut(X, rng, rows=None):
    order = rng.permutation(np.unique(X, axis=0, return_index=True)[1] if rows is None else rows)
    return order[len(order) // 4 :], order[: len(order) // 4]


def _scaled(X, y, train, valid, by):
    mean, deviation = X[by].mean(axis=0), X[by].std(axis=0)
    return (X[train] - mean) / deviation, y[train], (X[valid] - mean) / deviation, y[valid]


@split.right
def cut_then_scaled(X, y, rng):
    train, valid = _cut(X, rng)
    return _scaled(X, y, train, valid, train)


@split.right
def with_sets_and_the_other_deviation(X, y, rng):
    seen, rows = set(), []
    for place, row in enumerate(X.tolist()):
        if tuple(row) not in seen:
            seen.add(tuple(row))
            rows.append(place)
    rng.shuffle(rows)
    held = len(rows) // 4
    valid, train = rows[:held], rows[held:]
    mean, deviation = X[train].mean(0), X[train].std(0, ddof=1)
    return [(X[train] - mean) / deviation, y[train], (X[valid] - mean) / deviation, y[valid]]


@split.wrong("scaling has seen")
def scaled_first(X, y, rng):
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    train, valid = _cut(X, rng)
    return X[train], y[train], X[valid], y[valid]


@split.wrong("scaling has seen")
def scaled_by_all_that_differ(X, y, rng):
    train, valid = _cut(X, rng)
    return _scaled(X, y, train, valid, np.concatenate([train, valid]))


@split.wrong("same row is on both sides")
def doubles_stay(X, y, rng):
    train, valid = _cut(X, rng, rows=len(X))
    return _scaled(X, y, train, valid, train)


@split.wrong("by its own mean")
def each_side_by_itself(X, y, rng):
    train, valid = _cut(X, rng)
    return (*_scaled(X, y, train, valid, train)[:2], *_scaled(X, y, train, valid, valid)[2:])


@split.wrong("What is held out is not scaled")
def only_training_is_scaled(X, y, rng):
    train, valid = _cut(X, rng)
    return (*_scaled(X, y, train, valid, train)[:2], X[valid], y[valid])


@split.wrong("Nothing is scaled")
def not_scaled(X, y, rng):
    train, valid = _cut(X, rng)
    return X[train], y[train], X[valid], y[valid]


@split.wrong("The last rows are held out")
def not_shuffled(X, y, rng):
    rows = np.sort(np.unique(X, axis=0, return_index=True)[1])
    cut = len(rows) - len(rows) // 4
    return _scaled(X, y, rows[:cut], rows[cut:], rows[:cut])


@split.wrong("A quarter of the rows")
def half_and_half(X, y, rng):
    order = rng.permutation(np.unique(X, axis=0, return_index=True)[1])
    half = len(order) // 2
    return _scaled(X, y, order[half:], order[:half], order[half:])


@split.wrong("A quarter of the rows")
def the_wrong_way_round(X, y, rng):
    train, valid = _cut(X, rng)
    return _scaled(X, y, valid, train, valid)


@split.wrong("Rows are missing")
def a_fixed_number(X, y, rng):
    order = rng.permutation(np.unique(X, axis=0, return_index=True)[1])
    return _scaled(X, y, order[4:12], order[:4], order[4:12])


@split.wrong("return 4 things")
def pairs(X, y, rng):
    train, valid = _cut(X, rng)
    a, b, c, d = _scaled(X, y, train, valid, train)
    return (a, b), (c, d)
