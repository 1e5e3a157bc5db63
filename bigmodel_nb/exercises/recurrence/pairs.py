"""Chapter 5: how many bits a bigram model needs for a character."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _


def _try_bits(bigram_bits: ReaderFunction, rng: np.random.Generator) -> str:
    for size, learn, held in ((3, 16, 9), (4, 20, 12), (6, 15, 12)):
        case = telling(partial(_case, rng, size, learn, held))
        call = bigram_bits(**case.inputs)
        number = values.as_numbers(call.value)
        if number is not None and number.shape == () and not np.isfinite(number):
            raise call.fault(
                _(
                    "A pair that was never seen has probability 0 with you, and costs infinitely many bits. "
                    "Add one to every count."
                ),
                expected=values.text(case.expected),
                received=values.text(number),
            )
        call.must_equal(case.expected, *case.suspects)
    return _(
        "A language model made of counts. Every model of this chapter is measured by this number, on text "
        "that it has not seen."
    )


def _counts(tokens: np.ndarray, size: int) -> np.ndarray:
    counts = np.zeros((size, size))
    np.add.at(counts, (tokens[:-1], tokens[1:]), 1)
    return counts


def _bits(counts: np.ndarray, tokens: np.ndarray, totals: np.ndarray | None = None) -> np.ndarray:
    """The bits of each pair of `tokens`, where row a of `counts` says what follows a."""
    totals = counts.sum(axis=1) if totals is None else totals
    with np.errstate(all="ignore"):
        return -np.log2((counts / totals[:, None])[tokens[:-1], tokens[1:]])


def _case(rng: np.random.Generator, size: int, learn: int, held: int) -> Case:
    train, text = rng.integers(size, size=learn), rng.integers(size, size=held)
    counts = _counts(train, size)
    if counts[text[:-1], text[1:]].all():  # no pair is new: nobody would miss the ones that are added
        return _case(rng, size, learn, held)
    each = _bits(counts + 1, text)
    right = float(each.mean())
    single = np.bincount(train, minlength=size) + 1
    alone = -np.log2(single / single.sum())
    held_out = _("You count on the held-out text. Count on train; the other is for the judgment.")
    unigram = _("You do not look at the character before: that is a unigram. Count pairs.")
    suspects = [
        Suspect(right * np.log(2), _("Those are nats. For bits, take the logarithm to base 2.")),
        Suspect(-right, _("Logarithms of probabilities are negative: put a minus before them.")),
        Suspect(float(each.sum()), _("That is the sum over all pairs. Return the mean: bits a character.")),
        Suspect(right * (held - 1) / held, _("Divide by the number of pairs: one fewer than characters.")),
        Suspect(2.0**right, _("That is the perplexity, 2 to the power of the bits. Return the bits.")),
        Suspect(float(_bits(_counts(text, size) + 1, text).mean()), held_out),
        Suspect(float(_bits(_counts(text, size), text).mean()), held_out),
        Suspect(
            float(_bits(_counts(np.concatenate([train, text]), size) + 1, text).mean()),
            _("Held-out text is among your counts. Count on train alone."),
        ),
        Suspect(
            float(_bits(counts + 1, train).mean()),
            _("You judge on the text that was counted. Judge on the held-out text."),
        ),
        Suspect(
            float(_bits(counts + 1, text, counts.sum(axis=1) + 1).mean()),
            _("Your probabilities of what follows add up to more than 1: divide by count + size."),
        ),
        Suspect(
            float(_bits(counts + 1, text, np.full(size, (counts + 1).sum())).mean()),
            _("You divide by all pairs. Divide each row by its own sum: what follows, *given* a character."),
        ),
        Suspect(
            float(_bits((counts + 1).T, text).mean()),
            _("Your table is turned on its side: it says what comes before a character. Rows: before."),
        ),
        Suspect(float(alone[text].mean()), unigram),
        Suspect(float(alone[text[1:]].mean()), unigram),
    ]
    return Case({"train": train, "held": text, "size": size}, right, suspects)


bigram_bits = Exercise(
    key="05/bigram-bits",
    handle="recurrence.bigram_bits",
    title=_("A language model made of counts"),
    kind=_("write"),
    words=_(
        "`train` and `held` are rows of token numbers below `size`. Count in `train` how often each token "
        "follows each other one, and add 1 to every count, so that nothing is impossible. Row by row, the "
        "counts make probabilities of the next token. Return the mean of −log2 of the probability of each "
        "pair of neighbors in `held`: bits a token."
    ),
    signature="bigram_bits(train, held, size)",
    template='''
def bigram_bits(train, held, size):
    """Bits a token of held, by a bigram model counted on train."""
    counts = np.ones((size, size))               # row: the token before; column: the one after
    for before, after in np.stack([train[:-1], train[1:]], axis=1):
        ...
    probabilities = ...
    return ...
''',
    hints=(
        _("Each row must be a distribution: what has to be 1 for every row?"),
        _(
            "Divide each row by its own sum. Then look up the probability of each pair of `held`: rows "
            "held[:-1], columns held[1:]."
        ),
        _(
            "`probabilities = counts / counts.sum(axis=1, keepdims=True)`; "
            "`-np.mean(np.log2(probabilities[held[:-1], ...]))`"
        ),
    ),
    ours='''
def bigram_bits(train, held, size):
    """Bits a token of held, by a bigram model counted on train."""
    counts = np.ones((size, size))               # row: the token before; column: the one after
    for before, after in np.stack([train[:-1], train[1:]], axis=1):
        counts[before, after] += 1
    probabilities = counts / counts.sum(axis=1, keepdims=True)
    return -np.mean(np.log2(probabilities[held[:-1], held[1:]]))
''',
    trial=_try_bits,
    answers="bigmodel_nb.exercises.recurrence.answers.pairs:bigram",
)
