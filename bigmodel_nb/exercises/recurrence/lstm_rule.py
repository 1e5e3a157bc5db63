"""Chapter 5: one step of an LSTM."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from bigmodel_nb.exercises import inputs
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Suspect
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.values import same
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.recurrence import lstm_step as right_step

Pair = tuple[np.ndarray, np.ndarray]


def _try_step(lstm_step: ReaderFunction, rng: np.random.Generator) -> str:
    for n, features, units in ((2, 3, 2), (3, 2, 3), (1, 1, 1)):
        given, right, suspects = _case(rng, n, features, units)
        call = lstm_step(**given)
        h, c = call.parts("h", "c")
        if units > 1 and same(h, right[1]) and same(c, right[0]):
            raise call.fault(
                _("They come in the wrong order: return h, c."), expected="h, c", received="c, h"
            )
        for place, (name, part) in enumerate((("c", c), ("h", h))):
            known = [Suspect(pair[1 - place], words) for pair, words in suspects]
            known = [suspect for suspect in known if not same(suspect.value, right[1 - place])]
            call.part_must_equal(part, right[1 - place], *known, name=name)
    return _(
        "Keras's LSTM computes the same. Its memory c is changed by a sum: where f is near 1, a gradient "
        "passes back unshrunk."
    )


def _case(rng: np.random.Generator, n: int, features: int, units: int) -> tuple[dict, Pair, list]:
    x, h, c = (inputs.numbers(rng, n, width) / 3 for width in (features, units, units))
    W, U = (inputs.numbers(rng, rows, 4 * units) / 3 for rows in (features, units))
    b = inputs.numbers(rng, 4 * units) / 3
    of = partial(_variant, np.split(x @ W + h @ U + b, 4, axis=1), c)
    order = _("The gates come in another order: Keras keeps input, forget, candidate, output.")
    suspects = [
        (
            of(old_memory=True),
            _("h is made of the memory before the step. First the new c, then h = o * tanh(c)."),
        ),
        (of((1, 0, 2, 3)), order),
        (of((0, 2, 1, 3)), order),
        (of((0, 1, 3, 2)), order),
        (of((1, 2, 0, 3)), order),
        (of(keep_all=True), _("Nothing is forgotten: the old memory is multiplied by f.")),
        (of(squash=False), _("The tanh around the new memory is missing: h = o * tanh(c).")),
        (
            of(candidate="sigmoid"),
            _("The candidate is no gate: it goes through tanh, so it can be negative."),
        ),
        (of(candidate="none"), _("The candidate goes through tanh.")),
        (of(gates="tanh"), _("Gates go through the sigmoid, so that they lie between 0 and 1.")),
        (of(complement=True), _("You keep 1 - f. f near 1 keeps the memory, f near 0 forgets it.")),
        (
            _variant(np.split(x @ W + h @ U, 4, axis=1), c),
            _("The bias is missing."),
        ),
        (_variant(np.split(x @ W + b, 4, axis=1), c), _("The state h is missing: add h @ U.")),
    ]
    return {"x": x, "h": h, "c": c, "W": W, "U": U, "b": b}, right_step(x, h, c, W, U, b), suspects


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


_BEND: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "none": lambda z: z,
}


def _variant(
    blocks: list[np.ndarray],
    c: np.ndarray,
    order: tuple[int, ...] = (0, 1, 2, 3),
    *,
    old_memory: bool = False,
    keep_all: bool = False,
    squash: bool = True,
    complement: bool = False,
    candidate: str = "tanh",
    gates: str = "sigmoid",
) -> Pair:
    """(h, c) after the step, as they should be or with one of the faults."""
    i, f, g, o = (blocks[place] for place in order)
    gate, bent = _BEND[gates], _BEND[candidate](g)
    keep = 1.0 if keep_all else 1 - gate(f) if complement else gate(f)
    new = keep * c + gate(i) * bent
    shown = c if old_memory else new
    return gate(o) * (np.tanh(shown) if squash else shown), new


lstm_step = Exercise(
    key="05/lstm-step",
    handle="recurrence.lstm_step",
    title=_("One step of an LSTM"),
    kind=_("write"),
    words=_(
        "`x` has shape (n, inputs), `h` and `c` (n, units), `W` (inputs, 4 units), `U` (units, 4 units), `b` "
        "(4 units,). Four blocks of columns stand side by side, in Keras's order: input gate i, forget gate "
        "f, candidate g, output gate o. Gates go through the sigmoid, the candidate through tanh. Return the "
        "next h and the next c."
    ),
    signature="lstm_step(x, h, c, W, U, b)",
    template='''
def lstm_step(x, h, c, W, U, b):
    """The next state and the next memory, (h, c)."""
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=1)
    c = ...
    h = ...
    return h, c
''',
    hints=(
        _("What of the old memory stays, and what is added to it? Which gate decides on each?"),
        _(
            "The new memory is the old one, gated by f, plus the candidate, gated by i. The new state is "
            "made of the new memory."
        ),
        _("`c = sigmoid(f) * c + ... * np.tanh(g)`, then `h = sigmoid(o) * np.tanh(c)`"),
    ),
    ours='''
def lstm_step(x, h, c, W, U, b):
    """The next state and the next memory, (h, c)."""
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    i, f, g, o = np.split(x @ W + h @ U + b, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return h, c
''',
    trial=_try_step,
    answers="bigmodel_nb.exercises.recurrence.answers.lstm_rule:lstm",
)
