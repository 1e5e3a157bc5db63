"""The picture of a training that is done again and again: its curves, over those of the earlier setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.history import finite_or_gap
from bigmodel_nb.figures.legend import draw_legend
from bigmodel_nb.figures.limits import limits_for
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.figures.training import SHARES
from bigmodel_nb.language import gettext as _

TRAINING, VALIDATION = 1, 5  # blue, vermilion: each with a dash and a marker of its own
HEIGHT = 305  # CSS pixels
MARKED = 40  # epochs; with more of them, the markers would be a ribbon
DECADES = 4.0  # of a loss that are shown at most: what runs away is drawn at the upper edge
ROOM = (0.15, 0.45)  # decades below and above, for curves that come while a slider is dragged

History = Mapping[str, Sequence[float]]


class RetrainingFigure(Picture):
    """Draws the loss (left) and `metric` (right) over `epochs` epochs. `metric` is a name in the history,
    such as "accuracy"; by default the first that is not the loss.

    `update(history, earlier=..., others=...)` takes histories as `fit` writes them, "val_" before what was
    held out: that of the present run, of an earlier one to compare with (gray), and of runs with other seeds,
    which become a band from the lowest to the highest. A loss that is positive has a logarithmic axis.
    """

    def __init__(
        self,
        epochs: int,
        history: History | None = None,
        *,
        metric: str | None = None,
        earlier: History | None = None,
        others: Sequence[History] = (),
        ran_away: int | None = None,
        theme: str = "light",
    ):
        super().__init__(640, HEIGHT, theme)
        self.metric = metric
        self._shown: str | None = None  # of the metrics
        self.loss = self.panel(0.085, 0.15, 0.40, 0.685)
        self.right = self.panel(0.58, 0.15, 0.40, 0.685)
        self._logarithmic: bool | None = None
        self._heights: dict[str, tuple[float, float]] = {}
        self._named: tuple[str, ...] = ()
        self.epochs = 0
        for axes in (self.loss, self.right):
            axes.set_xlabel(_("epoch"), labelpad=2)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        self.loss.set_yticks([])
        self.right.set_yticks([])
        self._title(self.loss, _("loss"))
        self._draw_artists()
        self.reach(epochs)
        self.update(history or {}, earlier=earlier, others=others, ran_away=ran_away)

    def _title(self, axes: Any, text: str) -> None:
        axes.set_title(text, loc="left", pad=5, fontsize=FONT_POINTS, color=self.theme.ink)

    def _draw_artists(self) -> None:
        self._bands: dict[str, Any] = {}
        self._lines: dict[tuple[str, str, bool], Any] = {}  # panel, part, earlier
        for panel, axes in self._panels():
            red = stroke(VALIDATION, self.theme).color
            self._bands[panel] = self.moves(axes.fill_between([], [], [], color=red, alpha=0.22, linewidth=0))
            for earlier in (True, False):
                for part, index in (("", TRAINING), ("val_", VALIDATION)):
                    look = stroke(index, self.theme)
                    style: dict[str, Any] = {"linestyle": look.dash, "marker": look.marker}
                    style |= {"color": self.theme.muted, "alpha": 0.55} if earlier else {"color": look.color}
                    style |= {"linewidth": 1.1, "markersize": 3} if earlier else {"linewidth": 1.8}
                    style.setdefault("markersize", 4.5)
                    self._lines[panel, part, earlier] = self.moves(axes.plot([], [], **style)[0])
        box = {"facecolor": self.theme.panel, "edgecolor": "none", "pad": 2.0, "alpha": 0.85}
        place: dict[str, Any] = {
            "va": "center",
            "fontsize": FONT_POINTS,
            "color": self.theme.ink,
            "bbox": box,
        }
        self._end = self.moves(self.loss.axvline(0, color=self.theme.ink, linewidth=1.2, visible=False))
        self._end_word = self.moves(
            self.loss.text(0, 0.5, "", transform=self.loss.get_xaxis_transform(), **place)
        )
        self._word = self.moves(
            self.loss.text(0.5, 0.5, "", transform=self.loss.transAxes, ha="center", wrap=True, **place)
        )

    def _panels(self) -> list[tuple[str, Any]]:
        return [("loss", self.loss), ("metric", self.right)]

    def reach(self, epochs: int) -> None:
        """The axes are for this many epochs from now on."""
        epochs = arguments.whole("epochs", epochs, 1)
        if epochs != self.epochs:
            self.epochs = epochs
            edge = 0.03 * epochs
            for _panel, axes in self._panels():
                axes.set_xlim(min(1 - edge, 0.7), epochs + max(edge, 0.3))
            self.redraw_all()

    def say(self, word: str) -> None:
        """A word in the middle of the left picture, where there are no curves yet; "" takes it away."""
        self._word.set_text(word)

    # -- what is known by now -----------------------------------------------------------

    def update(
        self,
        history: History,
        *,
        earlier: History | None = None,
        others: Sequence[History] = (),
        ran_away: int | None = None,
        rescale: bool = True,
    ) -> None:
        """Draws the curves in place. `ran_away` is the epoch in which the loss stopped being a number;
        `rescale=False` leaves the axes as they are."""
        self._choose_metric(history)
        seen: dict[str, list[np.ndarray]] = {"loss": [], "metric": []}
        for (panel, part, old), line in self._lines.items():
            values = self._values(earlier or {} if old else history, panel, part)
            seen[panel].append(values)
            line.set_data(np.arange(1, len(values) + 1), values)
            look = stroke(VALIDATION if part else TRAINING, self.theme)
            line.set_marker(look.marker if len(values) <= MARKED else "")
        bands = {panel: self._band([history, *others], panel) if others else None for panel in self._bands}
        for panel, band in bands.items():
            seen[panel] += list(band) if band is not None else []
        self._limit(seen, rescale)
        for (panel, _part, _old), line in self._lines.items():
            if panel == "loss":  # what runs away goes along the upper edge
                line.set_ydata(np.minimum(line.get_ydata(), self.loss.get_ylim()[1]))
        for panel, band in bands.items():
            self._set_band(panel, band)
        self._draw_end(ran_away)
        self._name(bool(earlier), bool(others), any(len(values) for values in seen["loss"][1::2]))

    def _choose_metric(self, history: History) -> None:
        names = [name for name in history if name != "loss" and not name.startswith("val_")]
        shown = self.metric or next(iter(names), None)
        if shown is not None and shown != self._shown:
            self._shown = shown
            self._heights.pop("metric", None)
            self._title(self.right, shown.replace("_", " "))
            self.right.yaxis.set_major_locator(MaxNLocator(5))
            self.redraw_all()

    def _values(self, history: History, panel: str, part: str) -> np.ndarray:
        name = "loss" if panel == "loss" else self._shown
        return finite_or_gap(history.get(f"{part}{name}", ()) if name else ())

    def _band(self, histories: Sequence[History], panel: str) -> tuple[np.ndarray, np.ndarray] | None:
        """From the lowest to the highest of what was held out (of training, where nothing was)."""
        part = "val_" if len(self._values(histories[0], panel, "val_")) else ""
        rows = [self._values(one, panel, part) for one in histories]
        longest = max((len(row) for row in rows), default=0)
        if not longest:
            return None
        table = np.full((len(rows), longest), np.nan)
        for place, row in enumerate(rows):
            table[place, : len(row)] = row
        known = np.isfinite(table).any(axis=0)
        low = np.where(known, np.where(np.isfinite(table), table, np.inf).min(axis=0), np.nan)
        high = np.where(known, np.where(np.isfinite(table), table, -np.inf).max(axis=0), np.nan)
        return low, high

    def _set_band(self, panel: str, band: tuple[np.ndarray, np.ndarray] | None) -> None:
        self._bands[panel].set_visible(band is not None)
        if band is not None:
            low, high = band
            if panel == "loss":
                low, high = (np.minimum(part, self.loss.get_ylim()[1]) for part in band)
            at = np.arange(1, len(low) + 1)
            good = np.isfinite(low) & np.isfinite(high)
            outline = np.concatenate(
                [np.column_stack([at, low])[good], np.column_stack([at, high])[good][::-1]]
            )
            self._bands[panel].set_verts([outline] if len(outline) else [])

    def _limit(self, seen: dict[str, list[np.ndarray]], rescale: bool) -> None:
        losses = _finite(seen["loss"])
        if len(losses) and (rescale or "loss" not in self._heights):
            self._set_loss_limits(losses)
        values = _finite(seen["metric"])
        share = self._shown is not None and any(part in self._shown.lower() for part in SHARES)
        if share and (not len(values) or 0 <= values.min() <= values.max() <= 1):
            self._set_height("metric", (-0.03, 1.04))
        elif len(values) and (rescale or "metric" not in self._heights):
            low, high = float(values.min()), float(values.max())
            self._set_height("metric", limits_for(low, high, self._heights.get("metric")))

    def _set_loss_limits(self, losses: np.ndarray) -> None:
        low, high = float(losses.min()), float(losses.max())
        logarithmic = low > 0
        if logarithmic != self._logarithmic:
            self._logarithmic = logarithmic
            self._heights.pop("loss", None)
            self.loss.set_yscale("log" if logarithmic else "linear")
            if logarithmic:
                self.loss.yaxis.set_major_formatter(FuncFormatter(_plain))
                self.loss.yaxis.set_minor_formatter(NullFormatter())
            else:
                self.loss.yaxis.set_major_locator(MaxNLocator(5))
        present = self._heights.get("loss")
        if not logarithmic:
            self._set_height("loss", limits_for(low, high, present))
            return
        bottom = np.log10(low)
        top = min(np.log10(high), bottom + DECADES)
        if present is not None:
            was = np.log10(present)
            if was[0] <= bottom and top <= was[1] and top - bottom >= 0.4 * (was[1] - was[0]):
                return
        subs = (1, 2, 5) if top - bottom < 1.6 else (1,)
        self.loss.yaxis.set_major_locator(LogLocator(10, subs, numticks=12))
        self._set_height("loss", (float(10 ** (bottom - ROOM[0])), float(10 ** (top + ROOM[1]))))

    def _set_height(self, panel: str, wanted: tuple[float, float]) -> None:
        if self._heights.get(panel) != wanted:
            self._heights[panel] = wanted
            dict(self._panels())[panel].set_ylim(*wanted)
            self.redraw_all()

    def _draw_end(self, ran_away: int | None) -> None:
        shown = ran_away is not None
        self._end.set_visible(shown)
        self._end_word.set_visible(shown)
        if ran_away is not None:
            late = ran_away > 0.55 * self.epochs
            self._end.set_xdata([ran_away, ran_away])
            self._end_word.set(
                text=_("no longer a number"), x=ran_away + (-0.02 if late else 0.02) * self.epochs
            )
            self._end_word.set_ha("right" if late else "left")

    def _name(self, earlier: bool, band: bool, held: bool) -> None:
        """The legend, made anew only for other lines."""
        handles = [self._lines["loss", "", False]]
        labels = [_("training")]
        if held:
            handles.append(self._lines["loss", "val_", False])
            labels.append(_("validation"))
        if earlier:
            handles.append(self._lines["loss", "val_" if held else "", True])
            labels.append(_("before the last change"))
        if band:
            handles.append(self._bands["loss"])
            labels.append(_("other seeds"))
        if tuple(labels) != self._named:
            self._named = tuple(labels)
            for old in list(self.figure.legends):
                old.remove()
            for handle, label in zip(handles, labels, strict=True):
                handle.set_label(label)
            draw_legend(self.figure, handles, self.theme.ink)
            self.redraw_all()


def _finite(parts: Sequence[np.ndarray]) -> np.ndarray:
    every = np.concatenate(list(parts)) if parts else np.zeros(0)
    return every[np.isfinite(every)]


def _plain(value: float, _place: Any = None) -> str:
    """1,000 and 0.05, not 10^3 and 5 x 10^-2."""
    return f"{value:,.0f}" if 1000 <= value < 1e6 else f"{value:g}"
