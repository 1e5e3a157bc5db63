"""Which hyperparameter mattered: shares of the variance as bars, and the means behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.limits import limits_for
from bigmodel_nb.figures.sweep_labels import letters, metric_words, value_label, words
from bigmodel_nb.figures.sweep_map import HEIGHT
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.importance import Importance

MOST = 8  # bars that have room; the smallest are left out
LONGEST = 16  # letters beside a bar


class SweepImportance(Picture):
    """Draws `found` (of `maths.importance`) for `knobs`, a list of (name, values), one for each axis.

    Left: the share of the variance of `metric` that each knob explains by itself, with what knobs explain
    only together and what seeds make, hatched. Right: the mean at each value of the knob `about`, and one
    standard deviation over all other settings to each side. `found=None`: not enough is known yet.
    """

    def __init__(
        self,
        knobs: Sequence[tuple[str, Sequence[Any]]],
        found: Importance | None = None,
        *,
        about: str | None = None,
        metric: str = "val_loss",
        theme: str = "light",
    ):
        super().__init__(640, HEIGHT, theme)
        self.bars = self.panel(0.24, 0.125, 0.30, 0.785)
        self.right = self.panel(0.64, 0.125, 0.345, 0.785)
        self.update(knobs, found, about=about, metric=metric)

    def update(
        self,
        knobs: Sequence[tuple[str, Sequence[Any]]],
        found: Importance | None = None,
        *,
        about: str | None = None,
        metric: str = "val_loss",
    ) -> None:
        """Draws other shares in place."""
        names = [name for name, _values in knobs]
        if found is not None and len(found.shares) != len(names):
            expected = _("the importance of {count} knobs").format(count=len(names))
            raise arguments.wrong_value("found", expected, found.shares)
        about = names[0] if about is None else arguments.one_of("about", about, names)
        for axes in (self.bars, self.right):
            axes.clear()
            axes.grid(True, color=self.theme.grid, linewidth=0.7)
            axes.set_axisbelow(True)
        self._draw_bars(names, found)
        values = dict(knobs)[about]
        place = names.index(about)
        known = None if found is None else (found.means[place], found.deviations[place])
        self._draw_means(about, values, known, metric)
        self.redraw_all()

    def _draw_bars(self, names: list[str], found: Importance | None) -> None:
        rows: list[tuple[str, float, str]] = []
        if found is not None:
            own = sorted(
                ((words(name), float(share)) for name, share in zip(names, found.shares, strict=True)),
                key=lambda row: -row[1],
            )
            if found.chance:
                own = [row for row in own if row[0] != "seed"]
            rows = [(name, share, "") for name, share in own[: MOST - 2]]
            if len(names) > 1:
                rows.append((_("in combination"), found.together, "///"))
            if found.chance:
                rows.append((_("seed (chance)"), found.chance, "..."))
        labels = [value_label(name, LONGEST) for name, _share, _hatch in rows]
        left = 0.04 + 0.0135 * letters(labels)
        self.bars.set_position((left, 0.125, 0.555 - left, 0.785))
        self.bars.set(xlim=(0, 1.19), ylim=(max(len(rows), 3) - 0.4, -0.6))
        self.bars.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
        self.bars.set_yticks(range(len(rows)), labels)
        self.bars.tick_params(axis="y", length=0, labelcolor=self.theme.ink)
        self.bars.grid(False, axis="y")
        color = stroke(1, self.theme).color
        for row, (_name, share, hatch) in enumerate(rows):
            self.bars.barh(
                row, share, 0.62, facecolor=self.theme.panel if hatch else color, edgecolor=self.theme.muted
                if hatch else color, hatch=hatch, linewidth=1,
            )  # fmt: skip
            self.bars.text(
                share + 0.02, row, f"{share:.0%}", va="center", fontsize=FONT_POINTS, color=self.theme.ink
            )
        self._title(self.bars, _("Share of the variance"))
        if not rows:
            self._empty(self.bars)

    def _draw_means(self, about: str, values: Sequence[Any], known: Any, metric: str) -> None:
        labels = [value_label(one, 9) for one in values]
        room = 0.345 * self.width / len(labels)
        each = -(-(letters(labels) + 1) * 8 // int(room)) if room >= 1 else len(labels)
        self.right.set_xlim(-0.5, len(labels) - 0.5)
        self.right.set_xticks(range(0, len(labels), each), labels[::each])
        self.right.set_xlabel(words(about), labelpad=2, fontsize=FONT_POINTS, color=self.theme.ink)
        said = metric_words(metric)
        self._title(self.right, said[:1].upper() + said[1:] + _(", mean"))
        if known is None or not np.isfinite(known[0]).any():
            self._empty(self.right)
            return
        means, deviations = known
        there = np.flatnonzero(np.isfinite(means))
        scatter = np.nan_to_num(deviations[there])
        look = stroke(1, self.theme)
        self.right.errorbar(
            there, means[there], yerr=scatter, color=look.color, marker=look.marker, markersize=5.5,
            linewidth=1.8, elinewidth=1.2, capsize=4,
        )  # fmt: skip
        low, high = float((means[there] - scatter).min()), float((means[there] + scatter).max())
        self.right.set_ylim(*limits_for(low, high))

    def _title(self, axes: Any, text: str) -> None:
        axes.set_title(text, loc="left", pad=6, fontsize=FONT_POINTS, color=self.theme.ink)

    def _empty(self, axes: Any) -> None:
        axes.text(
            0.5, 0.5, _("nothing to compare yet"), transform=axes.transAxes, ha="center", va="center",
            fontsize=FONT_POINTS, color=self.theme.muted,
        )  # fmt: skip
        axes.set_yticks([])
