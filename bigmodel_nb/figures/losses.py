"""The picture of one example's loss: scores, probabilities and slopes as bars, and the loss as a curve."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.inputs import drawable
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.loss_view import REACH, LossView, curve

LOOKS = (1, 3, 5)  # blue, green, vermilion
SECOND = 4  # what is squeezed twice
HIGHEST = 8.0  # of the loss that the curve shows
HATCH = "////"


class LossFigure(Picture):
    """Draws a `maths.loss_view.LossView`; `place` is the score that the curve runs over."""

    def __init__(self, view: LossView, place: int = 0, *, theme: str = "light"):
        super().__init__(640, 400, theme)
        self._kind = ""
        self.scores = self.panel(0.065, 0.60, 0.255, 0.32)
        self.middle = self.panel(0.395, 0.60, 0.255, 0.32)
        self.slopes = self.panel(0.725, 0.60, 0.255, 0.32)
        self.curve = self.panel(0.065, 0.115, 0.915, 0.345)
        self._panels = (self.scores, self.middle, self.slopes)
        for axes in self._panels:
            axes.set(xticks=[], xlim=(-0.6, 2.6))
            axes.tick_params(labelsize=FONT_POINTS - 2)
            axes.grid(False, axis="x")
            axes.axhline(0, color=self.theme.muted, linewidth=0.8)
        self.curve.set(xlim=(-REACH, REACH), ylim=(-0.03 * HIGHEST, HIGHEST))
        self._bars = [[self._bar(axes, place) for place in range(3)] for axes in self._panels]
        self._seconds = [[self._second(axes) for _place in range(3)] for axes in self._panels]
        self._wanted = [self._frame() for _place in range(3)]
        self._numbers = [[self._number(axes) for _place in range(6)] for axes in self._panels]
        ink, other = self.theme.ink, stroke(SECOND, self.theme)
        self._line = self.moves(self.curve.plot([], [], color=ink, linewidth=1.7)[0])
        self._second_line = self.moves(
            self.curve.plot([], [], color=other.color, linestyle=other.dash, linewidth=1.7)[0]
        )
        orange = stroke(5, self.theme).color
        self._tangents = [
            self.moves(self.curve.plot([], [], color=orange, linewidth=3, alpha=0.8)[0]) for _n in "12"
        ]
        self._dots = [
            self.moves(self.curve.plot([], [], "o", color=orange, markeredgecolor=ink, markersize=8)[0])
            for _n in "12"
        ]
        self._title = self.moves(self.curve.set_title("", loc="left", pad=5, fontsize=FONT_POINTS, color=ink))
        self._aside = self.moves(
            self.curve.set_title("", loc="right", pad=5, fontsize=FONT_POINTS - 1, color=other.color)
        )
        self.update(view, place)

    # -- artists ----------------------------------------------------------------------------

    def _bar(self, axes, place: int) -> Rectangle:
        return self._box(axes, facecolor=stroke(LOOKS[place], self.theme).color, edgecolor="none")

    def _second(self, axes) -> Rectangle:
        color = stroke(SECOND, self.theme).color
        return self._box(axes, facecolor=self.theme.panel, edgecolor=color, hatch=HATCH, linewidth=1.2)

    def _frame(self) -> Rectangle:
        return self._box(
            self.middle, fill=False, edgecolor=self.theme.ink, linewidth=1.4, linestyle=(0, (2, 1.5))
        )

    def _box(self, axes, **style: Any) -> Rectangle:
        return self.moves(axes.add_patch(Rectangle((0, 0), 0.62, 0, zorder=3, **style)))

    def _number(self, axes):
        word = axes.text(0, 0, "", ha="center", va="bottom", fontsize=FONT_POINTS - 1.5, color=self.theme.ink)
        word.set_zorder(5)
        return self.moves(word)

    # -- bringing it up to date -------------------------------------------------------------

    def update(self, view: LossView, place: int = 0, *, answers: bool = True, rescale: bool = True) -> None:
        """Draws another view in place. No limit follows the scores: what is beyond them is cut off.
        Without `answers` only the scores are shown."""
        arguments.whole("place", place, 0, len(view.scores) - 1)
        self._name(view)
        second = view.second
        self._fill(0, view.scores, None)
        if view.probabilities is None:
            self._fill(1, view.errors, None)
        else:
            self._fill(1, view.probabilities, None if second is None else second.probabilities)
        for number, frame in enumerate(self._wanted):
            shown = view.probabilities is not None and number < len(view.target)
            frame.set_visible(shown)
            if shown:
                frame.set(x=number - 0.48, width=0.96, y=0, height=float(view.target[number]))
        self._fill(2, view.slopes, None if second is None else second.slopes)
        self._draw_curve(view, place)
        if not answers:
            self._hide()

    def _hide(self) -> None:
        for panel in (1, 2):
            for artist in (*self._bars[panel], *self._seconds[panel], *self._numbers[panel]):
                artist.set_visible(False)
        for artist in (*self._wanted, *self._dots, *self._tangents, self._second_line):
            artist.set_visible(False)
        self._line.set_data([], [])
        self._title.set_text("")
        self._aside.set_text("")

    def _fill(self, panel: int, values: np.ndarray, seconds: np.ndarray | None) -> None:
        low, high = self._panels[panel].get_ylim()
        numbers = self._numbers[panel]
        for place in range(3):
            bar, second = self._bars[panel][place], self._seconds[panel][place]
            there = place < len(values)
            bar.set_visible(there)
            second.set_visible(there and seconds is not None)
            for word in (numbers[place], numbers[place + 3]):
                word.set_visible(False)
            if not there:
                continue
            if seconds is None:
                self._put(bar, numbers[place], place - 0.31, 0.62, float(values[place]), low, high)
            else:
                self._put(
                    bar, numbers[place], place - 0.46, 0.45, float(values[place]), low, high, short=True
                )
                self._put(
                    second,
                    numbers[place + 3],
                    place + 0.01,
                    0.45,
                    float(seconds[place]),
                    low,
                    high,
                    short=True,
                )

    def _put(
        self, bar, word, left: float, wide: float, value: float, low: float, high: float, short: bool = False
    ) -> None:
        room = 0.13 * (high - low)
        shown = float(np.clip(value, low + room if low < 0 else low, high - room))
        bar.set(x=left, y=0, width=wide, height=shown)
        word.set_visible(True)
        words = f"{value:.2f}" if abs(value) < 1000 else f"{value:.0e}"
        word.set_text(words.replace("0.", ".") if short and abs(value) < 1 else words)
        word.set_fontsize(FONT_POINTS - (2.5 if short else 1.5))
        word.set(
            x=left + wide / 2,
            y=max(shown, 0) + 0.015 * (high - low) if value >= 0 else shown - 0.015 * (high - low),
        )
        word.set_verticalalignment("bottom" if value >= 0 else "top")

    def _name(self, view: LossView) -> None:
        """Titles and limits follow the kind of loss; they are part of what is kept."""
        if view.kind == self._kind:
            return
        self._kind = view.kind
        quantity, several = view.probabilities is None, len(view.scores) > 1
        output = _("output") if quantity else _("score z")
        titles = (
            _("scores z (logits)") if several else output,
            _("output - target") if quantity else _("softmax of z") if several else _("sigmoid of z"),
            _("slope: p - y") if "cross" in view.kind else _("slope of the loss"),
        )
        limits = (
            (-7.5, 7.5),
            (-7.5, 7.5) if quantity else (0, 1.25),
            (-7.5, 7.5) if view.kind == "squared error" else (-1.35, 1.35),
        )
        for axes, title, limit in zip(self._panels, titles, limits, strict=True):
            axes.set_title(title, loc="left", pad=5, fontsize=FONT_POINTS, color=self.theme.ink)
            axes.set(ylim=limit, xlim=(-0.6, 2.6) if several else (-1.1, 1.1))
            axes.set_xticks(range(len(view.scores)))
            axes.set_xticklabels([_("class {n}").format(n=n + 1) for n in range(3)] if several else [""])
        self.curve.set_ylim((-0.03, 1.15) if "probability" in view.kind else (-0.03 * HIGHEST, HIGHEST))
        self.redraw_all()

    def _draw_curve(self, view: LossView, place: int) -> None:
        across, losses, seconds = curve(view, place)
        self._line.set_data(across, drawable(losses))
        self._second_line.set_visible(seconds is not None)
        if seconds is not None:
            self._second_line.set_data(across, drawable(seconds))
        for one, dot, tangent in zip((view, view.second), self._dots, self._tangents, strict=True):
            dot.set_visible(one is not None)
            tangent.set_visible(one is not None)
            if one is None:
                continue
            at, slope = float(np.clip(view.scores[place], -REACH, REACH)), float(one.slopes[place])
            near = np.array([at - 1.2, at + 1.2])
            dot.set_data([at], [float(drawable(one.loss))])
            tangent.set_data(near, drawable(one.loss + slope * (near - at)))
        name = _("the score of class {n}").format(n=place + 1) if len(view.scores) > 1 else _("z")
        self._title.set_text(
            _("loss by {name}: {loss:.3f}, slope {slope:+.3f}").format(
                name=name, loss=view.loss, slope=view.slopes[place]
            )
        )
        self._aside.set_text("")
        if view.second is not None:
            self._aside.set_text(
                _("squeezed twice: {loss:.3f}, slope {slope:+.3f}").format(
                    loss=view.second.loss, slope=view.second.slopes[place]
                )
            )
