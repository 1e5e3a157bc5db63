"""A kernel that moves over an image, number by number, under sliders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets
import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.data.pictures import FEWEST, MOST, PICTURES, gray_picture
from bigmodel_nb.figures.convolution import ConvolutionFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.filtering import POOLINGS, Filtered, apply_kernel, size_formula
from bigmodel_nb.maths.knobs import truth
from bigmodel_nb.widgets.controls import choice, switch
from bigmodel_nb.widgets.convolution_cells import convolution_cell
from bigmodel_nb.widgets.convolution_questions import QUESTIONS, question
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing
from bigmodel_nb.widgets.kernel_grid import KernelGrid
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show, paged
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.ticking import RUNNING
from bigmodel_nb.widgets.transport import Transport
from bigmodel_nb.widgets.words import amount

OWN = "own"
PADDINGS: tuple[str | int, ...] = ("valid", "same", 1, 2, 3)
SPELLED = 9  # products that are written out in the summary
FRAMES = 150  # ticks in which the window crosses the whole image


class ConvolutionExplorer(Explorer):
    """A kernel moves over an image; the products and the sum of one window are shown in numbers.

    `image` is "digit", "flower", "china", "grace hopper", "bars" or "flat", the path of an image file, or an
    array (height, width) or (height, width, channels); colors become grays from 0 (black) to 1 (white).
    `kernel` is the name of a preset (`maths.kernels.KERNELS`) or numbers (height, width), up to 7 x 7.

    Other arguments, each also a control: `stride`; `padding`, "valid", "same" or a number of zeros up to 3;
    `dilation`; `flip`, which turns the kernel as true convolution does (the default is cross-correlation,
    what deep learning calls convolution); `pooling` of the output, "none", "max" or "average", in windows of
    `pool_size`; `pixels`, the longer side of the image; `number` of the digit; `position`, (row, column) of
    the output whose window is shown (default: the middle).

    `show` and `theme` as in `DescentExplorer`. `prediction` is a `Prediction`, or one of ours: "size", "flip"
    or "flat"; until it is answered the output is hidden.

    Controls: `picture`, `kernel` (a `KernelGrid`: `preset`, `size`, `boxes`), `stride`, `padding`,
    `dilation`, `flip`, `pooling`, `pool_size`, `pixels`, `number`, `row`, `column`, `transport`. Results:
    `result`, a `maths.filtering.Filtered`; `position`; `summary_text`.
    """

    figure: ConvolutionFigure
    CONTROLS = (
        "image", "kernel", "stride", "padding", "dilation", "flip", "pooling", "position", "play",
    )  # fmt: skip

    @all_or_nothing
    def __init__(
        self,
        image: Any = "flower",
        kernel: Any = "edges",
        *,
        stride: int = 1,
        padding: str | int = "valid",
        dilation: int = 1,
        flip: bool = False,
        pooling: str = "none",
        pool_size: int = 2,
        pixels: int = 96,
        number: int = 0,
        position: tuple[int, int] | None = None,
        show: Sequence[str] | None = None,
        prediction: Prediction | str | None = None,
        theme: str = "light",
    ):
        shown = checked_show(show, self.CONTROLS)
        flip = truth("flip", flip)
        if padding not in PADDINGS or isinstance(padding, bool):
            raise arguments.wrong_value("padding", _("one of {known}").format(known=PADDINGS), padding)
        arguments.one_of("pooling", pooling, POOLINGS)
        known = isinstance(image, str) and image in PICTURES
        self.own = None if known else image
        self._picture: tuple[Any, np.ndarray] | None = None
        gray_picture(image, pixels=pixels, number=number)  # what it refuses is said before there are widgets
        super().__init__()
        self.theme = theme
        self.kernel = KernelGrid(kernel)
        names = {"digit": _("a digit"), "bars": _("bars"), "flat": _("a flat gray")}
        options = [(names.get(name, _("photograph: {name}").format(name=name)), name) for name in PICTURES]
        if not known:
            options.insert(0, (_("your image"), OWN))
        self.picture = choice(_("image"), options, image if known else OWN, _("what the kernel moves over"))
        self.pixels = Knob("pixels", pixels, 16, 128, whole=True, check=_pixels, help=_("the longer side"))
        self.number = Knob("number", number, 0, 99, whole=True, label=_("digit number"), check=_digit)
        self.stride = Knob("stride", stride, 1, 4, whole=True, check=_at_least_one)
        self.dilation = Knob("dilation", dilation, 1, 4, whole=True, check=_at_least_one)
        zeros: list = [(_("valid: no zeros"), "valid"), (_("same: the size of the image"), "same")]
        zeros += [(_("{count} zeros on each side").format(count=count), count) for count in PADDINGS[2:]]
        around = _("zeros around the image")
        self.padding = choice(_("padding"), zeros, padding, around)  # type: ignore[arg-type]
        self.flip = switch(
            _("true convolution (turn the kernel)"), flip, _("turn the kernel by half a turn first")
        )
        kinds = [(_("none"), "none"), (_("the largest of each window"), "max"), (_("the mean"), "average")]
        self.pooling = choice(_("pooling"), kinds, pooling, _("what is kept of each window of the output"))
        self.pool_size = Knob("pool_size", pool_size, 1, 4, whole=True, check=_at_least_one)
        self.result: Filtered = self._filtered()
        self._state = self._wanted()
        rows, columns = self.result.output.shape
        row, column = (rows // 2, columns // 2) if position is None else _place(position, rows, columns)
        self.row = Knob("row", row, 0, rows - 1, whole=True, label=_("output row"), check=self._row)
        self.column = Knob(
            "column", column, 0, columns - 1, whole=True, label=_("output column"), check=self._column
        )
        self.transport = Transport(rows * columns - 1, label=_("window"), frames=FRAMES)
        self.transport.position = row * columns + column
        self.transport.children = self.transport.children[:1]  # row and column are in place of its slider
        self.keep(self.transport.slider)
        if isinstance(prediction, str):
            prediction = question(arguments.one_of("prediction", prediction, QUESTIONS), self.result)
        self.ask(prediction)
        self.figure = ConvolutionFigure(self.result, position=(row, column), theme=theme)
        self._watch()
        self._show_what_matters()
        everything = (
            self.kernel, self.picture, self.pixels, self.number, self.stride, self.dilation, self.padding,
            self.flip, self.pooling, self.pool_size, self.row, self.column, self.transport,
        )  # fmt: skip
        self.keep(*everything)
        self.assemble(
            self._groups() if shown is None else self._lesson(shown),
            beneath=[self.transport] if shown is None or "play" in shown else [],
        )

    # -- controls ---------------------------------------------------------------------------

    def _watch(self) -> None:
        for control in (
            self.kernel, self.picture, self.pixels, self.number, self.stride, self.dilation, self.padding,
            self.flip, self.pooling, self.pool_size,
        ):  # fmt: skip
            control.observe(self.changed, "value")
        for knob in (self.row, self.column):
            knob.observe(self._placed, "value")
        self.transport.observe(self._played, "position")
        self.transport.clock.widget.observe(self._stopped, RUNNING)

    def _groups(self) -> list[ipywidgets.Widget]:
        pages = {
            _("Kernel"): [self.kernel],
            _("Steps and padding"): [self.stride, self.padding, self.dilation, self.flip],
            _("Image and pooling"): [
                self.picture,
                self.number,
                self.pixels,
                self.pooling,
                self.pool_size,
            ],
            _("Window"): [self.row, self.column],
        }
        self.pages, widgets = paged(pages)
        return widgets

    def _lesson(self, shown: Sequence[str]) -> list[ipywidgets.Widget]:
        parts = {
            "image": [self.picture, self.number], "kernel": [self.kernel], "stride": [self.stride],
            "padding": [self.padding], "dilation": [self.dilation], "flip": [self.flip],
            "pooling": [self.pooling, self.pool_size], "position": [self.row, self.column],
        }  # fmt: skip
        return [part for name in shown for part in parts.get(name, [])]

    def _row(self, name: str, value: Any) -> int:
        return arguments.whole(name, value, 0, self.result.output.shape[0] - 1)

    def _column(self, name: str, value: Any) -> int:
        return arguments.whole(name, value, 0, self.result.output.shape[1] - 1)

    def _placed(self, change) -> None:
        """Row or column: the window goes there."""
        if self._quiet:
            return
        with self.silently():
            self.transport.position = self.row.value * self.result.output.shape[1] + self.column.value
        self.changed(change)

    def _played(self, change) -> None:
        if self._quiet:
            return
        with self.silently():
            self.row.value, self.column.value = divmod(change["new"], self.result.output.shape[1])
        self.changed(change)

    def _stopped(self, _change) -> None:
        if not self._quiet and not self.closed:
            self.refresh()

    @property
    def position(self) -> tuple[int, int]:
        """Row and column of the output whose window is shown."""
        return self.row.value, self.column.value

    # -- what an explorer says --------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        """What the controls say to `maths.filtering.apply_kernel`, besides image and kernel."""
        return {
            "stride": self.stride.value,
            "padding": self.padding.value,
            "dilation": self.dilation.value,
            "flip": self.flip.value,
            "pooling": self.pooling.value,
            "pool_size": self.pool_size.value,
        }

    def source(self) -> Any:
        """The name of the image, or the reader's own."""
        return self.own if self.picture.value == OWN else self.picture.value

    def _filtered(self) -> Filtered:
        key = (self.picture.value, self.pixels.value, self.number.value)
        if self._picture is None or self._picture[0] != key:
            self._picture = key, gray_picture(self.source(), pixels=key[1], number=key[2])
        return apply_kernel(self._picture[1], self.kernel.kernel, **self.settings())

    def _wanted(self) -> tuple:
        return self.picture.value, self.pixels.value, self.number.value, self.kernel.value, self.settings()

    def compute(self) -> None:
        state = self._wanted()
        if state == self._state:
            return
        old = self.result.output.shape
        self.result = self._filtered()
        self._state = state
        rows, columns = self.result.output.shape
        if (rows, columns) != old:  # the window stays about where it is in the image
            row = round(self.row.value * (rows - 1) / max(old[0] - 1, 1))
            column = round(self.column.value * (columns - 1) / max(old[1] - 1, 1))
            with self.silently():
                self.row.span(0, max(rows - 1, 1), row)
                self.column.span(0, max(columns - 1, 1), column)
                self.transport.span(rows * columns - 1)
                self.transport.position = row * columns + column
        self._show_what_matters()

    def _show_what_matters(self) -> None:
        self.number.layout.display = None if self.picture.value == "digit" else "none"
        self.pixels.layout.display = "none" if self.picture.value == "digit" else None
        self.pool_size.layout.display = "none" if self.pooling.value == "none" else None

    def filled(self) -> int | None:
        """How many outputs are drawn while it plays; None for all."""
        return self.transport.position + 1 if self.transport.playing else None

    def draw(self, rescale: bool) -> None:
        self.figure.update(
            self.result, position=self.position, filled=self.filled(), hidden=not self.revealed
        )

    def describe(self) -> str:
        result = self.result
        head = _("Image {image}, kernel {kernel}.").format(
            image=_by(result.image.shape), kernel=_by(result.kernel.shape)
        )
        if not self.revealed:
            return head + " " + _("The output is hidden. Predict, and it is shown.")
        formulas = [
            size_formula(size, kernel, result.stride, result.padding, result.dilation)
            for size, kernel in zip(result.image.shape, result.kernel.shape, strict=True)
        ]
        words = [
            head,
            _("Output height {height}, width {width}.").format(height=formulas[0], width=formulas[1]),
        ]
        if result.pooled is not None:
            words.append(_("Pooled to {size}.").format(size=_by(result.pooled.shape)))
        return " ".join([*words, self._arithmetic()])

    def _arithmetic(self) -> str:
        row, column = self.position
        window, kernel = self.result.at((row, column)).pixels, self.result.kernel
        value = float(self.result.output[row, column])
        total = amount(value) if abs(value) > 1e-12 else "0"
        if kernel.size > SPELLED:
            return _("At row {row}, column {column} the {count} products sum to {total}.").format(
                row=row, column=column, count=kernel.size, total=total
            )
        products = " + ".join(
            f"{pixel:.2f}·{_weight(weight)}"
            for pixel, weight in zip(window.ravel(), kernel.ravel(), strict=True)
            if weight
        )
        return _("At row {row}, column {column}: {products} = {total}.").format(
            row=row, column=column, products=products or "0", total=total
        )

    def code(self) -> str:
        with self._lock:
            return convolution_cell(self)


def _weight(weight: float) -> str:
    text = KernelGrid.text(weight)
    return f"({text})" if weight < 0 or "/" in text else text


def _place(position: Any, rows: int, columns: int) -> tuple[int, int]:
    expected = _("a row from 0 to {row} and a column from 0 to {column}").format(
        row=rows - 1, column=columns - 1
    )
    row, column = arguments.point("position", position)
    if not (row.is_integer() and column.is_integer() and 0 <= row < rows and 0 <= column < columns):
        raise arguments.wrong_value("position", expected, position)
    return int(row), int(column)


def _by(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def _at_least_one(name: str, value: Any) -> int:
    return arguments.whole(name, value, 1, 32)


def _pixels(name: str, value: Any) -> int:
    return arguments.whole(name, value, FEWEST, MOST)


def _digit(name: str, value: Any) -> int:
    return arguments.whole(name, value, 0, 1796)
