"""A picture that is drawn once and then updated: the base of every figure in the package.

Drawing a matplotlib figure anew costs tens of milliseconds, and encoding it as PNG about as much
again. So a picture keeps its unchanging parts (frames, contours, labels) as a bitmap, draws only the
artists that move on top of it (this is called blitting), and encodes the result as JPEG while a
control moves and as PNG when it rests.

    picture = SomePicture(...)
    picture.update(data)                  # changes artists in place
    kind, data = picture.encode(moving=True)
"""

from __future__ import annotations

import io
from typing import Literal

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from bigmodel_nb.figures.theme import Theme, theme_named

# A picture is laid out in CSS pixels and drawn at twice that, so that it is sharp on dense screens.
CSS_DPI = 100
SCALE = 2
MAX_WIDTH = 640
FONT_POINTS = 10.0  # 14 CSS pixels; still 10 where a narrow JupyterLab shrinks the picture to 468

Encoding = Literal["jpeg", "png"]


class Picture:
    """A matplotlib figure with a fixed part that is kept and moving artists that are redrawn.

    `width` and `height` are in CSS pixels (at most 640 wide); `theme` is "light" or "dark".
    Subclasses create their axes with `panel`, mark the artists that move with `moves`, and call
    `redraw_all` whenever the fixed part (limits, ticks, legend, contours) has changed.
    """

    def __init__(self, width: int = MAX_WIDTH, height: int = 400, theme: str = "light"):
        self.theme: Theme = theme_named(theme)
        self.width, self.height = min(width, MAX_WIDTH), height
        self.figure = Figure(
            figsize=(self.width / CSS_DPI, self.height / CSS_DPI),
            dpi=CSS_DPI * SCALE,
            facecolor=self.theme.card,
        )
        self.canvas = FigureCanvasAgg(self.figure)
        self._moving: list[Artist] = []
        self._background = None

    # -- building ---------------------------------------------------------------------------

    def panel(self, left: float, bottom: float, width: float, height: float, *, grid: bool = True) -> Axes:
        """Axes at a place given in fractions of the picture, painted in the theme's colors."""
        axes = self.figure.add_axes((left, bottom, width, height), facecolor=self.theme.panel)
        for spine in axes.spines.values():
            spine.set_color(self.theme.muted)
            spine.set_linewidth(0.8)
        axes.tick_params(which="both", color=self.theme.muted, labelcolor=self.theme.muted, width=0.8)
        axes.tick_params(labelsize=FONT_POINTS - 1, length=3)
        axes.tick_params(which="minor", length=0)
        axes.xaxis.label.set(color=self.theme.ink, fontsize=FONT_POINTS)
        axes.yaxis.label.set(color=self.theme.ink, fontsize=FONT_POINTS)
        axes.title.set(color=self.theme.ink, fontsize=FONT_POINTS)
        if grid:
            axes.grid(True, color=self.theme.grid, linewidth=0.7)
            axes.set_axisbelow(True)
        return axes

    def moves(self, artist):
        """Marks an artist as one that changes with the data; returns it."""
        artist.set_animated(True)
        self._moving.append(artist)
        return artist

    # -- drawing ----------------------------------------------------------------------------

    def redraw_all(self) -> None:
        """The kept part no longer holds; it is drawn again before the next encoding."""
        self._background = None

    def _paint(self) -> None:
        if self._background is None:
            self.canvas.draw()
            self._background = self.canvas.copy_from_bbox(self.figure.bbox)
        else:
            self.canvas.restore_region(self._background)
        renderer = self.canvas.get_renderer()
        for artist in sorted(self._moving, key=Artist.get_zorder):
            if artist.get_visible():
                artist.draw(renderer)

    def encode(self, moving: bool = False) -> tuple[Encoding, bytes]:
        """The picture as ("jpeg", bytes) while something moves, as ("png", bytes) at rest."""
        self._paint()
        size = self.canvas.get_width_height(physical=True)
        # The card is opaque, so the fourth channel says nothing and can be skipped.
        image = Image.frombuffer("RGBX", size, self.canvas.buffer_rgba(), "raw", "RGBX", 0, 1)
        out = io.BytesIO()
        if moving:
            image.convert("RGB").save(out, "JPEG", quality=88, subsampling=0)
            return "jpeg", out.getvalue()
        image.convert("RGB").save(out, "PNG", compress_level=3)
        return "png", out.getvalue()

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        # Without the size, a notebook would show it at the size it is drawn in, which is twice as large.
        return self.encode()[1], {"width": self.width, "height": self.height}

    def save(self, path) -> None:
        """Writes the picture as a PNG file, at twice its size in CSS pixels."""
        with open(path, "wb") as file:
            file.write(self.encode()[1])
