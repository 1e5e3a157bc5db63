"""Chapter 4: what a convolutional layer computes, written out."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _


def correlate(image: np.ndarray, kernel: np.ndarray, stride: int = 1) -> np.ndarray:
    """The answer: sums of products where the whole kernel fits, every `stride` pixels."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return np.einsum("ijab,ab->ij", windows, kernel)


def _try_conv2d(conv2d: ReaderFunction, rng: np.random.Generator) -> str:
    for shape, kernel, stride in (
        ((5, 5), (3, 3), 1),
        ((6, 7), (3, 3), 2),  # the last rows do not hold a whole window: floor
        ((5, 8), (2, 3), 3),
        ((4, 4), (1, 1), 1),
    ):
        conv2d.try_case(telling(partial(_case, rng, shape, kernel, stride)))
    return _(
        "That is all that a convolutional layer computes, for one channel and one filter. Keras's `Conv2D` "
        "does it for all channels and filters at once, and calls it a convolution."
    )


def _case(rng: np.random.Generator, shape: tuple[int, int], size: tuple[int, int], stride: int) -> Case:
    image, kernel = inputs.numbers(rng, *shape), inputs.numbers(rng, *size)
    right = correlate(image, kernel, stride)
    suspects = []
    if kernel.size > 1:
        turned = correlate(image, kernel[::-1, ::-1], stride)
        suspects += [
            Suspect(
                turned,
                _(
                    "You flip the kernel. That is the convolution of mathematics; a layer does not flip: the "
                    "kernel's first entry meets the window's first pixel."
                ),
            ),
            Suspect(
                correlate(image, kernel, stride) / kernel.size,
                _("You take the mean of the products. It is their sum."),
            ),
            Suspect(
                np.lib.stride_tricks.sliding_window_view(image, kernel.shape)[::stride, ::stride].max((2, 3)),
                _("That is the largest pixel of each window: pooling. Multiply by the kernel and add up."),
            ),
        ]
        suspects += [
            Suspect(
                correlate(
                    np.pad(image, [((entries - 1) // 2, entries // 2) for entries in size]), kernel, stride
                ),
                _("You pad the image with zeros. This exercise asks for no padding: the output is smaller."),
            ),
        ]
    if size[0] == size[1] and size[0] > 1:
        suspects.append(
            Suspect(
                correlate(image, kernel.T, stride),
                _("Your kernel is turned on its side: rows first, then columns."),
            )
        )
    if stride > 1:
        suspects.append(
            Suspect(
                correlate(image, kernel),
                _("The stride is ignored: the window moves `stride` pixels at a time."),
            )
        )
        ceiling = tuple(-(-(n - k) // stride) + 1 for n, k in zip(shape, size, strict=True))
        short = tuple((n - k) // stride for n, k in zip(shape, size, strict=True))
        rows, columns = ceiling
        wide = np.pad(image, [(0, stride), (0, stride)])
        suspects += [
            Suspect(
                correlate(wide, kernel, stride)[:rows, :columns],
                _("Your output is too large: the last window does not fit whole. Round down, with //."),
            ),
            Suspect(
                right[: short[0], : short[1]],
                _("The last row and column of outputs are missing: there is one more place than steps."),
            ),
        ]
    else:
        suspects.append(
            Suspect(
                right[:-1, :-1],
                _("The last row and column of outputs are missing: there is one more place than steps."),
            )
        )
    if stride == 1 and kernel.size > 1:  # with a stride it looks like rounding up
        padded = np.pad(image, [(0, entries - 1) for entries in size])
        suspects.append(
            Suspect(
                correlate(padded, kernel, stride),
                _(
                    "Your kernel runs over the lower and the right edge, where it meets zeros. Stop where "
                    "the whole kernel fits."
                ),
            )
        )
    return Case({"image": image, "kernel": kernel, "stride": stride}, right, suspects)


conv2d = Exercise(
    key="04/conv2d",
    handle="convolutions.conv2d",
    title=_("A convolution by hand"),
    kind=_("write"),
    words=_(
        "`image` has shape (height, width), `kernel` (h, w). Put the kernel on the image wherever all of it "
        "fits, every `stride` pixels, and return the sum of products at each place, as a layer computes it: "
        "the kernel is not flipped, nothing is padded, and what is left over at the lower and right edge is "
        "not seen."
    ),
    signature="conv2d(image, kernel, stride)",
    template='''
def conv2d(image, kernel, stride):
    """The sums of products (rows, columns) of kernel (h, w) with each window of image."""
    h, w = kernel.shape
    rows = ...
    columns = ...
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            out[i, j] = ...
    return out
''',
    hints=(
        _("At which row does the window of output i begin, and how many rows does it have?"),
        _(
            "The window of output (i, j) is `image[i * stride : i * stride + h, ...]`. The last one must end "
            "within the image: so many steps fit, rounded down, and there is one more place than steps."
        ),
        _("`rows = (image.shape[0] - h) // stride + 1`; `out[i, j] = np.sum(window * kernel)`"),
    ),
    ours='''
def conv2d(image, kernel, stride):
    """The sums of products (rows, columns) of kernel (h, w) with each window of image."""
    h, w = kernel.shape
    rows = (image.shape[0] - h) // stride + 1
    columns = (image.shape[1] - w) // stride + 1
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            out[i, j] = np.sum(image[top : top + h, left : left + w] * kernel)
    return out
''',
    trial=_try_conv2d,
    answers="bigmodel_nb.exercises.convolutions.answers.cross_correlation:conv2d",
)
