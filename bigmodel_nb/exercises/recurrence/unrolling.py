"""Chapter 5: a simple recurrent network, unrolled."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.recurrence import unroll


def _try_unrolling(unroll_rnn: ReaderFunction, rng: np.random.Generator) -> str:
    # As many sequences as steps: whoever takes the wrong axis meets no error, only this check.
    for n, steps, features, units in ((3, 3, 2, 2), (2, 4, 3, 2), (1, 2, 1, 3)):
        unroll_rnn.try_case(telling(partial(_case, rng, n, steps, features, units)))
    return _(
        "The same three arrays at every step: a sequence of any length goes through, and what was seen "
        "early is still in h, weakened."
    )


def _case(rng: np.random.Generator, n: int, steps: int, features: int, units: int) -> Case:
    x = inputs.numbers(rng, n, steps, features) / 2
    W, U, b = (inputs.numbers(rng, *shape) / 4 for shape in ((features, units), (units, units), (units,)))
    right = unroll("simple", x, (W, U, b))
    forgetful = np.tanh(x @ W + b)
    linear, h = np.empty_like(right), np.zeros((n, units))
    for t in range(steps):
        h = x[:, t] @ W + h @ U + b
        linear[:, t] = h
    suspects = [
        Suspect(
            forgetful,
            _("The state is lost: each step begins at zero again. Use the h of the step before."),
        ),
        Suspect(
            unroll("simple", x, (W, U.T.copy(), b)),
            _("U is transposed: a row h of shape (n, units) is multiplied as h @ U."),
        ),
        Suspect(unroll("simple", x, (W, U, 0 * b)), _("The bias is missing.")),
        Suspect(linear, _("The tanh is missing: without it many steps are one matrix, and h can grow.")),
        Suspect(right[:, -1], _("You return the last state alone. Return those of all steps.")),
        Suspect(
            np.concatenate([np.zeros((n, 1, units)), right[:, :-1]], axis=1),
            _("You keep each state before its step. Keep what comes out of the step."),
        ),
        Suspect(
            unroll("simple", x, (W, U, b), backward=True),
            _("You go from the end to the beginning. The first step comes first."),
        ),
        Suspect(
            unroll("simple", x, (W, U, b), initial=np.ones((n, units))),
            _("You begin with ones. Before the first step the state is zero."),
        ),
    ]
    if n == steps and n > 1:
        swapped = unroll("simple", x.transpose(1, 0, 2), (W, U, b))
        along = _("You walk along the sequences, not along time: step t of all sequences is x[:, t].")
        suspects += [Suspect(swapped, along), Suspect(swapped.transpose(1, 0, 2), along)]
    return Case({"x": x, "W": W, "U": U, "b": b}, right, suspects)


unroll_rnn = Exercise(
    key="05/unroll-rnn",
    handle="recurrence.unroll_rnn",
    title=_("A recurrent network, unrolled"),
    kind=_("fill in a line"),
    words=_(
        "`x` has shape (n, steps, inputs), `W` (inputs, units), `U` (units, units), `b` (units,). The state "
        "`h` of shape (n, units) is zero before the first step. Each step makes the next state: tanh of the "
        "input times W, plus the state before times U, plus the bias. Return the states of all steps, "
        "(n, steps, units)."
    ),
    signature="unroll_rnn(x, W, U, b)",
    template='''
def unroll_rnn(x, W, U, b):
    """The states (n, steps, units) of a simple recurrent layer."""
    n, steps, _inputs = x.shape
    h = np.zeros((n, len(U)))
    states = np.empty((n, steps, len(U)))
    for t in range(steps):
        h = ...
        states[:, t] = h
    return states
''',
    hints=(
        _("What two things does a step look at: what comes in now, and what else?"),
        _("Step t of all sequences is x[:, t], of shape (n, inputs). What shape has its product with W?"),
        _("`h = np.tanh(x[:, t] @ W + h @ ... + b)`"),
    ),
    ours='''
def unroll_rnn(x, W, U, b):
    """The states (n, steps, units) of a simple recurrent layer."""
    n, steps, _inputs = x.shape
    h = np.zeros((n, len(U)))
    states = np.empty((n, steps, len(U)))
    for t in range(steps):
        h = np.tanh(x[:, t] @ W + h @ U + b)
        states[:, t] = h
    return states
''',
    trial=_try_unrolling,
    answers="bigmodel_nb.exercises.recurrence.answers.unrolling:unrolling",
)
