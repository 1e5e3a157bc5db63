"""The picture of the next token: probabilities before and after filtering, and where the filters cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.lettering import MONO, drawable_text, shortened
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.sampling import Choice

ROWS = 10  # each has two texts to draw, which take most of the time of a picture
LETTERS = 9  # of a token's label
LIMITS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # of the bars
KEPT, CUT = 1, 5  # the looks of what stays (blue) and of the limits (vermilion)
POINTS = 160  # of the running sum, at most


class SamplingFigure(Picture):
    """Draws a `maths.sampling.Choice`; `names` are the tokens as they are shown, one for each probability.

    On the left the most probable tokens, two bars each: outlined, before filtering; filled, after it. What
    is filtered out has a hatched bar, a cross and a struck-through label. On the right the running sum of
    all probabilities by rank, with the limits `top_k` and `top_p`, if there are any.
    """

    def __init__(
        self,
        choice: Choice,
        names: Sequence[str],
        *,
        top_k: int | None = None,
        top_p: float | None = None,
        theme: str = "light",
    ):
        super().__init__(640, 400, theme)
        ink, muted = self.theme.ink, self.theme.muted
        self._color = stroke(KEPT, self.theme).color
        cut = stroke(CUT, self.theme).color
        self.bars = self.panel(0.155, 0.09, 0.27, 0.815)
        self.bars.set(ylim=(ROWS - 0.45, -0.55), yticks=[])
        self.bars.grid(False, axis="y")
        self.sums = self.panel(0.69, 0.09, 0.29, 0.815)
        self.sums.set(xlim=(0.9, 100), xscale="log", ylim=(0, 1.04), autoscale_on=False)
        self.sums.tick_params(axis="y", pad=2)
        above: dict[str, Any] = {"loc": "left", "fontsize": FONT_POINTS, "color": ink, "pad": 6}
        self.bars.set_title(_("next token: before and after filtering"), x=-0.5, **above)
        self.sums.set_title(_("running sum by rank"), **above)
        self._before = [self._bar(row, -0.38, facecolor="none", edgecolor=ink) for row in range(ROWS)]
        self._after = [self._bar(row, 0.02, facecolor=self._color, edgecolor="none") for row in range(ROWS)]
        plain: dict[str, Any] = {"fontsize": FONT_POINTS - 1, "color": ink, "parse_math": False}
        self._labels = [
            self.moves(
                self.bars.text(
                    -0.03, row, "", ha="right", va="center", family=MONO, **plain, **self._beside()
                )
            )
            for row in range(ROWS)
        ]
        self._numbers = [
            self.moves(self.bars.text(1.03, row, "", va="center", **plain, **self._beside()))
            for row in range(ROWS)
        ]
        self._region = self.moves(
            self.sums.add_patch(Rectangle((1, 0), 1, 1.04, facecolor=self._color, alpha=0.18, zorder=1))
        )
        self._sum = self.moves(self.sums.plot([], [], color=ink, linewidth=1.7, drawstyle="steps-post")[0])
        dashed: dict[str, Any] = {"color": cut, "linewidth": 1.5, "zorder": 4}
        self._k = self.moves(self.sums.plot([], [], linestyle="--", **dashed)[0])
        self._p = self.moves(self.sums.plot([], [], linestyle=":", **dashed)[0])
        words: dict[str, Any] = {"fontsize": FONT_POINTS - 1.5, "color": cut, "parse_math": False}
        self._k_word = self.moves(self.sums.text(0, 0, "", va="bottom", rotation=90, **words))
        self._p_word = self.moves(self.sums.text(0, 0, "", ha="right", va="top", **words))
        self._said = self.moves(
            self.sums.text(0.97, 0.03, "", ha="right", va="bottom", transform=self.sums.transAxes,
                           fontsize=FONT_POINTS - 1, color=ink)
        )  # fmt: skip
        self._hidden = self.moves(
            self.figure.text(0.5, 0.5, "?", fontsize=60, color=muted, ha="center", va="center", visible=False)
        )
        self._size, self._limit = 0, 0.0
        self.update(choice, names, top_k=top_k, top_p=top_p)

    def _bar(self, row: int, top: float, **style: Any) -> Rectangle:
        bar = Rectangle((0, row + top), 0, 0.36, linewidth=0.9, zorder=3, **style)
        return self.moves(self.bars.add_patch(bar))

    def _beside(self) -> dict[str, Any]:
        """Across in shares of the panel, down in rows."""
        return {"transform": self.bars.get_yaxis_transform()}

    # -- bringing it up to date -------------------------------------------------------------

    def update(
        self,
        choice: Choice,
        names: Sequence[str],
        *,
        top_k: int | None = None,
        top_p: float | None = None,
        answers: bool = True,
        rescale: bool = True,
    ) -> None:
        """Draws another choice in place. Without `answers` a question mark takes the place of everything."""
        order = np.argsort(-choice.full, kind="stable")
        self._measure(choice, order, rescale)
        self._hidden.set_visible(not answers)
        for artist in self._moving:
            if artist is not self._hidden:
                artist.set_visible(answers)
        if not answers:
            return
        for row in range(ROWS):
            self._row(row, int(order[row]) if row < len(order) else None, choice, names)
        self._running(choice, order)
        self._limits(choice, top_k, top_p)

    def _measure(self, choice: Choice, order: np.ndarray, rescale: bool) -> None:
        """Limits, which are part of what is kept. While a control moves none changes."""
        if len(order) != self._size:
            self._size = len(order)
            self.sums.set_xlim(0.9, max(1.12 * self._size, 2))
            ticks = [tick for tick in (1, 10, 100, 1000, 10_000, 100_000) if tick <= self._size]
            self.sums.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
            self.sums.set_xticks([], minor=True)
            self.redraw_all()
        largest = max(float(choice.full.max()), float(choice.probabilities.max()))
        limit = next(one for one in LIMITS if one >= min(largest, 1.0))
        if limit != self._limit and (rescale or not self._limit):
            self._limit = limit
            self.bars.set_xlim(0, limit)
            self.bars.set_xticks([0, limit / 2, limit], [_percent(part * limit) for part in (0, 0.5, 1)])
            self.redraw_all()

    def _row(self, row: int, token: int | None, choice: Choice, names: Sequence[str]) -> None:
        parts = (self._before[row], self._after[row], self._labels[row], self._numbers[row])
        for part in parts:
            part.set_visible(token is not None)
        if token is None:
            return
        before, after, label, number = parts
        full, final = float(choice.full[token]), float(choice.probabilities[token])
        stays = bool(choice.in_top_p[token])
        before.set(width=min(full, self._limit), hatch=None if stays else "/////")
        before.set_edgecolor(self.theme.ink if stays else self.theme.muted)
        after.set_width(min(final, self._limit))
        words = shortened(drawable_text(names[token]), LETTERS)
        label.set(text=words if stays else "✕ " + words, color=self.theme.ink if stays else self.theme.muted)
        number.set_text(
            _("{full} ✕ out").format(full=_percent(full)) if not stays
            else _percent(full) if abs(final - full) < 5e-5
            else f"{_percent(full)} → {_percent(final)}"
        )  # fmt: skip
        number.set_color(self.theme.ink if stays else self.theme.muted)

    def _running(self, choice: Choice, order: np.ndarray) -> None:
        sums = np.cumsum(choice.full[order])
        ranks = np.unique(np.geomspace(1, self._size, POINTS).round().astype(int))
        self._sum.set_data(ranks, np.minimum(sums[ranks - 1], 1.0))
        kept = int(choice.in_top_p.sum())
        left = self.sums.get_xlim()[0]
        self._region.set(x=left, width=kept * 1.05 - left)
        self._said.set_text(_("{kept:,} of {all:,} stay").format(kept=kept, all=self._size))

    def _limits(self, choice: Choice, top_k: int | None, top_p: float | None) -> None:
        k = None if top_k is None or top_k >= self._size else top_k
        p = None if top_p is None or top_p >= 1 else top_p
        for line, word, there in ((self._k, self._k_word, k), (self._p, self._p_word, p)):
            line.set_visible(there is not None)
            word.set_visible(there is not None)
        left, right = self.sums.get_xlim()
        if k is not None:
            self._k.set_data([k * 1.05] * 2, [0, 1.04])
            on_right = k < 0.5 * self._size**0.9
            beside = 1.05 * right**0.02 if on_right else 1.05 / right**0.02  # clear of the line
            self._k_word.set(text=f"top-k {k:,}", position=(k * beside, 0.13))
            self._k_word.set_horizontalalignment("left" if on_right else "right")
        if p is not None:
            self._p.set_data([left, right], [p, p])
            self._p_word.set(text=f"top-p {p:.3g}", position=(right * 0.97, p - 0.012))


def _percent(share: float) -> str:
    """A probability as it is read: 45 %, 4.5 %, 0.45 %, <0.01 %."""
    value = 100 * share
    if value == 0:
        return "0"
    if value < 0.01:
        return "<0.01 %"
    return f"{value:.0f} %" if value >= 9.95 else f"{value:.1f} %" if value >= 0.995 else f"{value:.2f} %"
