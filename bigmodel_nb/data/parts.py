"""What training takes: a data set in three parts that share nothing.

    data = digits()
    x, y = data.train                 # (1257, 64) float32, (1257,) int32
    data.num_classes, data.input_shape

A network learns from `train`, choices are made by looking at `validation`, and `test` is looked at once, at
the end. The parts are made by `bigmodel_nb.data.splitting.split` or by the data set itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb.arguments import one_of, wrong_type, wrong_value
from bigmodel_nb.data.dataset import TEXTS, names_of
from bigmodel_nb.data.scaling import Scaling
from bigmodel_nb.language import gettext as _

TASKS = ("classification", "regression", "forecast", "next token", "sequence")
PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Part:
    """One part of a data set: examples `x` and their targets `y`, both read-only.

    `x` has shape (n, ...): float32, or int32 where it holds token numbers. `y` has shape (n,) or (n, k):
    int32 for classes and tokens, float32 for quantities. Whole numbers become int32 and all others float32;
    what does not fit, NaN and infinities are refused. `x, y = part` works; `len(part)` is n.
    """

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", _array("x", self.x))
        object.__setattr__(self, "y", _array("y", self.y))
        if len(self.x) != len(self.y):
            expected = _("one target for each of the {count} examples of x").format(count=len(self.x))
            raise wrong_value("y", expected, self.y)

    def __len__(self) -> int:
        """The number of examples n."""
        return len(self.x)

    def __iter__(self) -> Iterator[np.ndarray]:
        yield self.x
        yield self.y

    def __repr__(self) -> str:
        shapes = (f"{name} {array.shape} {array.dtype}" for name, array in (("x", self.x), ("y", self.y)))
        return f"Part({', '.join(shapes)})"


@dataclass(frozen=True, eq=False)
class SplitDataset:
    """A data set in three parts. Every part holds at least one example, and all have the same shapes.

    `task` is one of `TASKS`. `feature_names` names the last axis of x, or is empty. `target_names` are the
    classes (or tokens) in the order of their numbers, or the names of the quantities. `notes` say what was
    done to the data and what may not be claimed from them. `scaling` is what was done to x, and
    `target_scaling` what was done to y, where it was fitted to the training part; None otherwise.
    """

    train: Part
    validation: Part
    test: Part
    name: str
    task: str
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    source: str
    license: str
    citation: str
    notes: tuple[str, ...] = ()
    scaling: Scaling | None = field(default=None)
    target_scaling: Scaling | None = field(default=None)

    def __post_init__(self) -> None:
        for name in TEXTS:
            if not isinstance(getattr(self, name), str):
                raise wrong_type(name, _("text"), getattr(self, name))
        one_of("task", self.task, TASKS)
        for name in ("feature_names", "target_names", "notes"):
            object.__setattr__(self, name, names_of(name, getattr(self, name)))
        for name in ("scaling", "target_scaling"):
            if not isinstance(getattr(self, name), (Scaling, type(None))):
                raise wrong_type(name, _("a Scaling or None"), getattr(self, name))
        for name in PARTS:
            self._check_part(name)
        self._check_names()

    def _check_part(self, name: str) -> None:
        part = getattr(self, name)
        if not isinstance(part, Part):
            raise wrong_type(name, _("a Part"), part)
        for letter in ("x", "y"):
            ours, first = getattr(part, letter), getattr(self.train, letter)
            if ours.shape[1:] != first.shape[1:] or ours.dtype != first.dtype:
                expected = _("a part with {letter} like that of train: {shape} {dtype}").format(
                    letter=letter, shape=(len(ours), *first.shape[1:]), dtype=first.dtype
                )
                raise wrong_value(name, expected, part)
        if part.y.dtype.kind == "i" and (part.y.min() < 0 or part.y.max() >= len(self.target_names)):
            expected = _("a part whose classes are among the {count} of target_names").format(
                count=len(self.target_names)
            )
            raise wrong_value(name, expected, part)

    def _check_names(self) -> None:
        width = self.train.x.shape[-1] if self.train.x.ndim > 1 else 1
        if len(self.feature_names) not in (0, width):
            expected = _("empty, or one name for each of the {count} features").format(count=width)
            raise wrong_value("feature_names", expected, self.feature_names)
        if self.task == "classification" and self.train.y.dtype.kind != "i":
            raise wrong_value("task", _("one of quantities: the targets are no classes"), self.task)
        if self.task in ("regression", "forecast") and self.train.y.dtype.kind == "i":
            raise wrong_value("task", _("one of classes or tokens: the targets are whole numbers"), self.task)

    @property
    def num_classes(self) -> int:
        """The number of classes, or of different tokens. Quantities have none: AttributeError."""
        if self.train.y.dtype.kind != "i":
            raise AttributeError(_("{name} has quantities as targets and no classes").format(name=self.name))
        return len(self.target_names)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one example of x."""
        return tuple(self.train.x.shape[1:])

    def __repr__(self) -> str:
        counts = ", ".join(f"{name} {len(getattr(self, name)):,}" for name in PARTS)
        return f"SplitDataset({self.name!r}, {self.task}, input_shape={self.input_shape}, {counts})"


def _array(name: str, value: Any) -> np.ndarray:
    """`value` as a read-only int32 or float32 array of its own with at least one row."""
    expected = _("an array of finite numbers, one row or more, that fit into float32 or int32")
    try:
        array = np.asarray(value)
    except Exception:  # ragged lists, and whatever a reader's own class raises
        raise wrong_type(name, expected, value) from None
    if array.dtype.kind not in "fiu":
        raise wrong_type(name, expected, value)
    if array.ndim == 0 or array.size == 0:
        raise wrong_value(name, expected, value)
    kept = array.base is None and not array.flags.writeable  # nobody can change it: no copy is needed
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # what does not fit becomes infinite, and is refused below
            plain = array.astype(np.float32, copy=not kept)
        fits = bool(np.isfinite(plain).all())
    else:
        limits = np.iinfo(np.int32)
        fits = int(array.min()) >= limits.min and int(array.max()) <= limits.max
        plain = array.astype(np.int32, copy=not kept) if fits else array
    if not fits:
        raise wrong_value(name, expected, value)
    plain = np.ascontiguousarray(plain)
    plain.flags.writeable = False
    return plain
