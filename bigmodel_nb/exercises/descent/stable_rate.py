"""Chapter 1: the rate at which gradient descent on a bowl stops working."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.fault import Fault
from bigmodel_nb.language import gettext as _

BOWLS = (
    np.array([[1.0, 0.0], [0.0, 10.0]]),
    np.array([[4.0, 2.0], [2.0, 7.0]]),
    np.array([[0.5, 0.0], [0.0, 0.02]]),
)
_CLOSE = 2e-3  # predictions are rounded


def _try_rates(answer: Any, rng: np.random.Generator) -> str:
    if callable(answer):
        return _try_rate_function(ReaderFunction(answer, "largest_rate(hessian)"), rng)
    rates = values.as_numbers(answer)
    if rates is None or rates.shape != (len(BOWLS),):
        raise Fault(
            _("Give the check three numbers, one for each bowl, in a list."),
            expected=_("a list of three numbers"),
            received=values.text(answer),
        )
    for hessian, rate in zip(BOWLS, rates, strict=True):
        if not np.isclose(rate, 2 / _steepest(hessian), rtol=_CLOSE, atol=0):
            raise Fault(
                _misconception(hessian, rate),
                given=f"hessian = {values.code(hessian, indent=10)}\nrate = {rate:g}",
                expected=_("a rate below which descent arrives and above which it flies off"),
                received=f"{rate:g}: {_evidence(hessian, rate)}",
            )
    return _("Two over the steepest curvature: the bowl's steepest direction decides for all the others.")


def _try_rate_function(largest_rate: ReaderFunction, rng: np.random.Generator) -> str:
    for size in (2, 2, 3):
        hessian = _random_bowl(rng, size)
        call = largest_rate(hessian=hessian)
        wanted, rate = 2 / _steepest(hessian), values.as_numbers(call.value)
        if rate is None or rate.shape != ():
            raise call.fault(
                _("Your function must return one number."),
                expected=values.text(wanted),
                received=values.text(call.value),
            )
        if not np.isclose(rate, wanted, rtol=_CLOSE, atol=0):
            shown = values.texts(wanted, rate)
            raise call.fault(
                _misconception(hessian, float(rate)),
                expected=shown[0],
                received=f"{shown[1]}: {_evidence(hessian, float(rate))}",
            )
    return _(
        "It holds for bowls that lie at any angle. The steepest direction decides, whichever way it points."
    )


def _random_bowl(rng: np.random.Generator, size: int) -> np.ndarray:
    """A Hessian whose eigenvalues lie well apart and whose axes lie askew."""
    for _attempt in range(1000):
        axes = np.linalg.qr(rng.normal(size=(size, size)))[0]
        curvatures = np.sort(rng.uniform([0.3, 1.0, 2.0][:size], [0.6, 1.5, 8.0][:size]))
        curvatures[-1] *= 2
        hessian = np.round(axes * curvatures @ axes.T, 2)
        hessian = np.tril(hessian) + np.tril(hessian, -1).T
        rates = np.sort([2 / _steepest(hessian), *(rate for rate, _message in _known(hessian))])
        if rates[0] > 0 and (np.diff(rates) > 5 * _CLOSE * rates[:-1]).all():
            return hessian
    raise RuntimeError("no bowl tells the misconceptions apart")


def _steepest(hessian: np.ndarray) -> float:
    return float(np.linalg.eigvalsh(hessian)[-1])


def _known(hessian: np.ndarray) -> list[tuple[float, str]]:
    """Misconceptions: the rate that each gives, and what to say to it."""
    curvatures = np.linalg.eigvalsh(hessian)
    largest, smallest = float(curvatures[-1]), float(curvatures[0])
    return [
        (
            1 / largest,
            _("That is 1/λmax, where the steepest direction arrives in one step. Twice that still works."),
        ),
        (2 / smallest, _("That is 2/λmin. The flattest direction would bear it, the steepest one does not.")),
        (1 / smallest, _("That is 1/λmin. The flattest direction would bear it, the steepest one does not.")),
        (2 * largest, _("That is 2 times λmax. The steeper the bowl, the smaller the rate: divide by λmax.")),
        (largest / 2, _("That is λmax/2. The steeper the bowl, the smaller the rate: turn it over.")),
        (largest, _("That is λmax itself. The steeper the bowl, the smaller the rate: divide by it.")),
        (
            2 / np.trace(hessian),
            _("That is 2 over the trace, the sum of all curvatures. One of them decides alone."),
        ),
        (2 / curvatures.mean(), _("That is 2 over the mean curvature. It is not the mean that decides.")),
        (2 / np.linalg.norm(hessian), _("That is 2 over the Frobenius norm, which adds up all curvatures.")),
        (
            2 / np.max(np.diag(hessian)),
            _("That is 2 over the largest diagonal entry. This bowl lies askew: ask its eigenvalues."),
        ),
    ]


def _misconception(hessian: np.ndarray, rate: float) -> str:
    for value, message in _known(hessian):
        if np.isclose(rate, value, rtol=_CLOSE, atol=0):
            return message
    if not np.isfinite(rate) or rate <= 0:
        return _("A learning rate is a positive number.")
    if rate > 2 / _steepest(hessian):
        return _("That rate is too large for the bowl's steepest direction.")
    return _("That rate works, and so do larger ones.")


def _evidence(hessian: np.ndarray, rate: float, steps: int = 50) -> str:
    """What 50 steps at `rate` do to the loss, started with as much in each direction of the bowl."""
    curvatures = np.linalg.eigvalsh(hessian)
    with np.errstate(all="ignore"):
        losses = [np.sum(curvatures * (1 - rate * curvatures) ** (2 * count)) / 2 for count in (0, steps)]
        change = losses[1] / losses[0]
    if not np.isfinite(change):
        return _("after {steps} steps the loss is infinite").format(steps=steps)
    return _("after {steps} steps the loss is {change:.2g} times what it was").format(
        steps=steps, change=change
    )


largest_stable_rate = Exercise(
    key="01/largest-stable-rate",
    handle="descent.largest_stable_rate",
    title=_("The largest stable rate"),
    kind=_("predict"),
    words=_(
        "A bowl is $f(w) = \\frac{1}{2} w^\\top H w$, with the matrix $H$ of its second derivatives. Below a "
        "certain learning rate gradient descent arrives at its lowest point from anywhere, above it descent "
        "flies off. Predict that rate for three bowls. (Or write a function of `hessian` that finds it, and "
        "check that: it is tried on bowls of any tilt.)"
    ),
    signature="rates",
    template="""
rates = [
    ...,  # H = [[1, 0], [0, 10]]
    ...,  # H = [[4, 2], [2, 7]]
    ...,  # H = [[0.5, 0], [0, 0.02]]
]
""",
    hints=(
        _(
            "Along one axis of a bowl with curvature λ, a step turns w into (1 - rate λ) w. When does "
            "that shrink?"
        ),
        _(
            "It shrinks while 1 - rate λ stays between -1 and 1. Every direction must shrink, so find the "
            "direction that gives up first. In the second bowl the directions are (1, 2) and (2, -1)."
        ),
        _("`2 / np.linalg.eigvalsh(hessian).max()`: two over the largest eigenvalue of $H$."),
    ),
    ours="""
rates = [
    0.2,  # H = [[1, 0], [0, 10]]: eigenvalues 1 and 10
    0.25,  # H = [[4, 2], [2, 7]]: eigenvalues 3 and 8
    4.0,  # H = [[0.5, 0], [0, 0.02]]: eigenvalues 0.5 and 0.02; a flat bowl takes large rates
]


def largest_rate(hessian):
    return 2 / np.linalg.eigvalsh(hessian).max()
""",
    trial=_try_rates,
    answers="bigmodel_nb.exercises.descent.answers.stable_rate:rates",
)
