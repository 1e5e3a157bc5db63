"""The explorers of chapter 2: how fast they redraw, and how many epochs a second the playground trains."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.kernels import kernel
from benchmarks.measure import ROUNDS, Row

GROUP = "explorers"
FRAMES = 60  # one epoch a frame, at 60 frames a second
PUBLISHED = "published: TensorFlow Playground, one epoch a frame"
REDRAWS = {
    "PlaygroundExplorer": ("hidden=(8,) * 6, unit='1.1', weight_from='x1', epochs=50", "explorer.weight"),
    "LossExplorer": ("twice=True", "explorer.logits[0]"),
    "BackpropExplorer": ("'softmax and cross-entropy'", "explorer.values['softmax and cross-entropy']['z1']"),
}
DRAGGED = """
import time, numpy as np
from bigmodel_nb.widgets import {kind}
explorer = {kind}({settings})
knob, times = {knob}, []
for value in np.random.default_rng(0).uniform(0.5, 3, 60).round(2):
    start = time.perf_counter()
    knob.slider.value = float(value)
    times.append(1000 * (time.perf_counter() - start))
explorer.close()
print(times[5:])
"""
# What the browser asks for: ten ticks a second, each with training and a new picture.
TICKS = """
import time
from bigmodel_nb.widgets import PlaygroundExplorer
explorer = PlaygroundExplorer({settings}pace="as fast as it goes")
def second():
    start, epochs, pictures = time.perf_counter(), explorer.experiment.epochs, 0
    while time.perf_counter() - start < 3:
        began = time.perf_counter()
        explorer._tick()
        pictures += 1
        time.sleep(max(0.1 - (time.perf_counter() - began), 0))
    took = time.perf_counter() - start
    return (explorer.experiment.epochs - epochs) / took, pictures / took
rates = [second() for _round in range(3)]
explorer.close()
print(rates)
"""
NETWORKS = {
    "4 and 2 units (its default)": ("", 5),
    "six layers of 8 units": ("hidden=(8,) * 6, ", 2),
}


def redraws() -> Iterator[Row]:
    for kind, (settings, knob) in REDRAWS.items():
        with kernel() as running:
            times = running.value(DRAGGED.format(kind=kind, settings=settings, knob=knob))
        slow = statistics.quantiles(times, n=20)[-1]
        spread = (min(times), max(times))
        name = f"{kind}: slider to picture, 95th percentile"
        yield Row(GROUP, name, "ms", slow, None, "", None, "under 50 ms", slow < 50, spread)


def epochs() -> Iterator[Row]:
    """250 points, batches of 10, a rate of 0.03: what the playground of TensorFlow begins with."""
    for network, (settings, target) in NETWORKS.items():
        rates: list[tuple[float, float]] = []
        for _round in range(max(ROUNDS // 2, 1)):
            with kernel() as running:
                rates += running.value(TICKS.format(settings=settings))
        fast = statistics.median(rate for rate, _pictures in rates)
        pictures = statistics.median(count for _rate, count in rates)
        yield Row(
            GROUP, f"playground, {network}", "epochs/s", fast, FRAMES, PUBLISHED, fast / FRAMES,
            f"{target} times", fast >= target * FRAMES, (min(rates)[0], max(rates)[0]),
            note=f"with {pictures:.1f} pictures a second",
        )  # fmt: skip


def measure() -> Iterator[Row]:
    yield from redraws()
    yield from epochs()
