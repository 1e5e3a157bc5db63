"""What one unit of a layer sees of the input, for any Keras model, under sliders."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import ipywidgets
import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.evaluation.explain import gray
from bigmodel_nb.evaluation.layers import batch, layers_by_name, shapes_of
from bigmodel_nb.evaluation.receptive import (
    Field,
    field_sizes,
    known_or_none,
    maps_of,
    measured_field,
    picture_of,
)
from bigmodel_nb.figures.receptive_field import ReceptiveFieldFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import truth
from bigmodel_nb.models.table import layer_table
from bigmodel_nb.widgets.controls import choice, layout, switch
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.reader import name_of
from bigmodel_nb.widgets.vision_questions import FIELDS, field_question

PADDING = "padding:1px 9px 1px 0"


class ReceptiveFieldExplorer(Explorer):
    """Which pixels a unit of a layer can see, for any Keras model of images.

    `model` is a built Keras model with inputs (height, width, channels). `layer` is the name of a layer
    (default: the last one with maps), `unit` (row, column) in its output (default: the middle). `measured`
    colors each pixel by how strongly the unit of the real model depends on it. `image`, (height, width,
    channels), lies beneath.

    `show` and `theme` as in `DescentExplorer`. `prediction` is a `Prediction`, or "two small or one large";
    until it is answered the fields are hidden.

    Controls: `layer`, `row`, `column`, `measured`. Results: `field`, an `evaluation.Field` (None where it
    cannot be read off the model); `sizes`, height and width of each layer's field by name; `slopes`, where
    measured; `rows`, the table of layers: (name, kind, output shape, parameters, FLOPs, field);
    `summary_text`. `settle()` reads changed weights.
    """

    figure: ReceptiveFieldFigure
    CONTROLS = ("layer", "row", "column", "measured", "table")

    @all_or_nothing
    def __init__(
        self,
        model: Any,
        layer: str | None = None,
        unit: tuple[int, int] | None = None,
        *,
        measured: bool = False,
        image: Any = None,
        show: Sequence[str] | None = None,
        prediction: Prediction | str | None = None,
        theme: str = "light",
    ):
        shown = checked_show(show, self.CONTROLS)
        measured = truth("measured", measured)
        layers = layers_by_name(model)
        self.model, self.pixels = model, picture_of(model)
        self.picture = None if image is None else gray(batch("image", model, image)[0])
        self.shapes = {name: maps_of(layers[name], shape) for name, shape in shapes_of(model).items()}
        self.sizes = {name: size for name, size in field_sizes(model).items() if name in self.shapes}
        self.rows = _table(model, self.sizes)
        with_maps = [name for name, shape in self.shapes.items() if shape is not None]
        chosen = (with_maps or list(self.shapes))[-1] if layer is None else layer
        arguments.one_of("layer", chosen, self.shapes)
        super().__init__()
        self.theme = theme
        self.field: Field | None = None
        self.slopes: np.ndarray | None = None
        self._asked: dict[tuple, Any] = {}
        if isinstance(prediction, str):
            prediction = field_question(arguments.one_of("prediction", prediction, FIELDS))
        self.ask(prediction)
        self.layer = choice(
            _("layer"), [(name, name) for name in self.shapes], chosen, _("the layer whose unit looks")
        )
        height, width = self.shapes[chosen] or (1, 1)
        row, column = (height // 2, width // 2) if unit is None else self._unit(unit, height, width)
        self.row = Knob("row", row, 0, max(height - 1, 1), whole=True, label=_("unit row"), check=self._row)
        self.column = Knob(
            "column", column, 0, max(width - 1, 1), whole=True, label=_("unit column"), check=self._column
        )
        self.measured = switch(
            _("measure the real model's slopes"), measured, _("how much each pixel counts")
        )
        self.table = ipywidgets.HTML(layout=layout(max_width="640px", max_height="260px", overflow="auto"))
        self._look()
        self.figure = ReceptiveFieldFigure(self.sizes, **self._drawn(), theme=theme)
        self.layer.observe(self._layer_changed, "value")
        for control in (self.row, self.column, self.measured):
            control.observe(self.changed, "value")
        parts = {
            "layer": self.layer, "row": self.row, "column": self.column, "measured": self.measured,
            "table": self.table,
        }  # fmt: skip
        self.keep(*parts.values())
        self.assemble([parts[name] for name in (self.CONTROLS if shown is None else shown)])

    # -- controls ---------------------------------------------------------------------------

    @staticmethod
    def _unit(unit: Any, height: int, width: int) -> tuple[int, int]:
        row, column = arguments.point("unit", unit)
        return arguments.whole("unit", row, 0, height - 1), arguments.whole("unit", column, 0, width - 1)

    def _row(self, name: str, value: Any) -> int:
        return arguments.whole(name, value, 0, (self.shapes[self.layer.value] or (1, 1))[0] - 1)

    def _column(self, name: str, value: Any) -> int:
        return arguments.whole(name, value, 0, (self.shapes[self.layer.value] or (1, 1))[1] - 1)

    def _layer_changed(self, change) -> None:
        """The unit stays about where it is in the image."""
        old = self.shapes[change["old"]] or (1, 1)
        new = self.shapes[change["new"]] or (1, 1)
        with self.silently():
            for knob, before, size in zip((self.row, self.column), old, new, strict=True):
                at = min(int((knob.value + 0.5) * size / before), size - 1)
                knob.span(0, max(size - 1, 1), at)
        self.changed(change)

    @property
    def unit(self) -> tuple[int, int]:
        """Row and column of the unit in the layer's output."""
        return self.row.value, self.column.value

    # -- what an explorer says --------------------------------------------------------------

    def _look(self) -> None:
        name, unit = self.layer.value, self.unit
        if (name, unit) not in self._asked:
            self._asked[name, unit] = known_or_none(self.model, name, unit)
        self.field = self._asked[name, unit]
        self.slopes = None
        if self.measured.value:
            self.slopes = measured_field(self.model, name, unit)

    def compute(self) -> None:
        self._look()
        for knob in (self.row, self.column):
            knob.layout.display = None if self.shapes[self.layer.value] else "none"

    def _drawn(self) -> dict[str, Any]:
        field = self.field
        return {
            "layer": self.layer.value,
            "picture": self.pixels,
            "map_shape": self.shapes[self.layer.value],
            "unit": self.unit,
            "rows": None if field is None else field.rows,
            "columns": None if field is None else field.columns,
            "image": self.picture,
            "slopes": self.slopes,
            "hidden": not self.revealed,
        }

    def draw(self, rescale: bool) -> None:
        self.figure.update(self.sizes, **self._drawn())
        self.table.value = self._table_html()

    def describe(self) -> str:
        name = self.layer.value
        line = next(row for row in self.rows if row[0] == name)
        head = _("{layer} ({kind}): output {shape}, {parameters} parameters, {flops} FLOPs.").format(
            layer=name, kind=line[1], shape=line[2].replace("×", " × "), parameters=line[3], flops=line[4]
        )
        if not self.revealed:
            return head + " " + _("The fields are hidden. Predict, and they are shown.")
        if self.field is None:
            seen = _("What it sees cannot be read off the model; measuring the slopes shows it.")
        elif self.shapes[name] is None:
            seen = _("Each unit sees rows {rows} and columns {columns} of the input.").format(
                rows=_span(self.field.rows), columns=_span(self.field.columns)
            )
        else:
            seen = _(
                "Its unit in row {row}, column {column} sees rows {rows} and columns {columns} of the input; "
                "without borders it would see {height} × {width} pixels."
            ).format(
                row=self.row.value,
                column=self.column.value,
                rows=_span(self.field.rows),
                columns=_span(self.field.columns),
                height=self.field.size[0],
                width=self.field.size[1],
            )
        return f"{head} {seen}" + self._measured_words()

    def _measured_words(self) -> str:
        if self.slopes is None:
            return ""
        reached = int((self.slopes > 0.05 * self.slopes.max()).sum()) if self.slopes.max() > 0 else 0
        return " " + _("In the real model {count} pixels have at least 5 % of the largest slope.").format(
            count=reached
        )

    def _table_html(self) -> str:
        heads = (_("layer"), _("kind"), _("output"), _("parameters"), _("FLOPs"), _("field"))
        lines = ["".join(f'<th style="text-align:left;{PADDING}">{head}</th>' for head in heads)]
        for row in self.rows:
            here = row[0] == self.layer.value
            cells = [("→ " if here else "") + row[0], *row[1:]]
            if not self.revealed:
                cells[-1] = "?"
            style = PADDING + (";font-weight:700" if here else "")
            wraps = ["overflow-wrap:anywhere"] * 2 + ["white-space:nowrap"] * (len(cells) - 2)
            lines.append(
                "".join(
                    f'<td style="{style};{wrap}">{html.escape(cell)}</td>'
                    for cell, wrap in zip(cells, wraps, strict=True)
                )
            )
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        return f'<table style="line-height:1.35;font-size:12.5px">{body}</table>'

    def code(self) -> str:
        with self._lock:
            model = name_of(self.model) or "model"
            drawn = self._drawn()
            slopes = f"measured_field({model}, {drawn['layer']!r}, {drawn['unit']})"
            image = None if self.picture is None else "image"
            more = ", hidden=True" if drawn["hidden"] else ""
            return (
                "from bigmodel_nb.evaluation import field_sizes, measured_field\n"
                "from bigmodel_nb.figures.receptive_field import ReceptiveFieldFigure\n\n"
                + (
                    ""
                    if name_of(self.model)
                    else "# " + _("model is the one that you gave to the explorer") + "\n"
                )
                + (
                    "# " + _("image is the one that you gave to the explorer, in grays from 0 to 1") + "\n"
                    if image
                    else ""
                )
                + f"ReceptiveFieldFigure(\n    field_sizes({model}), layer={drawn['layer']!r}, "
                f"picture={drawn['picture']}, map_shape={drawn['map_shape']}, unit={drawn['unit']},\n"
                f"    rows={drawn['rows']}, columns={drawn['columns']}, image={image}, "
                f"slopes={slopes if self.slopes is not None else None}{more}, theme={self.theme!r},\n)\n"
            )


def _table(model: Any, sizes: dict[str, tuple[int, int] | None], prefix: str = "") -> list[tuple[str, ...]]:
    """Name, kind, output shape, parameters, FLOPs and field of each layer, those of models within too."""
    rows: list[tuple[str, ...]] = []
    within = {
        layer.name: layer for layer in model.layers if hasattr(layer, "layers") and hasattr(layer, "inputs")
    }
    for line in layer_table(model).rows:
        if line.name in within:
            rows += _table(within[line.name], sizes, f"{prefix}{line.name}/")
        elif prefix + line.name in sizes:
            size = sizes[prefix + line.name]
            shape = "?" if line.output_shape is None else "×".join(map(str, line.output_shape))
            flops = _("unknown") if line.flops is None else f"{line.flops:,}"
            field = _("unknown") if size is None else f"{size[0]}×{size[1]}"
            rows.append((prefix + line.name, line.kind, shape, f"{line.parameters:,}", flops, field))
    return rows


def _span(span: tuple[int, int]) -> str:
    return f"{span[0]}–{span[1]}" if span[0] <= span[1] else _("none")
