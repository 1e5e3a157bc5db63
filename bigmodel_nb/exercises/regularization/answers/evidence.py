"""Answers to: does B beat A?"""

from __future__ import annotations

import statistics

import numpy as np

from bigmodel_nb.exercises.answers import Answers

match = Answers()


def _gaps(score, seeds, part="validation"):
    return np.array([score("B", seed, part) - score("A", seed, part) for seed in seeds])


def _judged(difference, error):
    if abs(difference) <= 2 * error:
        return difference, error, "open"
    return difference, error, "B" if difference > 0 else "A"


def _error(gaps):
    return gaps.std(ddof=1) / np.sqrt(len(gaps))


@match.right
def paired(score, seeds):
    gaps = _gaps(score, seeds)
    return _judged(gaps.mean(), _error(gaps))


@match.right
def with_statistics(score, seeds):
    a = [score("A", seed, "validation") for seed in seeds]
    b = [score("B", seed, "validation") for seed in seeds]
    gaps = [second - first for first, second in zip(a, b, strict=True)]
    error = statistics.stdev(gaps) / len(gaps) ** 0.5
    ratio = statistics.fmean(gaps) / error
    return [statistics.fmean(gaps), error, "B" if ratio > 2 else "A" if ratio < -2 else "open"]


@match.wrong("no test any more")
def chosen_on_the_test(score, seeds):
    gaps = _gaps(score, seeds, "test")
    return _judged(gaps.mean(), _error(gaps))


@match.wrong("One seed")
def one_seed(score, seeds):
    gap = _gaps(score, seeds[:1])[0]
    return gap, 0.0, "B" if gap > 0 else "A"


@match.wrong("seeds")
def half_of_the_seeds(score, seeds):
    gaps = _gaps(score, seeds[:3])
    return _judged(gaps.mean(), _error(gaps))


@match.wrong("That is the standard deviation")
def deviation_for_error(score, seeds):
    gaps = _gaps(score, seeds)
    return _judged(gaps.mean(), gaps.std(ddof=1))


@match.wrong("spread of A and of B")
def not_paired(score, seeds):
    a, b = (np.array([score(name, seed, "validation") for seed in seeds]) for name in "AB")
    return _judged(b.mean() - a.mean(), np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a)))


@match.wrong("divide the sum of squares by n − 1")
def divided_by_n(score, seeds):
    gaps = _gaps(score, seeds)
    return _judged(gaps.mean(), gaps.std() / np.sqrt(len(gaps)))


@match.wrong("root of n, not by n")
def divided_by_all_of_n(score, seeds):
    gaps = _gaps(score, seeds)
    return _judged(gaps.mean(), gaps.std(ddof=1) / len(gaps))


@match.wrong("A minus B")
def the_other_way_round(score, seeds):
    gaps = -_gaps(score, seeds)
    return _judged(gaps.mean(), _error(gaps))


@match.wrong("best seeds")
def best_seeds(score, seeds):
    a, b = ([score(name, seed, "validation") for seed in seeds] for name in "AB")
    return _judged(max(b) - max(a), _error(np.subtract(b, a)))


@match.wrong("twice the standard error")
def two_errors(score, seeds):
    gaps = _gaps(score, seeds)
    return _judged(gaps.mean(), 2 * _error(gaps))


@match.wrong("within two standard errors")
def always_a_winner(score, seeds):
    gaps = _gaps(score, seeds)
    return gaps.mean(), _error(gaps), "B" if gaps.mean() > 0 else "A"


@match.wrong("name the winner")
def never_a_winner(score, seeds):
    gaps = _gaps(score, seeds)
    return gaps.mean(), _error(gaps), "open"


@match.wrong('must be "A", "B" or "open"')
def verdict_as_truth(score, seeds):
    gaps = _gaps(score, seeds)
    return gaps.mean(), _error(gaps), bool(gaps.mean() > 2 * _error(gaps))


@match.wrong("never calls score")
def decided_beforehand(score, seeds):
    return 0.02, 0.005, "B"
