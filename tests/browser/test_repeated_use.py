"""Cells that run again and again, and cells that run while the reader turns knobs."""

import pytest

from .explorer import Explorer

pytestmark = pytest.mark.browser

# Everything that a forgotten explorer would leave behind in its kernel.
LEFT_IN_KERNEL = """dict(
    widgets=len(getattr(__import__('ipywidgets').widgets.widget, '_instances', None)
                or __import__('ipywidgets').Widget.widgets),
    comms=len(getattr(get_ipython().kernel, 'comm_manager').comms),
    threads=__import__('threading').active_count(),
    figures=(__import__('gc').collect(), sum(
        type(one).__name__ == 'Figure' for one in __import__('gc').get_objects()))[1],
)"""
LEFT_IN_PAGE = """() => ({
    comms: jupyterapp.shell.currentWidget.sessionContext.session.kernel._comms.size,
    nodes: document.querySelectorAll(".jupyter-widgets").length,
})"""

CELL = """\
from bigmodel_nb.widgets import DescentExplorer
explorer = DescentExplorer(show=["rate", "play"])
explorer
"""


def test_fifty_runs_leave_nothing_behind(notebook):
    opened = notebook(CELL)
    opened.run(0, times=3)
    before = opened.ask(LEFT_IN_KERNEL), opened.page.evaluate(LEFT_IN_PAGE)
    opened.run(0, times=46)
    after = opened.ask(LEFT_IN_KERNEL), opened.page.evaluate(LEFT_IN_PAGE)
    assert after == before
    assert after[0]["figures"] == 1
    assert opened.count(0) == 50

    shown = Explorer(opened)
    shown.answers(
        lambda: shown.knob("learning rate (all)").press("ArrowRight"), "the fiftieth explorer's slider"
    )


BUSY = """\
import time
seen = []
for turn in range(40):
    explorer.rate.value = 0.01 + 0.003 * turn
    seen.append(explorer.condition.value)
    time.sleep(0.05)
"""

# What the controls say at last, computed anew.
AFRESH = """(lambda surfaces, descent, np: all(
    np.array_equal(path.points, descent.descend(
        surfaces.bowl(explorer.condition.value), descent.OPTIMIZERS[path.optimizer.name](explorer.rate.value),
        start=(explorer.start_1.value, explorer.start_2.value), steps=explorer.steps.value).points)
    for path in explorer.paths) and len(explorer.paths))(
    __import__('bigmodel_nb.maths.surfaces', fromlist=['*']),
    __import__('bigmodel_nb.maths.descent', fromlist=['*']), __import__('numpy'))"""


def test_a_slider_moves_while_a_cell_runs(notebook):
    opened = notebook(
        "from bigmodel_nb.widgets import DescentExplorer\nexplorer = DescentExplorer()\nexplorer"
    )
    shown = Explorer(opened)
    opened.insert_below(BUSY)
    opened.editor(1).click()
    opened.page.keyboard.press("Control+Enter")
    opened.cell(1).get_by_text("[*]:").wait_for()
    condition = shown.knob("condition number")
    while "[*]" in opened.cell(1).locator(".jp-InputPrompt").text_content():
        condition.press("ArrowRight")
        opened.page.wait_for_timeout(100)
    assert opened.faults() == []
    assert len(set(opened.ask("seen"))) > 3, "nothing arrived while the cell ran"

    shown.until(lambda: shown.at_rest() and opened.ask("explorer._settled"), "all comes to rest")
    shown.until(
        lambda: condition.number == f"{opened.ask('explorer.condition.value'):.6g}", "page and kernel agree"
    )
    assert shown.knob("learning rate (all)").number == "0.127"
    assert opened.ask("explorer.rate.value") == pytest.approx(0.127)
    assert opened.ask(AFRESH) == 3
    assert shown.picture() == opened.ask("explorer.still()")
    assert shown.summary == opened.ask("explorer.summary_text")
    assert shown.message == opened.ask("explorer.message") == ""
