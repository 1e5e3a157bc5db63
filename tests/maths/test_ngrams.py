"""Models that count: by hand on a tiny text, against a slow one of dictionaries, and as probabilities."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.maths.ngrams import NGram, bigram, uniform, unigram

ABRACADABRA = np.array(["abcdr".index(letter) for letter in "abracadabra"])


def slow(tokens: list[int], size: int, order: int, smoothing: str, context: list[int], token: int) -> float:
    """p(token | context) as the formulas say it, one count after the other."""
    seen = Counter(tuple(tokens[i : i + k]) for k in range(1, order + 1) for i in range(len(tokens) - k + 1))

    def followers(past: tuple[int, ...]) -> list[int]:
        return [seen[(*past, other)] for other in range(size)]

    if smoothing == "add-one":
        if order == 0 or len(context) < order - 1:
            return 1 / size
        past = tuple(context[len(context) - order + 1 :])
        return (seen[(*past, token)] + 1) / (sum(followers(past)) + size)
    found = 1 / size
    for length in range(min(order, len(context) + 1)):
        past = tuple(context[len(context) - length :])
        total, kinds = sum(followers(past)), sum(count > 0 for count in followers(past))
        if total:
            found = (seen[(*past, token)] + kinds * found) / (total + kinds)
    return found


@st.composite
def cases(draw):
    size = draw(st.integers(1, 5))
    tokens = st.lists(st.integers(0, size - 1), max_size=30)
    return {
        "size": size,
        "train": draw(tokens),
        "other": draw(tokens),
        "order": draw(st.integers(0, 6)),
        "smoothing": draw(st.sampled_from(["witten-bell", "add-one"])),
    }


@settings(deadline=None, max_examples=150)
@given(cases())
def test_it_is_the_formula_and_both_ways_to_ask_agree(case):
    model = NGram(case["order"], smoothing=case["smoothing"]).fit(case["train"], case["size"])
    other = case["other"]
    found = model.likelihoods(other)
    for place, token in enumerate(other):
        expected = slow(case["train"], case["size"], case["order"], case["smoothing"], other[:place], token)
        assert found[place] == pytest.approx(expected, rel=1e-12)
        assert model.probabilities(other[:place])[token] == pytest.approx(expected, rel=1e-12)


@settings(deadline=None, max_examples=150)
@given(cases())
def test_probabilities_sum_to_one_and_none_is_zero(case):
    model = NGram(case["order"], smoothing=case["smoothing"]).fit(case["train"], case["size"])
    found = model.probabilities(case["other"])
    assert found.shape == (case["size"],)
    assert found.sum() == pytest.approx(1, abs=1e-12)
    assert (found > 0).all()


def test_by_hand():
    """abracadabra: a 5, b 2, c 1, d 1, r 2; after a come b twice, c and d once."""
    assert uniform(5).probabilities() == pytest.approx([0.2] * 5)
    assert unigram(ABRACADABRA, 5).probabilities() == pytest.approx(np.array([6, 3, 2, 2, 3]) / 16)
    assert bigram(ABRACADABRA, 5).probabilities([0]) == pytest.approx(np.array([1, 3, 2, 2, 1]) / 9)
    # Witten-Bell: after a, 4 tokens of 3 kinds; all of them, 11 tokens of 5 kinds.
    one = (np.array([5, 2, 1, 1, 2]) + 5 / 5) / (11 + 5)
    two = (np.array([0, 2, 1, 1, 0]) + 3 * one) / (4 + 3)
    assert NGram(1).fit(ABRACADABRA, 5).probabilities() == pytest.approx(one)
    assert NGram(2).fit(ABRACADABRA, 5).probabilities([4, 0]) == pytest.approx(two)


def test_a_context_never_seen_leaves_it_to_the_shorter_one():
    model = NGram(3).fit(ABRACADABRA, 5)
    assert model.probabilities([3, 1]) == pytest.approx(model.probabilities([1]))  # "db" is not there


def test_bits_are_of_the_mean_token():
    assert uniform(8).bits([0, 3, 7]) == pytest.approx(3)
    p = unigram(ABRACADABRA, 5)
    assert p.bits([0, 1]) == pytest.approx(-(math.log2(6 / 16) + math.log2(3 / 16)) / 2)


def test_rows_know_nothing_of_one_another():
    model = NGram(4).fit(ABRACADABRA, 5)
    rows = np.array([[0, 1, 4, 0], [2, 0, 3, 0]])
    assert model.likelihoods(rows) == pytest.approx(np.stack([model.likelihoods(row) for row in rows]))


def test_it_counts_what_it_keeps():
    assert uniform(9).parameters == 0
    assert unigram(ABRACADABRA, 5).parameters == 5
    assert bigram(ABRACADABRA, 5).parameters == 5 + 7  # ab br ra ac ca ad da


def test_samples_follow_the_probabilities_and_the_seed():
    model = bigram(np.array([0, 1] * 500), 3)
    row = model.sample(2000, context=[0], seed=1)
    assert row.dtype == np.int32 and row.shape == (2000,)
    assert (row[:-1] != row[1:]).mean() > 0.98
    assert (row == model.sample(2000, context=[0], seed=1)).all()
    assert (row != model.sample(2000, context=[0], seed=2)).any()
    often = np.bincount(unigram(ABRACADABRA, 5).sample(20_000), minlength=5) / 20_000
    assert often == pytest.approx(np.array([6, 3, 2, 2, 3]) / 16, abs=0.02)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: NGram(-1), "order"),
        (lambda: NGram(33), "order"),
        (lambda: NGram(2, smoothing="good luck"), "smoothing"),
        (lambda: NGram(2).probabilities(), "fitted"),
        (lambda: NGram(2).fit([0, 5], 5), "0 to 4"),
        (lambda: NGram(2).fit([0, -1], 5), "0 to 4"),
        (lambda: NGram(2).fit([[0, 1]], 5), "tokens"),
        (lambda: NGram(2).fit([0.5], 5), "tokens"),
        (lambda: NGram(2).fit([0], 0), "vocabulary_size"),
        (lambda: NGram(2).fit([0], 2).bits([]), "tokens"),
        (lambda: NGram(2).fit([0], 2).bits([2]), "tokens"),
        (lambda: NGram(2).fit([0], 2).probabilities("ab"), "context"),
        (lambda: NGram(2).fit([0], 2).sample(-1), "length"),
    ],
)
def test_errors_name_the_argument(call, says):
    with pytest.raises((ValueError, TypeError), match=says):
        call()
