"""Learning-rate schedules: what the rate is multiplied by as the steps go by.

    schedule = WarmupCosine(warmup=10, steps=100)
    schedule.rate(10, base=0.3)           # 0.3: the peak

`rate(step, base)` gives the learning rate of a step (counted from 0) for a base rate. One schedule looks at
the loss, so a training loop follows any of them in one way:

    rate_at = schedule.follow(0.3)
    for step in range(100):
        rate = rate_at(step, loss)        # the loss before this step

`steps` is the whole number of steps of the run, warm-up included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, pi
from typing import Any, ClassVar

from bigmodel_nb.arguments import non_negative, number, one_of, positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import Checked, knob, share, share_above_zero, share_below_one

Follower = Callable[[int, "float | None"], float]


def _at_least_one(name: str, value: Any) -> int:
    return whole(name, value, 1)


def _at_least_zero(name: str, value: Any) -> int:
    return whole(name, value, 0)


def _steps() -> Any:
    return knob(100, _at_least_one, 10, 1000, log=True, help=_("the number of steps of the whole run"))


def _final() -> Any:
    return knob(0.0, share, 0.0, 1.0, help=_("the share of the rate that is left at the end"))


@dataclass(frozen=True)
class Schedule(Checked):
    """What the schedules have in common; one of your own needs `_rate`."""

    name: ClassVar[str] = ""
    needs_loss: ClassVar[bool] = False  # whether `follow` must be told the loss

    def rate(self, step: int, base: float) -> float:
        """The learning rate of a step (counted from 0), for a positive base rate."""
        return self._rate(whole("step", step, 0), positive("base", base))

    def follow(self, base: float) -> Follower:
        """A function `(step, loss) -> rate` for one run; to be asked once for each step, in order.

        `loss` is the loss before the step. Only schedules whose `needs_loss` is true look at it.
        """
        base = positive("base", base)

        def rate_at(step: int, loss: float | None = None) -> float:
            return self._rate(step, base)

        return rate_at

    def _rate(self, step: int, base: float) -> float:
        raise NotImplementedError(f"{type(self).__name__} defines no _rate")


@dataclass(frozen=True)
class Constant(Schedule):
    """The same rate at every step."""

    name: ClassVar[str] = "constant"

    def _rate(self, step, base):
        return base


@dataclass(frozen=True)
class StepDecay(Schedule):
    """base * factor^floor(step / every): the rate falls in steps.

    Keras: ExponentialDecay(base, every, factor, staircase=True).
    """

    name: ClassVar[str] = "step"
    every: int = knob(30, _at_least_one, 1, 100, help=_("the number of steps between two cuts"))
    factor: float = knob(0.5, share_above_zero, 0.1, 1.0, help=_("what the rate is multiplied by at a cut"))

    def _rate(self, step, base):
        return base * self.factor ** (step // self.every)


@dataclass(frozen=True)
class Exponential(Schedule):
    """base * decay_rate^(step / decay_steps): the rate loses the same share at every step.

    Keras: ExponentialDecay(base, decay_steps, decay_rate).
    """

    name: ClassVar[str] = "exponential"
    decay_steps: int = knob(100, _at_least_one, 1, 1000, log=True, help=_("steps over which it decays once"))
    decay_rate: float = knob(0.1, share_above_zero, 0.01, 1.0, log=True, help=_("the share left after that"))

    def _rate(self, step, base):
        return base * self.decay_rate ** (step / self.decay_steps)


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine wave from base down to final * base, reached at step `steps` and kept afterwards.

    I. Loshchilov, F. Hutter, 2016, "SGDR: stochastic gradient descent with warm restarts" (without the
    restarts). Keras: CosineDecay(base, steps, alpha=final).
    """

    name: ClassVar[str] = "cosine"
    steps: int = _steps()
    final: float = _final()

    def _rate(self, step, base):
        return base * _half_wave(1.0, self.final, min(step, self.steps) / self.steps)


@dataclass(frozen=True)
class WarmupCosine(Schedule):
    """A straight line from 0 up to base at step `warmup`, then half a cosine wave down to final * base.

    The wave begins where the line ends: it runs from step `warmup` to step `steps`, so there is no jump.
    P. Goyal and others, 2017, "Accurate, large minibatch SGD" for the warm-up.
    Keras: CosineDecay(0.0, steps - warmup, alpha=final, warmup_target=base, warmup_steps=warmup).
    """

    name: ClassVar[str] = "warm-up with cosine"
    warmup: int = knob(10, _at_least_zero, 0, 100, help=_("the number of steps of rising rate"))
    steps: int = _steps()
    final: float = _final()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.warmup >= self.steps:
            expected = _("a whole number below steps, which is {steps}").format(steps=self.steps)
            raise wrong_value("warmup", expected, self.warmup)

    def _rate(self, step, base):
        if step < self.warmup:
            return base * step / self.warmup
        return base * _half_wave(
            1.0, self.final, (min(step, self.steps) - self.warmup) / (self.steps - self.warmup)
        )


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up and down once: from start * base to base at step peak_at * steps, then to final * base at `steps`.

    L. N. Smith, N. Topin, 2018, "Super-convergence: very fast training of neural networks using large
    learning rates". They joined straight lines; this is the variant with two half cosine waves that
    PyTorch's OneCycleLR made the usual one. `base` is the highest rate; PyTorch's div_factor is 1 / start
    and its final_div_factor is start / final. Momentum is left alone.
    """

    name: ClassVar[str] = "one-cycle"
    steps: int = _steps()
    peak_at: float = knob(0.3, share, 0.05, 0.95, help=_("the share of the run at which the rate is highest"))
    start: float = knob(1 / 25, share, 0.0, 1.0, help=_("the first rate, as a share of the highest"))
    final: float = knob(1e-4, share, 0.0, 1.0, help=_("the last rate, as a share of the highest"))

    def _rate(self, step, base):
        step, peak = min(step, self.steps), self.peak_at * self.steps
        if step < peak:
            return base * _half_wave(self.start, 1.0, step / peak)
        return base * _half_wave(1.0, self.final, (step - peak) / (self.steps - peak) if step > peak else 0.0)


@dataclass(frozen=True)
class ReduceOnPlateau(Schedule):
    """The rate is multiplied by `factor` whenever the loss has not improved for `patience` steps.

    A loss counts as an improvement where it is lower than the best so far by more than `min_delta`.
    The rules are those of Keras's ReduceLROnPlateau (cooldown 0), which counts epochs where this counts
    steps.
    """

    name: ClassVar[str] = "reduce on plateau"
    needs_loss: ClassVar[bool] = True
    patience: int = knob(10, _at_least_one, 1, 50, help=_("how many steps without improvement are accepted"))
    factor: float = knob(0.5, share_below_one, 0.05, 0.95, help=_("what the rate is multiplied by then"))
    min_delta: float = knob(1e-4, non_negative, 0.0, 1.0, help=_("how much lower counts as an improvement"))

    def rate(self, step: int, base: float, losses: Sequence[float] = ()) -> float:
        """The learning rate of a step after `losses`, the loss before each step from 0 on.

        Without losses nothing is known to stand still, and the rate is `base`.
        """
        step, rate = whole("step", step, 0), positive("base", base)
        try:
            seen = [number("losses", loss) for loss in losses]
        except TypeError:
            raise wrong_type("losses", _("a list of finite numbers"), losses) from None
        rate_at = self.follow(rate)
        for place, loss in enumerate(seen[: step + 1]):
            rate = rate_at(place, loss)
        return rate

    def follow(self, base: float) -> Follower:
        rate, best, waited = positive("base", base), None, 0

        def rate_at(step: int, loss: float | None = None) -> float:
            nonlocal rate, best, waited
            if loss is None:
                return rate
            if best is None or loss + self.min_delta < best:
                best, waited = loss, 0
                return rate
            waited += 1
            if waited >= self.patience:
                rate, waited = rate * self.factor, 0
            return rate

        return rate_at


def _half_wave(first: float, last: float, share: float) -> float:
    """From `first` (at share 0) to `last` (at share 1) along half a cosine wave."""
    return last + (first - last) * (1 + cos(pi * share)) / 2


SCHEDULES: dict[str, type[Schedule]] = {
    schedule.name: schedule
    for schedule in (Constant, StepDecay, Exponential, Cosine, WarmupCosine, OneCycle, ReduceOnPlateau)
}


def for_steps(name: str, steps: int) -> Schedule:
    """The schedule called `name` with settings that suit a run of `steps` steps (1 or more).

    A cut in half at every quarter of the run; exponential decay to a tenth; a tenth of the run as
    warm-up; patience for a twentieth of it. The others are told the length of the run.
    """
    name, steps = one_of("name", name, SCHEDULES), whole("steps", steps, 1)
    made: dict[str, Schedule] = {
        Constant.name: Constant(),
        StepDecay.name: StepDecay(every=max(steps // 4, 1)),
        Exponential.name: Exponential(decay_steps=steps),
        Cosine.name: Cosine(steps=steps),
        WarmupCosine.name: WarmupCosine(warmup=steps // 10, steps=steps),
        OneCycle.name: OneCycle(steps=steps),
        ReduceOnPlateau.name: ReduceOnPlateau(patience=max(steps // 20, 1)),
    }
    return made[name]
