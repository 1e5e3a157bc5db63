"""Answers to: gradient of the squared error."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

gradient = Answers()


@gradient.right
def matrix_product(X, y, w):
    return 2 / len(y) * X.T @ (X @ w - y)


@gradient.right
def mean_of_the_rows(X, y, w):
    return (2 * X * (X @ w - y)[:, None]).mean(axis=0)


@gradient.right
def example_by_example(X, y, w):
    total = [0.0] * len(w)
    for row, wanted in zip(X, y, strict=True):
        error = sum(x * weight for x, weight in zip(row, w, strict=True)) - wanted
        total = [so_far + 2 * error * x / len(X) for so_far, x in zip(total, row, strict=True)]
    return total


@gradient.right
def finite_differences(X, y, w):
    def loss(weights):
        return np.mean((X @ weights - y) ** 2)

    steps = 1e-4 * np.eye(len(w))
    return [(loss(w + step) - loss(w - step)) / 2e-4 for step in steps]


@gradient.wrong("factor 2 is missing")
def no_two(X, y, w):
    return X.T @ (X @ w - y) / len(y)


@gradient.wrong("loss is a mean")
def summed(X, y, w):
    return 2 * X.T @ (X @ w - y)


@gradient.wrong("factor 2/N is missing")
def no_factor(X, y, w):
    return X.T @ (X @ w - y)


@gradient.wrong("sign is wrong")
def y_minus_prediction(X, y, w):
    return 2 / len(y) * X.T @ (y - X @ w)


@gradient.wrong("number of weights")
def divided_by_d(X, y, w):
    return 2 / len(w) * X.T @ (X @ w - y)


@gradient.wrong("all numbers in X")
def divided_by_size(X, y, w):
    return 2 / X.size * X.T @ (X @ w - y)


@gradient.wrong("N x N")
def column_minus_row(X, y, w):
    prediction = X @ w.reshape(-1, 1)
    return 2 / len(y) * X.T @ (prediction - y)


@gradient.wrong("N x N")
def column_minus_row_then_mean(X, y, w):
    prediction = X @ w.reshape(-1, 1)
    return (2 * X.T @ (prediction - y)).mean(axis=1)


@gradient.wrong("N x N")
def row_minus_column_then_sum(X, y, w):
    error = X @ w - y.reshape(-1, 1)
    return 2 / len(y) * (X.T @ error).sum(axis=1)


@gradient.wrong("column of shape")
def column(X, y, w):
    return 2 / len(y) * X.T @ (X @ w - y).reshape(-1, 1)


@gradient.wrong("That is the loss")
def the_loss(X, y, w):
    return np.mean((X @ w - y) ** 2)


@gradient.wrong("inputs are missing")
def without_inputs(X, y, w):
    return 2 * np.mean(X @ w - y)


@gradient.wrong("One link is missing")
def for_each_prediction(X, y, w):
    return 2 * (X @ w - y) / len(y)


@gradient.wrong("absolute error")
def absolute_error(X, y, w):
    return X.T @ np.sign(X @ w - y) / len(y)


@gradient.wrong("raised ValueError")
def transposed(X, y, w):
    return 2 / len(y) * X @ (X @ w - y)


@gradient.wrong("and the factor 2 is missing")
def both_sign_and_factor(X, y, w):
    return X.T @ (y - X @ w) / len(y)
