"""The network of the playground: every unit with its own map, and a line for every weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from bigmodel_nb.figures.canvas import FONT_POINTS, SCALE, Picture
from bigmodel_nb.figures.shades import ENDS, Tiles, framed, shade_table, shaded
from bigmodel_nb.language import gettext as _

SMALL, LARGE = 28, 42  # sides of a tile, CSS pixels
LEFT, RIGHT, TOP, BOTTOM = 36.0, 397.0, 34.0, 408.0  # of the middles of units, and of the way to the output
THIN, THICK, FULL_WEIGHT = 0.4, 3.4, 4.0  # line widths in points, and the weight that gets the widest
NAMES = {"x1^2": "x1²", "x2^2": "x2²", "sin x1": "sin x1", "sin x2": "sin x2"}


class NetDrawing:
    """Draws onto `picture`, which is `height` CSS pixels high; the last column's lines end at `goal`."""

    def __init__(self, picture: Picture, goal: tuple[float, float]):
        self._picture, self._goal = picture, goal
        self._table = shade_table(picture.theme)
        axes = picture.panel(0, 0, 1, 1, grid=False)
        axes.set(xlim=(0, picture.width), ylim=(picture.height, 0), facecolor="none")
        axes.axis("off")
        self._axes = axes
        low, high = ENDS[picture.theme.name]
        self._links = {}
        for sign, color, dash in ((1, high, "-"), (-1, low, (0, (3.2, 1.6)))):
            lines = LineCollection([], colors=to_rgba(color, 0.9), linestyles=dash, capstyle="butt")
            lines.set_zorder(2)
            axes.add_collection(lines, autolim=False)
            self._links[sign] = picture.moves(lines)
        self._marked = picture.moves(
            axes.plot([], [], color=picture.theme.ink, linewidth=7.5, alpha=0.35, solid_capstyle="round")[0]
        )
        self._marked.set_zorder(1.5)
        self._tiles = Tiles()
        self._tiles.set_zorder(3)
        axes.add_artist(self._tiles)
        self._tiles.set_clip_on(False)
        picture.moves(self._tiles)
        self._words: list = []
        self._layout: tuple | None = None
        self._middles: list[np.ndarray] = []
        self._tile = SMALL

    # -- where everything is ----------------------------------------------------------------

    def arrange(self, inputs: Sequence[str], hidden: Sequence[int]) -> None:
        """Places the units of each layer in a column. Nothing happens where all stays as it was."""
        layout = (tuple(inputs), tuple(hidden))
        if layout == self._layout:
            return
        self._layout = layout
        columns = [len(inputs), *hidden]
        self._tile = LARGE if max(columns) <= 5 and len(columns) <= 5 else SMALL
        across = (RIGHT - LEFT) / len(columns)
        self._middles = [
            _column(LEFT + place * across, count, 1.8 * self._tile) for place, count in enumerate(columns)
        ]
        starts, ends = [], []
        for place, middles in enumerate(self._middles):
            after = self._middles[place + 1] if place + 1 < len(columns) else np.array([self._goal])
            ending = after - [self._tile / 2 if place + 1 < len(columns) else 0, 0]
            starts.append(np.repeat(middles + np.array([self._tile / 2, 0]), len(after), axis=0))
            ends.append(np.tile(ending, (len(middles), 1)))
        self._segments = np.stack([np.concatenate(starts), np.concatenate(ends)], axis=1)
        self._write(inputs, across)
        self._picture.redraw_all()

    def _write(self, inputs: Sequence[str], across: float) -> None:
        for word in self._words:
            word.remove()
        theme, small = self._picture.theme, FONT_POINTS - 2
        style: dict[str, Any] = {"fontsize": small, "color": theme.muted, "ha": "center", "parse_math": False}
        heads = [
            _("inputs"),
            *(_("layer {number}").format(number=n + 1) for n in range(len(self._middles) - 1)),
        ]
        self._words = [
            self._axes.text(middles[0, 0], 12, head, va="center", **style)
            for middles, head in zip(self._middles, heads, strict=True)
        ]
        for name, (x, y) in zip(inputs, self._middles[0], strict=True):
            self._words.append(
                self._axes.text(x, y - self._tile / 2 - 1.5, NAMES.get(name, name), va="bottom", **style)
            )

    # -- what it shows ----------------------------------------------------------------------

    def show(
        self,
        maps: Sequence[np.ndarray],
        weights: Sequence[np.ndarray],
        *,
        unit: tuple[int, int] | None = None,
        weight: tuple[int, int, int] | None = None,
    ) -> None:
        """`maps`, (units, k, k) of the inputs and of each hidden layer, 28 cells a side;
        `weights` (inputs + 1, units) of each layer with the biases last. `unit` (column, number) is framed
        and `weight` (layer, from, to) is marked."""
        side = self._tile * SCALE
        ink, frame = 255 * np.array(
            [to_rgba(color) for color in (self._picture.theme.ink, self._picture.theme.muted)]
        )
        height = self._picture.height
        tiles = []
        for column, (layer, middles) in enumerate(zip(maps, self._middles, strict=True)):
            grown = side // layer.shape[-1]
            images = shaded(layer, self._table).repeat(grown, axis=1).repeat(grown, axis=2)
            for number, (image, (x, y)) in enumerate(zip(images, middles, strict=True)):
                chosen = unit == (column, number)
                image = framed(image, ink if chosen else frame, 6 if chosen else 2)
                tiles.append(((x - self._tile / 2) * SCALE, (height - y - self._tile / 2) * SCALE, image))
        self._tiles.tiles = tiles
        flat = np.nan_to_num(np.concatenate([W[:-1].ravel() for W in weights]))
        widths = THIN + (THICK - THIN) * np.clip(np.abs(flat) / FULL_WEIGHT, 0, 1)
        for sign, links in self._links.items():
            mine = (flat >= 0) if sign > 0 else (flat < 0)
            links.set_segments(self._segments[mine])
            links.set_linewidths(widths[mine])
        self._mark(weight, weights)

    def _mark(self, weight: tuple[int, int, int] | None, weights: Sequence[np.ndarray]) -> None:
        self._marked.set_data([], [])
        if weight is None:
            return
        layer, source, unit = weight
        if source == len(weights[layer]) - 1:  # a bias has no line
            return
        before = sum(W[:-1].size for W in weights[:layer])
        line = self._segments[before + source * weights[layer].shape[1] + unit]
        self._marked.set_data(*line.T)


def _column(x: float, count: int, apart: float) -> np.ndarray:
    """The middles (count, 2) of units below one another."""
    room = BOTTOM - TOP - 8
    apart = min(apart, room / count)
    middle = (TOP + BOTTOM) / 2 + 8
    return np.stack([np.full(count, x), middle + apart * (np.arange(count) - (count - 1) / 2)], axis=1)
