"""What watching a run costs: the live panel and livelossplot on the same run, in a kernel.

The run is a small convolutional network on the digits, about a second to an epoch, on `fit` each time: with
nobody watching, with the panel, and with livelossplot's Keras callback, which draws after each epoch. The
seconds of each are those in its own code; the wall clock tells whether anything else got slower.

livelossplot is looked for where LIVELOSSPLOT says (`pip install --no-deps --target FOLDER livelossplot`);
BENCH_SECONDS is how long a run takes (30).
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from typing import Any

from benchmarks.kernels import kernel
from benchmarks.measure import Row, compare

GROUP = "watching"
SECONDS = float(os.environ.get("BENCH_SECONDS") or 30)
PLACE = os.environ.get("LIVELOSSPLOT") or "/tmp/livelossplot"
ROUNDS = 3
MOST = 3.0  # per cent of a run of 30 seconds

SETUP = """
import sys, time
sys.path.append({place!r})
%matplotlib inline
import keras, numpy as np
import bigmodel_nb.widgets
from bigmodel_nb.data.bundled import load_digits
from bigmodel_nb.training import fit

digits = load_digits()
x, y = (digits.x / 16).reshape(-1, 8, 8, 1).astype("float32"), digits.y

def run(steps, epochs, **how):
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((8, 8, 1)), layers.Conv2D(16, 3, activation="relu"),
        layers.Conv2D(32, 3, activation="relu"), layers.Flatten(), layers.Dense(10),
    ])
    start = time.perf_counter()
    made = fit(model, (x[:1437], y[:1437]), validation_data=(x[1437:], y[1437:]), batch_size=32,
               steps_per_epoch=steps, epochs=epochs, xla=False, **how)
    return made, time.perf_counter() - start

def other():
    from livelossplot.inputs.keras import PlotLossesCallback

    class Timed(PlotLossesCallback):
        spent = 0.0
        def timed(self, name, *args, **kwargs):
            start = time.perf_counter()
            getattr(super(), name)(*args, **kwargs)
            self.spent += time.perf_counter() - start
        def on_train_begin(self, *args, **kwargs): self.timed("on_train_begin", *args, **kwargs)
        def on_epoch_end(self, *args, **kwargs): self.timed("on_epoch_end", *args, **kwargs)
        def on_train_end(self, *args, **kwargs): self.timed("on_train_end", *args, **kwargs)
    return Timed()

try:
    other()
    trouble = ""
except ImportError as error:
    trouble = str(error)
run(45, 2)                                    # compiles; loads matplotlib
steps = max(1, int(400 / run(400, 1, watch=False)[1]))   # in a second
print(repr(trouble))
"""
NOBODY = "_, wall = run(steps, {epochs}, watch=False); print(wall)"
PANEL = """
made, wall = run(steps, {epochs})
print({{"spent": made.seconds["watching"], "wall": wall, "total": made.seconds["total"]}})
"""
OTHER = """
watcher = other()
made, wall = run(steps, {epochs}, watch=False, callbacks=[watcher])
print({{"spent": watcher.spent, "wall": wall, "total": made.seconds["total"]}})
"""


def measured(seconds: float = SECONDS, rounds: int = ROUNDS) -> tuple[dict[str, list[Any]], str]:
    """Rounds of the three runs in one kernel, in turn, and why livelossplot was left out, if it was."""
    found: dict[str, list[Any]] = {"nobody": [], "panel": [], "other": []}
    epochs = max(2, round(seconds))
    patience = 60 + 10 * seconds
    with kernel() as one:
        trouble = one.value(SETUP.format(place=PLACE), timeout=300)
        for _round in range(rounds):
            for name, code in (("nobody", NOBODY), ("panel", PANEL), ("other", OTHER)):
                if name != "other" or not trouble:
                    found[name].append(one.value(code.format(epochs=epochs), timeout=patience))
    return found, trouble


def measure() -> Iterator[Row]:
    """The rows of this group, one after another."""
    found, trouble = measured()
    note = f"livelossplot is not here: {trouble}" if trouble else f"runs of about {SECONDS:g} s"

    def shares(side: str) -> list[float]:
        return [100 * one["spent"] / one["total"] for one in found[side]]

    def slower(side: str) -> list[float]:
        bare = statistics.median(found["nobody"])
        return [100 * (one["wall"] / bare - 1) for one in found[side]]

    def met(mine: float, ratio: float) -> bool:
        return mine < MOST and (bool(trouble) or ratio > 1)

    target = f"under {MOST:g} %, and less"
    yield compare(
        GROUP, "share of a run that watching takes", "%", shares("panel"), shares("other"), "livelossplot",
        target=target, met=met, note=note,
    )  # fmt: skip
    yield compare(
        GROUP, "a watched run against an unwatched one, by the clock", "% longer", slower("panel"),
        slower("other"), "livelossplot", note=note,
    )  # fmt: skip
