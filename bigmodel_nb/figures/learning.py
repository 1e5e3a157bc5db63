"""The picture of a model that learns to read: loss and accuracy by epoch, and what it still gets wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.inputs import drawable
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

ROWS, COLUMNS = 7, 10
LOOKS = (5, 1, 3)  # vermilion, blue, green: each with a dash and a marker of its own


@dataclass
class Curve:
    """What a training run has shown so far: the loss, and the share of right answers, before the first epoch
    and after each, both on examples that it does not learn from."""

    name: str
    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)

    def add(self, loss: float, accuracy: float) -> None:
        """One more epoch; the first call says what was so before training. A loss may be infinite: it is
        drawn at the upper edge."""
        self.accuracies.append(arguments.between("accuracy", accuracy, 0, 1))
        self.losses.append(float(loss))


class LearningFigure(Picture):
    """Draws up to three `curves` over `epochs` epochs and the images (k, height, width) of `wrong` answers.

    `summary` says in words what the picture shows.
    """

    def __init__(self, epochs: int, curves: Sequence[Curve] = (), *, wrong: Any = None, theme: str = "light"):
        super().__init__(640, 320, theme)
        self.epochs = arguments.whole("epochs", epochs, 1)
        self.summary = ""
        self.accuracy = self.panel(0.085, 0.575, 0.40, 0.335)
        self.loss = self.panel(0.085, 0.130, 0.40, 0.305)
        self.grid = self.panel(0.535, 0.035, 0.45, 0.875, grid=False)
        edge = 0.02 * self.epochs
        self.accuracy.set(xlim=(-edge, self.epochs + edge), ylim=(-0.03, 1.04), yticks=(0, 0.5, 1))
        self.accuracy.set_yticklabels(["0", "50 %", "100 %"])
        self.loss.set(xlim=(-edge, self.epochs + edge), ylim=(0, 2.6), xlabel=_("epoch"))
        for axes in (self.accuracy, self.loss):
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        self._title(self.accuracy, _("read correctly, of digits never seen"))
        self._title(self.loss, _("loss on these"))
        self.grid.set(xticks=[], yticks=[])
        ink = LinearSegmentedColormap.from_list("ink", [self.theme.card, self.theme.ink])
        self._mosaic = self.moves(
            self.grid.imshow(
                np.zeros((1, 1)), cmap=ink, vmin=0, vmax=1, aspect="auto", interpolation="nearest"
            )
        )
        self._count = self.moves(self._title(self.grid, ""))
        self._lines = [self._line(look) for look in LOOKS]
        self._legend_of: list[str] = []
        self.update(curves, wrong=wrong)

    def _title(self, axes, text: str):
        return axes.set_title(text, loc="left", pad=5, fontsize=FONT_POINTS, color=self.theme.ink)

    def _line(self, index: int):
        look = stroke(index, self.theme)
        style: dict[str, Any] = {"color": look.color, "linestyle": look.dash, "marker": look.marker}
        return [
            self.moves(axes.plot([], [], markersize=4.5, linewidth=1.7, **style)[0])
            for axes in (self.accuracy, self.loss)
        ]

    def update(self, curves: Sequence[Curve], *, wrong: Any = None) -> None:
        """Draws what is known by now, in place. `wrong=None` leaves the images of wrong answers out."""
        expected = _("a list of at most {most} of Curve").format(most=len(LOOKS))
        if not isinstance(curves, Sequence) or not all(isinstance(curve, Curve) for curve in curves):
            raise arguments.wrong_type("curves", expected, curves)
        if len(curves) > len(LOOKS):
            raise arguments.wrong_value("curves", expected, curves)
        images = None if wrong is None else _checked_images(wrong)
        top = self.loss.get_ylim()[1]
        for place, (upper, lower) in enumerate(self._lines):
            curve = curves[place] if place < len(curves) else Curve("")
            number = range(len(curve.losses))
            upper.set_data(number, curve.accuracies)
            lower.set_data(number, np.minimum(drawable(curve.losses), top))
        self._name([curve.name for curve in curves])
        self._show(images)
        self.summary = self._described(curves, images)

    def _show(self, images: np.ndarray | None) -> None:
        known = images is not None
        self._mosaic.set_visible(known)
        self._count.set_text(_("read wrongly: {n}").format(n=len(images)) if images is not None else "")
        if images is not None:
            mosaic = _mosaic(images)
            self._mosaic.set_data(mosaic)
            self._mosaic.set_extent((0, 1, 0, 1))
            self.grid.set(xlim=(0, 1), ylim=(0, 1))

    def _name(self, names: list[str]) -> None:
        """The legend is part of what is kept; it is made anew only for other names."""
        if names == self._legend_of:
            return
        self._legend_of = names
        old = self.accuracy.get_legend()
        if old is not None:
            old.remove()
        if names:
            self.accuracy.legend(
                [upper for upper, _lower in self._lines[: len(names)]], names, loc="lower right",
                frameon=False, fontsize=FONT_POINTS, labelcolor=self.theme.ink, handlelength=2.6,
            )  # fmt: skip
        self.redraw_all()

    def _described(self, curves: Sequence[Curve], images: np.ndarray | None) -> str:
        begun = [curve for curve in curves if curve.losses]
        if not begun:
            return _("Nothing is learned yet.")
        parts = [
            _("{name}, epoch {epoch} of {epochs}: {share} read correctly, loss {loss}").format(
                name=curve.name,
                epoch=len(curve.losses) - 1,
                epochs=self.epochs,
                share=f"{curve.accuracies[-1]:.1%}",
                loss=f"{curve.losses[-1]:.3f}",
            )
            for curve in begun
        ]
        if images is not None:
            parts.append(_("read wrongly: {n}").format(n=len(images)))
        return "; ".join(parts) + "."


def _checked_images(wrong: Any) -> np.ndarray:
    expected = _("an array of shape (k, height, width) with values from 0 to 1")
    images = array_of_numbers("wrong", wrong, expected, empty=True)
    if images.ndim != 3 or 0 in images.shape[1:]:
        raise arguments.wrong_value("wrong", expected, wrong)
    return images


def _mosaic(images: np.ndarray) -> np.ndarray:
    """The first images side by side, a pixel apart, on an empty ground."""
    height, width = images.shape[1:]
    mosaic = np.zeros((ROWS * (height + 2), COLUMNS * (width + 2)))
    for place, image in enumerate(images[: ROWS * COLUMNS]):
        row, column = divmod(place, COLUMNS)
        top, left = row * (height + 2) + 1, column * (width + 2) + 1
        mosaic[top : top + height, left : left + width] = image
    return mosaic
