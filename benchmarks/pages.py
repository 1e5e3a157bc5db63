"""A real JupyterLab in a real Chromium, for what only a browser can time."""

from __future__ import annotations

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence

import nbformat
from playwright.sync_api import Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PORT, TOKEN = 18899, "benchmark"

# From a key press to the moment at which the picture that answers it is decoded, in milliseconds.
WATCH = """
(output) => {
  const root = document.querySelectorAll('.jp-Cell-outputArea')[output];
  const source = () => root.querySelector('.bigmodel-live img') ?? [...root.querySelectorAll('img')].pop();
  const before = source()?.src;
  window.answer = new Promise((resolve, reject) => {
    let start;
    setTimeout(() => reject(new Error('no new picture within 10 seconds')), 10000);
    document.addEventListener('keydown', () => { start = performance.now(); }, { capture: true, once: true });
    const observer = new MutationObserver(async () => {
      const image = source();
      if (!image || image.src === before || start === undefined) return;
      observer.disconnect();
      await image.decode();
      resolve(performance.now() - start);
    });
    observer.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ['src'] });
  });
}
"""

# From Run to the moment at which a picture is in the output and decoded, in milliseconds.
RUN = """
async (output) => {
  const start = performance.now();
  jupyterapp.commands.execute('notebook:run-cell');
  for (;;) {
    const root = document.querySelectorAll('.jp-Cell-outputArea')[output];
    const image = root?.querySelector('.bigmodel-live img');
    if (image?.src && image.complete && image.naturalWidth) {
      await image.decode();
      return performance.now() - start;
    }
    await new Promise(requestAnimationFrame);
  }
}
"""


def chromium() -> str:
    """The browser: CHROMIUM, or Debian's."""
    return os.environ.get("CHROMIUM") or "/usr/bin/chromium"


@contextlib.contextmanager
def jupyterlab() -> Iterator[tuple[Page, pathlib.Path]]:
    """A page on a JupyterLab of its own, and the folder that it shows."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={PORT}"]
        command += [
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={folder}",
            "--LabApp.news_url=",
            "--LabApp.expose_app_in_browser=True",
        ]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            base = f"http://127.0.0.1:{PORT}"
            _wait(f"{base}/api/status?token={TOKEN}")
            page = browser.new_page(viewport={"width": 1280, "height": 1400})
            page.goto(f"{base}/lab?token={TOKEN}")
            page.wait_for_selector("#jp-main-dock-panel")
            page.evaluate("jupyterapp.restored")
            yield page, pathlib.Path(folder)
        finally:
            browser.close()
            server.terminate()
            server.wait(20)


def _wait(address: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _attempt in range(240):
        with contextlib.suppress(OSError):
            opener.open(address, timeout=5).close()
            return
        time.sleep(0.25)
    raise RuntimeError("JupyterLab did not start within a minute")


def open_cells(page: Page, folder: pathlib.Path, name: str, cells: Sequence[str]) -> None:
    """Writes a notebook, opens it in a tab and waits for its kernel."""
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(made, folder / name)
    page.evaluate("async (path) => { await jupyterapp.commands.execute('docmanager:open', { path }); }", name)
    page.evaluate(
        "async () => { const panel = jupyterapp.shell.currentWidget; await panel.context.ready;"
        " await panel.revealed; await panel.sessionContext.ready;"
        " await panel.sessionContext.session.kernel.info; }"
    )


def run_cells(page: Page) -> None:
    """Runs all cells and waits until they are done and quiet."""
    page.evaluate("async () => { await jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_timeout(1500)


def close_tab(page: Page) -> None:
    """Closes the tab and ends its kernel."""
    page.evaluate(
        "async () => { const panel = jupyterapp.shell.currentWidget; panel.context.model.dirty = false;"
        " await panel.sessionContext.shutdown(); panel.close(); }"
    )
