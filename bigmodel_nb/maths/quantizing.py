"""Weights in 8 bits: whole numbers from -127 to 127, and one factor for each row or column.

    whole, scale = quantized(w)                  # int8, and float32 of shape (1, columns)
    whole * scale                                # w again, to within scale / 2

A file of such weights has a quarter of the size. Rounding moves each weight by scale / 2 at most, where scale
is the largest size in its column / 127.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb.arguments import whole, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

LARGEST = 127


def quantized(w: Any, axis: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A matrix (rows, columns) -> (int8 of its shape, scale in float32); their product is nearly w.

    `axis` is the one that a factor is shared along: 0 gives each column its own, 1 each row. A column of
    zeros has the factor 1.
    """
    matrix = array_of_numbers("w", w)
    if matrix.ndim != 2:
        raise wrong_value("w", _("a matrix of finite numbers"), w)
    largest = np.abs(matrix).max(axis=whole("axis", axis, 0, 1), keepdims=True)
    scale = np.where(largest > 0, largest / LARGEST, 1.0).astype(np.float32)
    rounded = np.rint(matrix / scale).clip(-LARGEST, LARGEST)
    return rounded.astype(np.int8), scale


def dequantized(whole_numbers: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """What `quantized` took apart, in float32."""
    return whole_numbers.astype(np.float32) * np.asarray(scale, np.float32)
