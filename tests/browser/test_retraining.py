"""A whole training under a slider in JupyterLab: it says that Keras is loading, follows the slider, compares,
and never leaves the reader before a page that does nothing."""

from __future__ import annotations

import pytest

from .explorer import Explorer
from .jupyterlab import until

pytestmark = pytest.mark.browser

CELL = """\
import functools
from bigmodel_nb.models import build_linear, build_mlp
from bigmodel_nb.widgets import RetrainingExplorer

models = {"softmax regression": build_linear, "network": functools.partial(build_mlp, widths=(16,))}
explorer = RetrainingExplorer(models, dropout=0.0, theme="THEME")
explorer
"""


def test_a_training_follows_the_slider(lab, photograph):
    notebook = lab.open(lab.write(CELL.replace("THEME", "light")))
    page = lab.page
    notebook.editor(0).click()
    page.keyboard.press("Control+Enter")
    coming = notebook.output(0).locator(".bigmodel-coming")
    coming.wait_for()
    assert "Keras is loading" in coming.inner_text() and notebook.count(0) == 0, "said while the cell runs"
    photograph(page, "retraining-loading")
    until(lambda: notebook.count(0), "the cell is done", page, 120)
    shown = Explorer(notebook)
    assert coming.count() == 0
    assert "after 10 epochs validation accuracy" in shown.summary and notebook.faults() == []
    assert shown.at_rest()

    # It moves while the slider does, and rests in full quality over the curve of before.
    notebook.forget_pictures()
    rate = shown.knob("learning rate")
    for _press in range(60):
        rate.press("ArrowRight")
        page.wait_for_timeout(40)
        if notebook.pictures().count("jpeg") >= 3:
            break
    assert notebook.pictures().count("jpeg") >= 3, "several curves are drawn on the way"
    shown.until(lambda: shown.at_rest() and "Before the last change" in shown.summary, "it rests")
    assert shown.message == "" and shown.cut_off() == []
    photograph(page, "retraining-light")

    # Another model is announced while it is compiled; then it is there.
    shown.list("model").select_option("network")
    shown.until(lambda: "Compiling another model" in shown.summary, "it says that it compiles")
    shown.until(lambda: shown.at_rest() and "after 10 epochs" in shown.summary, "the network is trained")

    # Luck: five seeds become a band, in slices.
    shown.turn_to("Luck")
    shown.answers(lambda: shown.knob("seeds").type("5"), "five seeds")
    shown.until(lambda: "5 seeds: validation accuracy from" in shown.summary, "all five are trained")
    photograph(page, "retraining-seeds")

    # A rate that runs away ends the curve, and a wrong one is refused: neither is a traceback.
    shown.turn_to("Training")
    rate.type("1e30")
    shown.until(lambda: "no longer a number at step" in shown.summary, "it is told")
    photograph(page, "retraining-ran-away")
    rate.type("-1")
    shown.until(lambda: "learning rate" in shown.message.replace("_", " "), "it is refused")
    rate.type("0.2")
    shown.until(lambda: shown.message == "" and "Learning rate 0.2: after" in shown.summary, "and goes on")
    shown.button("Show code").click()
    shown.root.locator("pre").wait_for()
    assert "fit(" in shown.root.locator("pre").inner_text() and shown.cut_off() == []
    assert notebook.faults() == []


def test_narrow_and_dark_nothing_is_cut_off(lab, photograph):
    lab.resize(900)
    lab.wear("dark")
    notebook = lab.open(lab.write(CELL.replace("THEME", "dark")))
    notebook.editor(0).click()
    lab.page.keyboard.press("Control+Enter")
    until(lambda: notebook.count(0), "the cell is done", lab.page, 120)
    shown = Explorer(notebook)
    for page in ("Training", "Model", "Rule and length", "Luck"):
        shown.turn_to(page)
        assert shown.cut_off() == []
        photograph(lab.page, f"retraining-dark-{page.split()[0].lower()}")
    shown.knob("seed").press("ArrowRight")
    shown.until(lambda: "Before the last change" in shown.summary and shown.at_rest(), "it rests")
    assert shown.cut_off() == []
    photograph(lab.page, "retraining-dark")
