"""The picture of a race downhill: a map on the left, two curves by step on the right.

What is measured on the curves and how the axes are scaled is said by the figures built on it,
`figures/descent.py` and `figures/batches.py`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.contours import draw_surface
from bigmodel_nb.figures.inputs import drawable
from bigmodel_nb.figures.legend import draw_legend
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.surfaces import Surface

SMALLEST = 1e-12  # a log axis has no zero; smaller values are drawn here


@dataclass(frozen=True)
class RaceLine:
    """One runner: where it went on the map, and its two curves.

    `points` (n+1, 2), of which the first `here + 1` are drawn; `upper` and `lower` are (x, y) arrays
    of the two curves; `mark` is the (x, y) of its head on the upper curve.
    """

    label: str
    look: int
    points: np.ndarray
    here: int
    upper: tuple[np.ndarray, np.ndarray]
    lower: tuple[np.ndarray, np.ndarray]
    mark: tuple[float, float]
    faint: bool = False  # a path that ran away should not hide the others


class _Artists:
    def __init__(self, figure: RaceFigure, index: int):
        self.look = look = stroke(index, figure.theme)
        line: dict[str, Any] = {
            "color": look.color,
            "linestyle": look.dash,
            "linewidth": figure.line_width,
            "zorder": 4,
        }
        head: dict[str, Any] = {
            "color": look.color,
            "marker": look.marker,
            "linestyle": "none",
            "markersize": 7.5,
            "markeredgecolor": figure.theme.card,
            "markeredgewidth": 0.9,
            "zorder": 6,
        }
        self.upper_axes, self.lower_axes = figure.upper, figure.lower
        self.path = Line2D([], [], **line)
        self.head = Line2D([], [], **head)
        self.upper = Line2D([], [], **line)
        self.upper_head = Line2D([], [], **head)
        self.lower = Line2D([], [], **line)
        homes = (figure.map, figure.map, figure.upper, figure.upper, figure.lower)
        for artist, axes in zip(self.all(), homes, strict=True):
            figure.moves(axes.add_line(artist)).set_visible(False)

    @staticmethod
    def _drawable(axes: Axes, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        y = drawable(y)
        if axes.get_yscale() == "log":
            y = np.maximum(y, min(SMALLEST, axes.get_ylim()[0] / 10))
        return x, y

    def all(self) -> tuple[Line2D, ...]:
        return self.path, self.head, self.upper, self.upper_head, self.lower

    def show(self, line: RaceLine) -> None:
        points = drawable(line.points[: line.here + 1])
        self.path.set_data(points[:, 0], points[:, 1])
        self.head.set_data(points[-1:, 0], points[-1:, 1])
        self.upper.set_data(*self._drawable(self.upper_axes, *line.upper))
        self.lower.set_data(*self._drawable(self.lower_axes, *line.lower))
        x, y = line.mark
        self.upper_head.set_data(*self._drawable(self.upper_axes, np.array([x]), np.array([y])))
        self.path.set_alpha(0.4 if line.faint else None)
        for artist in self.all():
            artist.set_visible(True)


class RaceFigure(Picture):
    """Base of the two race figures. 640 by 430 CSS pixels; up to `most` lines, each with its own look."""

    line_width = 1.9

    def __init__(self, surface: Surface, *, most: int, upper: str, lower: str, across: str, theme: str):
        super().__init__(640, 430, theme)
        self.map = self.panel(0.095, 0.115, 0.475, 0.715, grid=False)
        self.upper = self.panel(0.680, 0.500, 0.300, 0.330)
        self.lower = self.panel(0.680, 0.115, 0.300, 0.245)
        self.map.locator_params(nbins=6)
        self.map.yaxis.labelpad = 1
        # Left to find its place, a title makes room for the power of ten that may stand above the axis.
        self.upper.set_title(upper, loc="left", pad=4, fontsize=FONT_POINTS, color=self.theme.ink)
        self.lower.set_title(lower, loc="left", pad=4, fontsize=FONT_POINTS, color=self.theme.ink)
        self.lower.set_xlabel(across)
        self._artists = [_Artists(self, index) for index in range(most)]
        cursor: dict[str, Any] = {"color": self.theme.muted, "linewidth": 1.0, "zorder": 3}
        self._cursors = [self.moves(axes.axvline(0, **cursor)) for axes in (self.upper, self.lower)]
        self._counter = self.moves(
            self.map.text(
                0.975,
                0.972,
                "",
                transform=self.map.transAxes,
                ha="right",
                va="top",
                fontsize=FONT_POINTS,
                color=self.theme.ink,
                zorder=8,
                bbox={"facecolor": self.theme.card, "edgecolor": "none", "alpha": 0.85, "pad": 2.5},
            )
        )
        self._legend_of: tuple | None = None
        self._ground: list[Artist] = []
        self._put(surface)

    def show_surface(self, surface: Surface) -> None:
        """Puts another surface under the race; the map takes its limits."""
        if surface is not self.surface:
            self._put(surface)

    def _put(self, surface: Surface) -> None:
        if not isinstance(surface, Surface):
            raise arguments.wrong_type("surface", _("a Surface, such as bowl()"), surface)
        self.surface = surface
        for artist in self._ground:
            artist.remove()
        self._ground = draw_surface(self.map, surface, self.theme)
        words = "\n".join(textwrap.wrap(surface.title, 46, max_lines=2, placeholder=" …"))
        title = self.map.set_title(
            words, loc="left", y=1.0, pad=4, fontsize=FONT_POINTS, color=self.theme.ink
        )
        title.set_parse_math(False)
        self.redraw_all()

    def draw_lines(self, lines: Sequence[RaceLine], cursor: float | None, counter: str) -> None:
        """Draws the runners in place; `cursor` is where on the curves the map stands, None for nowhere."""
        self._name(lines)
        for artists in self._artists:
            for artist in artists.all():
                artist.set_visible(False)
        for line in lines:
            self._artists[line.look].show(line)
        for mark in self._cursors:
            mark.set_visible(cursor is not None)
            if cursor is not None:
                mark.set_xdata([cursor, cursor])
        self._counter.set_text(counter)
        self._counter.set_visible(bool(counter))

    def _name(self, lines: Sequence[RaceLine]) -> None:
        """The legend is part of what is kept; it is made anew only for other names."""
        key = tuple((line.label, line.look) for line in lines)
        if key == self._legend_of:
            return
        self._legend_of = key
        for legend in self.figure.legends[:]:
            legend.remove()
        handles = []
        for line in lines:
            look = self._artists[line.look].look
            handles.append(
                Line2D(
                    [],
                    [],
                    color=look.color,
                    linestyle=look.dash,
                    marker=look.marker,
                    linewidth=self.line_width,
                    label=line.label,
                )
            )
        if handles:
            draw_legend(self.figure, handles, self.theme.ink)
        self.redraw_all()

    # -- limits -----------------------------------------------------------------------------

    def fit_across(self, most: float) -> None:
        """Both curves run from 0 to `most`, with room for the marker at the end."""
        most = float(most) or 1.0
        for axes in (self.upper, self.lower):
            self._limit(axes, "x", (-0.01 * most, 1.03 * most))

    def fit_up(self, axes: Axes, low: float, high: float, *, log: bool, floor: float = SMALLEST) -> None:
        """The vertical limits of a curve, with a margin; on a log axis not below `floor`."""
        scale = "log" if log else "linear"
        if axes.get_yscale() != scale:
            axes.set_yscale(scale)
            if log:
                axes.yaxis.set_minor_locator(NullLocator())
            self.redraw_all()
        if log:
            high = max(high, floor)
            low = min(max(low, floor), high / 6)  # at least a decade with its margins, so that it has a tick
            limits = (low / 1.6, high * 1.6)
        else:
            flat = high - low <= 1e-6 * abs(high)  # rounding must not look like a slope
            margin = 0.5 * abs(high) or 0.5 if flat else 0.06 * (high - low)
            limits = (low - margin, high + margin)
        self._limit(axes, "y", limits)

    def _limit(self, axes: Axes, which: str, limits: tuple[float, float]) -> None:
        if getattr(axes, f"get_{which}lim")() != limits:
            getattr(axes, f"set_{which}lim")(limits)
            self.redraw_all()
