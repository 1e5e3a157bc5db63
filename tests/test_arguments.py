"""An error names the argument, what was expected and what was received; anything else is the value."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb import arguments

# What a reader, a front end or a mistake can hand in instead of a number.
NOT_NUMBERS = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.booleans(),
    st.binary(max_size=5),
    st.lists(st.floats(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.complex_numbers(),
    st.builds(object),
    st.sampled_from([np.array(1.0), np.array([1.0, 2.0]), np.bool_(True), print, Exception("no")]),
)
NOT_FINITE = st.sampled_from([math.nan, math.inf, -math.inf, np.float32("nan"), np.float64("inf"), 10**400])
FINITE = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**30), 10**30))

CHECKS = {
    "number": arguments.number,
    "positive": arguments.positive,
    "non_negative": arguments.non_negative,
    "between": lambda name, value: arguments.between(name, value, -2.0, 3.0),
    "whole": arguments.whole,
}


def test_the_sentence_of_the_design():
    with pytest.raises(ValueError) as raised:
        arguments.positive("learning_rate", -0.1)
    assert str(raised.value) == "learning_rate must be a positive number; received: -0.1"


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@given(value=NOT_NUMBERS)
def test_what_is_no_number_is_a_type_error(check, value):
    with pytest.raises(TypeError, match=r"^rate must be .+; received: ."):
        check("rate", value)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@given(value=NOT_FINITE)
def test_what_is_not_finite_is_a_value_error(check, value):
    with pytest.raises(ValueError, match=r"^rate must be .+; received: ."):
        check("rate", value)


@given(value=FINITE)
def test_number_gives_a_plain_float(value):
    plain = arguments.number("rate", value)
    assert type(plain) is float and plain == float(value)


@pytest.mark.parametrize("value", [np.float32(0.5), np.float64(0.5), np.float16(0.5), Fraction(1, 2)])
def test_number_takes_every_kind_of_real_number(value):
    assert arguments.number("rate", value) == 0.5


def test_a_decimal_is_refused_in_words():
    with pytest.raises(TypeError, match=r"rate must be a finite number; received: Decimal\('0.5'\)"):
        arguments.number("rate", Decimal("0.5"))


@given(value=FINITE)
def test_positive_and_non_negative_divide_at_zero(value):
    for check, allowed in ((arguments.positive, value > 0), (arguments.non_negative, value >= 0)):
        if allowed:
            assert check("rate", value) == float(value)
        else:
            with pytest.raises(ValueError, match="rate must be"):
                check("rate", value)


@given(value=FINITE, low_open=st.booleans(), high_open=st.booleans())
def test_between_keeps_its_bounds(value, low_open, high_open):
    inside = (value > 0 if low_open else value >= 0) and (value < 1 if high_open else value <= 1)
    if inside:
        assert arguments.between("beta_1", value, 0, 1, low_open=low_open, high_open=high_open) == value
    else:
        with pytest.raises(ValueError, match=r"^beta_1 must be a number from 0.* to 1"):
            arguments.between("beta_1", value, 0, 1, low_open=low_open, high_open=high_open)


def test_between_says_which_end_is_open():
    with pytest.raises(ValueError, match=r"from 0 to 1 \(excluded\); received: 1"):
        arguments.between("beta_1", 1, 0, 1, high_open=True)
    with pytest.raises(ValueError, match=r"from 0 \(excluded\) to 1; received: 0"):
        arguments.between("beta_1", 0, 0, 1, low_open=True)


@given(value=st.integers(-(10**30), 10**30))
def test_whole_is_exact_however_large(value):
    exact = arguments.whole("steps", value)
    assert type(exact) is int and exact == value


@pytest.mark.parametrize("value", [3.0, np.int64(3), np.float32(3), Fraction(3, 1)])
def test_whole_takes_what_equals_a_whole_number(value):
    exact = arguments.whole("steps", value)
    assert type(exact) is int and exact == 3


@pytest.mark.parametrize(
    ("limits", "value", "words"),
    [
        ({}, 2.5, "a whole number; received: 2.5"),
        ({"low": 1}, 0, "a whole number of 1 or more; received: 0"),
        ({"low": 1, "high": 5}, 6, "a whole number from 1 to 5; received: 6"),
        ({"low": 1, "high": 5}, 0, "a whole number from 1 to 5; received: 0"),
    ],
)
def test_whole_says_what_it_wanted(limits, value, words):
    with pytest.raises(ValueError) as raised:
        arguments.whole("steps", value, **limits)
    assert str(raised.value) == f"steps must be {words}"


def test_whole_includes_its_bounds():
    assert arguments.whole("steps", 1, 1, 5) == 1 and arguments.whole("steps", 5, 1, 5) == 5


def test_one_of_lists_the_choices():
    assert arguments.one_of("theme", "dark", iter(["light", "dark"])) == "dark"
    with pytest.raises(ValueError) as raised:
        arguments.one_of("theme", "drak", ["light", "dark"])
    assert str(raised.value) == "theme must be one of 'light', 'dark'; received: 'drak'"


@given(value=st.one_of(st.none(), st.integers(), st.lists(st.text(max_size=3), max_size=2)))
def test_one_of_wants_text(value):
    with pytest.raises(TypeError, match=r"^theme must be one of 'light', 'dark'; received: "):
        arguments.one_of("theme", value, ["light", "dark"])


@pytest.mark.parametrize("value", [(1, 2), [1.0, 2.0], np.array([1, 2]), iter([1, 2])])
def test_point_is_two_floats(value):
    assert arguments.point("start", value) == (1.0, 2.0)


@pytest.mark.parametrize(
    "value", [None, 3, (1,), (1, 2, 3), "ab", (1, "b"), (1, math.nan), np.zeros((2, 2)), {"x": 1}, object()]
)
def test_what_is_no_point_gets_a_sentence(value):
    expected = r"^start must be two finite numbers, such as \(1.0, 2.0\); received: ."
    with pytest.raises(ValueError, match=expected):
        arguments.point("start", value)


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no")


def test_received_is_one_short_line():
    assert arguments.received(np.zeros((3, 4))) == "an array of shape (3, 4)"
    assert arguments.received("line\nline") == repr("line\nline")
    long = arguments.received("x" * 1000)
    assert len(long) == 60 and long.endswith("…")
    assert "\n" not in arguments.received(type("Odd", (), {"__repr__": lambda self: "two\nlines"})())


def test_received_survives_a_broken_repr():
    with pytest.raises(TypeError, match="<Unprintable, whose repr raises RuntimeError>"):
        arguments.number("rate", Unprintable())


def test_some_of_takes_names_and_a_name_alone():
    assert arguments.some_of("racers", ("b", "a"), ["a", "b"]) == ["b", "a"]
    assert arguments.some_of("racers", "a", ["a", "b"]) == ["a"]
    assert arguments.some_of("racers", [], ["a", "b"]) == []


@pytest.mark.parametrize(
    "value, kind",
    [(3, TypeError), (None, TypeError), ({"a": 1}, TypeError), (["c"], ValueError), ([1], TypeError)],
)
def test_some_of_names_the_argument(value, kind):
    with pytest.raises(kind, match=r"^racers must be .*'a', 'b'; received: "):
        arguments.some_of("racers", value, ["a", "b"])
