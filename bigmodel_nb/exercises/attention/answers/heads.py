"""Answers to: one width, several heads."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

into_heads = Answers()


@into_heads.right
def reshaped_and_transposed(x, num_heads):
    n, length, _width = x.shape
    return x.reshape(n, length, num_heads, -1).transpose(0, 2, 1, 3)


@into_heads.right
def split_and_stacked(x, num_heads):
    return np.stack(np.split(x, num_heads, axis=-1), axis=1)


@into_heads.right
def sliced_head_by_head(x, num_heads):
    n, length, width = x.shape
    each = width // num_heads
    out = np.empty((n, num_heads, length, each), np.float32)
    for head in range(num_heads):
        out[:, head] = x[..., head * each : (head + 1) * each]
    return out


@into_heads.wrong("cuts the rows of tokens elsewhere")
def reshape_alone(x, num_heads):
    n, length, _width = x.shape
    return x.reshape(n, num_heads, length, -1)


@into_heads.wrong("heads stand behind the positions")
def not_transposed(x, num_heads):
    return x.reshape(*x.shape[:2], num_heads, -1)


@into_heads.wrong("like cards")
def dealt_out(x, num_heads):
    n, length, _width = x.shape
    return x.reshape(n, length, -1, num_heads).transpose(0, 3, 1, 2)


@into_heads.wrong("like cards")
def with_a_stride(x, num_heads):
    return np.stack([x[..., head::num_heads] for head in range(num_heads)], axis=1)


@into_heads.wrong("before the examples")
def heads_first(x, num_heads):
    return np.array(np.split(x, num_heads, axis=-1))


@into_heads.wrong("changed places")
def numbers_before_positions(x, num_heads):
    return x.reshape(*x.shape[:2], num_heads, -1).transpose(0, 2, 3, 1)


@into_heads.wrong("all axes around")
def turned_by_t(x, num_heads):
    return x.reshape(*x.shape[:2], num_heads, -1).T


@into_heads.wrong("Nothing is cut")
def left_alone(x, num_heads):
    return x


@into_heads.wrong("raised")
def width_not_divided(x, num_heads):
    n, length, width = x.shape
    return x.reshape(n, num_heads, length, width)
