"""The map of a loss surface: filled contours, lines and the known minima."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cbook import is_math_text
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.mathtext import MathTextParser

from bigmodel_nb.figures.inputs import drawable
from bigmodel_nb.figures.theme import Theme
from bigmodel_nb.maths.surfaces import Surface

GRID = 140  # points a side; fewer break up the floor of Rosenbrock's valley
LEVELS = 13


def evened(values: np.ndarray) -> np.ndarray:
    """Heights on a power scale from 0 to 1 whose middle value lies near 0.5.

    Loss surfaces are flat near their minimum and steep elsewhere; contours at equal steps of the
    loss would all crowd at the rim. The power is chosen from the values themselves.
    """
    values = drawable(values)
    low, high = float(np.min(values)), float(np.max(values))
    if not high > low:
        return np.zeros_like(values)
    share = (values - low) / (high - low)
    middle = float(np.clip(np.median(share), 1e-6, 0.5))
    power = np.log(0.5) / np.log(middle)
    return share**power


def draw_surface(axes: Axes, surface: Surface, theme: Theme) -> list[Artist]:
    """Draws `surface` within its own limits; returns the artists, so that they can be removed."""
    left, right, bottom, top = surface.limits
    w1 = np.linspace(left, right, GRID)
    w2 = np.linspace(bottom, top, GRID)
    heights = evened(surface.value(np.stack(np.meshgrid(w1, w2), axis=-1)))
    levels = np.linspace(0.0, 1.0, LEVELS)
    shades = LinearSegmentedColormap.from_list("heights", [theme.low, theme.high])
    drawn: list[Artist] = [
        axes.contourf(w1, w2, heights, levels=levels, cmap=shades, zorder=0.5),
        axes.contour(w1, w2, heights, levels=levels, colors=theme.contour_line, linewidths=0.5, zorder=0.6),
    ]
    for x, y in surface.minima:
        drawn += axes.plot(
            x, y, marker="*", markersize=11, color=theme.ink, markerfacecolor=theme.card, zorder=1
        )
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel=surface.axes[0], ylabel=surface.axes[1])
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_parse_math(_is_formula(label.get_text()))
    return drawn


def _is_formula(text: str) -> bool:
    """Whether matplotlib can read `text` with its $...$; a column may be called "cost ($) of $ 5 {x"."""
    if not is_math_text(text):
        return False
    try:
        MathTextParser("path").parse(text)
    except ValueError:
        return False
    return True
