"""The picture of what one unit of a layer sees: its field on the input, the unit, and all layers' fields.

ReceptiveFieldFigure(
    {"C1": (5, 5), "S2": (6, 6)}, layer="S2", picture=(28, 28), rows=(6, 11), columns=(6, 11),
    map_shape=(14, 14), unit=(4, 4),
)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.number_grid import GRAYS
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _

WIDTH, HEIGHT = 640, 330
BOTTOM, TALL = 0.17, 0.71
MAP_WIDTH, MAP_HEIGHT = 0.23 * WIDTH, TALL * HEIGHT  # the room of the map, in pixels
FIELD, UNIT = 6, 5  # the looks of the field (amber) and of the unit (vermilion)
FEW = 20  # layers up to which each has a marker
LINES = 40  # cells along a side up to which a grid is drawn

Size = tuple[int, int]


class ReceptiveFieldFigure(Picture):
    """`sizes`: height and width of each layer's field, by name, None where unknown. `layer` is the chosen
    one, `map_shape` (height, width) of its output, or None where it has none, and `unit` (row, column) in it.
    `picture`: (height, width) of the input; `rows` and `columns`, first and last, what the unit sees of it,
    None where that is unknown. `image` (height, width), from 0 to 1, lies beneath; `slopes` (height, width),
    from 0, how strongly the unit depends on each pixel. `hidden`: the field is not drawn."""

    def __init__(
        self,
        sizes: Mapping[str, Size | None],
        *,
        layer: str,
        picture: Size,
        map_shape: Size | None,
        unit: Size = (0, 0),
        rows: Size | None = None,
        columns: Size | None = None,
        image: Any = None,
        slopes: Any = None,
        hidden: bool = False,
        theme: str = "light",
    ):
        super().__init__(WIDTH, HEIGHT, theme)
        self._input = self._room(0.02, 0.34)
        # The map's axes never change: what they show is scaled to them, so that another layer is blitted.
        self._map = self._room(0.375, 0.23)
        self._map.set(xlim=(0, MAP_WIDTH), ylim=(MAP_HEIGHT, 0), frame_on=False)
        self._frame = Rectangle((0, 0), 1, 1, facecolor=self.theme.panel, edgecolor=self.theme.muted, lw=0.8)
        self._frame.set(zorder=1)
        self.moves(self._map.add_patch(self._frame)).set_clip_on(False)
        self._cells = LineCollection([], colors=self.theme.grid, linewidths=0.35, zorder=2)
        self.moves(self._map.add_collection(self._cells, autolim=False))
        self._name = self.moves(
            self._map.text(MAP_WIDTH / 2, 0, "", ha="center", fontsize=FONT_POINTS, color=self.theme.ink)
        )
        self._chart = self.panel(0.685, BOTTOM, 0.295, TALL)
        self._chart.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        self._pixels = self.moves(self._input.imshow(np.zeros((1, 1, 4)), zorder=1))
        self._field = self._box(self._input, FIELD, 2.2)
        self._cell = self._box(self._map, UNIT, 2.2)
        self._grids: list = []
        self._at = (0.0, 0.0, 1.0)  # left and top edge of the map in its room, and the size of a cell
        self._sees = self.moves(
            self.figure.text(0.19, 0.045, "", ha="center", fontsize=FONT_POINTS, color=self.theme.ink)
        )
        self._where = self.moves(
            self.figure.text(0.49, 0.045, "", ha="center", fontsize=FONT_POINTS, color=self.theme.ink)
        )
        color = stroke(1, self.theme).color
        self._steps = self._chart.plot([], [], color=color, linewidth=1.8, marker="s", markersize=3.5)[0]
        self._edge = self._chart.axhline(1, color=self.theme.muted, linewidth=1.0, linestyle=(0, (4, 2)))
        self._mark = self.moves(
            self._chart.plot([], [], "P", markersize=11, color=stroke(UNIT, self.theme).color, zorder=6)[0]
        )
        self._mark.set_path_effects([withStroke(linewidth=2.5, foreground=self.theme.card)])
        self._heat = LinearSegmentedColormap.from_list("heat", ["#000000", "#b3400a", "#ffd27a"])
        self._state: tuple | None = None
        self.update(
            sizes, layer=layer, picture=picture, map_shape=map_shape, unit=unit, rows=rows, columns=columns,
            image=image, slopes=slopes, hidden=hidden,
        )  # fmt: skip

    def _room(self, left: float, width: float) -> Axes:
        axes = self.panel(left, BOTTOM, width, TALL, grid=False)
        axes.set(xticks=[], yticks=[], aspect="equal")
        return axes

    def _box(self, axes: Axes, look: int, width: float) -> Rectangle:
        box = Rectangle(
            (0, 0), 1, 1, facecolor="none", edgecolor=stroke(look, self.theme).color, linewidth=width
        )
        box.set(zorder=5)
        box.set_path_effects([withStroke(linewidth=width + 2, foreground="#000000", alpha=0.7)])
        axes.add_patch(box)
        return self.moves(box)

    def update(
        self,
        sizes: Mapping[str, Size | None],
        *,
        layer: str,
        picture: Size,
        map_shape: Size | None,
        unit: Size = (0, 0),
        rows: Size | None = None,
        columns: Size | None = None,
        image: Any = None,
        slopes: Any = None,
        hidden: bool = False,
    ) -> None:
        """Draws another unit or layer in place."""
        arguments.one_of("layer", layer, sizes)
        state = (tuple(sizes.items()), tuple(picture), hidden)
        if state != self._state:
            self._lay_out(sizes, picture, hidden)
            self._state = state
        self._choose(list(sizes).index(layer), layer, map_shape or (1, 1), map_shape is not None)
        slopes = None if hidden else slopes
        self._pixels.set_visible(image is not None or slopes is not None)
        if self._pixels.get_visible():
            self._pixels.set_data(self._colored(image, slopes))
        self._field.set_facecolor((0.9, 0.62, 0.0, 0.0 if self._pixels.get_visible() else 0.22))
        known = rows is not None and columns is not None and not hidden
        self._field.set_visible(known and rows[0] <= rows[1] and columns[0] <= columns[1])  # type: ignore[index]
        words = _("the field is unknown")
        if hidden:
            words = _("sees ? pixels")
        elif known:
            (top, bottom), (left, right) = rows, columns  # type: ignore[misc]
            self._field.set_bounds(left - 0.5, top - 0.5, right - left + 1, bottom - top + 1)
            words = _("sees {rows} × {columns} of {height} × {width} pixels").format(
                rows=max(bottom - top + 1, 0),
                columns=max(right - left + 1, 0),
                height=picture[0],
                width=picture[1],
            )
        self._sees.set_text(words)
        row, column = unit
        x, y, cell = self._at
        self._cell.set_bounds(x + column * cell, y + row * cell, cell, cell)
        self._cell.set_visible(map_shape is not None)
        self._where.set_text(
            _("row {row}, column {column}").format(row=row, column=column)
            if map_shape is not None
            else _("any of its units")
        )

    def _colored(self, image: Any, slopes: Any) -> np.ndarray:
        """The input as colors: the image in grays, or how much each pixel counts."""
        if slopes is not None:
            values = np.asarray(slopes, dtype=float)
            return self._heat(np.sqrt(values / max(values.max(), 1e-30)))
        return GRAYS(np.clip(np.asarray(image, dtype=float), 0, 1))

    def _lay_out(self, sizes: Mapping[str, Size | None], picture: Size, hidden: bool) -> None:
        """What moves neither with the unit nor with the layer: the input's grid, the chart of all layers."""
        for artist in self._grids:
            artist.remove()
        self._grids = []
        height, width = picture
        self._input.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
        if max(picture) <= LINES:
            color = self.theme.grid
            self._grids = [
                self._input.vlines(np.arange(width - 1) + 0.5, -0.5, height - 0.5, color, lw=0.35),
                self._input.hlines(np.arange(height - 1) + 0.5, -0.5, width - 0.5, color, lw=0.35),
            ]
        self._pixels.set_extent((-0.5, width - 0.5, height - 0.5, -0.5))
        self._input.set_title(
            _("input {height} × {width}").format(height=height, width=width), pad=5, fontsize=FONT_POINTS
        )
        heights = [np.nan if size is None or hidden else size[0] for size in sizes.values()]
        self._steps.set_data(np.arange(len(heights)), heights)
        self._steps.set_marker("s" if len(heights) <= FEW else "")
        top = max([height, *(rows for rows in heights if rows == rows)])
        self._chart.set(xlim=(-0.6, len(heights) - 0.4), ylim=(0, 1.12 * top))
        self._edge.set_ydata([height] * 2)
        self._chart.set_title(_("rows seen, by layer"), pad=5, fontsize=FONT_POINTS)
        self._chart.set_xlabel(_("layer, from the input up"), labelpad=3)
        self.redraw_all()

    def _choose(self, place: int, layer: str, shape: Size, known: bool) -> None:
        """The map of the chosen layer, as large as its room allows, and its mark in the chart."""
        height, width = shape
        cell = min(MAP_WIDTH / width, MAP_HEIGHT / height)
        x, y = (MAP_WIDTH - width * cell) / 2, (MAP_HEIGHT - height * cell) / 2
        self._at = x, y, cell
        self._frame.set_bounds(x, y, width * cell, height * cell)
        across = [[(x + i * cell, y), (x + i * cell, y + height * cell)] for i in range(1, width)]
        down = [[(x, y + i * cell), (x + width * cell, y + i * cell)] for i in range(1, height)]
        self._cells.set_segments([*across, *down] if max(shape) <= LINES else [])
        words = f" {height} × {width}" if known else ""
        self._name.set_text(_shortened(layer, 22 - len(words)) + words)
        self._name.set_y(y - 7)
        self._mark.set_data([place], [np.asarray(self._steps.get_ydata())[place]])


def _shortened(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
