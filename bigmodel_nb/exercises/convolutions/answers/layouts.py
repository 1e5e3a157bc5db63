"""Answers to: from PyTorch's order to Keras's."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

to_keras = Answers()


@to_keras.right
def transposed(images, kernel):
    return images.transpose(0, 2, 3, 1), kernel.transpose(2, 3, 1, 0)


@to_keras.right
def moved_one_by_one(images, kernel):
    return [np.moveaxis(images, 1, -1), np.moveaxis(np.moveaxis(kernel, 0, -1), 0, -2)]


@to_keras.right
def einsum(images, kernel):
    return np.einsum("nchw->nhwc", images), np.einsum("fcab->abcf", kernel)


def _wrong(phrase, images_by, kernel_by, name):
    def answer(images, kernel):
        return images_by(images), kernel_by(kernel)

    to_keras.wrong_value(name, answer, phrase)


def _images(images):
    return images.transpose(0, 2, 3, 1)


def _kernel(kernel):
    return kernel.transpose(2, 3, 1, 0)


_wrong(
    "keeps the numbers in their row",
    lambda images: images.reshape(len(images), *images.shape[2:], -1),
    _kernel,
    "pictures reshaped",
)
_wrong("lie on their side", lambda images: images.transpose(0, 3, 2, 1), _kernel, "width before height")
_wrong("turns all axes around", lambda images: images.T, _kernel, "T of the pictures")
_wrong("as they came", lambda images: images, _kernel, "pictures left alone")
_wrong(
    "loads without an error",
    _images,
    lambda kernel: kernel.reshape(*kernel.shape[2:], kernel.shape[1], kernel.shape[0]),
    "kernel reshaped",
)
_wrong("kernel have changed places", _images, lambda kernel: kernel.T, "T of the kernel")
_wrong(
    "not ordered like pictures", _images, lambda kernel: kernel.transpose(0, 2, 3, 1), "kernel as pictures"
)
_wrong(
    "Channels and filters", _images, lambda kernel: kernel.transpose(2, 3, 0, 1), "filters before channels"
)
_wrong("must not be flipped", _images, lambda kernel: _kernel(kernel)[::-1, ::-1], "kernel flipped")
_wrong("filters first", _images, lambda kernel: kernel, "kernel left alone")


@to_keras.wrong("return 2 things")
def pictures_only(images, kernel):
    return np.float64(0)
