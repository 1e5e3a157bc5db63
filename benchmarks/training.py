"""`fit` against Keras's `model.fit` and against PyTorch, on the same work.

Ours and Keras run in one child process, PyTorch in one of its own environment (`.venv-torch`), in turn. The
works are those of a chapter: a multilayer perceptron and small convolutional networks on images, recurrent
cells, a small GPT. Both sides shuffle, and keep the accuracy of training; where a whole run is timed, both
validate after each epoch. PyTorch's numbers are those of its eager loop.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import ROUNDS, Row, compare

GROUP = "training"
HERE = pathlib.Path(__file__).parent
TORCH = HERE.parent / ".venv-torch" / "bin" / "python"
TEXT = HERE.parent.parent / "shared" / "data" / "tinyshakespeare.txt"
SECONDS = 2.0  # in which each side is timed, once it is warm
ROUNDS = int(os.environ.get("BENCH_ROUNDS", ROUNDS))


def ours(*words: Any) -> dict[str, Any]:
    """What `benchmarks.our_side` prints for these words."""
    return _answer([sys.executable, "-m", "benchmarks.our_side", *map(str, words)])


def torch(*words: Any) -> dict[str, Any]:
    """What `torch_side.py` prints for these words; its environment is made where there is none."""
    if not TORCH.exists():
        subprocess.run([sys.executable, "-m", "venv", str(TORCH.parents[1])], check=True)
        subprocess.run([str(TORCH), "-m", "pip", "install", "--quiet", "numpy"], check=True)
        subprocess.run([str(HERE.parent / ".ci" / "install-torch"), str(TORCH)], check=True)
    return _answer([str(TORCH), str(HERE / "torch_side.py"), *map(str, words)])


def _answer(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent, env=os.environ)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def beat(*limits: float):
    """A target by the ratio: at least the first number; the second is the aim."""
    return {
        "target": f"{limits[0]} times" + (f", aim {limits[1]}" if len(limits) > 1 else ""),
        "met": lambda _mine, ratio: ratio >= limits[0],
    }


def measure() -> Iterator[Row]:
    """The rows of this group, one after another."""
    sides: dict[str, dict[str, list[float]]] = {}
    for _round in range(ROUNDS):
        for work in ("mlp", "cnn8", "cnn28", "gpt", "lstm", "gru"):
            kept = sides.setdefault(work, {})
            found = ours("work", work, SECONDS)
            if work not in ("mlp",):
                found["torch"] = torch("speed", work, SECONDS)["milliseconds"]
            for side, value in found.items():
                kept.setdefault(side, []).append(value)
    for name, work, side, other, limits in (
        ("MLP on digits, 10 epochs, warm", "mlp", "keras", "model.fit as it comes", (10, 40)),
        ("the same", "mlp", "best", "model.fit at its best settings", (3, 10)),
        ("small CNN on digits, a step", "cnn8", "keras", "model.fit as it comes", (2.5, 4)),
        ("the same", "cnn8", "best", "model.fit at its best settings", (1.5, 2)),
        ("the same", "cnn8", "torch", "PyTorch eager", (1.3, 2)),
        ("CNN on 28 x 28, batch 128, a step", "cnn28", "keras", "model.fit as it comes", (1.8, 2.5)),
        ("the same", "cnn28", "torch", "PyTorch eager", (1.5, 2)),
        ("LSTM, 128 units, 64 steps in time, a step", "lstm", "torch", "PyTorch", (0.6, 1.0)),
        ("GRU, the same", "gru", "torch", "PyTorch", (1.1, 1.5)),
        ("GPT of nanoGPT's CPU configuration, a step", "gpt", "torch", "PyTorch eager", (1.2, 1.5)),
    ):
        times = sides[work]
        yield compare(GROUP, name, "ms", times["ours"], times[side], other, **beat(*limits))
    for xla in (False, True):
        first = [ours("first", int(xla)) for _round in range(ROUNDS)]
        yield compare(
            GROUP, f"first step of a 4-layer GPT, cold{', with XLA' if xla else ''}", "s",
            [turn["ours"] for turn in first], [turn["keras"] for turn in first],
            f"model.fit{', jit_compile' if xla else ''}", **beat(1.0, 1.5),
        )  # fmt: skip
    growth = [ours("memory", 30) for _round in range(min(3, ROUNDS))]
    yield compare(
        GROUP, "memory growth of one of 30 fits of one architecture", "MB",
        [turn["ours"] for turn in growth], [turn["keras"] for turn in growth],
        "model.fit with a new model each time", target="under 1 MB", met=lambda mine, _ratio: mine < 1,
    )  # fmt: skip


def losses(seeds: int = 3, steps: int = 2000) -> Row:
    """The validation loss of the GPT on Shakespeare, ours and PyTorch's: mean over seeds."""
    mine = [ours("loss", seed, steps, TEXT)["loss"] for seed in range(seeds)]
    theirs = [torch("loss", seed, steps, TEXT)["loss"] for seed in range(seeds)]
    difference = sum(mine) / seeds - sum(theirs) / seeds
    name = f"GPT on Shakespeare, validation loss after {steps} steps, mean of {seeds} seeds"
    return Row(
        "training_loss", name, "nats",
        sum(mine) / seeds, sum(theirs) / seeds, "PyTorch eager", sum(theirs) / sum(mine),
        "within 0.02 nats; under 1.95", difference <= 0.02 and sum(mine) / seeds < 1.95,
        (min(mine), max(mine)), f"PyTorch from {min(theirs):.4f} to {max(theirs):.4f}",
    )  # fmt: skip
