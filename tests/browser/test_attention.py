"""The attention explorer on the page: its controls answer, and nothing is cut off."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

EXPLORERS = {
    "attention": "AttentionExplorer(theme=THEME)",
    "attention-by-hand": "AttentionExplorer(matrices='look up a noun', theme=THEME)",
}


@pytest.mark.parametrize(
    "width, theme, name", [(1280, "light", "attention"), (900, "dark", "attention-by-hand")]
)
def test_nothing_is_cut_off_and_every_control_answers(lab, explorer, photograph, width, theme, name):
    lab.resize(width)
    lab.wear(theme)
    shown = explorer(EXPLORERS[name].replace("THEME", repr(theme)))
    for page in shown.root.locator(".widget-toggle-buttons button").all_inner_texts():
        shown.turn_to(page)
        photograph(lab.page, f"{name}-{width}-{theme}-{page.lower().replace(' ', '-')}")
        assert shown.cut_off() == []
    shown.turn_to("Head")
    shown.answers(lambda: shown.list("stage").select_option("5 weighted values"), "the stage")
    shown.answers(lambda: shown.knob("token").type("0"), "the token")
    if name == "attention":
        shown.answers(lambda: shown.knob("block").nudge(1), "the block")
        box = shown.root.get_by_label("text", exact=True)
        box.fill("a" * 70)
        box.press("Enter")
        shown.until(lambda: "at most 64 tokens" in shown.message, "a sentence")
    else:
        shown.turn_to("By hand")
        box = shown.root.get_by_label("queries", exact=True)
        box.fill("9 0 0 0; 0 0 1 0; 0 0 0 1; 4 0 0 0")
        shown.answers(lambda: box.press("Enter"), "another query")
    shown.turn_to("Mask")
    shown.answers(lambda: shown.list("mask").select_option("window: the last few"), "the mask")
    shown.answers(lambda: shown.knob("window width").type("1"), "the width")
