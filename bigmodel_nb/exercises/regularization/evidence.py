"""Chapter 3: does B beat A? A claim with its error bar."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.fault import Fault
from bigmodel_nb.language import gettext as _

PARTS = ("validation", "test")
VERDICTS = ("A", "B", "open")


@dataclass(repr=False)
class Scores:
    """`score(name, seed, part) -> share of right answers`, which notes in `log` what it was asked."""

    shares: dict[tuple[str, int, str], float]
    log: list[tuple[str, int, str]] = field(default_factory=list)

    def __call__(self, name: str, seed: int, part: str = "validation") -> float:
        if (name, seed, part) not in self.shares:
            message = _("score(name, seed, part) has no {name!r} with seed {seed!r} on {part!r}")
            raise ValueError(message.format(name=name, seed=seed, part=part))
        self.log.append((name, int(seed), part))
        return self.shares[name, seed, part]

    def __repr__(self) -> str:
        return "score(name, seed, part)"


class Match(NamedTuple):
    """What the reader's function is called with, in this order."""

    score: Scores
    seeds: list[int]


def practice_match(number: int) -> Match:
    """The match of that number; 0, 1, 2 and so on: B is better, nobody knows, A is better, in turn.

    `compare(*regularization.practice_match(7))` judges it with your function. The seed moves both scores by
    far more than they differ, and the test says the opposite of what validation says.
    """
    rng = np.random.default_rng([arguments.whole("number", number, 0), 3])
    sign = (1, 0, -1)[number % 3]
    seeds = sorted(int(seed) for seed in rng.choice(100, 6, replace=False))
    level = 0.85 + rng.permutation(np.linspace(-0.06, 0.06, 6)) + rng.uniform(-0.005, 0.005, 6)
    wobble = rng.permutation([-0.016, -0.012, -0.003, 0.004, 0.011, 0.017])
    gap = sign * 0.02 + wobble + rng.uniform(-0.001, 0.001, 6)
    shares: dict[tuple[str, int, str], float] = {}
    for place, seed in enumerate(seeds):
        for part, turn in (("validation", 1), ("test", -1)):
            shares["A", seed, part] = round(float(level[place]), 4)
            shares["B", seed, part] = round(float(level[place] + turn * gap[place]), 4)
    return Match(Scores(shares), seeds)


def _try_compare(compare: ReaderFunction, rng: np.random.Generator) -> str:
    first = 3 * int(rng.integers(3000))
    for kind in rng.permutation(3):
        number = first + int(kind)
        held = practice_match(number)
        try:
            call = compare(**held._asdict())
            _judge_log(call, held)
            _judge(call, held)
        except Fault as fault:
            fault.given = f"{compare.name}(*regularization.practice_match({number}))"
            raise
    return _("A difference, its error, and the courage to say that it is open.")


def _judge_log(call: Call, held: Match) -> None:
    log = held.score.log
    if not log:
        raise call.fault(_("Your function never calls score: without scores there is no evidence."))
    if any(part == "test" for _name, _seed, part in log):
        raise call.fault(
            _("You choose between A and B on the test. Then it is no test any more: choose on validation."),
            expected=_("scores on validation"),
            received=_("scores on test"),
        )
    for name in ("A", "B"):
        seeds = sorted({seed for other, seed, _part in log if other == name})
        if seeds != held.seeds:
            message = _("{name} is scored with {n} of the {all} seeds.")
            if len(seeds) == 1:
                message = _("One seed cannot tell a better model from a lucky one: score with all of them.")
            raise call.fault(
                message.format(name=name, n=len(seeds), all=len(held.seeds)),
                expected=_("seeds {seeds}").format(seeds=held.seeds),
                received=_("{name}: seeds {seeds}").format(name=name, seeds=seeds),
            )


def _judge(call: Call, held: Match) -> None:
    a, b = (np.array([held.score.shares[name, seed, "validation"] for seed in held.seeds]) for name in "AB")
    n, gaps = len(a), b - a
    difference, error = gaps.mean(), gaps.std(ddof=1) / np.sqrt(n)
    theirs, their_error, verdict = call.parts("difference", "standard_error", "verdict")
    _must_be(call, "difference", theirs, difference, [
        (-difference, _("Your difference is A minus B. It must be B minus A.")),
        (np.median(gaps), _(
            "You take the median of the differences. The standard error belongs to their mean."
        )),
        (b.max() - a.max(), _("You compare the best seeds, and that is luck. Compare the means.")),
        (gaps[0], _("You compare a single seed, and that is luck. Compare the means.")),
        (gaps.sum(), _("You add the differences up. Take their mean.")),
    ])  # fmt: skip
    unpaired = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / n)
    each = _(
        "You take the spread of A and of B. Both share their seeds: take the spread of the differences, seed "
        "by seed."
    )
    _must_be(call, "standard_error", their_error, error, [
        (gaps.std(ddof=1), _(
            "That is the standard deviation: how far one seed strays. Divide by √n for the mean."
        )),
        (gaps.std(), _(
            "That is the standard deviation: how far one seed strays. Divide by √n for the mean."
        )),
        (gaps.std() / np.sqrt(n), _("With few seeds divide the sum of squares by n − 1: std(ddof=1).")),
        (gaps.std(ddof=1) / n, _("Divide by the root of n, not by n.")),
        (gaps.var(ddof=1) / n, _("That is the square of the standard error: the root is missing.")),
        (unpaired, each),
        (np.sqrt((a.var() + b.var()) / n), each),
        (2 * error, _("That is twice the standard error. The factor of 2 belongs to the verdict.")),
    ])  # fmt: skip
    right = "open" if abs(difference) <= 2 * error else "B" if difference > 0 else "A"
    if verdict != right or not isinstance(verdict, str):
        message = _("The verdict is {right}: the difference is {times:.1f} standard errors.").format(
            right=right, times=abs(difference) / error
        )
        if verdict not in VERDICTS or not isinstance(verdict, str):
            message = _('The verdict must be "A", "B" or "open".')
        elif right == "open":
            message = _(
                "You name a winner within two standard errors. Such a difference may be luck: it is open."
            )
        elif verdict == "open":
            message = _("The difference is more than two standard errors: name the winner.")
        raise call.fault(message, expected=repr(right), received=arguments.received(verdict))


def _must_be(call: Call, name: str, value: Any, right: float, known: list) -> None:
    number = values.as_numbers(value)
    if number is not None and number.shape == () and np.isclose(number, right, rtol=1e-5, atol=1e-12):
        return
    message = _("{name} is not what is expected.").format(name=name)
    if number is not None and number.shape == ():
        for wrong, words in known:
            if np.isclose(number, wrong, rtol=1e-5, atol=1e-12):
                message = words
                break
    raise call.fault(
        message, expected=f"{name} = {right:.6g}", received=f"{name} = {values.text(value, digits=6)}"
    )


does_b_beat_a = Exercise(
    key="03/does-b-beat-a",
    handle="regularization.does_b_beat_a",
    title=_("Does B beat A?"),
    kind=_("explain with evidence"),
    words=_(
        '`score(name, seed, part)` trains "A" or "B" with a seed and returns its share of right answers on '
        '"validation" or "test". Choose: return the mean of B − A over `seeds`, the standard error of '
        "that mean "
        '(of the paired differences, with n − 1), and a verdict: "A" or "B" where the difference exceeds two '
        'standard errors, else "open". To try it: `compare(*regularization.practice_match(1))`.'
    ),
    signature="compare(score, seeds)",
    template='''
def compare(score, seeds):
    """The mean of B - A, its standard error, and "A", "B" or "open"."""
    gaps = ...                  # one for each seed
    difference = ...
    standard_error = ...
    verdict = ...
    return difference, standard_error, verdict
''',
    hints=(
        _("A lucky seed lifts both scores. What do you have to look at for that luck to cancel?"),
        _(
            "At the difference for each seed. Its spread says how far one seed strays; a mean of n seeds "
            "strays less, by the root of n. And which part of the data is for choosing?"
        ),
        _(
            '`gaps = np.array([score("B", s, "validation") - score("A", s, "validation") for s in '
            "seeds])`, then "
            "`gaps.std(ddof=1) / np.sqrt(len(gaps))`."
        ),
    ),
    ours='''
def compare(score, seeds):
    """The mean of B - A, its standard error, and "A", "B" or "open"."""
    gaps = np.array([score("B", s, "validation") - score("A", s, "validation") for s in seeds])
    difference = gaps.mean()
    standard_error = gaps.std(ddof=1) / np.sqrt(len(gaps))
    verdict = "open"
    if abs(difference) > 2 * standard_error:
        verdict = "B" if difference > 0 else "A"
    return difference, standard_error, verdict
''',
    trial=_try_compare,
    answers="bigmodel_nb.exercises.regularization.answers.evidence:match",
)
