"""Chapter 2: measuring a gradient, to check the one that was written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.values import Shown
from bigmodel_nb.language import gettext as _

_ALLOWED = 1e-6  # of the largest slope


@dataclass(repr=False)
class PracticeLoss:
    """`f(w)` for an array w, its true `slopes`, and in `log` the points at which it was asked.

    A large constant, sines, and a square in which all weights meet. As in a sum over many examples, the
    change is small beside the value, and each slope depends on the other weights.
    Computed with the precision of w, as a network is.
    """

    waves: np.ndarray
    log: list[np.ndarray] = field(default_factory=list)

    def __call__(self, w: Any) -> Any:
        w = np.asarray(w)
        w = w if w.dtype.kind == "f" else w.astype(np.float64)
        if w.shape != self.waves.shape:
            expected = _("an array of shape {shape}").format(shape=self.waves.shape)
            raise arguments.wrong_value("w", expected, w)
        self.log.append(w.copy())
        return w.dtype.type(100) + np.sum(np.sin(self.waves.astype(w.dtype) * w)) + np.sum(w) ** 2 / 2

    def slopes(self, w: np.ndarray) -> np.ndarray:
        exact = w.astype(np.float64)
        return self.waves * np.cos(self.waves * exact) + exact.sum()

    def __repr__(self) -> str:
        return "f(w)"


def practice_loss(seed: int, shape: tuple[int, ...] = (2, 3)) -> tuple[PracticeLoss, np.ndarray]:
    """The loss of that number, and a point w (float32) at which to measure its gradient."""
    rng = np.random.default_rng(arguments.whole("seed", seed, 0))
    while True:
        f = PracticeLoss(inputs.numbers(rng, *shape))
        w = (inputs.numbers(rng, *shape) + 0.05).astype(np.float32)
        slopes = np.abs(f.slopes(w))
        if slopes.min() > 0.2 and slopes.max() < 6:
            return f, w


def _try_measure(measured_gradient: ReaderFunction, rng: np.random.Generator) -> str:
    for shape in ((3,), (2, 3)):
        seed = int(rng.integers(1000))
        f, w = practice_loss(seed, shape)
        shown = f"networks.practice_loss({seed}, {shape})"
        call = measured_gradient(f=Shown(f, f"{shown}[0]"), w=Shown(w, f"{shown}[1]"))
        _must_measure(call, f, w)
    return _(
        "A central difference is wrong by about h², until rounding takes over. Hold it against any gradient "
        "that you write: agreement to six digits is no accident."
    )


def _must_measure(call: Call, f: PracticeLoss, w: np.ndarray) -> None:
    wanted, got = f.slopes(w), values.as_numbers(call.value)
    if not f.log:
        raise call.fault(_("Your function never calls f."))
    if got is None or got.shape != wanted.shape:
        message = _("The gradient has one number for each weight, in the shape of w: {shape}.")
        raise call.fault(
            message.format(shape=w.shape), expected=values.text(wanted), received=values.text(call.value)
        )
    if np.isfinite(got).all() and np.abs(got - wanted).max() <= _ALLOWED * np.abs(wanted).max():
        return
    expected, received = values.texts(wanted, got)
    raise call.fault(_what_went_wrong(f, w, got, wanted), expected=expected, received=received)


def _what_went_wrong(f: PracticeLoss, w: np.ndarray, got: np.ndarray, wanted: np.ndarray) -> str:
    """The places at which f was asked give the method away, and with it the fault."""
    for factor, message in (
        (2.0, _("Twice too large: the two points lie 2 h apart, so divide by 2 h.")),
        (-1.0, _("The sign is wrong: it is f(w + h) minus f(w - h).")),
        (-2.0, _("The sign is wrong, and the two points lie 2 h apart: divide by 2 h.")),
    ):
        if np.allclose(got, factor * wanted, rtol=1e-3):
            return message
    if any(point.dtype != np.float64 for point in f.log):
        return _(
            "You compute with float32, in which f has only seven digits: 100 and a small change leave none "
            "for the slope. Make w float64 first."
        )
    steps = [step for step in (point - w.astype(np.float64) for point in f.log) if step.any()]
    if not steps:
        return _("You ask f only at w itself. To see a slope, move a little.")
    if max(np.count_nonzero(step) for step in steps) > 1:
        drifted = np.count_nonzero(steps[0]) == 1
        return (
            _("A weight that you moved stays moved while you measure the next. Put it back first.")
            if drifted
            else _("You move all weights at once. Each slope needs its own weight moved, and no other.")
        )
    h = float(np.median([np.abs(step).max() for step in steps]))
    if h < 1e-8:
        return _(
            "h is {h:.0e}, too small: f changes by less than its last digits, and the quotient is rounding. "
            "1e-5 is about right."
        ).format(h=h)
    if not any(step.min() < 0 for step in steps) or not any(step.max() > 0 for step in steps):
        return _(
            "You measure on one side only, which is wrong by about h. Ask on both sides, f(w + h) and "
            "f(w - h): that is wrong by about h²."
        )
    if h > 2e-3:
        return _(
            "h is {h:.0e}, too large: the curve bends between the two points. 1e-5 is about right."
        ).format(h=h)
    if np.isclose(np.ravel(got), np.ravel(wanted), rtol=1e-3).any():
        return _("Some slopes are right and some are not. Is every weight measured, and put in its place?")
    return _("These are not the slopes: (f(w + h) - f(w - h)) / (2 h), one weight at a time.")


gradient_check = Exercise(
    key="02/gradient-check",
    handle="networks.gradient_check",
    title=_("Check a gradient"),
    kind=_("write"),
    words=_(
        "`f(w)` is a loss, `w` an array of any shape (float32, as Keras's weights are). Measure its "
        "gradient: move one weight up by a small h, then down by it, and divide the change of f by 2 h. "
        "Return an array of the shape of `w`, right to six digits. `f, w = networks.practice_loss(7)` gives "
        "one to try."
    ),
    signature="measured_gradient(f, w)",
    template='''
def measured_gradient(f, w):
    """The slope of f for each weight, by central differences; an array of the shape of w."""
    w = ...                            # what precision does this need?
    h = ...
    slopes = np.zeros(w.shape)
    for place in np.ndindex(w.shape):  # (0, 0), (0, 1), ...
        step = np.zeros_like(w)
        step[place] = h
        slopes[place] = ...
    return slopes
''',
    hints=(
        _(
            "Two errors work against each other: the curve bends between the two points, and numbers have "
            "only so many digits. Which of them grows when h shrinks?"
        ),
        _(
            "float32 has seven digits, float64 sixteen. With sixteen, an h of about 1e-5 keeps both errors "
            "below a millionth."
        ),
        _("`w = w.astype(np.float64)`, `h = 1e-5`, and `(f(w + step) - f(w - step)) / (2 * h)`."),
    ),
    ours='''
def measured_gradient(f, w):
    """The slope of f for each weight, by central differences; an array of the shape of w."""
    w = w.astype(np.float64)
    h = 1e-5
    slopes = np.zeros(w.shape)
    for place in np.ndindex(w.shape):
        step = np.zeros_like(w)
        step[place] = h
        slopes[place] = (f(w + step) - f(w - step)) / (2 * h)
    return slopes
''',
    trial=_try_measure,
    answers="bigmodel_nb.exercises.networks.answers.gradient_checking:gradient_check",
)
