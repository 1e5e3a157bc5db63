"""The picture of a ball on the curve w^2: where it began, where each step took it, where it is."""

from __future__ import annotations

import numpy as np
from matplotlib.lines import Line2D

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.inputs import drawable
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.ball import Roll, height, slope

WIDE, HIGH = 5.0, 25.5  # the part of the curve that is drawn: w from -5 to 5, f up to 25.5
MOST_MARKS = 60
BALL = 5  # the look of the ball among the strokes: vermilion


class BallFigure(Picture):
    """Draws `run` (of `maths.ball.roll`) on its curve; None leaves the ball where it would start."""

    def __init__(self, run: Roll | None = None, *, start: float = 3.0, theme: str = "light"):
        super().__init__(640, 290, theme)
        axes = self.panel(0.085, 0.17, 0.89, 0.80)
        axes.set(xlim=(-WIDE, WIDE), ylim=(-1.6, HIGH), xlabel=r"$w$", ylabel=r"$f = w^2$")
        w = np.linspace(-WIDE, WIDE, 241)
        axes.plot(w, height(w), color=self.theme.muted, linewidth=2.2, zorder=2)
        axes.plot([0], [0], marker="*", markersize=13, color=self.theme.ink, linestyle="none", zorder=3)
        look = stroke(BALL, self.theme)

        def line(kind: str = "-", **settings) -> Line2D:
            return self.moves(axes.plot([], [], kind, color=look.color, **settings)[0])

        self._path = line(linewidth=1.0, alpha=0.6, zorder=4)
        self._marks = line("o", markersize=5, alpha=0.55, zorder=5)
        self._ball = line("o", markersize=17, markeredgecolor=self.theme.ink, zorder=7)
        self._words = self.moves(
            axes.text(
                0.5, 0.93, "", transform=axes.transAxes, ha="center", va="top", fontsize=FONT_POINTS + 1,
                color=self.theme.ink, zorder=8,
                bbox={"facecolor": self.theme.card, "edgecolor": "none", "alpha": 0.9, "pad": 2.5},
            )
        )  # fmt: skip
        self.update(run, start=start)

    def update(self, run: Roll | None, *, start: float = 3.0) -> None:
        """Draws another run in place."""
        if run is not None and not isinstance(run, Roll):
            raise arguments.wrong_type("run", _("a Roll, such as roll(0.1), or None"), run)
        points = np.array([arguments.number("start", start)]) if run is None else drawable(run.points)
        outside = np.abs(points) > WIDE
        leaves = int(np.argmax(outside)) if outside.any() else len(points)
        seen = points[: min(leaves, MOST_MARKS) + 1]  # the first one outside, too: the line leads out
        heights = np.asarray(height(seen))
        self._path.set_data(seen, heights)
        inside = seen[: max(leaves, 1)]
        self._marks.set_data(inside[:-1], height(inside[:-1]))
        here = inside[-1:] if run is None or run.arrived_at is None else points[-1:]
        # the ball rests on the curve, not in it: half its size along the normal
        tilt = np.array([slope(w) * WIDE / HIGH * 2.4 for w in here])
        length = np.sqrt(1 + tilt**2)
        self._ball.set_data(here - 0.16 * tilt / length, np.asarray(height(here)) + 1.45 / length)
        self._words.set_text("" if run is None else fate(run))


def fate(run: Roll) -> str:
    """How it ends, in a few words."""
    if run.arrived_at is not None:
        count = run.arrived_at
        return _("arrives after 1 step") if count == 1 else _("arrives after {n} steps").format(n=count)
    if abs(run.points[-1]) > abs(run.points[0]):
        return _("never arrives: each step ends farther out")
    if abs(run.points[-1]) == abs(run.points[0]):
        return _("never arrives: it leaps from side to side")
    return _("has not arrived after {n} steps").format(n=f"{len(run.points) - 1:,}")
