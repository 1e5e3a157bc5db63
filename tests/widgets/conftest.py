"""What tests of widgets share: a page that sends what a browser sends, a count of what is alive, and
the figure that a printed cell makes. Nothing is stubbed; ipywidgets 7.7.1 and 8 are both served."""

from __future__ import annotations

import ast
import contextlib

import IPython.display
import ipywidgets
import pytest
from ipywidgets.widgets import widget as registry

from bigmodel_nb.widgets.ticking import BY_ITSELF


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    """Predictions of a test go to a file of its own."""
    path = tmp_path / "progress.json"
    monkeypatch.setenv("BIGMODEL_PROGRESS", str(path))
    return path


@pytest.fixture
def outputs(monkeypatch):
    """What is on the page: a list of outputs, as a notebook would save them."""
    page: list[dict] = []

    class Handle:
        def __init__(self, place: int):
            self.place = place

        def update(self, bundle, raw):
            assert raw
            page[self.place] = bundle

    def display(bundle, raw, display_id):
        assert raw and display_id
        page.append(bundle)
        return Handle(len(page) - 1)

    monkeypatch.setattr(IPython.display, "display", display)
    return page


class Page:
    """The other end of a widget: state arrives in the kernel as it does from a browser's message."""

    def sends(self, widget: ipywidgets.Widget, **state) -> None:
        """The page has new state for a widget. Unlike in a kernel, an error is raised and not logged."""
        with getattr(widget, "lock", contextlib.nullcontext()):
            widget.set_state(state)

    def clicks(self, button: ipywidgets.Button) -> None:
        message = {"content": {"data": {"method": "custom", "content": {"event": "click"}}}, "buffers": []}
        button._handle_msg(message)

    def types(self, knob, text: str) -> None:
        """Text typed into the number box of a knob."""
        self.sends(knob.box, value=text)

    def drags(self, knob, *positions: float) -> None:
        for position in positions:
            self.sends(knob.slider, value=position)

    def ticks(self, clock, times: int = 1, skip: int = 0) -> None:
        """The page's Play counts on, leaving out `skip` values each time, as a busy page does."""
        for _time in range(times):
            self.sends(clock.widget, value=clock.widget.value + 1 + skip)


@pytest.fixture(scope="session")
def moving() -> str:
    """The encoding of a picture while a slider is dragged. In ipywidgets 7 no tick comes to make it sharp
    again afterwards, so there every picture is at rest."""
    return "jpeg" if BY_ITSELF else "png"


@pytest.fixture(scope="session")
def page() -> Page:
    return Page()


@pytest.fixture(scope="session")
def models():
    """`models()` is the set of all widget models that are alive in this process."""

    def alive() -> set:
        known = getattr(registry, "_instances", None)  # an empty dict is an answer, too
        return set(ipywidgets.Widget.widgets if known is None else known)

    return alive


@pytest.fixture(scope="session")
def run_cell():
    """`run_cell(code)` executes a cell in a clean namespace: (names, what its last line shows)."""

    def run(code: str, **names):
        tree = ast.parse(code)
        last = tree.body.pop()
        assert isinstance(last, ast.Expr), code
        space = dict(names)
        exec(compile(tree, "<cell>", "exec"), space)
        return space, eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)

    return run


@pytest.fixture
def made():
    """`made(explorer)` hands an explorer through and closes it after the test."""
    explorers: list = []

    def hand(explorer):
        explorers.append(explorer)
        return explorer

    yield hand
    for explorer in explorers:
        explorer.close()
