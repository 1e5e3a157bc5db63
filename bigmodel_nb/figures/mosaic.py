"""Many small pictures as one image of colors: tiles in rows, with gaps between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

GAP = 0.08  # of a tile, between two tiles


@dataclass(frozen=True, eq=False)
class Mosaic:
    """`colors` (height, width, 4) of all tiles; tile number n stands at `corner(n)`, (top, left) in pixels of
    it, and is `tile` (height, width) large."""

    colors: np.ndarray
    tile: tuple[int, int]
    columns: int
    gap: int

    def corner(self, number: int) -> tuple[int, int]:
        row, column = divmod(number, self.columns)
        return row * (self.tile[0] + self.gap), column * (self.tile[1] + self.gap)


def mosaic(tiles: np.ndarray, ground: tuple[float, ...], *, columns: int | None = None) -> Mosaic:
    """`tiles` (n, height, width, 4), colors from 0 to 1, in about as many rows as columns."""
    count, height, width = tiles.shape[:3]
    if columns is None:  # the shape of the whole nearest to a square
        columns = max(1, min(count, int(np.ceil(np.sqrt(count * height / width)))))
    if max(height, width) < 8:  # so that gaps are thin beside tiles of few pixels
        times = -(-8 // max(height, width))
        tiles = tiles.repeat(times, axis=1).repeat(times, axis=2)
        height, width = tiles.shape[1:3]
    gap = max(1, round(GAP * min(height, width)))
    rows = -(-count // columns)
    whole = np.empty((rows * (height + gap) - gap, columns * (width + gap) - gap, 4))
    whole[:] = ground
    made = Mosaic(whole, (height, width), columns, gap)
    for number, tile in enumerate(tiles):
        top, left = made.corner(number)
        whole[top : top + height, left : left + width] = tile
    return made
