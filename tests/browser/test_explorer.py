"""The explorers under keyboard and mouse: everything on the page answers, and says so in words."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.browser

RATES = {
    "DescentExplorer(rate=0.1)": "learning rate (all)",
    "BatchExplorer(rate=0.02)": "learning rate",
    "BallExplorer(rate=0.1)": "rate",
}


@pytest.mark.parametrize("code", RATES)
def test_an_arrow_key_on_a_slider_changes_picture_and_words(explorer, code):
    shown = explorer(code)
    rate = shown.knob(RATES[code])
    picture, summary, number = shown.picture(), shown.summary, rate.number
    rate.press("ArrowRight")
    shown.until(lambda: shown.picture() != picture, "the picture answers")
    shown.until(lambda: shown.summary != summary, "the summary answers")
    assert float(rate.number) > float(number)
    assert shown.message == ""


def test_a_moving_picture_keeps_its_axes_and_a_resting_one_is_sharp(explorer):
    shown = explorer()
    notebook = shown.notebook
    before = len(notebook.pictures())
    shown.answers(lambda: shown.knob("learning rate (all)").press("Home"), "a tiny learning rate")

    *moving, resting = notebook.pictures()[before:]
    assert set(moving) == {"jpeg"} and resting == "png"
    old, blurred, sharp = (_loss_axis(notebook.picture(index)) for index in (before - 1, before, -1))
    assert np.abs(old - blurred).max() < 40, "the axis moved while the slider did"
    assert np.abs(old - sharp).max() > 120, "at rest the axis should fit what is shown"


def _loss_axis(picture: bytes) -> np.ndarray:
    """The strip with the tick labels of the loss, in gray."""
    image = Image.open(io.BytesIO(picture)).convert("L")
    strip = (0.600 * image.width, 0.17 * image.height, 0.672 * image.width, 0.51 * image.height)
    return np.asarray(image.crop(tuple(round(edge) for edge in strip)), dtype=float)


def test_play_moves_on_and_pause_stops_at_once(explorer):
    shown = explorer("DescentExplorer(steps=300, position=0)")
    shown.button("Play").click()
    shown.until(lambda: shown.step > 30, "it plays")
    shown.button("Pause").click()
    shown.button("Play").wait_for()
    stopped = shown.step
    shown.until(shown.at_rest, "the picture rests")
    shown.page.wait_for_timeout(500)
    assert shown.step == stopped < 300
    assert shown.summary.startswith(f"At step {stopped} of 300")

    *moving, resting = shown.notebook.pictures()[1:]
    assert "jpeg" in moving and resting == "png"


def test_play_ends_by_itself_and_starts_again_from_the_start(explorer):
    shown = explorer("DescentExplorer(steps=8)")
    shown.button("Play").click()
    shown.button("Pause").wait_for()
    shown.until(lambda: shown.step < 8, "it starts again")
    shown.button("Play").wait_for()
    assert shown.step == 8
    shown.until(lambda: shown.summary.startswith("After 8 steps"), "the summary speaks of the end")
    shown.until(shown.at_rest, "the picture rests")


def test_step_rewind_and_end(explorer):
    shown = explorer("DescentExplorer(position=10)")
    for name, step in (("Step", 11), ("Step", 12), ("Rewind", 0), ("Step", 1), ("End", 100)):
        shown.answers(shown.button(name).click, name)
        # The number box is another message than the picture, and may come after it.
        shown.until(lambda wanted=step: shown.step == wanted, f"after {name} step {step} is shown")
    shown.knob("step shown").type("42")
    shown.until(lambda: shown.summary.startswith("At step 42 of 100"), "the number box moves it")
    assert shown.message == ""


@pytest.mark.parametrize("code", RATES)
def test_a_wrong_number_is_answered_by_a_sentence_and_the_last_good_one(explorer, code):
    shown = explorer(code)
    rate = shown.knob(RATES[code])
    picture, summary, good = shown.picture(), shown.summary, rate.number
    for wrong in ("-1", "abc", "NaN", "inf", "0", "1e999", "0,1", "<b>x</b>"):
        rate.type(wrong)
        shown.until(lambda: shown.message, f"a message about {wrong}")
        assert "rate must be a positive number; received: " in shown.message
        shown.until(lambda: rate.number == good, f"the box forgets {wrong}")
        assert (shown.picture(), shown.summary) == (picture, summary)
        rate.type("0.123")
        shown.until(lambda: shown.message == "", "a good number takes the message away")
        rate.type(good)
        shown.until(lambda: shown.picture() == picture, "all is as it was")
    assert shown.notebook.ask("explorer.rate.value") == float(good)


def test_a_fraction_where_a_whole_number_belongs(explorer):
    shown = explorer()
    steps = shown.knob("steps")
    for wrong in ("2.5", "0", "5001", ""):
        steps.type(wrong)
        shown.until(lambda: "steps must be" in shown.message, f"a message about {wrong!r}")
        shown.until(lambda: steps.number == "100", f"the box forgets {wrong!r}")
        steps.type("99")
        shown.until(lambda: shown.message == "", "a good number takes the message away")
        steps.type("100")
        shown.until(lambda: shown.summary.startswith("After 100 steps"), "all is as it was")


@pytest.mark.parametrize("code", RATES)
def test_the_code_shown_makes_the_same_picture(explorer, notebook, code):
    shown = explorer(code)
    shown.answers(lambda: shown.knob(RATES[code]).press("ArrowLeft"), "a smaller rate")
    shown.button("Show code").click()
    source = shown.root.locator("pre").inner_text()
    shown.button("Hide code").click()
    shown.button("Show code").wait_for()
    assert not shown.root.locator("pre").count()
    picture = shown.picture()

    (output,) = notebook(source).outputs()
    assert base64.b64decode("".join(output["data"]["image/png"])) == picture


def test_numbers_between_the_steps_of_a_slider_stay_as_they_are(explorer):
    """A slider rounds to its steps and says so to the kernel, without anybody having moved it."""
    shown = explorer("DescentExplorer(rate=0.123456, condition=12.3, start=(0.1234, 1.2345), noise=0.1234)")
    state = "[knob.value for knob in (explorer.rate, explorer.condition, explorer.start_1, explorer.noise)]"
    given = [0.123456, 12.3, 0.1234, 0.1234]
    shown.page.wait_for_timeout(500)
    assert shown.notebook.ask(state) == given
    assert "jpeg" not in shown.notebook.pictures(), "something has moved"

    rate = shown.knob("learning rate (all)")
    shown.answers(lambda: rate.type("0.0777"), "a number between two steps")
    shown.page.wait_for_timeout(500)
    assert rate.number == "0.0777" and shown.notebook.ask(state) == [0.0777, *given[1:]]

    shown.answers(
        lambda: shown.notebook.ask("[setattr(explorer.rate, 'value', n / 1000) for n in range(100, 400, 7)]"),
        "many values in a row",
    )
    shown.page.wait_for_timeout(1000)
    assert rate.number == "0.394" and shown.notebook.ask(state) == [0.394, *given[1:]]
    shown.answers(lambda: rate.press("ArrowRight"), "an arrow after all that")
    assert float(rate.number) > 0.394


def test_every_surface(explorer):
    shown = explorer()
    surface = shown.list("surface")
    now = "[explorer.start_1.value, explorer.start_2.value, explorer.rate.value]"
    wanted = "[*explorer.ground().start, explorer.ground().rate]"
    for name in [*surface.locator("option").all_inner_texts()[1:], "quadratic bowl"]:
        shown.answers(lambda name=name: surface.select_option(name.replace("\xa0", " ")), name)
        assert shown.message == ""
        state = "visible" if "bowl" in name else "hidden"
        shown.knob("condition number").handle.wait_for(state=state)
        # The page's sliders round, and clip to the range that they had; that may not come back.
        shown.page.wait_for_timeout(300)
        assert shown.notebook.ask(now) == shown.notebook.ask(wanted), name


# In these states every control matters: noise, all racers, a moment in the middle, a schedule.
EVERYTHING = {
    "DescentExplorer": (
        "racers=['gradient descent', 'momentum', 'Nesterov', 'AdaGrad', 'RMSProp', 'Adam', 'AdamW'],"
        " rate=0.02, noise=0.5, seed=5, steps=60, position=30, schedule='cosine', arrows='Adam'"
    ),
    "BatchExplorer": "passes=2, seed=5, position=500",
}


@pytest.mark.parametrize("kind", EVERYTHING)
def test_every_control_answers(explorer, kind):
    shown = explorer(f"{kind}({EVERYTHING[kind]})")
    moved = []
    for page in shown.root.locator(".widget-toggle-buttons button").all_inner_texts():
        shown.turn_to(page)
        for label in shown.labels("select"):
            _choose_another(shown, label)
            moved.append(label)
        for label in shown.labels(".noUi-handle"):
            # A step in the eighth digit behind the point shows nowhere.
            keys = ["End"] if label == "epsilon" else ["ArrowLeft"] * 3
            shown.answers(lambda label=label, keys=keys: shown.knob(label).press(*keys), label)
            moved.append(label)
        for label in shown.labels("input[type=checkbox]"):
            box = shown.root.get_by_role("checkbox", name=label, exact=True)
            shown.answers(box.click, label)
            shown.answers(box.click, label)
            moved.append(label)
        assert shown.message == ""
    assert len(moved) > 8, moved


def _choose_another(shown, label: str) -> None:
    """Another option of a list, and back. For whose knobs are shown, that shows them."""
    options = shown.list(label)
    if label == "knobs of":
        options.select_option("Adam")
        shown.until(lambda: "epsilon" in shown.labels(".noUi-handle"), "the knobs of Adam are shown")
        return
    first = options.evaluate("list => list.selectedIndex")
    shown.answers(lambda: options.select_option(index=1 if first != 1 else 2), label)
    shown.answers(lambda: options.select_option(index=first), label)
