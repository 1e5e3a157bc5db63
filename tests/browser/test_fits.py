"""FitExplorer on the page: every control answers, a weight reaches zero, nothing is cut off."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

EXPLORERS = {
    "fits": "FitExplorer(theme=THEME)",
    "fits-network": "FitExplorer('network', width=30, points=20, l1=1e-3, theme=THEME)",
    "fits-spread": "FitExplorer(points=20, view='bias and variance', show=['complexity', 'l2'], theme=THEME)",
}


@pytest.mark.parametrize("width, theme", [(1280, "light"), (900, "dark")])
@pytest.mark.parametrize("name", EXPLORERS)
def test_nothing_is_cut_off(lab, explorer, photograph, name, width, theme):
    lab.resize(width)
    lab.wear(theme)
    shown = explorer(EXPLORERS[name].replace("THEME", repr(theme)))
    for page in shown.root.locator(".widget-toggle-buttons button").all_inner_texts() or [""]:
        if page:
            shown.turn_to(page)
        photograph(lab.page, f"{name}-{width}-{theme}-{page.lower() or 'all'}")
        assert shown.cut_off() == []


def test_every_control_answers(explorer):
    shown = explorer("FitExplorer(degree=7, l1=0.01, l2=0.001, points=12)")
    for label in ("degree", "L1", "L2"):
        shown.answers(lambda label=label: shown.knob(label).nudge(), label)
    shown.answers(lambda: shown.list("model").select_option("network, hidden layer random"), "a network")
    shown.answers(lambda: shown.knob("width").nudge(), "width")
    assert "degree" not in shown.labels(".noUi-handle")
    shown.turn_to("Data")
    for label in ("points", "noise", "seed"):
        shown.answers(lambda label=label: shown.knob(label).nudge(), label)
    shown.turn_to("View")
    shown.answers(lambda: shown.list("view").select_option("bias and variance"), "the other view")
    assert "redrawn data sets" in shown.summary and shown.message == ""


def test_the_left_end_of_a_price_is_off_and_stays_off(explorer):
    shown = explorer("FitExplorer(points=20, l1=0.01)")
    price = shown.knob("L1")
    assert "0 of 9 weights are exactly 0" not in shown.summary
    shown.answers(lambda: price.press("Home"), "the left end")
    shown.until(lambda: price.number == "0", "the box says 0")
    shown.page.wait_for_timeout(300)
    assert shown.notebook.ask("explorer.l1.value") == 0
    assert "0 of 9 weights are exactly 0" in shown.summary
    price.type("-1")
    shown.until(lambda: "l1 must be zero or a positive number" in shown.message, "a sentence")
    shown.until(lambda: price.number == "0", "the last good number")
