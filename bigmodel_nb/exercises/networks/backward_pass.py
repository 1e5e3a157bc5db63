"""Chapter 2: a listing of back-propagation to repair."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bigmodel_nb.exercises import inputs
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case as Part
from bigmodel_nb.exercises.compare import Suspect
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _

NAMES = ("W1", "b1", "W2", "b2")


class Slopes(NamedTuple):
    """What a step needs, from the right formulas."""

    h: np.ndarray  # (n, hidden)
    error: np.ndarray  # (n, 1): of the loss, for each output
    back: np.ndarray  # (n, hidden): for each hidden unit's sum


def _try_train_step(train_step: ReaderFunction, rng: np.random.Generator) -> str:
    for n, d, hidden in ((5, 3, 2), (3, 2, 4), (1, 2, 3)):
        drawn = _draw(rng, n, d, hidden, tell=n > 1)
        call = train_step(**drawn)
        # The last layer first: back-propagation goes that way, and its faults travel along.
        got = dict(zip(NAMES, call.parts(*NAMES), strict=True))
        for name in ("W2", "b2", "W1", "b1"):
            part = _part(drawn, name)
            call.part_must_equal(got[name], part.expected, *(part.suspects if n > 1 else ()), name=name)
    return _(
        "This is back-propagation whole: the error at the output, sent back through W2, scaled by each "
        "unit's own slope. Deeper networks repeat the last lines once for each layer."
    )


def _draw(rng: np.random.Generator, n: int, d: int, hidden: int, tell: bool) -> dict:
    """Inputs under which no fault of any of the four looks right, or like another."""

    def drawn() -> dict:
        return {
            "x": inputs.numbers(rng, n, d) / 2,
            "y": inputs.numbers(rng, n, 1),
            "W1": inputs.numbers(rng, d, hidden) / 2,
            "b1": inputs.numbers(rng, hidden) / 10,
            "W2": inputs.numbers(rng, hidden, 1) / 2,
            "b2": inputs.numbers(rng, 1) / 10,
            "rate": inputs.number(rng, 0.1, 0.4),
        }

    for _attempt in range(1000):
        found = drawn()
        if not tell or all(_part(found, name).tells_apart for name in NAMES):
            return found
    raise RuntimeError("no input tells the misconceptions apart")


def _slopes(drawn: dict) -> Slopes:
    h = np.tanh(drawn["x"] @ drawn["W1"] + drawn["b1"])
    error = 2 / len(drawn["x"]) * (h @ drawn["W2"] + drawn["b2"] - drawn["y"])
    return Slopes(h, error, error @ drawn["W2"].T * (1 - h**2))


def _part(drawn: dict, name: str) -> Part:
    """What must become of one parameter, and what the known misconceptions make of it."""
    slopes, rate, old = _slopes(drawn), drawn["rate"], drawn[name]
    into, back = (drawn["x"], slopes.back) if name.endswith("1") else (slopes.h, slopes.error)
    slope = into.T @ back if name.startswith("W") else back.sum(axis=0)
    suspects = [
        Suspect(old + rate * slope, _("{name} goes uphill: step against the slope.").format(name=name)),
        Suspect(old - slope, _("The rate is missing in {name}.").format(name=name)),
        Suspect(old, _("{name} comes back as it was.").format(name=name)),
        Suspect(
            slope,
            _("{name} comes back as its slope. Take a step: the old one minus the rate times it.").format(
                name=name
            ),
        ),
    ]
    if name.startswith("W"):
        once = _("{name} is divided by n once more. The mean is in the error already.")
        suspects.append(Suspect(old - rate * slope / len(drawn["x"]), once.format(name=name)))
    else:
        suspects += _unsummed(name, old, rate, back)
    if name.endswith("1"):
        suspects += _through_the_layer(drawn, name, slopes)
    return Part(drawn, old - rate * slope, suspects)


def _unsummed(name: str, old: np.ndarray, rate: float, back: np.ndarray) -> list[Suspect]:
    bias = _(
        "{name} is not summed over the examples: all of them share one bias, so its slope adds up theirs. "
        "Write .sum(axis=0)."
    ).format(name=name)
    mean = _("{name} takes the mean over the examples. The mean is in the error already: sum.").format(
        name=name
    )
    found = [Suspect(old - rate * back, bias), Suspect(old - rate * back[0], bias)]
    if len(back) > 1:
        found.append(Suspect(old - rate * back.mean(axis=0), mean))
    if back.shape[1] > 1:
        units = _("{name} gets the sum over all units. Each unit has a bias of its own: axis=0.").format(
            name=name
        )
        found.append(Suspect(old - rate * back.sum(), units))
    return found


def _through_the_layer(drawn: dict, name: str, slopes: Slopes) -> list[Suspect]:
    """Faults on the way from the output back to the hidden layer, as they show in W1 or b1."""
    h, error, _back = slopes
    W2, rate = drawn["W2"], drawn["rate"]
    moved = W2 - rate * h.T @ error
    no_slope = _(
        "The slope of tanh is missing on the way back: multiply by 1 - h**2, entry by entry, before W1 and "
        "b1."
    )
    too_late = _(
        "W2 has moved already when the error goes back through it. Send it back first, or keep the old W2."
    )
    of_sum = _("h is tanh already, so its slope is 1 - h**2. You take tanh once more.")
    ways = [
        (error @ moved.T, no_slope),
        (error @ W2.T, no_slope),
        (error @ moved.T * (1 - h**2), too_late),
        (error @ W2.T * (1 - np.tanh(h) ** 2), of_sum),
        (error @ W2.T * (1 - h), _("The slope of tanh is 1 - h**2. The square is missing.")),
        (error @ W2.T * h * (1 - h), _("h * (1 - h) is the slope of a sigmoid. That of tanh is 1 - h**2.")),
        (error @ W2.T * h, _("You multiply by h itself. The slope of tanh is 1 - h**2.")),
        (error @ W2.T * (h > 0), _("That is the slope of relu. That of tanh is 1 - h**2.")),
        (error * (1 - h**2), _("The error does not go through W2 on its way back.")),
    ]
    found = []
    for back, message in ways:
        slope = drawn["x"].T @ back if name == "W1" else back.sum(axis=0)
        found.append(Suspect(drawn[name] - rate * slope, message))
        if name == "b1" and message in (no_slope, too_late):
            found.append(Suspect(drawn[name] - rate * back, message))
    return found


back_propagation = Exercise(
    key="02/back-propagation",
    handle="networks.back_propagation",
    title=_("Back-propagation"),
    kind=_("repair"),
    words=_(
        "Repair this training step of a network with one hidden layer of tanh units and one output; it is "
        "wrong in three places. `x` has shape (n, inputs), `y` (n, 1), `W1` (inputs, hidden), `b1` "
        "(hidden,), `W2` (hidden, 1), `b2` (1,). The loss is the mean squared error. Return the new "
        "parameters as new arrays."
    ),
    signature="train_step(x, y, W1, b1, W2, b2, rate)",
    template='''
def train_step(x, y, W1, b1, W2, b2, rate):
    """One step of gradient descent. Wrong in three places."""
    h = np.tanh(x @ W1 + b1)                          # (n, hidden)
    error = 2 / len(x) * (h @ W2 + b2 - y)            # (n, 1): slope of the loss for each output
    W2 = W2 - rate * h.T @ error
    b2 = b2 - rate * error
    back = error @ W2.T                               # (n, hidden): slope for each unit's sum
    W1 = W1 - rate * x.T @ back
    b1 = b1 - rate * back.sum(axis=0)
    return W1, b1, W2, b2
''',
    given=True,
    hints=(
        _(
            "Print the shapes of all that comes back. Then ask of each line on the way back: which link of "
            "the chain is this, and with whose numbers?"
        ),
        _(
            "One fault is a shape (n, 1) where (1,) belongs. One is the slope of an activation that is left "
            "out. One is the order of two lines."
        ),
        _(
            "`error.sum(axis=0)`; the line with `back` comes before the one that changes `W2`; and it ends "
            "with `* (1 - h**2)`."
        ),
    ),
    ours='''
def train_step(x, y, W1, b1, W2, b2, rate):
    """One step of gradient descent."""
    h = np.tanh(x @ W1 + b1)                          # (n, hidden)
    error = 2 / len(x) * (h @ W2 + b2 - y)            # (n, 1): slope of the loss for each output
    back = error @ W2.T * (1 - h**2)                  # (n, hidden): through the W2 that made the output
    W2 = W2 - rate * h.T @ error
    b2 = b2 - rate * error.sum(axis=0)                # one bias for all examples
    W1 = W1 - rate * x.T @ back
    b1 = b1 - rate * back.sum(axis=0)
    return W1, b1, W2, b2
''',
    trial=_try_train_step,
    answers="bigmodel_nb.exercises.networks.answers.backward_pass:back_propagation",
)
