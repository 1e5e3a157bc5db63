"""How many floating-point operations a second this machine does at best: measured, on products of matrices.

A product of two n x n matrices takes 2 n^3 operations and reads only 2 n^2 numbers, so it keeps the
arithmetic busy as nothing else does; what a training reaches is a share of that.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from bigmodel_nb.arguments import one_of, whole
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.units import operations

TYPES = ("float32", "bfloat16", "float16")
ENOUGH = 0.05  # seconds: a product that takes so long is measured and not the call around it
LARGEST = 8192


@dataclass(frozen=True)
class Peak:
    """`flops`: operations a second; `size`: n of the matrices; `dtype`: of their numbers."""

    flops: float
    size: int
    dtype: str = "float32"

    def __str__(self) -> str:
        return _("{flops} (products of {size} x {size} matrices, {dtype}, best of several)").format(
            flops=operations(self.flops) + "/s", size=self.size, dtype=self.dtype
        )


_known: dict[str, Peak] = {}


def known_peak(dtype: str = "float32") -> Peak | None:
    """What `measured_peak` has found in this process; None before its first call."""
    return _known.get(one_of("dtype", dtype, TYPES))


def measured_peak(dtype: str = "float32", *, again: bool = False, repeats: int = 5) -> Peak:
    """Measures once in a process, in some tenths of a second; later calls get the same answer.

    Another program that computes meanwhile makes the figure too low; `again=True` measures anew and keeps
    the higher of the two.
    """
    dtype, repeats = one_of("dtype", dtype, TYPES), whole("repeats", repeats, 1)
    old = _known.get(dtype)
    if old is None or again:
        new = _measure(dtype, repeats)
        _known[dtype] = new if old is None or new.flops > old.flops else old
    return _known[dtype]


def _measure(dtype: str, repeats: int) -> Peak:
    n = 512
    seconds = _product(n, dtype, 2)
    while seconds < ENOUGH and n < LARGEST:
        n *= 2
        seconds = _product(n, dtype, 1)
    return Peak(2.0 * n**3 / min(seconds, _product(n, dtype, repeats)), n, dtype)


def _product(n: int, dtype: str, repeats: int) -> float:
    """Seconds for the product of two n x n matrices: the best of `repeats`, after one that does not count."""
    from keras import ops

    matrix: Any = ops.full((n, n), 0.5, dtype=dtype)
    best = float("inf")
    for _repeat in range(repeats + 1):
        start = time.perf_counter()
        product = ops.matmul(matrix, matrix)
        ops.convert_to_numpy(product[0, 0])  # waits for a device that computes on its own
        if _repeat:
            best = min(best, time.perf_counter() - start)
    return best
