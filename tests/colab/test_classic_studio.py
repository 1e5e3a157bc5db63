"""The studio in the classic Notebook: trained, paused, changed, compared, with what Colab has.

In ipywidgets 7 the Play widget's own buttons stand in the place of "Train": only they start its ticks.
"""

from __future__ import annotations

import re

import pytest

from .classic import Shown, opened, served, until

pytestmark = pytest.mark.browser

CELL = """\
from bigmodel_nb.data import digits
from bigmodel_nb.models import build_mlp
from bigmodel_nb.widgets import StudioExplorer
data = digits()
explorer = StudioExplorer(build_mlp, data, epochs=200, learning_rate=0.003)
explorer"""
LONG = 120.0  # seconds: TensorFlow is loaded, and a loop compiled


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with served(tmp_path_factory.mktemp("studio"), CELL) as address, opened(address) as page:
        yield page


def step_of(shown: Shown) -> int:
    found = re.search(r"step ([\d,]+) of", shown.root.inner_text())
    return int(found[1].replace(",", "")) if found else 0


def test_train_pause_change_the_rate_and_compare(page, artifacts):
    shown = Shown(page)
    play, pause = (shown.root.locator(".widget-play:visible button").nth(index) for index in (0, 1))
    assert (
        shown.root.get_by_role("button", name="Train").count() == 0 or not shown.button("Train").is_visible()
    )
    play.click()
    until(lambda: step_of(shown) > 200, "it trains", page, LONG)
    pause.click()
    page.wait_for_timeout(500)
    paused = step_of(shown)
    page.wait_for_timeout(800)
    assert step_of(shown) == paused
    until(lambda: "paused" in shown.root.inner_text(), "it says so", page)
    shown.number("learning rate").fill("0.02")
    shown.number("learning rate").press("Enter")
    play.click()
    until(lambda: step_of(shown) > paused + 100, "it goes on", page)
    page.screenshot(path=artifacts / "studio-classic.png")
    shown.button("Stop").click()
    until(lambda: "interrupted" in shown.root.inner_text(), "it has ended", page)
    shown.number("epochs").fill("10")
    shown.number("epochs").press("Enter")
    play.click()
    until(lambda: shown.said("status").startswith("run 2 after 10 epochs"), "the second run is done", page)
    shown.button("Runs").click()
    until(lambda: shown.root.locator("table tr").count() == 3, "both are in the table", page)
    assert shown.said("alert") == ""
    page.screenshot(path=artifacts / "studio-classic-compared.png")
