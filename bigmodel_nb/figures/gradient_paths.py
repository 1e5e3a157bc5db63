"""The picture of gradients through time: how much of a slope comes back to each step, on a log scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.legend import Legend
from matplotlib.ticker import FixedLocator, FuncFormatter

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.legend import draw_legend
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.gradient_paths import GradientPath

LOOKS = {"simple": 5, "lstm": 1, "gru": 3}
LOWEST, HIGHEST = -16, 16  # powers of ten that can be shown; what is beyond lies on the edge
BLOCK = 4  # limits move by so many powers of ten at once


class GradientFigure(Picture):
    """Draws `maths.gradient_paths.GradientPath` by kind of cell; of a clipped one also, faintly, what it was.

    `position` is the step that is read off; `first` the number of the first step.
    """

    def __init__(
        self,
        paths: Mapping[str, GradientPath],
        *,
        position: int | None = None,
        first: int = 0,
        theme: str = "light",
    ):
        super().__init__(640, 400, theme)
        self.axes = self.panel(0.105, 0.125, 0.875, 0.70)
        self.axes.set_xlabel(_("step (the loss looks at the last one)"))
        self._limits, self._span = (0, 0), (-1, -1)
        self._legend: Legend | None = None
        self._shown: tuple[str, ...] = ()
        self._lines, self._before = {}, {}
        for cell, number in LOOKS.items():
            one = stroke(number, self.theme)
            look: dict[str, Any] = {"color": one.color, "linestyle": one.dash}
            self._lines[cell] = self.moves(
                self.axes.plot(
                    [], [], marker=one.marker, markersize=5, linewidth=1.9, label=cell_name(cell), **look
                )[0]
            )
            self._before[cell] = self.moves(self.axes.plot([], [], linewidth=1.0, alpha=0.45, **look)[0])
        self._now = self.moves(self.axes.axvline(0, color=self.theme.muted, linewidth=1.2))
        self._title = self.figure.text(
            0.105, 0.865, _("length of dL/d(state) at each step"), va="center",
            fontsize=FONT_POINTS, color=self.theme.ink,
        )  # fmt: skip
        self._aside = self.moves(
            self.figure.text(
                0.98, 0.865, "", ha="right", va="center", fontsize=FONT_POINTS - 1, color=self.theme.muted
            )
        )
        self.update(paths, position=position, first=first)

    def update(
        self,
        paths: Mapping[str, GradientPath],
        *,
        position: int | None = None,
        first: int = 0,
        answers: bool = True,
        rescale: bool = True,
    ) -> None:
        """Draws other paths in place; limits follow them only with `rescale`. Without `answers` no line is
        shown."""
        arguments.some_of("paths", list(paths), LOOKS)
        steps = len(next(iter(paths.values())).norms)
        position = steps - 1 if position is None else arguments.whole("position", position, 0, steps - 1)
        clipped = [cell for cell, path in paths.items() if path.factor < 1]
        for cell, line in self._lines.items():
            path = paths.get(cell)
            line.set_visible(path is not None and answers)
            self._before[cell].set_visible(cell in clipped and answers)
            if path is not None:
                line.set_data(np.arange(steps), _shown(path.norms))
                line.set_markevery(max(1, steps // 12))
                self._before[cell].set_data(np.arange(steps), _shown(path.unclipped))
        self._now.set_xdata([position, position])
        self._aside.set_text(_("faint: before clipping") if clipped and answers else "")
        self._name(tuple(paths), (first, steps))
        if rescale and answers:
            self._rescale(paths)

    def _name(self, cells: tuple[str, ...], span: tuple[int, int]) -> None:
        if cells != self._shown:
            self._shown = cells
            if self._legend is not None:
                self._legend.remove()
            self._legend = draw_legend(self.figure, [self._lines[cell] for cell in cells], self.theme.ink)
            self.redraw_all()
        if span != self._span:
            self._span = span
            first, steps = span
            every = max(1, round(steps / 10 / 5) * 5) if steps > 20 else 1 + steps // 10
            self.axes.set_xlim(-0.5, max(steps - 0.5, 0.6))
            self.axes.set_xticks(range(0, steps, every))
            self.axes.set_xticklabels([str(first + place) for place in range(0, steps, every)])
            self.redraw_all()

    def _rescale(self, paths: Mapping[str, GradientPath]) -> None:
        values = np.concatenate([np.concatenate([path.norms, path.unclipped]) for path in paths.values()])
        powers = _shown(values)
        low = max(LOWEST, min(-BLOCK, BLOCK * int(np.floor(powers.min() / BLOCK))))
        high = min(HIGHEST, max(BLOCK, BLOCK * int(np.ceil(powers.max() / BLOCK))))
        if (low, high) == self._limits:
            return
        self._limits = (low, high)
        # Powers on a plain axis: a logarithmic one of matplotlib takes twice as long to draw.
        self.axes.set_ylim(low - 0.3, high + 0.3)
        every = BLOCK // 2 if high - low <= 4 * BLOCK else BLOCK
        self.axes.yaxis.set_major_locator(FixedLocator(list(range(low, high + 1, every))))
        self.axes.yaxis.set_major_formatter(
            FuncFormatter(lambda power, _place: f"1e{power:.0f}" if power else "1")
        )
        self.redraw_all()


def cell_name(cell: str) -> str:
    """A kind of cell as a reader calls it."""
    return {"simple": _("simple RNN"), "lstm": _("LSTM"), "gru": _("GRU")}[cell]


def _shown(norms: np.ndarray) -> np.ndarray:
    """Powers of ten, within what can be shown; zero and what is not finite lie on the edges."""
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = np.log10(norms)
    return np.clip(np.nan_to_num(powers, nan=HIGHEST, posinf=HIGHEST, neginf=LOWEST), LOWEST, HIGHEST)
