"""What a reader's function was given and what it returned: as arrays, and as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb import arguments

_RELATIVE = 1e-5  # float32 answers are right answers
_MOST_NUMBERS = 40  # an array with more is shown as its shape


@dataclass(frozen=True)
class Shown:
    """An input that has no short picture of its own: `value` is passed on, `code` is what is shown."""

    value: Any
    code: str


def as_numbers(value: Any) -> np.ndarray | None:
    """`value` (an array, a list, a number, a tensor of any framework) as floats; None where it is none."""
    try:
        if hasattr(value, "detach"):  # PyTorch refuses to convert what carries a gradient
            value = value.detach().cpu()
        array = np.asarray(value)
        if array.dtype.kind == "c" and not array.imag.any():
            array = array.real
        if array.dtype.kind not in "fiuO":
            return None
        return array.astype(np.float64)
    except Exception:  # a reader's own class may raise anything
        return None


def same(first: Any, second: Any) -> bool:
    """Whether both are numbers of one shape that agree to 1e-5 of the largest of the second.

    NaN agrees with nothing.
    """
    a, b = as_numbers(first), as_numbers(second)
    if a is None or b is None or a.shape != b.shape or not np.isfinite(a).all():
        return False
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(a - b) <= _RELATIVE * np.max(np.abs(b), initial=1e-12)))


def code(value: Any, indent: int = 0) -> str:
    """`value` as an expression that gives it back."""
    if isinstance(value, Shown):
        return value.code
    if isinstance(value, np.ndarray) and value.ndim:
        text = np.array2string(
            value,
            separator=", ",
            threshold=10_000,
            max_line_width=88 - indent,
            formatter={"float_kind": lambda x: repr(float(x))},
        )
        return "np.array(" + text.replace("\n", "\n" + " " * (indent + len("np.array("))) + ")"
    if isinstance(value, np.ndarray | np.generic):
        return repr(value.item())
    return repr(value)


def text(value: Any, digits: int = 4) -> str:
    """`value` as a reader wants to see it: rounded to so many digits, and never long."""
    array = as_numbers(value)
    if array is None or array.size > _MOST_NUMBERS:
        return arguments.received(value)
    if array.ndim == 0:
        return f"{float(array):.{digits}g}"
    picture = np.array2string(array, separator=", ", formatter={"float_kind": lambda x: f"{x:.{digits}g}"})
    return picture if array.size else f"{picture}, " + arguments.received(array)


def texts(expected: Any, received: Any) -> tuple[str, str]:
    """Both as text, with as many digits as it takes to see that they differ."""
    for digits in (4, 6, 9, 17):
        pair = text(expected, digits), text(received, digits)
        if pair[0] != pair[1]:
            break
    return pair


def hand(value: Any) -> Any:
    """What is passed to the reader's function for `value`: a copy where it could be changed."""
    value = plain(value)
    return value.copy() if isinstance(value, np.ndarray) else value


def plain(value: Any) -> Any:
    """The input itself, without the code it is shown as."""
    return value.value if isinstance(value, Shown) else value
