"""Kernels that were made by hand, long before networks learned theirs.

    KERNELS["sharpen"]                      # an array of shape (3, 3)
    response_of_flat(KERNELS["edges"])      # 0.0: where nothing changes, it answers nothing

A kernel whose numbers sum to 1 keeps the brightness of a flat region, one that sums to 0 answers only where
brightness changes. R. C. Gonzalez, R. E. Woods, 2018, "Digital image processing", chapter 3; I. Sobel, G.
Feldman, 1968, "A 3x3 isotropic gradient operator for image processing".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

LARGEST_KERNEL = 7


def _fixed(rows: Any, divisor: float = 1.0) -> np.ndarray:
    kernel = np.array(rows, dtype=np.float64) / divisor
    kernel.flags.writeable = False
    return kernel


KERNELS = {
    "identity": _fixed([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "blur": _fixed(np.ones((3, 3)), 9),
    "Gaussian blur": _fixed(np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]), 256),
    "sharpen": _fixed([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "edges": _fixed([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    "emboss": _fixed([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]),
    "Sobel, vertical edges": _fixed([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "Sobel, horizontal edges": _fixed([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "Laplacian": _fixed([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
}


def checked_kernel(name: str, kernel: Any) -> np.ndarray:
    """`kernel` as an array (height, width) of finite numbers, each side from 1 to 7."""
    expected = _("an array of finite numbers of shape (height, width), from 1 to {most} each").format(
        most=LARGEST_KERNEL
    )
    array = array_of_numbers(name, kernel, expected).astype(np.float64)
    if array.ndim != 2 or max(array.shape) > LARGEST_KERNEL or np.abs(array).max() > 1e9:
        raise wrong_value(name, expected, kernel)
    return array


def response_of_flat(kernel: Any) -> float:
    """The sum of the kernel's numbers: what it makes of a region in which every pixel is 1."""
    return float(checked_kernel("kernel", kernel).sum())


def resized(kernel: np.ndarray, height: int, width: int) -> np.ndarray:
    """The middle of a kernel in another size: cut, or with zeros around it."""
    made = np.zeros((height, width))
    sizes, rooms = kernel.shape, (height, width)
    common = [min(size, room) for size, room in zip(sizes, rooms, strict=True)]
    source = tuple(
        slice((size - part) // 2, (size - part) // 2 + part) for size, part in zip(sizes, common, strict=True)
    )
    target = tuple(
        slice((room - part) // 2, (room - part) // 2 + part) for room, part in zip(rooms, common, strict=True)
    )
    made[target] = kernel[source]
    return made
