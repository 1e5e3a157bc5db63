"""A control for each setting of a builder, made from what is known of it.

fields_of(MLPConfig)                  # from the fields of a record: check, range, help
fields_of(lambda width=32, act="relu": ...)   # from the keyword defaults of a function of the reader's own
control_for(field, value)             # a Knob, a switch, a list, or a box to type into; each has a `value`
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets
import traitlets

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import share_below_one, truth
from bigmodel_nb.widgets.controls import (
    FULL,
    LABEL_WIDTH,
    Complaint,
    Locked,
    Number,
    Text,
    choice,
    layout,
    style_of,
    switch,
    tell,
    tooltip,
)
from bigmodel_nb.widgets.knob import Knob

SHARES = ("dropout", "rate", "share", "fraction")  # a float that is called so is from 0 to 1, 1 excluded


@dataclass(frozen=True)
class Field:
    """A setting: its name, the value it starts with, which values are right, and what a slider offers."""

    name: str
    default: Any
    check: Callable[[str, Any], Any]
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[Any, ...] = ()
    help: str = ""

    @property
    def label(self) -> str:
        return self.name.replace("_", " ")


def fields_of(kind: Any) -> list[Field]:
    """The settings of a record of a model, or of a function's keyword defaults."""
    if dataclasses.is_dataclass(kind):
        return [_of_record(entry) for entry in dataclasses.fields(kind)]
    known = inspect.signature(kind).parameters.values()
    hints = _hints(kind)
    return [_of_parameter(one, hints.get(one.name)) for one in known if one.default is not one.empty]


def _of_record(entry: Any) -> Field:
    about = entry.metadata
    check = about.get("check") or (lambda name, value: value)
    return Field(
        entry.name, entry.default, check, about.get("low"), about.get("high"), bool(about.get("log")),
        _choices(check), about.get("help", ""),
    )  # fmt: skip


def _choices(check: Any) -> tuple[str, ...]:
    """The texts that a check allows: `models.config.choice` keeps them in its closure."""
    found = inspect.getclosurevars(check).nonlocals.get("choices", ()) if inspect.isfunction(check) else ()
    return tuple(found)


def _hints(function: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception:  # names that are there for the type checker only
        return {}


def _of_parameter(parameter: Any, hint: Any) -> Field:
    """A keyword with a default. Its kind is that of the default; `Literal["a", "b"]` offers a list."""
    name, default = parameter.name, parameter.default
    if typing.get_origin(hint) is typing.Literal:
        allowed = typing.get_args(hint)
        return Field(name, default, _one_of(allowed), choices=allowed)
    if isinstance(default, bool):
        return Field(name, default, truth)
    if isinstance(default, int):
        top = max(4 * abs(default), 8)
        return Field(name, default, arguments.whole, min(default, 1) if default >= 0 else -top, top)
    if isinstance(default, float):
        if any(word in name for word in SHARES) and 0 <= default < 1 and "learning" not in name:
            return Field(name, default, share_below_one, 0.0, 0.9)
        if default > 0:
            return Field(name, default, arguments.number, default / 100, default * 100, log=True)
        return Field(name, default, arguments.number, 10 * default or 0.0, -10 * default or 1.0)
    return Field(name, default, lambda _name, value: value)


def _one_of(allowed: tuple[Any, ...]) -> Callable[[str, Any], Any]:
    def check(name: str, value: Any) -> Any:
        if value not in allowed:
            expected = _("one of {choices}").format(choices=", ".join(map(repr, allowed)))
            raise arguments.wrong_value(name, expected, value)
        return value

    return check


def control_for(field: Field, value: Any) -> Any:
    """A control with a `value`, and for those that check it themselves a `complain`. Raises what the
    field's check raises."""
    value = field.check(field.name, value)
    if field.choices:
        return choice(field.label, [(str(one), one) for one in field.choices], value, field.help)
    if isinstance(value, bool):
        made = switch(field.label, value, field.help)
        made.layout = layout(width="auto", margin="0 0 0 140px")  # under the other controls
        return made
    plain = isinstance(value, int | float) and isinstance(field.default, int | float)
    if not plain or field.low is None or field.high is None or field.low == field.high:
        return TypedBox(field, value)
    return number_for(field, value)


def number_for(field: Field, value: Any) -> Knob:
    """A slider with a number box. A logarithmic slider of whole numbers is rounded."""
    whole = isinstance(field.default, int)
    knob: Any = None

    def check(name: str, number: Any) -> Any:
        dragged = whole and isinstance(number, float) and getattr(knob, "dragged", False)
        return field.check(name, round(number) if dragged else number)

    assert field.low is not None and field.high is not None
    low = max(field.low, field.high * 1e-9) if field.log else field.low
    step = None
    if whole and not field.log:
        step = max(1, round((field.high - low) / 100))
    knob = Knob(
        field.name, value, low, field.high,
        label=field.label, log=field.log, whole=whole and not field.log, step=step, check=check,
        help=field.help,
    )  # fmt: skip
    return knob


class TypedBox(Locked, ipywidgets.HBox):
    """A value that is typed: "64, 32" is (64, 32), "none" is None. `value` is what was understood.

    A wrong one from code raises; a wrong one from the page calls `complain`, and the last good one stays.
    """

    value = Number()
    complain: Complaint | None = None

    def __init__(self, field: Field, value: Any):
        self.field, self._syncing = field, False
        self.box = Text(
            continuous_update=False,
            description=field.label,
            style=style_of(Text, description_width=LABEL_WIDTH),
            layout=layout(width=FULL, max_width="420px"),
            **tooltip(field.help or field.label),
        )
        self.dragged = False  # what `Explorer.changed` asks
        super().__init__([self.box], layout={"width": FULL, "max_width": "640px"})
        self.value = field.check(field.name, value)
        self._show()
        self.box.complain = lambda message: tell(self, message)
        self.box.observe(self._from_box, "value")

    @traitlets.validate("value")
    def _validated(self, proposal):
        return self.field.check(self.field.name, proposal["value"])

    @traitlets.observe("value")
    def _shown(self, _change):
        if hasattr(self, "box"):
            self._show()

    def _show(self) -> None:
        self._syncing = True
        try:
            self.box.value = as_text(self.value)
        finally:
            self._syncing = False

    def _from_box(self, change) -> None:
        if self._syncing or change["new"].strip() == as_text(self.value):
            return
        try:
            self.value = understood(change["new"], self.field.default)
        except (ValueError, TypeError) as error:
            tell(self, str(error))
        self._show()


def as_text(value: Any) -> str:
    """A value as a reader types it."""
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def understood(text: str, like: Any = None) -> Any:
    """What a typed text means: a number, a tuple of numbers, None, or the text itself."""
    plain = text.strip()
    if plain.lower() == "none" or (not plain and not isinstance(like, tuple | str)):
        return None
    if isinstance(like, str):
        return plain
    try:
        value = ast.literal_eval(plain) if plain else ()
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return plain
    if isinstance(like, tuple) and not isinstance(value, tuple | list):
        return (value,)
    return tuple(value) if isinstance(value, list) else value
