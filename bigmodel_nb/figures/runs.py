"""Several runs in one picture: the loss on the left, a metric on the right, by epochs.

    picture = RunsFigure(epochs=10)
    picture.update([Curves("run 1", look=1, losses=losses, steps_per_epoch=40, history=history)])

Every run has a color and a dash of its own. Of each, the thin line is training, the bold one with markers
is what was measured on the validation part after each epoch. Where a knob was turned while a run went on,
a triangle stands on its training curve, and for the run in front a word.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.history import finite_or_gap
from bigmodel_nb.figures.legend import draw_legend
from bigmodel_nb.figures.limits import limits_for, robust_range
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.figures.trace import Trace
from bigmodel_nb.language import gettext as _

HEIGHT = 330  # CSS pixels
MOST = 7  # runs: there are so many looks
WORDS = 3  # changes of the run in front that are named in the picture; all of them are marked
MARKED = 30  # epochs; with more of them, markers would be a ribbon
SHARES = ("accuracy", "auc", "precision", "recall", "f1", "iou")


@dataclass
class Curves:
    """What is drawn of a run. `look` is the number of its color and dash (`theme.stroke`).

    losses: of each step, may be empty; history: of each epoch, by name, "val_" before what was validated.
    changes: (step, words) where a knob was turned. `front` puts it above the others.
    """

    name: str
    look: int = 0
    losses: Sequence[float] = ()
    steps_per_epoch: int = 1
    history: Mapping[str, Sequence[float]] = field(default_factory=dict)
    changes: Sequence[tuple[int, str]] = ()
    front: bool = False


class RunsFigure(Picture):
    """Draws up to seven runs, as far as they have come. `metric` is what stands on the right: a name in the
    histories; default: the first that is not the loss."""

    def __init__(self, epochs: int = 10, *, metric: str | None = None, theme: str = "light"):
        super().__init__(640, HEIGHT, theme)
        self.metric = metric
        self.loss = self.panel(0.075, 0.135, 0.41, 0.675)
        self.right = self.panel(0.575, 0.135, 0.41, 0.675)
        for axes in (self.loss, self.right):
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            axes.yaxis.set_major_locator(MaxNLocator(5))
            axes.set_xlabel(_("epoch"), labelpad=1)
        self._titles = {axes: self._title(axes, "") for axes in (self.loss, self.right)}
        self._lines = [self._artists() for _place in range(MOST)]
        self._words = [self._word() for _place in range(WORDS)]
        self._stems = self.moves(
            self.loss.plot(
                [], [], color=self.theme.muted, linewidth=1.0, linestyle=(0, (1, 2)),
                transform=self.loss.get_xaxis_transform(),
            )[0]
        )  # fmt: skip
        self._traces: dict[int, tuple[Any, Trace]] = {}
        self._named: list[tuple[str, int]] = []
        self._heights: dict[Any, tuple[float, float]] = {}
        self._epochs = 0.0
        self.update([], epochs=epochs)

    def _title(self, axes: Any, text: str) -> Any:
        return axes.set_title(text, loc="left", pad=5, fontsize=FONT_POINTS, color=self.theme.ink)

    def _artists(self) -> dict[str, Any]:
        """The lines of a run: thin and bold in both panels, and the triangles."""
        made = {}
        for side, axes in (("loss", self.loss), ("right", self.right)):
            made[side] = self.moves(axes.plot([], [], linewidth=1.1, alpha=0.75)[0])
            made[f"val_{side}"] = self.moves(axes.plot([], [], linewidth=2.0, markersize=4.2)[0])
        made["turned"] = self.moves(
            self.loss.plot([], [], linestyle="", marker="v", markersize=8, markeredgewidth=1.1)[0]
        )
        return made

    def _word(self) -> Any:
        return self.moves(
            self.loss.text(
                0, 0, "", fontsize=FONT_POINTS - 1.5, color=self.theme.ink, va="top", visible=False,
                transform=self.loss.get_xaxis_transform(), parse_math=False,
                bbox={"facecolor": self.theme.panel, "edgecolor": "none", "pad": 1.0, "alpha": 0.8},
            )
        )  # fmt: skip

    # -- what is known by now -----------------------------------------------------------

    def update(self, runs: Sequence[Curves], *, epochs: float | None = None, rescale: bool = True) -> None:
        """Draws `runs` (at most seven) in place. `epochs` is how far both panels reach at least; limits close
        in on what is drawn only with `rescale`."""
        expected = _("a list of at most {most} of Curves").format(most=MOST)
        if not isinstance(runs, Sequence) or not all(isinstance(run, Curves) for run in runs):
            raise arguments.wrong_type("runs", expected, runs)
        if len(runs) > MOST:
            raise arguments.wrong_value("runs", expected, f"{len(runs)}")
        shown = self._shown(runs)
        self._set_reach(runs, epochs)
        heights: dict[Any, list[np.ndarray]] = {self.loss: [], self.right: []}
        for place, artists in enumerate(self._lines):
            self._draw(place, artists, runs[place] if place < len(runs) else None, shown, heights)
        self._say(next((run for run in runs if run.front), None))
        self._fit(heights, shown, rescale)
        self._set_title(self.loss, _("loss (thin: training, bold: validation)"))
        self._set_title(self.right, shown.replace("_", " ") if shown != "loss" else _("no metric yet"))
        names = [(run.name, run.look) for run in runs]
        if names != self._named:
            self._name(runs)
            self._named = names

    def _shown(self, runs: Sequence[Curves]) -> str:
        names = [name for run in runs for name in run.history if not name.startswith("val_")]
        if self.metric in names:
            return str(self.metric)
        return next((name for name in names if name not in ("loss", "learning_rate")), "loss")

    def _set_reach(self, runs: Sequence[Curves], epochs: float | None) -> None:
        done = [len(run.losses) / run.steps_per_epoch for run in runs]
        done += [len(values) for run in runs for values in run.history.values()]
        reach = _reach(max([0.0, *done]), float(epochs or 1), self._epochs)
        if reach != self._epochs:
            self._epochs = reach
            for axes in (self.loss, self.right):
                axes.set_xlim(-0.02 * reach, 1.03 * reach)
            self.redraw_all()

    def _draw(
        self, place: int, artists: dict[str, Any], run: Curves | None, shown: str, heights: Any
    ) -> None:
        for line in artists.values():
            line.set_visible(run is not None)
        if run is None:
            self._traces.pop(place, None)
            return
        look = stroke(run.look, self.theme)
        x, losses = self._training(place, run)
        self._put(artists["loss"], x, losses, look, "")
        after = finite_or_gap(run.history.get(shown, ())) if shown != "loss" else np.zeros(0)
        self._put(artists["right"], np.arange(len(after)) + 0.5, after, look, "")
        held = {"val_loss": finite_or_gap(run.history.get("val_loss", ()))}
        held["val_right"] = (
            finite_or_gap(run.history.get(f"val_{shown}", ())) if shown != "loss" else np.zeros(0)
        )
        for name, values in held.items():
            marker = look.marker if len(values) <= MARKED else ""
            self._put(artists[name], np.arange(1, len(values) + 1), values, look, marker)
        heights[self.loss] += [losses, held["val_loss"]]
        heights[self.right] += [after, held["val_right"]]
        steps = np.array([step for step, _words in run.changes], float) / run.steps_per_epoch
        known = x[np.isfinite(losses)] if len(x) else x
        at = np.interp(steps, known, losses[np.isfinite(losses)]) if len(known) else np.zeros(len(steps))
        artists["turned"].set_data(steps, at)
        artists["turned"].set(markerfacecolor=look.color, markeredgecolor=self.theme.panel)
        for name, line in artists.items():
            line.set_zorder((4 if run.front else 2) + (0.5 if name == "turned" else 0))

    def _training(self, place: int, run: Curves) -> tuple[np.ndarray, np.ndarray]:
        """The smoothed losses of steps, where they are known; else the means of epochs."""
        if not len(run.losses):
            values = finite_or_gap(run.history.get("loss", ()))
            return np.arange(len(values)) + 0.5, values
        owner, trace = self._traces.get(place, (None, None))
        if owner is not run.losses or trace is None:
            trace = Trace()
            self._traces[place] = (run.losses, trace)
        trace.follow(run.losses)
        return (trace.ends - trace.size / 2) / run.steps_per_epoch, trace.smoothed()

    def _put(self, line: Any, x: np.ndarray, y: np.ndarray, look: Any, marker: str) -> None:
        line.set_data(x, y)
        line.set(color=look.color, linestyle=look.dash, marker=marker)

    def _say(self, run: Curves | None) -> None:
        """The latest changes of the run in front, in words."""
        told = list(run.changes)[-WORDS:] if run is not None else []
        ends = [step / run.steps_per_epoch for step, _words in told] if run is not None else []
        self._stems.set_data(
            [x for end in ends for x in (end, end, math.nan)], [0.0, 1.0, math.nan] * len(ends)
        )
        for place, word in enumerate(self._words):
            word.set_visible(place < len(told))
            if place < len(told) and run is not None:
                x = told[place][0] / run.steps_per_epoch
                late = x > 0.6 * self._epochs
                side = -0.012 if late else 0.012
                word.set(x=x + side * self._epochs, y=0.975 - 0.085 * place, text=told[place][1])
                word.set_ha("right" if late else "left")

    def _fit(self, heights: dict[Any, list[np.ndarray]], shown: str, rescale: bool) -> None:
        for axes, parts in heights.items():
            every = np.concatenate([np.zeros(0), *parts])
            seen = robust_range(every)
            if seen is None:
                wanted = (0.0, 1.0)
            elif axes is self.right and any(part in shown for part in SHARES) and seen[1] <= 1:
                wanted = _share_limits(seen[0], self._heights.get(axes), rescale)
            else:
                wanted = limits_for(*seen, self._heights.get(axes), closer=rescale)
            if self._heights.get(axes) != wanted:
                self._heights[axes] = wanted
                axes.set_ylim(*wanted)
                self.redraw_all()

    def _set_title(self, axes: Any, text: str) -> None:
        if self._titles[axes].get_text() != text:
            self._titles[axes].set_text(text)
            self.redraw_all()

    def _name(self, runs: Sequence[Curves]) -> None:
        for old in list(self.figure.legends):
            old.remove()
        if runs:
            handles = [self._lines[place]["val_loss"] for place in range(len(runs))]
            for handle, run in zip(handles, runs, strict=True):
                handle.set_label(run.name)
            draw_legend(self.figure, handles, self.theme.ink)
        self.redraw_all()


def _reach(done: float, planned: float, present: float) -> float:
    """How far the panels reach: all that is planned, unless little of it is done. Long runs are begun to be
    stopped when their curves are flat."""
    if done == 0 or done > planned / 6:
        return max(1.0, planned, done)
    if done <= 0.8 * present and present < planned:
        return present  # it grows in a few jumps, since with each all is drawn anew
    return min(max(5.0, 4.0 * done), max(planned, done))


def _share_limits(low: float, present: tuple[float, float] | None, rescale: bool) -> tuple[float, float]:
    """For what is at most 1: from 0, or from a half or 0.8 where nothing drawn is below."""
    floor = max(floor for floor in (0.0, 0.5, 0.8) if floor <= max(low, 0.0))
    wanted = (floor - 0.03 * (1 - floor), 1 + 0.03 * (1 - floor))
    if present is not None and not rescale and present[0] <= wanted[0]:
        return present
    return wanted
