"""Answers to: mini-batches."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

batches = Answers()


@batches.right
def generator(X, y, size, rng):
    order = rng.permutation(len(X))
    for start in range(0, len(X), size):
        rows = order[start : start + size]
        yield X[rows], y[rows]


@batches.right
def split_a_shuffled_copy(X, y, size, rng):
    order = np.arange(len(X))
    rng.shuffle(order)
    cuts = np.arange(size, len(X), size)
    return list(zip(np.split(X[order], cuts), np.split(y[order], cuts), strict=True))


@batches.right
def lists_from_a_stack(X, y, size, rng):
    left = list(np.argsort(rng.random(len(y))))
    found = []
    while left:
        rows, left = left[:size], left[size:]
        found.append([[X[row] for row in rows], [y[row] for row in rows]])
    return found


@batches.wrong("the last, smaller batch counts too")
def drops_the_remainder(X, y, size, rng):
    order = rng.permutation(len(X))
    for batch in range(len(X) // size):
        rows = order[batch * size : (batch + 1) * size]
        yield X[rows], y[rows]


@batches.wrong("shuffled apart")
def shuffled_apart(X, y, size, rng):
    X, y = rng.permutation(X), rng.permutation(y)
    for start in range(0, len(X), size):
        yield X[start : start + size], y[start : start + size]


@batches.wrong("shuffled apart")
def only_X_shuffled(X, y, size, rng):
    X = rng.permutation(X)
    for start in range(0, len(X), size):
        yield X[start : start + size], y[start : start + size]


@batches.wrong("in place")
def shuffled_in_place(X, y, size, rng):
    state = rng.bit_generator.state
    rng.shuffle(X)
    rng.bit_generator.state = state
    rng.shuffle(y)
    for start in range(0, len(X), size):
        yield X[start : start + size], y[start : start + size]


@batches.wrong("not shuffled")
def never_shuffled(X, y, size, rng):
    for start in range(0, len(X), size):
        yield X[start : start + size], y[start : start + size]


@batches.wrong("Every epoch has the same order")
def seeded_inside(X, y, size, rng):
    order = np.random.default_rng(0).permutation(len(X))
    for start in range(0, len(X), size):
        yield X[order[start : start + size]], y[order[start : start + size]]


@batches.wrong("does not come from rng alone")
def another_generator(X, y, size, rng):
    order = np.random.default_rng().permutation(len(X))
    for start in range(0, len(X), size):
        yield X[order[start : start + size]], y[order[start : start + size]]


@batches.wrong("shuffle the batches")
def batches_shuffled(X, y, size, rng):
    starts = np.arange(0, len(X), size)
    if len(X) % size == 0:
        starts = rng.permutation(starts)
    for start in starts:
        yield X[start : start + size], y[start : start + size]


@batches.wrong("times in one epoch")
def overlapping(X, y, size, rng):
    order = rng.permutation(len(X))
    for start in range(len(X) - size + 1):
        yield X[order[start : start + size]], y[order[start : start + size]]


@batches.wrong("times in one epoch")
def every_row_in_the_last_batch(X, y, size, rng):
    order = rng.permutation(len(X))
    for start in range(0, len(X), size):
        start = min(start, len(X) - size)
        yield X[order[start : start + size]], y[order[start : start + size]]


@batches.wrong("One batch is empty")
def empty_last_batch(X, y, size, rng):
    order = rng.permutation(len(X))
    for batch in range(len(X) // size + 1):
        rows = order[batch * size : (batch + 1) * size]
        yield X[rows], y[rows]


@batches.wrong("wrong sizes")
def even_pieces(X, y, size, rng):
    pieces = np.array_split(rng.permutation(len(X)), -(-len(X) // size))
    return [(X[rows], y[rows]) for rows in pieces]


@batches.wrong("one batch only")
def return_in_the_loop(X, y, size, rng):
    order = rng.permutation(len(X))
    for start in range(0, len(X), size):
        rows = order[start : start + size]
        return X[rows], y[rows]


@batches.wrong("must be a pair")
def without_y(X, y, size, rng):
    order = rng.permutation(len(X))
    return [X[order[start : start + size]] for start in range(0, len(X), size)]


@batches.wrong("never come")
def loses_the_first(X, y, size, rng):
    order = rng.permutation(len(X))[1:]
    for start in range(0, len(order), size):
        yield X[order[start : start + size]], y[order[start : start + size]]


@batches.wrong("no batch at all")
def nothing(X, y, size, rng):
    return []


@batches.wrong("never come")
def first_batch_only(X, y, size, rng):
    order = rng.permutation(len(X))
    yield X[order[:size]], y[order[:size]]


@batches.wrong("wrong shape")
def flat_batches(X, y, size, rng):
    order = rng.permutation(len(X))
    for start in range(0, len(X), size):
        yield X[order[start : start + size]].ravel(), y[order[start : start + size]]


@batches.wrong("row that is not in X")
def columns_apart(X, y, size, rng):
    X = np.column_stack([rng.permutation(column) for column in X.T])
    for start in range(0, len(X), size):
        yield X[start : start + size], y[start : start + size]


@batches.wrong("row that is not in X")
def padded(X, y, size, rng):
    order = rng.permutation(len(X))
    missing = -len(X) % size
    X, y = np.vstack([X[order], -np.ones((missing, 2)) * [2, 1]]), np.append(y[order], -np.ones(missing))
    for start in range(0, len(X), size):
        yield X[start : start + size], y[start : start + size]


@batches.wrong("not made of numbers")
def indices_in_words(X, y, size, rng):
    return [("first", "second")]
