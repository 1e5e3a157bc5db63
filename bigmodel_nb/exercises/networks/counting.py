"""Chapter 2: how many parameters a network has."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.fault import Fault
from bigmodel_nb.language import gettext as _

NETWORKS = ((64, 32, 10), (64, 64, 10), (64, 32, 32, 10))


def _try_counts(answer: Any, rng: np.random.Generator) -> str:
    if callable(answer):
        return _try_count_function(ReaderFunction(answer, "count(sizes)"), rng)
    counts = values.as_numbers(answer)
    if counts is None or counts.shape != (len(NETWORKS),):
        raise Fault(
            _("Give the check three whole numbers, one for each network, in a list."),
            expected=_("a list of three whole numbers"),
            received=values.text(answer),
        )
    for sizes, number in zip(NETWORKS, counts, strict=True):
        if number != _count(sizes):
            raise Fault(
                _misconception(sizes, number),
                given=f"sizes = {list(sizes)}",
                expected=_("every entry of every W and of every b, counted once"),
                received=f"{number:g}",
            )
    return _(
        "Twice the units: about twice the parameters, because only one side of each layer grew. Where both "
        "sides grow, as in large models, twice the width is four times the parameters."
    )


def _try_count_function(count: ReaderFunction, rng: np.random.Generator) -> str:
    for layers in (3, 2, 5):
        sizes = [int(size) for size in rng.choice(np.arange(3, 40), layers, replace=False)]
        call = count(sizes=sizes)
        number = values.as_numbers(call.value)
        if number is None or number.shape != () or number != _count(sizes):
            single = number is not None and number.shape == ()
            raise call.fault(
                _misconception(sizes, float(number))
                if single and number is not None
                else _("Your function must return one number."),
                expected=str(_count(sizes)),
                received=values.text(call.value, 9),
            )
    return _("It counts any network of dense layers; `layer_table` counts the rest.")


def _count(sizes: Sequence[int]) -> int:
    return sum((inputs + 1) * units for inputs, units in itertools.pairwise(sizes))


def _known(sizes: Sequence[int]) -> list[tuple[int, str]]:
    """Misconceptions: the number that each gives, and what to say to it."""
    pairs = list(itertools.pairwise(sizes))
    weights = sum(inputs * units for inputs, units in pairs)
    own = _("That is the weights without the biases. Each unit has one bias.")
    return [
        (weights, own),
        (weights + sum(sizes), _("You give the inputs biases, too. They are data: only units have biases.")),
        (weights + len(pairs), _("One bias for each layer is too few. Each unit has one.")),
        (
            sum(inputs * (units + 1) for inputs, units in pairs),
            _("You count one bias for each input. A bias belongs to a unit: (inputs + 1) x units."),
        ),
        (sum(sizes[1:]), _("That is how many units there are. Each has one weight for each of its inputs.")),
        (sum(sizes), _("That is inputs and units. Each unit has one weight for each of its inputs.")),
        (int(np.prod(sizes, dtype=np.int64)), _("Layers follow each other: add up theirs, do not multiply.")),
        (
            (sizes[0] + 1) * sizes[1],
            _("That is the first layer alone. The next one has weights from each of its units."),
        ),
        ((sizes[-2] + 1) * sizes[-1], _("That is the last layer alone. Add those before it.")),
        (
            sum((sizes[0] + 1) * units for units in sizes[1:]),
            _("Not every layer sees the inputs: the second has as many inputs as the first has units."),
        ),
        (
            2 * _count(sizes),
            _("That is twice the number. Adam keeps running means; they are not parameters."),
        ),
        (3 * _count(sizes), _("That is three times the number. Adam's running means are not parameters.")),
    ]


def _misconception(sizes: Sequence[int], number: float) -> str:
    for value, message in _known(sizes):
        if number == value:
            return message
    if not np.isfinite(number) or number <= 0 or number != round(number):
        return _("A number of parameters is a positive whole number.")
    return (_("That is too few.") if number < _count(sizes) else _("That is too many.")) + _(
        " Go layer by layer: the shape of W, then the shape of b."
    )


count_parameters = Exercise(
    key="02/count-parameters",
    handle="networks.count_parameters",
    title=_("Count the parameters"),
    kind=_("predict"),
    words=_(
        "How many parameters do these networks of dense layers have? 64-32-10 means 64 inputs, a layer of 32 "
        "units, a layer of 10. Paper and pencil first. (Or write a function of `sizes`, such as "
        "`[64, 32, 10]`, and check that: it is tried on others.)"
    ),
    signature="counts",
    template="""
counts = [
    ...,  # 64-32-10
    ...,  # 64-64-10: twice the units
    ...,  # 64-32-32-10: one more layer
]
""",
    hints=(
        _("A layer of 32 units sees 64 inputs. How many weights has each of its units, and what besides?"),
        _(
            "W has shape (64, 32), b has shape (32,): 64 x 32 + 32. The next layer has 32 inputs and 10 "
            "units."
        ),
        _("`sum((inputs + 1) * units for inputs, units in zip(sizes, sizes[1:]))`"),
    ),
    ours="""
counts = [
    65 * 32 + 33 * 10,            # 64-32-10: 2,410
    65 * 64 + 65 * 10,            # 64-64-10: 4,810
    65 * 32 + 33 * 32 + 33 * 10,  # 64-32-32-10: 3,466
]


def count(sizes):
    return sum((inputs + 1) * units for inputs, units in zip(sizes, sizes[1:]))
""",
    trial=_try_counts,
    answers="bigmodel_nb.exercises.networks.answers.counting:counts",
)
