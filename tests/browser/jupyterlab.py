"""A JupyterLab page under test: notebooks are opened, typed into, run, saved and closed in it.

What a reader does is done as a reader does it, by keyboard and mouse. Only where that would test
JupyterLab and not the course (opening a tab, changing the theme, asking the kernel something) do
the tests go through `window.jupyterapp`.
"""

from __future__ import annotations

import ast
import base64
import itertools
import json
import re
import time
import urllib.request
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser, Locator, Page

PATIENCE = 30.0  # seconds after which something that should happen counts as not happening

# Pictures reach the page as object URLs. Each is kept here, so that tests can look at all that were
# shown, in order, and not only at the one that happens to be there when they look.
REMEMBER_PICTURES = """
window.pictures = [];
const make = URL.createObjectURL.bind(URL);
URL.createObjectURL = (blob) => {
  const url = make(blob);
  if (blob.type?.startsWith("image/")) window.pictures.push({ url, blob });
  return url;
};
"""

# What the page's console says of JupyterLab's own accord, as (text, pattern of the address), and why.
KNOWN_NOISE = {
    # JupyterLab puts rendered Markdown into the page before it has resolved the addresses in it, so
    # that the browser first looks for a chapter's pictures in the wrong place. (That they come up in
    # the end has a test.)
    (
        "Failed to load resource: the server responded with a status of 404 (Not Found)",
        r"http://127\.0\.0\.1:\d+/images/[\w-]+\.png",
    ),
}

# ipywidgets says so when a control of the page has something to tell (a tick, the nearest step of a
# slider) and its explorer was closed at that moment, because its cell ran again. Nobody is listening
# any more, and nothing is lost.
TOO_LATE = "no comm channel defined"
# JupyterLab draws the outputs of a notebook that it opens, or that changed on disk, at once, and again
# as soon as the kernel has told it which widgets live. Whether the first time fails is a race within
# JupyterLab; tests look for the picture that the second time puts there.
TOO_EARLY = "widget model not found"
# JupyterLab takes the style sheet of the old theme away twice when themes change on a busy machine.
THEME = "Failed to execute 'removeChild' on 'Node'"


def until(condition, what: str, page: Page, patience: float = PATIENCE) -> Any:
    """Waits until `condition()` is true, and returns what it returned."""
    end = time.monotonic() + patience
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {patience:.0f} s in vain until {what}"
        page.wait_for_timeout(30)
    return value


class Lab:
    """One page of JupyterLab on the server at `base`; `course` is the folder that it shows."""

    def __init__(self, browser: Browser, base: str, token: str, course: Path, width: int = 1280):
        self.base, self.token, self.course = base, token, course
        self.troubles: list[str] = []
        self.expected = ""  # trouble with these words is what a test is about
        self._numbers = itertools.count(1)
        self.page = browser.new_page(viewport={"width": width, "height": 1500})
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.add_init_script(REMEMBER_PICTURES)
        self.page.on("console", self._heard)
        self.page.on("pageerror", self._uncaught)
        self.visit("/lab")

    def _uncaught(self, error) -> None:
        if not any(known in str(error) for known in (TOO_LATE, TOO_EARLY, THEME)):
            self.troubles.append(f"uncaught: {error}")

    def _heard(self, message) -> None:
        address = message.location.get("url", "")
        known = any(message.text == text and re.fullmatch(place, address) for text, place in KNOWN_NOISE)
        known |= bool(self.expected) and self.expected in message.text
        known |= TOO_LATE in message.text or TOO_EARLY in message.text
        if message.type == "error" and not known:
            self.troubles.append(f"console: {message.text} ({address})")

    def visit(self, path: str) -> None:
        self.page.goto(f"{self.base}{path}?token={self.token}")
        self.page.wait_for_selector("#jp-main-dock-panel")
        self.page.evaluate("jupyterapp.restored")

    def do(self, command: str, **arguments: Any) -> None:
        """Carries out one of JupyterLab's commands."""
        self.page.evaluate(
            "async ([name, arguments]) => {"
            " await jupyterapp.restored; await jupyterapp.commands.execute(name, arguments); }",
            [command, arguments],
        )

    def resize(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 1500})

    def wear(self, theme: str) -> None:
        """Changes JupyterLab's theme, "light" or "dark"."""
        name = f"JupyterLab {theme.title()}"
        shown = f"document.body.dataset.jpThemeName === {json.dumps(name)}"
        if not self.page.evaluate(shown):
            self.do("apputils:change-theme", theme=name)
            until(lambda: self.page.evaluate(shown), f"the theme is {name}", self.page)

    def write(self, *cells: str, name: str | None = None) -> str:
        """Writes a notebook with these code cells into the course; returns its name."""
        name = name or f"test-{next(self._numbers)}.ipynb"
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(notebook, self.course / name)
        return name

    def open(self, name: str) -> Notebook:
        """Opens a notebook of the course in a tab, or goes to its tab, and waits for its kernel."""
        self.do("docmanager:open", path=name)
        return Notebook(self, name)

    def tidy(self, keep: str = "") -> None:
        """Closes all tabs without saving and ends all kernels, but those of the notebook to keep."""
        self.page.evaluate(
            "(keep) => { for (const panel of [...jupyterapp.shell.widgets('main')])"
            " if (panel.context?.path !== keep || !keep)"
            " { if (panel.context) panel.context.model.dirty = false; panel.close(); } }",
            keep,
        )
        self.stop_kernels(keep)

    def ask_server(self, method: str, path: str) -> Any:
        """What the server's own interface answers."""
        request = urllib.request.Request(
            f"{self.base}/api/{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as reply:
            content = reply.read()
        return json.loads(content) if content else None

    def stop_kernels(self, keep: str = "") -> None:
        """Ends the kernels, as "Shut Down All" does."""
        for session in self.ask_server("GET", "sessions"):
            if session["path"] != keep or not keep:
                self.ask_server("DELETE", f"sessions/{session['id']}")


class Notebook:
    """The notebook in the current tab."""

    def __init__(self, lab: Lab, name: str):
        self.lab, self.page, self.name = lab, lab.page, name
        self._bring_to_front()
        # A cell that runs before there is a kernel makes JupyterLab ask which one is wanted.
        self.page.evaluate(
            "async () => { const panel = jupyterapp.shell.currentWidget; await panel.context.ready;"
            " await panel.revealed; await panel.sessionContext.ready;"
            " await panel.sessionContext.session.kernel.info; }"
        )
        self.panel = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        self.panel.locator(".jp-Cell").first.wait_for()

    def _bring_to_front(self) -> None:
        """Waits until this is the current tab, and goes to it as a reader would click on it.

        JupyterLab's current tab is the one with the focus: on a busy machine a cell of another
        notebook that takes the focus late leaves the tab just opened behind it.
        """
        ask = (
            "(path) => { const { shell } = jupyterapp; if (shell.currentWidget?.context?.path === path)"
            " return true; for (const panel of shell.widgets('main')) if (panel.context?.path === path)"
            " shell.activateById(panel.id); return false; }"
        )
        tabs = "[...jupyterapp.shell.widgets('main')].map((panel) => panel.context?.path ?? panel.id)"
        end = time.monotonic() + PATIENCE
        while not self.page.evaluate(ask, self.name):
            assert time.monotonic() < end, (
                f"{self.name} did not come to the front: {self.page.evaluate(tabs)}"
            )
            self.page.wait_for_timeout(200)

    # -- what a reader does -----------------------------------------------------------------

    def run_all(self, patience: float = PATIENCE) -> None:
        """Run > Run All Cells."""
        self._forget_numbers()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        self._finished(patience)

    def run(self, cell: int = 0, times: int = 1) -> None:
        """Control-Enter in a cell; several times without waiting for what came before."""
        before = self.count(cell) if times > 1 else 0
        self._forget_numbers(cell)
        self.editor(cell).click()
        for _ in range(times):
            self.page.keyboard.press("Control+Enter")
        patience = PATIENCE + 3 * times
        until(lambda: self.count(cell) >= before + times, f"cell {cell} has run", self.page, patience)

    def _forget_numbers(self, *cells: int) -> None:
        """Takes away the numbers of earlier runs, which a file brings along, too."""
        self.page.evaluate(
            "(chosen) => { const { cells } = jupyterapp.shell.currentWidget.content.model.sharedModel;"
            " cells.filter((cell, index) => cell.cell_type === 'code'"
            " && (!chosen.length || chosen.includes(index)))"
            ".forEach((cell) => { cell.execution_count = null; }); }",
            list(cells),
        )

    def scroll_to(self, cell: int) -> None:
        self.page.evaluate(
            "(cell) => jupyterapp.shell.currentWidget.content.scrollToItem(cell, 'start')", cell
        )
        self.cell(cell).wait_for()

    def type(self, cell: int, source: str) -> None:
        """Puts other code into a cell."""
        self.editor(cell).click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)

    def insert_below(self, source: str) -> None:
        """A new cell at the end, with this code."""
        self.page.evaluate(
            "(source) => { const cells = jupyterapp.shell.currentWidget.content.model.sharedModel;"
            " cells.insertCell(cells.cells.length, { cell_type: 'code', source }); }",
            source,
        )

    def save(self) -> None:
        """The button of the toolbar (Control-S, while a number box has the focus, stays in the box)."""
        self.panel.locator(".jp-NotebookPanel-toolbar [data-command='docmanager:save']").first.click()
        clean = "!jupyterapp.shell.currentWidget.context.model.dirty"
        until(lambda: self.page.evaluate(clean), "the notebook is saved", self.page)

    # -- what a reader sees -----------------------------------------------------------------

    def cell(self, index: int) -> Locator:
        return self.panel.locator(f".jp-Cell[data-windowed-list-index='{index}']")

    def editor(self, index: int) -> Locator:
        return self.cell(index).locator(".cm-content")

    def output(self, index: int) -> Locator:
        return self.cell(index).locator(".jp-Cell-outputArea")

    def count(self, index: int) -> int:
        """How often cells had run when this one last finished; 0 where it has not."""
        prompt = self.cell(index).locator(".jp-InputPrompt").text_content() or ""
        found = re.search(r"\[(\d+)\]", prompt)
        return int(found.group(1)) if found else 0

    def outputs(self) -> list[dict[str, Any]]:
        """All outputs, also of cells that are out of sight."""
        cells = self.page.evaluate("jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells")
        return [
            {"cell": index, **output}
            for index, cell in enumerate(cells)
            for output in cell.get("outputs", [])
        ]

    def faults(self) -> list[dict[str, Any]]:
        """Errors and what was written to stderr."""
        return [
            output
            for output in self.outputs()
            if output["output_type"] == "error" or output.get("name") == "stderr"
        ]

    def _finished(self, patience: float) -> None:
        # A cell has its number as soon as it starts.
        script = (
            "() => { const panel = jupyterapp.shell.currentWidget;"
            " return panel.sessionContext.session.kernel.status === 'idle'"
            " && panel.content.model.sharedModel.cells"
            ".filter(cell => cell.cell_type === 'code' && cell.getSource().trim())"
            ".every(cell => cell.execution_count > 0); }"
        )
        end = time.monotonic() + patience
        while not self.page.evaluate(script):
            assert not any(output["output_type"] == "error" for output in self.outputs()), self.faults()
            assert time.monotonic() < end, f"cells were still running after {patience:.0f} s"
            self.page.wait_for_timeout(100)

    # -- the kernel -------------------------------------------------------------------------

    def ask(self, expression: str) -> Any:
        """The value of a Python expression in the kernel, unseen by the reader."""
        answer = self.page.evaluate(
            "async (expression) => {"
            " const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;"
            " const future = kernel.requestExecute({ code: '', silent: true, store_history: false,"
            " user_expressions: { answer: expression } });"
            " return (await future.done).content.user_expressions.answer; }",
            expression,
        )
        assert answer["status"] == "ok", answer
        return ast.literal_eval(answer["data"]["text/plain"])

    # -- pictures ---------------------------------------------------------------------------

    def pictures(self) -> list[str]:
        """The formats of all pictures shown so far, in order: "png" or "jpeg"."""
        return [
            kind.removeprefix("image/") for kind in self.page.evaluate("pictures.map(one => one.blob.type)")
        ]

    def picture(self, index: int) -> bytes:
        """One of them."""
        return self._bytes("(index) => pictures.at(index).blob", index)

    def format_in(self, image: Locator) -> str:
        """The format of what is in an `<img>` now."""
        kind = image.evaluate("(image) => pictures.find((one) => one.url === image.src).blob.type")
        return kind.removeprefix("image/")

    def picture_in(self, image: Locator) -> bytes:
        """What is in an `<img>` now."""
        return self._bytes(
            "(image) => pictures.find((one) => one.url === image.src).blob", image.element_handle()
        )

    def _bytes(self, blob: str, about: Any) -> bytes:
        url = self.page.evaluate(
            "(about) => new Promise((resolve) => { const reader = new FileReader();"
            f" reader.onload = () => resolve(reader.result); reader.readAsDataURL(({blob})(about)); }})",
            about,
        )
        return base64.b64decode(url.partition(",")[2])

    def forget_pictures(self) -> None:
        self.page.evaluate("pictures.length = 0")
