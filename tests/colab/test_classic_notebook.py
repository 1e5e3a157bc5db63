"""Chapter 1's explorer in the classic Notebook, the front end nearest to Colab's that runs here:
ipywidgets 7 in the kernel and on the page."""

from __future__ import annotations

import pytest

from .classic import Shown, opened, served, until

pytestmark = pytest.mark.browser

CELL = "from bigmodel_nb.widgets import DescentExplorer\nDescentExplorer(steps=60, position=0)"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with served(tmp_path_factory.mktemp("classic"), CELL) as address, opened(address) as page:
        yield page


@pytest.fixture
def shown(page) -> Shown:
    return Shown(page)


def test_it_is_shown_once(shown, page):
    """The picture for pages without widgets is there as well, and out of sight."""
    until(lambda: shown.picture().startswith(b"\x89PNG"), "it is drawn", page)
    assert page.locator(".bigmodel-live").count() == 1
    in_sight = (
        "[...document.querySelectorAll('.output img')].filter((one) => one.offsetParent !== null).length"
    )
    until(lambda: page.evaluate(in_sight) == 1, "one picture is in sight", page)
    assert page.inner_text(".output").count(shown.said("status")) == 1


def test_a_slider_moves_picture_and_words(shown, page):
    shown.number("step shown").fill("60")
    shown.number("step shown").press("Enter")
    until(lambda: shown.said("status").startswith("After 60 steps"), "the last step is shown", page)
    picture, words, number = shown.picture(), shown.said("status"), shown.number("learning rate (all)")
    before = float(number.input_value())
    shown.slider("learning rate (all)").focus()
    page.keyboard.press("ArrowRight")
    until(lambda: shown.said("status") != words, "the words answer", page)
    until(lambda: shown.picture() != picture, "the picture answers", page)
    assert float(number.input_value()) > before
    assert shown.said("alert") == ""


def test_play_plays_and_pauses_at_once(shown, page):
    shown.button("Rewind").click()
    until(lambda: shown.step() == 0, "it is rewound", page)
    play, pause = (shown.root.locator(".widget-play:visible button").nth(index) for index in (0, 1))
    play.click()
    until(lambda: shown.step() > 10, "it plays", page)
    pause.click()
    page.wait_for_timeout(300)  # a tick may be under way
    stopped = shown.step()
    page.wait_for_timeout(700)
    assert shown.step() == stopped < 60
    until(lambda: shown.said("status").startswith(f"At step {stopped} of 60"), "the words rest", page)
    play.click()
    until(lambda: shown.step() == 60, "it plays on to the end", page)
    play.click()
    until(lambda: 0 < shown.step() < 50, "it starts again", page)
    pause.click()


def test_a_wrong_number_gets_a_sentence(shown, page):
    number = shown.number("learning rate (all)")
    good = number.input_value()
    number.fill("-1")
    number.press("Enter")
    until(lambda: shown.said("alert"), "there is a message", page)
    assert "learning_rate must be a positive number; received: -1" in shown.said("alert")
    until(lambda: number.input_value() == good, "the box forgets it", page)
