"""What every explorer does, asked of both: one refresh, a picture in motion and at rest, words, closing."""

from __future__ import annotations

import io
import threading

import numpy as np
import pytest
from PIL import Image

from bigmodel_nb.maths import surfaces
from bigmodel_nb.maths.descent import OPTIMIZERS
from bigmodel_nb.widgets import BatchExplorer, DescentExplorer, Knob, Prediction
from bigmodel_nb.widgets.controls import Checkbox, Guarded
from bigmodel_nb.widgets.ticking import BY_ITSELF

EXPLORERS = {"descent": DescentExplorer, "batches": BatchExplorer}
PNG, JPEG = b"\x89PNG", b"\xff\xd8\xff"


@pytest.fixture(params=EXPLORERS)
def kind(request):
    return EXPLORERS[request.param]


@pytest.fixture
def explorer(kind, made):
    return made(kind())


def limits(explorer) -> tuple:
    figure = explorer.figure
    return tuple((axes.get_xlim(), axes.get_ylim()) for axes in (figure.map, figure.upper, figure.lower))


def picture(explorer) -> bytes:
    return bytes(explorer.image.value)  # a memoryview in ipywidgets 8


def pixels(explorer) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture(explorer))))


# -- picture ------------------------------------------------------------------------------------


def test_the_picture_is_jpeg_while_a_slider_is_dragged_and_png_at_rest(page, moving, explorer):
    assert explorer.image.format == "png" and picture(explorer).startswith(PNG)
    page.drags(explorer.rate, 0.004, 0.005)
    assert explorer.image.format == moving and picture(explorer).startswith(JPEG if BY_ITSELF else PNG)
    explorer.settle()
    assert explorer.image.format == "png" and picture(explorer).startswith(PNG)
    page.types(explorer.rate, "0.006")
    assert explorer.image.format == "png" and picture(explorer).startswith(PNG)


def test_both_encodings_have_twice_the_size_in_css_pixels(page, explorer):
    assert explorer.figure.width == 640
    assert pixels(explorer).shape == (2 * explorer.figure.height, 1280, 3)
    page.drags(explorer.rate, 0.004)
    assert pixels(explorer).shape == (2 * explorer.figure.height, 1280, 3)


def test_limits_stay_while_a_slider_moves_and_follow_at_rest(page, explorer):
    still = limits(explorer)
    page.drags(explorer.rate, 1e-4, 2e-4)
    assert (limits(explorer) == still) == BY_ITSELF
    explorer.settle()
    moved = limits(explorer)
    assert moved != still
    again = type(explorer)(rate=explorer.rate.value)
    assert limits(again) == moved
    again.close()


def test_the_clock_settles_the_picture_once_nothing_moves(page, explorer, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("bigmodel_nb.widgets.explorer.time.monotonic", lambda: now[0])
    assert not explorer._clock.running
    page.drags(explorer.rate, 0.004)
    if not BY_ITSELF:
        assert explorer.image.format == "png" and not explorer._clock.running
        return
    assert explorer._clock.running and explorer.image.format == "jpeg"
    page.ticks(explorer._clock)
    assert explorer.image.format == "jpeg" and explorer._clock.running, "it still moves"
    now[0] += 0.1
    page.drags(explorer.rate, 0.005)
    now[0] += 0.1
    page.ticks(explorer._clock)
    assert explorer.image.format == "jpeg", "the last change is younger than the rest"
    now[0] += 0.1
    page.ticks(explorer._clock, skip=3)
    assert explorer.image.format == "png" and not explorer._clock.running
    before = picture(explorer)
    page.ticks(explorer._clock, 3)
    assert picture(explorer) == before, "ticks that come after the stop do nothing"


def test_dark_is_dark(kind, made, explorer):
    dark = made(kind(theme="dark"))
    assert pixels(explorer)[2, 2].tolist() == [255, 255, 255]
    assert max(pixels(dark)[2, 2]) < 40
    assert "theme='dark'" in dark.code() and "theme='light'" in explorer.code()


def test_the_same_state_twice_is_the_same_picture(page, explorer):
    before = picture(explorer)
    page.drags(explorer.rate, 1e-4, 0.3)
    page.sends(explorer.schedule, index=3)
    explorer.settle()
    assert picture(explorer) != before
    page.sends(explorer.schedule, index=0)
    explorer.rate.value = type(explorer)().rate.value
    explorer.settle()
    assert picture(explorer) == before


# -- every control ------------------------------------------------------------------------------


@pytest.fixture
def restless(kind, made):
    """An explorer in a state in which every control has an effect."""
    if kind is BatchExplorer:
        return made(BatchExplorer(rate=0.03, passes=4, schedule="cosine"))
    return made(
        DescentExplorer(
            "bowl",
            list(OPTIMIZERS),
            0.05,
            noise=0.5,
            steps=40,
            schedule="exponential",
            position=30,
            arrows="momentum",
        )
    )


def far_from(knob: Knob) -> float:
    """The end of a slider that is farther from where it stands."""
    ends = [10**end if knob._log else end for end in (knob.slider.min, knob.slider.max)]
    return max(ends, key=lambda end: abs(end - knob.value))


def test_every_slider_has_an_effect(page, restless):
    if isinstance(restless, DescentExplorer):
        for name in OPTIMIZERS:
            assert restless.knobs[name]
    restless.refresh(moving=True)
    before = picture(restless), restless.summary_text
    knobs = [part for part in restless._mine() if isinstance(part, Knob)]
    for knob in knobs:
        value = knob.value
        page.drags(knob, far_from(knob))
        assert (picture(restless), restless.summary_text) != before, knob.name
        assert not restless.message
        with restless.silently():
            knob.value = value
            if knob is restless.rate and isinstance(restless, DescentExplorer):
                assert {made["learning_rate"].value for made in restless.knobs.values()} == {value}
    restless.refresh(moving=True)
    assert (picture(restless), restless.summary_text) == before
    assert len(knobs) > (25 if isinstance(restless, DescentExplorer) else 4)


def test_every_choice_and_every_button_has_an_effect(page, restless):
    def state():
        return picture(restless), restless.summary_text

    def moved(part, see=state, **sent):
        before = see()
        page.sends(part, **sent) if sent else page.clicks(part)
        assert see() != before, (part.description, sent)
        assert not restless.message

    for part in restless._mine():
        if isinstance(part, Checkbox):
            moved(part, value=not part.value)
            moved(part, value=not part.value)
    lists = ("schedule", "arrows", "surface", "data")
    for part in [getattr(restless, name) for name in lists if hasattr(restless, name)]:
        for index in range(len(part.options)):
            if index != part.index:
                moved(part, index=index)
    moved(restless.pages, lambda: [child.layout.display for child in restless.children], index=1)
    transport = restless.transport
    for button in (transport.rewind_button, transport.step_button, transport.end_button):
        moved(button)
    moved(transport.play_button)
    moved(restless.code_button, lambda: restless._code.value)


def test_every_control_is_guarded_and_answers_to_the_explorer(explorer):
    if isinstance(explorer, DescentExplorer):
        for name in explorer.racers:
            assert explorer.knobs[name]
    inputs = [part for part in explorer._mine() if hasattr(part, "value") or hasattr(part, "on_click")]
    assert len(inputs) > 20
    for part in inputs:
        if type(part).__name__ in ("HTML", "Image"):
            continue
        assert isinstance(part, (Guarded, Knob)), part
        assert part.lock is explorer._lock, part
        assert part.complain is not None, part


def test_every_slider_has_a_number_box_beside_it(explorer):
    sliders = [part for part in explorer._mine() if type(part).__name__.endswith("Slider")]
    knobs = [part for part in explorer._mine() if isinstance(part, Knob)]
    assert sliders and {id(part) for part in sliders} == {id(knob.slider) for knob in knobs}
    assert all(knob.children == (knob.slider, knob.box) for knob in knobs)


# -- words --------------------------------------------------------------------------------------


def test_the_summary_is_on_the_page_and_is_announced(explorer):
    assert explorer.summary_text
    assert 'role="status"' in explorer._summary.value
    assert explorer.summary_text in explorer._summary.value


def test_messages_are_announced_escaped_and_taken_away_again(page, explorer):
    before = picture(explorer)
    page.types(explorer.rate, "<img src=x onerror=alert(1)>")
    assert explorer.message.startswith("learning_rate must be a positive number; received: '<img")
    assert "<img" not in explorer._alert.value and "&lt;img" in explorer._alert.value
    assert 'role="alert"' in explorer._alert.value
    assert picture(explorer) == before
    page.types(explorer.rate, "0.017")
    assert explorer.message == "" and explorer._alert.value == ""


def test_a_mistake_of_ours_is_a_message_and_not_a_traceback(page, explorer, monkeypatch):
    before, rate = picture(explorer), explorer.rate.value
    with monkeypatch.context() as broken:
        broken.setattr(type(explorer), "describe", lambda self: 1 // 0)
        page.drags(explorer.rate, 0.0077)
    assert "not in what you did" in explorer.message and "ZeroDivisionError" in explorer.message
    assert explorer.rate.value == rate
    page.drags(explorer.rate, 0.0077)
    assert explorer.message == "" and picture(explorer) != before


def test_the_code_is_shown_kept_up_to_date_and_hidden(page, explorer):
    page.clicks(explorer.code_button)
    assert explorer._code.layout.display is None and "<pre" in explorer._code.value
    assert explorer.code_button.description == "Hide code"
    page.types(explorer.rate, "0.0123")
    assert "0.0123" in explorer._code.value
    page.clicks(explorer.code_button)
    assert explorer._code.value == "" and explorer._code.layout.display == "none"
    assert explorer.code_button.description == "Show code"


# -- several changes at once --------------------------------------------------------------------


def test_together_draws_once(explorer, monkeypatch):
    drawn = []
    show = type(explorer)._show
    monkeypatch.setattr(
        type(explorer), "_show", lambda self, moving: (drawn.append(moving), show(self, moving))
    )
    with explorer.together():
        explorer.rate.value = 0.013
        explorer.seed.value = 3
        assert drawn == []
    assert drawn == [False]
    with explorer.silently():
        explorer.rate.value = 0.014
    assert drawn == [False]


# -- showing and closing ------------------------------------------------------------------------


def shown(explorer, monkeypatch) -> list[dict]:
    bundles = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: bundles.append(data))
    explorer._ipython_display_()
    return bundles


def test_a_widget_view_a_picture_and_words_are_displayed(page, explorer, monkeypatch):
    page.drags(explorer.rate, 0.004)
    live, still = shown(explorer, monkeypatch)
    assert explorer.image.format == "png", "what is displayed is at rest"
    assert live["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert live["text/plain"] == explorer.summary_text
    assert live["image/png"] in still["text/html"]
    assert 'alt="' + explorer.summary_text[:20] in still["text/html"]
    assert set(still) == {"text/html"}


def test_a_closed_explorer_does_nothing_and_says_so(page, explorer, monkeypatch):
    rate, before = explorer.rate, picture(explorer)
    explorer.close()
    explorer.close()
    assert explorer.closed
    rate.value = 0.5
    page.drags(rate, 0.25)
    page.clicks(explorer.code_button)
    page.ticks(explorer._clock)
    explorer.transport.play()
    explorer.settle()
    explorer.refresh(moving=True)
    explorer.complain("x")
    with explorer.together():
        pass
    assert explorer.still() == before and explorer.message == ""
    (said,) = shown(explorer, monkeypatch)
    assert said == {"text/plain": "This explorer was closed. Run its cell again for a new one."}
    assert "learning_rate" in explorer.code()


@pytest.fixture(scope="module")
def shared_layouts():
    """Layouts and styles that all explorers share are made once and stay."""
    for kind in EXPLORERS.values():
        kind().close()


@pytest.mark.usefixtures("shared_layouts")
@pytest.mark.parametrize(
    "how", ["as it is", "pages turned", "lesson", "lesson without play", "prediction", "moved"]
)
def test_closing_leaves_no_widgets(page, models, kind, how):
    before = models()
    options = {"lesson": {"show": ["rate", "seed", "play"]}, "lesson without play": {"show": ["schedule"]}}
    settings = options.get(how, {})
    if how == "prediction":
        settings = {"prediction": Prediction("01/x", "Which?", ["a", "b"], truth="a")}
    explorer = kind(**settings)
    if how == "pages turned":
        page.sends(explorer.pages, index=1)
        if kind is DescentExplorer:
            for index in range(7):
                page.sends(explorer.knobs_of, index=index)
    if how == "moved":
        page.drags(explorer.rate, 0.004)
        page.clicks(explorer.transport.play_button)
        page.clicks(explorer.code_button)
    assert models() > before
    explorer.close()
    assert models() == before


# -- lesson mode --------------------------------------------------------------------------------


def on_page(explorer) -> set:
    def visible(widget):
        if widget.layout.display == "none":
            return
        yield id(widget)
        for child in getattr(widget, "children", ()):
            yield from visible(child)

    return set(visible(explorer))


def test_lesson_mode_shows_what_was_asked_for(kind, made):
    lesson = made(kind(show=["seed", "rate"]))
    seen = on_page(lesson)
    assert id(lesson.rate.slider) in seen and id(lesson.seed.box) in seen
    assert id(lesson.transport.play_button) not in seen
    assert id(lesson.schedule) not in seen
    assert id(lesson.image) in seen and id(lesson._summary) in seen and id(lesson._alert) in seen
    assert id(lesson.code_button) in seen
    assert id(lesson._clock.widget) not in seen and id(lesson._clock.widget) in {
        id(part) for part in lesson._mine()
    }


def test_every_name_of_a_control_can_be_shown(kind, made):
    places = {"knobs": "knobs_of", "start": "start_1"}
    for first in range(0, len(kind.CONTROLS), 5):
        names = kind.CONTROLS[first : first + 5]
        lesson = made(kind(show=names))
        seen = on_page(lesson)
        for name in kind.CONTROLS:
            part = lesson.transport if name == "play" else getattr(lesson, places.get(name, name))
            part = part["Adam" if name == "racers" else "batch"] if isinstance(part, dict) else part
            assert (id(part) in seen) == (name in names), name


def test_hidden_controls_still_count(page, kind, made):
    lesson = made(kind(show=["rate"], seed=3))
    assert lesson.seed.value == 3
    lesson.seed.value = 4
    assert "seed=4" in lesson.code()


@pytest.mark.parametrize(
    "show, error, words",
    [
        (["rate", "colour"], ValueError, "show must be one of 'surface', |show must be one of 'data', "),
        (["rate", 3], TypeError, "show must be one of "),
        (5, TypeError, "show must be a list of some of "),
        ("rates", ValueError, "show must be one of "),
        (["rate", "seed", "schedule", "play"] * 2, None, ""),
    ],
)
def test_lesson_mode_knows_its_names(kind, made, show, error, words):
    if error is None:
        made(kind(show=show))
        return
    with pytest.raises(error, match=words):
        kind(show=show)


def test_a_lesson_has_at_most_five_controls(kind):
    with pytest.raises(ValueError, match="show must be at most 5 names of controls; received: "):
        kind(show=kind.CONTROLS[:6])


# -- results ------------------------------------------------------------------------------------


def test_a_change_on_another_thread_is_a_change(explorer):
    before = picture(explorer)
    thread = threading.Thread(target=setattr, args=(explorer.rate, "value", 0.0042))
    thread.start()
    thread.join(30)
    assert picture(explorer) != before and "0.0042" in explorer.code()


def test_a_prediction_belongs_to_one_explorer(kind, made):
    prediction = Prediction("01/x", "Which?", ["a", "b"])
    made(kind(prediction=prediction))
    with pytest.raises(ValueError, match="prediction must be a Prediction that no other explorer asks"):
        kind(prediction=prediction)


def test_a_surface_that_fails_at_the_start_is_an_error_and_not_an_empty_explorer(models):
    DescentExplorer().close()
    before = models()
    with pytest.raises(ValueError, match=r"^start must be "):
        DescentExplorer(surfaces.bowl(), start=(1e9, 0))
    assert models() == before
