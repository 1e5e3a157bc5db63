"""What nobody should send and somebody will: to every control, and as every argument.

From the page: never an exception, but a new valid state, or a message and the last good state.
From code: an explorer, or an error that names the argument; then no widget is left behind.
"""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.maths.regression import Problem
from bigmodel_nb.widgets import (
    AttentionExplorer,
    BallExplorer,
    BatchExplorer,
    ConvolutionExplorer,
    DescentExplorer,
    FitExplorer,
    Knob,
    RecurrenceExplorer,
    SamplingExplorer,
    TokenExplorer,
)
from bigmodel_nb.widgets.controls import Guarded

EXPLORERS = {
    "attention": AttentionExplorer,
    "ball": BallExplorer,
    "batches": BatchExplorer,
    "convolution": ConvolutionExplorer,
    "descent": DescentExplorer,
    "fits": FitExplorer,
    "recurrence": RecurrenceExplorer,
    "sampling": SamplingExplorer,
    "tokens": TokenExplorer,
}

# JSON, with the NaN and the infinities that Python reads from it.
sent = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 2**63, 1e-320, 1.7e308])
    | st.text(max_size=6)
    | st.sampled_from(["nan", "1e999", "-1", "0", "1e9", "5", "0.5", "9" * 5000, "<b>", "1e-9"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


def inputs(explorer) -> list[tuple[Guarded, str]]:
    """Every control of an explorer, and the state that a page changes in it."""
    if isinstance(explorer, DescentExplorer):
        for name in explorer.racers:
            assert explorer.knobs[name]
    found = []
    for part in explorer._mine():
        if isinstance(part, Guarded):
            for key in ("index", "value", "playing", "_playing"):
                if key in part.keys and not (key == "value" and "index" in part.keys):
                    found.append((part, key))
    return found


@pytest.fixture(scope="module", params=EXPLORERS)
def poor(request):
    """One explorer for all examples: it must survive them."""
    explorer = EXPLORERS[request.param]()
    yield explorer
    explorer.close()


def state_of(explorer) -> dict:
    """The values of all public controls."""
    values = {id(part): part.value for part in explorer._mine() if isinstance(part, Knob)}
    values |= {id(part): getattr(part, key) for part, key in inputs(explorer) if key == "index"}
    return values


def consistent(explorer) -> None:
    """Results, picture and words belong to what the controls say."""
    for part in explorer._mine():
        if isinstance(part, Knob):
            assert part._check(part.name, part.value) == part.value, part.name
            assert part.box.value == part._text()
            assert math.isfinite(part.slider.value)
    paths, summary, picture = (
        getattr(explorer, "paths", []),
        explorer.summary_text,
        bytes(explorer.image.value),
    )
    getattr(explorer, "_runs", {}).clear()  # so that all is computed again
    explorer.settle()
    assert explorer.summary_text == summary and bytes(explorer.image.value) == picture
    for path, other in zip(paths, getattr(explorer, "paths", []), strict=True):
        np.testing.assert_array_equal(path.points, other.points)


@settings(max_examples=60)
@given(data=st.data())
def test_whatever_a_page_sends_to_a_control(page, poor, data):
    controls = inputs(poor)
    part, key = data.draw(st.sampled_from(range(len(controls))).map(lambda place: controls[place]))
    value = data.draw(sent)
    poor.complain("")  # what is refused twice is said twice in the same words
    before, message = state_of(poor), poor.message
    page.sends(part, **{key: value})
    if state_of(poor) == before and poor.message == message:
        # Nothing happened and nothing was said: then it was what stood there, or a button or a page.
        assert getattr(part, key) == value or key != "index" or value in (True, False)
    if poor.message.startswith("Something went wrong"):
        raise AssertionError(poor.message)
    assert len(poor.message) < 400


@settings(max_examples=10)
@given(data=st.data())
def test_after_a_storm_the_explorer_is_what_its_controls_say(page, poor, data):
    controls = inputs(poor)
    for _blow in range(5):
        part, key = data.draw(st.sampled_from(range(len(controls))).map(lambda place: controls[place]))
        page.sends(part, **{key: data.draw(sent)})
    poor.settle()
    assert "Something went wrong" not in poor.message
    consistent(poor)


@settings(max_examples=40)
@given(data=st.data(), content=sent)
def test_whatever_message_comes_with_a_click(poor, data, content):
    controls = inputs(poor)
    part, _key = data.draw(st.sampled_from(range(len(controls))).map(lambda place: controls[place]))
    for body in ({"method": "custom", "content": content}, {"method": "nothing"}):
        part._handle_msg({"content": {"data": body}, "buffers": []})


# -- arguments ----------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def shared_layouts():
    """Layouts and styles that all explorers share are made once and stay."""
    for kind in EXPLORERS.values():
        explorer = kind()
        inputs(explorer)
        explorer.close()


hostile = (
    sent
    | st.binary(max_size=3)
    | st.sampled_from(
        [
            object(), int, np.array([1.0, 2.0]), np.array([]), np.float64("nan"), np.int64(3), np.bool_(True),
            1 + 2j, {"Adam": {"beta_1": 2}}, {"Adam": 3}, {"Adam": {"x": 1}}, {"RMSProp": {"centered": "no"}},
            (1, 2, 3), ("0", "1"), (math.nan, 0), ["rate"] * 9, ["Adam", None], range(3), -1, 0, 1, 3, 2.5,
            "Adam", "bowl", "batch", "play", "cosine", "dark", "breast cancer",
            Problem(np.ones((4, 2)), np.arange(4.0)),
        ]
    )
)  # fmt: skip


@pytest.mark.parametrize("kind", EXPLORERS.values(), ids=EXPLORERS)
@settings(max_examples=25)
@given(data=st.data())
def test_a_wrong_argument_is_named_and_leaves_no_widgets(models, kind, data):
    names = list(inspect.signature(kind).parameters)
    name, value = data.draw(st.sampled_from(names)), data.draw(hostile)
    before = models()
    try:
        explorer = kind(**{name: value})
    except (ValueError, TypeError) as error:
        words = str(error)
        inside = {"knobs": "beta_1|centered|knobs", "start": "start", "prediction": "prediction|racers"}.get(
            name, name
        )
        assert any(words.startswith((f"{word} must be ", f"{word}[")) for word in inside.split("|")), (
            name,
            words,
        )
        assert "; received: " in words and len(words) < 600
    else:
        assert explorer.message == "" and explorer.summary_text
        explorer.close()
    assert models() == before


def test_numbers_of_numpy_are_numbers(made):
    explorer = made(
        DescentExplorer(
            "bowl", ("Adam",), np.float32(0.5), condition=np.int64(7), start=np.array([1.0, 2.0]),
            steps=np.int64(20), seed=np.uint8(3), noise=np.float64(0.5), position=np.int32(11),
        )
    )  # fmt: skip
    assert explorer.transport.position == 11 and explorer.steps.value == 20 and explorer.condition.value == 7
    assert "np." not in explorer.code() and "float32" not in explorer.code()
    batches = made(BatchExplorer(batch_size=np.int64(5), passes=np.int8(2), seed=2.0, zoom=np.bool_(True)))
    assert batches.zoom.value is True and batches.passes.value == 2
    assert "np." not in batches.code()
