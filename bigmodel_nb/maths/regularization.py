"""Linear models with a price on their weights: ridge in closed form, the lasso by coordinate descent.

    X = polynomial_features(x, degree=9)         # (n,) -> (n, 9)
    ridge(X, y, l2=0.01).weights                 # small, none of them 0
    lasso(X, y, l1=0.01).weights                 # few, the others exactly 0

Both minimize mean((X w + b - y)^2) + l1 sum |w| + l2 sum w^2, where the bias b is free. These are the
penalties of Keras's `L1L2`, without a factor of 1/2. In scikit-learn's terms: `Ridge(alpha=n * l2)`, since
its error is a sum, and `Lasso(alpha=l1 / 2)`, since its mean is halved.

A. E. Hoerl, R. W. Kennard, 1970, "Ridge regression: biased estimation for nonorthogonal problems";
R. Tibshirani, 1996, "Regression shrinkage and selection via the lasso"; J. Friedman, T. Hastie,
R. Tibshirani, 2010, "Regularization paths for generalized linear models via coordinate descent".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb.arguments import non_negative, whole, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

MOST_DEGREE = 60  # beyond this, powers of numbers below 1 are lost in rounding
MOST_UNITS = 2000
MOST_PASSES = 10_000
SLOPE = 10.0  # deviation of the slopes of random units: bends about a fifth of the interval wide


@dataclass(frozen=True, eq=False)
class LinearFit:
    """A fitted linear model: `weights` (p,) and `bias`."""

    weights: np.ndarray = field(repr=False)
    bias: float

    def predict(self, X: Any) -> np.ndarray:
        """X @ weights + bias, (n,), for X (n, p)."""
        return np.asarray(X, dtype=np.float64) @ self.weights + self.bias

    @property
    def zeros(self) -> int:
        """How many weights are exactly 0."""
        return int(np.sum(self.weights == 0))


# -- features -------------------------------------------------------------------------------------


def polynomial_features(x: Any, degree: int) -> np.ndarray:
    """The powers x, x^2, ..., x^degree of x (n,): (n, degree). The constant is the bias of the model.

    scikit-learn: `PolynomialFeatures(degree, include_bias=False)`.
    """
    column = _column(x)
    return column[:, None] ** np.arange(1, whole("degree", degree, 1, MOST_DEGREE) + 1)


def random_features(x: Any, width: int, seed: int = 0) -> np.ndarray:
    """What a hidden layer of `width` tanh units makes of x (n,) when its weights stay as they were drawn.

    Unit j puts out tanh(a_j (x - c_j)), with the slope a_j from a normal distribution of deviation 10 and
    the center c_j uniform from -1 to 1. A wider layer of the same seed begins with the same units.
    (A. Rahimi, B. Recht, 2007, "Random features for large-scale kernel machines".)
    """
    column, width = _column(x), whole("width", width, 1, MOST_UNITS)
    random = np.random.default_rng(whole("seed", seed, 0))
    slopes = SLOPE * random.normal(size=MOST_UNITS)[:width]
    centers = random.uniform(-1, 1, MOST_UNITS)[:width]
    return np.tanh(slopes * (column[:, None] - centers))


def _column(x: Any) -> np.ndarray:
    expected = _("an array of finite numbers of shape (n,)")
    column = array_of_numbers("x", x, expected)
    if column.ndim != 1:
        raise wrong_value("x", expected, x)
    return column.astype(np.float64, copy=False)


# -- fits -----------------------------------------------------------------------------------------


def ridge(X: Any, y: Any, l2: float = 0.0) -> LinearFit:
    """The weights that minimize mean((X w + b - y)^2) + l2 sum w^2, in closed form. X (n, p), y (n,).

    w = (X'X + n l2 I)^-1 X'y with the means taken out, computed by singular values. With l2 = 0 these are
    least squares; where many weights fit equally well, the ones with the smallest sum of squares.
    """
    rows, targets = _checked(X, y)
    l2 = non_negative("l2", l2)
    center, middle = rows.mean(axis=0), float(targets.mean())
    weights = shrinkage(rows - center, l2) @ (targets - middle)
    return LinearFit(weights, middle - float(center @ weights))


def shrinkage(centered: np.ndarray, l2: float) -> np.ndarray:
    """The matrix (p, n) that turns centered targets into the weights of `ridge`."""
    left, sizes, right = np.linalg.svd(centered, full_matrices=False)
    known = sizes > np.finfo(np.float64).eps * max(centered.shape) * sizes.max(initial=0.0)
    turned = np.zeros_like(sizes)
    turned[known] = sizes[known] / (sizes[known] ** 2 + len(centered) * l2)
    return (right.T * turned) @ left.T


def soft_threshold(value: Any, threshold: float) -> Any:
    """`value` moved towards 0 by `threshold`, and 0 where it is closer than that."""
    return np.sign(value) * np.maximum(np.abs(value) - threshold, 0.0)


def lasso(X: Any, y: Any, l1: float, l2: float = 0.0, *, start: Any = None) -> LinearFit:
    """The weights that minimize mean((X w + b - y)^2) + l1 sum |w| + l2 sum w^2. X (n, p), y (n,).

    Coordinate descent: one weight after another takes its best value while the others stand still, which
    is a soft threshold. Neighboring powers are nearly alike, and descent along one weight at a time would
    crawl there; so each pass ends with the best values of the weights that it left above 0, all at once,
    as long as none of them changes its sign. `start` (p,) is where it begins (default: zeros).
    """
    rows, targets = _checked(X, y)
    l1, l2 = non_negative("l1", l1), non_negative("l2", l2)
    if l1 == 0:
        return ridge(rows, targets, l2)
    center, middle = rows.mean(axis=0), float(targets.mean())
    rows, targets = rows - center, targets - middle
    n, p = rows.shape
    gram, pull = rows.T @ rows / n, rows.T @ targets / n
    gram.flat[:: p + 1] += l2
    weights = np.zeros(p) if start is None else _checked_start(start, p)
    weights = _descend(gram, pull, l1 / 2, weights)
    return LinearFit(weights, middle - float(center @ weights))


def _descend(gram: np.ndarray, pull: np.ndarray, threshold: float, weights: np.ndarray) -> np.ndarray:
    """Minimizes w'Gw - 2 p'w + 2 threshold sum |w| for the gram matrix G (p, p) and the pull p (p,)."""
    near = 1e-9 * max(float(np.abs(pull).max()), threshold)
    for _pass in range(MOST_PASSES):
        weights = _settled(gram, pull, threshold, weights)
        slope = pull - gram @ weights
        allowed = np.where(weights == 0, threshold, 0.0) + near
        if (np.abs(slope - threshold * np.sign(weights)) <= allowed).all():
            break
        for j in np.flatnonzero((weights != 0) | (np.abs(slope) > threshold)):
            curvature = gram[j, j]
            wish = pull[j] - gram[j] @ weights + curvature * weights[j]
            if curvature > 0:
                weights[j] = float(soft_threshold(wish, threshold)) / curvature
    return weights


def _settled(gram: np.ndarray, pull: np.ndarray, threshold: float, weights: np.ndarray) -> np.ndarray:
    """The best values for the weights that are not 0; those that would change their sign stop at 0."""
    weights = weights.copy()
    while (kept := np.flatnonzero(weights)).size:
        here = weights[kept]
        signs = np.sign(here)
        block = gram[np.ix_(kept, kept)]
        step, ends = _step(block, pull[kept] - threshold * signs - block @ here)
        back = step * signs < 0
        shares = np.full(len(here), np.inf)
        shares[back] = -here[back] / step[back]
        first = float(shares.min())
        if first > 1 and ends:
            weights[kept] = here + step
            return weights
        if not np.isfinite(first):
            return weights
        weights[kept] = np.where(shares <= first, 0.0, here + first * step)
    return weights


def _step(block: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, bool]:
    """Where to go from a slope, and whether the best place is at the end of that step. Columns that say the
    same cost less the more one of them has alone: there it goes on until a weight is 0."""
    sizes, axes = np.linalg.eigh(block)
    parts = axes.T @ slope
    flat = sizes <= 1e-14 * len(sizes) * sizes[-1]
    if np.abs(parts[flat]).max(initial=0.0) > 1e-9 * np.abs(slope).max(initial=0.0) and flat.any():
        downhill = axes[:, flat] @ parts[flat]
        if np.abs(downhill).max() > 1e-12:
            return downhill, False
    return axes[:, ~flat] @ (parts[~flat] / sizes[~flat]), True


def _checked(X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
    expected = _("an array of finite numbers of shape (n, p)")
    rows = array_of_numbers("X", X, expected)
    if rows.ndim != 2:
        raise wrong_value("X", expected, X)
    expected = _("an array of {n} finite numbers, one for each row of X").format(n=len(rows))
    targets = array_of_numbers("y", y, expected)
    if targets.shape != (len(rows),):
        raise wrong_value("y", expected, y)
    return rows.astype(np.float64, copy=False), targets.astype(np.float64, copy=False)


def _checked_start(start: Any, p: int) -> np.ndarray:
    expected = _("an array of {p} finite numbers, one for each column of X").format(p=p)
    weights = array_of_numbers("start", start, expected)
    if weights.shape != (p,):
        raise wrong_value("start", expected, start)
    return np.array(weights, dtype=np.float64)


# -- bias and variance ------------------------------------------------------------------------------


def bias_and_variance(predictions: Any, truth: Any) -> tuple[float, float]:
    """(bias^2, variance) of fits to several data sets: predictions (data sets, n) of the truth (n,).

    The squared bias is how far the mean prediction is from the truth, the variance how far single
    predictions are from their mean, both squared and averaged over the n places. Their sum is the mean
    squared distance of a prediction from the truth. (S. Geman, E. Bienenstock, R. Doursat, 1992, "Neural
    networks and the bias/variance dilemma".)
    """
    expected = _("an array of finite numbers of shape (data sets, n)")
    many = array_of_numbers("predictions", predictions, expected)
    if many.ndim != 2:
        raise wrong_value("predictions", expected, predictions)
    expected = _("an array of {n} finite numbers").format(n=many.shape[1])
    right = array_of_numbers("truth", truth, expected)
    if right.shape != many.shape[1:]:
        raise wrong_value("truth", expected, truth)
    mean = many.mean(axis=0)
    return float(np.mean((mean - right) ** 2)), float(np.mean((many - mean) ** 2))
