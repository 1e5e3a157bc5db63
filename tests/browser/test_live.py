"""Pictures that move while a cell runs, and the first screen of the course."""

from __future__ import annotations

import pytest

from .explorer import Explorer

pytestmark = pytest.mark.browser

LIVE = """
import time
from bigmodel_nb.figures.learning import Curve, LearningFigure
from bigmodel_nb.widgets import LivePicture
curve = Curve("NumPy")
with LivePicture(LearningFigure(epochs=5)) as live:
    for epoch in range(6):
        curve.add(2.3 / (epoch + 1), epoch / 6)
        live.update([curve])
        time.sleep(0.3)
"""


def test_a_picture_moves_while_its_cell_runs(notebook):
    shown = notebook(LIVE)
    words = shown.panel.locator(".bigmodel-live [role=status]")
    assert words.inner_text() == "NumPy, epoch 5 of 5: 83.3% read correctly, loss 0.383."
    kinds = shown.pictures()
    assert kinds.count("jpeg") >= 4 and kinds[-1] == "png", kinds
    live, still = shown.outputs()
    assert "epoch 5 of 5" in live["data"]["text/plain"] and "epoch 5 of 5" in still["data"]["text/html"]


def test_the_first_screen(explorer):
    """One slider, three buttons, all in sight; the answer stays hidden until it is predicted."""
    ball = explorer("BallExplorer(prediction=True)")
    assert ball.root.locator(".noUi-handle").count() == 1
    for name in ("sooner", "later", "never", "Show me anyway"):
        assert ball.button(name).is_visible()
    ball.answers(lambda: ball.knob("rate").type("0.5"), "a rate of one half")
    assert "arrives after 1 step." in ball.summary
    ball.answers(lambda: ball.knob("rate").type("1.1"), "the rate in question")
    assert ball.summary == "Rates above 1 are hidden. Predict, and they are shown."
    ball.answers(lambda: ball.button("never").click(), "a prediction")
    assert "never arrives" in ball.summary and ball.message == ""
    ball.answers(lambda: ball.knob("rate").press("ArrowLeft"), "the slider")
    assert ball.knob("rate").number == "1.09"


def test_chapter_0_is_on_one_screen(lab, photograph):
    """A page 950 high shows the question, the three buttons, the picture and the slider."""
    lab.page.set_viewport_size({"width": 1280, "height": 950})
    chapter = lab.open("00-start-here.ipynb")
    chapter.panel.locator(".jp-CodeCell .jp-InputArea-editor").first.click()
    lab.page.keyboard.press("Shift+Enter")
    ball = Explorer(chapter)
    box = ball.knob("rate").handle.bounding_box()
    assert box is not None and 0 < box["y"] < 900
    assert ball.button("never").is_visible()
    photograph(lab.page, "chapter-0-first-screen")
