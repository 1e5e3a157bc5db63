"""`sweep` against KerasTuner's grid search, `model.fit` and our own `fit`, one model after another.

Every side runs in a process of its own and counts from its first model to its last figure, compiling and
validation included (`sweep_side`). KerasTuner is looked for where KERASTUNER says (`pip install --target
FOLDER keras-tuner tensorboard`; /tmp/kerastuner).
"""

from __future__ import annotations

import functools
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.measure import Row, compare
from benchmarks.training import beat

GROUP = "sweep"
HERE = pathlib.Path(__file__).parent
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 3))
SETTINGS = ("as it comes", "executions", "executions, no jit", "tf.data")


def seconds(side: str, work: str, members: int) -> float:
    """What `benchmarks.sweep_side` measures."""
    command = [sys.executable, "-m", "benchmarks.sweep_side", side, work, str(members)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return float(json.loads(done.stdout.strip().splitlines()[-1])["seconds"])


@functools.cache
def best_setting(work: str) -> str:
    """The setting of `model.fit` in which two models take the least, compiling included."""
    return min(SETTINGS, key=lambda name: seconds(name, work, 2))


def rounds(side: str, work: str, members: int, most: int = ROUNDS) -> list[float]:
    return [seconds(side, work, members) for _round in range(most)]


def measure() -> Iterator[Row]:
    """The rows of this group, one after another."""
    ours = rounds("ours", "mlp", 16)
    name = "16 MLPs on digits, 10 epochs"
    best = best_setting("mlp")
    by_fit = f"16 calls of model.fit ({best})"
    yield compare(GROUP, name, "s", ours, rounds("tuner", "mlp", 16), "KerasTuner's grid", **beat(10, 30))
    yield compare(GROUP, "the same", "s", ours, rounds(best, "mlp", 16), by_fit, **beat(10, 30))
    yield compare(GROUP, "the same", "s", ours, rounds("solo", "mlp", 16), "our fit, in turn", **beat(1.4))
    ours = rounds("ours", "mlp", 64)
    name = "64 MLPs with dropout, 10 epochs"
    by_fit = f"64 calls of model.fit ({best}), one round"
    yield compare(GROUP, name, "s", ours, rounds(best, "mlp", 64, 1), by_fit, **beat(10, 30))
    yield compare(GROUP, "the same", "s", ours, rounds("solo", "mlp", 64), "our fit, in turn", **beat(2))
    ours = rounds("ours", "cnn", 16)
    best = best_setting("cnn")
    by_fit = f"16 calls of model.fit ({best})"
    yield compare(GROUP, "16 CNNs on 8 x 8 digits", "s", ours, rounds(best, "cnn", 16), by_fit, **beat(4))
    yield compare(GROUP, "the same", "s", ours, rounds("solo", "cnn", 16), "our fit, in turn", **beat(1.4))
