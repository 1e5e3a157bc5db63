"""A training run in JupyterLab: its panel moves, the stop button ends it without harm, and it goes on."""

from __future__ import annotations

import pytest

from .jupyterlab import Lab, Notebook, until

pytestmark = pytest.mark.browser

MODEL = """\
import keras
import numpy as np
import bigmodel_nb.widgets
from bigmodel_nb.data.bundled import load_digits
from bigmodel_nb.training import fit

digits = load_digits()
x, y = (digits.x / 16).reshape(-1, 64).astype("float32"), digits.y
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(10)])
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile(keras.optimizers.SGD(0.01), loss, metrics=["accuracy"])
data = {"data": (x[:1437], y[:1437]), "validation_data": (x[1437:], y[1437:])}
"""
ENDLESS = "run = fit(model, **data, epochs=1_000_000)"
GO_ON = "again = fit(model, **data, epochs=3)"


def _faults(notebook: Notebook) -> list:
    """Without what matplotlib says once in a new home."""
    return [fault for fault in notebook.faults() if "font cache" not in fault.get("text", "")]


def _in_both_themes(lab: Lab, photograph, name: str) -> None:
    for theme in ("dark", "light"):
        lab.wear(theme)
        lab.page.locator("#jupyterlab-splash").wait_for(state="detached")
        photograph(lab.page, f"{name}-{theme}")


def test_the_stop_button_ends_a_run_and_loses_nothing(lab, photograph):
    notebook = lab.open(lab.write(MODEL, ENDLESS, "run", GO_ON))
    page, panel = lab.page, notebook.output(1).locator(".bigmodel-training")
    notebook.run(0)
    notebook.editor(1).click()
    page.keyboard.press("Control+Enter")
    until(lambda: notebook.pictures().count("jpeg") >= 3, "the picture has moved", page, 90)
    assert "The stop button ends the training and loses nothing." in panel.inner_text()
    until(lambda: " left" in panel.inner_text(), "it says how long it will take", page)
    bar = panel.locator(".progress-bar")
    width = bar.evaluate("bar => bar.style.width")
    until(lambda: bar.evaluate("bar => bar.style.width") != width, "the bar has moved", page)
    assert notebook.count(1) == 0, "it is still running"
    _in_both_themes(lab, photograph, "training-running")

    lab.do("notebook:interrupt-kernel")
    until(lambda: notebook.count(1), "the cell has ended", page)
    assert _faults(notebook) == [], "no traceback"
    until(lambda: "Stopped at step" in panel.inner_text(), "it says that it was stopped", page)
    assert "interrupted after" in panel.inner_text() and "The stop button" not in panel.inner_text()
    assert notebook.format_in(panel.locator("img")) == "png"
    notebook.run(2)
    assert "Run: interrupted after" in notebook.output(2).inner_text()
    assert len([output for output in notebook.outputs() if output["cell"] == 1]) == 2, "a panel, its still"

    notebook.run(3)
    assert _faults(notebook) == []
    assert "finished in" in notebook.output(3).locator(".bigmodel-training").inner_text()
    assert notebook.ask("again.losses[0] < 0.5 * run.losses[0]"), "it went on from where it was"
    assert notebook.ask("again.ended") == "finished" and notebook.ask("run.ended") == "interrupted"
    assert notebook.ask("run.steps == len(run.losses) and run.steps > 0")
    _in_both_themes(lab, photograph, "training-stopped")
    # The label stands as a whole, also in a narrow window.
    lab.resize(900)
    for shown in (panel, notebook.output(3).locator(".bigmodel-training")):
        assert shown.evaluate("one => one.scrollWidth <= one.clientWidth")
    photograph(page, "training-stopped-900")


MANY = """
runs = [fit(model, (x[:320], y[:320]), epochs=2, seed=seed) for seed in range(6)]
"""


def test_many_runs_do_not_fill_the_page_and_the_picture_stays(lab, photograph):
    notebook = lab.open(lab.write(MODEL, MANY))
    notebook.run_all(120)
    assert _faults(notebook) == []
    panels = notebook.output(1).locator(".bigmodel-training")
    assert panels.count() == 3
    assert "training 4 of this cell" in panels.nth(2).inner_text()
    notebook.save()
    lab.tidy(keep="bench.ipynb")
    lab.expected = "widget model not found"
    again = lab.open(notebook.name)
    stills = again.output(1).locator(".bigmodel-still")
    stills.first.wait_for(state="visible")
    assert stills.count() == 3
    image = stills.nth(2).locator("img")
    assert image.evaluate("image => image.naturalWidth") == 1280
    assert image.get_attribute("alt").startswith("Finished in")
    photograph(lab.page, "training-reopened")
