"""Scaling that is fitted to the training part and then applied to every part alike.

    scaling = fit_scaling(x_train, "standardize")
    scaling.apply(x_test)            # (x_test - shift) / factor, with the mean and spread of training

Fitted to all rows, it would tell the network something about rows that it must not know yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import one_of, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

SCALES = ("standardize", "minmax")
# A column whose values differ by less than this share of their size differs by rounding errors only.
ROUNDING = 100 * np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class Scaling:
    """(x - shift) / factor. `shift` and `factor` (above zero) are float64 arrays for the last axis of x."""

    kind: str
    shift: np.ndarray
    factor: np.ndarray

    def __post_init__(self) -> None:
        one_of("kind", self.kind, SCALES)
        for name in ("shift", "factor"):
            array = np.array(getattr(self, name), dtype=np.float64)
            if not np.isfinite(array).all() or (name == "factor" and not (array > 0).all()):
                raise wrong_value(name, _("finite numbers (a factor: above zero)"), array)
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def apply(self, x: Any) -> np.ndarray:
        """The values x (..., d), scaled: float64."""
        with np.errstate(over="ignore", invalid="ignore"):
            return (np.asarray(x, dtype=np.float64) - self.shift) / self.factor

    def undo(self, x: Any) -> np.ndarray:
        """Scaled values x (..., d), as they were measured: float64."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(x, dtype=np.float64) * self.factor + self.shift


def fit_scaling(x: Any, kind: str) -> Scaling:
    """The scaling that gives each column of x (n, d) mean 0 and standard deviation 1 ("standardize") or the
    range from 0 to 1 ("minmax"). A column that is constant is only shifted: there is nothing to divide by.
    """
    one_of("kind", kind, SCALES)
    expected = _("an array of finite numbers of shape {shape}").format(shape="(n, d)")
    rows = _rows(x, expected)
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = rows.min(axis=0), rows.max(axis=0)
        largest = np.maximum(np.abs(low), np.abs(high))
        constant = high - low <= ROUNDING * largest
        if kind == "minmax":
            shift, factor = low, high - low
        else:
            shift = rows.mean(axis=0)
            reach = np.maximum(high - low, np.finfo(np.float64).tiny)  # squares neither overflow nor vanish
            factor = reach * np.sqrt((((rows - shift) / reach) ** 2).mean(axis=0))
    shift = np.where(constant, low, shift)
    factor = np.where(constant | (factor == 0), 1.0, factor)
    if not (np.isfinite(shift).all() and np.isfinite(factor).all()):
        raise wrong_value("x", _("numbers whose spread is finite"), x)
    return Scaling(kind, shift, factor)


def _rows(x: Any, expected: str) -> np.ndarray:
    rows = array_of_numbers("x", x)
    if rows.ndim != 2 or rows.size == 0:
        raise wrong_value("x", expected, x)
    return rows
