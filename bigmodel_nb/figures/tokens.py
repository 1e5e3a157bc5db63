"""The picture of a text in pieces: its tokens as boxes that wrap, how many there are, and how long."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.lettering import MONO, drawable_text, shortened
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _

WIDTH, HEIGHT = 640, 440
LEFT, TOP, ROW, BOX = 12.0, 34.0, 23.0, 18.5  # in CSS pixels: margins, distance of rows, height of a box
ROWS = 11
LONGEST = 30  # letters of a token that are shown
SPLITS = 4  # at most
LENGTHS = 8  # bars of the lengths; the last holds all that are longer
COLORS = (1, 3, 5, 6, 4, 2)
CHOSEN = 1


class Pieces(NamedTuple):
    """A text in tokens: how each is shown, and how many bytes of UTF-8 each stands for."""

    shown: Sequence[str]
    lengths: np.ndarray


class TokenFigure(Picture):
    """Draws a text of `characters` characters that was split in one or several ways: `splits` are `Pieces`
    by name, of which `chosen` is drawn as boxes. Equal tokens have the same color. At the bottom the number
    of tokens of each, and the lengths of the chosen ones in bytes."""

    def __init__(self, splits: Mapping[str, Pieces], chosen: str, characters: int, *, theme: str = "light"):
        super().__init__(WIDTH, HEIGHT, theme)
        ink = self.theme.ink
        self._letters = {"fontsize": FONT_POINTS - 0.5, "color": ink}
        self.page = self.panel(0, 0, 1, 1, grid=False)
        self.page.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0), facecolor="none")
        self.page.axis("off")
        self.page.set_zorder(3)
        self.counts = self.panel(0.165, 0.065, 0.20, 0.20)
        self.counts.set(xlim=(0, 1), ylim=(SPLITS - 0.5, -0.5), xticks=[], yticks=[])
        self.lengths = self.panel(0.70, 0.065, 0.28, 0.20)
        places = [str(n) for n in range(1, LENGTHS)] + [f"{LENGTHS}+"]
        self.lengths.set(xlim=(0.4, LENGTHS + 0.6), ylim=(0, 1.28), yticks=[])
        self.lengths.set_xticks(range(1, LENGTHS + 1), places)
        self.lengths.grid(False)
        title = {"fontsize": FONT_POINTS - 0.5, "color": ink, "va": "bottom"}
        self.page.text(LEFT, 319, _("tokens of this text"), **title)  # type: ignore[arg-type]
        self.page.text(0.70 * WIDTH, 319, _("bytes of a token"), **title)  # type: ignore[arg-type]
        self._title = self.moves(self.page.text(LEFT, 22, "", fontsize=FONT_POINTS, color=ink))
        self._rest = self.moves(
            self.page.text(WIDTH - LEFT, 22, "", fontsize=FONT_POINTS - 1, color=self.theme.muted, ha="right")
        )
        self._boxes = self.moves(PolyCollection([], linewidths=1.1, zorder=2))
        self.page.add_collection(self._boxes, autolim=False)
        self._cell = self._width_of_a_letter()
        self._cells = int((WIDTH - 2 * LEFT - 4) / self._cell)  # letters that fit into a row
        self._lines = [
            self.moves(
                self.page.text(
                    LEFT + 4, TOP + ROW * (row + 0.5), "", va="center_baseline", family=MONO, zorder=3,
                    parse_math=False, fontsize=FONT_POINTS - 0.5, color=ink,
                )
            )
            for row in range(ROWS)
        ]  # fmt: skip
        color = stroke(CHOSEN, self.theme).color
        self._bars = [self._bar(self.counts, color, (0, row - 0.36), 0.72) for row in range(SPLITS)]
        self._names = [self._word(-0.04, row, "right") for row in range(SPLITS)]
        self._numbers = [self._word(1.05, row, "left") for row in range(SPLITS)]
        self._columns = [self._bar(self.lengths, color, (n + 0.6, 0), 0, 0.8) for n in range(LENGTHS)]
        self._shares = [
            self.moves(
                self.lengths.text(n + 1, 0, "", ha="center", va="bottom", fontsize=FONT_POINTS - 2, color=ink)
            )
            for n in range(LENGTHS)
        ]
        self._hidden = self.moves(
            self.page.text(WIDTH / 2, 375, "?", fontsize=44, color=self.theme.muted, ha="center", va="center")
        )
        self.update(splits, chosen, characters)

    def _bar(self, axes, color: str, corner: tuple[float, float], height: float, width: float = 0):
        bar = Rectangle(corner, width, height, facecolor=color, edgecolor=self.theme.ink, linewidth=0)
        return self.moves(axes.add_patch(bar))

    def _word(self, x: float, y: float, side: str):
        word = self.counts.text(
            x, y, "", ha=side, va="center", fontsize=FONT_POINTS - 1, color=self.theme.ink, parse_math=False
        )
        return self.moves(word)

    def _width_of_a_letter(self) -> float:
        """In CSS pixels."""
        probe = self.page.text(0, 0, "m" * 100, family=MONO, fontsize=FONT_POINTS - 0.5)
        box = probe.get_window_extent(self.canvas.get_renderer())
        probe.remove()
        return box.width / 100 / (self.figure.dpi / 100)

    # -- bringing it up to date -------------------------------------------------------------

    def update(
        self, splits: Mapping[str, Pieces], chosen: str, characters: int, *, answers: bool = True
    ) -> None:
        """Draws another text or split in place. Without `answers` numbers are hidden."""
        arguments.one_of("chosen", chosen, splits)
        pieces = splits[chosen]
        left = self._fill(pieces.shown)
        self._title.set_text(_(chosen) if answers else "")
        self._rest.set_text(_("and {count:,} more tokens").format(count=left) if left and answers else "")
        self._count(splits, chosen, characters)
        self._spread(pieces.lengths)
        self._hidden.set_visible(not answers)
        for artist in (*self._bars, *self._names, *self._numbers, *self._columns, *self._shares):
            artist.set_visible(answers and artist.get_visible())

    def _fill(self, shown: Sequence[str]) -> int:
        """Puts tokens into rows; returns how many found no room."""
        rows: list[list[str]] = [[]]
        corners, colors = [], []
        column = placed = 0
        for token in shown:
            words = shortened(drawable_text(token), LONGEST)
            if column + len(words) > self._cells and column:
                if len(rows) == ROWS:
                    break
                rows.append([])
                column = 0
            x = LEFT + 4 + column * self._cell - 0.38 * self._cell
            y = TOP + ROW * (len(rows) - 0.5) - BOX / 2
            wide = (len(words) + 0.76) * self._cell
            corners.append([(x, y), (x + wide, y), (x + wide, y + BOX), (x, y + BOX)])
            colors.append(stroke(COLORS[zlib.crc32(token.encode("utf-8", "replace")) % 6], self.theme).color)
            rows[-1].append(words)
            column += len(words) + 1
            placed += 1
        self._boxes.set_verts(corners)
        self._boxes.set_edgecolor(colors)
        self._boxes.set_facecolor([f"{color}33" for color in colors])
        for number, line in enumerate(self._lines):
            line.set_text(" ".join(rows[number]) if number < len(rows) else "")
        return len(shown) - placed

    def _count(self, splits: Mapping[str, Pieces], chosen: str, characters: int) -> None:
        most = max(len(pieces.shown) for pieces in splits.values()) or 1
        names = list(splits)
        for row, (bar, name, number) in enumerate(zip(self._bars, self._names, self._numbers, strict=True)):
            there = row < len(names)
            for artist in (bar, name, number):
                artist.set_visible(there)
            if not there:
                continue
            count = len(splits[names[row]].shown)
            picked = names[row] == chosen
            bar.set(width=count / most, alpha=1.0 if picked else 0.45, linewidth=1.2 if picked else 0)
            name.set_text(("▸ " if picked else "") + _(names[row]))
            number.set_text(
                _("{count:,}, {rate:.2f} a character").format(count=count, rate=count / max(characters, 1))
            )

    def _spread(self, lengths: np.ndarray) -> None:
        counts = np.bincount(np.clip(lengths, 1, LENGTHS), minlength=LENGTHS + 1)[1:]
        most = max(int(counts.max()), 1)
        for column, word, count in zip(self._columns, self._shares, counts, strict=True):
            column.set_visible(True)
            column.set_height(count / most)
            word.set_visible(bool(count))
            word.set_text(f"{count:,}")
            word.set_y(count / most + 0.02)
