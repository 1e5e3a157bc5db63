"""Which tokens may come next, and how probable each is, against its definition and its properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bigmodel_nb.maths import sampling as s

LOGITS = arrays(np.float64, st.integers(1, 20), elements=st.floats(-30, 30))
# probabilities 0.5, 0.25, 0.125, 0.125: powers of two, so that sums are exact
HALVES = np.log2([0.5, 0.25, 0.125, 0.125]) * np.log(2)


@st.composite
def settings(draw, logits=LOGITS):
    scores = draw(logits)
    return scores, {
        "temperature": draw(st.floats(0, 5)),
        "top_k": draw(st.none() | st.integers(1, 25)),
        "top_p": draw(st.none() | st.floats(0.01, 1)),
        "repetition_penalty": draw(st.floats(0.5, 2)),
        "recent": draw(st.lists(st.integers(0, len(scores) - 1))),
    }


def by_definition(logits, temperature, top_k, top_p, repetition_penalty, recent):
    """The same token by token, in plain Python."""
    z = [
        x if i not in recent else x / repetition_penalty if x > 0 else x * repetition_penalty
        for i, x in enumerate(logits.tolist())
    ]
    if temperature == 0:
        p = [float(i == z.index(max(z))) for i in range(len(z))]
    else:
        e = [np.exp(max((x - max(z)) / temperature, -1e300)) for x in z]
        p = [x / sum(e) for x in e]
    kept, total = [], 0.0
    for place, i in enumerate(sorted(range(len(z)), key=lambda i: (-p[i], i))):
        if (top_k is None or place < top_k) and (top_p in (None, 1) or total < top_p):
            kept.append(i)
        total += p[i]
    return np.array([p[i] / sum(p[j] for j in kept) if i in kept else 0 for i in range(len(z))])


@given(settings())
def test_probabilities_are_those_of_the_definition(case):
    logits, given_ = case
    result = s.next_probabilities(logits, **given_)
    expected = by_definition(logits, **given_)
    edge = given_["top_p"] or 1  # sums in another order: a token exactly at the edge may fall on either side
    if (np.abs(np.cumsum(np.sort(s.choose(logits, **given_).full)[::-1]) - edge) > 1e-9).all() or edge == 1:
        np.testing.assert_allclose(result, expected, atol=1e-12)


@given(settings())
def test_what_always_holds(case):
    logits, given_ = case
    choice = s.choose(logits, **given_)
    p = choice.probabilities
    assert p.sum() == pytest.approx(1) and (p >= 0).all() and p.any()
    assert choice.in_top_k.sum() == min(given_["top_k"] or len(logits), len(logits))
    assert not (choice.in_top_p & ~choice.in_top_k).any() and not p[~choice.in_top_p].any()
    assert choice.full[choice.in_top_p].min() >= choice.full[~choice.in_top_p].max(initial=0)
    token = s.draw(logits, np.random.default_rng(0), **given_)
    assert p[token] > 0


@given(LOGITS, st.floats(-50, 50))
def test_logits_moved_together_change_nothing(logits, shift):
    np.testing.assert_allclose(
        s.next_probabilities(logits + shift, temperature=0.7), s.next_probabilities(logits, temperature=0.7)
    )


def test_temperature_divides_and_zero_is_greedy():
    logits = np.array([1.0, 3.0, 2.0])
    p = s.next_probabilities(logits, temperature=2)
    assert p[1] / p[0] == pytest.approx(np.exp((3 - 1) / 2))
    assert s.next_probabilities(logits, temperature=0).tolist() == [0, 1, 0]
    for tiny in (1e-3, 1e-300):
        np.testing.assert_allclose(s.next_probabilities(logits, temperature=tiny), [0, 1, 0])
    np.testing.assert_allclose(s.next_probabilities(logits, temperature=1e9), 1 / 3, rtol=1e-6)
    assert s.next_probabilities([5.0, 5.0, 1.0], temperature=0).tolist() == [1, 0, 0]  # the first of equals


def test_top_p_keeps_the_token_that_crosses():
    assert s.choose(HALVES, top_p=0.6).in_top_p.tolist() == [True, True, False, False]
    np.testing.assert_allclose(s.next_probabilities(HALVES, top_p=0.6), [2 / 3, 1 / 3, 0, 0])
    assert s.choose(HALVES, top_p=0.01).in_top_p.tolist() == [True, False, False, False]
    assert s.choose(HALVES, top_p=1.0).in_top_p.all()
    exact = s.choose(np.zeros(4), top_p=0.5)  # reached by the second: the third does not stay
    assert exact.in_top_p.tolist() == [True, True, False, False]


def test_of_equals_the_lower_number_stays():
    assert s.choose(np.zeros(4), top_k=2).in_top_k.tolist() == [True, True, False, False]
    assert s.choose([0.0, 1.0, 0.0, 1.0], top_k=3).in_top_k.tolist() == [True, True, False, True]


def test_top_p_counts_probabilities_of_the_whole_vocabulary():
    # Of the two that top_k lets through, the first alone would be 2/3, more than p. Of all, it is 1/2.
    assert s.choose(HALVES, top_k=2, top_p=0.6).in_top_p.sum() == 2
    np.testing.assert_allclose(s.next_probabilities(HALVES, top_k=2, top_p=0.6), [2 / 3, 1 / 3, 0, 0])
    assert s.choose(HALVES, top_k=2, top_p=0.8).in_top_p.sum() == 2  # 0.8 is not reached: both stay


def test_penalty_lowers_what_was_there_whatever_its_sign():
    logits = np.array([2.0, -2.0, 1.0])
    np.testing.assert_allclose(s.penalized(logits, 2, [0, 1, 1, 1]), [1, -4, 1])
    before, after = (
        s.next_probabilities(logits),
        s.next_probabilities(logits, repetition_penalty=1.5, recent=[1]),
    )
    assert after[1] < before[1] and after[0] > before[0]
    assert logits.tolist() == [2, -2, 1]
    np.testing.assert_array_equal(s.next_probabilities(logits, recent=[0, 1]), before)


def test_tokens_are_drawn_as_often_as_they_are_probable():
    random = np.random.default_rng(0)
    drawn = [s.draw(HALVES, random, top_k=3) for _ in range(4000)]
    np.testing.assert_allclose(
        np.bincount(drawn, minlength=4) / 4000, s.next_probabilities(HALVES, top_k=3), atol=0.03
    )


def test_a_draw_takes_one_number_whatever_the_settings():
    randoms = [np.random.default_rng(3) for _ in range(2)]
    s.draw(HALVES, randoms[0], temperature=0)
    s.draw(HALVES, randoms[1], top_k=2)
    assert randoms[0].random() == randoms[1].random()


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"temperature": -0.1}, ValueError, "temperature must be zero or a positive number; received: -0.1"),
        ({"temperature": float("nan")}, ValueError, "temperature must be"),
        ({"top_k": 0}, ValueError, "top_k must be a whole number of 1 or more; received: 0"),
        ({"top_k": 2.5}, ValueError, "top_k must be"),
        ({"top_p": 0}, ValueError, "top_p must be a number from 0 (excluded) to 1; received: 0"),
        ({"top_p": 1.1}, ValueError, "top_p must be"),
        ({"repetition_penalty": 0}, ValueError, "repetition_penalty must be a positive number"),
        ({"recent": [4]}, ValueError, "recent must be token numbers from 0 to 3; received: 4"),
        ({"recent": [-1]}, ValueError, "received: -1"),
        ({"recent": ["a"]}, TypeError, "recent must be"),
        ({"recent": [0.5]}, TypeError, "recent must be"),
        ({"logits": [[1.0]]}, ValueError, "logits must be a row of finite numbers"),
        ({"logits": [1.0, np.inf]}, ValueError, "inf at index 1"),
        ({"logits": "text"}, TypeError, "logits must be"),
        ({"logits": []}, ValueError, "logits must be"),
    ],
)
def test_a_wrong_value_is_named(wrong, error, words):
    with pytest.raises(error) as raised:
        s.next_probabilities(**{"logits": HALVES, **wrong})
    assert words in str(raised.value)


def test_a_wrong_generator_is_said():
    with pytest.raises(TypeError, match="random must be a generator"):
        s.draw(HALVES, np.random)
