"""The knobs of single optimizers, made when they are first asked for.

Seven optimizers have some twenty knobs, each of several widgets. An explorer that shows none of them
opens faster without them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.maths.descent import OPTIMIZERS, Optimizer
from bigmodel_nb.widgets.controls import switch
from bigmodel_nb.widgets.knob import Knob

Made = dict[str, Knob | ipywidgets.Checkbox]


class OptimizerKnobs(Mapping):
    """`knobs["Adam"]["beta_1"]` is a control; `optimizer("Adam")` is the optimizer that they describe.

    `rate` is the learning rate of every optimizer until its own knob says otherwise. `on_made(knobs)`
    is called with the controls of an optimizer when they come to be.
    """

    def __init__(self, rate: float, on_made: Callable[[Sequence[ipywidgets.Widget]], None]):
        self._rate = rate
        self._on_made = on_made
        self._made: dict[str, Made] = {}

    def __getitem__(self, name: str) -> Made:
        if name not in self._made:
            self._made[name] = self._make(OPTIMIZERS[name])
            self._on_made(list(self._made[name].values()))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(OPTIMIZERS)

    def __len__(self) -> int:
        return len(OPTIMIZERS)

    def _make(self, kind: type[Optimizer]) -> Made:
        made: Made = {}
        for field in dataclasses.fields(kind):
            about = field.metadata
            value: Any = self._rate if field.name == "learning_rate" else field.default
            label = field.name.replace("_", " ")
            if isinstance(field.default, bool):
                made[field.name] = switch(label, field.default, about["help"])
            else:
                made[field.name] = Knob(
                    field.name,
                    value,
                    about["low"],
                    about["high"],
                    log=about["log"],
                    label=label,
                    check=_checked_by(kind),
                    help=about["help"],
                )
        return made

    def set_rate(self, rate: float) -> None:
        """Gives every optimizer this learning rate."""
        self._rate = rate
        for knobs in self._made.values():
            knobs["learning_rate"].value = rate

    def optimizer(self, name: str) -> Optimizer:
        """The optimizer with its settings."""
        if name not in self._made:
            return OPTIMIZERS[name](learning_rate=self._rate)
        return OPTIMIZERS[name](**{field: knob.value for field, knob in self._made[name].items()})


def _checked_by(kind: type[Optimizer]) -> Callable[[str, Any], float]:
    """A knob accepts what the optimizer itself accepts."""

    def check(name: str, value: Any) -> float:
        return getattr(dataclasses.replace(kind(), **{name: arguments.number(name, value)}), name)

    return check
