"""Queries, keys and values set by hand: presets, and numbers written as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import between, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

MOST_TOKENS, MOST_WIDE, LARGEST = 8, 8, 1e4
Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Hand:
    """`query` (T, d), `key` (T, d), `value` (T, v) as tuples of rows, and the T tokens they belong to."""

    query: Rows
    key: Rows
    value: Rows
    tokens: tuple[str, ...]


PRESETS = {
    # the pronoun's query is the key of the noun: it fetches the noun's value
    "look up a noun": Hand(
        ((0, 0, 0, 1), (0, 0, 1, 0), (0, 0, 0, 1), (4, 0, 0, 0)),
        ((0, 1, 0, 0), (4, 0, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
        ((0, 0), (1, 2), (0, 0), (0, 0)),
        ("the", "cat", "saw", "it"),
    ),
    # each query is the key of the place before
    "look one back": Hand(
        ((0, 0, 0, 0), (6, 0, 0, 0), (0, 6, 0, 0), (0, 0, 6, 0)),
        ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
        ((1, 0), (2, 0), (3, 0), (4, 0)),
        ("one", "two", "three", "four"),
    ),
    "all alike": Hand(
        ((0, 0), (0, 0), (0, 0)), ((1, 0), (0, 1), (1, 1)), ((3, 0), (0, 3), (3, 3)), ("a", "b", "c")
    ),
    "two directions": Hand(
        ((1, 0), (0, 1), (1, 1), (2, -1)), ((1, 0), (0, 1), (1, 1), (2, -1)),
        ((1, 0), (0, 1), (1, 1), (2, -1)), ("east", "north", "both", "away"),
    ),
}  # fmt: skip


def hand_of(matrices: Any) -> Hand:
    """A preset by its name, or (query, key, value) as numbers or text: up to 8 tokens, 8 numbers each."""
    if isinstance(matrices, Hand):
        return matrices
    if isinstance(matrices, str) and matrices in PRESETS:
        return PRESETS[matrices]
    expected = _("one of {known}, or three matrices (query, key, value)").format(
        known=", ".join(map(repr, PRESETS))
    )
    if isinstance(matrices, (str, bytes, dict)):
        raise wrong_value("matrices", expected, matrices)
    try:
        query, key, value = matrices
    except (TypeError, ValueError):
        raise wrong_type("matrices", expected, matrices) from None
    query, key, value = rows_of("query", query), rows_of("key", key), rows_of("value", value)
    return checked(Hand(query, key, value, tuple(str(n) for n in range(len(query)))))


def checked(hand: Hand) -> Hand:
    """`hand` where its matrices fit together."""
    if len(hand.key[0]) != len(hand.query[0]) or len(hand.key) != len(hand.query):
        shape = f"{len(hand.query)} × {len(hand.query[0])}"
        raise wrong_value("key", _("{shape} numbers, as query has").format(shape=shape), hand.key)
    if len(hand.value) != len(hand.key):
        raise wrong_value("value", _("of {count} rows, as key is").format(count=len(hand.key)), hand.value)
    return hand


def rows_of(name: str, value: Any) -> Rows:
    """A matrix as tuples: of numbers, or of text such as "1 0; 0 1", where ";" ends a row."""
    expected = _('numbers such as "1 0; 0 1": up to {rows} rows of up to {columns}').format(
        rows=MOST_TOKENS, columns=MOST_WIDE
    )
    if isinstance(value, str):
        try:
            value = [[float(one) for one in row.replace(",", " ").split()] for row in value.split(";")]
        except ValueError:
            raise wrong_value(name, expected, value) from None
        if len({len(row) for row in value}) != 1:
            raise wrong_value(name, expected, value)
    array = array_of_numbers(name, value, expected)
    if array.ndim != 2 or array.shape[0] > MOST_TOKENS or array.shape[1] > MOST_WIDE:
        raise wrong_value(name, expected, value)
    return tuple(
        tuple(between(name, float(one), -LARGEST, LARGEST) for one in row) for row in np.asarray(array)
    )


def text_of(rows: Rows) -> str:
    """A matrix as `rows_of` reads it."""
    return "; ".join(" ".join(f"{number:g}" for number in row) for row in rows)
