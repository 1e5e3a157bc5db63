"""A sweep in the classic Notebook: trained by the page's ticks, looked at, and its best picked."""

from __future__ import annotations

import pytest

from .classic import Shown, opened, served, until

pytestmark = pytest.mark.browser

CELL = """\
from bigmodel_nb.data import digits
from bigmodel_nb.models import build_mlp
from bigmodel_nb.widgets import SweepExplorer
data = digits()
explorer = SweepExplorer(build_mlp, data, learning_rate=[0.001, 0.01], seed=[0, 1], epochs=4)
explorer"""
LONG = 120.0  # seconds: TensorFlow is loaded, and a loop compiled


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with served(tmp_path_factory.mktemp("sweep"), CELL) as address, opened(address) as page:
        yield page


def test_it_fills_and_its_best_is_used(page, artifacts):
    shown = Shown(page)
    before = shown.picture()
    shown.root.locator(".widget-play:visible button").first.click()
    until(lambda: "4 of 4 members done" in shown.root.inner_text(), "all are trained", page, LONG)
    until(lambda: shown.said("status").startswith("Best of 2 settings"), "the best is named", page)
    assert "learning rate 0.01" in shown.said("status")
    assert shown.picture() != before
    shown.button("Use the best").click()
    until(lambda: "0.01" in shown.root.locator("pre").first.inner_text(), "its settings are shown", page)
    assert shown.said("alert") == ""
    page.screenshot(path=artifacts / "sweep-classic.png")
