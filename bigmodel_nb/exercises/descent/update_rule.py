"""Chapter 1: the update step."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _


def _try_step(step: ReaderFunction, rng: np.random.Generator) -> str:
    for shape in ((2,), (3,), (2, 2)):
        step.try_case(telling(partial(_step, rng, shape)))
    return _("This line trains every model of this course. What changes is how the gradient is found.")


def _step(rng: np.random.Generator, shape: tuple[int, ...]) -> Case:
    w, gradient, rate = (
        inputs.numbers(rng, *shape),
        inputs.numbers(rng, *shape),
        inputs.number(rng, 0.05, 0.45),
    )
    return Case(
        {"w": w, "gradient": gradient, "rate": rate},
        w - rate * gradient,
        [
            Suspect(
                w + rate * gradient, _("Your step walks uphill: the gradient points to where the loss grows.")
            ),
            Suspect(w - gradient, _("The rate is missing: you take the whole gradient as the step.")),
            Suspect(
                w - rate, _("The gradient is missing: every weight moves by the rate, whatever its slope.")
            ),
            Suspect(-rate * gradient, _("You return the change. Return the new weights: w and the change.")),
            Suspect(rate * gradient, _("You return the change. Return the new weights: w minus the change.")),
            Suspect(
                w - rate * gradient / np.linalg.norm(gradient),
                _("You divide the gradient by its length. Its length matters: steep means a longer step."),
            ),
            Suspect(
                w - rate * np.sign(gradient),
                _("You use only the sign of the gradient. Its size matters: steep means a longer step."),
            ),
            Suspect(
                w - gradient / rate, _("You divide by the rate: a smaller rate must give a smaller step.")
            ),
            Suspect(w - rate * w, _("You subtract a share of w. It is the gradient that says where to go.")),
            Suspect(
                w - rate * gradient.mean(), _("You move all weights by the mean gradient. Each has its own.")
            ),
            Suspect(
                w - rate * gradient.sum(), _("You move all weights by the summed gradient. Each has its own.")
            ),
            Suspect(w, _("You return w as it was: nothing has moved.")),
        ],
    )


update_step = Exercise(
    key="01/update-step",
    handle="descent.update_step",
    title=_("Update step"),
    kind=_("fill in one line"),
    words=_(
        "Take one step of gradient descent. `w` holds the weights, `gradient` the slope of the loss for each "
        "of them (an array of the same shape), `rate` is the learning rate, a number. Each weight moves "
        "downhill, by the rate times its own slope. Return the new weights as a new array."
    ),
    signature="step(w, gradient, rate)",
    template='''
def step(w, gradient, rate):
    """One step of gradient descent: the new weights, as a new array."""
    return ...
''',
    hints=(
        _("The gradient points uphill. Where do you want to go, and how far?"),
        _(
            "The change is the rate times the gradient. It is taken away from `w`, without changing `w` "
            "itself."
        ),
        _("`return w - rate * ...`"),
    ),
    ours='''
def step(w, gradient, rate):
    """One step of gradient descent: the new weights, as a new array."""
    return w - rate * gradient
''',
    trial=_try_step,
    answers="bigmodel_nb.exercises.descent.answers.update_rule:step",
)
