"""One wave, noisy samples of it, and models of any complexity fitted to them: what over-fitting looks like.

data = sample(n=10, noise=0.3, seed=0)
fit = fit_to(data, "polynomial", 9, l2=1e-3)
fit.train_error, fit.validation_error
errors_by_complexity(data, "polynomial")     # the same for every degree
redraw(data, "polynomial", 9)                # bias and variance over data sets that might have been
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb.arguments import non_negative, one_of, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.regularization import (
    MOST_DEGREE,
    MOST_UNITS,
    LinearFit,
    bias_and_variance,
    lasso,
    polynomial_features,
    random_features,
    ridge,
    shrinkage,
)
from bigmodel_nb.maths.wave_network import MOST_UNITS as MOST_TRAINED
from bigmodel_nb.maths.wave_network import train

TRAINED = "trained network"
MODELS = ("polynomial", "network", TRAINED)
COMPLEXITIES = {
    "polynomial": tuple(range(1, 16)),
    "network": (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 60, 100, 200),
    TRAINED: (1, 2, 3, 4, 5, 6, 8, 10, 12),
}
MOST_COMPLEX = {"polynomial": MOST_DEGREE, "network": MOST_UNITS, TRAINED: MOST_TRAINED}
MOST_POINTS = 2000
HELD_OUT = 200
GRID = np.linspace(-1, 1, 201)
# Data sets for bias and variance; with an L1 price, or where a network is trained, each costs more.
REDRAWN, REDRAWN_SPARSE = 30, 5


def wave(x: Any) -> np.ndarray:
    """The truth that a model should find: sin(pi x), one wave from -1 to 1."""
    return np.sin(np.pi * np.asarray(x, dtype=np.float64))


@dataclass(frozen=True, eq=False)
class Sample:
    """Noisy samples of the wave: x and y (n,) to learn from, and 200 others, held out, of the same kind.

    `noise` is the standard deviation of what is added to y; its square is the error that no model can avoid.
    """

    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    held_x: np.ndarray = field(repr=False)
    held_y: np.ndarray = field(repr=False)
    noise: float
    seed: int

    def __len__(self) -> int:
        return len(self.x)


def sample(n: int = 20, noise: float = 0.3, seed: int = 0) -> Sample:
    """n samples of the wave at places drawn evenly from -1 to 1. With one seed, more samples begin with the
    fewer, and the held-out ones are the same."""
    n, noise = whole("n", n, 2, MOST_POINTS), non_negative("noise", noise)
    draws = np.random.default_rng(whole("seed", seed, 0)).spawn(2)
    x, held_x = (draw.uniform(-1, 1, MOST_POINTS) for draw in draws)
    added, held_added = (draw.normal(size=MOST_POINTS) for draw in draws)
    held_x = held_x[:HELD_OUT]
    x = x[:n]
    return Sample(
        x, wave(x) + noise * added[:n], held_x, wave(held_x) + noise * held_added[:HELD_OUT], noise, seed
    )


@dataclass(frozen=True, eq=False)
class WaveFit:
    """A model fitted to a sample: its linear part, its curve on GRID (201,), and its mean squared errors.

    The linear part of a trained network are its output weights."""

    model: str
    complexity: int
    linear: LinearFit
    curve: np.ndarray = field(repr=False)
    train_error: float
    validation_error: float


def features(model: str, x: Any, complexity: int, seed: int = 0) -> np.ndarray:
    """What the model makes of x (n,) before its weights: powers up to a degree, or random tanh units."""
    one_of("model", model, ("polynomial", "network"))
    if model == "polynomial":
        return polynomial_features(x, complexity)
    return random_features(x, complexity, seed)


def fit_to(
    data: Sample, model: str, complexity: int, *, l1: float = 0.0, l2: float = 0.0, start: Any = None
) -> WaveFit:
    """Fits a "polynomial" of a degree, a "network" of one hidden layer whose weights stay as drawn, or a
    "trained network", of which all weights are learned (`wave_network`).

    `l1` and `l2` are the prices of the weights, as in `regularization`; `start` is where the lasso begins.
    For a trained network l1 is 0, and l2 the price of the hidden weights, too.
    """
    _check(data)
    if one_of("model", model, MODELS) == TRAINED:
        return _trained(data, (complexity,), l1, l2)[0]
    rows = features(model, data.x, complexity, data.seed)
    linear = lasso(rows, data.y, l1, l2, start=start) if l1 else ridge(rows, data.y, l2)

    def answers(x: np.ndarray) -> np.ndarray:
        return linear.predict(features(model, x, complexity, data.seed))

    return WaveFit(
        model,
        complexity,
        linear,
        answers(GRID),
        float(np.mean((linear.predict(rows) - data.y) ** 2)),
        float(np.mean((answers(data.held_x) - data.held_y) ** 2)),
    )


def _trained(data: Sample, units: Sequence[int], l1: float, l2: float) -> list[WaveFit]:
    _no_l1(l1)
    networks = train(data.x, data.y, units, l2=l2, seed=data.seed)
    curves, answers, held = (networks.predict(x) for x in (GRID, data.x, data.held_x))
    return [
        WaveFit(
            TRAINED,
            count,
            LinearFit(networks.weights[i, :count], float(networks.biases[i])),
            curves[i],
            float(np.mean((answers[i] - data.y) ** 2)),
            float(np.mean((held[i] - data.held_y) ** 2)),
        )
        for i, count in enumerate(units)
    ]


def _no_l1(l1: Any) -> None:
    if non_negative("l1", l1):
        expected = _("0 for a trained network: the method takes squares alone (l2)")
        raise wrong_value("l1", expected, l1)


@dataclass(frozen=True, eq=False)
class Errors:
    """Mean squared errors by complexity: three arrays of one length."""

    complexities: np.ndarray
    train: np.ndarray
    validation: np.ndarray

    @property
    def best(self) -> int:
        """The complexity with the lowest validation error."""
        return int(self.complexities[self.validation.argmin()])


def errors_by_complexity(
    data: Sample, model: str, *, l1: float = 0.0, l2: float = 0.0, complexities: Sequence[int] | None = None
) -> Errors:
    """Training and validation error of one model at each of `complexities` (default: `COMPLEXITIES`)."""
    one_of("model", model, MODELS)
    wanted = COMPLEXITIES[model] if complexities is None else tuple(complexities)
    fits: list[WaveFit] = _trained(data, wanted, l1, l2) if model == TRAINED else []
    for complexity in () if fits else wanted:
        # The features of a model begin with those of a smaller one, and so do good weights.
        known = fits[-1].linear.weights[:complexity] if fits else np.zeros(0)
        start = np.pad(known, (0, complexity - len(known)))
        fits.append(fit_to(data, model, complexity, l1=l1, l2=l2, start=start))
    return Errors(
        np.array(wanted),
        np.array([fit.train_error for fit in fits]),
        np.array([fit.validation_error for fit in fits]),
    )


@dataclass(frozen=True, eq=False)
class Redrawn:
    """Fits to data sets that might have been: their curves (data sets, 201) on GRID at one complexity, and
    what they say of the model, squared bias and variance."""

    curves: np.ndarray = field(repr=False)
    bias: float
    variance: float


@dataclass(frozen=True, eq=False)
class Spread:
    """Squared bias and variance by complexity: three arrays of one length."""

    complexities: np.ndarray
    bias: np.ndarray
    variance: np.ndarray


def redraw(
    data: Sample, model: str, complexity: int, *, l1: float = 0.0, l2: float = 0.0, count: int | None = None
) -> Redrawn:
    """Draws the noise of a sample anew `count` times, at the same places x, and fits the model each time.

    Default: 30 times; with an L1 price, or where the network is trained, 5 times.
    """
    return _redrawn(data, model, (complexity,), l1, l2, count)[0]


def spread_by_complexity(
    data: Sample,
    model: str,
    *,
    l1: float = 0.0,
    l2: float = 0.0,
    count: int | None = None,
    complexities: Sequence[int] | None = None,
) -> Spread:
    """What `redraw` says of bias and variance, at each of `complexities` (default: `COMPLEXITIES`)."""
    wanted = COMPLEXITIES[one_of("model", model, MODELS)] if complexities is None else tuple(complexities)
    many = _redrawn(data, model, wanted, l1, l2, count)
    return Spread(
        np.array(wanted), np.array([one.bias for one in many]), np.array([one.variance for one in many])
    )


def _redrawn(
    data: Sample, model: str, complexities: Sequence[int], l1: float, l2: float, count: int | None
) -> list[Redrawn]:
    _check(data)
    slow = l1 or model == TRAINED
    count = (REDRAWN_SPARSE if slow else REDRAWN) if count is None else whole("count", count, 2, 1000)
    noises = np.random.default_rng([data.seed, 7]).normal(size=(count, len(data)))
    targets = wave(data.x) + data.noise * noises  # (count, n)
    if model == TRAINED:
        _no_l1(l1)
        units = np.repeat(complexities, count).tolist()
        networks = train(data.x, np.tile(targets, (len(complexities), 1)), units, l2=l2, seed=data.seed)
        parts = networks.predict(GRID).reshape(len(complexities), count, -1)
        return [Redrawn(curves, *bias_and_variance(curves, wave(GRID))) for curves in parts]
    starts = [np.zeros(0)] * count
    results = []
    for complexity in complexities:
        rows = features(model, data.x, complexity, data.seed)
        grid = features(model, GRID, complexity, data.seed)
        if l1:
            padded = [np.pad(known[:complexity], (0, complexity - len(known))) for known in starts]
            fits = [lasso(rows, y, l1, l2, start=w) for y, w in zip(targets, padded, strict=True)]
            starts = [fit.weights for fit in fits]
            curves = np.array([fit.predict(grid) for fit in fits])
        else:
            center, middles = rows.mean(axis=0), targets.mean(axis=1, keepdims=True)
            weights = (targets - middles) @ shrinkage(rows - center, non_negative("l2", l2)).T
            curves = weights @ (grid - center).T + middles
        results.append(Redrawn(curves, *bias_and_variance(curves, wave(GRID))))
    return results


def _check(data: Any) -> None:
    if not isinstance(data, Sample):
        raise wrong_type("data", _("a Sample, such as sample(n=10)"), data)
