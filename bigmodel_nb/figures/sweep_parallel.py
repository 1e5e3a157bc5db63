"""Parallel coordinates: each member of a sweep as a line through its settings to its result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.sweep_labels import (
    best_place,
    goodness,
    letters,
    metric_words,
    ramp,
    short,
    value_label,
    words,
)
from bigmodel_nb.figures.sweep_map import HEIGHT
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

FAN = 0.3  # of the distance between two values: how far lines through one value are spread out
BELOW = -0.16  # of the axis of results: there end members that diverged
TICKS = 12  # values that an axis has room to name


class SweepParallel(Picture):
    """Draws `figures` (one for each setting; nan where there is none) with `places` (settings, knobs).

    `knobs` is a list of (name, values), `places` says which of its values each setting has, by number.
    `diverged` (settings,) marks those that ended below the last axis, dashed; `bright` (settings,) those
    that match what was chosen, the others are faint. The best (by `mode`) is drawn thick with markers.
    """

    def __init__(
        self,
        knobs: Sequence[tuple[str, Sequence[Any]]],
        places: Any,
        figures: Any,
        *,
        diverged: Any = None,
        bright: Any = None,
        metric: str = "val_loss",
        mode: str = "min",
        theme: str = "light",
    ):
        super().__init__(640, HEIGHT, theme)
        self.axes = self.panel(0.05, 0.10, 0.86, 0.74, grid=False)
        self.update(knobs, places, figures, diverged=diverged, bright=bright, metric=metric, mode=mode)

    def update(
        self,
        knobs: Sequence[tuple[str, Sequence[Any]]],
        places: Any,
        figures: Any,
        *,
        diverged: Any = None,
        bright: Any = None,
        metric: str = "val_loss",
        mode: str = "min",
    ) -> None:
        """Draws other members in place."""
        arguments.one_of("mode", mode, ("min", "max"))
        figures = array_of_numbers("figures", figures, finite=False)
        places = np.asarray(places)
        if figures.ndim != 1 or places.shape != (len(figures), len(knobs)):
            expected = _("an array of shape {shape}").format(shape=(len(figures), len(knobs)))
            raise arguments.wrong_value("places", expected, places)
        flags = []
        for name, given in {"diverged": diverged, "bright": bright}.items():
            flag = np.full(len(figures), name == "bright") if given is None else np.asarray(given, dtype=bool)
            if flag.shape != figures.shape:
                expected = _("{count} of True or False").format(count=len(figures))
                raise arguments.wrong_value(name, expected, given)
            flags.append(flag)
        lost, shown = flags
        self.axes.clear()
        self.axes.grid(False)
        heights = self._heights(knobs, places, figures, lost, mode)
        self._draw_axes(knobs, figures, metric, mode, bool(lost.any()))
        self._draw_lines(heights, figures, lost, shown, mode)
        self.redraw_all()

    # -- where lines go ---------------------------------------------------------------------

    def _heights(self, knobs, places, figures, lost, mode: str) -> np.ndarray:
        """(settings, knobs + 1): from 0 to 1 on each axis; nan on the last one where there is no result.
        On the axis of a knob, the lines through one value lie side by side, the better above."""
        count = len(figures)
        order = np.argsort(np.argsort(_ranking(figures, mode)))  # 0 is the best
        heights = np.full((count, len(knobs) + 1), np.nan)
        for column, (_name, values) in enumerate(knobs):
            step = 1 / max(len(values) - 1, 1)
            middle = places[:, column] * step if len(values) > 1 else np.full(count, 0.5)
            spreading = min(FAN * step, 0.12)
            heights[:, column] = middle + spreading * (0.5 - order / max(count - 1, 1))
        low, high = _ends(figures)
        with np.errstate(invalid="ignore"):
            heights[:, -1] = np.clip((figures - low) / (high - low), -0.05, 1.05)
        heights[lost & ~np.isfinite(figures), -1] = BELOW
        return heights

    def _draw_axes(self, knobs, figures, metric: str, mode: str, lost: bool) -> None:
        last = len(knobs)
        said = metric_words(metric)
        names = [value_label(words(name), 16) for name, _values in knobs] + [said]
        edge = max(0.05, 0.012 + 0.0062 * len(names[0]), 0.02 + 0.0135 * letters(
            [value_label(one, 9) for one in knobs[0][1]]
        ))  # fmt: skip
        right = max(0.095, 0.012 + 0.0062 * len(said))
        self.axes.set_position((edge, 0.03, 1 - edge - right, 0.86))
        self.axes.set(xlim=(0, max(last, 1)), ylim=(BELOW - 0.05 if lost else -0.1, 1.1))
        self.axes.set_xticks([])
        self.axes.set_yticks([])
        for spine in self.axes.spines.values():
            spine.set_visible(False)
        style: dict[str, Any] = {"color": self.theme.ink, "clip_on": False}
        for column, name in enumerate(names):
            self.axes.plot([column] * 2, [-0.07, 1.07], linewidth=1.1, zorder=3, **style)
            self.axes.text(
                column, 1.12, name, ha="center", va="bottom", fontsize=FONT_POINTS, zorder=6, **style
            )
        for column, (_name, values) in enumerate(knobs):
            step = 1 / max(len(values) - 1, 1)
            each = -(-len(values) // TICKS)
            for place in range(0, len(values), each):
                height = place * step if len(values) > 1 else 0.5
                self._tick(column, height, value_label(values[place], 9), "right")
        low, high = _ends(figures)
        for number in MaxNLocator(5).tick_values(low, high) if np.isfinite(figures).any() else ():
            if low <= number <= high:
                self._tick(last, (number - low) / (high - low), short(number), "left")
        if lost:
            self._tick(last, BELOW, _("diverged"), "left")

    def _tick(self, column: int, height: float, label: str, side: str) -> None:
        away = 5 if side == "left" else -5
        self.axes.annotate(
            label, (column, height), (away, 0), textcoords="offset points", ha=side, va="center",
            fontsize=FONT_POINTS - 1, color=self.theme.ink, zorder=6, annotation_clip=False,
            bbox={"facecolor": self.theme.panel, "edgecolor": "none", "pad": 0.8, "alpha": 0.8},
        )  # fmt: skip

    def _draw_lines(self, heights, figures, lost, shown, mode: str) -> None:
        good = goodness(figures, mode)
        colors = ramp(self.theme)(0.25 + 0.75 * np.nan_to_num(good))
        colors[:, 3] = np.where(shown, 0.95, 0.13)
        x = np.arange(heights.shape[1])
        known = np.isfinite(figures)
        best = best_place(np.where(shown, figures, np.nan), mode)
        paths = [np.column_stack([x, row]) for row in heights]
        order = [place for place in np.argsort(np.nan_to_num(good, nan=-1)) if known[place]]
        self.axes.add_collection(
            LineCollection([paths[place] for place in order], colors=colors[order], linewidths=1.5, zorder=2),
            autolim=False,
        )
        red = stroke(5, self.theme).color
        for dash, members, color in (
            ((0, (4, 2)), lost & ~known, red),
            ((0, (1, 2)), ~lost & ~known, self.theme.muted),
        ):
            for place in np.flatnonzero(members):
                self.axes.plot(
                    x, heights[place], color=color, linestyle=dash, linewidth=1.2, zorder=2,
                    alpha=0.8 if shown[place] else 0.15, clip_on=False,
                )  # fmt: skip
        if best is not None:
            self.axes.plot(
                x, heights[best[0]], color=self.theme.ink, linewidth=2.4, marker="o", markersize=6, zorder=5,
                clip_on=False,
            )  # fmt: skip


def _ranking(figures: np.ndarray, mode: str) -> np.ndarray:
    """What sorts the best first; what has no result comes last."""
    last = np.inf if mode == "min" else -np.inf
    known = np.where(np.isfinite(figures), figures, last)
    return known if mode == "min" else -known


def _ends(figures: np.ndarray) -> tuple[float, float]:
    """The ends of the axis of results; a few that are far off do not press the others together."""
    known = figures[np.isfinite(figures)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    if len(known) >= 4:
        lower, middle, upper = np.quantile(known, [0.25, 0.5, 0.75])
        low, high = max(low, middle - 6 * (middle - lower)), min(high, middle + 6 * (upper - middle))
    if high <= low:
        low, high = float(known.min()), float(known.max())
    return (low, high) if high > low else (low - max(abs(low), 1.0) * 0.5, low + max(abs(low), 1.0) * 0.5)
