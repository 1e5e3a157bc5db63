"""The picture of a kernel that moves over an image: image, output, pooled output, and the sum of one window.

ConvolutionFigure(apply_kernel(image, KERNELS["edges"]), position=(3, 5))
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.number_grid import GRAYS, grid_in, short, signed_colors, zero_color
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.filtering import Filtered

WIDTH, HEIGHT = 640, 500
TOP, ROOM = 0.425, 0.5  # the bottom of the images and their height, as parts of the picture
SEEN, MADE, KEPT, EDGE = 6, 0, 1, 2  # the looks of window, output, pooled output and padding
FLAT = 0.02  # a kernel whose sum is below this share of its size answers to changes only


class ConvolutionFigure(Picture):
    """Draws `result` (of `maths.filtering.apply_kernel`) with the window of the output at `position`.

    `filled`: only that many outputs, row by row, are drawn, as if the window had come so far; default: all.
    `hidden`: neither output nor sum is drawn, since the reader is asked about it.
    """

    def __init__(
        self,
        result: Filtered,
        *,
        position: tuple[int, int] = (0, 0),
        filled: int | None = None,
        hidden: bool = False,
        theme: str = "light",
    ):
        super().__init__(WIDTH, HEIGHT, theme)
        self._signed = signed_colors(self.theme)
        self._input, self._output, self._pooled = (self._image_panel() for _part in range(3))
        self._images = [
            axes.imshow(np.zeros((1, 1)), cmap=GRAYS, zorder=2, interpolation="nearest")
            for axes in (self._input, self._output, self._pooled)
        ]
        self.moves(self._images[1])  # the output grows as the window moves, and both change with the kernel
        self.moves(self._images[2])
        self._caption = self.moves(
            self._output.text(
                0.5, -0.03, "", transform=self._output.transAxes, ha="center", va="top",
                fontsize=FONT_POINTS - 1.5, color=self.theme.muted,
            )
        )  # fmt: skip
        self._edge = self._frame(self._input, EDGE, 1.2, (0, (3, 2)))
        self._window = self._frame(self._input, SEEN, 2.0)
        self._taps = self.moves(
            self._input.plot([], [], "s", markersize=2.6, color=stroke(SEEN, self.theme).color, zorder=6)[0]
        )
        self._cell = self._frame(self._output, MADE, 2.0)
        self._pool_window = self._frame(self._output, KEPT, 1.6, (0, (3, 1.5)))
        self._pool_cell = self._frame(self._pooled, KEPT, 2.0)
        self._question = self._output.text(
            0.5, 0.5, "?", transform=self._output.transAxes, ha="center", va="center", fontsize=40,
            color=self.theme.muted,
        )  # fmt: skip
        self._sum()
        self._drawn: tuple[Filtered, bool] | None = None
        self.update(result, position=position, filled=filled, hidden=hidden)

    def _image_panel(self) -> Axes:
        axes = self.panel(0.02, TOP, 0.47, ROOM, grid=False)
        axes.set(xticks=[], yticks=[])
        return axes

    def _frame(self, axes: Axes, look: int, width: float, dash: tuple = (0, ())) -> Rectangle:
        color = stroke(look, self.theme).color
        frame = Rectangle((0, 0), 1, 1, fill=False, edgecolor=color, linewidth=width, linestyle=dash)
        frame.set(zorder=5)
        if look != EDGE:  # seen on dark and bright pixels alike
            halo = self.theme.card if look == MADE else "#000000"
            frame.set_path_effects([withStroke(linewidth=width + 1.8, foreground=halo, alpha=0.75)])
        axes.add_patch(frame)
        return self.moves(frame)

    def _sum(self) -> None:
        """The lower row: what the window sees, the kernel, their products, and the sum."""
        side, bottom = 0.235, 0.025
        grids = []
        titles = (_("window"), _("kernel"), _("products"))
        for place, title in enumerate(titles):
            axes = self.panel(0.02 + place * 0.285, bottom, side, side * WIDTH / HEIGHT, grid=False)
            colors = GRAYS if place == 0 else self._signed
            grids.append(grid_in(self, axes, colors=colors, moves=True))
            axes.set_title(title, fontsize=FONT_POINTS, pad=4, color=self.theme.ink)
        self._seen, self._kernel, self._products = grids
        middle = bottom + side * WIDTH / HEIGHT / 2
        for place, sign in enumerate(("×", "=", "Σ")):
            self.figure.text(
                0.28 + place * 0.285, middle, sign, ha="center", va="center", fontsize=15,
                color=self.theme.ink,
            )  # fmt: skip
        look = stroke(MADE, self.theme)
        self._total = self.moves(
            self.figure.text(
                0.928, middle, "", ha="center", va="center", fontsize=14, color=look.color, weight="bold"
            )
        )

    # -- another state ----------------------------------------------------------------------

    def update(
        self,
        result: Filtered,
        *,
        position: tuple[int, int] = (0, 0),
        filled: int | None = None,
        hidden: bool = False,
    ) -> None:
        """Draws another result, or another place of the window, in place."""
        if not isinstance(result, Filtered):
            raise arguments.wrong_type("result", _("what apply_kernel() returns"), result)
        window = result.at(position)
        row, column = (int(place) for place in position)
        whole = result.output.size
        filled = whole if filled is None else arguments.whole("filled", filled, 0, whole)
        if self._drawn is None or self._drawn[0] is not result or self._drawn[1] != hidden:
            if self._drawn is None or _shapes(*self._drawn) != _shapes(result, hidden):
                self._lay_out(result, hidden)
            self._color(result, hidden)
            self._drawn = result, hidden
        self._fill(result, filled)
        (above, _below), (left, _right) = result.pads
        height, width = result.spans
        self._place(self._window, row * result.stride - above, column * result.stride - left, height, width)
        sparse = result.dilation > 1
        self._taps.set_visible(sparse)
        if sparse:
            taps = np.meshgrid(window.columns, window.rows)
            self._taps.set_data(taps[0].ravel(), taps[1].ravel())
        self._place(self._cell, row, column, 1, 1)
        kept = result.pooled_at((row, column))
        for frame in (self._pool_window, self._pool_cell):
            frame.set_visible(kept is not None and not hidden)
        if kept is not None:
            size = result.pool_size
            self._place(self._pool_window, kept[0] * size, kept[1] * size, size, size)
            self._place(self._pool_cell, *kept, 1, 1)
        self._seen.update_values(window.pixels, 0.0, 1.0)
        reach = max(float(np.abs(result.kernel).max()), 1e-12)
        self._products.update_values(window.pixels * result.kernel, -reach, reach)
        self._products.set_visible(not hidden)
        self._total.set_text("?" if hidden else short(float(result.output[row, column])))

    @staticmethod
    def _place(frame: Rectangle, row: float, column: float, height: float, width: float) -> None:
        frame.set_bounds(column - 0.5, row - 0.5, width, height)

    def _lay_out(self, result: Filtered, hidden: bool) -> None:
        """What does not move with the window: panels, images, titles."""
        panels = [self._input, self._output] + ([self._pooled] if result.pooled is not None else [])
        gap = 0.02
        room = (1 - gap * (len(panels) + 1)) / len(panels)
        for place, axes in enumerate(panels):
            axes.set_position((gap + place * (room + gap), TOP, room, ROOM))
        self._pooled.set_visible(result.pooled is not None)
        (above, below), (left, right) = result.pads
        height, width = result.image.shape
        padded = np.pad(result.image, ((above, below), (left, right)))
        self._images[0].set_data(padded)
        self._images[0].set_extent((-left - 0.5, width + right - 0.5, height + below - 0.5, -above - 0.5))
        self._images[0].set_clim(0, 1)
        self._input.set(xlim=(-left - 0.5, width + right - 0.5), ylim=(height + below - 0.5, -above - 0.5))
        self._edge.set_bounds(-0.5, -0.5, width, height)
        self._edge.set_visible(above + below + left + right > 0)
        self._input.set_title(_("image {size}").format(size=_size(result.image)), fontsize=FONT_POINTS, pad=5)
        for axes, image, values, name in (
            (self._output, self._images[1], result.output, _("output {size}")),
            (self._pooled, self._images[2], result.pooled, _("{kind} of windows {size}")),
        ):
            if values is None:
                image.set_visible(False)
                continue
            image.set_visible(not hidden)
            rows, columns = values.shape
            image.set_extent((-0.5, columns - 0.5, rows - 0.5, -0.5))
            axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), aspect="equal", anchor="C")
            size = "?" if hidden else _size(values)
            kind = {"max": _("maximum"), "average": _("mean")}.get(result.pooling, "")
            axes.set_title(name.format(size=size, kind=kind), fontsize=FONT_POINTS, pad=5)
        self._question.set_visible(hidden)
        self._cell.set_visible(not hidden)
        self.redraw_all()

    def _color(self, result: Filtered, hidden: bool) -> None:
        """What another kernel of the same size changes: numbers and colors, and no place on the page."""
        low, high, colors = self._scale(result)
        for image, values in ((self._images[1], result.output), (self._images[2], result.pooled)):
            if values is not None:
                image.set_cmap(colors)
                image.set_clim(low, high)
                image.set_data(values)
        self._caption.set_text("" if hidden else self._words(low, high))
        reach = max(float(np.abs(result.kernel).max()), 1e-12)
        self._kernel.update_values(result.kernel, -reach, reach)

    def _scale(self, result: Filtered) -> tuple[float, float, Colormap]:
        """Kernels that answer to changes only are drawn in two colors around zero; others in the grays
        from 0 to what they would make of a white region."""
        total, size = float(result.kernel.sum()), float(np.abs(result.kernel).sum())
        if abs(total) <= FLAT * size:
            reach = max(float(np.abs(result.output).max()), 1e-12)
            return -reach, reach, self._signed
        return min(total, 0.0), max(total, 0.0), GRAYS

    def _words(self, low: float, high: float) -> str:
        if low == -high:
            return _("blue {low}, {ground} 0, orange {high}").format(
                low=short(low), high=short(high), ground=zero_color(self.theme)
            )
        return _("black {low} or less, white {high} or more").format(low=short(low), high=short(high))

    def _fill(self, result: Filtered, filled: int) -> None:
        if filled >= result.output.size:
            shown = result.output
        else:
            shown = np.ma.array(result.output, mask=np.arange(result.output.size) >= filled)
            shown = shown.reshape(result.output.shape)
        if self._images[1].get_array() is not shown:
            self._images[1].set_data(shown)


def _shapes(result: Filtered, hidden: bool) -> tuple:
    """What says where everything stands: as long as it is the same, only colors and numbers change."""
    pooled = None if result.pooled is None else (result.pooled.shape, result.pooling, result.pool_size)
    return id(result.image), result.kernel.shape, result.output.shape, result.pads, pooled, hidden


def _size(values: np.ndarray) -> str:
    return f"{values.shape[0]} × {values.shape[1]}"
