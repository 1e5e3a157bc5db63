"""Arrays that are handed in, checked: the array-shaped counterpart of `bigmodel_nb.arguments`."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _


def array_of_numbers(
    name: str,
    value: Any,
    expected: str | None = None,
    *,
    finite: bool = True,
    empty: bool = False,
    booleans: bool = False,
) -> np.ndarray:
    """`value` as an array of floats, of any shape.

    Floats keep their precision (float32 stays float32), whole numbers become float64. Text, objects,
    complex numbers and ragged lists are refused; so are NaN and infinity unless `finite=False`, arrays
    without entries unless `empty=True` and booleans unless `booleans=True`. `expected` words the error.
    """
    expected = expected or _("an array of finite numbers")
    try:
        array = np.asarray(value)
    except Exception:  # ragged lists, and whatever a reader's own class raises
        raise wrong_type(name, expected, value) from None
    if array.dtype.kind in "iu" or (booleans and array.dtype.kind == "b"):
        array = array.astype(np.float64)
    if array.dtype.kind != "f":
        raise wrong_type(name, expected, value)
    if array.size == 0 and not empty:
        raise wrong_value(name, expected, value)
    if finite and not np.isfinite(array).all():
        raise wrong_value(name, expected, _shown(array))
    return array


def _shown(array: np.ndarray) -> Any:
    """What an error says of an array with a wrong entry: the entry where it can be named."""
    if array.ndim == 0:
        return array.item()
    place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
    where = place[0] if len(place) == 1 else place
    return _Words(_("{value} at index {place}").format(value=array[place].item(), place=where))


class _Words(str):
    """Text that stands in an error as it is, without quotation marks."""

    __repr__ = str.__str__
