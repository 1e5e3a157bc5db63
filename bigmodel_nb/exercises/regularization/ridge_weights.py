"""Chapter 3: ridge regression in closed form."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _


def _try_ridge(ridge: ReaderFunction, rng: np.random.Generator) -> str:
    for shape in ((5, 2), (6, 3), (3, 4)):
        case = telling(partial(_case, rng, shape))
        call = ridge(**case.inputs)
        w, b = call.parts("w", "b")
        both = np.append(w, b) if np.shape(w) == (shape[1],) and np.size(b) == 1 else None
        if both is None:
            call.part_must_equal(w, case.expected[:-1], name="w")
            call.part_must_equal(b, case.expected[-1], name="b")
        for suspect in case.suspects:
            if both is not None and np.allclose(both, suspect.value, rtol=1e-5, atol=1e-9):
                call.part_must_equal(both, case.expected, suspect, name="(w, b)")
        call.part_must_equal(w, case.expected[:-1], name="w")
        call.part_must_equal(np.float64(b), case.expected[-1], name="b")
    return _("Also for four features and three examples, where least squares alone has no single answer.")


def _case(rng: np.random.Generator, shape: tuple[int, int]) -> Case:
    n, d = shape
    X, y, l2 = inputs.numbers(rng, n, d), inputs.numbers(rng, n) + 2, inputs.number(rng, 0.2, 0.6)
    center, middle = X.mean(axis=0), y.mean()
    Xc, yc = X - center, y - middle

    def solved(price: float, rows: np.ndarray = Xc, targets: np.ndarray = yc) -> np.ndarray:
        return np.linalg.solve(rows.T @ rows + price * np.eye(rows.shape[1]), rows.T @ targets)

    def with_bias(w: np.ndarray) -> np.ndarray:
        return np.append(w, middle - center @ w)

    ones = np.column_stack([X, np.ones(n)])
    right = with_bias(solved(n * l2))
    lost_n = _(
        "N is lost: the error is a mean over N examples. Multiply l2 by N where you divide by nothing."
    )
    suspects = [
        Suspect(with_bias(solved(l2)), lost_n),
        Suspect(
            with_bias(solved(n * l2 / 2)),
            _("Your price is half of what is asked. Both slopes bring a factor of 2; here it cancels."),
        ),
        Suspect(
            with_bias(solved(2 * n * l2)),
            _("Your price is twice what is asked. Both slopes bring a factor of 2; here it cancels."),
        ),
        Suspect(
            with_bias(solved(l2 / n)), _("You divide l2 by N. Multiply: X.T @ X is a sum over N examples.")
        ),
        Suspect(
            solved(n * l2, ones, y),
            _("The bias pays the price, too. Leave it free: take the means of X and y out first."),
        ),
        Suspect(
            solved(l2, ones, y), _("The bias pays the price, too, and N is lost. Take the means out first.")
        ),
        Suspect(
            np.append(solved(n * l2, X, y), 0.0),
            _("There is no bias. Take the means of X and y out, and bring them back in b."),
        ),
        Suspect(
            np.append(solved(n * l2), 0.0),
            _("b is missing: it brings the means back, y.mean() - X.mean(0) @ w."),
        ),
        Suspect(
            np.append(solved(n * l2), middle),
            _("b is the mean of y alone. Where X has a mean, w adds its part: take X.mean(0) @ w off."),
        ),
        Suspect(
            np.append(solved(n * l2, X, y), middle - center @ solved(n * l2, X, y)),
            _("Your w comes from X and y with their means in. Take the means out first."),
        ),
        Suspect(
            with_bias(solved(n * l2**2)), _("You square l2. The weights are squared, their price is not.")
        ),
        Suspect(with_bias(solved(-n * l2)), _("The sign of the price is wrong: it rewards large weights.")),
    ]
    if n > d:
        free = _("Your weights pay nothing: l2 is left out.")
        suspects.append(Suspect(with_bias(solved(0.0)), free))
    return Case({"X": X, "y": y, "l2": l2}, right, suspects)


ridge = Exercise(
    key="03/ridge",
    handle="regularization.ridge",
    title=_("Ridge regression"),
    kind=_("write"),
    words=_(
        "Find the weights `w` of shape (d,) and the bias `b` that make "
        "$\\frac{1}{N}\\sum_i (x_i w + b - y_i)^2 + \\lambda \\sum_j w_j^2$ smallest. `X` has shape (N, d), "
        "`y` has shape (N,), `l2` is $\\lambda$. The bias is free of charge. Return `w, b`."
    ),
    signature="ridge(X, y, l2)",
    template='''
def ridge(X, y, l2):
    """The w, shape (d,), and b that minimize mean((X @ w + b - y)**2) + l2 * sum(w**2)."""
    Xc, yc = X - X.mean(axis=0), y - y.mean()      # the bias is what is left at the means
    w = ...           # np.linalg.solve(A, c) finds the w with A @ w = c
    b = ...
    return w, b
''',
    hints=(
        _("Set the slope of the loss for w to zero. Which terms hold w, and which of them carries a 1/N?"),
        _(
            "The slope is (2/N) Xcᵀ(Xc w − yc) + 2 λ w. Multiply by N/2 and collect w: what stands before it "
            "is the matrix of the equation. For b: at the means, the model meets the mean of y."
        ),
        _("`Xc.T @ Xc + N * l2 * np.eye(d)`, and `b = y.mean() - X.mean(axis=0) @ w`."),
    ),
    ours='''
def ridge(X, y, l2):
    """The w, shape (d,), and b that minimize mean((X @ w + b - y)**2) + l2 * sum(w**2)."""
    Xc, yc = X - X.mean(axis=0), y - y.mean()      # the bias is what is left at the means
    w = np.linalg.solve(Xc.T @ Xc + len(X) * l2 * np.eye(X.shape[1]), Xc.T @ yc)
    b = y.mean() - X.mean(axis=0) @ w
    return w, b
''',
    trial=_try_ridge,
    answers="bigmodel_nb.exercises.regularization.answers.ridge_weights:ridge",
)
