"""Chapter 1 as a reader meets it: opened at the address that the command prints, run from top to bottom."""

import pytest

from .explorer import Explorer
from .jupyterlab import until

pytestmark = pytest.mark.browser

CHAPTER = "01-gradient-descent.ipynb"
WIDGET = "application/vnd.jupyter.widget-view+json"
LONGEST = 300  # seconds; the chapter's own budget is 90 on an idle machine


def test_chapter_runs_and_every_explorer_in_it_answers(server, lab, photograph):
    assert f"/lab/tree/{CHAPTER}?" in server.address
    chapter = lab.open(CHAPTER)
    title = chapter.panel.locator("img[src*='01-gradient-descent'], img[alt^='A map of a loss']").first
    until(
        lambda: title.evaluate("image => image.naturalWidth > 0"), "the chapter's picture is there", lab.page
    )
    photograph(lab.page, "chapter-top")
    chapter.run_all(LONGEST)
    assert chapter.faults() == []

    shown = [output["cell"] for output in chapter.outputs() if WIDGET in output.get("data", {})]
    assert len(shown) >= 6
    for cell in shown:
        chapter.scroll_to(cell)
        output = chapter.output(cell)
        output.locator(".jupyter-widgets").first.wait_for()
        assert "Error displaying widget" not in output.inner_text()
        if output.locator(".bigmodel-live").count():
            _try(Explorer(chapter, within=output))
        photograph(lab.page, f"chapter-cell-{cell:03}")
    assert chapter.faults() == []


def _try(explorer: Explorer) -> None:
    """Asks to be shown what was to be predicted, then moves the last slider."""
    anyway = explorer.button("Show me anyway")
    if anyway.count():
        explorer.answers(anyway.click, "show me anyway")
    label = explorer.root.locator(".widget-hslider label").all_inner_texts()[-1]
    explorer.answers(explorer.knob(label).nudge, label)
    assert explorer.message == ""
