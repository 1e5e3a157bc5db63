"""A sweep in JupyterLab: it fills while the page ticks, pauses, goes on, and is seen from four sides."""

from __future__ import annotations

import pytest

from .explorer import Explorer
from .jupyterlab import until

pytestmark = pytest.mark.browser

MODEL = """\
from bigmodel_nb.data import digits
from bigmodel_nb.models import build_mlp
from bigmodel_nb.widgets import SweepExplorer

data = digits()
"""
SWEEP = """\
explorer = SweepExplorer(
    build_mlp, data, input_shape=(64,), widths=(32,), optimizer="sgd", epochs={epochs}, theme="{theme}",
    learning_rate=[0.003, 0.03, 0.3, 1e30], dropout=[0.0, 0.2, 0.5], seed=[0, 1, 2],
)
{then}
explorer
"""
FIGURES = "sum(bool(one[2].get_text()) for row in explorer.figure._cells for one in row)"


def _shown(lab, epochs: int, theme: str, then: str = "") -> Explorer:
    notebook = lab.open(lab.write(MODEL, SWEEP.format(epochs=epochs, theme=theme, then=then)))
    notebook.run_all(120)
    assert notebook.faults() == []
    return Explorer(notebook, notebook.output(1))


def test_a_sweep_fills_while_it_trains_and_can_be_held(lab, photograph):
    shown = _shown(lab, 20, "light")
    page, notebook, text = lab.page, shown.notebook, shown.root.inner_text
    assert "36 members, not trained yet" in text()
    photograph(page, "sweep-new")
    shown.button("Train").click()
    shown.button("Pause").wait_for()
    until(lambda: notebook.ask(FIGURES) > 0, "the cells fill", page, 120)
    shown.button("Pause").click()
    shown.button("Go on").wait_for()
    until(lambda: "paused" in text(), "it says so", page)
    assert notebook.ask("explorer.state") == "paused"
    photograph(page, "sweep-paused")
    steps = notebook.ask("[m.run and m.run.steps for m in explorer.sweep.members]")
    page.wait_for_timeout(400)
    assert notebook.ask("[m.run and m.run.steps for m in explorer.sweep.members]") == steps
    shown.button("Go on").click()
    until(lambda: "36 of 36 members done" in text(), "it ends by itself", page, 120)
    until(shown.at_rest, "the picture rests", page)
    shown.button("Train again").wait_for()
    assert shown.message == "" and "9 of 36 members diverged." in shown.summary
    assert "Best of 12 settings" in shown.summary and "open the test set once" in shown.summary
    assert notebook.ask(FIGURES) == 12
    photograph(page, "sweep-map")

    # A cell is chosen by its controls, and its curves are shown.
    shown.button("Which cell").click()
    for knob, value in (("learning rate", "0.03"), ("dropout", "0.2")):
        shown.answers(lambda k=knob, v=value: shown.list(k).select_option(v), knob)
    photograph(page, "sweep-chosen")
    shown.answers(shown.button("Curves").click, "the curves")
    assert "Shown is learning rate 0.03, dropout 0.2" in shown.summary
    photograph(page, "sweep-curves-of-one")
    shown.button("Use the best").click()
    shown.root.locator("pre").wait_for()
    assert "run = fit(" in shown.root.locator("pre").inner_text()
    assert notebook.faults() == []


def test_four_views_and_all_controls_in_a_narrow_dark_page(lab, photograph):
    lab.resize(900)
    lab.wear("dark")
    shown = _shown(lab, 6, "dark", "_sweep = explorer.run()")
    page = lab.page
    for view in ("Curves", "Importance", "Parallel", "Heat map"):
        shown.answers(shown.button(view).click, view)
        photograph(page, f"sweep-dark-{view.lower().replace(' ', '-')}")
        assert shown.cut_off() == []
    shown.button("Values to try").click()
    rates = shown.list("try learning rate")
    rates.fill("0.1, fast")
    rates.press("Enter")
    shown.until(lambda: "learning_rate must be numbers with commas" in shown.message, "it is refused")
    shown.until(lambda: rates.input_value() == "0.003, 0.03, 0.3, 1e+30", "and what was there is back")
    photograph(page, "sweep-dark-values")
    assert shown.cut_off() == []
    rates.fill("0.1, 0.2")
    rates.press("Enter")
    shown.until(lambda: "Train begins anew, with 18 members" in shown.root.inner_text(), "it waits for Train")
    assert shown.message == ""
    shown.button("Show code").click()
    shown.root.locator("pre").wait_for()
    assert shown.cut_off() == []
    photograph(page, "sweep-dark-code")
