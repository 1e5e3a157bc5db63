"""The studio in JupyterLab: trained, paused, changed, compared; nothing is cut off, wide and narrow."""

from __future__ import annotations

import re

import pytest

from .explorer import Explorer
from .jupyterlab import until

pytestmark = pytest.mark.browser

CELL = """\
from bigmodel_nb.data import digits
from bigmodel_nb.models import build_mlp
from bigmodel_nb.widgets import StudioExplorer
data = digits()
explorer = StudioExplorer(build_mlp, data, epochs=200, learning_rate=0.003, theme={theme!r})
explorer"""
PATIENCE = 90.0  # seconds: TensorFlow is loaded, and a loop compiled


@pytest.fixture
def studio(lab, bench):
    def shown(theme: str = "light") -> Explorer:
        lab.open(bench.name)
        bench.forget_pictures()
        bench.type(0, CELL.format(theme=theme))
        bench.run(0)
        assert bench.faults() == []
        return Explorer(bench)

    return shown


def step_of(shown: Explorer) -> int:
    found = re.search(r"step ([\d,]+) of", shown.root.inner_text())
    return int(found[1].replace(",", "")) if found else 0


def pull(shown: Explorer, name: str) -> None:
    shown.root.get_by_role("button", name=name, exact=True).click()


def test_train_pause_change_continue_compare(lab, studio, photograph):
    shown = studio()
    page = lab.page
    photograph(page, "studio-fresh")
    shown.button("Train").click()
    until(lambda: step_of(shown) > 200, "it trains", page, PATIENCE)
    shown.button("Pause").click()
    until(lambda: shown.button("Continue").count(), "it offers to go on", page)
    page.wait_for_timeout(400)
    paused = step_of(shown)
    page.wait_for_timeout(700)
    assert step_of(shown) == paused, "pause is at once"
    assert shown.at_rest()
    shown.knob("learning rate").type("0.02")
    shown.button("Continue").click()
    until(lambda: step_of(shown) > paused + 100, "it goes on", page)
    photograph(page, "studio-running")
    shown.button("Stop").click()
    until(lambda: "interrupted" in shown.root.inner_text(), "it has ended", page)
    shown.knob("epochs").type("10")
    shown.button("Train").click()
    until(lambda: "run 2 after 10 epochs" in shown.summary, "the second run is done", page)
    pull(shown, "Runs")
    until(lambda: shown.root.locator("table tr").count() == 3, "two runs are in the table", page)
    assert shown.message == ""
    asked = "[[change[1] for change in entry.changes()] for entry in explorer.shelf.entries]"
    assert shown.notebook.ask(asked) == [["learning_rate"], []]
    photograph(page, "studio-compared")


def test_a_knob_redraws_the_whole_run_while_it_is_dragged(lab, studio, photograph):
    shown = studio("dark")
    lab.wear("dark")
    shown.knob("epochs").type("10")
    shown.root.get_by_label("retrain while I turn a knob").check()
    until(lambda: "live after 10 epochs" in shown.summary, "the live curve is there", lab.page, PATIENCE)
    for _turn in range(2):
        shown.answers(lambda: shown.knob("learning rate").nudge(10), "a turn of the rate")
    assert "live after 10 epochs" in shown.summary and shown.message == ""
    shown.button("Keep this curve").click()
    until(lambda: "run 1 after 10 epochs" in shown.summary, "it is kept", lab.page)
    photograph(lab.page, "studio-live-dark")


def test_the_cell_runs_again_while_it_trains(lab, studio):
    shown = studio()
    shown.button("Train").click()
    until(lambda: step_of(shown) > 100, "it trains", lab.page, PATIENCE)
    again = studio()
    assert again.summary == "No run yet. Press Train." and step_of(again) == 0
    again.button("Train").click()
    until(lambda: step_of(again) > 100, "the new one trains", lab.page, PATIENCE)
    again.notebook.ask("explorer.close()")
    lab.page.wait_for_timeout(500)
    assert again.notebook.faults() == []


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (1072, "dark")])
def test_nothing_is_cut_off(lab, studio, photograph, theme, width):
    """1072 pixels of JupyterLab leave 640 for an output."""
    lab.resize(width)
    lab.wear(theme)
    shown = studio(theme)
    for rate, steps in ((0.003, 400), (0.02, 300), (0.1, 100)):
        turn = f"setattr(explorer.controls['learning_rate'], 'value', {rate})"
        shown.notebook.ask(f"[{turn}, explorer.run_steps({steps})] and 1")
    photograph(lab.page, f"studio-{width}-{theme}")
    for name in ("More knobs", "Runs", "Advice"):
        pull(shown, name)
    shown.button("Find learning rate").click()
    until(lambda: "valley" in shown.root.inner_text(), "rates are found", lab.page, PATIENCE)
    shown.button("Show code").click()
    lab.page.set_viewport_size({"width": width, "height": 2200})
    photograph(shown.root, f"studio-{width}-{theme}-whole")
    assert shown.cut_off() == []
