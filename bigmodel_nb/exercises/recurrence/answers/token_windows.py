"""Answers to: windows and their targets."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

windows = Answers()


def _rows(part, length, shift, count=None):
    count = (len(part) - 1) // length if count is None else count
    return part[shift : shift + count * length].reshape(count, length)


def _both(tokens, length, cut, shift=1):
    first, second = tokens[:cut], tokens[cut:]
    return [_rows(part, length, by) for part in (first, second) for by in (0, shift)]


@windows.right
def part_by_part(tokens, length, cut):
    return tuple(_both(tokens, length, cut))


@windows.right
def with_loops(tokens, length, cut):
    found = []
    for part in (tokens[:cut], tokens[cut:]):
        starts = range(0, len(part) - length, length)
        found.append(np.array([part[s : s + length] for s in starts]))
        found.append(np.array([part[s + 1 : s + 1 + length] for s in starts]))
    return found


@windows.right
def with_views(tokens, length, cut):
    found = []
    for part in (tokens[:cut], tokens[cut:]):
        view = np.lib.stride_tricks.sliding_window_view(part, length + 1)[::length]
        found += [view[:, :-1], view[:, 1:]]
    return found


@windows.wrong("is not moved on")
def target_is_the_input(tokens, length, cut):
    x, _y, held_x, _held_y = _both(tokens, length, cut)
    return x, x.copy(), held_x, held_x.copy()


@windows.wrong("moved on by two")
def two_ahead(tokens, length, cut):
    # Wherever there is room for it, in place of one ahead.
    first, second = tokens[:cut], tokens[cut:]
    counts = [(len(part) - 2) // length for part in (first, second)]
    rows = [
        _rows(part, length, by, n) for part, n in zip((first, second), counts, strict=True) for by in (0, 2)
    ]
    return [_rows(first, length, 0), rows[1], rows[2], rows[3]]


@windows.wrong("straddles the split")
def split_after_cutting(tokens, length, cut):
    x, y = _rows(tokens, length, 0), _rows(tokens, length, 1)
    learn = -(-cut // length)
    return x[:learn], y[:learn], x[learn:], y[learn:]


@windows.wrong("straddles the split")
def last_target_from_the_other_part(tokens, length, cut):
    count = cut // length
    x, y = _rows(tokens, length, 0, count), tokens[1 : 1 + count * length].reshape(count, length)
    return x, y, _rows(tokens[cut:], length, 0), _rows(tokens[cut:], length, 1)


@windows.wrong("overlap")
def one_by_one(tokens, length, cut):
    found = []
    for part in (tokens[:cut], tokens[cut:]):
        view = np.lib.stride_tricks.sliding_window_view(part, length + 1)
        found += [view[:, :-1], view[:, 1:]]
    return found


@windows.wrong("window is missing")
def last_one_forgotten(tokens, length, cut):
    return [rows[:-1] for rows in _both(tokens, length, cut)]


@windows.wrong("goes round")
def rolled(tokens, length, cut):
    found = []
    for part in (tokens[:cut], tokens[cut:]):
        count = (len(part) - 1) // length
        used = part[: count * length]
        found += [used.reshape(count, length), np.roll(used, -1).reshape(count, length)]
    return found


@windows.wrong("must hold tokens of the text")
def places_for_tokens(tokens, length, cut):
    return _both(np.arange(len(tokens)) / 2, length, cut)


@windows.wrong("return 4 things")
def in_pairs(tokens, length, cut):
    x, y, held_x, held_y = _both(tokens, length, cut)
    return (x, y), (held_x, held_y)


@windows.wrong("has shape")
def in_one_row(tokens, length, cut):
    return [rows.ravel() for rows in _both(tokens, length, cut)]


@windows.wrong("raised")
def no_leftovers_expected(tokens, length, cut):
    x, y = tokens[:cut].reshape(-1, length), tokens[1 : cut + 1].reshape(-1, length)
    return x, y, tokens[cut:].reshape(-1, length), tokens[cut:].reshape(-1, length)
