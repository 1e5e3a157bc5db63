"""The curves of a sweep: a metric in training and in validation, by epoch, with the spread over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.history import finite_or_gap
from bigmodel_nb.figures.legend import draw_legend
from bigmodel_nb.figures.limits import limits_for, robust_range
from bigmodel_nb.figures.sweep_labels import metric_words, value_label
from bigmodel_nb.figures.sweep_map import HEIGHT
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.importance import spread

MOST = 6  # settings with a look of their own
LOOKS = (1, 5, 3, 4, 6, 2)  # of the looks of `theme`; ink is for what stands out
LONGEST = 26  # letters that say what the lines differ in
BARS = 8  # error bars on a curve
CAP = 0.008  # of the width: half a cap of an error bar


@dataclass(frozen=True)
class SweepCurve:
    """One setting: for each of its seeds the metric after each epoch, in training and in validation."""

    label: str
    training: Sequence[Sequence[float]] = ()
    validation: Sequence[Sequence[float]] = ()


class SweepCurves(Picture):
    """Draws `curves` (at most 6 of `SweepCurve`) of `metric` ("loss", "accuracy"), over `epochs` epochs.

    A line is the mean over seeds and its bars one standard deviation to each side; thin lines are the seeds
    themselves, where only one setting is shown. A seed that diverged ends where it did. `by` says what the
    labels name ("learning rate, dropout").
    """

    def __init__(
        self,
        epochs: int,
        curves: Sequence[SweepCurve] = (),
        *,
        metric: str = "loss",
        by: str = "",
        theme: str = "light",
    ):
        super().__init__(640, HEIGHT, theme)
        self.epochs = arguments.whole("epochs", epochs, 1)
        self.left = self.panel(0.085, 0.125, 0.405, 0.695)
        self.right = self.panel(0.575, 0.125, 0.405, 0.695)
        self._lines: dict[Any, list[tuple]] = {}
        for axes in (self.left, self.right):
            axes.set_xlabel(_("epoch"), labelpad=2)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            self._lines[axes] = [self._line(axes, look) for look in LOOKS]
        self._legend: Any = None
        self._legend_of: list[str] | None = None
        self._metric = self._by = ""
        self._heights: tuple[float, float] | None = None
        self._reach = 0
        self.update(curves, metric=metric, by=by)

    def _line(self, axes: Any, look: int) -> tuple:
        style = stroke(look, self.theme)
        mean = axes.plot(
            [],
            [],
            color=style.color,
            linestyle=style.dash,
            marker=style.marker,
            linewidth=1.9,
            markersize=4.5,
        )[0]
        bars, seeds = (
            LineCollection([], colors=[style.color], linewidths=width, alpha=alpha)
            for width, alpha in ((1.3, 0.9), (0.9, 0.55))
        )
        for part in (bars, seeds):
            axes.add_collection(part, autolim=False)
        return tuple(self.moves(part) for part in (mean, bars, seeds))

    def update(
        self,
        curves: Sequence[SweepCurve],
        *,
        metric: str = "loss",
        by: str = "",
        epochs: int | None = None,
        rescale: bool = True,
    ) -> None:
        """Draws other curves in place. `rescale=False` keeps the limits while they will do."""
        expected = _("a list of at most {most} of SweepCurve").format(most=MOST)
        if not isinstance(curves, Sequence) or not all(isinstance(one, SweepCurve) for one in curves):
            raise arguments.wrong_type("curves", expected, curves)
        if len(curves) > MOST:
            raise arguments.wrong_value("curves", expected, f"{len(curves)}")
        if epochs is not None:
            self.epochs = arguments.whole("epochs", epochs, 1)
        sides = [
            (self.left, [_table(curve.training) for curve in curves]),
            (self.right, [_table(curve.validation) for curve in curves]),
        ]
        self._name(curves, metric, by)
        self._scale([table for _axes, tables in sides for table in tables], rescale)
        for axes, tables in sides:
            for place, (mean, bars, seeds) in enumerate(self._lines[axes]):
                table = tables[place] if place < len(tables) else np.zeros((0, 0))
                self._draw(mean, bars, seeds, table, place - (len(tables) - 1) / 2, alone=len(curves) == 1)

    def _draw(self, mean: Any, bars: Any, seeds: Any, table: np.ndarray, shift: float, alone: bool) -> None:
        runs, epochs = table.shape
        x = np.arange(1, epochs + 1)
        middle, deviation, _counts = spread(table, (0,)) if runs else (np.zeros(0),) * 3
        mean.set_data(x, middle)
        mean.set_markevery(max(1, epochs // 10))
        there = np.flatnonzero(np.isfinite(deviation))
        there = there[:: max(1, -(-len(there) // BARS))]
        cap = CAP * (self.epochs + 1)
        segments = []
        for place in there:
            at = x[place] + (1.4 * cap * shift)  # bars of several settings stand side by side
            low, high = middle[place] - deviation[place], middle[place] + deviation[place]
            segments += [[(at, low), (at, high)]]
            segments += [[(at - cap, end), (at + cap, end)] for end in (low, high)]
        bars.set_segments(segments)
        seeds.set_segments([np.column_stack([x, row]) for row in table] if alone and runs > 1 else [])

    # -- what stays while nothing new comes -------------------------------------------------

    def _name(self, curves: Sequence[SweepCurve], metric: str, by: str) -> None:
        labels = [curve.label for curve in curves]
        if metric != self._metric:
            self._metric = metric
            self._heights = None
            for axes, name in ((self.left, metric), (self.right, f"val_{metric}")):
                said = metric_words(name)
                axes.set_title(
                    said[:1].upper() + said[1:], loc="left", pad=6, fontsize=FONT_POINTS,
                    color=self.theme.ink,
                )  # fmt: skip
            self.redraw_all()
        if by != self._by:
            self._by = by
            told = _("by {knobs}").format(knobs=by) if by else ""
            self.left.set_title(
                value_label(told, LONGEST), loc="right", pad=6, fontsize=FONT_POINTS - 1,
                color=self.theme.muted,
            )  # fmt: skip
            self.redraw_all()
        if labels != self._legend_of:
            self._legend_of = labels
            if self._legend is not None:
                self._legend.remove()
                self._legend = None
            if labels:
                handles = []
                for (line, _bars, _seeds), label in zip(self._lines[self.left], labels, strict=False):
                    line.set_label(label)
                    handles.append(line)
                self._legend = draw_legend(self.figure, handles, self.theme.ink)
            self.redraw_all()

    def _scale(self, tables: Sequence[np.ndarray], rescale: bool) -> None:
        known = np.concatenate([np.zeros(0), *(table.reshape(-1) for table in tables)])
        found = robust_range(known)
        present = None if rescale else self._heights
        heights = limits_for(*found, present, closer=rescale) if found else (0.0, 1.0)
        if heights != self._heights or self._reach != self.epochs:
            self._heights, self._reach = heights, self.epochs
            for axes in (self.left, self.right):  # of one scale: the gap between them is what was not learned
                axes.set_ylim(*heights)
                axes.set_xlim(1 - 0.04 * self.epochs, self.epochs * 1.04)
            self.redraw_all()


def _table(runs: Sequence[Sequence[float]]) -> np.ndarray:
    """The curves of seeds as (seeds, epochs), with gaps where a run ended earlier or was no number."""
    epochs = max((len(run) for run in runs), default=0)
    table = np.full((len(runs), epochs), np.nan)
    for row, run in zip(table, runs, strict=True):
        row[: len(run)] = finite_or_gap(run)
    return table
