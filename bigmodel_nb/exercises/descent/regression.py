"""Chapter 1: the gradient of the squared error of a linear model."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _


def _try_gradient(mse_gradient: ReaderFunction, rng: np.random.Generator) -> str:
    for n, d in ((5, 3), (4, 1), (7, 3)):
        mse_gradient.try_case(telling(partial(_model, rng, n, d)))
    return _(
        "It agrees with the formula 2/N Xᵀ(Xw - y): every error, weighted by the input that it came through."
    )


def _model(rng: np.random.Generator, n: int, d: int) -> Case:
    X, y, w = inputs.numbers(rng, n, d), inputs.numbers(rng, n), inputs.numbers(rng, d)
    suspects = _suspects(X, y, w) if d > 1 else []  # with one weight most of them look alike
    return Case({"X": X, "y": y, "w": w}, 2 / n * X.T @ (X @ w - y), suspects)


def _suspects(X: np.ndarray, y: np.ndarray, w: np.ndarray) -> list[Suspect]:
    n, d = X.shape
    error = X @ w - y
    summed = X.T @ error
    grid = (X @ w)[:, None] - y[None, :]  # (N, 1) - (N,): each prediction minus each y
    column = _("Your gradient is a column of shape ({d}, 1). It must have the shape of w: ({d},).").format(
        d=d
    )
    each_with_each = _(
        "You compare every prediction with every y: (N, 1) minus (N,) is an N x N table. "
        "Both must have the shape (N,)."
    )
    known = [
        Suspect(summed / n, _("The factor 2 is missing: the derivative of error² is 2 error.")),
        Suspect(2 * summed, _("You sum over the examples. The loss is a mean: divide by N.")),
        Suspect(summed, _("The factor 2/N is missing: 2 from the square, 1/N from the mean.")),
        Suspect(
            -2 / n * summed, _("The sign is wrong: the error is prediction minus y, and it grows with w.")
        ),
        Suspect(-summed / n, _("The sign is wrong, and the factor 2 is missing.")),
        Suspect(2 / d * summed, _("You divide by the number of weights. The mean is over the examples: N.")),
        Suspect(2 / (n * d) * summed, _("You divide by all numbers in X. The mean is over the examples: N.")),
        Suspect((2 / n * summed)[:, None], column),
        Suspect((2 / n * summed)[None, :], column),
        Suspect(np.mean(error**2), _("That is the loss. Its gradient has one number for each weight.")),
        Suspect(
            2 * np.mean(error), _("The inputs are missing: a weight's slope is the error times its input.")
        ),
        Suspect(
            2 / n * error, _("That is the slope for each prediction. One link is missing: Xᵀ leads to w.")
        ),
        Suspect(
            X.T @ np.sign(error) / n, _("That is the gradient of the absolute error, not of the square.")
        ),
    ]
    tables = [X.T @ grid, X.T @ grid.T]
    for table in tables:
        for pooled in (table, table.mean(axis=1), table.sum(axis=1)):
            known += [Suspect(factor * pooled, each_with_each) for factor in (2 / n, 2, 1 / n, 1, -2 / n, -2)]
    return known


squared_error_gradient = Exercise(
    key="01/squared-error-gradient",
    handle="descent.squared_error_gradient",
    title=_("Gradient of the squared error"),
    kind=_("write"),
    words=_(
        "A linear model predicts `X @ w`. `X` holds one example in each row, shape (N, d); `y` holds what "
        "should have come out, shape (N,); `w` the weights, shape (d,). The loss is the mean of "
        "(prediction - y)² over the N examples. Return its gradient, one number for each weight, shape (d,)."
    ),
    signature="mse_gradient(X, y, w)",
    template='''
def mse_gradient(X, y, w):
    """The gradient of mean((X @ w - y)**2) with respect to w, shape (d,)."""
    error = ...      # shape (N,)
    return ...
''',
    hints=(
        _("If one weight grows a little, how does one prediction change? How does its squared error change?"),
        _(
            "For one example the slope is 2 (prediction - y) times the input of that weight. Take the "
            "mean over the examples. `X.T @ error` adds up input times error for each weight."
        ),
        _("`error = X @ w - y`, then `return 2 / len(y) * ...`"),
    ),
    ours='''
def mse_gradient(X, y, w):
    """The gradient of mean((X @ w - y)**2) with respect to w, shape (d,)."""
    error = X @ w - y                    # (N, d) @ (d,) - (N,)
    return 2 / len(y) * X.T @ error      # (d, N) @ (N,)
''',
    trial=_try_gradient,
    answers="bigmodel_nb.exercises.descent.answers.regression:gradient",
)
