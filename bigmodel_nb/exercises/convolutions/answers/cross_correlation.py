"""Answers to: a convolution by hand."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

conv2d = Answers()


def _with_loops(image, kernel, stride, rows, columns):
    h, w = kernel.shape
    out = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = image[i * stride : i * stride + h, j * stride : j * stride + w]
            out[i, j] = np.sum(window * kernel[: window.shape[0], : window.shape[1]])
    return out


def _fits(image, kernel, stride):
    return [(n - k) // stride + 1 for n, k in zip(image.shape, kernel.shape, strict=True)]


@conv2d.right
def with_loops(image, kernel, stride):
    return _with_loops(image, kernel, stride, *_fits(image, kernel, stride))


@conv2d.right
def kernel_by_kernel(image, kernel, stride):
    rows, columns = _fits(image, kernel, stride)
    out = np.zeros((rows, columns), np.float32)
    for (a, b), weight in np.ndenumerate(kernel):
        out += weight * image[a:, b:][: rows * stride : stride, : columns * stride : stride]
    return out


@conv2d.right
def windows(image, kernel, stride):
    view = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return np.tensordot(view, kernel, 2)


@conv2d.wrong("You flip the kernel")
def flipped(image, kernel, stride):
    return with_loops(image, kernel[::-1, ::-1], stride)


@conv2d.wrong("turned on its side")
def transposed(image, kernel, stride):
    return windows(image, np.ascontiguousarray(kernel.T), stride) if kernel.shape == (3, 3) else 0


@conv2d.wrong("does not fit whole")
def no_floor(image, kernel, stride):
    rows, columns = (
        int(np.ceil((n - k) / stride)) + 1 for n, k in zip(image.shape, kernel.shape, strict=True)
    )
    return _with_loops(image, kernel, stride, rows, columns)


@conv2d.wrong("over the lower and the right edge")
def one_sided_padding(image, kernel, stride):
    h, w = kernel.shape
    padded = np.pad(image, [(0, h - 1), (0, w - 1)])
    return with_loops(padded, kernel, stride)


@conv2d.wrong("no padding")
def padded_to_the_same_size(image, kernel, stride):
    h, w = kernel.shape
    padded = np.pad(image, [((h - 1) // 2, h // 2), ((w - 1) // 2, w // 2)])
    return with_loops(padded, kernel, stride)


@conv2d.wrong("The stride is ignored")
def no_stride(image, kernel, stride):
    return with_loops(image, kernel, 1)


@conv2d.wrong("one more place than steps")
def one_too_few(image, kernel, stride):
    rows, columns = _fits(image, kernel, stride)
    return _with_loops(image, kernel, stride, rows - 1, columns - 1)


@conv2d.wrong("It is their sum")
def mean_of_products(image, kernel, stride):
    return with_loops(image, kernel, stride) / kernel.size


@conv2d.wrong("pooling")
def largest_pixel(image, kernel, stride):
    view = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return view.max(axis=(2, 3))


@conv2d.wrong("raised")
def matrix_product(image, kernel, stride):
    return image @ kernel


@conv2d.wrong("return missing")
def printed(image, kernel, stride):
    repr(with_loops(image, kernel, stride))
