"""Answers to: a dense layer for a batch."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

dense = Answers()


@dense.right
def one_line(x, W, b):
    return x @ W + b


@dense.right
def einsum(x, W, b):
    return np.einsum("ni,iu->nu", x, W) + b[None, :]


@dense.right
def with_loops(x, W, b):
    return [[sum(row * column) + bias for column, bias in zip(W.T, b, strict=True)] for row in x]


@dense.right
def columns_turned_back(x, W, b):
    return (W.T @ x.T + b[:, None]).T


@dense.wrong("W @ x mixes the examples")
def W_times_x(x, W, b):
    return W @ x + b


@dense.wrong("W @ x mixes the examples")
def mathematics_books(x, W, b):
    return W @ x + b[:, None]


@dense.wrong("W is turned on its side")
def PyTorchs_weights(x, W, b):
    return x @ W.T + b


@dense.wrong("A bias belongs to a unit")
def bias_on_the_wrong_axis(x, W, b):
    return x @ W + b[:, None]


@dense.wrong("rows are examples")
def units_in_rows(x, W, b):
    return W.T @ x.T + b[:, None]


@dense.wrong("bias is missing")
def no_bias(x, W, b):
    return x @ W


@dense.wrong("bias is taken away")
def bias_as_threshold(x, W, b):
    return x @ W - b


@dense.wrong("sum of all biases")
def biases_summed(x, W, b):
    return x @ W + np.sum(b)


@dense.wrong("first bias")
def one_bias(x, W, b):
    return x @ W + b[0]


@dense.wrong("added to the inputs")
def bias_before_the_product(x, W, b):
    return (x + b) @ W


@dense.wrong("entry by entry")
def stars(x, W, b):
    return x * W + b


@dense.wrong("asks for none")
def with_relu(x, W, b):
    return np.maximum(x @ W + b, 0)


@dense.wrong("asks for none")
def with_tanh(x, W, b):
    return np.tanh(x @ W + b)


@dense.wrong("in place")
def adds_in_place(x, W, b):
    b += x[0] @ W
    return x @ W + b


@dense.wrong("shape")
def first_example_only(x, W, b):
    return x[0] @ W + b


@dense.wrong("return missing")
def printed(x, W, b):
    repr(x @ W + b)
