"""What every explorer does, asked of those of chapter 2: words, lessons, closing, and hostile input."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.maths.backprop import GRAPHS
from bigmodel_nb.widgets import BackpropExplorer, Knob, LossExplorer, PlaygroundExplorer, Prediction
from bigmodel_nb.widgets.controls import Guarded

EXPLORERS = {"playground": PlaygroundExplorer, "losses": LossExplorer, "backprop": BackpropExplorer}
SMALL = {"playground": {"n": 40, "hidden": (2,)}}


@pytest.fixture(params=EXPLORERS)
def kind(request):
    return EXPLORERS[request.param]


@pytest.fixture
def explorer(kind, made):
    return made(kind())


@pytest.fixture(scope="module", autouse=True)
def shared_layouts():
    """Layouts and styles that all explorers share are made once and stay."""
    for kind in EXPLORERS.values():
        kind().close()


def picture(explorer) -> bytes:
    return bytes(explorer.image.value)


def knobs(explorer) -> list[Knob]:
    return [part for part in explorer._mine() if isinstance(part, Knob)]


def on_page(explorer) -> set:
    def visible(widget):
        if widget.layout.display == "none":
            return
        yield id(widget)
        for child in getattr(widget, "children", ()):
            yield from visible(child)

    return set(visible(explorer))


# -- controls -----------------------------------------------------------------------------------


def test_every_control_is_guarded_has_a_number_box_and_answers_to_the_explorer(explorer):
    inputs = [part for part in explorer._mine() if hasattr(part, "value") or hasattr(part, "on_click")]
    for part in inputs:
        if type(part).__name__ in ("HTML", "Image"):
            continue
        assert isinstance(part, (Guarded, Knob)), part
        assert part.lock is explorer._lock and part.complain is not None, part
    sliders = [part for part in explorer._mine() if type(part).__name__.endswith("Slider")]
    assert sliders and {id(part) for part in sliders} == {id(knob.slider) for knob in knobs(explorer)}


def test_a_slider_that_is_dragged_moves_the_picture(page, moving, made, kind):
    explorer = made(kind())
    knob = next(knob for knob in knobs(explorer) if id(knob) in on_page(explorer) and knob.slider.max > 1)
    before = picture(explorer), explorer.summary_text
    page.drags(knob, knob.slider.max if knob.value < knob.slider.max else knob.slider.min)
    assert explorer.message == "" and explorer.image.format == moving
    assert (picture(explorer), explorer.summary_text) != before
    blitted = np.asarray(explorer.figure.canvas.buffer_rgba()).copy()
    explorer.figure.redraw_all()
    explorer.figure.encode()
    np.testing.assert_array_equal(np.asarray(explorer.figure.canvas.buffer_rgba()), blitted)
    explorer.settle()
    assert explorer.image.format == "png"


def test_a_wrong_number_is_a_sentence_and_the_last_good_one_stays(page, explorer):
    before = picture(explorer), explorer.summary_text
    for knob in knobs(explorer):
        value = knob.value
        for wrong in ("<b>much", "nan", "1e999"):
            page.types(knob, wrong)
            assert " must be " in explorer.message and "; received: " in explorer.message, knob.name
            assert knob.value == value and knob.box.value == knob._text()
            assert "<b>" not in explorer._alert.value
    assert (picture(explorer), explorer.summary_text) == before
    knob = next(knob for knob in knobs(explorer) if id(knob) in on_page(explorer))
    page.types(knob, "much")
    assert explorer.message
    page.types(knob, "3")
    assert explorer.message == ""


def test_dark_is_dark(kind, made):
    dark = made(kind(theme="dark"))
    pixels = np.asarray(dark.figure.canvas.buffer_rgba())
    assert max(pixels[2, 2, :3]) < 40 and "theme='dark'" in dark.code()


def test_summary_and_code_are_on_the_page_and_kept_up_to_date(page, explorer):
    assert explorer.summary_text in explorer._summary.value.replace("&#x27;", "'")
    assert 'role="status"' in explorer._summary.value
    page.clicks(explorer.code_button)
    shown = explorer._code.value
    knob = next(knob for knob in knobs(explorer) if id(knob) in on_page(explorer))
    page.types(knob, "3")
    assert "<pre" in shown and explorer._code.value != shown
    page.clicks(explorer.code_button)
    assert explorer._code.value == ""


# -- lesson mode, predictions, closing ----------------------------------------------------------


def test_lesson_mode_shows_what_was_asked_for(kind, made):
    first = kind.CONTROLS[0]
    lesson, whole = made(kind(show=[first])), made(kind())
    part = getattr(lesson, first)
    assert id(part) in on_page(lesson) and id(lesson.code_button) in on_page(lesson)
    assert len(on_page(lesson)) < len(on_page(whole))
    with pytest.raises(ValueError, match="show must be one of"):
        kind(show=["colour"])
    if len(kind.CONTROLS) > 5:
        with pytest.raises(ValueError, match="show must be at most 5 names"):
            kind(show=kind.CONTROLS[:6])
    for start in range(0, len(kind.CONTROLS), 5):
        made(kind(show=kind.CONTROLS[start : start + 5]))


def test_a_prediction_comes_before_the_answer(kind, made):
    question = Prediction("02/x", "Which?", ["a", "b"], truth="a")
    explorer = made(kind(prediction=question))
    hidden, before = explorer.summary_text, picture(explorer)
    assert "Predict" in hidden and question in explorer.children
    question.choose("a")
    assert explorer.summary_text != hidden
    if kind is not PlaygroundExplorer:
        assert picture(explorer) != before


@pytest.mark.parametrize("how", ["as it is", "pages turned", "lesson", "moved", "prediction"])
def test_closing_leaves_no_widgets(page, models, kind, how):
    before = models()
    extra = {"lesson": {"show": kind.CONTROLS[-2:]}}.get(how, {})
    if how == "prediction":
        extra = {"prediction": Prediction("02/x", "Which?", ["a", "b"])}
    explorer = kind(**extra)
    if how == "pages turned" and kind is PlaygroundExplorer:
        for index in range(6):
            page.sends(explorer.pages, index=index)
    if how == "moved":
        page.clicks(explorer.code_button)
        for name in ("graph", "loss", "data"):
            if hasattr(explorer, name):
                for index in range(len(getattr(explorer, name).options)):
                    page.sends(getattr(explorer, name), index=index)
        if kind is PlaygroundExplorer:
            page.clicks(explorer.play_button)
    assert models() > before
    explorer.close()
    assert models() == before


# -- hostile input ------------------------------------------------------------------------------

sent = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.integers(-20, 20),
    st.sampled_from(
        [10**400, 2**63, 1e-320, 1.7e308, "nan", "1e999", "-1", "0", "5", "0.5", "9" * 5000, "<b>"]
    ),
    st.text(max_size=4),
    st.lists(st.integers(), max_size=2),
)


def inputs(explorer) -> list[tuple[Guarded, str]]:
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
    explorer = EXPLORERS[request.param](**SMALL.get(request.param, {}))
    if isinstance(explorer, BackpropExplorer):
        for name in GRAPHS:  # knobs are made when they are first needed: here, so that their number stays
            explorer.graph.value = name
    yield explorer
    explorer.close()


@settings(max_examples=40)
@given(data=st.data())
def test_whatever_a_page_sends_to_a_control(page, poor, data):
    controls = inputs(poor)
    part, key = data.draw(st.sampled_from(range(len(controls))).map(lambda place: controls[place]))
    page.sends(part, **{key: data.draw(sent)})
    assert not poor.message.startswith("Something went wrong"), poor.message
    assert len(poor.message) < 400
    for knob in knobs(poor):
        assert knob._check(knob.name, knob.value) == knob.value and knob.box.value == knob._text()
        assert math.isfinite(knob.slider.value)
    poor.settle()
    summary, before = poor.summary_text, picture(poor)
    poor.settle()
    assert poor.summary_text == summary and picture(poor) == before


hostile = sent | st.sampled_from(
    [
        object(), int, np.array([1.0, 2.0]), np.float64("nan"), np.int64(3), np.bool_(True), 1 + 2j,
        {"x": 2}, {"x": "a"}, {3: 1}, (1, 2, 3), ("0", "1"), (math.nan, 0, 1), ["x1"] * 9, [None],
        range(3), -1, 0, 1, 3, 2.5, "xor", "plane", "cross-entropy", "Huber", "dark", "one neuron",
        "x → wx", "tanh", "Adam", "zeros", (9,), (8,) * 7, "2.1", "bias", "keras", [3],
        [(0, "l1", 0.1)], [(0, (0, 0, 0), 1)], [(0, (9, 0, 0), 1)],
    ]
)  # fmt: skip


@pytest.mark.parametrize("name", EXPLORERS)
@settings(max_examples=40)
@given(data=st.data())
def test_a_wrong_argument_is_named_and_leaves_no_widgets(models, name, data):
    kind = EXPLORERS[name]
    argument = data.draw(st.sampled_from(list(inspect.signature(kind).parameters)))
    value, before = data.draw(hostile), models()
    if argument == "epochs" and isinstance(value, int) and value > 1000:
        value = -1
    try:
        explorer = kind(**{**SMALL.get(name, {}), argument: value})
    except (ValueError, TypeError) as error:
        words = str(error)
        assert words.startswith((f"{argument} must be ", f"{argument}[", "learning_rate must be ")), (
            argument,
            words,
        )
        assert "; received: " in words and len(words) < 600
    else:
        assert explorer.message == "" and explorer.summary_text
        explorer.close()
    assert models() == before
