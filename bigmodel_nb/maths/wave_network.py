"""Small networks fitted to points on a line until they get no better, many at once.

    networks = train(x, targets, units=[1, 2, 5], l2=1e-3)     # x (n,), targets (n,) or (m, n)
    networks.predict(grid)                                      # (m, len(grid))

Each network has one hidden layer, f(x) = c + sum_j a_j tanh(w_j x + b_j), and minimizes

    mean((f(x) - y)^2) + l2 sum(w^2 + a^2)

by the method of Levenberg and Marquardt: each step solves the least squares that the network is nearly, close
to where it is, and takes it only where the loss falls. (D. W. Marquardt, 1963, "An algorithm for
least-squares estimation of nonlinear parameters".) On so few points that takes tens of steps where gradient
descent takes many thousands. What is found is a minimum near the beginning, not always the lowest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb.arguments import non_negative, whole, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

MOST_UNITS = 12
STEPS = 60
DAMPING = 1e-2  # of the first step
SPREAD = 3.0  # standard deviation of the first w: bends within [-1, 1], where the points are
START = 0.3  # and of the first a


@dataclass(frozen=True, eq=False)
class Networks:
    """m networks: slopes w, offsets b and output weights a (m, units), output biases c (m,).

    `used` (m, units) says which units a network has: those beyond its own number are 0. `losses` (m,) are
    what was minimized, price included; `steps`, how many were taken.
    """

    slopes: np.ndarray = field(repr=False)
    offsets: np.ndarray = field(repr=False)
    weights: np.ndarray = field(repr=False)
    biases: np.ndarray = field(repr=False)
    used: np.ndarray = field(repr=False)
    losses: np.ndarray = field(repr=False)
    steps: int

    def predict(self, x: Any) -> np.ndarray:
        """The outputs (m, n) for x (n,)."""
        hidden = np.tanh(self.slopes[:, None] * np.asarray(x)[:, None] + self.offsets[:, None])
        return (hidden @ self.weights[:, :, None])[:, :, 0] + self.biases[:, None]


def train(
    x: Any, targets: Any, units: Any, *, l2: float = 0.0, seed: int = 0, steps: int = STEPS
) -> Networks:
    """Networks of `units` (a number for all, or one for each) for `targets` (n,) or (m, n) at x (n,).

    Networks of one seed begin alike, the wider with more units. Raises ValueError for what is no number.
    """
    at = array_of_numbers("x", x).astype(float)
    y = np.atleast_2d(array_of_numbers("targets", targets)).astype(float)
    if at.ndim != 1 or y.ndim != 2 or y.shape[1] != len(at) or not len(at):
        raise wrong_value("targets", _("an array of shape (n,) or (m, n), with x of shape (n,)"), targets)
    counts = [whole("units", one, 1, MOST_UNITS) for one in np.atleast_1d(units).tolist()]
    m = max(len(y), len(counts))
    if not {len(y), len(counts)} <= {1, m}:
        raise wrong_value("units", _("one number, or one for each of targets"), units)
    return _Marquardt(
        at, np.broadcast_to(y, (m, len(at))), np.broadcast_to(counts, m), non_negative("l2", l2), seed
    ).run(whole("steps", steps, 1))


class _Marquardt:
    """All networks as one array of parameters (m, 3 h + 1): w, b, a, c; those of unused units stay 0."""

    def __init__(self, x: np.ndarray, y: np.ndarray, counts: np.ndarray, l2: float, seed: int):
        # As many columns for few units as for many: a network does not depend on those trained beside it.
        self.x, self.y, self.h = x, y, MOST_UNITS
        random = np.random.default_rng(whole("seed", seed, 0))
        slopes = SPREAD * random.normal(size=MOST_UNITS)
        offsets = -slopes * random.uniform(-1, 1, MOST_UNITS)  # each bends somewhere among the points
        weights = START * random.normal(size=MOST_UNITS)
        self.used = np.arange(self.h) < counts[:, None]
        first = np.concatenate([part[: self.h] for part in (slopes, offsets, weights)])
        free = np.tile(self.used, 3)
        self.now = np.pad(first * free, ((0, 0), (0, 1)))
        self.now[:, -1] = y.mean(axis=1)
        # In units of the mean squared error, twice the loss's slope; 1 where nothing may move.
        h = self.h
        self.price = np.full(3 * h + 1, l2)
        self.price[h : 2 * h] = self.price[-1] = 0
        self.held = np.pad(~free, ((0, 0), (0, 1))).astype(float)

    def outputs(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        h = self.h
        w, b, a = (parameters[:, None, i * h : (i + 1) * h] for i in range(3))
        hidden = np.tanh(w * self.x[:, None] + b)  # (m, n, h)
        return hidden, (hidden * a).sum(axis=2) + parameters[:, -1:]

    def losses(self, parameters: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        return ((outputs - self.y) ** 2).mean(axis=1) + (self.price * parameters**2).sum(axis=1)

    def system(self, hidden: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The least squares that the networks nearly are: matrix (m, p, p) and slope (m, p)."""
        h, n = self.h, len(self.x)
        a = self.now[:, None, 2 * h : 3 * h]
        bent = a * (1 - hidden**2) * self.used[:, None]
        slopes = np.concatenate(
            [bent * self.x[:, None], bent, hidden * self.used[:, None], np.ones((*outputs.shape, 1))], axis=2
        )
        turned = slopes.transpose(0, 2, 1)
        matrix = turned @ slopes / n
        slope = (turned @ (outputs - self.y)[:, :, None])[:, :, 0] / n + self.price * self.now
        return matrix, slope

    def run(self, steps: int) -> Networks:
        p = self.now.shape[1]
        damping = np.full(len(self.now), DAMPING)
        hidden, outputs = self.outputs(self.now)
        losses = self.losses(self.now, outputs)
        matrix, slope = self.system(hidden, outputs)
        place = np.arange(p)
        done, taken = np.zeros(len(self.now), bool), 0
        while taken < steps and not done.all():
            taken += 1
            system = matrix.copy()
            system[:, place, place] += self.price + damping[:, None] + self.held
            step = np.linalg.solve(system, slope[:, :, None])[:, :, 0]
            tried = self.now - step
            tried_hidden, tried_outputs = self.outputs(tried)
            tried_losses = self.losses(tried, tried_outputs)
            better = (tried_losses < losses) & ~done
            damping = np.clip(np.where(better, damping / 4, damping * 8), 1e-9, 1e6)
            self.now[better] = tried[better]
            outputs[better], losses[better] = tried_outputs[better], tried_losses[better]
            hidden[better] = tried_hidden[better]
            # No step helps any more, however short; whatever is trained beside it, that network stays.
            done |= ~better & (damping > 1e3)
            matrix, slope = self.system(hidden, outputs)
        h = self.h
        w, b, a = (self.now[:, i * h : (i + 1) * h] for i in range(3))
        return Networks(w, b, a, self.now[:, -1], self.used, losses, taken)
