"""Lists of values that are typed: what is read, what is refused and in which words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.widgets.sweep_values import ValuesField, checked_values, parsed, written


@pytest.mark.parametrize(
    "name, text, values",
    [
        ("learning_rate", "0.001, 0.003, 0.01", [0.001, 0.003, 0.01]),
        ("learning_rate", " [1e-3,1] ", [0.001, 1.0]),
        ("weight_decay", "0, 0.1,", [0.0, 0.1]),
        ("weight_decay", "None, 0.1", [None, 0.1]),
        ("seed", "0, 1, 2", [0, 1, 2]),
        ("activation", "relu, tanh", ["relu", "tanh"]),
        ("activation", '"leaky relu", tanh', ["leaky relu", "tanh"]),
        ("activation", "leaky relu, tanh", ["leaky relu", "tanh"]),
        ("widths", "(32,), (64, 32), ()", [(32,), (64, 32), ()]),
        ("widths", "[32], [64, 32]", [(32,), (64, 32)]),
        ("batch_norm", "True, False", [True, False]),
        ("dropout", "0.5", [0.5]),
    ],
)
def test_what_is_typed_is_read(name, text, values):
    found = parsed(name, text)
    assert found == values and [type(one) for one in found] == [type(one) for one in values]


@pytest.mark.parametrize(
    "name, text",
    [
        ("learning_rate", "0.1, x"), ("learning_rate", "0"), ("learning_rate", "-1, 1"), ("seed", ""),
        ("learning_rate", "0.1; 0.2"), ("learning_rate", "0.1, 0.1"), ("learning_rate", "1e999"),
        ("learning_rate", "nan"), ("seed", "0.5"), ("seed", "-1"), ("batch_size", "0"), ("clip", "0"),
        ("dropout", "0.1, {}"), ("dropout", "(0.1, 0.2"), ("dropout", ","), ("dropout", "1 2"),
        ("dropout", ", ".join(map(str, range(40)))), ("dropout", "((((" * 300), ("dropout", "9" * 5000),
        ("widths", "__import__('os')"), ("widths", "1is 2"), ("widths", "b'a'"), ("widths", "1+2j"),
    ],
)  # fmt: skip
def test_what_is_wrong_gets_a_sentence(name, text):
    with pytest.raises((ValueError, TypeError), match=rf"^{name} must be .*; received: "):
        parsed(name, text)


@given(st.text(max_size=30))
def test_no_text_is_more_than_a_sentence(text):
    for name in ("learning_rate", "activation"):
        try:
            values = parsed(name, text)
        except (ValueError, TypeError) as error:
            assert str(error).startswith(f"{name} must be ") and len(str(error)) < 300
        else:
            assert parsed(name, written(values)) == values


plain = st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.booleans() | st.none()
VALUES = st.lists(plain | st.text(max_size=8) | st.tuples(st.integers(1, 99)), min_size=1, max_size=5)


@given(VALUES)
def test_what_is_written_is_read_again(values):
    try:
        checked = checked_values("knob", values)
    except ValueError:
        assert len({repr(value) for value in values}) < len(values)
        return
    assert parsed("knob", written(checked)) == checked


@pytest.mark.parametrize(
    "values", [3, "abc", None, {"a": 1}, [], [1, 1], [[]] * 2, [object()], [float("inf")], np.array(3.0),
               [1 + 2j], [b"a"], range(100), iter([])],
)  # fmt: skip
def test_wrong_lists_are_named(values):
    with pytest.raises((ValueError, TypeError), match=r"^knob must be a list of one to 32 .*; received: "):
        checked_values("knob", values)


def test_numbers_of_numpy_become_plain_ones():
    assert checked_values("learning_rate", np.array([0.1, 1])) == [0.1, 1.0]
    assert [type(one) for one in checked_values("seed", np.arange(2))] == [int, int]
    assert checked_values("knob", range(3)) == [0, 1, 2]


def test_a_field_keeps_the_last_good_list_and_tells(page):
    field, said = ValuesField("learning_rate", [0.1]), []
    field.complain = said.append
    try:
        page.sends(field.box, value="0.1, 0.5")
        assert field.value == [0.1, 0.5] and said[-1] == ""
        page.sends(field.box, value="0.1, fast")
        assert field.value == [0.1, 0.5] and field.box.value == "0.1, 0.5"
        assert said[-1].startswith("learning_rate must be numbers with commas") and "fast" in said[-1]
        page.sends(field.box, value=7)
        assert field.value == [0.1, 0.5] and said[-1]
        field.value = [3]
        assert field.box.value == "3.0"
        with pytest.raises(ValueError, match="learning_rate must be"):
            field.value = [-1]
        assert field.value == [3.0]
    finally:
        for part in (field.box, field):
            part.close()
