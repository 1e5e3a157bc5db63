"""Chapter 1's explorer in the classic Notebook, the front end nearest to Colab's that runs here:
ipywidgets 7 in the kernel and on the page."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
import time

import nbformat
import pytest
from playwright.sync_api import sync_playwright

pytestmark = pytest.mark.browser

PATIENCE = 30.0
CELL = "from bigmodel_nb.widgets import DescentExplorer\nDescentExplorer(steps=60, position=0)"
# What the Notebook itself logs as an error; none of it is of our making.
KNOWN_NOISE: tuple[str, ...] = ()
READY = """window.Jupyter && Jupyter.notebook && Jupyter.notebook.kernel
  && Jupyter.notebook.kernel.is_connected() && Jupyter.notebook.kernel.widget_manager"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of a notebook with one cell, served by Notebook."""
    folder = tmp_path_factory.mktemp("classic")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(CELL)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, folder / "explorer.ipynb")
    log = folder / "server.log"
    command = [
        sys.executable,
        "-m",
        "notebook",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        "--port=8977",
    ]
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
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="module")
def page(address):
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
        page.wait_for_timeout(
            2000
        )  # Notebook asks the new kernel for widgets of old, and clears what it finds
        page.evaluate("Jupyter.notebook.execute_all_cells()")
        page.locator(".bigmodel-live img.widget-image").wait_for()
        yield page
        browser.close()
    assert not [each for each in troubles if not each.startswith(KNOWN_NOISE or ("\0",))], troubles


def until(condition, what: str, page):
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {PATIENCE:.0f} s in vain until {what}"
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


@pytest.fixture
def shown(page) -> Shown:
    return Shown(page)


def test_it_is_shown_once(shown, page):
    """The picture for pages without widgets is there as well, and out of sight."""
    until(lambda: shown.picture().startswith(b"\x89PNG"), "it is drawn", page)
    assert page.locator(".bigmodel-live").count() == 1
    in_sight = (
        "[...document.querySelectorAll('.output img')].filter((one) => one.offsetParent !== null).length"
    )
    until(lambda: page.evaluate(in_sight) == 1, "one picture is in sight", page)
    assert page.inner_text(".output").count(shown.said("status")) == 1


def test_a_slider_moves_picture_and_words(shown, page):
    shown.number("step shown").fill("60")
    shown.number("step shown").press("Enter")
    until(lambda: shown.said("status").startswith("After 60 steps"), "the last step is shown", page)
    picture, words, number = shown.picture(), shown.said("status"), shown.number("learning rate (all)")
    before = float(number.input_value())
    shown.slider("learning rate (all)").focus()
    page.keyboard.press("ArrowRight")
    until(lambda: shown.said("status") != words, "the words answer", page)
    until(lambda: shown.picture() != picture, "the picture answers", page)
    assert float(number.input_value()) > before
    assert shown.said("alert") == ""


def test_play_plays_and_pauses_at_once(shown, page):
    shown.button("Rewind").click()
    until(lambda: shown.step() == 0, "it is rewound", page)
    play, pause = (shown.root.locator(".widget-play:visible button").nth(index) for index in (0, 1))
    play.click()
    until(lambda: shown.step() > 10, "it plays", page)
    pause.click()
    page.wait_for_timeout(300)  # a tick may be under way
    stopped = shown.step()
    page.wait_for_timeout(700)
    assert shown.step() == stopped < 60
    until(lambda: shown.said("status").startswith(f"At step {stopped} of 60"), "the words rest", page)
    play.click()
    until(lambda: shown.step() == 60, "it plays on to the end", page)
    play.click()
    until(lambda: 0 < shown.step() < 50, "it starts again", page)
    pause.click()


def test_a_wrong_number_gets_a_sentence(shown, page):
    number = shown.number("learning rate (all)")
    good = number.input_value()
    number.fill("-1")
    number.press("Enter")
    until(lambda: shown.said("alert"), "there is a message", page)
    assert "learning_rate must be a positive number; received: -1" in shown.said("alert")
    until(lambda: number.input_value() == good, "the box forgets it", page)
