"""Values from -1 to 1 as colors: orange below zero, the ground at zero, blue above; and pictures of them."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import to_rgb
from PIL import Image

from bigmodel_nb.figures.theme import Theme

STEPS = 256
# of Okabe and Ito, lifted on the dark card; both ends are equally far from the ground
ENDS = {"light": ("#e8820e", "#0072b2"), "dark": ("#f0913a", "#4aa8e8")}
FULL = 0.85  # how far the strongest value goes from the ground to its color


def shade_table(theme: Theme) -> np.ndarray:
    """RGBA (256, 4) for values from -1 (index 0) to 1 (index 255)."""
    low, ground, high = (
        np.array(to_rgb(color)) for color in (ENDS[theme.name][0], theme.panel, ENDS[theme.name][1])
    )
    share = np.linspace(-1, 1, STEPS)[:, None]
    colors = ground + FULL * np.abs(share) * (np.where(share < 0, low, high) - ground)
    return np.concatenate([np.round(255 * colors), np.full((STEPS, 1), 255)], axis=1).astype(np.uint8)


def shaded(values: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Values of any shape as colors (..., 4); what lies beyond -1 and 1 is cut off, NaN is the ground."""
    places = np.nan_to_num(values) * (STEPS / 2) + STEPS / 2
    return table[np.clip(places, 0, STEPS - 1).astype(np.uint8)]


def smooth(values: np.ndarray, side: int) -> np.ndarray:
    """Values (n, n), finer: (side, side), by straight lines between neighbors."""
    image = Image.fromarray(np.clip(np.nan_to_num(values), -4, 4).astype(np.float32))
    return np.asarray(image.resize((side, side), Image.Resampling.BILINEAR))


class Tiles(Artist):
    """Small pictures at fixed places of the canvas, pixel for pixel: nothing is resampled.

    `tiles` are (left, bottom, RGBA (height, width, 4)), in pixels of the canvas.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tiles: list[tuple[float, float, np.ndarray]] = []

    def draw(self, renderer) -> None:
        context = renderer.new_gc()
        for left, bottom, image in self.tiles:
            renderer.draw_image(context, left, bottom, np.ascontiguousarray(image[::-1]))
        context.restore()


def framed(image: np.ndarray, color: np.ndarray, width: int) -> np.ndarray:
    """A copy of an RGBA picture with a frame of so many pixels inside its edge."""
    image = image.copy()
    for edge in (np.s_[:width], np.s_[-width:], np.s_[:, :width], np.s_[:, -width:]):
        image[edge] = color
    return image
