"""Checks of arguments. Each returns the value in its plain form, or raises an error that names
the argument, what was expected and what was received:

    learning_rate must be a positive number; received: -0.1

A wrong type raises TypeError and a wrong value ValueError; both carry the same kind of sentence,
and both pass through `gettext`, because explorers show them to the reader as they are.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from typing import Any

from bigmodel_nb.language import gettext as _


def received(value: Any, limit: int = 60) -> str:
    """A short, one-line picture of a value for an error message."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return _("an array of shape {shape}").format(shape=tuple(int(n) for n in shape))
    try:
        text = " ".join(repr(value).split())
    except Exception as error:  # a reader's own class may have a broken __repr__
        text = f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _sentence(name: str, expected: str, value: Any) -> str:
    return _("{name} must be {expected}; received: {value}").format(
        name=name, expected=expected, value=received(value)
    )


def wrong_value(name: str, expected: str, value: Any) -> ValueError:
    """The error for an argument of the right type and a wrong value; the caller raises it."""
    return ValueError(_sentence(name, expected, value))


def wrong_type(name: str, expected: str, value: Any) -> TypeError:
    """The error for an argument of a wrong type; the caller raises it."""
    return TypeError(_sentence(name, expected, value))


def number(name: str, value: Any, expected: str | None = None) -> float:
    """`value` as a finite float. Booleans, text, arrays, NaN and infinities are refused."""
    expected = expected or _("a finite number")
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        raise wrong_type(name, expected, value)
    if not isinstance(value, numbers.Real):
        raise wrong_type(name, expected, value)
    try:
        plain = float(value)
    except OverflowError:
        raise wrong_value(name, expected, value) from None
    if not math.isfinite(plain):
        raise wrong_value(name, expected, value)
    return plain


def positive(name: str, value: Any) -> float:
    """`value` as a finite float above zero."""
    expected = _("a positive number")
    plain = number(name, value, expected)
    if plain <= 0:
        raise wrong_value(name, expected, value)
    return plain


def non_negative(name: str, value: Any) -> float:
    """`value` as a finite float of zero or more."""
    expected = _("zero or a positive number")
    plain = number(name, value, expected)
    if plain < 0:
        raise wrong_value(name, expected, value)
    return plain


def between(
    name: str, value: Any, low: float, high: float, *, low_open: bool = False, high_open: bool = False
) -> float:
    """`value` as a float between `low` and `high`; an open end excludes the bound itself."""
    expected = _("a number from {low:g}{low_note} to {high:g}{high_note}").format(
        low=low,
        high=high,
        low_note=_(" (excluded)") if low_open else "",
        high_note=_(" (excluded)") if high_open else "",
    )
    plain = number(name, value, expected)
    if plain < low or plain > high or (low_open and plain == low) or (high_open and plain == high):
        raise wrong_value(name, expected, value)
    return plain


def whole(name: str, value: Any, low: int | None = None, high: int | None = None) -> int:
    """`value` as an int within `low` and `high`, both included. 3.0 counts as 3; True does not."""
    if low is not None and high is not None:
        expected = _("a whole number from {low} to {high}").format(low=low, high=high)
    elif low is not None:
        expected = _("a whole number of {low} or more").format(low=low)
    else:
        expected = _("a whole number")
    plain = number(name, value, expected)
    if isinstance(value, numbers.Integral):
        exact = int(value)
    elif plain.is_integer():
        exact = int(plain)
    else:
        raise wrong_value(name, expected, value)
    if (low is not None and exact < low) or (high is not None and exact > high):
        raise wrong_value(name, expected, value)
    return exact


def one_of(name: str, value: Any, choices: Iterable[str]) -> str:
    """`value` where it is one of `choices` (text)."""
    known = list(choices)
    expected = _("one of {choices}").format(choices=", ".join(map(repr, known)))
    if not isinstance(value, str):
        raise wrong_type(name, expected, value)
    if value not in known:
        raise wrong_value(name, expected, value)
    return value


def some_of(name: str, value: Any, choices: Iterable[str]) -> list[str]:
    """`value`, a list of some of `choices` (text); one text alone counts as a list of one."""
    known = list(choices)
    entries = [value] if isinstance(value, str) else value
    expected = _("a list of some of {choices}").format(choices=", ".join(map(repr, known)))
    if isinstance(entries, Mapping) or not isinstance(entries, Iterable):
        raise wrong_type(name, expected, value)
    return [one_of(name, entry, known) for entry in entries]


def point(name: str, value: Any) -> tuple[float, float]:
    """`value` as two finite floats."""
    expected = _("two finite numbers, such as (1.0, 2.0)")
    try:
        first, second = value
    except (TypeError, ValueError):
        raise wrong_value(name, expected, value) from None
    try:
        return number(name, first), number(name, second)
    except (TypeError, ValueError):
        raise wrong_value(name, expected, value) from None
