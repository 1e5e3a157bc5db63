"""The loss of a model with two weights on a real data set, as a surface that can be seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.landscape import Surface
from bigmodel_nb.maths.linear_models import Problem, spread_of

FORMULAS = {
    "squared": r"$f = \frac{1}{n} \sum_i (w\, x_i + b - y_i)^2$",
    "logistic": r"$f = \frac{1}{n} \sum_i \log(1 + e^{z_i}) - y_i z_i, \quad z_i = w\, x_i + b$",
}


def from_data(
    x: Any, y: Any, loss: str = "squared", *, name: str = "data", feature: str = "x", target: str = "y"
) -> Surface:
    """The loss of z = w x + b on the rows `x` (n,) and `y` (n,), as a surface over weight and bias.

    `loss` is "squared" (mean squared error; a line) or "logistic" (cross-entropy; y holds 0 and 1).
    `x` is taken as it is: standardize it first for a round valley. `feature` and `target` are what the
    columns are called. The picture is centered on the minimum and includes the start at (0, 0). Where there
    is no single minimum (x is constant, or the classes do not overlap) `minima` is ().

    The squared loss costs the same for any number of rows; the logistic one grows with it: a grid of
    80 by 80 over 569 rows takes about 10 ms.
    """
    for label, text in {"name": name, "feature": feature, "target": target}.items():
        if not isinstance(text, str):
            raise wrong_type(label, _("text"), text)
    problem = Problem(x, y, loss)
    if problem.x.shape[1] != 1:
        raise wrong_value("x", _("an array of one feature, of shape (rows,)"), x)
    feature_values = problem.x[:, 0]
    spread = float(spread_of(feature_values))
    minimum = _minimum(problem, spread)
    center = minimum or (0.0, 0.0)
    if loss == "squared":
        title = _("{target} from {feature}: mean squared error")
        curvature = 2.0
        natural = float(problem.y.std()) or 1.0
    else:
        title = _("{target} from {feature}: cross-entropy")
        curvature = 0.25  # at most
        natural = 4.0  # with scores of this size a prediction is sure
    half_weight = 1.4 * max(abs(center[0]), natural / (spread or 1.0))
    half_bias = 1.4 * max(abs(center[1]), natural)
    # The largest eigenvalue of the mean of (x, 1) (x, 1)^T, from its trace and its determinant spread^2.
    trace = float(np.mean(feature_values**2)) + 1.0
    largest = trace / 2 * (1 + np.sqrt(max(1 - (2 * spread / trace) ** 2, 0.0)))
    return Surface(
        name=name,
        title=title.format(target=target, feature=feature),
        formula=FORMULAS[loss],
        value=problem.value,
        gradient=problem.gradient,
        limits=(
            center[0] - half_weight,
            center[0] + half_weight,
            center[1] - half_bias,
            center[1] + half_bias,
        ),
        start=(0.0, 0.0),
        minima=() if minimum is None else (minimum,),
        axes=(_("weight of {feature}").format(feature=feature), _("bias")),
        rate=0.25 / (curvature * largest),
    )


def _minimum(problem: Problem, spread: float) -> tuple[float, float] | None:
    """The weight and bias of the lowest loss, or None where they are not unique or not finite."""
    if spread == 0:
        return None
    if problem.loss == "squared":
        weight, bias = problem._best
        return float(weight), float(bias)
    x = problem.x[:, 0]
    ones, zeros = x[problem.y == 1], x[problem.y == 0]
    if not (len(ones) and len(zeros) and ones.min() < zeros.max() and zeros.min() < ones.max()):
        return None  # a threshold separates the classes, and larger weights are always better
    middle = float(x.mean())
    found = _newton(Problem((x - middle) / spread, problem.y, "logistic"))
    if found is None:
        return None
    weight, bias = found
    return weight / spread, bias - weight * middle / spread


def _newton(problem: Problem) -> tuple[float, float] | None:
    """The minimum of a logistic loss, by Newton's method with a step that is halved until it helps; None
    where it is not found, as with one row a million times as far out as the others."""
    w, rows = np.zeros(2), problem._rows
    for _round in range(100):
        gradient = problem.gradient(w)
        if np.abs(gradient).max() < 1e-14:
            break
        weights = 1 / (2 + 2 * np.cosh(np.clip(rows @ w, -700, 700)))  # p (1 - p)
        try:
            step = np.linalg.solve((rows.T * weights) @ rows / len(rows), gradient)
        except np.linalg.LinAlgError:
            return None
        while problem.value(w - step) > problem.value(w) and np.abs(step).max() > 1e-15:
            step = step / 2
        w = w - step
    settled = np.abs(problem.gradient(w)).max() < 1e-9
    return (float(w[0]), float(w[1])) if settled else None
