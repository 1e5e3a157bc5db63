"""Answers to: how large is the output?"""

from __future__ import annotations

import math

from bigmodel_nb.exercises.answers import Answers

output_size = Answers()


def _of(n, kernel, stride, padding, dilation):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


@output_size.right
def by_formula(n, kernel, stride, padding, dilation):
    return _of(n, kernel, stride, padding, dilation)


@output_size.right
def by_counting(n, kernel, stride, padding, dilation):
    last = n + 2 * padding - dilation * (kernel - 1)
    return sum(1 for _place in range(0, last, stride))


@output_size.right
def with_floor(n, kernel, stride, padding, dilation):
    return math.floor((n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1)


@output_size.wrong("dilation is missing")
def no_dilation(n, kernel, stride, padding, dilation):
    return _of(n, kernel, stride, padding, 1)


@output_size.wrong("k - 1 gaps")
def k_gaps(n, kernel, stride, padding, dilation):
    return (
        (n + 2 * padding - dilation * kernel) // stride + 1
        if dilation > 1
        else _of(n, kernel, stride, padding, 1)
    )


@output_size.wrong("no half places")
def not_rounded(n, kernel, stride, padding, dilation):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1


@output_size.wrong("You round up")
def rounded_up(n, kernel, stride, padding, dilation):
    return math.ceil((n + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1


@output_size.wrong("one more place than steps")
def steps(n, kernel, stride, padding, dilation):
    return _of(n, kernel, stride, padding, dilation) - 1


@output_size.wrong("both ends")
def padded_once(n, kernel, stride, padding, dilation):
    return (n + padding - dilation * (kernel - 1) - 1) // stride + 1


@output_size.wrong("padding is missing")
def not_padded(n, kernel, stride, padding, dilation):
    return _of(n, kernel, stride, 0, dilation)


@output_size.wrong("stride is missing")
def no_stride(n, kernel, stride, padding, dilation):
    return _of(n, kernel, 1, padding, dilation)


@output_size.wrong("kernel is missing")
def no_kernel(n, kernel, stride, padding, dilation):
    return (n + 2 * padding) // stride


@output_size.wrong("not made of numbers")
def in_words(n, kernel, stride, padding, dilation):
    return "half"
