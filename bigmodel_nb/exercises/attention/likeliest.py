"""Chapter 6: top-p, which tokens may be drawn at all."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _


def _try_top_p(keep_top_p: ReaderFunction, rng: np.random.Generator) -> str:
    several = telling(lambda: _case(rng))
    call = keep_top_p(**several.inputs)
    if _nothing_left(call):
        raise call.fault(
            _(
                "Nothing is left: you keep tokens whose own probability is p or more, and none is so "
                "likely. It is their sum that reaches p."
            ),
            expected=values.text(several.expected),
            received=values.text(call.value),
        )
    call.must_equal(several.expected, *several.suspects)
    sure = _sure(rng)
    call = keep_top_p(**sure.inputs)
    if _nothing_left(call):
        raise call.fault(
            _(
                "Nothing is left: the likeliest token reaches p alone, and you drop it. The one that "
                "crosses p stays."
            ),
            expected=values.text(sure.expected),
            received=values.text(call.value),
        )
    call.must_equal(sure.expected, *sure.suspects)
    everything = _probabilities(rng, 5)
    keep_top_p(probabilities=everything, p=1.0).must_equal(everything)
    return _(
        "Where the model is sure, few tokens remain; where it is not, many: that is what top-k cannot do. "
        "The idea is by A. Holtzman and others (2019)."
    )


def _nothing_left(call: Call) -> bool:
    got = values.as_numbers(call.value)
    wanted = np.shape(call.inputs["probabilities"])
    return got is not None and got.shape == wanted and bool(np.isnan(got).all() or not got.any())


def _probabilities(rng: np.random.Generator, size: int) -> np.ndarray:
    """Of three decimals, no two alike, not in order, and exactly 1 together."""
    while True:
        drawn = np.round(rng.dirichlet(np.ones(size) * 1.5), 3)
        drawn[-1] = round(1 - drawn[:-1].sum(), 3)
        if drawn.min() > 0.02 and np.diff(np.sort(drawn)).min() > 0.02 and drawn.max() < 0.45:
            return drawn


def _case(rng: np.random.Generator) -> Case:
    size = 6
    probabilities = _probabilities(rng, size)
    order = np.argsort(-probabilities)
    reached = np.cumsum(probabilities[order])
    crossing = int(rng.integers(2, 4))  # the place of the token that crosses p
    low, high = reached[crossing - 1], reached[crossing]
    p = round(float(low + (high - low) * rng.uniform(0.3, 0.7)), 3)
    kept = _only(probabilities, order[: crossing + 1])
    right = kept / kept.sum()
    short = _only(probabilities, order[:crossing])
    more = _only(probabilities, order[: crossing + 2])
    lowest = order[::-1]
    tail = _only(probabilities, lowest[: np.searchsorted(np.cumsum(probabilities[lowest]), p) + 1])
    drops = _("The token that crosses p is dropped. It stays: only with it they reach p.")
    weak = _("They are not renormalized: divided by their sum, they are 1 together again.")
    places = _(
        "Your numbers are sorted: place 0 has the likeliest, whichever token that was. Put each back where "
        "its token stands: `kept[order[:count]] = ...`"
    )
    suspects = [
        Suspect(short / short.sum(), drops),
        Suspect(short, _("The token that crosses p is dropped, and they are not divided by their sum.")),
        Suspect(kept, weak),
        Suspect(kept / p, _("You divide by p. Together they are a little more: divide by their sum.")),
        Suspect(np.sort(right)[::-1], places),
        Suspect(right[right > 0], _("Tokens that are not kept have probability 0, and keep their place.")),
        Suspect(np.sort(right)[::-1][: crossing + 1], places),
        Suspect(more / more.sum(), _("One token too many is kept: they reached p without it.")),
        Suspect(
            tail / tail.sum(),
            _("You begin with the unlikeliest. `np.argsort` sorts upward: turn its order around."),
        ),
        Suspect(probabilities, _("All tokens are kept.")),
        Suspect(
            _even(kept),
            _("All that are kept get the same. They keep their probabilities, divided by their sum."),
        ),
    ]
    # The first tokens that reach p in the order of the vocabulary.
    unsorted = _only(probabilities, np.arange(np.searchsorted(np.cumsum(probabilities), p) + 1))
    suspects.append(
        Suspect(
            unsorted / unsorted.sum(),
            _("You add up in the order of the vocabulary. Sort first: the likeliest come first."),
        )
    )
    # The places of the sorted list, taken for tokens.
    wrong = np.zeros(size)
    wrong[: crossing + 1] = probabilities[: crossing + 1]
    suspects.append(
        Suspect(
            wrong / wrong.sum(),
            _("You keep the first tokens of the vocabulary. `order` says which tokens are the likeliest."),
        )
    )
    return Case({"probabilities": probabilities, "p": p}, right, suspects)


def _sure(rng: np.random.Generator) -> Case:
    """One token alone reaches p."""
    rest = _probabilities(rng, 4) * 0.2
    probabilities = np.insert(np.round(rest, 4), int(rng.integers(1, 4)), 0.8)
    order = np.argsort(-probabilities)
    two = _only(probabilities, order[:2])
    right = (probabilities == 0.8) * 1.0
    many = _("Two tokens are kept where the first reaches p alone.")
    return Case({"probabilities": probabilities, "p": 0.6}, right, [Suspect(two / two.sum(), many)])


def _only(probabilities: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    kept = np.zeros_like(probabilities)
    kept[tokens] = probabilities[tokens]
    return kept


def _even(kept: np.ndarray) -> np.ndarray:
    return (kept > 0) / np.count_nonzero(kept)


keep_top_p = Exercise(
    key="06/keep-top-p",
    handle="attention.keep_top_p",
    title=_("Top-p"),
    kind=_("write"),
    words=_(
        "`probabilities` (V,) are those of the next token, in the order of the vocabulary. Keep the "
        "smallest number of tokens that reach `p` together, the likeliest first, and with them the one "
        "that crosses `p`. Return an array (V,) in the order of the vocabulary: 0 for the others, and 1 in "
        "all."
    ),
    signature="keep_top_p(probabilities, p)",
    template='''
def keep_top_p(probabilities, p):
    """The probabilities (V,) of the likeliest tokens that reach p together; the others are 0."""
    order = ...                                # tokens, the likeliest first
    reached = np.cumsum(probabilities[order])
    count = ...                                # how many are kept
    kept = np.zeros_like(probabilities)
    kept[order[:count]] = ...                  # together they are 1
    return kept
''',
    hints=(
        _(
            "In which order must they be added up, and does the one with which the sum crosses p belong to "
            "them?"
        ),
        _(
            "`np.argsort(-probabilities)` lists tokens, the likeliest first. All those before which the "
            "sum has not reached p are kept: one more than there are sums below p."
        ),
        _(
            "`count = np.sum(reached < p) + 1`, and `probabilities[order[:count]]` divided by the sum of "
            "the same."
        ),
    ),
    ours='''
def keep_top_p(probabilities, p):
    """The probabilities (V,) of the likeliest tokens that reach p together; the others are 0."""
    order = np.argsort(-probabilities)
    reached = np.cumsum(probabilities[order])
    count = np.sum(reached < p) + 1
    kept = np.zeros_like(probabilities)
    kept[order[:count]] = probabilities[order[:count]] / probabilities[order[:count]].sum()
    return kept
''',
    trial=_try_top_p,
    answers="bigmodel_nb.exercises.attention.answers.likeliest:keep_top_p",
)
