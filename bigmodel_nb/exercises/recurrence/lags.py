"""Chapter 5: how much of a gradient arrives, step by step back in time."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _

LONG = 12  # steps of the case in which whoever looks back only so far is found out


def _try_lags(gradient_by_lag: ReaderFunction, rng: np.random.Generator) -> str:
    for steps, units in ((4, 2), (5, 3), (LONG, 2)):
        gradient_by_lag.try_case(telling(partial(_case, rng, steps, units)))
    return _(
        "Each step multiplies by the slope of tanh, which is at most 1, and by U. Whether the product dies "
        "out or grows is decided by both, and you can now measure it."
    )


def _back(slope: np.ndarray, states: np.ndarray, U: np.ndarray, bend=None, shift: int = 0) -> np.ndarray:
    """||dL/dh|| at lags 0, 1, ...; `bend` is what tanh's slope is taken for, of the state `shift` before."""
    bend = bend or (lambda h: 1 - h**2)
    norms, now = [np.linalg.norm(slope)], slope
    for t in range(len(states) - 1, 0, -1):
        now = (now * bend(states[t - shift])) @ U.T
        norms.append(np.linalg.norm(now))
    return np.array(norms)


def _case(rng: np.random.Generator, steps: int, units: int) -> Case:
    states = np.round(np.tanh(inputs.numbers(rng, steps, units) / 2), 3)
    slope, U = inputs.numbers(rng, units), inputs.numbers(rng, units, units) / 2
    right = _back(slope, states, U)
    after, now = [right[0]], slope
    for t in range(steps - 1, 0, -1):  # the bend of the step is put behind its product
        now = (now @ U.T) * (1 - states[t] ** 2)
        after.append(np.linalg.norm(now))
    sums, now = [slope.sum()], slope
    for t in range(steps - 1, 0, -1):
        now = (now * (1 - states[t] ** 2)) @ U.T
        sums.append(now.sum())
    suspects = [
        Suspect(
            _back(slope, states, U, np.ones_like),
            _("The slope of tanh is missing: at step t it is 1 - states[t] ** 2."),
        ),
        Suspect(
            _back(slope, states, U, lambda h: 1 - h),
            _("The slope of tanh is 1 - h ** 2, with the square."),
        ),
        Suspect(
            _back(slope, states, U, lambda h: 1 - np.tanh(h) ** 2),
            _("The states have been through tanh already: its slope there is 1 - h ** 2."),
        ),
        Suspect(
            _back(slope, states, U, shift=1),
            _("You take the slope of tanh at the step before. From h[t] back, it is that of states[t]."),
        ),
        Suspect(
            _back(slope, states, U.T),
            _("Forward it was h @ U. Backward, a row of slopes is multiplied by U.T."),
        ),
        Suspect(
            np.array(after),
            _("The other way round: first the slope of tanh, which came last, then U.T."),
        ),
        Suspect(
            right[::-1],
            _("Your numbers run with time. The first shall be lag 0, the last step; then back."),
        ),
        Suspect(right**2, _("These are the squares: the root is missing.")),
        Suspect(np.array(sums), _("You add the slopes up. Take their norm: the root of the sum of squares.")),
        Suspect(right[1:], _("Lag 0 is missing: the slope that you are given, before any step back.")),
        Suspect(right / right[0], _("You divide by the first norm. Return the norms as they are.")),
    ]
    if steps == LONG:
        suspects += [
            Suspect(
                np.where(np.arange(steps) < kept, right, 0.0),
                _(
                    "From some step on you say 0. A gradient that is cut off there has not vanished: nobody "
                    "has looked. Go back to the first step."
                ),
            )
            for kept in range(4, steps)
        ]
    return Case({"slope": slope, "states": states, "U": U}, right, suspects)


gradient_by_lag = Exercise(
    key="05/gradient-by-lag",
    handle="recurrence.gradient_by_lag",
    title=_("The gradient, by lag"),
    kind=_("write, then explain"),
    words=_(
        "A simple recurrent layer went through its steps: `states` (steps, units) holds h after each, for "
        "one sequence. `slope` (units,) is the slope of the loss by the last state. Go back step by step: "
        "through tanh, then through `U`. Return the norm of the slope at each lag, (steps,): entry 0 is the "
        "norm of `slope`, entry k that k steps earlier."
    ),
    signature="gradient_by_lag(slope, states, U)",
    template='''
def gradient_by_lag(slope, states, U):
    """The norm of the loss's slope by the state 0, 1, 2, ... steps before the last."""
    norms = [np.linalg.norm(slope)]
    for t in range(len(states) - 1, 0, -1):
        slope = ...                      # by the state before step t
        norms.append(np.linalg.norm(slope))
    return np.array(norms)
''',
    hints=(
        _("A step computed tanh of a sum with h @ U in it. In which order do you meet the two, going back?"),
        _(
            "First tanh: its slope is 1 - h ** 2, with the h that came out of it, states[t]. Then the "
            "product: forward h @ U, backward the transpose."
        ),
        _("`slope = (slope * (1 - states[t] ** 2)) @ ...`"),
    ),
    ours='''
def gradient_by_lag(slope, states, U):
    """The norm of the loss's slope by the state 0, 1, 2, ... steps before the last."""
    norms = [np.linalg.norm(slope)]
    for t in range(len(states) - 1, 0, -1):
        slope = (slope * (1 - states[t] ** 2)) @ U.T
        norms.append(np.linalg.norm(slope))
    return np.array(norms)
''',
    trial=_try_lags,
    answers="bigmodel_nb.exercises.recurrence.answers.lags:lags",
)
