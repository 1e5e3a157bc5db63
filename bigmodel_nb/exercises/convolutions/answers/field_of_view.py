"""Answers to: how much does a unit see?"""

from __future__ import annotations

import math

from bigmodel_nb.exercises.answers import Answers

receptive_field = Answers()


@receptive_field.right
def from_below(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return field


@receptive_field.right
def from_above(layers):
    field = 1
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return field


@receptive_field.wrong("strides are ignored")
def no_strides(layers):
    return 1 + sum(kernel - 1 for kernel, _stride in layers)


@receptive_field.wrong("own stride")
def own_stride_first(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        field += (kernel - 1) * step
    return field


@receptive_field.wrong("Windows overlap")
def kernels_added(layers):
    return sum(kernel for kernel, _stride in layers)


@receptive_field.wrong("Windows overlap")
def whole_kernels(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += kernel * step
        step *= stride
    return field


@receptive_field.wrong("Kernels do not multiply")
def kernels_multiplied(layers):
    return math.prod(kernel for kernel, _stride in layers)


@receptive_field.wrong("Begin with one pixel")
def from_nothing(layers):
    return from_below(layers) - 1


@receptive_field.wrong("last layer")
def upside_down(layers):
    return from_below(layers[::-1])


@receptive_field.wrong("Strides multiply")
def strides_added(layers):
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step += stride - 1
    return field


@receptive_field.wrong("return missing")
def printed(layers):
    repr(from_below(layers))
