"""Chapter 1: momentum, in Keras's convention."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs, values
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _


def _try_momentum(momentum_step: ReaderFunction, rng: np.random.Generator) -> str:
    for shape in ((2,), (3,), (2, 2)):
        velocity = telling(partial(_velocity, rng, shape))
        weights = _weights(velocity)
        call = momentum_step(**velocity.inputs)
        w, v = call.parts("w", "v")
        if values.same(w, velocity.expected) and values.same(v, weights.expected):
            raise call.fault(
                _("The two are in the wrong order: return w first, then v."),
                expected="(w, v)",
                received="(v, w)",
            )
        call.part_must_equal(v, velocity.expected, *velocity.suspects, name="v")
        call.part_must_equal(w, weights.expected, *weights.suspects, name="w")
    return _(
        "Where the slope stays the same, the steps add up to 1 / (1 - m) times a plain one: ten times at "
        "m = 0.9."
    )


def _velocity(rng: np.random.Generator, shape: tuple[int, ...]) -> Case:
    """What the new velocity must be, and what it is under misconceptions."""
    w, v, gradient = (inputs.numbers(rng, *shape) for _name in "wvg")
    rate, m = inputs.number(rng, 0.05, 0.3), inputs.number(rng, 0.6, 0.95)
    average = _(
        "You average: (1 - m) does not belong here. The old velocity keeps its share m, and the whole step "
        "-rate * gradient is added."
    )
    return Case(
        {"w": w, "v": v, "gradient": gradient, "rate": rate, "m": m},
        m * v - rate * gradient,
        [
            Suspect(
                -rate * gradient, _("The old velocity is forgotten: v starts anew from the gradient alone.")
            ),
            Suspect(
                m * v + rate * gradient,
                _(
                    "The velocity grows uphill: here v is the step itself, so the gradient is subtracted "
                    "in it."
                ),
            ),
            Suspect(
                m * v + gradient,
                _(
                    "That is PyTorch's convention, where v collects gradients and the rate comes "
                    "afterwards. It is a good one too, but here v is the step itself, as in Keras: the "
                    "rate belongs into v."
                ),
            ),
            Suspect(m * v - gradient, _("The rate is missing in v.")),
            Suspect(m * v - (1 - m) * rate * gradient, average),
            Suspect(m * v + (1 - m) * gradient, average),
            Suspect(m * v - (1 - m) * gradient, average),
            Suspect(v - rate * gradient, _("m is missing: nothing of the old velocity is ever lost.")),
            Suspect(
                m * (v - rate * gradient),
                _("m scales the gradient too. Only the old velocity keeps a share m."),
            ),
            Suspect(
                rate * (m * v - gradient),
                _(
                    "The rate scales the old velocity too. It is in there already: apply it to the "
                    "gradient only."
                ),
            ),
            Suspect(v, _("v comes back as it was: it must be the new velocity.")),
        ],
    )


def _weights(velocity: Case) -> Case:
    """What the new weights must be once the velocity is right, and what they are under misconceptions."""
    w, old, gradient, rate, m = velocity.inputs.values()
    v = velocity.expected
    return Case(
        velocity.inputs,
        w + v,
        [
            Suspect(w + rate * v, _("The rate is applied twice: it is in v already.")),
            Suspect(w - rate * v, _("The rate is applied twice: it is in v already, and so is the sign.")),
            Suspect(w - v, _("The sign is wrong: v points downhill already, so add it.")),
            Suspect(w + old, _("w moves by the old velocity. Move by the new one.")),
            Suspect(w - rate * gradient, _("w moves by the gradient alone: the velocity is never used.")),
            Suspect(w + v - rate * gradient, _("The gradient counts twice: it is in v already.")),
            Suspect(w + m * v - rate * gradient, _("That is Nesterov's variant. Here w moves by v.")),
            Suspect(v, _("You return the step where the new weights belong: add it to w.")),
            Suspect(w, _("w comes back as it was: nothing has moved.")),
        ],
    )


momentum = Exercise(
    key="01/momentum",
    handle="descent.momentum",
    title=_("Momentum"),
    kind=_("write"),
    words=_(
        "Take one step with momentum. `v` is the velocity: the step that was taken last time, an array "
        "of the shape of `w`. The new velocity keeps the share `m` of the old one and adds the plain "
        "gradient-descent step, `-rate` times the gradient; then `w` moves by the new velocity. Return "
        "both, `w` first. (This is Keras's convention: the rate is part of `v`.)"
    ),
    signature="momentum_step(w, v, gradient, rate, m)",
    template='''
def momentum_step(w, v, gradient, rate, m):
    """One step with momentum: the new w and the new v, as new arrays."""
    v = ...
    w = ...
    return w, v
''',
    hints=(
        _(
            "A ball that rolls keeps most of its speed. Which share of the last step is kept, and what "
            "is added to it?"
        ),
        _(
            "`v` is made of two terms: `m` times the old `v`, and the step of plain gradient descent "
            "with its sign."
        ),
        _("`v = m * v - rate * ...`, then `w = w + ...`"),
    ),
    ours='''
def momentum_step(w, v, gradient, rate, m):
    """One step with momentum: the new w and the new v, as new arrays."""
    v = m * v - rate * gradient
    w = w + v
    return w, v
''',
    trial=_try_momentum,
    answers="bigmodel_nb.exercises.descent.answers.momentum_rule:momentum",
)
