"""An image of colors in a part of its axes: drawn by Pillow, in a fraction of the time that imshow takes."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist, allow_rasterization
from matplotlib.axes import Axes
from PIL import Image


class Pixels(Artist):
    """Colors (height, width, 4), from 0 to 1, as sharp squares. `place` is (left, top, width, height) in
    parts of the axes, from their upper left corner."""

    def __init__(self, axes: Axes):
        super().__init__()
        self._room = axes
        self.place = (0.0, 0.0, 1.0, 1.0)
        self._image: Image.Image | None = None
        self.set_zorder(1)
        axes.add_artist(self)
        self.set_figure(axes.figure)

    def show(self, colors: np.ndarray, place: tuple[float, float, float, float]) -> None:
        self._image = Image.fromarray((colors[..., :3] * 255 + 0.5).astype(np.uint8))
        self.place = place

    @allow_rasterization
    def draw(self, renderer) -> None:
        if self._image is None or not self.get_visible():
            return
        box = self._room.get_window_extent(renderer)
        left, top, width, height = self.place
        size = max(round(box.width * width), 1), max(round(box.height * height), 1)
        smaller = size[0] < self._image.width
        image = self._image.resize(size, Image.Resampling.BOX if smaller else Image.Resampling.NEAREST)
        pixels = np.asarray(image.convert("RGBA"))[::-1]  # from the bottom up, as matplotlib counts
        bottom = box.y1 - box.height * (top + height)
        at = round(box.x0 + box.width * left), round(bottom)
        renderer.draw_image(renderer.new_gc(), *at, np.ascontiguousarray(pixels))
