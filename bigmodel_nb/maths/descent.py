"""Walking down a loss surface, step by step, with any of the seven rules.

    path = descend(bowl(condition=30), Adam(learning_rate=0.3), steps=80)
    path.points          # (81, 2): where the weights were
    path.values          # (81,): the loss there
    path.diverged_at     # None, or the step at which the descent ran away

A descent that runs away is a result, not an error: the path ends there and says when and how.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bigmodel_nb.arguments import non_negative, point, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.landscape import Surface
from bigmodel_nb.maths.optimizers import (
    OPTIMIZERS,
    AdaGrad,
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
)
from bigmodel_nb.maths.schedules import Constant, Schedule

__all__ = [
    "OPTIMIZERS",
    "AdaGrad",
    "Adam",
    "AdamW",
    "GradientDescent",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "Path",
    "RMSProp",
    "descend",
]

# A path has run away once it is this many widths of the picture from the picture's middle.
FAR = 100
MOST_STEPS = 1_000_000


@dataclass(frozen=True, eq=False)
class Path:
    """Where a descent went: n steps, so n + 1 points. All arrays are float64 and read-only."""

    optimizer: Optimizer
    surface: Surface
    points: np.ndarray = field(repr=False)  # (n + 1, 2), the start first
    values: np.ndarray = field(repr=False)  # (n + 1,) the loss at each point
    gradients: np.ndarray = field(repr=False)  # (n, 2) as the optimizer saw them, noise included
    rates: np.ndarray = field(repr=False)  # (n,) the learning rate of each step
    memories: np.ndarray = field(repr=False)  # (n, 2) where momentum pushed after each step; zeros without
    diverged_at: int | None = None  # the step (counted from 1) after which the weights had run away
    reason: str | None = None  # how, in words

    def __post_init__(self) -> None:
        if not isinstance(self.optimizer, Optimizer):
            raise wrong_type("optimizer", _("an optimizer, such as Adam(learning_rate=0.1)"), self.optimizer)
        if not isinstance(self.surface, Surface):
            raise wrong_type("surface", _("a Surface, such as bowl()"), self.surface)
        n = np.shape(self.points)[0] - 1 if np.ndim(self.points) == 2 else 0
        shapes = {
            "points": (n + 1, 2),
            "values": (n + 1,),
            "gradients": (n, 2),
            "rates": (n,),
            "memories": (n, 2),
        }
        for name, shape in shapes.items():
            expected = _("an array of numbers of shape {shape}").format(shape=shape)
            given = array_of_numbers(name, getattr(self, name), expected, finite=False, empty=True)
            if given.shape != shape:
                raise wrong_value(name, expected, given)
            array = np.array(given, dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def until(self, step: int) -> Path:
        """The path up to a step: what was known then."""
        step = whole("step", step, 0, self.steps)
        if step == self.steps:
            return self
        return replace(
            self,
            points=self.points[: step + 1],
            values=self.values[: step + 1],
            gradients=self.gradients[:step],
            rates=self.rates[:step],
            memories=self.memories[:step],
            diverged_at=None,
            reason=None,
        )

    @property
    def steps(self) -> int:
        """The number n of steps that were taken and led to a finite point."""
        return len(self.points) - 1

    @property
    def updates(self) -> np.ndarray:
        """(n, 2): what each step added to the weights."""
        return np.diff(self.points, axis=0)

    @property
    def final_value(self) -> float:
        """The loss at the last point."""
        return float(self.values[-1])

    @property
    def lowest(self) -> float:
        """The lowest loss at any point of the path."""
        return float(self.values.min())


def descend(
    surface: Surface,
    optimizer: Optimizer,
    *,
    start: tuple[float, float] | None = None,
    steps: int = 100,
    schedule: Schedule | None = None,
    noise: float = 0.0,
    seed: int = 0,
) -> Path:
    """Takes `steps` steps (0 to 1,000,000) down `surface` from `start` (default: the surface's own).

    `schedule` changes the optimizer's learning rate from step to step. `noise` is the standard deviation
    of the Gaussian noise added to each component of each gradient, as mini-batches would; one `seed` gives
    every optimizer the same noise.

    The path ends early where it leaves the neighborhood of the picture (more than 100 times its width
    from its middle) or where a weight or the loss is no longer a finite number. Then `diverged_at` is the
    step at which that happened; a point outside is the path's last, an infinite one is left out.
    """
    if not isinstance(surface, Surface):
        raise wrong_type("surface", _("a Surface, such as bowl()"), surface)
    if not isinstance(optimizer, Optimizer):
        raise wrong_type("optimizer", _("an optimizer, such as Adam(learning_rate=0.1)"), optimizer)
    if schedule is None:
        schedule = Constant()
    elif not isinstance(schedule, Schedule):
        raise wrong_type("schedule", _("a schedule, such as Cosine(steps=100), or None"), schedule)
    steps = whole("steps", steps, 0, MOST_STEPS)
    noise = non_negative("noise", noise)
    seed = whole("seed", seed, 0)
    low, high = _neighborhood(surface)
    w = _checked_start(surface, surface.start if start is None else point("start", start), low, high)

    points = np.empty((steps + 1, 2))
    gradients, memories = np.empty((steps, 2)), np.zeros((steps, 2))
    rates = np.empty(steps)
    points[0] = w
    taken, diverged_at, reason = steps, None, None
    rate_at = schedule.follow(optimizer.learning_rate)
    state = optimizer._begin(w)
    rule, memory, slope = optimizer._rule, optimizer._memory, surface.gradient
    (left, bottom), (right, top) = low, high
    with np.errstate(all="ignore"):
        kicks = noise * np.random.default_rng(seed).standard_normal((steps, 2)) if noise else None
        for step in range(steps):
            loss = float(surface.value(w)) if schedule.needs_loss else None
            rates[step] = rate = rate_at(step, loss)
            gradient = slope(w) if kicks is None else slope(w) + kicks[step]
            w, state = rule(w, gradient, state, step, rate)
            points[step + 1], gradients[step] = w, gradient
            pushed = memory(state)
            if pushed is not None:
                memories[step] = pushed
            first, second = w.tolist()
            if not (left <= first <= right and bottom <= second <= top):  # false for NaN, too
                taken = diverged_at = step + 1
                reason = _("left the picture by a factor of {factor}").format(factor=FAR)
                break
        values = np.asarray(surface.value(points[: taken + 1]), dtype=np.float64)
        finite = np.isfinite(points[: taken + 1]).all(axis=1) & np.isfinite(values)
    if not finite.all():
        diverged_at = int(np.argmin(finite))
        taken, reason = diverged_at - 1, _("became infinite")
    return Path(
        optimizer=optimizer,
        surface=surface,
        points=points[: taken + 1],
        values=values[: taken + 1],
        gradients=gradients[:taken],
        rates=rates[:taken],
        memories=memories[:taken],
        diverged_at=diverged_at,
        reason=reason,
    )


def _neighborhood(surface: Surface) -> tuple[tuple[float, float], tuple[float, float]]:
    """The lowest and the highest point that still count as near the picture."""
    left, right, bottom, top = surface.limits
    reach = [FAR * width for width in surface.width]
    middle = (left + right) / 2, (bottom + top) / 2
    return (middle[0] - reach[0], middle[1] - reach[1]), (middle[0] + reach[0], middle[1] + reach[1])


def _checked_start(surface: Surface, start: tuple[float, float], low: Any, high: Any) -> np.ndarray:
    if not all(a <= s <= b for a, s, b in zip(low, start, high, strict=True)):
        expected = _("within {factor} times the picture: {low} to {high}").format(
            factor=FAR, low=tuple(round(v, 6) for v in low), high=tuple(round(v, 6) for v in high)
        )
        raise wrong_value("start", expected, start)
    w = np.array(start)
    with np.errstate(all="ignore"):
        value, gradient = surface.value(w), surface.gradient(w)
    if np.shape(value) != () or not np.isfinite(value):
        raise wrong_value("start", _("a point at which the loss is one finite number"), start)
    if np.shape(gradient) != (2,):
        raise wrong_value("surface", _("a surface whose gradient has shape (2,) at one point"), gradient)
    return w
