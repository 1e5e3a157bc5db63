"""One kernel moved over one picture, and everything that can be asked about it.

    result = apply_kernel(image, KERNELS["edges"], stride=2, padding="same")
    result.output.shape                     # what came out
    result.at((3, 5)).pixels                # what the kernel saw for the output in row 3, column 5

The products and sums are those of `maths.convolution`; here is one gray picture and one kernel.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb.arguments import one_of, whole, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.convolution import (
    POOLS,
    Pair,
    Window,
    cross_correlate,
    output_size,
    padding_of,
    pool,
    window_at,
)
from bigmodel_nb.maths.kernels import checked_kernel
from bigmodel_nb.maths.knobs import truth

POOLINGS = ("none", *POOLS)


@dataclass(frozen=True, eq=False)
class Filtered:
    """What a kernel makes of a picture. `kernel` is what is multiplied: with `flip` the given one turned by
    half a turn. `output` (H', W'); `pooled` (H'', W''), or None without pooling."""

    image: np.ndarray = field(repr=False)
    kernel: np.ndarray = field(repr=False)
    output: np.ndarray = field(repr=False)
    pooled: np.ndarray | None = field(repr=False)
    stride: int = 1
    padding: str | int = "valid"
    dilation: int = 1
    flip: bool = False
    pooling: str = "none"
    pool_size: int = 2

    @property
    def pads(self) -> tuple[Pair, Pair]:
        """Zeros above and below, left and right."""
        above, left = (
            padding_of(size, entries, self.stride, self.padding, self.dilation)
            for size, entries in zip(self.image.shape, self.kernel.shape, strict=True)
        )
        return above, left

    @property
    def spans(self) -> Pair:
        """Pixels from the first to the last that the kernel looks at, along both axes."""
        height, width = (self.dilation * (entries - 1) + 1 for entries in self.kernel.shape)
        return height, width

    def at(self, position: Pair) -> Window:
        """The window of one output."""
        return window_at(
            self.image,
            self.kernel.shape,
            position,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
        )

    def pooled_at(self, position: Pair) -> Pair | None:
        """Which pooled number has this output in its window; None where that was left over at the end."""
        if self.pooled is None:
            return None
        row, column = (place // self.pool_size for place in position)
        return (row, column) if row < self.pooled.shape[0] and column < self.pooled.shape[1] else None


def apply_kernel(
    image: Any,
    kernel: Any,
    *,
    stride: int = 1,
    padding: str | int = "valid",
    dilation: int = 1,
    flip: bool = False,
    pooling: str = "none",
    pool_size: int = 2,
) -> Filtered:
    """Moves `kernel` (height, width, up to 7 x 7) over `image` (height, width).

    `flip` turns the kernel by half a turn first: the convolution of mathematics. Without it, the
    cross-correlation that deep learning calls one. `pooling` of the output: "none", "max" or "average", in
    windows of `pool_size` that do not overlap. Raises a ValueError where kernel or pooling fit nowhere.
    """
    expected = _("an array of finite numbers of shape (height, width)")
    pixels = array_of_numbers("image", image, expected)
    if pixels.ndim != 2:
        raise wrong_value("image", expected, image)
    numbers = checked_kernel("kernel", kernel)
    stride, dilation = whole("stride", stride, 1), whole("dilation", dilation, 1)
    flip = truth("flip", flip)
    one_of("pooling", pooling, POOLINGS)
    pool_size = whole("pool_size", pool_size, 1)
    used = numbers[::-1, ::-1] if flip else numbers
    sizes = []
    for size, entries, axis in zip(pixels.shape, used.shape, (_("height"), _("width")), strict=True):
        sizes.append(output_size(size, entries, stride, padding, dilation))
        if not sizes[-1]:
            raise ValueError(
                _(
                    "The kernel spans {span} pixels and does not fit into the {axis} of {size} once: "
                    "take a smaller kernel, less dilation or more padding"
                ).format(span=dilation * (entries - 1) + 1, axis=axis, size=size)
            )
    output = cross_correlate(
        pixels[None, :, :, None], used[:, :, None, None], stride=stride, padding=padding, dilation=dilation
    )[0, :, :, 0]
    pooled = None
    if pooling != "none":
        if min(sizes) < pool_size:
            wanted = _("at most {size}, the smaller side of the output").format(size=min(sizes))
            raise wrong_value("pool_size", wanted, pool_size)
        pooled = pool(output[None, :, :, None], pool_size, kind=pooling)[0, :, :, 0]
    return Filtered(pixels, used, output, pooled, stride, padding, dilation, flip, pooling, pool_size)


def size_formula(size: int, kernel: int, stride: int, padding: str | int, dilation: int) -> str:
    """How the output size comes about, in numbers: "floor((28 - 3) / 2) + 1 = 13"."""
    made = output_size(size, kernel, stride, padding, dilation)
    if padding == "same":
        return f"ceil({size} / {stride}) = {made}"
    zeros = f" + 2·{padding}" if padding != "valid" and padding else ""
    span = f"{dilation}·({kernel} - 1) - 1" if dilation > 1 else f"{kernel}"
    return f"floor(({size}{zeros} - {span}) / {stride}) + 1 = {made}"
