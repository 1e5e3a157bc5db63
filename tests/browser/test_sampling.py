"""SamplingExplorer on the page: text streams, filters answer, nothing is cut off."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width, theme", [(1280, "light"), (900, "dark")])
def test_nothing_is_cut_off(lab, explorer, photograph, width, theme):
    lab.resize(width)
    lab.wear(theme)
    shown = explorer(
        f"SamplingExplorer(prompt='The class ', temperature=0.8, top_k=8, top_p=0.9, theme={theme!r})"
    )
    shown.answers(shown.button("One token").click, "one token")
    photograph(lab.page, f"sampling-{width}-{theme}")
    assert shown.cut_off() == []


def test_text_streams_and_every_control_answers(explorer):
    shown = explorer("SamplingExplorer(prompt='def ', length=200)")
    text = shown.root.get_by_role("group", name="text")
    shown.button("Generate").click()
    shown.until(lambda: len(text.inner_text()) > 20, "the text grows")
    shown.button("Stop").click()
    shown.button("Generate").wait_for()
    shown.until(shown.at_rest, "the picture rests")
    stopped = text.inner_text()
    shown.page.wait_for_timeout(400)
    assert text.inner_text() == stopped
    for label in ("temperature", "top-k", "top-p", "repetition"):
        shown.answers(lambda label=label: shown.knob(label).nudge(4), label)
    assert shown.notebook.ask("explorer.steady") is False
    shown.answers(shown.button("Start again").click, "start again")
    assert text.inner_text().strip() == "def"
    box = shown.root.get_by_label("prompt", exact=True)
    box.fill("class Ü")
    box.press("Enter")
    shown.until(lambda: "never seen: 'Ü'" in shown.message, "a sentence")
    box.fill("class A")
    shown.answers(lambda: box.press("Enter"), "another prompt")
    assert text.inner_text() == "class A" and shown.message == ""
