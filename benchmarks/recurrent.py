"""Recurrent layers against PyTorch, a training step each; and what the rungs of the ladder take.

The works are those of `training.py` (128 units, 64 steps in time), each side in a process of its own, in
turn. The ladder is climbed with the budgets of chapters 5 and 6 on the Python manual.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.ladder_side import SECONDS
from benchmarks.measure import Row, compare
from benchmarks.training import HERE, ROUNDS, beat, ours, torch

GROUP = "recurrent"
WARM = 2.0  # seconds in which each side is timed, once it is warm
CHAPTER_5, CHAPTER_6 = 70, 40  # seconds that all trained rungs of a chapter may take together


def measure() -> Iterator[Row]:
    """The rows of this group, one after another."""
    sides: dict[str, dict[str, list[float]]] = {"lstm": {}, "gru": {}}
    for _round in range(ROUNDS):
        for work, kept in sides.items():
            found = {**ours("work", work, WARM), "torch": torch("speed", work, WARM)["milliseconds"]}
            for side, value in found.items():
                kept.setdefault(side, []).append(value)
    for work, name, limits in (
        ("lstm", "LSTM, 128 units, 64 steps in time, a step", (0.6, 1.0)),
        ("gru", "GRU, the same", (1.1, 1.5)),
    ):
        kept = sides[work]
        yield compare(GROUP, name, "ms", kept["ours"], kept["torch"], "PyTorch", **beat(*limits))
    yield from _ladder()


def _ladder() -> Iterator[Row]:
    command = [sys.executable, "-m", "benchmarks.ladder_side"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE.parent, check=True)
    rungs = json.loads(done.stdout.strip().splitlines()[-1])
    for rung, found in rungs.items():
        note = f"{found['bits']:.3f} bits a character"
        if found["steps"]:
            note += f", {found['steps']:,} steps in {found['training']:.1f} s of training"
        yield Row(GROUP, f"ladder: {rung}", "s", found["call"], None, "", None, "", None, None, note)
    for chapter, limit, names in (
        ("5", CHAPTER_5, [rung for rung in SECONDS if rung != "Transformer"]),
        ("6", CHAPTER_6, ["Transformer"]),
    ):
        total = sum(rungs[rung]["call"] for rung in names)
        yield Row(
            GROUP, f"ladder: what chapter {chapter} trains", "s", total, None, "", None,
            f"at most {limit} s", total <= limit,
        )  # fmt: skip
