"""Saved, closed and opened again: live where the kernel is alive, a picture where it is not."""

import base64

import pytest

from .explorer import Explorer

pytestmark = pytest.mark.browser

CELL = """\
from bigmodel_nb.widgets import DescentExplorer
explorer = DescentExplorer("himmelblau", rate=0.01, racers=["Adam"], show=["rate", "play"])
explorer
"""


LIVE = """\
from bigmodel_nb.figures.learning import Curve, LearningFigure
from bigmodel_nb.widgets import LivePicture
curve = Curve("one")
with LivePicture(LearningFigure(epochs=3)) as live:
    for loss in (2.0, 1.0, 0.5):
        curve.add(loss, 0.5)
        live.update([curve])
"""


@pytest.mark.parametrize("cell", [CELL, LIVE], ids=["explorer", "live picture"])
def test_the_picture_stays_when_the_kernel_is_gone(lab, notebook, photograph, cell):
    opened = notebook(cell)
    shown = Explorer(opened)
    shown.until(shown.at_rest, "it rests")
    picture = shown.picture()
    assert not opened.output(0).locator(".bigmodel-still").is_visible(), "one picture is enough"
    opened.save()
    lab.tidy(keep="bench.ipynb")

    lab.expected = "widget model not found"
    again = lab.open(opened.name)
    still = again.output(0).locator(".bigmodel-still")
    still.wait_for(state="visible")
    image = still.locator("img")
    assert image.evaluate("image => image.naturalWidth") == 1280
    assert base64.b64decode(image.get_attribute("src").partition(",")[2]) == picture
    assert len(image.get_attribute("alt")) > 20
    said = again.output(0).inner_text()
    assert "Error" not in said and "not found" not in said, said
    assert "Run the cell" in said
    photograph(lab.page, "reopened-without-kernel")

    again.run(0)
    shown = Explorer(again)
    still.wait_for(state="hidden")
    if cell == CELL:
        shown.answers(lambda: shown.knob("learning rate").press("ArrowRight"), "a slider after reopening")
    assert again.faults() == []


def test_a_living_explorer_comes_back_as_it_was(lab, notebook, another_lab, photograph):
    opened = notebook(CELL)
    shown = Explorer(opened)
    shown.answers(lambda: shown.knob("learning rate").type("0.015"), "another rate")
    shown.answers(lambda: shown.knob("step shown").type("7"), "another step")
    opened.save()

    elsewhere = another_lab()
    again = Explorer(elsewhere.open(opened.name))
    assert again.summary == shown.summary
    assert again.picture() == shown.picture()
    assert (again.knob("learning rate").number, again.step) == ("0.015", 7)
    assert not again.notebook.output(0).locator(".bigmodel-still").is_visible()
    again.answers(lambda: again.knob("learning rate").press("ArrowRight"), "a slider in the new page")
    photograph(elsewhere.page, "reopened-with-kernel")
