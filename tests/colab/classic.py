"""The classic Notebook under test: a notebook with one cell is served, opened and run."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
from playwright.sync_api import sync_playwright

PATIENCE = 30.0
# What the Notebook itself logs as an error; none of it is of our making.
KNOWN_NOISE: tuple[str, ...] = ()
# What absl, which TensorFlow brings, says at the end of a kernel of ipykernel 6.17.
AT_EXIT = re.compile(
    r"Exception ignored in atexit callback <function shutdown.*?has no attribute 'watch_fd_thread'", re.DOTALL
)
READY = """window.Jupyter && Jupyter.notebook && Jupyter.notebook.kernel
  && Jupyter.notebook.kernel.is_connected() && Jupyter.notebook.kernel.widget_manager"""


@contextlib.contextmanager
def served(folder: Path, cell: str) -> Iterator[str]:
    """The address of a notebook with one cell, served by Notebook."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, folder / "explorer.ipynb")
    log = folder / "server.log"
    command = [
        sys.executable, "-m", "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=8977",
    ]  # fmt: skip
    with log.open("w") as file:
        server = subprocess.Popen(
            [*command, "--port-retries=50"], cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
    try:
        end = time.monotonic() + PATIENCE
        while not (found := re.search(r"(http://127\.0\.0\.1:\d+)/\?token=(\w+)", log.read_text())):
            assert server.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        yield f"{found[1]}/notebooks/explorer.ipynb?token={found[2]}"
    finally:
        server.terminate()
        server.wait(PATIENCE)
    assert "Traceback" not in AT_EXIT.sub("", log.read_text()), log.read_text()


@contextlib.contextmanager
def opened(address: str) -> Iterator:
    """The page of the notebook, its cell run, its explorer in sight; in the end nothing may be wrong."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    troubles: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 1600})
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: troubles.append(f"uncaught: {error}"))
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.goto(address)
        page.wait_for_function(READY)
        # Notebook asks the new kernel for widgets of old, and clears what it finds
        page.wait_for_timeout(2000)
        page.evaluate("Jupyter.notebook.execute_all_cells()")
        page.locator(".bigmodel-live img.widget-image").wait_for()
        yield page
        browser.close()
    assert not [each for each in troubles if not each.startswith(KNOWN_NOISE or ("\0",))], troubles


def until(condition, what: str, page, patience: float = PATIENCE):
    end = time.monotonic() + patience
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {patience:.0f} s in vain until {what}"
        page.wait_for_timeout(25)
    return value


class Shown:
    """The explorer on the page."""

    def __init__(self, page):
        self.page, self.root = page, page.locator(".bigmodel-live")

    def picture(self) -> bytes:
        url = self.root.locator("img.widget-image").evaluate(
            """async (image) => { const blob = await (await fetch(image.src)).blob();
               return await new Promise((resolve) => { const reader = new FileReader();
                 reader.onload = () => resolve(reader.result); reader.readAsDataURL(blob); }); }"""
        )
        return base64.b64decode(url.partition(",")[2])

    def said(self, role: str) -> str:
        texts = self.root.evaluate(
            "(root, role) => [...root.querySelectorAll(`[role=${role}]`)].map((one) => one.innerText)", role
        )
        return "".join(texts)

    def button(self, name: str):
        return self.root.get_by_role("button", name=re.compile(rf"^\W*{name}$")).first

    def slider(self, label: str):
        exact = self.page.locator("label", has_text=re.compile(f"^{re.escape(label)}$"))
        return self.root.locator(".widget-hslider").filter(has=exact).locator(".ui-slider-handle")

    def number(self, label: str):
        return self.root.get_by_label(f"{label}, number", exact=True)

    def step(self) -> int:
        return int(self.number("step shown").input_value())
