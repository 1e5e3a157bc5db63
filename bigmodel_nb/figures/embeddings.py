"""The picture of a table of tokens: where they lie in the plane of largest variance, and who is near whom."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import Rectangle

from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.lettering import MONO, drawable_text, shortened
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.embeddings import Plane

NEAREST = 10
NAMED = 160  # tokens that all have their name on the map; of more, the chosen one and its neighbors
LETTERS = 10
CHOSEN, NEAR = 5, 1  # vermilion and blue


class EmbeddingFigure(Picture):
    """Draws a `maths.embeddings.Plane` of tokens `names`; `chosen` is the number of one, ringed, `near` are
    its neighbors, framed, with their `cosines` as bars."""

    def __init__(
        self,
        flat: Plane,
        names: Sequence[str],
        chosen: int,
        near: np.ndarray,
        cosines: np.ndarray,
        *,
        theme: str = "light",
    ):
        super().__init__(640, 440, theme)
        ink = self.theme.ink
        self.map = self.panel(0.02, 0.07, 0.585, 0.85)
        self.map.set(xticks=[], yticks=[])
        self.map.grid(False)
        self.bars = self.panel(0.745, 0.07, 0.165, 0.85)
        self.bars.set(xlim=(-1, 1), ylim=(NEAREST - 0.4, -0.6), yticks=[])
        self.bars.set_xticks([-1, 0, 1])
        self.bars.axvline(0, color=self.theme.muted, linewidth=0.8)
        self.bars.grid(False, axis="y")
        self._map_title = self.map.set_title("", loc="left", fontsize=FONT_POINTS, color=ink, pad=6)
        self._bar_title = self.moves(
            self.bars.text(-0.80, -0.85, "", fontsize=FONT_POINTS, color=ink, parse_math=False,
                           transform=self.bars.get_yaxis_transform())
        )  # fmt: skip
        self._dots = self.map.plot([], [], ".", color=self.theme.muted, markersize=3, alpha=0.6)[0]
        self._static: list = []
        first, second = stroke(CHOSEN, self.theme).color, stroke(NEAR, self.theme).color
        self._ring = self.moves(
            self.map.plot([], [], "o", markersize=21, markerfacecolor="none", markeredgecolor=first,
                          markeredgewidth=2.4)[0]
        )  # fmt: skip
        self._frames = self.moves(
            self.map.plot([], [], "s", markersize=17, markerfacecolor="none", markeredgecolor=second,
                          markeredgewidth=1.5)[0]
        )  # fmt: skip
        letters = {"family": MONO, "fontsize": FONT_POINTS, "ha": "center", "va": "center"}
        self._called = [
            self.moves(self.map.text(0, 0, "", color=ink, parse_math=False, **letters))  # type: ignore[arg-type]
            for _place in range(NEAREST + 1)
        ]
        self._cosines = [
            self.moves(
                self.bars.add_patch(Rectangle((0, row - 0.3), 0, 0.6, facecolor=second, edgecolor="none"))
            )
            for row in range(NEAREST)
        ]
        beside = {"transform": self.bars.get_yaxis_transform(), "va": "center", "parse_math": False}
        self._names = [
            self.moves(self.bars.text(-0.06, row, "", ha="right", family=MONO, color=ink,
                                      fontsize=FONT_POINTS - 0.5, **beside))  # type: ignore[arg-type]
            for row in range(NEAREST)
        ]  # fmt: skip
        self._numbers = [
            self.moves(self.bars.text(1.06, row, "", color=ink, fontsize=FONT_POINTS - 1, **beside))  # type: ignore[arg-type]
            for row in range(NEAREST)
        ]
        self._flat: Plane | None = None
        self.update(flat, names, chosen, near, cosines)

    def update(
        self, flat: Plane, names: Sequence[str], chosen: int, near: np.ndarray, cosines: np.ndarray
    ) -> None:
        """Another token is chosen, or the table has changed."""
        if flat is not self._flat:
            self._flat = flat
            self._spread(flat, names)
        points, near = flat.points, np.asarray(near)[:NEAREST]
        self._ring.set_data(points[[chosen], 0], points[[chosen], 1])
        self._frames.set_data(points[near, 0], points[near, 1])
        for place, text in enumerate(self._called):
            there = place <= len(near) and len(names) > NAMED
            text.set_visible(there)
            if there:
                token = chosen if place == 0 else int(near[place - 1])
                text.set(text=_called(names[token]), position=tuple(points[token]))
        self._bar_title.set_text(_("cosine with {token}").format(token=_called(names[chosen])))
        for row, (bar, name, number) in enumerate(
            zip(self._cosines, self._names, self._numbers, strict=True)
        ):
            there = row < len(near)
            for artist in (bar, name, number):
                artist.set_visible(there)
            if there:
                bar.set_width(float(cosines[row]))
                name.set_text(_called(names[int(near[row])]))
                number.set_text(f"{cosines[row]:.2f}")

    def _spread(self, flat: Plane, names: Sequence[str]) -> None:
        """What stays while tokens are chosen: all of them, at their places."""
        for text in self._static:
            text.remove()
        points = flat.points
        few = len(names) <= NAMED
        self._static = [
            self.map.text(
                points[token, 0], points[token, 1], _called(names[token]), family=MONO,
                fontsize=FONT_POINTS, color=self.theme.ink, ha="center", va="center", parse_math=False,
                clip_on=True,
            )
            for token in range(len(names) if few else 0)
        ]  # fmt: skip
        self._dots.set_data(([], []) if few else (points[:, 0], points[:, 1]))
        low, high = points.min(axis=0), points.max(axis=0)
        room = 0.06 * np.maximum(high - low, 1e-9)
        self.map.set(xlim=(low[0] - room[0], high[0] + room[0]), ylim=(low[1] - room[1], high[1] + room[1]))
        self._map_title.set_text(
            _("two directions with {share:.0%} of the variance").format(share=flat.shares.sum())
        )
        self.redraw_all()


def _called(name: str) -> str:
    return shortened(drawable_text(name), LETTERS)
