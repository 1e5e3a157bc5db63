"""What lies near what in a table of tokens: rows that point the same way, and a plane to look at them in.

numbers, cosines = neighbors(table, row=3)      # table (V, d): a row of numbers for each token
flat = plane(table)                             # flat.points (V, 2), flat.shares of the variance
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import whole, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers


def neighbors(table: Any, row: int, count: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """The rows of `table` (V, d) that point most in the direction of `row`, which is not one of them:
    (numbers, cosines), both (at most `count`,), the largest cosine first.

    The cosine of two rows is a b / (|a| |b|): 1 for the same direction, 0 for a right angle, -1 for the
    opposite. A row of zeros has no direction; its cosines count as 0.
    """
    rows = _table(table)
    row, count = whole("row", row, 0, len(rows) - 1), whole("count", count, 1)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    cosines = np.clip(unit @ unit[row], -1, 1)
    order = np.argsort(-cosines, kind="stable")
    order = order[order != row][:count]
    return order, cosines[order]


@dataclass(frozen=True, eq=False)
class Plane:
    """`points` (V, 2): where each row falls; `shares` (2,): the parts of the variance that the two directions
    hold."""

    points: np.ndarray
    shares: np.ndarray


def plane(table: Any) -> Plane:
    """The rows of `table` (V, d), less their mean, in the two directions in which they vary most.

    K. Pearson, 1901, "On lines and planes of closest fit to systems of points in space" (principal
    components). Each direction is turned such that its largest entry is positive, so that the same table
    gives the same picture.
    """
    rows = _table(table)
    centered = rows - rows.mean(axis=0)
    left, sizes, directions = np.linalg.svd(centered, full_matrices=False)
    points, shares = np.zeros((len(rows), 2)), np.zeros(2)
    total = float((sizes**2).sum())
    for axis in range(min(2, len(sizes))):
        largest = directions[axis][np.argmax(np.abs(directions[axis]))]
        points[:, axis] = left[:, axis] * sizes[axis] * (-1.0 if largest < 0 else 1.0)
        shares[axis] = sizes[axis] ** 2 / total if total else 0.0
    return Plane(points, shares)


def _table(table: Any) -> np.ndarray:
    rows = array_of_numbers("table", table)
    if rows.ndim != 2:
        raise wrong_value("table", _("an array of shape (tokens, width)"), table)
    return rows.astype(np.float64)
