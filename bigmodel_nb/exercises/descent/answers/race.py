"""Answers to: a fair race."""

from __future__ import annotations

import statistics

import numpy as np

from bigmodel_nb.exercises.answers import Answers

race = Answers()


def _hold(run, contestants, rates, seeds, budget, pool=np.median):
    """A race that is fair but for `pool`, and the loss that it finds for each name and rate."""
    found = {}
    for name, batch_size in contestants.items():
        updates = budget // batch_size
        found[name] = {rate: pool([run(name, rate, seed, updates) for seed in seeds]) for rate in rates}
    return found


def _results(found):
    table = {name: min((loss, rate) for rate, loss in losses.items())[::-1] for name, losses in found.items()}
    return min(table, key=lambda name: table[name][1]), table


@race.right
def medians_in_dicts(run, contestants, rates, seeds, budget):
    return _results(_hold(run, contestants, rates, seeds, budget))


@race.right
def array_of_all_losses(run, contestants, rates, seeds, budget):
    names = list(contestants)
    losses = np.array(
        [
            [[run(name, rate, seed, budget / contestants[name]) for seed in seeds] for rate in rates]
            for name in names
        ]
    )
    medians = np.median(losses, axis=2)
    best = medians.argmin(axis=1)
    table = {name: [rates[best[i]], medians[i, best[i]]] for i, name in enumerate(names)}
    return [names[medians.min(axis=1).argmin()], table]


@race.right
def one_long_loop(run, contestants, rates, seeds, budget):
    table: dict[str, tuple[float, float]] = {}
    for rate in rates:
        for name in contestants:
            loss = statistics.median(run(name, rate, seed, budget // contestants[name]) for seed in seeds)
            if name not in table or loss < table[name][1]:
                table[name] = (rate, loss)
    return sorted(table, key=lambda name: table[name][1])[0], table


@race.wrong("one rate only")
def one_shared_rate(run, contestants, rates, seeds, budget):
    return _results(_hold(run, contestants, rates[1:2], seeds, budget))


@race.wrong("All share one rate")
def shared_rate_chosen_for_all(run, contestants, rates, seeds, budget):
    found = _hold(run, contestants, rates, seeds, budget)
    shared = min(rates, key=lambda rate: min(losses[rate] for losses in found.values()))
    table = {name: (shared, losses[shared]) for name, losses in found.items()}
    return min(table, key=lambda name: table[name][1]), table


@race.wrong("one seed")
def one_seed(run, contestants, rates, seeds, budget):
    return _results(_hold(run, contestants, rates, seeds[:1], budget))


@race.wrong("best seed")
def best_of_seeds(run, contestants, rates, seeds, budget):
    return _results(_hold(run, contestants, rates, seeds, budget, pool=min))


@race.wrong("one bad run")
def mean_of_seeds(run, contestants, rates, seeds, budget):
    return _results(_hold(run, contestants, rates, seeds, budget, pool=np.mean))


@race.wrong("first seed alone")
def first_seed_counts(run, contestants, rates, seeds, budget):
    return _results(_hold(run, contestants, rates, seeds, budget, pool=lambda losses: losses[0]))


@race.wrong("choose the rate on one seed")
def rate_chosen_on_one_seed(run, contestants, rates, seeds, budget):
    table = {}
    for name, batch_size in contestants.items():
        best = min(rates, key=lambda rate: run(name, rate, seeds[0], budget // batch_size))
        table[name] = best, np.median([run(name, best, seed, budget // batch_size) for seed in seeds])
    return min(table, key=lambda name: table[name][1]), table


@race.wrong("examples, not updates")
def updates_counted(run, contestants, rates, seeds, budget):
    return _results(_hold(run, dict.fromkeys(contestants, 1), rates, seeds, budget))


@race.wrong("examples, not updates")
def budget_shared_among_the_runs(run, contestants, rates, seeds, budget):
    return _results(_hold(run, contestants, rates, seeds, budget // len(rates)))


@race.wrong("you name the one with the highest")
def largest_loss_wins(run, contestants, rates, seeds, budget):
    _winner, table = _results(_hold(run, contestants, rates, seeds, budget))
    return max(table, key=lambda name: table[name][1]), table


@race.wrong("two numbers for")
def losses_without_rates(run, contestants, rates, seeds, budget):
    winner, table = _results(_hold(run, contestants, rates, seeds, budget))
    return winner, {name: loss for name, (_rate, loss) in table.items()}


@race.wrong("never runs at rate")
def gives_up_on_large_rates(run, contestants, rates, seeds, budget):
    return _results(_hold(run, contestants, rates[:-1], seeds, budget))


@race.wrong("never calls run")
def decided_beforehand(run, contestants, rates, seeds, budget):
    return "Adam", dict.fromkeys(contestants, (0.001, 0.1))


@race.wrong("must be a dict")
def table_as_a_list(run, contestants, rates, seeds, budget):
    winner, table = _results(_hold(run, contestants, rates, seeds, budget))
    return winner, list(table.items())


@race.wrong("not the rate with the lowest median loss")
def second_best_rate_for_one(run, contestants, rates, seeds, budget):
    found = _hold(run, contestants, rates, seeds, budget)
    _winner, table = _results(found)
    name = next(iter(table))
    table[name] = sorted((loss, rate) for rate, loss in found[name].items())[1][::-1]
    return min(table, key=lambda name: table[name][1]), table


@race.wrong("must be the name")
def winner_with_its_rate(run, contestants, rates, seeds, budget):
    winner, table = _results(_hold(run, contestants, rates, seeds, budget))
    return (winner, table[winner][0]), table


@race.wrong("raised ValueError")
def arguments_in_another_order(run, contestants, rates, seeds, budget):
    return {name: [run(name, seeds[0], rate, budget) for rate in rates] for name in contestants}
