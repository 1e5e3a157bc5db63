"""The heat map of a sweep: one figure in each cell, over the values of two hyperparameters."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.sweep_labels import (
    best_place,
    goodness,
    ink_on,
    letters,
    metric_words,
    ramp,
    short,
    value_label,
    words,
)
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.language import ngettext
from bigmodel_nb.maths.arrays import array_of_numbers

HEIGHT = 380  # CSS pixels, of every picture of a sweep
SMALLEST_TYPE = 5.5  # points; in cells too narrow for it nothing is written
CROWDED = 8  # columns; with more of them figures have two digits
LETTER = 0.884  # CSS pixels of width for each point of size
BOLD = 1.15  # the same for bold type and its star
INSET = 0.035  # of a cell: the frame of what is chosen lies within that of the best
STRIP = 0.14  # of a cell's width: hatched where some of its seeds diverged


class SweepMap(Picture):
    """Draws `means` (rows, columns): a metric over the values of the knobs `across` and `down`.

    `across` and `down` are (name, values); `down` may be None, then there is one row. `deviations` and
    `diverged` (rows, columns) are the spread over seeds and the number of members that diverged; `counts`
    how many the mean is over. A cell without a mean is hatched where members diverged, and empty where none
    has begun. `chosen` is the (row, column) that is framed, None for all of them; the best (by `mode`, "min"
    or "max") has a star. The better, the further from the ground: deeper on light, brighter on dark.
    """

    def __init__(
        self,
        means: Any,
        *,
        across: tuple[str, Sequence[Any]],
        down: tuple[str, Sequence[Any]] | None = None,
        deviations: Any = None,
        counts: Any = None,
        diverged: Any = None,
        metric: str = "val_loss",
        mode: str = "min",
        chosen: tuple[int | None, int | None] | None = None,
        note: str = "",
        theme: str = "light",
    ):
        super().__init__(640, HEIGHT, theme)
        self.axes = self.panel(0.1, 0.185, 0.87, 0.715, grid=False)
        self._ramp = ramp(self.theme)
        self._laid: Any = None
        self._cells: list[list[Any]] = []
        self.update(
            means, across=across, down=down, deviations=deviations, counts=counts, diverged=diverged,
            metric=metric, mode=mode, chosen=chosen, note=note,
        )  # fmt: skip

    def update(
        self,
        means: Any,
        *,
        across: tuple[str, Sequence[Any]],
        down: tuple[str, Sequence[Any]] | None = None,
        deviations: Any = None,
        counts: Any = None,
        diverged: Any = None,
        metric: str = "val_loss",
        mode: str = "min",
        chosen: tuple[int | None, int | None] | None = None,
        note: str = "",
    ) -> None:
        """Draws other figures in place; `note` stands after the metric in the title."""
        arguments.one_of("mode", mode, ("min", "max"))
        shape = (len(down[1]) if down else 1, len(across[1]))
        means = _grid("means", means, shape)
        deviations = np.full(shape, np.nan) if deviations is None else _grid("deviations", deviations, shape)
        diverged = np.zeros(shape) if diverged is None else _grid("diverged", diverged, shape)
        counts = np.isfinite(means) * 1.0 if counts is None else _grid("counts", counts, shape)
        if chosen is not None:
            places = zip(chosen, shape, strict=True)
            chosen = tuple(  # type: ignore[assignment]
                None if place is None else arguments.whole("chosen", place, 0, most - 1)
                for place, most in places
            )
        self._lay_out(across, down, metric, note, shape)
        best = best_place(means, mode)
        digits = 3 if shape[1] <= CROWDED else 2
        second = bool(np.isfinite(deviations).any() or diverged.any())
        cells = {
            place: _said(
                float(means[place]), float(deviations[place]), int(counts[place]), int(diverged[place]),
                place == best, digits,
            )
            for place in np.ndindex(shape)
        }  # fmt: skip
        size, lines = self._type(shape, [line for said in cells.values() for line in said], second)
        for place, good in np.ndenumerate(goodness(means, mode)):
            said = "\n".join(cells[place][:lines])
            self._fill(self._cells[place[0]][place[1]], good, said, size, some=bool(diverged[place]))
        self._frame(self._best_frame, best)
        self._frame(self._chosen_frame, chosen)
        self._key.set_text("   ".join(self._keys(best is not None, chosen is not None, means, diverged)))

    # -- what stays -------------------------------------------------------------------------

    def _lay_out(self, across, down, metric: str, note: str, shape: tuple[int, int]) -> None:
        x_labels = [value_label(one) for one in across[1]]
        y_labels = [value_label(one) for one in down[1]] if down else [""]
        laid = (across[0], x_labels, down[0] if down else "", y_labels, metric, note)
        if laid == self._laid:
            return
        self._laid = laid
        self._moving.clear()
        self.axes.clear()
        rows, columns = shape
        left = 0.035 + 0.0135 * letters(y_labels) + (0.035 if down else 0)
        self.axes.set_position((left, 0.185, 0.98 - left, 0.715))
        self.axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
        room = 640 * (0.98 - left) / columns
        each = ceil((letters(x_labels) + 1) * LETTER * (FONT_POINTS - 1) / room)  # what fits side by side
        self.axes.set_xticks(range(0, columns, each), x_labels[::each])
        self.axes.set_yticks(range(rows), y_labels)
        self.axes.tick_params(length=0, colors=self.theme.ink, labelcolor=self.theme.ink, pad=4)
        for spine in self.axes.spines.values():
            spine.set_visible(False)
        self.axes.set_xlabel(words(across[0]), fontsize=FONT_POINTS, color=self.theme.ink, labelpad=3)
        if down:
            self.axes.set_ylabel(words(down[0]), fontsize=FONT_POINTS, color=self.theme.ink, labelpad=4)
        title = metric_words(metric)
        self.axes.set_title(
            title[:1].upper() + title[1:] + (f", {note}" if note else ""),
            loc="left", pad=8, fontsize=FONT_POINTS, color=self.theme.ink, x=0,
        )  # fmt: skip
        self._cells = [[self._cell(row, column) for column in range(columns)] for row in range(rows)]
        red = stroke(5, self.theme).color
        self._best_frame = self._outline(self.theme.ink, "-", 2.2)
        self._chosen_frame = self._outline(red, (0, (3, 1.6)), 2.4)
        self._key = self.moves(
            self.figure.text(
                0.98, 0.02, "", ha="right", va="bottom", fontsize=FONT_POINTS - 1, color=self.theme.muted
            )
        )
        self.redraw_all()

    def _cell(self, row: int, column: int) -> tuple:
        ground, hatched = (
            self.moves(
                self.axes.add_patch(
                    Rectangle((column - 0.5, row - 0.5), 1, 1, edgecolor=self.theme.card, linewidth=1.6)
                )
            )
            for _part in range(2)
        )
        hatched.set(facecolor="none", hatch="////", edgecolor=self.theme.muted, linewidth=0, zorder=2)
        text = self.moves(
            self.axes.text(column, row, "", ha="center", va="center", linespacing=1.15, zorder=4)
        )
        return ground, hatched, text

    def _outline(self, color: str, dash: Any, width: float) -> Rectangle:
        frame = Rectangle((0, 0), 1, 1, fill=False, edgecolor=color, linestyle=dash, linewidth=width)
        frame.set(zorder=6, clip_on=False)
        frame.set_path_effects([withStroke(linewidth=width + 1.8, foreground=self.theme.card)])
        return self.moves(self.axes.add_patch(frame))

    # -- what changes -----------------------------------------------------------------------

    def _type(self, shape: tuple[int, int], written: list[str], second: bool) -> tuple[float, int]:
        """The size of type that fits the cells, in points, and how many lines."""
        rows, columns = shape
        box = self.axes.get_position()
        width, height = box.width * self.width / columns, box.height * self.height / rows
        longest = max([5.0, *(len(line) * (BOLD if "★" in line else 1) for line in written)])
        size = min(FONT_POINTS + 0.5, 0.98 * width / longest / LETTER)
        lines = 2 if second and height > 2.6 * size * 1.39 else 1
        size = min(size, height / lines / 1.7)
        return (size, lines) if size >= SMALLEST_TYPE else (0.0, 0)

    def _fill(self, cell: tuple, good: float, said: str, size: float, some: bool) -> None:
        ground, hatched, text = cell
        known = bool(np.isfinite(good))
        color = self._ramp(good) if known else self.theme.panel
        ground.set_facecolor(color)
        ground.set_edgecolor(self.theme.card if known else self.theme.grid)
        hatched.set_visible(some)
        hatched.set_width(STRIP if known else 1)
        if some:
            hatched.set_edgecolor(ink_on(color) if known else self.theme.muted)
        text.set_text(said)
        if said:
            text.set(fontsize=size, color=ink_on(color), fontweight="bold" if "★" in said else "normal")
            if not known:  # on the hatching
                text.set_bbox({"facecolor": self.theme.panel, "edgecolor": "none", "pad": 1.5})
            else:
                text.set_bbox(None)

    def _frame(self, frame: Rectangle, place: tuple[int | None, ...] | None) -> None:
        frame.set_visible(place is not None)
        if place is None:
            return
        inset = 0.0 if frame is self._best_frame else INSET
        low = [-0.5 if at is None else at - 0.5 for at in place]
        size = [len(self._cells), len(self._cells[0])]
        size = [most if at is None else 1 for at, most in zip(place, size, strict=True)]
        frame.set_bounds(low[1] + inset, low[0] + inset, size[1] - 2 * inset, size[0] - 2 * inset)

    def _keys(self, best: bool, chosen: bool, means: np.ndarray, diverged: np.ndarray) -> list[str]:
        keys = []
        if best:
            keys.append(_("★ best"))
        if chosen:
            keys.append(_("dashed: chosen"))
        if diverged.any():
            keys.append(_("✕ hatched: diverged"))
        empty = int((~np.isfinite(means) & (diverged == 0)).sum())
        if empty:
            keys.append(
                ngettext("{n} cell without a figure yet", "{n} cells without a figure yet", empty).format(
                    n=empty
                )
            )
        return keys


def _said(mean: float, deviation: float, count: int, lost: int, best: bool, digits: int) -> list[str]:
    """The lines in a cell."""
    if not np.isfinite(mean):
        return ["✕"] if lost else []
    said = [("★ " if best else "") + short(mean, digits)]
    if lost:
        said.append(_("{n} of {all} ✕").format(n=lost, all=lost + count))
    elif np.isfinite(deviation):
        said.append("± " + short(deviation, 2))
    return said


def _grid(name: str, values: Any, shape: tuple[int, int]) -> np.ndarray:
    expected = _("an array of shape {shape}").format(shape=shape)
    array = array_of_numbers(name, values, expected, finite=False)
    if array.shape != shape:
        raise arguments.wrong_value(name, expected, values)
    return array
