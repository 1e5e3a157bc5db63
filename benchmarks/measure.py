"""Rows of results, the table they are printed as and the file they are kept in."""

from __future__ import annotations

import json
import os
import pathlib
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

RESULTS = pathlib.Path(__file__).parent / "results" / "latest.json"
ROUNDS = 5


@dataclass
class Row:
    """One comparison. `ratio` above 1 means that ours is better; `target` says what was asked for.

    `ours` and `other` are medians over the rounds, `spread` the lowest and highest of ours. Where the
    other side was measured by somebody else, `other_name` begins with "published".
    """

    group: str
    name: str
    unit: str
    ours: float
    other: float | None
    other_name: str
    ratio: float | None
    target: str
    met: bool | None
    spread: tuple[float, float] | None = None
    note: str = ""


def compare(
    group: str,
    name: str,
    unit: str,
    ours: Sequence[float],
    other: Sequence[float],
    other_name: str,
    *,
    target: str = "",
    met: Callable[[float, float], bool] | None = None,
    note: str = "",
) -> Row:
    """A row from the rounds of both sides; less is better. `met(ours, ratio)` judges the target."""
    mine = statistics.median(ours)
    theirs = statistics.median(other) if other else None
    ratio = theirs / mine if theirs is not None and mine else None
    judged = None if met is None else bool(met(mine, ratio if ratio is not None else float("nan")))
    return Row(
        group, name, unit, mine, theirs, other_name, ratio, target, judged, (min(ours), max(ours)), note
    )


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text."""
    head = ("", "ours", "(low to high)", "other", "ratio", "target", "")
    lines = [head]
    for row in rows:
        spread = "" if row.spread is None else f"({row.spread[0]:.4g} to {row.spread[1]:.4g})"
        other = "" if row.other is None else f"{row.other:.4g} {row.unit}, {row.other_name}"
        verdict = {True: "met", False: "MISSED", None: ""}[row.met]
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append((row.name, f"{row.ours:.4g} {row.unit}", spread, other, ratio, row.target, verdict))
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def machine() -> str:
    """One line about the machine at hand."""
    python = platform.python_version()
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {python}"


def keep(rows: Sequence[Row], path: pathlib.Path = RESULTS) -> None:
    """Writes the rows as JSON; rows of groups that were not measured this time stay."""
    groups = {row.group for row in rows}
    old = json.loads(path.read_text()) if path.exists() else []
    kept = [entry for entry in old if entry["group"] not in groups]
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(kept + [asdict(row) for row in rows], indent=1) + "\n")
