"""Which hyperparameter mattered: the shares of the variance of a result over a grid of settings.

    values = ...                       # (learning rates, dropouts, seeds): the validation loss of each run
    found = importance(values, chance=2)
    found.shares                       # of the variance, by each axis alone
    found.together, found.chance       # by settings acting together, and by the seed

F. Hutter, H. Hoos, K. Leyton-Brown, 2014, "An efficient approach for assessing hyperparameter importance",
fit a random forest to scattered trials and take apart the variance of what it predicts (functional ANOVA).
On a full grid no forest is needed: the means are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from bigmodel_nb.arguments import non_negative, whole, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

FLAT = 1e-12  # of the largest value: a spread that is rounding and no variance


@dataclass(frozen=True)
class Importance:
    """The shares of the variance over a grid, from 0 to 1; all zero where all values are alike.

    `shares` (axes,): what each axis explains by itself; that of the seed is 0, it stands in `chance`.
    `together`: what axes explain only in combination, such as a rate that suits one batch size.
    `chance`: the part that only seeds make. 0 where no axis was named as that of the seeds: then it is in
    `together`, and cannot be told from it.
    `means`: for each axis the mean at each of its values (nan where there is none).
    `deviations`: the standard deviation of the values behind each of these means (n - 1; nan below two).
    `variance`: what was shared out.
    """

    shares: np.ndarray
    together: float
    chance: float
    means: tuple[np.ndarray, ...]
    deviations: tuple[np.ndarray, ...]
    variance: float


def importance(values: Any, chance: int | None = None) -> Importance:
    """The first-order part of a functional ANOVA of `values`, one axis for each hyperparameter.

    The share of axis j is V_j / V: V is the variance of all values and V_j that of the means at each value
    of j, over all the other axes. nan stands for what is not known and is left out; as long as there are
    such gaps, shares may add up to more than 1, and `together` is 0 then. `chance` is the axis of the seeds.
    """
    known = array_of_numbers("values", values, _("an array with an axis for each knob"), finite=False)
    if known.ndim == 0 or np.isinf(known).any():
        raise wrong_value("values", _("an array of numbers (or nan), an axis for each knob"), values)
    if chance is not None:
        chance = whole("chance", chance, 0, known.ndim - 1)
    known = known.astype(np.float64)
    axes = range(known.ndim)
    means, deviations = [], []
    for axis in axes:
        mean, deviation, _count = spread(known, tuple(other for other in axes if other != axis))
        means.append(mean)
        deviations.append(deviation)
    total = _variance(known, np.ones(known.shape))
    shares = np.zeros(known.ndim)
    noise = 0.0
    if total > 0:
        for axis in axes:
            if axis != chance:
                others = tuple(other for other in axes if other != axis)
                shares[axis] = _variance(means[axis], np.isfinite(known).sum(axis=others)) / total
        if chance is not None:
            cells, _deviations, counts = spread(known, (chance,))
            noise = max(0.0, 1 - _variance(cells, counts) / total)
    together = max(0.0, 1 - float(shares.sum()) - noise) if total > 0 else 0.0
    return Importance(shares, together, noise, tuple(means), tuple(deviations), total)


def spread(values: Any, axes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, standard deviation (n - 1; nan below two) and count over `axes`; nan is left out."""
    known = np.asarray(values, dtype=np.float64)
    there = np.isfinite(known)
    count = there.sum(axis=axes)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, known, 0.0).sum(axis=axes) / count
        away = np.where(there, known - np.expand_dims(mean, axes), 0.0)
        deviation = np.sqrt((away**2).sum(axis=axes) / (count - 1))
    return mean, np.where(count >= 2, deviation, np.nan), count


def luck(settings: int, deviation: float, seeds: int = 1) -> float:
    """How much better than its true value the best of `settings` equally good settings looks, on average.

    Each is judged by the mean over `seeds` runs that scatter with standard deviation `deviation`; the best
    of n normal numbers lies about Phi^-1((n - 3/8) / (n + 1/4)) deviations beyond their mean
    (G. Blom, 1958, "Statistical estimates and transformed beta-variables").
    """
    settings = whole("settings", settings, 1)
    scatter = non_negative("deviation", deviation) / whole("seeds", seeds, 1) ** 0.5
    if settings == 1:
        return 0.0
    return scatter * NormalDist().inv_cdf((settings - 0.375) / (settings + 0.25))


def _variance(values: np.ndarray, weights: np.ndarray) -> float:
    """Of the known values, each counted as often as its weight says."""
    there = np.isfinite(values) & (weights > 0)
    if there.sum() < 2:
        return 0.0
    known, weights = values[there], weights[there]
    away = known - np.average(known, weights=weights)
    if np.abs(away).max() <= FLAT * np.abs(known).max():
        return 0.0
    return float(np.average(away**2, weights=weights))
