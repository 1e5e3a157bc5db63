"""Batch, mini-batch and stochastic descent for linear and logistic regression.

    problem = Problem(x, y)
    budget = 3 * len(problem)                                     # three passes over the rows
    batch = train(problem, learning_rate=0.1, examples=budget)
    mini = train(problem, batch_size=32, learning_rate=0.05, examples=budget)
    single = train(problem, batch_size=1, learning_rate=0.01, examples=budget)

What a step costs is the number of rows whose gradient it needs. So the three kinds are compared at the same
number of per-example gradients, and not at the same number of steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bigmodel_nb.arguments import positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.knobs import share
from bigmodel_nb.maths.linear_models import Problem, slope
from bigmodel_nb.maths.schedules import Constant, Schedule

__all__ = ["BatchPath", "Problem", "train"]

MOST_EXAMPLES = 10_000_000
# A descent has run away once the loss is this many times what it was for weights of zero.
FAR = 1e6


@dataclass(frozen=True, eq=False)
class BatchPath:
    """Where a descent on batches went: k steps, so k + 1 points. Arrays are float64 and read-only."""

    problem: Problem
    batch_size: int
    points: np.ndarray = field(repr=False)  # (k + 1, d + 1), the start first; bias last
    examples_seen: np.ndarray = field(repr=False)  # (k + 1,) per-example gradients spent by then
    losses: np.ndarray = field(repr=False)  # (k + 1,) the loss over all rows at each point
    rates: np.ndarray = field(repr=False)  # (k,) the learning rate of each step
    diverged_at: int | None = None  # the step (counted from 1) after which the loss had run away
    reason: str | None = None  # how, in words

    def __post_init__(self) -> None:
        if not isinstance(self.problem, Problem):
            raise wrong_type("problem", _("a Problem, such as Problem(x, y)"), self.problem)
        object.__setattr__(self, "batch_size", whole("batch_size", self.batch_size, 1))
        k = np.shape(self.points)[0] - 1 if np.ndim(self.points) == 2 else 0
        width = self.problem.x.shape[1] + 1
        shapes = {"points": (k + 1, width), "examples_seen": (k + 1,), "losses": (k + 1,), "rates": (k,)}
        for name, shape in shapes.items():
            expected = _("an array of finite numbers of shape {shape}").format(shape=shape)
            given = array_of_numbers(name, getattr(self, name), expected, empty=True)
            if given.shape != shape:
                raise wrong_value(name, expected, given)
            array = np.array(given, dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def until(self, step: int) -> BatchPath:
        """The path up to a step: what was known then."""
        step = whole("step", step, 0, self.steps)
        if step == self.steps:
            return self
        return replace(
            self,
            points=self.points[: step + 1],
            examples_seen=self.examples_seen[: step + 1],
            losses=self.losses[: step + 1],
            rates=self.rates[:step],
            diverged_at=None,
            reason=None,
        )

    @property
    def kind(self) -> str:
        """ "batch", "mini-batch" or "stochastic"."""
        if self.batch_size >= len(self.problem):
            return "batch"
        return "stochastic" if self.batch_size == 1 else "mini-batch"

    @property
    def steps(self) -> int:
        """The number k of steps."""
        return len(self.rates)

    @property
    def final_loss(self) -> float:
        """The loss over all rows at the last point."""
        return float(self.losses[-1])

    @property
    def lowest(self) -> float:
        """The lowest loss over all rows at any point."""
        return float(self.losses.min())


def train(
    problem: Problem,
    *,
    batch_size: int | None = None,
    learning_rate: float = 0.1,
    examples: int | None = None,
    start: Any = None,
    seed: int = 0,
    momentum: float = 0.0,
    schedule: Schedule | None = None,
) -> BatchPath:
    """Descends on batches of `batch_size` rows (None, or as many as there are: all rows in every step).

    `examples` is the number of per-example gradients to spend (default: three passes over the rows); a step
    that would spend more is not taken. The rows are shuffled anew for every pass, x and y together, and
    the last, smaller batch of a pass is used, too. `start` holds the weights and then the bias (default:
    zeros). A step is v <- momentum v - rate g and w + v, where g is the mean gradient of the batch (Keras's
    SGD); `schedule` changes the rate from step to step.

    Where the loss over all rows exceeds a million times that of zero weights (or of the start, if that is
    higher), or is no longer finite, the path ends and `diverged_at` is the step at which that happened.
    """
    if not isinstance(problem, Problem):
        raise wrong_type("problem", _("a Problem, such as Problem(x, y)"), problem)
    n = len(problem)
    batch_size = n if batch_size is None else min(whole("batch_size", batch_size, 1), n)
    learning_rate = positive("learning_rate", learning_rate)
    examples = (
        min(3 * n, MOST_EXAMPLES) if examples is None else whole("examples", examples, 0, MOST_EXAMPLES)
    )
    seed = whole("seed", seed, 0)
    momentum = share("momentum", momentum)
    if schedule is None:
        schedule = Constant()
    elif not isinstance(schedule, Schedule):
        raise wrong_type("schedule", _("a schedule, such as Cosine(steps=100), or None"), schedule)
    w = _checked_start(problem, start)

    random = np.random.default_rng(seed)
    rate_at = schedule.follow(learning_rate)
    rows, targets, loss = problem._rows, problem._targets, None
    points, seen = [w], [0]
    rates: list[float] = []
    velocity = np.zeros_like(w)
    with np.errstate(all="ignore"):
        while np.isfinite(w).all() and seen[-1] + batch_size <= examples:
            order = random.permutation(n) if batch_size < n else slice(None)
            shuffled, their_targets = rows[order], targets[order]
            for first in range(0, n, batch_size):
                batch = shuffled[first : first + batch_size]
                if seen[-1] + len(batch) > examples:
                    break
                if schedule.needs_loss:
                    loss = float(problem.value(w))
                rate = rate_at(len(rates), loss)
                gradient = slope(problem.loss, batch, their_targets[first : first + batch_size], w)
                velocity = momentum * velocity - rate * gradient
                w = w + velocity
                points.append(w)
                seen.append(seen[-1] + len(batch))
                rates.append(rate)
    return _ended(problem, batch_size, np.array(points), np.array(seen), np.array(rates))


def _checked_start(problem: Problem, start: Any) -> np.ndarray:
    width = problem.x.shape[1] + 1
    if start is None:
        return np.zeros(width)
    expected = _("{count} finite numbers (weights, then the bias) at which the loss is finite")
    expected = expected.format(count=width)
    w = np.array(array_of_numbers("start", start, expected), dtype=np.float64)
    if w.shape != (width,) or not np.isfinite(problem.value(w)):
        raise wrong_value("start", expected, start)
    return w


def _ended(
    problem: Problem, batch_size: int, points: np.ndarray, seen: np.ndarray, rates: np.ndarray
) -> BatchPath:
    """The path up to where it ran away, if it did."""
    losses = problem.value(points)
    limit = FAR * max(float(losses[0]), float(problem.value(np.zeros_like(points[0]))))
    finite = np.isfinite(points).all(axis=1) & np.isfinite(losses)
    away = ~finite | (losses > limit)
    away[0] = False
    diverged_at, reason, taken = None, None, len(rates)
    if away.any():
        diverged_at = taken = int(np.argmax(away))
        reason = _("the loss grew by a factor of a million")
        if not finite[diverged_at]:
            taken, reason = diverged_at - 1, _("became infinite")
    return BatchPath(
        problem=problem,
        batch_size=batch_size,
        points=points[: taken + 1],
        examples_seen=seen[: taken + 1],
        losses=losses[: taken + 1],
        rates=rates[:taken],
        diverged_at=diverged_at,
        reason=reason,
    )
