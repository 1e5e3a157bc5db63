"""The controls of a `RecurrenceExplorer`."""

from __future__ import annotations

from typing import Any

from bigmodel_nb import arguments
from bigmodel_nb.figures.gradient_paths import cell_name
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.recurrence import GATES
from bigmodel_nb.widgets.controls import LABEL_WIDTH, Text, choice, style_of, tooltip
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.recurrence_reading import LONGEST


def lists(view: str, cell: str, layers: list[str], layer: str) -> tuple[Any, Any, Any]:
    """The lists of views, cells and layers."""
    views = [
        (_("states and gates"), "states"), (_("gradients through time"), "gradients"),
        (_("one unit over the text"), "unit"),
    ]  # fmt: skip
    cells = choice(_("cell"), [(cell_name(one), one) for one in GATES], cell, _("what remembers"))
    # One of its own: lists share theirs, and this one comes and goes.
    cells.layout = {"width": "100%", "max_width": "420px"}
    return (
        choice(_("view"), views, view, _("what is shown")),
        cells,
        choice(_("layer"), [(one, one) for one in layers], layer, _("which recurrent layer")),
    )


def sequence_box(value: str, *, another: bool) -> Text:
    """Where a sequence is typed, or another text than the one that was given."""
    return Text(
        value=value,
        description=_("another text") if another else _("sequence"),
        placeholder=_("empty: the text that was given") if another else "",
        continuous_update=False,
        style=style_of(Text, description_width=LABEL_WIDTH),
        layout={"width": "auto", "max_width": "640px"},
        **tooltip(_("a text, or numbers with commas between them; press Enter")),
    )


def knobs(length: int, radius: float, forget_bias: float, clip: float) -> tuple[Knob, Knob, Knob, Knob]:
    """How long the sequence is, how the cells begin, and where gradients are clipped."""
    return (
        Knob(
            "length", length, 1, 200, whole=True, label=_("sequence length"),
            check=lambda name, value: arguments.whole(name, value, 1, LONGEST),
            help=_("the sequence is repeated, or cut, to this many steps"),
        ),
        Knob(
            "radius", radius, 0.0, 3.0, label=_("spectral radius"), step=0.01,
            check=arguments.non_negative, help=_("of the recurrent matrix; in gated cells of each block"),
        ),
        Knob(
            "forget_bias", forget_bias, -3.0, 6.0, label=_("forget bias"), step=0.1, check=arguments.number,
            help=_("bias of the gate that keeps: LSTM's forget gate, GRU's update gate"),
        ),
        Knob(
            "clip", clip, 0.0, 5.0, label=_("clip at norm"), step=0.05, check=arguments.non_negative,
            help=_("the largest norm of all weights' gradient; 0: no limit"),
        ),
    )  # fmt: skip
