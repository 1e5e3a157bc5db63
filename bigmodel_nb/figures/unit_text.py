"""The picture of one unit that reads a text: shaded characters, and the places that excite it most."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image, ImageDraw, ImageFont

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, SCALE, Picture
from bigmodel_nb.figures.letters import drawable_letters, font_file
from bigmodel_nb.figures.shades import Tiles, shade_table, shaded
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _

WIDTH, HEIGHT = 640, 430
COLUMNS, LINES = 66, 8  # characters of the text that are shown at once
CELL, ROW = 9 * SCALE, 18 * SCALE  # a character, in pixels of the canvas
SIZE = 15 * SCALE  # of the font, so that a character is as wide as its cell
CHUNK = 11  # letters that are written at once
EXAMPLES, BEFORE, AFTER = 6, 36, 14  # what excites most, with so many characters around it
ROOM = 12  # characters for the position and the activation that stand before an example
STRENGTH = 0.6  # of the shading: letters have to be read on it


class UnitTextFigure(Picture):
    """`pieces` (n,) are the texts of the tokens and `activations` (n,) of the unit, from -1 to 1.

    The page that holds `position` is shown above, all activations as a line in the middle, and below them
    the `places` that excite the unit most, each with the text around it.
    """

    def __init__(
        self,
        pieces: Sequence[str],
        activations: np.ndarray,
        *,
        position: int | None = None,
        places: Sequence[int] = (),
        title: str = "",
        theme: str = "light",
    ):
        super().__init__(WIDTH, HEIGHT, theme)
        self._table = shade_table(self.theme)
        self._ink = _bytes(self.theme.ink)
        self._muted = _bytes(self.theme.muted)
        self._ring = _bytes(stroke(5, self.theme).color)
        self._tiles = self.moves(Tiles())
        self.figure.add_artist(self._tiles)
        self.line = self.panel(0.08, 0.40, 0.90, 0.12)
        self.line.set(ylim=(-1.1, 1.1), yticks=[-1, 0, 1])
        self.line.tick_params(labelsize=FONT_POINTS - 2)
        self._curve = self.moves(self.line.plot([], [], color=self.theme.ink, linewidth=0.9)[0])
        self._here = self.moves(self.line.axvspan(0, 1, color=stroke(1, self.theme).color, alpha=0.2))
        self._now = self.moves(self.line.axvline(0, color=stroke(5, self.theme).color, linewidth=1.3))
        self._title = self._words(0.015, 0.965)
        self._below = self._words(0.015, 0.318)
        self._strongest = self._words(0.98, 0.965)
        self._strongest.set(ha="right", color=self.theme.muted, fontsize=FONT_POINTS - 1)
        self._below.set_text(_("where it is excited most"))
        self._length = -1
        self._asked: tuple = ()
        self._examples: list[np.ndarray] = []
        self._pieces: tuple[Sequence[str], tuple[str, np.ndarray]] = ((), ("", np.zeros(0, int)))
        self.update(pieces, activations, position=position, places=places, title=title)

    def _words(self, x: float, y: float):
        return self.moves(self.figure.text(x, y, "", va="center", fontsize=FONT_POINTS, color=self.theme.ink))

    # -- another state ----------------------------------------------------------------------

    def update(
        self,
        pieces: Sequence[str],
        activations: np.ndarray,
        *,
        position: int | None = None,
        places: Sequence[int] = (),
        title: str = "",
        rescale: bool = True,
    ) -> None:
        """Draws another unit, text or place. `rescale` changes nothing: all limits are fixed."""
        values = np.asarray(activations, dtype=float)
        count = len(values)
        position = count - 1 if position is None else arguments.whole("position", position, 0, count - 1)
        letters, owner = self._spread(pieces)
        places_of_tokens = np.searchsorted(owner, np.arange(count))
        at = int(places_of_tokens[position])
        # Small as they may be at the beginning of a training, what differs has to be seen.
        reach = max(float(np.abs(values).max()), 1e-9)
        self._strongest.set_text(_("strongest shade: ±{reach:.2f}").format(reach=reach))
        shades = values / reach
        per_page = COLUMNS * LINES
        first = at // per_page * per_page
        page = self._page(letters, shades, owner, first, at)
        self._tiles.tiles = [self._tile(page, 0.015, 0.93)]
        asked = (letters, values.tobytes(), tuple(places))
        if asked != self._asked:  # a page turned leaves them as they are
            self._asked = asked
            self._examples = [
                self._example(
                    letters, shades, owner, int(places_of_tokens[place]), f"{place:>5} {values[place]:+.2f}"
                )
                for place in list(places)[:EXAMPLES]
            ]
        for row, example in enumerate(self._examples):
            self._tiles.tiles.append(self._tile(example, 0.015, 0.287 - row * 0.0455))
        self._title.set_text(title)
        self._below.set_visible(bool(self._examples))
        self._curve.set_data(np.arange(count), values)
        shown = owner[first : first + per_page]
        self._here.set_bounds(shown[0] - 0.5, -1.1, shown[-1] - shown[0] + 1, 2.2)
        self._now.set_xdata([position, position])
        if count != self._length:
            self._length = count
            self.line.set_xlim(-0.5, max(count - 0.5, 0.6))
            self.redraw_all()

    def _spread(self, pieces: Sequence[str]) -> tuple[str, np.ndarray]:
        if pieces is not self._pieces[0]:
            self._pieces = (pieces, spread(pieces))
        return self._pieces[1]

    def _tile(self, image: np.ndarray, left: float, top: float) -> tuple[float, float, np.ndarray]:
        width, height = self.canvas.get_width_height(physical=True)
        return round(left * width), round(top * height) - len(image), image

    def _page(self, letters: str, values: np.ndarray, owner: np.ndarray, first: int, at: int) -> np.ndarray:
        shown = letters[first : first + COLUMNS * LINES]
        cells = np.zeros(COLUMNS * LINES)
        cells[: len(shown)] = values[owner[first : first + len(shown)]]
        lines = [shown[start : start + COLUMNS] for start in range(0, COLUMNS * LINES, COLUMNS)]
        return self._written(lines, cells.reshape(LINES, COLUMNS), divmod(at - first, COLUMNS))

    def _example(self, letters: str, values: np.ndarray, owner: np.ndarray, at: int, head: str) -> np.ndarray:
        """The text around a place, which always stands in the same column."""
        start = at - BEFORE
        around = letters[max(start, 0) : at + AFTER + 1]
        around = " " * max(-start, 0) + around
        cells = np.zeros((1, ROOM + BEFORE + AFTER + 1))
        seen = np.arange(max(start, 0), max(start, 0) + len(around) - max(-start, 0))
        cells[0, ROOM + max(-start, 0) : ROOM + len(around)] = values[owner[seen]]
        return self._written([head.ljust(ROOM) + around], cells, (0, ROOM + BEFORE), quiet=ROOM)

    def _written(
        self, lines: Sequence[str], cells: np.ndarray, ring: tuple[int, int], quiet: int = 0
    ) -> np.ndarray:
        """Lines of text on cells of color, with a ring around one; the first `quiet` letters are muted."""
        colors = shaded(STRENGTH * cells, self._table)
        image = Image.fromarray(colors.repeat(ROW, axis=0).repeat(CELL, axis=1))
        pen = ImageDraw.Draw(image)
        font = _font()
        for row, line in enumerate(lines):
            for part, start, ink in ((line[:quiet], 0, self._muted), (line[quiet:], quiet, self._ink)):
                # A letter of the font is a hair wider than a cell: begun anew before it adds up to a pixel.
                for left in range(0, len(part), CHUNK):
                    at = ((start + left) * CELL, row * ROW + ROW / 2)
                    pen.text(at, part[left : left + CHUNK], font=font, anchor="lm", fill=ink)
        row, column = ring
        box = (column * CELL, row * ROW, (column + 1) * CELL - 1, (row + 1) * ROW - 1)
        pen.rectangle(box, outline=self._ring, width=3)
        return np.asarray(image)


def spread(pieces: Sequence[str]) -> tuple[str, np.ndarray]:
    """All letters, one for each cell, and which piece each belongs to. Line ends are shown as ↵."""
    texts = [drawable_letters(piece) or "·" for piece in pieces]
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    return "".join(texts), owner


def _bytes(color: str) -> tuple[int, ...]:
    return tuple(round(255 * part) for part in to_rgb(color))


@functools.cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_file(), SIZE)
