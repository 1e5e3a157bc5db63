"""The picture of a run: the loss of each step on the left, what each epoch came to on the right."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.history import finite_or_gap, summary_of
from bigmodel_nb.figures.inputs import drawable
from bigmodel_nb.figures.limits import limits_for, robust_range
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.figures.trace import Trace
from bigmodel_nb.language import gettext as _

SHARES = ("accuracy", "auc", "precision", "recall", "f1", "iou")  # metrics from 0 to 1
TRAINING, VALIDATION, RATE = 1, 5, 3  # blue, vermilion, green: each with a dash and a marker of its own
HEIGHT = 305  # CSS pixels
MARKED = 40  # epochs; with more of them, the markers would be a ribbon


class TrainingFigure(Picture):
    """Draws a run of `steps` steps, `steps_per_epoch` to an epoch, as far as it has come.

    Left: the loss of each step (the lowest and highest, where there are too many for the width), smoothed,
    and of each epoch; below it the learning rate, if `rates` is true. Right: `metric`, a name in the
    history; by default the first that is not the loss, and where there is none, the loss. The mean over an
    epoch's training stands at its middle, what was measured after it at its end. `summary` says in words
    what the picture shows.
    """

    def __init__(
        self,
        steps: int,
        steps_per_epoch: int | None = None,
        *,
        metric: str | None = None,
        rates: bool = False,
        theme: str = "light",
    ):
        super().__init__(640, HEIGHT, theme)
        self.steps = arguments.whole("steps", steps, 0)
        self.steps_per_epoch = arguments.whole("steps_per_epoch", steps_per_epoch or max(1, self.steps), 1)
        self.metric = metric
        self.summary = ""
        self._trace, self._rates = Trace(), Trace()
        bottom = 0.30 if rates else 0.15
        self.loss = self.panel(0.08, bottom, 0.485, 0.835 - bottom)
        self.right = self.panel(0.645, 0.15, 0.335, 0.685)
        self.rate = self.panel(0.08, 0.15, 0.485, 0.11) if rates else None
        self._lay_out()
        self._draw_artists()
        self._heights: dict[str, tuple[float, float]] = {}
        self._looked = 0.0  # the share of the run at which limits last could close in
        self.update()

    def _lay_out(self) -> None:
        for axes in filter(None, (self.loss, self.right, self.rate)):
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            axes.xaxis.set_major_formatter(FuncFormatter(_count))
        self.loss.yaxis.set_major_locator(MaxNLocator(5))
        self.right.set_yticks([])
        if self.rate is not None:
            self.loss.tick_params(labelbottom=False)
            self.rate.set(yticks=[], ylim=(0, 1))
            self.rate.grid(False)
        (self.rate or self.loss).set_xlabel(_("step"), labelpad=2)
        self.right.set_xlabel(_("epoch"), labelpad=2)
        self._title(self.loss, _("loss of each step"))
        self._right_title = self._title(self.right, _("after each epoch"))
        self._reach = 0
        self._set_reach(max(1, self.steps))

    def _set_reach(self, steps: int) -> None:
        """Both pictures reach to this step."""
        if steps != self._reach:
            self._reach = steps
            for axes in filter(None, (self.loss, self.rate)):
                axes.set_xlim(-0.015 * steps, 1.015 * steps)
            epochs = max(1.0, steps / self.steps_per_epoch)
            self.right.set_xlim(-0.03 * epochs, 1.03 * epochs)
            self.redraw_all()

    def _reach_far_enough(self, ended: bool) -> None:
        """All of the run, unless little of it is done or it was stopped early: long runs are begun to be
        stopped when their curves are flat."""
        done, steps = self._done, max(1, self.steps, self._done)
        if ended and done < steps / 2:
            self._set_reach(max(1, math.ceil(1.3 * done)))
        elif self._reach < done or (done and done < steps / 50 and self._reach == steps):
            self._set_reach(steps if 8 * done > steps else 4 * done)

    def _title(self, axes: Any, text: str) -> Any:
        return axes.set_title(text, loc="left", pad=5, fontsize=FONT_POINTS, color=self.theme.ink)

    def _draw_artists(self) -> None:
        blue, red, green = (stroke(index, self.theme) for index in (TRAINING, VALIDATION, RATE))
        self._steps = self.moves(
            self.loss.plot([], [], color=blue.color, alpha=0.45, linewidth=0.9, label=_("each step"))[0]
        )
        self._means = self.moves(
            self.loss.plot([], [], color=blue.color, linestyle="", marker=blue.marker, markersize=4.5)[0]
        )
        self._smooth = self.moves(
            self.loss.plot([], [], color=blue.color, linewidth=2, label=_("smoothed"))[0]
        )
        self._by_epoch = {}
        for name, look, label in (
            ("", blue, _("training, mean of the epoch")),
            ("val_", red, _("validation")),
        ):
            style: dict[str, Any] = {"color": look.color, "linestyle": look.dash, "marker": look.marker}
            style |= {"linewidth": 1.6, "markersize": 4.5, "label": label}
            self._by_epoch[name] = self.moves(self.right.plot([], [], **style)[0])
            if name:
                self._held_out = self.moves(self.loss.plot([], [], **style)[0])
        self._end = self.moves(self.loss.axvline(0, color=self.theme.ink, linewidth=1.2, visible=False))
        self._end_word = self.moves(
            self.loss.text(
                0, 0.5, "", transform=self.loss.get_xaxis_transform(), fontsize=FONT_POINTS,
                color=self.theme.ink, va="center",
                bbox={"facecolor": self.theme.panel, "edgecolor": "none", "pad": 1.5, "alpha": 0.85},
            )
        )  # fmt: skip
        if self.rate is not None:
            self._rate_line = self.moves(self.rate.plot([], [], color=green.color, linewidth=1.6)[0])
            self._rate_word = self.moves(
                self.rate.text(
                    0.985, 0.94, "", transform=self.rate.transAxes, ha="right", va="top",
                    fontsize=FONT_POINTS - 1, color=self.theme.ink,
                )
            )  # fmt: skip
        self._named = 0  # lines in the legend

    # -- what is known by now -----------------------------------------------------------

    def update(
        self,
        losses: Sequence[float] = (),
        history: Mapping[str, Sequence[float]] | None = None,
        *,
        rates: Sequence[float] = (),
        ended: str | None = None,
    ) -> None:
        """Draws what is known by now, in place.

        losses: of every step so far, where they are known; only what is new is looked at.
        history: for each quantity one number an epoch; "val_" before a name means: of the validation part.
        rates: the learning rate of every step so far.
        ended: None while the run goes on; else a word that is put at its last step.
        """
        history = history or {}
        self._trace.follow(losses)
        self._rates.follow(rates)
        epochs = max((len(values) for values in history.values()), default=0)
        self._done = max(self._trace.length, epochs * self.steps_per_epoch)
        shown = self._shown(history)
        curves = {name: finite_or_gap(history.get(f"{name}{shown}", ())) for name in ("", "val_")}
        means, held = (finite_or_gap(history.get(name, ())) for name in ("loss", "val_loss"))
        closer = self._may_close_in(ended)
        self._reach_far_enough(ended is not None)
        self._draw_steps(means, held, closer)
        self._draw_epochs(shown, curves, closer)
        self._draw_rates()
        self._draw_end(ended)
        self._name(any(name.startswith("val_") and len(values) for name, values in history.items()))
        self.summary = summary_of(self._trace, shown, history)

    def _may_close_in(self, ended: str | None) -> bool:
        """Limits close in after a third of the run or so, when it has come twice as far, and at its end."""
        share = self._done / max(1, self.steps)
        if ended is None and share < max(0.3, 2 * self._looked):
            return False
        self._looked = share
        return True

    def _shown(self, history: Mapping[str, Sequence[float]]) -> str:
        names = [name for name in history if not name.startswith("val_") and name != "loss"]
        if self.metric is not None and self.metric in history:
            return self.metric
        return next((name for name in names if name not in ("learning_rate", "lr")), "loss")

    def _draw_steps(self, means: np.ndarray, held: np.ndarray, closer: bool) -> None:
        trace, per_epoch = self._trace, self.steps_per_epoch
        if trace.size == 1:
            self._steps.set_data(trace.ends, trace.low)
        else:  # up and down within each bin, as the whole line would go at this width
            heights = np.stack([trace.low, trace.high], axis=1).reshape(-1)
            self._steps.set_data(np.repeat(trace.ends, 2), heights)
        self._steps.set_marker("o" if len(trace.ends) == 1 else "")
        self._smooth.set_data(trace.ends, trace.smoothed())
        self._means.set_data((np.arange(len(means)) + 0.5) * per_epoch, means)
        self._means.set_visible(len(means) <= MARKED)
        self._held_out.set_data(np.arange(1, len(held) + 1) * per_epoch, held)
        self._held_out.set_marker(stroke(VALIDATION, self.theme).marker if len(held) <= MARKED else "")
        seen = robust_range(np.concatenate([trace.high, means]), held)
        if seen is not None:
            low = float(np.nanmin(trace.low, initial=seen[0]))
            self._fit_height(self.loss, "loss", low, seen[1], closer)

    def _draw_epochs(self, shown: str, curves: dict[str, np.ndarray], closer: bool) -> None:
        for name, values in curves.items():
            line = self._by_epoch[name]
            line.set_data(np.arange(1, len(values) + 1) - (0 if name else 0.5), values)
            look = stroke(VALIDATION if name else TRAINING, self.theme)
            line.set_marker(look.marker if len(values) <= MARKED else "")
        every = np.concatenate(list(curves.values()))
        every = every[np.isfinite(every)]
        if not len(every):
            return
        title = _("{metric} by epoch").format(metric=shown.replace("_", " "))
        if self._right_title.get_text() != title:
            self._right_title.set_text(title)
            self.right.yaxis.set_major_locator(MaxNLocator(5))
            self.redraw_all()
        if _is_share(shown) and 0 <= every.min() <= every.max() <= 1:
            self._set_height(self.right, "right", (-0.03, 1.04))
        else:
            self._fit_height(self.right, "right", float(every.min()), float(every.max()), closer)

    def _draw_rates(self) -> None:
        if self.rate is None or not self._rates.length:
            return
        mean = self._rates.mean
        top = max(float(np.nanmax(np.abs(mean), initial=0.0)), 1e-30)
        self._rate_line.set_data(self._rates.ends, 0.06 + 0.46 * mean / top)
        self._rate_word.set_text(_("learning rate {rate}").format(rate=f"{self._rates.last:.3g}"))

    def _draw_end(self, ended: str | None) -> None:
        """A line and a word, where a run ended before its last step."""
        last = self._done
        early = ended is not None and last < self.steps
        self._end.set_visible(early)
        self._end_word.set_visible(early)
        if early:
            late = last > 0.6 * self._reach
            self._end.set_xdata([last, last])
            self._end_word.set(text=ended, x=last + (-0.012 if late else 0.012) * self._reach)
            self._end_word.set_ha("right" if late else "left")

    def _fit_height(self, axes: Any, name: str, low: float, high: float, closer: bool) -> None:
        low, high = (float(value) for value in drawable([low, high]))
        present = self._heights.get(name)
        if present is None and low >= 0:
            low = 0.0  # where it is going is not known yet
        self._set_height(axes, name, limits_for(low, high, present, closer=closer))

    def _set_height(self, axes: Any, name: str, wanted: tuple[float, float]) -> None:
        if self._heights.get(name) != wanted:
            self._heights[name] = wanted
            axes.set_ylim(*wanted)
            self.redraw_all()

    def _name(self, held: bool) -> None:
        """One row above both pictures, where nothing is drawn; made anew only for other lines."""
        lines = [self._steps, self._smooth, self._by_epoch[""]]
        lines += [self._by_epoch["val_"]] if held else []
        if len(lines) == self._named:
            return
        self._named = len(lines)
        for old in list(self.figure.legends):
            old.remove()
        self.figure.legend(
            handles=lines, loc="upper left", bbox_to_anchor=(0.075, 1.0), ncols=4, frameon=False,
            borderaxespad=0.25, fontsize=FONT_POINTS - 1, labelcolor=self.theme.ink, handlelength=2.2,
            columnspacing=1.6,
        )  # fmt: skip
        self.redraw_all()


def _count(value: float, _place: Any = None) -> str:
    return f"{value / 1e6:,g}M" if abs(value) >= 1e6 else f"{value:,.0f}"


def _is_share(metric: str) -> bool:
    return any(part in metric.lower() for part in SHARES)
