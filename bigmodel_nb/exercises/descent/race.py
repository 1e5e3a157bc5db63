"""Chapter 1: a fair race between optimizers, with the evidence on the table."""

from __future__ import annotations

from collections import Counter
from statistics import mean, median
from typing import Any

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.descent.practice import Race, practice_race
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.fault import Fault
from bigmodel_nb.language import gettext as _

Table = dict[str, tuple[float, float]]  # name -> (rate, loss)


def _try_race(race: ReaderFunction, rng: np.random.Generator) -> str:
    for _race in range(3):
        number = int(rng.integers(10_000))
        held = practice_race(number)
        try:
            call = race(**held._asdict())
            _judge_runs(call, held)
            winner, table = _returned(call, held)
            _judge_table(call, held, table)
            _judge_winner(call, held, winner)
        except Fault as fault:
            fault.given = f"{race.name}(*descent.practice_race({number}))"
            raise
    return _("A claim with its evidence: each at its own best rate, on the same budget, over several seeds.")


def _judge_runs(call: Call, held: Race) -> None:
    """Whether the runs can show anything at all: how long they were, at which rates, with which seeds."""
    log = held.run.log
    if not log:
        raise call.fault(_("Your function never calls run: without runs there is no evidence."))
    for name, _rate, _seed, updates in log:
        size = held.contestants[name]
        if updates != held.budget // size:
            raise call.fault(
                _(
                    "The budget counts examples, not updates. With {size} examples to an update, {name} "
                    "can afford {wanted} updates."
                ).format(size=size, name=name, wanted=held.budget // size),
                expected=_("{updates} updates for {name}").format(updates=held.budget // size, name=name),
                received=_("{updates} updates").format(updates=updates),
            )
    seeds = {seed for _name, _rate, seed, _updates in log}
    if len(seeds) == 1:
        raise call.fault(
            _("All runs share one seed: that cannot tell a better optimizer from a lucky one."),
            expected=_("seeds {seeds}").format(seeds=", ".join(map(str, held.seeds))),
            received=_("seed {seed}").format(seed=log[0][2]),
        )
    tried = Counter({(name, rate): 0 for name in held.contestants for rate in held.rates})
    tried.update({(name, rate) for name, rate, _seed, _updates in log})
    if sum(tried.values()) <= len(held.contestants):
        raise call.fault(
            _("Each optimizer runs at one rate only. Each has a best rate of its own: try them all."),
            expected=_("rates {rates}").format(rates=", ".join(map(str, held.rates))),
            received=", ".join(f"{name}: {rate:g}" for name, rate in sorted(+tried)),
        )
    done = {(name, rate, seed) for name, rate, seed, _updates in log}
    count = Counter((name, rate) for name, rate, _seed in done)
    for name, rate, seed in held.run.losses:
        if (name, rate, seed) not in done:
            early = count[name, rate] == 1 and max(count.values()) > 1
            raise call.fault(
                _(
                    "You choose the rate on one seed. It may have been lucky there: give every rate all "
                    "the seeds."
                )
                if early
                else _("{name} never runs at rate {rate:g} with seed {seed}.").format(
                    name=name, rate=rate, seed=seed
                ),
                expected=_("{count} runs").format(count=len(held.run.losses)),
                received=_("{count} runs").format(count=len(done)),
            )


def _returned(call: Call, held: Race) -> tuple[Any, Table]:
    """The winner and the table, if that is what was returned."""
    shape = "(winner, {name: (rate, loss), ...})"
    winner, table = call.parts("winner", "table")
    if not isinstance(table, dict):
        raise call.fault(
            _("The table must be a dict: from each name to its best rate and its loss there."),
            expected=shape,
            received=arguments.received(table),
        )
    found = {}
    for name in held.contestants:
        row = values.as_numbers(table.get(name))
        if row is None or row.shape != (2,):
            raise call.fault(
                _("The table must hold two numbers for {name}: its best rate, and its loss there.").format(
                    name=name
                ),
                expected=shape,
                received=arguments.received(table),
            )
        found[name] = float(row[0]), float(row[1])
    return winner, found


def _best(held: Race, pool: Any) -> Table:
    """The table of a race that judges a rate by `pool` of its losses, one for each seed."""
    table = {}
    for name in held.contestants:
        pooled = {
            rate: pool([held.run.losses[name, rate, seed] for seed in held.seeds]) for rate in held.rates
        }
        rate = min(pooled, key=lambda rate: pooled[rate])
        table[name] = rate, pooled[rate]
    return table


def _judge_table(call: Call, held: Race, table: Table) -> None:
    fair = _best(held, median)
    for name, row in fair.items():
        if values.same(table[name], row):
            continue
        losses = [held.run.losses[name, row[0], seed] for seed in held.seeds]
        lucky = _("You go by the best seed, which is luck. The median says what to expect.")
        known = [
            (_best(held, min)[name], lucky),
            ((row[0], min(losses)), lucky),
            (
                _best(held, mean)[name],
                _("You go by the mean, and one bad run decides it. The median says what to expect."),
            ),
            (
                _best(held, lambda column: column[0])[name],
                _("You go by the first seed alone. The median over all seeds says what to expect."),
            ),
        ]
        message = _("This is not the rate with the lowest median loss, or not that loss.")
        if len({rate for rate, _loss in table.values()}) == 1:
            message = _("All share one rate. Each has a best rate of its own, and a fair race grants it.")
        message = next((words for wrong, words in known if values.same(table[name], wrong)), message)
        raise call.fault(message, expected=_row(name, row), received=_row(name, table[name]))


def _row(name: str, row: tuple[float, float]) -> str:
    return f"{name}: ({row[0]:g}, {row[1]:g})"


def _judge_winner(call: Call, held: Race, winner: Any) -> None:
    table = _best(held, median)
    order = sorted(table, key=lambda name: table[name][1])
    if isinstance(winner, str) and winner == order[0]:
        return
    raise call.fault(
        _("The winner has the lowest loss in the table; you name the one with the highest.")
        if isinstance(winner, str) and winner == order[-1]
        else _("The winner must be the name with the lowest loss in the table."),
        expected=repr(order[0]),
        received=arguments.received(winner),
    )


fair_race = Exercise(
    key="01/fair-race",
    handle="descent.fair_race",
    title=_("A fair race"),
    kind=_("evidence under a budget"),
    words=_(
        "Which optimizer is best? Hold the race that proves it. `run(name, rate, seed, updates)` trains "
        "once and returns the final loss (infinite where it diverged). `contestants` maps each name to "
        "its batch size, the examples that one update costs. `rates` and `seeds` are lists of what to "
        "try. `budget` is how many examples each run may look at. Judge a rate by the median loss over "
        "all seeds, and each contestant at its own best rate. Return the winner's name and a dict "
        "`{name: (best rate, median loss there)}`."
    ),
    signature="race(run, contestants, rates, seeds, budget)",
    template='''
def race(run, contestants, rates, seeds, budget):
    """The winner's name, and {name: (best rate, median loss there)}."""
    table = {}
    for name, batch_size in contestants.items():
        updates = ...                              # what the budget buys
        losses = {rate: ... for rate in rates}     # how good each rate is
        best = ...
        table[name] = best, losses[best]
    winner = ...
    return winner, table
''',
    hints=(
        _(
            "What must be equal for all so that only the optimizer differs? And what must each choose "
            "for itself?"
        ),
        _(
            "Equal: examples looked at, rates on offer, seeds. So `updates` is the budget over the batch "
            "size. Own: the best rate, the one whose median over the seeds is lowest."
        ),
        _(
            "`losses = {rate: np.median([run(name, rate, seed, updates) for seed in seeds]) for rate in "
            "rates}`, then `best = min(losses, key=losses.get)`."
        ),
    ),
    ours='''
def race(run, contestants, rates, seeds, budget):
    """The winner's name, and {name: (best rate, median loss there)}."""
    table = {}
    for name, batch_size in contestants.items():
        updates = budget // batch_size
        losses = {rate: np.median([run(name, rate, seed, updates) for seed in seeds]) for rate in rates}
        best = min(losses, key=losses.get)
        table[name] = best, losses[best]
    winner = min(table, key=lambda name: table[name][1])
    return winner, table
''',
    trial=_try_race,
    answers="bigmodel_nb.exercises.descent.answers.race:race",
)
