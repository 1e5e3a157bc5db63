"""What each member of a stack has of its own besides weights and rates: prices of weights, and dropout."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bigmodel_nb.training.stacking.program import Program
from bigmodel_nb.training.stacking.weights import Packing


def costs_of(programs: Sequence[Program], packing: Packing) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """What the weights of each variable cost each member, where any does: (l1, l2), each (members,)."""
    found = {}
    for place, variables in enumerate(zip(*(one.variables for one in programs), strict=True)):
        if not variables[0].trainable:
            continue
        each = np.array(
            [[float(getattr(one.regularizer, name, 0.0)) for name in ("l1", "l2")] for one in variables]
        ).T
        if each.any():
            found[packing.keys[place]] = (each[0], each[1])
    return found


def dropouts_of(
    programs: Sequence[Program], seeds: Sequence[int]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Rates (members,) and random states (members, 2) of each dropout: those that `fit` begins with
    (`workers.seed_dropout`)."""
    found = {}
    for at in dict.fromkeys(at for program in programs for at in program.dropouts):
        rates, states = np.zeros(len(programs)), np.zeros((len(programs), 2), np.int64)
        having = [place for place, program in enumerate(programs) if at in program.dropouts]
        for place in having:
            rates[place] = programs[place].dropouts[at].rate
            random = np.random.default_rng([seeds[place], programs[place].generators[at]])
            states[place] = random.integers(0, 2**31, 2)
        states[rates == 0] = states[having[0]]  # which silence nothing, and cost no draw of their own
        found[at] = (rates, states)
    return found
