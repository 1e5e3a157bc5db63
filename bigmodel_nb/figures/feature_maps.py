"""The picture of what a network makes of an image: maps of a layer, heat over the image, exciting images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.mosaic import Mosaic, mosaic
from bigmodel_nb.figures.number_grid import GRAYS, short, signed_colors
from bigmodel_nb.figures.pixels import Pixels
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _

WIDTH, HEIGHT = 640, 470
MOST_BARS = 5
EXAMPLES = 9
CHOSEN, SEES = 5, 6  # the looks of the chosen channel (vermilion) and of what a unit sees (amber)
HEAT = LinearSegmentedColormap.from_list("heat", ["#000004", "#57157e", "#d3436e", "#febb81", "#fcfdbf"])


class FeatureMapFigure(Picture):
    """`image` (height, width) or (height, width, 3), from 0 to 1. On the right one of: `maps` (height, width,
    channels) of a layer; `heat` (height, width) over the image, signed where it has negative values;
    `examples`, images as `image`, with `captions` and `boxes`, each (top, left, height, width) or None.
    `channel` is outlined among the maps; `single`, its map (height, width), stands alone beneath the image.
    `bars` are (name, score, whether it is the explained one), best first. `title` stands above the right."""

    def __init__(self, image: Any, *, theme: str = "light", **state: Any):
        super().__init__(WIDTH, HEIGHT, theme)
        self._signed = signed_colors(self.theme)
        self._ground = (*(int(self.theme.card[at : at + 2], 16) / 255 for at in (1, 3, 5)), 1.0)
        self._image = self._room(0.02, 0.655, 0.21)
        self._single = self._room(0.02, 0.315, 0.21)
        self._main = self._room(0.27, 0.02, 0.71, 0.905)
        shown = [self.moves(Pixels(axes)) for axes in (self._image, self._single, self._main)]
        self._shown_image, self._shown_single, self._shown_main = shown
        self._titles = [
            self._words(0.125, 0.955, _("image"), FONT_POINTS),
            self._words(0.125, 0.612, "", FONT_POINTS),
            self._words(0.625, 0.955, "", FONT_POINTS),
        ]
        self._frame = self._box(CHOSEN)
        self._boxes = [self._box(SEES) for _example in range(EXAMPLES)]
        self._captions = [
            self.moves(
                self._main.text(
                    0, 0, "", fontsize=FONT_POINTS - 2, color="#ffffff", va="top", zorder=6,
                    path_effects=[withStroke(linewidth=2.5, foreground="#000000")],
                )
            )
            for _example in range(EXAMPLES)
        ]  # fmt: skip
        self._chart()
        self.update(image, **state)

    def _room(self, left: float, bottom: float, width: float, height: float | None = None) -> Axes:
        axes = self.panel(left, bottom, width, height or width * WIDTH / HEIGHT, grid=False)
        axes.set(xlim=(0, 1), ylim=(1, 0))
        axes.set_axis_off()
        return axes

    def _words(self, x: float, y: float, text: str, size: float) -> Any:
        return self.moves(self.figure.text(x, y, text, ha="center", fontsize=size, color=self.theme.ink))

    def _box(self, look: int) -> Rectangle:
        color = stroke(look, self.theme).color
        box = Rectangle((0, 0), 1, 1, fill=False, edgecolor=color, linewidth=2.0, zorder=5)
        box.set_path_effects([withStroke(linewidth=3.6, foreground="#000000", alpha=0.6)])
        self._main.add_patch(box)
        return self.moves(box)

    def _chart(self) -> None:
        """The largest scores, as bars with names and numbers."""
        self._bars_at = self.panel(0.02, 0.015, 0.21, 0.225, grid=False)
        self._bars_at.set(xlim=(0, 1), ylim=(MOST_BARS, 0), xticks=[], yticks=[])
        self._bars_at.set_axis_off()
        self._words(0.125, 0.262, _("scores"), FONT_POINTS)
        self._bars, self._names = [], []
        for place in range(MOST_BARS):
            bar = Rectangle((0.32, place + 0.15), 0, 0.7, zorder=2)
            self._bars_at.add_patch(bar)
            self._bars.append(self.moves(bar))
            words: dict[str, Any] = {
                "va": "center",
                "fontsize": FONT_POINTS - 1.5,
                "color": self.theme.ink,
                "zorder": 4,
            }
            name = self._bars_at.text(0.29, place + 0.5, "", ha="right", **words)
            score = self._bars_at.text(0.36, place + 0.5, "", ha="left", **words)
            self._names.append((self.moves(name), self.moves(score)))

    # -- another state ----------------------------------------------------------------------

    def update(
        self,
        image: Any,
        *,
        maps: Any = None,
        channel: int = 0,
        single: Any = None,
        heat: Any = None,
        examples: Any = None,
        captions: Sequence[str] = (),
        boxes: Sequence[tuple[float, float, float, float] | None] = (),
        bars: Sequence[tuple[str, float, bool]] = (),
        title: str = "",
        below: str = "",
    ) -> None:
        """Draws another state in place; `below` stands above the single map."""
        colors = _colors(image)
        self._put(self._shown_image, self._image, colors)
        self._shown_single.set_visible(single is not None)
        if single is not None:
            self._put(self._shown_single, self._single, self._mapped(np.asarray(single)))
        self._titles[1].set_text(below)
        self._titles[2].set_text(title)
        self._frame.set_visible(False)
        for artist in (*self._boxes, *self._captions):
            artist.set_visible(False)
        self._shown_main.set_visible(any(part is not None for part in (maps, heat, examples)))
        if maps is not None:
            self._draw_maps(np.asarray(maps), channel)
        elif heat is not None:
            self._put(self._shown_main, self._main, self._over(colors, np.asarray(heat)))
        elif examples is not None:
            self._draw_examples(examples, captions, boxes)
        self._draw_bars(bars)

    def _put(self, shown: Pixels, axes: Axes, colors: np.ndarray) -> tuple[float, float, float]:
        """Shows an image in the middle of its room: (left, top, size of a pixel), as parts of the room."""
        box = axes.get_position()
        wide, high = box.width * WIDTH, box.height * HEIGHT
        scale = min(wide / colors.shape[1], high / colors.shape[0])
        width, height = colors.shape[1] * scale / wide, colors.shape[0] * scale / high
        left, top = (1 - width) / 2, (1 - height) / 2 if shown is not self._shown_main else 0.0
        shown.show(colors, (left, top, width, height))
        return left, top, scale

    def _mapped(self, values: np.ndarray, reach: float | None = None) -> np.ndarray:
        """Grays from 0 to the largest; two colors around zero where there are negative values."""
        reach = max(float(np.abs(values).max()), 1e-12) if reach is None else reach
        if values.min() < 0:
            return self._signed((values + reach) / (2 * reach))
        return GRAYS(values / reach)

    def _draw_maps(self, maps: np.ndarray, channel: int) -> None:
        reach = max(float(np.abs(maps).max()), 1e-12)
        tiles = self._mapped(maps, reach).transpose(2, 0, 1, 3)
        made = mosaic(tiles, self._ground)
        place = self._put(self._shown_main, self._main, made.colors)
        arguments.whole("channel", channel, 0, maps.shape[2] - 1)
        self._frame_at(self._frame, made, channel, place, (0, 0, *made.tile))
        self._frame.set_visible(True)

    def _frame_at(self, box: Rectangle, made: Mosaic, number: int, place: tuple, part: tuple) -> None:
        """Puts a frame around a part (top, left, height, width) of a tile, in pixels of the mosaic."""
        left, top, scale = place
        room = self._main.get_position()
        across, down = scale / (room.width * WIDTH), scale / (room.height * HEIGHT)
        corner = made.corner(number)
        box.set_bounds(
            left + (corner[1] + part[1]) * across,
            top + (corner[0] + part[0]) * down,
            part[3] * across,
            part[2] * down,
        )

    def _over(self, colors: np.ndarray, heat: np.ndarray) -> np.ndarray:
        """Heat over the image: its brightness shows through."""
        reach = max(float(np.abs(heat).max()), 1e-12)
        if heat.min() < 0:
            mixed = 0.72 * self._signed((heat + reach) / (2 * reach)) + 0.28 * colors
        else:
            strength = (heat / reach)[..., None] ** 0.7
            mixed = (0.6 - 0.25 * strength) * colors + 0.75 * strength * HEAT(heat / reach)
        mixed[..., 3] = 1.0
        return np.clip(mixed, 0, 1)

    def _draw_examples(self, examples: Any, captions: Sequence[str], boxes: Sequence) -> None:
        images = np.stack([_colors(one) for one in examples])
        made = mosaic(images, self._ground, columns=3)
        place = self._put(self._shown_main, self._main, made.colors)
        times = made.tile[0] / images.shape[1]
        left, top, scale = place
        room = self._main.get_position()
        for number in range(len(images)):
            if number < len(boxes) and boxes[number] is not None:
                part = tuple(times * value for value in boxes[number])
                self._frame_at(self._boxes[number], made, number, place, part)
                self._boxes[number].set_visible(True)
            if number < len(captions):
                corner = made.corner(number)
                at = (
                    left + (corner[1] + 0.03 * made.tile[1]) * scale / (room.width * WIDTH),
                    top + (corner[0] + 0.03 * made.tile[0]) * scale / (room.height * HEIGHT),
                )
                self._captions[number].set(text=captions[number], position=at, visible=True)

    def _draw_bars(self, bars: Sequence[tuple[str, float, bool]]) -> None:
        reach = max((abs(score) for _name, score, _chosen in bars), default=1.0) or 1.0
        for place, (bar, (name, score)) in enumerate(zip(self._bars, self._names, strict=True)):
            there = place < len(bars)
            for artist in (bar, name, score):
                artist.set_visible(there)
            if there:
                words, value, chosen = bars[place]
                bar.set_width(0.66 * max(value, 0) / reach)
                bar.set_facecolor(stroke(CHOSEN if chosen else 2, self.theme).color)
                bar.set_alpha(0.9 if chosen else 0.45)
                name.set_text(("▸ " if chosen else "") + _shortened(words))
                score.set_text(short(value))


def _colors(image: Any) -> np.ndarray:
    """An image in grays or in red, green and blue as colors (height, width, 4)."""
    pixels = np.clip(np.asarray(image, dtype=float), 0, 1)
    if pixels.ndim == 2:
        return GRAYS(pixels)
    return np.concatenate([pixels, np.ones((*pixels.shape[:2], 1))], axis=-1)


def _shortened(text: str) -> str:
    return text if len(text) <= 8 else text[:7] + "…"
