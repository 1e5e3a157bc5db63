"""Chapter 3: a step of descent with an L1 price, which reaches exact zeros."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.regularization import soft_threshold


def _try_step(l1_step: ReaderFunction, rng: np.random.Generator) -> str:
    for size in (6, 8):
        l1_step.try_case(telling(partial(_case, rng, size)))
    w = inputs.numbers(rng, 4) / 100
    call = l1_step(w=w, gradient=np.zeros(4), rate=0.1, l1=0.5)
    call.must_equal(
        np.zeros(4),
        Suspect(w - 0.05 * np.sign(w), _oscillates()),
        Suspect(w * (1 - 0.05), _("That is L2: it shrinks by a share, and never arrives at 0.")),
    )
    return _(
        "Weights that are closer to 0 than the price takes off stop there, and stay as long as it is worth."
    )


def _oscillates() -> str:
    return _(
        "You subtract rate * l1 * sign(w): near 0 that leaps across, step after step, and is never exactly "
        "0. Stop at 0."
    )


def _case(rng: np.random.Generator, size: int) -> Case:
    w, gradient = inputs.numbers(rng, size), inputs.numbers(rng, size)
    rate, l1 = inputs.number(rng, 0.2, 0.6), inputs.number(rng, 0.5, 2.0)
    gradient[:2] = (w[:2] - np.array([0.3, -0.4]) * rate * l1) / rate  # the step ends near 0: stop there
    gradient = np.round(gradient, 3)
    moved, t = w - rate * gradient, rate * l1
    suspects = [
        Suspect(moved - t * np.sign(w), _oscillates()),
        Suspect(moved - t * np.sign(moved), _oscillates()),
        Suspect(
            soft_threshold(moved, l1),
            _("You take l1 off. One step takes off rate * l1, as it does of the gradient."),
        ),
        Suspect(
            soft_threshold(w, t) - rate * gradient,
            _("You shrink first and step afterwards: so no weight ends at 0. Step first."),
        ),
        Suspect(
            np.where(np.abs(moved) > t, moved, 0.0),
            _("You set small weights to 0 and leave the others. All of them pay: move each by rate * l1."),
        ),
        Suspect(np.maximum(np.abs(moved) - t, 0.0), _("The signs are lost: negative weights stay negative.")),
        Suspect(
            np.maximum(moved - t, 0.0), _("Negative weights become 0. They move towards 0 as others do.")
        ),
        Suspect(moved, _("l1 is left out: this is a plain step.")),
        Suspect(moved - rate * l1 * w, _("That is L2, whose slope grows with w. That of |w| is 1 or −1.")),
        Suspect(
            moved - 2 * rate * l1 * w, _("That is L2, whose slope grows with w. That of |w| is 1 or −1.")
        ),
        Suspect(soft_threshold(w + rate * gradient, t), _("Your step walks uphill: subtract the gradient.")),
        Suspect(soft_threshold(w, t), _("The gradient is left out: only the price acts.")),
    ]
    inputs_ = {"w": w, "gradient": gradient, "rate": rate, "l1": l1}
    return Case(inputs_, soft_threshold(moved, t), suspects)


l1_step = Exercise(
    key="03/l1-step",
    handle="regularization.l1_step",
    title=_("A step that reaches zero"),
    kind=_("write"),
    words=_(
        "One step of descent on loss + `l1` · Σ|w|. First step against the `gradient` of the loss, then move "
        "each weight towards 0 by `rate * l1`, and stop at 0 where it would cross it. `w` and `gradient` "
        "have one shape. Return the new weights."
    ),
    signature="l1_step(w, gradient, rate, l1)",
    template='''
def l1_step(w, gradient, rate, l1):
    """One step with an L1 price: the new weights, some of them exactly 0."""
    moved = w - rate * gradient
    return ...
''',
    hints=(
        _("What does moving towards 0 do to the size of a weight, and what to its sign?"),
        _(
            "The size shrinks by rate · l1, but not below 0; the sign stays. Sizes and signs come apart "
            "easily."
        ),
        _("`np.sign(moved) * np.maximum(np.abs(moved) - rate * l1, 0)`: the soft threshold of the lasso."),
    ),
    ours='''
def l1_step(w, gradient, rate, l1):
    """One step with an L1 price: the new weights, some of them exactly 0."""
    moved = w - rate * gradient
    return np.sign(moved) * np.maximum(np.abs(moved) - rate * l1, 0)
''',
    trial=_try_step,
    answers="bigmodel_nb.exercises.regularization.answers.sparse_step:step",
)
