"""Charts of `results/latest.json`: for each group, how many times better ours is, and what was asked for."""

from __future__ import annotations

import json
import pathlib
import re
from typing import Any

from matplotlib.figure import Figure

from benchmarks.measure import RESULTS

OURS, OTHER, INK = "#0072b2", "#d55e00", "#222222"  # blue and vermilion of Okabe and Ito's palette


def draw_all(results: pathlib.Path = RESULTS) -> list[pathlib.Path]:
    """Writes one PNG for each group that has ratios, beside the results; returns the files."""
    rows = json.loads(results.read_text())
    written = []
    for group in sorted({row["group"] for row in rows}):
        compared = [row for row in rows if row["group"] == group and row["ratio"] is not None]
        if compared:
            written.append(results.parent / f"{group}.png")
            draw(group, compared).savefig(written[-1], dpi=150)
    return written


def draw(group: str, rows: list[dict[str, Any]]) -> Figure:
    """Bars of the ratios on a log scale; a tick on a bar is its target, hatching means that it was missed."""
    figure = Figure(figsize=(9, 1.3 + 0.42 * len(rows)), facecolor="white")
    axes = figure.add_axes((0.50, 0.75 / figure.get_figheight(), 0.44, 1 - 1.25 / figure.get_figheight()))
    labels: list[str] = []
    for place, row in enumerate(rows):
        labels.append(f"{row['name'] if row['name'] != 'the same' else '″'}\nagainst {row['other_name']}")
        missed = row["met"] is False
        axes.barh(
            place, row["ratio"] - 1, left=1, height=0.62, color=OTHER if missed else OURS,
            hatch="///" if missed else None, edgecolor="white",
        )  # fmt: skip
        asked = re.match(r"([\d.]+) times", row["target"])
        if asked:
            axes.plot([float(asked[1])] * 2, [place - 0.42, place + 0.42], color=INK, linewidth=2)
        axes.annotate(
            f"{row['ratio']:.2g}", (max(row["ratio"], 1), place), xytext=(5, 0),
            textcoords="offset points", va="center", fontsize=8, color=INK,
        )  # fmt: skip
    axes.axvline(1, color=INK, linewidth=0.8)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _place: f"{value:g}")
    axes.set_xlim(min(0.4, *(row["ratio"] / 1.3 for row in rows)), 1.6 * max(row["ratio"] for row in rows))
    axes.set_yticks(range(len(rows)), labels, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel("times better than the other side (line: target; hatched: missed)", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(group.replace("_", " "), loc="left", fontsize=10)
    return figure
