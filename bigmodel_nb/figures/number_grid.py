"""A small table of numbers in colored cells, and the colors for numbers with a sign."""

from __future__ import annotations

import functools

import numpy as np
from matplotlib import font_manager
from matplotlib.artist import Artist, allow_rasterization
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from PIL import Image, ImageDraw, ImageFont

from bigmodel_nb.figures.canvas import CSS_DPI, SCALE, Picture
from bigmodel_nb.figures.theme import Theme
from bigmodel_nb.language import gettext as _

GRAYS = LinearSegmentedColormap.from_list("grays", ["#000000", "#ffffff"])
FONTS = {1: 12.0, 2: 12.0, 3: 11.0, 4: 9.5, 5: 8.5, 6: 7.5, 7: 7.0}  # points, by cells along the longer side
DARK, BRIGHT = (16, 20, 24), (244, 246, 248)


def signed_colors(theme: Theme) -> Colormap:
    """Blue below zero, the ground at zero, orange above: told apart with any color vision."""
    low, high = ("#0072b2", "#e67000") if theme.name == "light" else ("#3d9be0", "#f08a30")
    return LinearSegmentedColormap.from_list("signed", [low, theme.panel, high])


def zero_color(theme: Theme) -> str:
    """What the middle of `signed_colors` is called."""
    return _("white") if theme.name == "light" else _("black")


def short(value: float, narrow: bool = False) -> str:
    """A number in at most five characters or so; in a narrow cell -0.19 is -.19 and 1.25 is 1.2."""
    size = abs(value)
    if size == 0:
        return "0"  # also of -0.0
    if size < 5e-3:
        return f"{value:.0e}".replace("e-0", "e-") if size < 5e-4 else f"{value:.3f}"
    if size >= 1e5:
        return f"{value:.0e}".replace("e+0", "e")
    digits = 0 if size >= 100 else 1 if size >= 10 or (narrow and size >= 0.995) else 2
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("0.", ".", 1) if narrow and size < 1 else text


@functools.cache
def _font(points: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_manager.findfont("DejaVu Sans"), round(points * CSS_DPI * SCALE / 72))


class NumberGrid(Artist):
    """Cells in the middle of `axes`, each with its number.

    Drawn as one image: a hundred texts of matplotlib would take longer than the whole picture may.
    """

    def __init__(self, axes: Axes, *, colors: Colormap, theme: Theme):
        super().__init__()
        self._room = axes
        self.colors, self.theme = colors, theme
        self.values = np.zeros((0, 0))
        self._shades = np.zeros((0, 0, 4), np.uint8)
        self.set_zorder(4)
        axes.set(xticks=[], yticks=[])
        axes.set_axis_off()
        axes.add_artist(self)
        self.set_figure(axes.figure)

    def update_values(self, values: np.ndarray, low: float, high: float) -> None:
        """Fills the cells with `values` (h, w), colored from `low` to `high`; no cells where h or w is 0."""
        self.values = values
        self._shades = (self.colors(Normalize(low, high, clip=True)(values)) * 255).astype(np.uint8)

    @allow_rasterization
    def draw(self, renderer) -> None:
        height, width = self.values.shape
        if not self.values.size or not self.get_visible():
            return
        box = self._room.get_window_extent(renderer)
        cell = int(min(box.width, box.height) // max(height, width))
        image = Image.fromarray(self._shades).resize((width * cell, height * cell), Image.Resampling.NEAREST)
        self._write(image, cell)
        pixels = np.asarray(image)[::-1]  # from the bottom up, as matplotlib counts
        left = round(box.x0 + (box.width - image.width) / 2)
        bottom = round(box.y0 + (box.height - image.height) / 2)
        renderer.draw_image(renderer.new_gc(), left, bottom, np.ascontiguousarray(pixels))

    def _write(self, image: Image.Image, cell: int) -> None:
        height, width = self.values.shape
        longest = max(height, width)
        font, narrow = _font(FONTS[longest]), longest > 5
        pen = ImageDraw.Draw(image)
        edge = tuple(round(255 * part) for part in _rgb(self.theme.muted))
        bright = self._shades[..., :3] @ np.array([0.299, 0.587, 0.114]) > 127
        for row, column in np.ndindex(height, width):
            left, top = column * cell, row * cell
            pen.rectangle((left, top, left + cell, top + cell), outline=edge)
            pen.text(
                (left + cell / 2, top + cell / 2),
                short(float(self.values[row, column]), narrow),
                font=font,
                anchor="mm",
                fill=DARK if bright[row, column] else BRIGHT,
            )
        pen.rectangle((0, 0, width * cell - 1, height * cell - 1), outline=edge, width=2)


def _rgb(color: str) -> tuple[float, ...]:
    return tuple(int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))


def grid_in(picture: Picture, axes: Axes, *, colors: Colormap, moves: bool = True) -> NumberGrid:
    """A grid in the middle of `axes`; with `moves`, it is redrawn while the picture is in motion."""
    grid = NumberGrid(axes, colors=colors, theme=picture.theme)
    return picture.moves(grid) if moves else grid
