"""Explorers: how fast they answer, open, and how little memory they need."""

from __future__ import annotations

import json
import pathlib
import statistics
import time
from collections.abc import Iterator

import nbformat
from nbclient import NotebookClient

from benchmarks import (
    attention_explorer,
    fit_explorer,
    neural_explorers,
    recurrence_explorer,
    sampling_explorer,
    vision_explorers,
)
from benchmarks.kernels import kernel
from benchmarks.measure import ROUNDS, Row, compare
from benchmarks.pages import RUN, WATCH, close_tab, jupyterlab, open_cells, run_cells

GROUP = "explorers"
BUDGETS = {"00": 60, "05": 150, "06": 150, "07": 150}  # seconds from restart to done; 90 for the others

# What a reader would write: the same race in the same size, with `interact` and pyplot.
INTERACT = """
import time, numpy as np, ipywidgets
%matplotlib inline
import matplotlib.pyplot as plt
from bigmodel_nb.maths.descent import Adam, GradientDescent, Momentum, descend
from bigmodel_nb.maths.surfaces import bowl
surface = bowl(10.0)
left, right, bottom, top = surface.limits
grid = np.stack(np.meshgrid(np.linspace(left, right, 140), np.linspace(bottom, top, 140)), axis=-1)

def draw(rate=0.1):
    rules = GradientDescent(rate), Momentum(rate), Adam(rate)
    paths = [descend(surface, rule, steps=100) for rule in rules]
    figure = plt.figure(figsize=(6.4, 4.3), dpi=DPI)
    ground, loss, rates = (figure.add_subplot(*place) for place in ((1, 2, 1), (2, 2, 2), (2, 2, 4)))
    ground.contourf(grid[..., 0], grid[..., 1], surface.value(grid) ** 0.5, levels=13, cmap="Greys")
    for path in paths:
        ground.plot(path.points[:, 0], path.points[:, 1], label=path.optimizer.name)
        loss.plot(path.values)
        rates.plot(path.rates)
    ground.set(xlim=(left, right), ylim=(bottom, top))
    loss.set_yscale("log")
    ground.legend()
    plt.show()
"""
OURS = """
from bigmodel_nb.widgets import DescentExplorer
explorer = DescentExplorer(rate=0.1)
"""
IN_THE_KERNEL = """
out = ipywidgets.interactive(draw, rate=(0.05, 0.15, 0.001))
def timed(move):
    times = []
    # Anew each time: a slider that comes back at once to where code put it is an echo of the page.
    for rate in np.sort(np.random.uniform(0.06, 0.14, 10)):
        start = time.perf_counter()
        move(float(rate))
        times.append(1000 * (time.perf_counter() - start))
    return times
def dragged(rate): explorer.rate.slider.value = rate
def rested(rate): explorer.settle() if explorer.rate.value == rate else setattr(explorer.rate, "value", rate)
def plain(rate): out.children[0].value = round(rate, 3)
moving, resting, other = timed(dragged), timed(rested), timed(plain)
print({"moving": moving, "resting": resting, "other": other})
"""


def in_the_kernel(dpi: int) -> dict[str, list[float]]:
    """Milliseconds of each redraw: ours in motion and at rest, and `interact` with pyplot at `dpi`."""
    times: dict[str, list[float]] = {"moving": [], "resting": [], "other": []}
    with kernel() as running:
        running.value(f"DPI = {dpi}")
        running.value(INTERACT)
        running.value(OURS)
        for _round in range(ROUNDS):
            for side, measured in running.value(IN_THE_KERNEL).items():
                times[side] += measured
    return times


def redraws() -> Iterator[Row]:
    for dpi, words in ((200, "at our resolution"), (100, "at half our resolution")):
        times = in_the_kernel(dpi)
        name = f"interact with pyplot, {words}"
        yield compare(
            GROUP, f"slider to picture, moving ({words})", "ms", times["moving"], times["other"], name,
            target="10 times", met=lambda _ours, ratio: ratio >= 10,
        )  # fmt: skip
        if dpi == 200:
            slow = statistics.quantiles(times["moving"], n=20)[-1]
            met = slow < 33
            yield Row(GROUP, "the same, 95th percentile", "ms", slow, None, "", None, "under 33 ms", met)
            yield compare(
                GROUP, "redraw at rest (limits may change)", "ms", times["resting"], times["other"], name
            )


def in_the_browser() -> Iterator[Row]:
    ours: list[float] = []
    other: list[float] = []
    with jupyterlab() as (page, folder):
        cells = [
            "DPI = 100" + INTERACT + "ipywidgets.interact(draw, rate=(0.05, 0.15, 0.001));",
            OURS + "explorer",
        ]
        open_cells(page, folder, "keys.ipynb", cells)
        run_cells(page)
        page.wait_for_selector(".bigmodel-live img")
        # interact's own slider is the first of its cell; ours is found by its label
        handles = [page.locator(".jp-Cell-outputArea").nth(0).locator(".noUi-handle").first]
        handles.append(
            page.locator(".widget-hslider", has_text="learning rate (all)").locator(".noUi-handle").first
        )
        for _round in range(ROUNDS):
            for output, (times, handle) in enumerate(zip((other, ours), handles, strict=True)):
                for _press in range(8):
                    handle.focus()
                    page.evaluate(WATCH, output)
                    page.keyboard.press("ArrowRight")
                    times.append(page.evaluate("window.answer"))
                    page.wait_for_timeout(500)  # at rest again
        close_tab(page)
        yield compare(
            GROUP, "key press to new picture in Chromium", "ms", ours, other, "interact with pyplot",
            target="5 times, under 60 ms", met=lambda mine, ratio: ratio >= 5 and mine < 60,
        )  # fmt: skip
        first: dict[str, list[float]] = {"ours": [], "other": []}
        for turn in range(ROUNDS + 1):
            for side, before in (("ours", ""), ("other", "import tensorflow\n")):
                open_cells(page, folder, f"first-{side}-{turn}.ipynb", [before + OURS + "explorer"])
                took = page.evaluate(RUN, 0)
                close_tab(page)
                if turn:  # the first turn only warms the file cache
                    first[side].append(took / 1000)
        yield compare(
            GROUP, "cell start to first explorer drawn", "s", first["ours"], first["other"],
            "the same after import tensorflow", target="under 1.2 s", met=lambda mine, _ratio: mine < 1.2,
        )  # fmt: skip


def memory() -> Row:
    resident = (
        "print(int(next(l for l in open('/proc/self/status') if l.startswith('VmRSS')).split()[1]) / 1024)"
    )
    show = (
        OURS + "explorer.settle()\nfrom bigmodel_nb.widgets import BatchExplorer\nother = BatchExplorer()\n"
    )
    sides: dict[str, list[float]] = {"": [], "import tensorflow\n": []}
    for _round in range(ROUNDS):
        for before, sizes in sides.items():
            with kernel() as running:
                sizes.append(running.value(before + show + resident))
    return compare(
        GROUP, "resident memory with two explorers", "MB", *sides.values(), "with TensorFlow imported",
        target="under 200 MB", met=lambda mine, _ratio: mine < 200,
    )  # fmt: skip


def chapters() -> Iterator[Row]:
    folder = pathlib.Path(__file__).parent.parent / "notebooks"
    for path in sorted(folder.glob("0*.ipynb")):
        budget = BUDGETS.get(path.name[:2], 90)
        notebook = nbformat.reads(json.dumps(json.loads(path.read_text(encoding="utf-8"))), 4)
        start = time.monotonic()
        NotebookClient(
            notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": folder}}
        ).execute()
        took = time.monotonic() - start
        yield Row(
            GROUP, f"{path.stem}, restart to done", "s", took, budget, "its budget", budget / took,
            f"under {budget} s", took < budget,
        )  # fmt: skip


def measure() -> Iterator[Row]:
    """The rows of this group, one after another."""
    yield from redraws()
    yield from neural_explorers.measure()
    yield from vision_explorers.measure()
    yield from recurrence_explorer.measure()
    yield from attention_explorer.measure()
    yield from fit_explorer.measure()
    yield from sampling_explorer.measure()
    yield from in_the_browser()
    yield memory()
    yield from chapters()
