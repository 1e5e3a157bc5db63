"""The first chapters as a reader meets them: run from top to bottom, each explorer tried."""

import pytest

from .explorer import Explorer
from .jupyterlab import until

pytestmark = pytest.mark.browser

WIDGET = "application/vnd.jupyter.widget-view+json"
LONGEST = 300  # seconds; a chapter's own budget is 90 on an idle machine
# How many cells of each show a widget, at least. Longer chapters are run by tests without a browser.
CHAPTERS = {"00-start-here.ipynb": 3, "01-gradient-descent.ipynb": 10}


def test_the_command_opens_the_first_chapter(server, chapters):
    assert f"/lab/tree/{chapters[0].name}?" in server.address


@pytest.mark.parametrize("name", CHAPTERS)
def test_chapter_runs_and_every_explorer_in_it_answers(lab, photograph, name):
    chapter = lab.open(name)
    for picture in chapter.panel.locator(".jp-MarkdownCell img").all():
        until(lambda one=picture: one.evaluate("i => i.naturalWidth > 0"), "its picture is there", lab.page)
    chapter.run_all(LONGEST)
    assert chapter.faults() == []

    shown = [output["cell"] for output in chapter.outputs() if WIDGET in output.get("data", {})]
    assert len(shown) >= CHAPTERS[name]
    for cell in shown:
        chapter.scroll_to(cell)
        output = chapter.output(cell)
        output.locator(".jupyter-widgets").first.wait_for()
        assert "Error displaying widget" not in output.inner_text()
        if output.locator(".bigmodel-live").count():
            explorer = Explorer(chapter, within=output)
            _try(explorer)
            lab.resize(900)
            assert explorer.cut_off() == []
            lab.resize(1280)
        photograph(lab.page, f"chapter-{name[:2]}-cell-{cell:03}")
    assert chapter.faults() == []


def _try(explorer: Explorer) -> None:
    """Asks to be shown what was to be predicted, then moves the last slider."""
    assert explorer.summary
    anyway = explorer.button("Show me anyway")
    if anyway.count():
        explorer.answers(anyway.click, "show me anyway")
    sliders = explorer.root.locator(".widget-hslider label").all_inner_texts()
    if sliders:
        explorer.answers(explorer.knob(sliders[-1]).nudge, sliders[-1])
        assert explorer.message == ""
