"""The ladder in a picture: bits by rung on the left, bits by what they cost to learn on the right.

    LadderFigure(ladder.rows)
    picture.update(rows)            # one more rung, drawn in place

Every rung has a marker of its own, which is the same on both sides; blue rungs count, orange ones are
trained, green ones are the reader's own. A dashed line is the way that a training came: what its validations
said before it was over (`course` of a rung, where it has one).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _

MOST = 14  # rungs
MARKERS = {
    "uniform": ".", "unigram": "1", "bigram": "2", "n-gram": "o", "window MLP": "s", "simple RNN": "^",
    "GRU": "D", "LSTM": "P", "Transformer": "*",
}  # fmt: skip
OTHERS = ("X", "v", "h", "<", ">")
COUNTS = ("uniform", "unigram", "bigram", "n-gram")
LETTERS = 14  # of a name


class Row(Protocol):
    """What is drawn of a rung: a `training.ladder.Rung` has it."""

    @property
    def name(self) -> str: ...

    @property
    def bits(self) -> float: ...

    @property
    def flops(self) -> float: ...


class LadderFigure(Picture):
    """Draws up to 14 rungs, in the order they come. On the right are those that took operations to learn, on
    a logarithmic axis. `summary` says in words what is to be seen."""

    def __init__(self, rows: Sequence[Row] = (), *, theme: str = "light"):
        super().__init__(640, 330, theme)
        self.summary = ""
        self.left = self.panel(0.165, 0.135, 0.345, 0.765)
        self.right = self.panel(0.585, 0.135, 0.395, 0.765)
        self.left.grid(axis="y", visible=False)
        self.left.set_xlabel(_("bits a character"), labelpad=1)
        self.left.tick_params(axis="y", length=0, labelcolor=self.theme.ink)
        self.right.set_xlabel(_("operations to learn it"), labelpad=1)
        self.right.set_xscale("log")
        self.right.xaxis.set_minor_locator(NullLocator())
        self.right.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: _count(value)))
        for axes, words in ((self.left, _("by rung (shorter is better)")), (self.right, _("by computation"))):
            axes.set_title(words, loc="left", pad=5, fontsize=FONT_POINTS, color=self.theme.ink)
        self._bars = self.moves(self.left.add_collection(LineCollection([], linewidths=1.6)))
        self._marks = [self._mark(self.left) for _place in range(MOST)]
        self._ways = [
            self.moves(self.right.plot([], [], linewidth=1.1, linestyle=(0, (3, 1.5)))[0])
            for _place in range(MOST)
        ]
        self._points = [self._mark(self.right) for _place in range(MOST)]
        self._values = [
            self.moves(
                self.left.text(0, 0, "", fontsize=FONT_POINTS - 1, color=self.theme.ink, va="center_baseline")
            )
            for _place in range(MOST)
        ]
        self.update(rows)

    def _mark(self, axes: Any) -> Any:
        return self.moves(axes.plot([], [], linestyle="", markersize=7.5, markeredgewidth=1.4)[0])

    def update(self, rows: Sequence[Row]) -> None:
        """Draws `rows`: records with `name`, `bits` and `flops`."""
        expected = _("a list of at most {most} rungs, such as ladder.rows").format(most=MOST)
        rungs = list(getattr(rows, "rows", rows))
        if not all(hasattr(rung, part) for rung in rungs for part in ("name", "bits", "flops")):
            raise arguments.wrong_type("rows", expected, rows)
        if len(rungs) > MOST:
            raise arguments.wrong_value("rows", expected, f"{len(rungs)}")
        looks = _looks(rungs, self.theme)
        bits = np.array([arguments.non_negative("bits", rung.bits) for rung in rungs])
        self._fit(rungs, bits)
        self._bars.set_segments([[(0, place), (value, place)] for place, value in enumerate(bits)])
        self._bars.set_color([color for color, _marker in looks] or [self.theme.ink])
        widest = self.left.get_xlim()[1]
        for place in range(MOST):
            parts = (self._marks[place], self._points[place], self._ways[place], self._values[place])
            for artist in parts:
                artist.set_visible(place < len(rungs))
            if place >= len(rungs):
                continue
            color, marker = looks[place]
            for artist in parts[:2]:
                artist.set(marker=marker, color=color, markerfacecolor="none")
            self._marks[place].set_data([bits[place]], [place])
            took = rungs[place].flops
            self._points[place].set_data([took] if took > 0 else [], [bits[place]] if took > 0 else [])
            way = getattr(rungs[place], "course", ()) if took > 0 else ()
            self._ways[place].set_data([cost for cost, _bits in way], [bits for _cost, bits in way])
            self._ways[place].set_color(color)
            self._values[place].set(x=bits[place] + 0.04 * widest, y=place, text=f"{bits[place]:.2f}")
        self.summary = _summary(rungs)

    def _fit(self, rungs: list[Row], bits: np.ndarray) -> None:
        """The limits and names: they change where a rung is added, not while one moves."""
        names = [rung.name if len(rung.name) <= LETTERS else rung.name[: LETTERS - 1] + "…" for rung in rungs]
        self.left.set_yticks(range(len(names)), names)
        for label in self.left.get_yticklabels():
            label.set_parse_math(False)
        self.left.set_ylim(max(len(names), 1) - 0.4, -0.6)
        self.left.set_xlim(0, 1.22 * max([1.0, *bits]))
        self.left.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        took = [(rung.flops, rung.bits) for rung in rungs if rung.flops > 0]
        took += [point for rung in rungs if rung.flops > 0 for point in getattr(rung, "course", ())]
        if took:
            costs, heights = np.array(took).T
            self.right.set_xlim(10 ** (np.log10(costs.min()) - 0.5), 10 ** (np.log10(costs.max()) + 0.5))
            space = max(0.1, 0.08 * (heights.max() - heights.min()))
            self.right.set_ylim(heights.min() - space, heights.max() + space)
        else:
            self.right.set(xlim=(1e6, 1e12), ylim=(0, 5))
        self.right.xaxis.set_major_locator(LogLocator(10, numticks=5))
        self.redraw_all()


def _looks(rungs: list[Row], theme: Any) -> list[tuple[str, str]]:
    """A color and a marker for each rung."""
    looks, own = [], 0
    for rung in rungs:
        if rung.name in MARKERS:
            looks.append((stroke(1 if rung.name in COUNTS else 5, theme).color, MARKERS[rung.name]))
        else:
            looks.append((stroke(3, theme).color, OTHERS[own % len(OTHERS)]))
            own += 1
    return looks


def _summary(rungs: list[Row]) -> str:
    if not rungs:
        return _("No rung has been climbed yet.")
    listed = ", ".join(f"{rung.name} {rung.bits:.2f}" for rung in rungs)
    best = min(rungs, key=lambda rung: rung.bits)
    words = _("Bits a character: {listed}. The fewest are those of {name}.")
    return words.format(listed=listed, name=best.name)


def _count(value: float) -> str:
    """1e9 as "1 G"."""
    for power, prefix in ((15, "P"), (12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if value >= 10**power:
            return f"{value / 10**power:g} {prefix}"
    return f"{value:g}"
