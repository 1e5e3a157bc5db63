"""What a data set is: rows, their targets, what both are called, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _

TEXTS = ("name", "source", "license", "citation")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows `x` and their targets `y`. The arrays are copies and cannot be written to.

    `x` is an array of finite numbers of shape (n, d), one row for each example; `y` has shape (n,): classes
    are numbered from 0 (integers), quantities are floats. `feature_names` are the d columns of x;
    `target_names` are the classes in the order of their numbers, or the one name of the quantity.
    """

    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    feature_names: tuple[str, ...] = field(repr=False)
    target_names: tuple[str, ...]
    name: str
    source: str = field(repr=False)
    license: str = field(repr=False)
    citation: str = field(repr=False)

    def __post_init__(self) -> None:
        for name in TEXTS:
            if not isinstance(getattr(self, name), str):
                raise wrong_type(name, _("text"), getattr(self, name))
        object.__setattr__(self, "x", _frozen("x", self.x, 2, "(n, d)"))
        object.__setattr__(self, "y", _frozen("y", self.y, 1, "(n,)"))
        n, d = self.x.shape
        if len(self.y) != n:
            raise wrong_value("y", _("one target for each of the {count} rows of x").format(count=n), self.y)
        for name in ("feature_names", "target_names"):
            object.__setattr__(self, name, names_of(name, getattr(self, name)))
        if len(self.feature_names) != d:
            expected = _("one name for each of the {count} columns of x").format(count=d)
            raise wrong_value("feature_names", expected, self.feature_names)
        if self.y.dtype.kind == "i" and self.y.min() < 0:
            raise wrong_value("y", _("classes numbered from 0, or quantities as floats"), int(self.y.min()))
        if self.y.dtype.kind == "i" and self.y.max() >= len(self.target_names):
            expected = _("one name for each class from 0 to {last}").format(last=int(self.y.max()))
            raise wrong_value("target_names", expected, self.target_names)

    def __len__(self) -> int:
        """The number of rows n."""
        return len(self.y)

    def column(self, name: str) -> np.ndarray:
        """The values (n,) of the feature called `name`."""
        if not isinstance(name, str):
            raise wrong_type("name", _("the name of a feature"), name)
        if name not in self.feature_names:
            expected = _("one of {choices}").format(choices=", ".join(map(repr, self.feature_names)))
            raise wrong_value("name", expected, name)
        return self.x[:, self.feature_names.index(name)]


def _frozen(name: str, value: Any, dimensions: int, shape: str) -> np.ndarray:
    expected = _("an array of finite numbers of shape {shape}").format(shape=shape)
    try:
        array = np.array(value)
    except Exception:  # ragged lists, and whatever a reader's own class raises
        raise wrong_type(name, expected, value) from None
    if array.dtype.kind not in "fiu":
        raise wrong_type(name, expected, value)
    if array.dtype.kind == "u":
        if array.size and array.max() > np.iinfo(np.int64).max:
            raise wrong_value(name, expected, value)
        array = array.astype(np.int64)
    if array.ndim != dimensions or array.size == 0 or not np.isfinite(array).all():
        raise wrong_value(name, expected, value)
    array.flags.writeable = False
    return array


def names_of(name: str, value: Any) -> tuple[str, ...]:
    """`value`, a list of texts, as a tuple; one text alone is refused, since it would become its letters."""
    expected = _("a list of texts")
    if isinstance(value, str):
        raise wrong_type(name, expected, value)
    try:
        names = tuple(value)
    except TypeError:
        raise wrong_type(name, expected, value) from None
    if not all(isinstance(entry, str) for entry in names):
        raise wrong_type(name, expected, value)
    return tuple(str(entry) for entry in names)
