"""The values that a sweep tries for one hyperparameter, as a list that is typed."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import ipywidgets
import numpy as np
import traitlets

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.controls import (
    FULL,
    LABEL_WIDTH,
    Complaint,
    Locked,
    Number,
    Text,
    layout,
    style_of,
    tell,
    tooltip,
)

MOST = 32  # values of one knob: more have no room in a picture
LONGEST = 1000  # letters that are read
# What the knobs of the training itself must be; the model's own are judged by its builder.
CHECKS = {
    "learning_rate": lambda name, value: None if value is None else arguments.positive(name, value),
    "weight_decay": lambda name, value: None if value is None else arguments.non_negative(name, value),
    "clip": lambda name, value: None if value is None else arguments.positive(name, value),
    "batch_size": lambda name, value: arguments.whole(name, value, 1),
    "seed": lambda name, value: arguments.whole(name, value, 0),
}
EXAMPLES = {
    "learning_rate": "0.001, 0.003, 0.01", "weight_decay": "0, 0.01, 0.1", "clip": "0.5, 1, 5",
    "batch_size": "16, 32, 64", "seed": "0, 1, 2",
}  # fmt: skip


def checked_values(name: str, values: Any) -> list[Any]:
    """`values` of the knob `name` as a list of different plain values, one or more."""
    expected = _("a list of one to {most} different values, such as {example}").format(
        most=MOST, example=EXAMPLES.get(name, _('0.1, 0.2 or "relu", "tanh"'))
    )
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise arguments.wrong_type(name, expected, values)
    if getattr(values, "ndim", 1) == 0:  # an array without axes cannot be gone through
        raise arguments.wrong_type(name, expected, values)
    found = []
    for value in values:
        found.append(_plain(name, value, expected))
        if len(found) > MOST:  # it may be endless
            raise arguments.wrong_value(name, expected, values)
    check = CHECKS.get(name)
    if check is not None:
        found = [check(name, value) for value in found]
    if not found or len({repr(value) for value in found}) < len(found):
        raise arguments.wrong_value(name, expected, values)
    return found


def _plain(name: str, value: Any, expected: str) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, tuple | list) and len(value) <= MOST:
        return tuple(_plain(name, one, expected) for one in value)
    if isinstance(value, float):
        return arguments.number(name, value, expected)
    if value is None or isinstance(value, bool | int | str):
        return value
    raise arguments.wrong_type(name, expected, value)


def parsed(name: str, text: str) -> list[Any]:
    """What was typed, as values: numbers, words with or without quotation marks, tuples, True, False, None.

    Raises what `checked_values` raises.
    """
    text = text.strip().rstrip(",")
    whole = _literal(f"[{text}]")
    if isinstance(whole, list) and len(whole) == 1 and isinstance(whole[0], list):
        whole = whole[0]  # typed with brackets
    elif not isinstance(whole, list):
        whole = [_word(one) for one in text.split(",")]
        if "" in whole:
            whole = []
    if name in CHECKS and any(isinstance(value, str) for value in whole):
        expected = _("numbers with commas between them, such as {example}").format(example=EXAMPLES[name])
        raise arguments.wrong_value(name, expected, text)
    if not whole:
        expected = _("values with commas between them, such as {example}").format(
            example=EXAMPLES.get(name, "0.1, 0.2, 0.3")
        )
        raise arguments.wrong_value(name, expected, text)
    return checked_values(name, whole)


def _literal(text: str) -> Any:
    """What Python reads there, `...` where it cannot; nothing is executed."""
    if len(text) > LONGEST:
        return ...
    try:
        with warnings.catch_warnings():  # of what a slip may mean to a compiler
            warnings.simplefilter("ignore")
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ...


def _word(text: str) -> Any:
    """A number, or letters, which are a name ("relu"); broken brackets and the like are a slip: ""."""
    text = text.strip()
    value = _literal(text)
    if value is not ...:
        return value
    letters = text.replace("_", "").replace(" ", "").replace("-", "")
    return text if letters.isalnum() and text[0].isalpha() else ""


def written(values: Iterable[Any]) -> str:
    """Values as a reader types them."""
    several = list(values)
    bare = all(
        bool(value) and _word(value) == value if isinstance(value, str) else not isinstance(value, tuple)
        for value in several
    )
    return ", ".join(value if bare and isinstance(value, str) else repr(value) for value in several)


class ValuesField(Locked, ipywidgets.HBox):
    """A list of values in a text field: `value` is the list, `box` the field.

    Setting a wrong list from code raises its error; typing one calls `complain` with the sentence, and the
    last good list stays.
    """

    value = Number()
    complain: Complaint | None = None

    def __init__(self, name: str, values: Any):
        self.name = name
        self._syncing = False
        checked = checked_values(name, values)
        label = name.replace("_", " ")
        self.box = Text(
            continuous_update=False,
            # unlike the list in which one of the values is chosen
            description=_("try {knob}").format(knob=label),
            layout=layout(width=FULL, max_width="560px"),
            style=style_of(Text, description_width=LABEL_WIDTH),
            **tooltip(_("{label}: values to try, with commas between them").format(label=label)),
        )
        super().__init__([self.box], layout=layout(width=FULL, max_width="640px"))
        self.box.complain = lambda message: tell(self, message)
        self.value = checked
        self._show()
        self.box.observe(self._from_box, "value")

    @traitlets.validate("value")
    def _validated(self, proposal):
        return checked_values(self.name, proposal["value"])

    @traitlets.observe("value")
    def _shown(self, _change):
        if hasattr(self, "box"):
            self._show()

    def _show(self) -> None:
        self._syncing = True
        try:
            self.box.value = written(self.value)
        finally:
            self._syncing = False

    def _from_box(self, change) -> None:
        if self._syncing or change["new"] == written(self.value):
            return
        try:
            values = parsed(self.name, change["new"])
        except (ValueError, TypeError) as error:
            self._show()
            tell(self, str(error))
            return
        tell(self, "")
        self.value = values
        self._show()
