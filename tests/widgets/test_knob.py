"""A knob: slider and number box hold one number, and what is wrong becomes a sentence."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bigmodel_nb import arguments
from bigmodel_nb.widgets import Knob


class Heard(list):
    """Takes a knob's complaints."""

    def __call__(self, message: str) -> None:
        if message:
            self.append(message)


def listening(knob: Knob) -> Heard:
    knob.complain = Heard()
    return knob.complain


@pytest.fixture
def rate(made):
    return made(Knob("learning_rate", 0.1, 1e-4, 10, log=True, check=arguments.positive))


@pytest.fixture
def steps(made):
    return made(
        Knob(
            "steps", 100, 1, 300, whole=True, check=lambda name, value: arguments.whole(name, value, 1, 5000)
        )
    )


@pytest.fixture
def start(made):
    return made(Knob("start", 1.0, -5, 5))


def test_the_slider_sets_the_value_to_three_digits(page, rate, start):
    page.drags(rate, 0.0123456)
    assert rate.value == 0.0123 and rate.box.value == "0.0123"
    page.drags(start, 3.14159)
    assert start.value == 3.14 and start.box.value == "3.14"


def test_a_whole_slider_sets_whole_values(page, steps):
    page.drags(steps, 217)
    assert steps.value == 217 and type(steps.value) is int and steps.box.value == "217"


def test_the_box_sets_the_value_exactly(page, rate, start, steps):
    page.types(rate, " 0.0123456 ")
    assert rate.value == 0.0123456
    assert rate.slider.value == pytest.approx(0.0123456)
    page.types(start, "-1e-3")
    assert start.value == -0.001 == start.slider.value
    page.types(steps, "1e2")
    assert steps.value == 100 and steps.box.value == "100"


def test_dragged_says_where_a_change_came_from(page, rate):
    seen = []
    rate.observe(lambda change: seen.append(rate.dragged), "value")
    page.drags(rate, 0.5)
    page.types(rate, "0.25")
    rate.value = 0.75
    assert seen == [True, False, False]
    assert rate.dragged is False


def test_values_beyond_the_slider_are_taken_from_the_box(page, rate, start, steps):
    page.types(rate, "250")
    assert rate.value == 250 and rate.slider.value == pytest.approx(10) and rate.box.value == "250"
    page.types(start, "-70")
    assert start.value == -70 and start.slider.value == -5
    page.types(steps, "4000")
    assert steps.value == 4000 and steps.slider.value == 300


WRONG = {
    "letters": ("fast", "a positive number", "'fast'"),
    "empty": ("", "a positive number", "''"),
    "nan": ("nan", "a positive number", "nan"),
    "infinite": ("inf", "a positive number", "inf"),
    "minus infinite": ("-Infinity", "a positive number", "-inf"),
    "too large": ("1e999", "a positive number", "inf"),
    "huge whole": ("9" * 400, "a positive number", "inf"),
    "more digits than Python reads": ("9" * 5000, "a positive number", "inf"),
    "negative": ("-0.1", "a positive number", "-0.1"),
    "zero": ("0", "a positive number", "0"),
    "two numbers": ("0.1 0.2", "a positive number", "'0.1 0.2'"),
    "comma": ("0,1", "a positive number", "'0,1'"),
    "code": ("__import__('os')", "a positive number", "__import__"),
}


@pytest.mark.parametrize("text, expected, received", WRONG.values(), ids=WRONG)
def test_wrong_text_gets_a_sentence_and_the_last_good_value_stays(page, rate, text, expected, received):
    heard = listening(rate)
    page.types(rate, text)
    assert len(heard) == 1
    assert heard[0].startswith(f"learning_rate must be {expected}; received: ")
    assert received in heard[0]
    assert rate.value == 0.1 and rate.box.value == "0.1" and rate.slider.value == pytest.approx(0.1)


@pytest.mark.parametrize("text", ["2.5", "0", "-3", "5001", "nan", "1e999", "9" * 5000, "many", ""])
def test_a_whole_knob_says_which_whole_numbers_are_right(page, steps, text):
    heard = listening(steps)
    page.types(steps, text)
    assert len(heard) == 1
    assert heard[0].startswith("steps must be a whole number from 1 to 5000; received: ")
    assert steps.value == 100 and steps.box.value == "100" and steps.slider.value == 100


@pytest.mark.parametrize("position", [math.nan, math.inf, -math.inf, None, "0.3", [], {}, True, 10**400])
@pytest.mark.parametrize("kind", ["rate", "start", "steps"])
def test_a_slider_takes_no_nonsense(request, page, kind, position):
    knob = request.getfixturevalue(kind)
    knob.complain = lambda message: None
    before = knob.value
    page.drags(knob, position)
    assert knob.value == before or knob._check(knob.name, knob.value) == knob.value
    assert math.isfinite(knob.slider.value)
    if position is None or position != position or isinstance(position, (list, dict)):
        assert knob.value == before
        assert knob.slider.value == pytest.approx(before)


def test_the_page_is_told_what_holds_when_it_sent_what_does_not(page, rate, monkeypatch):
    told = []
    monkeypatch.setattr(rate.box, "send_state", lambda key=None: told.append((key, rate.box.value)))
    page.types(rate, "fast")
    assert told and told[-1][1] == "0.1"


def test_a_right_entry_takes_the_complaint_away_also_where_nothing_changes(page, rate):
    messages = []
    rate.complain = messages.append
    page.types(rate, "fast")
    page.types(rate, "0.10")
    assert messages[0].startswith("learning_rate must be") and messages[-1] == ""
    assert rate.value == 0.1 and rate.box.value == "0.1"


@pytest.mark.parametrize(
    "value, kind",
    [(-1, ValueError), (math.nan, ValueError), ("x", TypeError), (None, TypeError), (True, TypeError)],
)
def test_code_that_sets_a_wrong_value_gets_the_sentence_as_an_error(rate, value, kind):
    with pytest.raises(kind, match=r"^learning_rate must be a positive number; received: "):
        rate.value = value
    assert rate.value == 0.1 and rate.box.value == "0.1"


def test_a_knob_with_a_wrong_first_value_leaves_nothing_behind(models):
    before = models()
    with pytest.raises(ValueError, match=r"^learning_rate must be a positive number; received: -1"):
        Knob("learning_rate", -1, 1e-4, 10, check=arguments.positive)
    assert models() == before


def test_span_moves_the_slider_and_keeps_the_value(start):
    for low, high in ((-2.0, 2.0), (10.0, 20.0), (-20.0, -10.0), (-5.0, 5.0)):
        start.span(low, high)
        assert (start.slider.min, start.slider.max) == (low, high)
        assert start.value == 1.0
        assert start.slider.value == min(max(1.0, low), high)


def test_labels_and_tooltips_name_the_number(start, rate):
    assert rate.slider.description == "learning rate"
    assert rate.box.description == "learning rate, number"
    for control in (rate.slider, rate.box):
        tip = getattr(control, "tooltip", None) or getattr(control, "description_tooltip", None)
        assert "learning" in tip


# One knob for all examples: what came before must not matter.
_shared = Knob("rate", 0.1, 1e-4, 10, log=True, check=arguments.positive)
_whole = Knob("steps", 5, 1, 300, whole=True, check=lambda name, value: arguments.whole(name, value, 1, 5000))

texts = st.one_of(
    st.text(max_size=12),
    st.floats().map(repr),
    st.integers().map(str),
    st.sampled_from(["1_000", "٣", "½", "0x10", "1e-400", "--1", "+1", "1e5000", "\x00", "NaN", "∞", "1j"]),
)


@pytest.mark.parametrize("knob", [_shared, _whole], ids=["float", "whole"])
@given(text=texts)
def test_any_text_is_a_number_or_a_sentence(page, knob, text):
    heard = listening(knob)
    before = knob.value
    page.types(knob, text)
    assert knob._check(knob.name, knob.value) == knob.value
    assert knob.box.value == knob._text()
    if heard:
        assert knob.value == before and heard[0].startswith(f"{knob.name} must be ")
    else:
        written = float(text)
        assert knob.value == written or (knob.value == before and knob._text() == text.strip())


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize("knob", [_shared, _whole], ids=["float", "whole"])
@given(value=anything, part=st.sampled_from(["slider", "box"]))
def test_whatever_the_page_sends_the_knob_stays_whole(page, knob, value, part):
    assume(json.dumps(value))
    listening(knob)
    page.sends(getattr(knob, part), value=value)
    assert knob._check(knob.name, knob.value) == knob.value
    assert knob.box.value == knob._text()
    low, high = knob.slider.min, knob.slider.max
    if knob is _shared:
        low, high = 10**low, 10**high
    assert knob.slider.value == pytest.approx(min(max(knob.value, low), high), rel=5e-3)


@given(value=anything)
def test_code_gets_a_valid_knob_or_an_error_that_names_it(value):
    before = _shared.value
    try:
        _shared.value = value
    except (ValueError, TypeError) as error:
        assert str(error).startswith("rate must be a positive number; received: ")
        assert _shared.value == before
    assert _shared.value > 0 and _shared.box.value == _shared._text()
