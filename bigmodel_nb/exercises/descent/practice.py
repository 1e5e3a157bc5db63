"""Races to practice on, and to judge a race by: runs that come from a table instead of from training.

The table is drawn so that every unfair comparison shows: each optimizer has a best rate of its own,
where one seed is unlucky (which spoils the mean); a worse rate where one seed is very lucky (which
spoils the minimum); a worse rate that the first seed prefers; and a rate at which it diverges.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _

RATES = (0.001, 0.01, 0.1, 1.0)
_NAMES = ("gradient descent", "momentum", "Adam")
_BATCH_SIZES = (4, 16, 32)
_BUDGET = 3200


@dataclass(repr=False)
class Runs:
    """`run(name, rate, seed, updates) -> loss`, which notes in `log` what it was asked."""

    losses: dict[tuple[str, float, int], float]
    log: list[tuple[str, float, int, int]] = field(default_factory=list)

    def __call__(self, name: str, rate: float, seed: int, updates: int) -> float:
        updates = arguments.whole("updates", updates, 1)
        if (name, rate, seed) not in self.losses:
            message = _("run(name, rate, seed, updates) has no {name!r} at rate {rate!r} with seed {seed!r}")
            raise ValueError(message.format(name=name, rate=rate, seed=seed))
        self.log.append((name, float(rate), int(seed), updates))
        return self.losses[name, rate, seed]

    def __repr__(self) -> str:
        return "run(name, rate, seed, updates)"


class Race(NamedTuple):
    """What the reader's `race` is called with, in this order."""

    run: Runs
    contestants: dict[str, int]
    rates: list[float]
    seeds: list[int]
    budget: int


def practice_race(seed: int) -> Race:
    """The race of that number. `race(*descent.practice_race(7))` holds it with your function."""
    rng = np.random.default_rng(arguments.whole("seed", seed, 0))
    names = [str(name) for name in rng.permutation(_NAMES)]
    seeds = sorted(int(number) for number in rng.choice(100, 5, replace=False))
    losses: dict[tuple[str, float, int], float] = {}
    best_rates = rng.permutation(RATES)
    for place, name in enumerate(names):
        level = 0.30 + 0.04 * place  # the median at the best rate: the first of `names` wins
        best = float(best_rates[place])
        lucky, early, _diverges = rng.permutation([rate for rate in RATES if rate != best])
        columns = dict.fromkeys(RATES, [np.inf] * 5)
        columns[best] = [level + 0.03, *rng.permutation([level, level - 0.02, level - 0.01, 9.0])]
        columns[lucky] = [
            level + 0.31,
            *rng.permutation([level + 0.30, level + 0.28, level + 0.34, 0.1 - 0.02 * place]),
        ]
        columns[early] = [
            level - 0.05,
            *rng.permutation([level + 0.20, level + 0.18, level + 0.21, level + 0.24]),
        ]
        for rate, column in columns.items():
            losses |= {
                (name, rate, number): round(float(loss), 3)
                for number, loss in zip(seeds, column, strict=True)
            }
    sizes = dict(zip(names, rng.permutation(_BATCH_SIZES), strict=True))
    contestants = {str(name): int(sizes[str(name)]) for name in rng.permutation(names)}
    return Race(Runs(losses), contestants, list(RATES), seeds, _BUDGET)
