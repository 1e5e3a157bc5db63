"""The smallest descent there is: one weight w, the loss f = w^2, and one rule.

    run = roll(rate=0.1)
    run.arrived_at                  # 26: the steps until w is within 0.01 of the lowest point
    roll(rate=1.1).arrived_at       # None

The slope of w^2 is 2w, so a step, w - rate 2w, multiplies w by 1 - 2 rate.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bigmodel_nb.arguments import number, positive

NEAR = 0.01  # this close to the lowest point counts as arrived
FAR = 1e6
MOST_STEPS = 1000


@dataclass(frozen=True, eq=False)
class Roll:
    """Where the ball went: `points` (n + 1,), the start first. It ends where the ball has arrived, is more
    than a million away, or has made a thousand steps. `arrived_at` is n if it has arrived, else None."""

    rate: float
    points: np.ndarray = field(repr=False)

    @property
    def arrived_at(self) -> int | None:
        return len(self.points) - 1 if abs(self.points[-1]) <= NEAR else None

    @property
    def factor(self) -> float:
        """What each step multiplies w by."""
        return 1 - 2 * self.rate


def height(w: float | np.ndarray) -> float | np.ndarray:
    """The loss f = w^2."""
    return w**2


def slope(w: float) -> float:
    """The slope of f at w."""
    return 2 * w


def roll(rate: float, start: float = 3.0) -> Roll:
    """Lets the ball go at `start` (a number from -1e6 to 1e6) with the learning rate `rate` (above zero)."""
    rate, w = positive("rate", rate), number("start", start)
    points = [w]
    while NEAR < abs(w) <= FAR and len(points) <= MOST_STEPS:
        w = w - rate * slope(w)
        points.append(w)
    return Roll(rate, np.array(points))
