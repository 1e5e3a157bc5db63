"""The picture of attention: one stage of one head, all heads at a glance, and the logit lens by layer.

AttentionFigure(view_of(trace, labels, names, layer=1, head=0, stage="softmax"))
"""

from __future__ import annotations

import io

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.figures.attention_parts import Parts, Sheet
from bigmodel_nb.figures.canvas import Encoding, Picture
from bigmodel_nb.figures.lettering import drawable_text, shortened
from bigmodel_nb.figures.number_grid import short
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.attention_view import AttentionView

WIDTH, HEIGHT, WITHOUT_LENS = 640, 600, 440
MATRIX = (124, 112, 668, 668)  # left, top, width, height in pixels, two for each of CSS
TILES = (836, 112, 424, 668)
LENS = (24, 930, 1236, 240)
MOST_ROWS = 7  # layers of the lens
TITLES = {
    "scores": _("scores: query · key"),
    "scaled": _("scaled scores"),
    "masked": _("masked scores"),
    "softmax": _("softmax: weights"),
    "weighted values": _("weighted values"),
}


class AttentionFigure(Picture):
    """Draws a `maths.attention_view.AttentionView`: rows are queries, columns keys. `answers=False` hides
    what a reader is asked to predict."""

    def __init__(self, view: AttentionView, *, answers: bool = True, theme: str = "light"):
        if not isinstance(view, AttentionView):
            raise arguments.wrong_type("view", _("what view_of() returns"), view)
        super().__init__(WIDTH, HEIGHT if view.lens else WITHOUT_LENS, theme)
        self._sheet = Sheet(self.figure.canvas.get_width_height(physical=True), self.theme.card)
        self._parts = Parts(self._sheet, self.theme)
        self._reach: tuple[tuple, float] | None = None
        self.update(view, answers=answers)

    def encode(self, moving: bool = False) -> tuple[Encoding, bytes]:
        """As in `Picture`. All of this picture is on the sheet: the way over matplotlib is spared."""
        out = io.BytesIO()
        if moving:
            self._sheet.image.save(out, "JPEG", quality=88, subsampling=0)
            return "jpeg", out.getvalue()
        self._sheet.image.save(out, "PNG", compress_level=3)
        return "png", out.getvalue()

    def fits(self, view: AttentionView) -> bool:
        """Whether this picture has the height for the view: with the logit lens, or without."""
        return self.height == (HEIGHT if view.lens else WITHOUT_LENS)

    def update(self, view: AttentionView, *, answers: bool = True, rescale: bool = True) -> None:
        """Draws another view in place; without `rescale` colors keep their meaning as far as they can."""
        self._sheet.wipe()
        parts = self._parts
        if not answers:
            parts.words(640, self.height, "?", 60, "mm", fill=parts.muted)
            return
        reach = self._scale(view, rescale)
        where = _("block_{layer}, head {head}").format(layer=view.layer, head=view.head)
        title = _(TITLES[view.stage])
        parts.words(24, 28, title if view.vectors else f"{where}: {title}", 10.5)
        square = view.matrix.shape == (len(view.labels),) * 2 and view.stage != "weighted values"
        columns = view.labels if square else [str(n) for n in range(view.matrix.shape[1])]
        parts.matrix(
            MATRIX, view.matrix, reach, view.hidden, view.labels, columns, view.token, square,
            view.stage == "softmax",
        )  # fmt: skip
        parts.words(MATRIX[0], MATRIX[1] + MATRIX[3] + 22, self._legend(view, reach), 8, fill=parts.muted)
        self._beside(view)
        if view.lens and self.height == HEIGHT:
            token = shortened(drawable_text(view.labels[view.token]), 12)
            said = _("logit lens: what comes after “{token}” (token {n}), if the model ended here")
            parts.words(24, 880, said.format(token=token, n=view.token), 10.5)
            rows = view.lens
            if len(rows) > MOST_ROWS:
                rows = tuple(rows[int(n)] for n in np.linspace(0, len(rows) - 1, MOST_ROWS).round())
            parts.lens((LENS[0], LENS[1] - 18, *LENS[2:]), rows, 180)

    def _beside(self, view: AttentionView) -> None:
        """On the right all heads, or the three matrices, and what the chosen token looks at."""
        parts, (left, top, width, height) = self._parts, TILES
        if view.vectors:
            named = zip((_("queries"), _("keys"), _("values")), view.vectors, strict=True)
            parts.vectors((left, 14, width, MATRIX[1] + MATRIX[3] - 14), list(named), view.labels, view.token)
            return
        parts.words(left, 28, _("all heads, one row a block"), 10.5)
        parts.words(left, 62, _("weights; below: entropy in bits"), 8, fill=parts.muted)
        parts.tiles(TILES, view.maps, view.bits, view.layer, view.head)
        layers, heads = view.maps.shape[:2]
        used = round(layers * min(width / heads, height / layers)) + 24
        if height - used >= 40 + 3 * 38:
            token = shortened(drawable_text(view.labels[view.token]), 9)
            parts.words(left, top + used + 16, _("“{token}” looks at").format(token=token), 10.5)
            parts.looks((left, top + used + 40, width, height - used - 40), view.labels, view.row)

    def _scale(self, view: AttentionView, rescale: bool) -> float:
        """The number with the strongest color: 1 of weights, else the largest one that is seen."""
        if view.stage == "softmax":
            return 1.0
        kind = (view.stage, view.layer, view.head)
        if rescale or self._reach is None or self._reach[0] != kind:
            seen = view.matrix if view.hidden is None else view.matrix[~view.hidden]
            self._reach = kind, max(float(np.abs(seen).max()), 1e-6)
        return self._reach[1]

    def _legend(self, view: AttentionView, reach: float) -> str:
        if view.stage == "softmax":
            words = _("blue: the square root of the weight, 0 to 1")
        else:
            words = _("blue: {high}, orange: {low}").format(high=short(reach), low=short(-reach))
        return words + (_("; gray: hidden") if view.hidden is not None else "")
