"""The parts of the picture of attention, each drawn by Pillow: a matrix with labels, small maps, a table."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from matplotlib import font_manager
from matplotlib.colors import to_rgb
from PIL import Image, ImageDraw, ImageFont

from bigmodel_nb.figures.canvas import CSS_DPI, SCALE
from bigmodel_nb.figures.lettering import MONO, drawable_text, shortened
from bigmodel_nb.figures.number_grid import short
from bigmodel_nb.figures.shades import shade_table, shaded
from bigmodel_nb.figures.theme import Theme, stroke

CHOSEN = 5  # the look of what is chosen: vermilion
NUMBERS_FROM = 64  # pixels of a cell in which its number has room
SMALLEST, LARGEST = 13, 24  # pixels of letters
Color = tuple[int, int, int]


def color(name: str) -> Color:
    red, green, blue = (round(255 * part) for part in to_rgb(name))
    return red, green, blue


@functools.cache
def font(pixels: int, family: str = "DejaVu Sans") -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_manager.findfont(family), pixels)


def points(size: float) -> int:
    """So many points in pixels of the picture."""
    return round(size * CSS_DPI * SCALE / 72)


class Sheet:
    """A Pillow image of the size of a picture, and the pen for it."""

    def __init__(self, size: tuple[int, int], ground: str):
        self.size, self._ground = size, color(ground)
        self.wipe()

    def wipe(self) -> None:
        self.image = Image.new("RGB", self.size, self._ground)
        self.pen = ImageDraw.Draw(self.image)


class Parts:
    """Draws on a sheet, in pixels from its upper left corner."""

    def __init__(self, sheet: Sheet, theme: Theme):
        self.sheet, self.theme = sheet, theme
        self.table = shade_table(theme)
        self.ink, self.muted, self.grid = color(theme.ink), color(theme.muted), color(theme.grid)
        self.chosen = color(stroke(CHOSEN, theme).color)

    def words(self, x: float, y: float, text: str, size: float = 10, anchor: str = "lm", **style) -> None:
        face = font(points(size), style.pop("family", "DejaVu Sans"))
        self.sheet.pen.text((x, y), text, font=face, anchor=anchor, fill=style.pop("fill", self.ink), **style)

    def matrix(
        self,
        box: tuple[int, int, int, int],
        values: np.ndarray,
        reach: float,
        hidden: np.ndarray | None,
        rows: Sequence[str],
        columns: Sequence[str],
        chosen: int,
        lit: bool = False,
        root: bool = False,
    ) -> None:
        """`values` as cells in `box` (left, top, width, height), labels on its left and above; the chosen row
        is framed, and with `lit` its column, too. With `root` colors go by the square roots."""
        left, top, width, height = box
        # what is hidden is the lowest number that there is
        shares = (values if hidden is None else np.where(hidden, 0, values)) / max(reach, 1e-12)
        shades = shaded(np.sqrt(shares) if root else np.clip(shares, -1, 1), self.table)[..., :3]
        if hidden is not None:
            shades = np.where(hidden[..., None], np.array(self.grid, np.uint8), shades)
        image = Image.fromarray(np.ascontiguousarray(shades))
        self.sheet.image.paste(image.resize((width, height), Image.Resampling.NEAREST), (left, top))
        high, wide = height / values.shape[0], width / values.shape[1]
        if wide >= NUMBERS_FROM and high >= 34:
            self._numbers(box, values, shades, hidden)
        pen = self.sheet.pen
        pen.rectangle((left, top, left + width, top + height), outline=self.muted)
        self._labels(rows, chosen, lambda n: (left - 8, top + (n + 0.5) * high), "rm", high, 9)
        column = chosen if lit else -1
        self._labels(columns, column, lambda n: (left + (n + 0.5) * wide, top - 6), "mb", wide, 9)
        at = top + chosen * high
        pen.rectangle((left - 2, at - 2, left + width + 2, at + high + 1), outline=self.chosen, width=4)
        if lit:
            at = left + chosen * wide
            pen.rectangle((at - 1, top - 2, at + wide + 1, top + height + 2), outline=self.chosen, width=2)

    def _numbers(self, box: tuple, values: np.ndarray, shades: np.ndarray, hidden: np.ndarray | None) -> None:
        left, top, width, height = box
        high, wide = height / values.shape[0], width / values.shape[1]
        face = font(int(min(LARGEST, wide / 3.4, high * 0.7)))
        bright = shades @ np.array([0.299, 0.587, 0.114]) > 127
        for row, column in np.ndindex(values.shape):
            out = hidden is not None and hidden[row, column]
            text = "–" if out else short(float(values[row, column]))
            ink = (16, 20, 24) if bright[row, column] else (244, 246, 248)
            at = left + (column + 0.5) * wide, top + (row + 0.5) * high
            self.sheet.pen.text(at, text, font=face, anchor="mm", fill=ink)

    def _labels(self, texts: Sequence[str], chosen: int, at, anchor: str, room: float, most: int) -> None:
        face = font(int(np.clip(room * 1.15, SMALLEST, LARGEST)), MONO)
        every = max(1, int(np.ceil(SMALLEST * 0.8 / room)))
        beside = anchor == "rm"
        letters = most if beside else max(1, int(room / (face.size * 0.62)))
        for number, text in enumerate(texts):
            here = number == chosen
            if number % every and not here:
                continue
            words = shortened(drawable_text(text), letters)
            self.sheet.pen.text(
                at(number), words, font=face, anchor=anchor, fill=self.chosen if here else self.muted,
                stroke_width=1 if here else 0, stroke_fill=self.chosen,
            )  # fmt: skip

    def tiles(
        self, box: tuple[int, int, int, int], maps: np.ndarray, bits: np.ndarray, layer: int, head: int
    ) -> None:
        """All heads as small maps in `box`, a row for each layer, with their entropies below."""
        left, top, width, height = box
        layers, heads = maps.shape[:2]
        pitch = min(width / heads, height / layers)
        caption = points(6.5) + 4 if pitch >= 80 else 0
        side = max(1, int(pitch - caption - max(2, pitch * 0.06)))
        for row, column in np.ndindex(layers, heads):
            x, y = round(left + column * (width / heads)), round(top + row * pitch)
            shades = shaded(np.sqrt(maps[row, column]), self.table)[..., :3]
            image = Image.fromarray(np.ascontiguousarray(shades))
            smaller = side < image.width
            kind = Image.Resampling.BOX if smaller else Image.Resampling.NEAREST
            self.sheet.image.paste(image.resize((side, side), kind), (x, y))
            here = (row, column) == (layer, head)
            frame = (x - 3, y - 3, x + side + 2, y + side + 2) if here else (x, y, x + side, y + side)
            ink = self.chosen if here else self.muted
            self.sheet.pen.rectangle(frame, outline=ink, width=4 if here else 1)
            if caption:
                at = x + side / 2, y + side + 3 + caption / 2
                self.words(*at, f"{bits[row, column]:.1f}", 6.5, "mm", fill=ink)

    def looks(self, box: tuple[int, int, int, int], labels: Sequence[str], row: np.ndarray) -> None:
        """The tokens with the most weight in a row, as bars."""
        left, top, width, height = box
        high = 38
        best = np.argsort(-row, kind="stable")[: min(6, height // high)]
        name = 96
        for place, token in enumerate(best):
            y = top + place * high
            share = float(row[token])
            self.words(left + name - 10, y + high / 2, shortened(drawable_text(labels[token]), 6), 9, "rm",
                       family=MONO, fill=self.ink)  # fmt: skip
            wide = (width - name - 90) * share
            fill = tuple(int(part) for part in shaded(np.array(0.8), self.table)[:3])
            self.sheet.pen.rectangle((left + name, y + 7, left + name + wide, y + high - 7), fill=fill)
            at = left + name + wide + 8
            self.words(at, y + high / 2, f"{100 * share:.0f} %", 8, fill=self.muted)

    def vectors(self, box: tuple[int, int, int, int], parts: Sequence[tuple[str, np.ndarray]],
                labels: Sequence[str], chosen: int) -> None:  # fmt: skip
        """Small matrices with their names, one below the other."""
        left, top, width, height = box
        room = height / len(parts)
        for place, (title, values) in enumerate(parts):
            y = round(top + place * room)
            self.words(left, y + 14, title, 9)
            reach = max(float(np.abs(values).max()), 1e-6)
            inner = (left + 84, y + 34, width - 84, round(room) - 52)
            self.matrix(inner, values, reach, None, labels, [""] * values.shape[1], chosen)

    def lens(
        self,
        box: tuple[int, int, int, int],
        rows: Sequence[tuple[str, Sequence[tuple[str, float]]]],
        name_width: int,
    ) -> None:
        """The most probable tokens by layer; a cell is the bluer the more probable its token is."""
        left, top, width, height = box
        high = min(height / len(rows), 54)
        cells = max(len(guesses) for _title, guesses in rows)
        wide = (width - name_width) / cells
        for number, (title, guesses) in enumerate(rows):
            y = top + number * high
            self.words(left, y + high / 2, title, 8.5, fill=self.muted)
            for place, (text, share) in enumerate(guesses):
                x = left + name_width + place * wide
                fill = tuple(int(part) for part in shaded(np.array(share), self.table)[:3])
                frame = (x, y, x + wide - 4, y + high - 4)
                self.sheet.pen.rectangle(frame, fill=fill, outline=self.grid)
                bright = np.dot(fill, (0.299, 0.587, 0.114)) > 127
                ink = (16, 20, 24) if bright else (244, 246, 248)
                middle = y + high / 2 - 2
                token = shortened(drawable_text(text), 7)
                self.words(x + 8, middle, token, 9, family=MONO, fill=ink, stroke_width=0)
                self.words(x + wide - 12, middle, f"{100 * share:.0f} %", 7.5, "rm", fill=ink)
