"""One server, one browser and one page for all browser tests.

The server is the reader's own command, `bigmodel lab`, in an empty folder; the browser is Chromium
(the one that `CHROMIUM` names, as `make test` does, else the first on the PATH). Each test opens
notebooks of its own in the one page and may leave no error in the page's console.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, sync_playwright

from .explorer import Explorer
from .jupyterlab import PATIENCE, Lab, Notebook

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


# What ipykernel says where it is ended while a cell still runs, as tests of endless trainings do.
ENDED_AT_WORK = re.compile(
    r"^\[IPKernelApp\] ERROR \| Exception in message handler:\nTraceback.*?\n"
    r"zmq\.error\.ZMQError: Socket operation on non-socket$",
    re.MULTILINE | re.DOTALL,
)


class Server:
    """`bigmodel lab`, run in `folder`; `course` is the copy that it made."""

    def __init__(self, folder: Path):
        self.log = folder / "server.log"
        self.course = folder / "my-course"
        self.progress = folder / "progress.json"
        config = folder / "config"
        config.mkdir()
        # The page offers its inner workings to the tests; the course itself knows nothing of this.
        (config / "jupyter_lab_config.json").write_text('{"LabApp": {"expose_app_in_browser": true}}')
        port = random.Random().randrange(10000, 20000)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                # Servers that start at the same time would race for one port: other tests start some, too.
                [Path(sys.executable).with_name("bigmodel"), "lab", "--no-browser", f"--port={port}"],
                cwd=folder,
                env={
                    **os.environ,
                    "JUPYTER_CONFIG_DIR": str(config),
                    "BIGMODEL_PROGRESS": str(self.progress),
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.address = self._address()
        except BaseException:
            self.stop()
            raise
        self.base, self.token = re.fullmatch(r"(http://[^/]+)/.*\?token=(\w+)", self.address).groups()

    def said(self) -> str:
        return self.log.read_text()

    def _address(self) -> str:
        end = time.monotonic() + 4 * PATIENCE
        while not (found := re.search(r"^ +(http://\S+)$", self.said(), re.MULTILINE)):
            assert self.process.poll() is None and time.monotonic() < end, self.said()
            time.sleep(0.05)
        return found.group(1)

    def stop(self) -> int:
        """Control-C."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("reader"))
    yield server
    status = server.stop()
    said = server.said()
    assert status == 0 and "Stopped." in said, said
    assert not re.search(r"Traceback|^\[[EC] ", ENDED_AT_WORK.sub("", said), re.MULTILINE), said


@pytest.fixture(scope="session")
def chromium():
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no Chromium: run `make test`, or name one in the environment variable CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=SWITCHES, ignore_default_args=["--hide-scrollbars"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shared_lab(server, chromium):
    return Lab(chromium, server.base, server.token, server.course)


@pytest.fixture(scope="session")
def bench(shared_lab):
    """A notebook that stays open for all tests that need no more than one cell with an explorer."""
    return shared_lab.open(shared_lab.write("", name="bench.ipynb"))


@pytest.fixture
def lab(shared_lab):
    """The page, 1280 wide and light. After the test its tabs are closed, and nothing may be wrong."""
    lab = shared_lab
    lab.resize(1280)
    lab.wear("light")
    lab.troubles.clear()
    lab.expected = ""
    yield lab
    troubles = list(lab.troubles)
    lab.tidy(keep="bench.ipynb")
    assert not troubles, troubles


@pytest.fixture
def another_lab(server, chromium):
    """Opens a page of its own, for tests that leave it or load it again: `another_lab()`."""
    opened = []

    def open_page() -> Lab:
        opened.append(Lab(chromium, server.base, server.token, server.course))
        return opened[-1]

    yield open_page
    for lab in opened:
        lab.page.close()
        assert not lab.troubles, lab.troubles


@pytest.fixture
def notebook(lab):
    """Opens a notebook with these cells, all run: `notebook("first cell", "second cell")`."""

    def opened(*cells: str) -> Notebook:
        notebook = lab.open(lab.write(*cells))
        notebook.run_all()
        assert notebook.faults() == []
        return notebook

    return opened


@pytest.fixture
def explorer(lab, bench):
    """An explorer on the page: `explorer("DescentExplorer()")`; in the kernel it is called `explorer`."""

    def shown(code: str = "DescentExplorer()") -> Explorer:
        lab.open(bench.name)
        kind = code.partition("(")[0]
        bench.forget_pictures()
        bench.type(0, f"from bigmodel_nb.widgets import {kind}\nexplorer = {code}\nexplorer")
        bench.run(0)
        assert bench.faults() == []
        return Explorer(bench)

    return shown


@pytest.fixture(scope="session")
def artifacts(root) -> Path:
    """The folder of the screenshots, for people to look at."""
    folder = root / "test-artifacts"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def photograph(artifacts):
    """Keeps a screenshot of the page or of a part of it."""

    def taken(what: Page | Locator, name: str) -> None:
        what.screenshot(path=artifacts / f"{name}.png")

    return taken
