"""Linear and logistic regression: a loss over real rows, and its gradient over any of them.

    problem = Problem(x, y)                    # (n, d) or (n,), and (n,)
    problem.value(w)                           # the mean loss over all rows; w has d + 1 entries, bias last
    problem.gradient(w, rows=[3, 1, 4])        # the mean gradient over three of them

`maths.regression` trains on such a problem by batch, mini-batch and stochastic descent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from bigmodel_nb.arguments import one_of, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

LARGEST = 1e100  # squares and sums of numbers up to here are still floats
CHUNK = 300_000  # entries of a table of (weights, rows) worked on at a time; it stays in the cache
ROWS_IN_A_PRODUCT = 1000  # 2^1000 is still a float


@dataclass(frozen=True, eq=False)
class Problem:
    """The rows `x` (n, d), or (n,) for one feature, their targets `y` (n,) and a loss over them.

    The prediction of a row is z = x @ w[:-1] + w[-1], the bias last.
    "squared": the mean of (z - y)^2, as Keras's MeanSquaredError.
    "logistic": the mean of log(1 + e^z) - y z for targets 0 and 1 (or False and True), as Keras's
    BinaryCrossentropy(from_logits=True).

    The arrays are copied, float64 and read-only. Entries must be finite, and at most 1e100 in size.
    """

    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    loss: str = "squared"

    def __post_init__(self) -> None:
        object.__setattr__(self, "loss", one_of("loss", self.loss, ("squared", "logistic")))
        x, y = _checked_x(self.x), _checked_y(self.y, self.loss)
        if len(x) != len(y):
            expected = _("one target for each of the {count} rows of x").format(count=len(x))
            raise wrong_value("y", expected, y)
        for name, array in {"x": x, "y": y}.items():
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        """The number of rows n."""
        return len(self.y)

    def value(self, w: Any) -> Any:
        """The mean loss over all rows: weights of shape (..., d + 1), losses of shape (...).

        Nothing warns: a loss too large for a float is infinite.
        """
        w = self._weights(w)
        flat = w.reshape(-1, w.shape[-1]).astype(np.float64)
        with np.errstate(all="ignore"):
            losses = self._squared(flat) if self.loss == "squared" else self._logistic(flat)
            return losses.astype(w.dtype).reshape(w.shape[:-1])[()]

    def gradient(self, w: Any, rows: Any = None) -> np.ndarray:
        """The mean gradient, of the shape of `w` (..., d + 1), over all rows or those that `rows` picks.

        `rows` is a slice, or a list of places from 0 to n - 1 or of n booleans; it may name a row twice.
        """
        w = self._weights(w)
        table, targets = self._rows, self._targets
        if rows is not None:
            rows = _checked_rows(rows, len(self))
            table, targets = table[rows], targets[rows]
        flat = w.reshape(-1, w.shape[-1]).astype(np.float64)
        with np.errstate(all="ignore"):
            if rows is None and self.loss == "squared":
                slopes = 2 * (flat - self._best) @ self._triangle.T @ self._triangle
            else:
                slopes = np.empty_like(flat)
                size = max(1, CHUNK // len(table))
                for a in range(0, len(flat), size):
                    slopes[a : a + size] = slope(self.loss, table, targets, flat[a : a + size].T).T
            return slopes.astype(w.dtype).reshape(w.shape)

    # -- the arithmetic ----------------------------------------------------------------------

    @cached_property
    def _rows(self) -> np.ndarray:
        """(n, d + 1): x and a column of ones, so that the bias is a weight like the others."""
        return np.column_stack([self.x, np.ones(len(self))])

    @cached_property
    def _targets(self) -> np.ndarray:
        """What `slope` compares predictions with. For "logistic" the signs s = 1 - 2 y, with which the loss
        of a row is log(1 + e^(s z)) for both classes."""
        return self.y if self.loss == "squared" else 1.0 - 2.0 * self.y

    @cached_property
    def _best(self) -> np.ndarray:
        """(d + 1,): weights w* of the lowest squared loss."""
        middle, spread = self.x.mean(axis=0), spread_of(self.x)
        spread = np.where(spread > 0, spread, 1.0)  # a constant feature says nothing
        scaled = np.column_stack([(self.x - middle) / spread, np.ones(len(self))])
        weights = np.linalg.lstsq(scaled, self.y, rcond=None)[0]
        return np.append(weights[:-1] / spread, weights[-1] - weights[:-1] @ (middle / spread))

    @cached_property
    def _lowest(self) -> float:
        """The squared loss at w*."""
        rest = self._rows @ self._best - self.y
        return float(rest @ rest) / len(self)

    @cached_property
    def _triangle(self) -> np.ndarray:
        """(d + 1, d + 1): R of a QR decomposition of the rows divided by the root of n. The squared loss at
        w is then the lowest one plus |R (w - w*)|^2, whatever the number of rows."""
        return np.asarray(np.linalg.qr(self._rows / np.sqrt(len(self)), mode="r"))

    def _squared(self, w: np.ndarray) -> np.ndarray:
        away = (w - self._best) @ self._triangle.T
        return self._lowest + (away * away).sum(axis=-1)

    def _logistic(self, w: np.ndarray) -> np.ndarray:
        """The mean over the rows of log(1 + e^t), t = s z, for each of the weights (k, d + 1).

        log(1 + e^t) = max(t, 0) + log(1 + e^-|t|), where nothing overflows. The second terms add up to
        the logarithm of a product of numbers from 1 to 2: one logarithm for many rows, which is most of
        the speed.
        """
        signed = (self._rows * self._targets[:, None]).T
        total = np.zeros(len(w))
        for first in range(0, len(self), ROWS_IN_A_PRODUCT):
            block = np.ascontiguousarray(signed[:, first : first + ROWS_IN_A_PRODUCT])
            size = max(1, CHUNK // block.shape[1])
            for a in range(0, len(w), size):
                t = w[a : a + size] @ block
                above = np.maximum(t, 0).sum(axis=1)
                np.abs(t, out=t)
                np.negative(t, out=t)
                np.exp(t, out=t)
                t += 1
                total[a : a + size] += above + np.log(t.prod(axis=1))
        return total / len(self)

    def _weights(self, w: Any) -> np.ndarray:
        width = self._rows.shape[1]
        if type(w) is np.ndarray and w.dtype.kind == "f" and w.shape[-1:] == (width,):
            return w
        expected = _("an array of {count} numbers (weights, then the bias), or of shape (..., {count})")
        expected = expected.format(count=width)
        array = array_of_numbers("w", w, expected, finite=False, empty=True)
        if array.shape[-1:] != (width,):
            raise wrong_value("w", expected, w)
        return array


def spread_of(x: np.ndarray) -> np.ndarray:
    """The standard deviation of each column; exactly zero for a constant one, which rounding may not give."""
    return np.where(np.ptp(x, axis=0) > 0, x.std(axis=0), 0.0)


def slope(loss: str, rows: np.ndarray, targets: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The mean gradient over `rows` (b, d + 1) at `w` (d + 1,) or at k of them, (d + 1, k).

    `targets` (b,) are the values y for "squared", and the signs 1 - 2 y for "logistic". Nothing is checked,
    since a descent calls this at every step; `Problem.gradient` is the same with checks.
    """
    z = rows @ w
    if w.ndim == 2:
        targets = targets[:, None]
    if loss == "squared":
        per_row = 2 * (z - targets)
    else:
        per_row = targets / (1 + np.exp(-targets * z))
    return rows.T @ per_row / len(rows)


def _checked_x(x: Any) -> np.ndarray:
    expected = _("an array of finite numbers of shape (rows, features), none above 1e100 in size")
    array = np.array(array_of_numbers("x", x, expected), dtype=np.float64)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or np.abs(array).max() > LARGEST:
        raise wrong_value("x", expected, x)
    return array


def _checked_y(y: Any, loss: str) -> np.ndarray:
    if loss == "squared":
        expected = _("an array of finite numbers of shape (rows,), none above 1e100 in size")
    else:
        expected = _("an array of shape (rows,) that holds 0 and 1 only")
    array = np.array(array_of_numbers("y", y, expected, booleans=loss == "logistic"), dtype=np.float64)
    if array.ndim != 1 or np.abs(array).max() > LARGEST:
        raise wrong_value("y", expected, y)
    if loss == "logistic" and not np.isin(array, (0.0, 1.0)).all():
        raise wrong_value("y", expected, y)
    return array


def _checked_rows(rows: Any, n: int) -> Any:
    expected = _("places of rows from 0 to {last}, at least one").format(last=n - 1)
    if isinstance(rows, slice):
        try:
            places = np.arange(n)[rows]
        except (TypeError, ValueError):
            raise wrong_type("rows", expected, rows) from None
    else:
        try:
            places = np.asarray(rows)
        except Exception:
            raise wrong_type("rows", expected, rows) from None
        if places.dtype.kind == "b" and places.shape == (n,):
            places = np.flatnonzero(places)
        elif places.size and places.dtype.kind not in "iu":
            raise wrong_type("rows", expected, rows)
    if places.ndim != 1 or places.size == 0 or places.min() < 0 or places.max() >= n:
        raise wrong_value("rows", expected, rows)
    return places
