"""What a convolutional layer computes: a small kernel moved over a picture, a sum of products at each place.

    cross_correlate(images, kernel, stride=2, padding="same")
    output_size(28, kernel=3, stride=2)                       # 13
    pool(images, 2)                                           # the largest number of each 2 x 2 pixels

Images are (n, height, width, channels), kernels (height, width, channels, filters): Keras's order. At the
output position (i, j), filter f,

    output[i, j, f] = bias[f] + sum over a, b, c of image[i s + a d, j s + b d, c] kernel[a, b, c, f]

with stride s and dilation d, the image padded first. This is a cross-correlation; every deep-learning
library calls it a convolution. `convolve` is the mathematician's, with the kernel turned by half a turn.
Y. LeCun and others, 1989, "Backpropagation applied to handwritten zip code recognition"; on padding, stride
and dilation V. Dumoulin, F. Visin, 2016, "A guide to convolution arithmetic for deep learning".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb.arguments import one_of, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

PADDINGS = ("valid", "same")
POOLS = ("max", "average")

Pair = tuple[int, int]


def output_size(
    size: int, kernel: int, stride: int = 1, padding: str | int = "valid", dilation: int = 1
) -> int:
    """How many outputs a kernel gives along an axis of `size` pixels; 0 where it does not fit once.

    The kernel spans dilation x (kernel - 1) + 1 pixels. padding "valid" adds nothing, "same" as much as gives
    ceil(size / stride) outputs, and a whole number adds that many zeros at both ends:

        floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1
    """
    size, kernel = whole("size", size, 1), whole("kernel", kernel, 1)
    stride, dilation = whole("stride", stride, 1), whole("dilation", dilation, 1)
    if padding == "same":
        return -(-size // stride)
    extra = 2 * _checked_padding(padding) if padding != "valid" else 0
    return max((size + extra - dilation * (kernel - 1) - 1) // stride + 1, 0)


def padding_of(
    size: int, kernel: int, stride: int = 1, padding: str | int = "valid", dilation: int = 1
) -> tuple[int, int]:
    """How many zeros are put before and after an axis of `size` pixels; arguments as in `output_size`."""
    size, kernel = whole("size", size, 1), whole("kernel", kernel, 1)
    stride, dilation = whole("stride", stride, 1), whole("dilation", dilation, 1)
    return _padding((size, 1), (kernel, 1), (stride, 1), padding, (dilation, 1))[0]


@dataclass(frozen=True, eq=False)
class Window:
    """What the kernel sees at one place: `pixels` (h, w), zeros where the image has been padded, and the
    `rows` (h,) and `columns` (w,) of the image that they come from; negative or beyond it is padding."""

    pixels: np.ndarray = field(repr=False)
    rows: np.ndarray
    columns: np.ndarray


def window_at(
    image: Any,
    kernel: Pair,
    position: Pair,
    *,
    stride: int | Pair = 1,
    padding: str | int | Pair = "valid",
    dilation: int | Pair = 1,
) -> Window:
    """The window of `image` (height, width) that a kernel of size `kernel` sees at the output `position`.

    The sum of its pixels times the kernel is that output of `cross_correlate`.
    """
    expected = _("an array of finite numbers of shape (height, width)")
    pixels = array_of_numbers("image", image, expected)
    if pixels.ndim != 2:
        raise wrong_value("image", expected, image)
    sizes, steps, gaps = _pair("kernel", kernel), _pair("stride", stride), _pair("dilation", dilation)
    pads = _padding(pixels.shape, sizes, steps, padding, gaps)
    places = []
    for size, entries, step, gap, pad, at in zip(
        pixels.shape, sizes, steps, gaps, pads, position, strict=True
    ):
        most = (size + sum(pad) - gap * (entries - 1) - 1) // step
        at = whole("position", at, 0, max(most, 0))
        places.append(at * step - pad[0] + gap * np.arange(entries))
    rows, columns = places
    inside = ((rows >= 0) & (rows < pixels.shape[0]))[:, None] & (columns >= 0) & (columns < pixels.shape[1])
    found = pixels[np.ix_(rows.clip(0, pixels.shape[0] - 1), columns.clip(0, pixels.shape[1] - 1))]
    return Window(np.where(inside, found, 0.0), rows, columns)


def receptive_field(layers: Iterable[tuple[int, ...]]) -> int:
    """How many input pixels along an axis one output of a stack of layers can see.

    `layers` are (kernel, stride) or (kernel, stride, dilation) from the input up; a pooling layer counts as
    any other. A layer widens the field by dilation x (kernel - 1) steps, and a step of it is as long as the
    product of all strides below it.
    """
    expected = _("a list of (kernel, stride) or (kernel, stride, dilation), one for each layer")
    field = step = 1
    try:
        rows = [tuple(layer) for layer in layers]
    except TypeError:
        raise wrong_type("layers", expected, layers) from None
    for row in rows:
        if not 2 <= len(row) <= 3:
            raise wrong_value("layers", expected, row)
        kernel, stride, dilation = (whole("layers", entry, 1) for entry in (*row, 1)[:3])
        field += dilation * (kernel - 1) * step
        step *= stride
    return field


def cross_correlate(
    images: Any,
    kernel: Any,
    bias: Any = None,
    *,
    stride: int | Pair = 1,
    padding: str | int | Pair = "valid",
    dilation: int | Pair = 1,
) -> np.ndarray:
    """images (n, H, W, channels), kernel (h, w, channels, filters), bias (filters,) -> (n, H', W', filters).

    Equals Keras's `Conv2D`. "same" pads with zeros, as evenly as it goes; where their number is odd, the
    one more is at the bottom and at the right. A whole number or a pair pads that many on each side.
    """
    images, kernel = _checked_images(images), _checked_kernel(kernel, images)
    filters = kernel.shape[3]
    # (n, H', W', channels, h, w), a view; the sum over the last three is the output
    windows = _windows(
        images, kernel.shape[:2], _pair("stride", stride), padding, _pair("dilation", dilation)
    )
    outputs = np.tensordot(windows, kernel, axes=((4, 5, 3), (0, 1, 2)))
    if bias is None:
        return outputs
    expected = _("an array of finite numbers of shape ({filters},)").format(filters=filters)
    offsets = array_of_numbers("bias", bias, expected)
    if offsets.shape != (filters,):
        raise wrong_value("bias", expected, bias)
    return outputs + offsets


def convolve(images: Any, kernel: Any, **options: Any) -> np.ndarray:
    """The convolution of mathematics: `cross_correlate` with the kernel flipped along both axes.

    Learned kernels make the difference one of bookkeeping, a given kernel does not: an edge detector turns
    dark-to-bright into bright-to-dark.
    """
    images = _checked_images(images)
    return cross_correlate(images, _checked_kernel(kernel, images)[::-1, ::-1], **options)


def cross_correlate_gradients(
    images: Any,
    kernel: Any,
    slopes: Any,
    *,
    stride: int | Pair = 1,
    padding: str | int | Pair = "valid",
    dilation: int | Pair = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How a loss changes with the images, the kernel and the bias, given its `slopes` (n, H', W', filters)
    for the outputs of `cross_correlate`. Shapes: those of images, of kernel, (filters,)."""
    images, kernel = _checked_images(images), _checked_kernel(kernel, images)
    steps, gaps = _pair("stride", stride), _pair("dilation", dilation)
    windows = _windows(images, kernel.shape[:2], steps, padding, gaps)
    expected = _("an array of finite numbers of shape {shape}").format(
        shape=(*windows.shape[:3], kernel.shape[3])
    )
    slopes = array_of_numbers("slopes", slopes, expected)
    if slopes.shape != (*windows.shape[:3], kernel.shape[3]):
        raise wrong_value("slopes", expected, slopes)

    for_kernel = np.tensordot(windows, slopes, axes=((0, 1, 2), (0, 1, 2)))  # (channels, h, w, filters)
    pads = _padding(images.shape[1:3], kernel.shape[:2], steps, padding, gaps)
    (above, below), (left, right) = pads
    n, height, width, channels = images.shape
    padded = np.zeros((n, above + height + below, left + width + right, channels), slopes.dtype)
    down, across = (count * step for count, step in zip(slopes.shape[1:3], steps, strict=True))
    for a, b in np.ndindex(kernel.shape[:2]):  # each entry of the kernel saw one pixel of every window
        top, start = a * gaps[0], b * gaps[1]
        rows, columns = slice(top, top + down, steps[0]), slice(start, start + across, steps[1])
        padded[:, rows, columns] += slopes @ kernel[a, b].T
    for_images = padded[:, above : above + height, left : left + width]
    return for_images, for_kernel.transpose(1, 2, 0, 3), slopes.sum(axis=(0, 1, 2))


def pool(
    images: Any,
    size: int | Pair = 2,
    *,
    stride: int | Pair | None = None,
    padding: str | int | Pair = "valid",
    kind: str = "max",
) -> np.ndarray:
    """The largest number ("max") or the mean ("average") of each window: (n, H, W, c) -> (n, H', W', c).

    `stride` is `size` by default, so windows do not overlap. Equals Keras's `MaxPooling2D` and
    `AveragePooling2D`: what "same" pads takes no part in either.
    """
    images = _checked_images(images)
    one_of("kind", kind, POOLS)
    window = _pair("size", size)
    steps = window if stride is None else _pair("stride", stride)
    pads = _padding(images.shape[1:3], window, steps, padding, (1, 1))
    if any(max(pair) >= entries for pair, entries in zip(pads, window, strict=True)):
        raise wrong_value("padding", _("smaller than the windows, {size}").format(size=window), padding)
    if kind == "max":
        return _windows(images, window, steps, padding, (1, 1), fill=-np.inf).max(axis=(4, 5))
    totals = _windows(images, window, steps, padding, (1, 1)).sum(axis=(4, 5))
    there = np.ones_like(images[:1, :, :, :1])
    return totals / _windows(there, window, steps, padding, (1, 1)).sum(axis=(4, 5))


# -- windows and their padding ------------------------------------------------------------------


def _windows(
    images: np.ndarray, kernel: Pair, stride: Pair, padding: Any, dilation: Pair, fill: float = 0.0
) -> np.ndarray:
    """What the kernel sees at each output position: (n, H', W', channels, h, w), a view of padded images."""
    pads = _padding(images.shape[1:3], kernel, stride, padding, dilation)
    padded = np.pad(images, ((0, 0), *pads, (0, 0)), constant_values=fill)
    spans = tuple(gap * (entries - 1) + 1 for entries, gap in zip(kernel, dilation, strict=True))
    for axis, (pixels, span) in enumerate(zip(padded.shape[1:3], spans, strict=True)):
        if span > pixels:
            raise ValueError(
                _(
                    "the kernel spans {span} pixels along the {axis}, and the padded image has {pixels}"
                ).format(span=span, axis=(_("height"), _("width"))[axis], pixels=pixels)
            )
    windows = np.lib.stride_tricks.sliding_window_view(padded, spans, axis=(1, 2))
    return windows[:, :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]


def _padding(sizes: Pair, kernel: Pair, stride: Pair, padding: Any, dilation: Pair) -> tuple[Pair, Pair]:
    """How many pixels are added before and after, along each axis."""
    if isinstance(padding, str):
        one_of("padding", padding, PADDINGS)
        if padding == "valid":
            return (0, 0), (0, 0)
        pairs = []
        for size, entries, step, gap in zip(sizes, kernel, stride, dilation, strict=True):
            missing = (-(-size // step) - 1) * step + gap * (entries - 1) + 1 - size
            pairs.append((max(missing, 0) // 2, (max(missing, 0) + 1) // 2))
        return pairs[0], pairs[1]
    above, left = padding if isinstance(padding, tuple) and len(padding) == 2 else (padding, padding)
    return (_checked_padding(above),) * 2, (_checked_padding(left),) * 2


def _checked_padding(padding: Any) -> int:
    if isinstance(padding, str):
        one_of("padding", padding, PADDINGS)
    return whole("padding", padding, 0)


def _pair(name: str, value: Any) -> Pair:
    """One whole number for both axes, or one for each."""
    both = value if isinstance(value, (tuple, list)) else (value, value)
    if len(both) != 2:
        raise wrong_value(name, _("a whole number of 1 or more, or two of them"), value)
    return whole(name, both[0], 1), whole(name, both[1], 1)


def _checked_images(images: Any) -> np.ndarray:
    expected = _("an array of finite numbers of shape (n, height, width, channels)")
    array = array_of_numbers("images", images, expected)
    if array.ndim != 4:
        raise wrong_value("images", expected, images)
    return array


def _checked_kernel(kernel: Any, images: np.ndarray) -> np.ndarray:
    expected = _("an array of finite numbers of shape (height, width, {channels}, filters)").format(
        channels=images.shape[3]
    )
    array = array_of_numbers("kernel", kernel, expected)
    if array.ndim != 4 or array.shape[2] != images.shape[3]:
        raise wrong_value("kernel", expected, kernel)
    return array
