"""Answers to: ridge regression."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

ridge = Answers()


def _solve(X, y, price):
    return np.linalg.solve(X.T @ X + price * np.eye(X.shape[1]), X.T @ y)


def _centered(X, y, price):
    w = _solve(X - X.mean(axis=0), y - y.mean(), price)
    return w, y.mean() - X.mean(axis=0) @ w


@ridge.right
def means_taken_out(X, y, l2):
    return _centered(X, y, len(X) * l2)


@ridge.right
def rows_added_for_the_price(X, y, l2):
    n, d = X.shape
    rows = np.vstack(
        [np.column_stack([X, np.ones(n)]), np.column_stack([np.sqrt(n * l2) * np.eye(d), np.zeros(d)])]
    )
    solution = np.linalg.lstsq(rows, np.append(y, np.zeros(d)), rcond=None)[0]
    return solution[:-1], solution[-1]


@ridge.right
def column_of_ones_that_pays_nothing(X, y, l2):
    n, d = X.shape
    ones = np.column_stack([np.ones(n), X])
    free = np.eye(d + 1)
    free[0, 0] = 0
    solution = np.linalg.solve(ones.T @ ones / n + l2 * free, ones.T @ y / n)
    return solution[1:].tolist(), float(solution[0])


@ridge.wrong("N is lost")
def price_of_a_sum(X, y, l2):
    return _centered(X, y, l2)


@ridge.wrong("half of what is asked")
def half_the_price(X, y, l2):
    return _centered(X, y, len(X) * l2 / 2)


@ridge.wrong("twice what is asked")
def twice_the_price(X, y, l2):
    return _centered(X, y, 2 * len(X) * l2)


@ridge.wrong("You divide l2 by N")
def divided_by_n(X, y, l2):
    return _centered(X, y, l2 / len(X))


@ridge.wrong("The bias pays the price, too. Leave")
def bias_pays(X, y, l2):
    solution = _solve(np.column_stack([X, np.ones(len(X))]), y, len(X) * l2)
    return solution[:-1], solution[-1]


@ridge.wrong("and N is lost")
def bias_pays_and_n_is_lost(X, y, l2):
    solution = _solve(np.column_stack([X, np.ones(len(X))]), y, l2)
    return solution[:-1], solution[-1]


@ridge.wrong("There is no bias")
def no_bias(X, y, l2):
    return _solve(X, y, len(X) * l2), 0.0


@ridge.wrong("b is missing")
def bias_forgotten(X, y, l2):
    return _centered(X, y, len(X) * l2)[0], 0.0


@ridge.wrong("mean of y alone")
def bias_is_the_mean(X, y, l2):
    return _centered(X, y, len(X) * l2)[0], y.mean()


@ridge.wrong("with their means in")
def means_left_in(X, y, l2):
    w = _solve(X, y, len(X) * l2)
    return w, y.mean() - X.mean(axis=0) @ w


@ridge.wrong("return 2 things")
def weights_alone(X, y, l2):
    return [*_centered(X, y, len(X) * l2)[0], 0, 0]


@ridge.wrong("rewards large weights")
def minus_the_price(X, y, l2):
    return _centered(X, y, -len(X) * l2)


@ridge.wrong("raised ValueError")
def identity_of_the_wrong_size(X, y, l2):
    Xc, yc = X - X.mean(axis=0), y - y.mean()
    return np.linalg.solve(Xc.T @ Xc + len(X) * l2 * np.eye(len(X)), Xc.T @ yc), 0.0
