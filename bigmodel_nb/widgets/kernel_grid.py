"""A kernel that is edited number by number, with presets."""

from __future__ import annotations

from typing import Any

import ipywidgets
import numpy as np
import traitlets

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.kernels import KERNELS, LARGEST_KERNEL, checked_kernel, resized
from bigmodel_nb.widgets.controls import LABEL_WIDTH as LABEL
from bigmodel_nb.widgets.controls import (
    Complaint,
    Locked,
    Text,
    choice,
    layout,
    style_of,
    tell,
    tooltip,
)

OWN = "own"
LARGEST = 1e6
INDENTED = 5  # columns that have room beneath the lists, also where the page is narrow

Rows = tuple[tuple[float, ...], ...]


def as_rows(kernel: Any) -> Rows:
    """A kernel as numbers that can be compared and printed."""
    return tuple(tuple(float(entry) for entry in row) for row in np.asarray(kernel))


class KernelGrid(Locked, ipywidgets.VBox):
    """`value` is the kernel, a tuple of rows; `boxes[row][column]` takes one number, also as "1/9".

    `preset` and `size` are drop-down lists above the boxes. `complain` is told what is wrong.
    """

    value = traitlets.Any()
    complain: Complaint | None = None
    dragged = False

    def __init__(self, kernel: Any):
        self._syncing = False
        rows = self._rows_of(kernel)
        names = {name: _(name) for name in KERNELS}
        options = [(names[name], name) for name in KERNELS]
        self.preset = choice(_("kernel"), [*options, (_("your own"), OWN)], OWN, _("known kernels"))
        sizes = [(f"{n} × {n}", (n, n)) for n in range(1, LARGEST_KERNEL + 1)]
        shape = (len(rows), len(rows[0]))
        if shape[0] != shape[1]:
            sizes.append((f"{shape[0]} × {shape[1]}", shape))
        self.size = choice(_("kernel size"), sizes, shape, _("height and width of the kernel"))  # type: ignore[arg-type]
        self.boxes: list[list[Text]] = []
        self.cells = ipywidgets.VBox(layout={"margin": "0 0 4px 0"})
        super().__init__([self.preset, self.size, self.cells], layout=layout(width="100%", max_width="640px"))
        self.value = rows
        self._show()
        self.preset.observe(self._from_preset, "value")
        self.size.observe(self._from_size, "value")

    @staticmethod
    def _rows_of(kernel: Any) -> Rows:
        if isinstance(kernel, str):
            return as_rows(KERNELS[arguments.one_of("kernel", kernel, KERNELS)])
        return as_rows(checked_kernel("kernel", kernel))

    @traitlets.validate("value")
    def _validated(self, proposal):
        return self._rows_of(proposal["value"])

    @traitlets.observe("value")
    def _shown(self, _change):
        if hasattr(self, "cells"):
            self._show()

    @property
    def kernel(self) -> np.ndarray:
        """The kernel as an array (height, width)."""
        return np.array(self.value)

    @property
    def name(self) -> str:
        """The preset that this kernel is; "own" where it is none."""
        return next((name for name, known in KERNELS.items() if as_rows(known) == self.value), OWN)

    # -- what is shown ----------------------------------------------------------------------

    def _show(self) -> None:
        with self.lock:
            self._syncing = True
            try:
                self._fit(len(self.value), len(self.value[0]))
                for boxes, numbers in zip(self.boxes, self.value, strict=False):
                    for box, number in zip(boxes, numbers, strict=False):
                        box.value = self.text(number)
                self.preset.value = self.name
                shape = (len(self.value), len(self.value[0]))
                if shape not in [value for _label, value in self.size.options]:
                    self.size.options = [*self.size.options, (f"{shape[0]} × {shape[1]}", shape)]
                self.size.value = shape
            finally:
                self._syncing = False

    def _fit(self, height: int, width: int) -> None:
        """As many boxes as numbers."""
        if [len(row) for row in self.boxes] == [width] * height:
            return
        old, self.boxes = self.boxes, []
        for row in range(height):
            here = old[row] if row < len(old) else []
            self.boxes.append([*here[:width], *(self._box(row, n) for n in range(len(here), width))])
        lines = self.cells.children
        self.cells.layout.margin = f"0 0 4px {LABEL if width <= INDENTED else '0'}"
        self.cells.children = [ipywidgets.HBox(boxes, layout=layout(margin="0")) for boxes in self.boxes]
        kept = {box for boxes in self.boxes for box in boxes}
        for widget in [*lines, *(box for boxes in old for box in boxes if box not in kept)]:
            widget.unobserve_all()
            widget.close()

    def _box(self, row: int, column: int) -> Text:
        words = _("kernel, row {row}, column {column}").format(row=row + 1, column=column + 1)
        box = Text(
            continuous_update=False,
            description=words,  # takes no room and is there for screen readers
            layout=layout(width="60px", margin="1px"),
            style=style_of(Text, description_width="0px"),
            **tooltip(words),
        )
        box.lock, box.complain = self.lock, lambda message: tell(self, message)
        box.observe(lambda change: self._from_box(row, column, change), "value")
        return box

    @staticmethod
    def text(number: float) -> str:
        """A number as it stands in its box: 1/9 for a ninth."""
        text = f"{number:.6g}"
        if float(text) != number:
            for divisor in (3, 9, 25, 49):
                if (number * divisor).is_integer():
                    return f"{int(number * divisor)}/{divisor}"
        return text

    # -- from the page ----------------------------------------------------------------------

    def _from_box(self, row: int, column: int, change) -> None:
        if self._syncing or change["new"].strip() == self.text(self.value[row][column]):
            return
        try:
            number = arguments.between(
                _("kernel, row {row}, column {column}").format(row=row + 1, column=column + 1),
                _parsed(change["new"]),
                -LARGEST,
                LARGEST,
            )
        except (ValueError, TypeError) as error:
            self._show()
            tell(self, str(error))
            return
        rows = [list(numbers) for numbers in self.value]
        rows[row][column] = number
        self.value = rows
        self._show()

    def _from_preset(self, change) -> None:
        if not self._syncing and change["new"] != OWN:
            self.value = KERNELS[change["new"]]
        self._show()

    def _from_size(self, change) -> None:
        if not self._syncing:
            self.value = resized(self.kernel, *change["new"])


def _parsed(text: str) -> Any:
    """A number, or a fraction such as 1/9; the text itself where it is neither."""
    above, stroke, below = text.strip().partition("/")
    try:
        return float(above) / float(below) if stroke else float(above)
    except (ValueError, ZeroDivisionError):
        return text.strip()
