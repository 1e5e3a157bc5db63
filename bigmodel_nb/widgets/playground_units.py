"""Whose map is enlarged, and which weight of that unit is looked at."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.controls import choice
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.options import offer

NOTHING, BIAS, OUTPUT = "none", "bias", "output"


class UnitChoice:
    """Two lists and a knob: `unit` ("output", an input, or "2.1" for unit 1 of layer 2), `weight_from` (an
    input of that unit, "bias" or "none") and `weight`, the weight itself. `box` holds the last two."""

    def __init__(self) -> None:
        self.unit = choice(_("large map"), [(_("output"), OUTPUT)], OUTPUT, _("whose map is enlarged"))
        self.weight_from = choice(
            _("its weight from"),
            [(_("none"), NOTHING)],
            NOTHING,
            _("a weight of that unit, to see and change"),
        )
        self.weight = Knob(
            "weight", 0.0, -5, 5, step=0.01, label=_("that weight"), help=_("the weight; change it")
        )
        self.box = ipywidgets.VBox([self.weight_from, self.weight])
        self._inputs: list[str] = []
        self._hidden: tuple[int, ...] = ()

    def follow(self, inputs: Sequence[str], hidden: Sequence[int]) -> None:
        """The lists follow the network; what is still there stays chosen."""
        self._inputs, self._hidden = list(inputs), tuple(hidden)
        options = [(_("output"), OUTPUT), *((name, name) for name in inputs)]
        title = _("layer {layer}, unit {unit}")
        for layer, width in enumerate(hidden, 1):
            options += [
                (title.format(layer=layer, unit=unit), f"{layer}.{unit}") for unit in range(1, width + 1)
            ]
        offer(self.unit, options)
        self.follow_unit()

    def follow_unit(self) -> None:
        """The list of weights follows the unit."""
        offer(self.weight_from, [(_("none"), NOTHING), *((_(one), one) for one in self._sources())])

    def choose(self, unit: str, weight_from: str) -> None:
        """Chooses by name; raises for names that are not there."""
        self.unit.value = arguments.one_of("unit", unit, [value for _title, value in self.unit.options])
        self.follow_unit()
        known = [value for _title, value in self.weight_from.options]
        self.weight_from.value = arguments.one_of("weight_from", weight_from, known)

    def show(self, weights: Sequence) -> None:
        """The knob says what the weight is; it is there only where a weight is chosen."""
        place = self.place()
        self.weight.layout.display = "none" if place is None else None
        if place is not None:
            value = float(weights[place[0]][place[1], place[2]])
            self.weight.value = value if abs(value) < 1e300 else 0.0

    # -- what is chosen ---------------------------------------------------------------------

    def _layer(self) -> int | None:
        """The layer of the unit, counted from 0; None for an input."""
        name = self.unit.value
        if name == OUTPUT:
            return len(self._hidden)
        return int(name.split(".")[0]) - 1 if "." in name else None

    def _sources(self) -> list[str]:
        """What the unit has weights for."""
        layer = self._layer()
        if layer is None:
            return []
        before = self._inputs if layer == 0 else [str(n + 1) for n in range(self._hidden[layer - 1])]
        return [*before, BIAS]

    def shown(self) -> str | tuple[int, int]:
        """The unit as the figure knows it: a name, or (layer, number), counted from 0."""
        name = self.unit.value
        if "." not in name:
            return name
        layer, number = name.split(".")
        return int(layer) - 1, int(number) - 1

    def place(self) -> tuple[int, int, int] | None:
        """The weight: (layer, from, to), counted from 0; None where none is chosen."""
        layer, source = self._layer(), self.weight_from.value
        if layer is None or source == NOTHING:
            return None
        unit = 0 if self.unit.value == OUTPUT else int(self.unit.value.split(".")[1]) - 1
        return layer, self._sources().index(source), unit
