"""The knobs of a studio: those of the builder, and those of training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.studio.bench import OPTIMIZERS, Recipe
from bigmodel_nb.widgets.studio.fields import Field, control_for
from bigmodel_nb.widgets.studio.subject import Subject

TRAINING = ("learning_rate", "weight_decay", "optimizer", "batch_size", "epochs", "seed")
FIRST = 2  # settings of the builder that are in sight
PREFERRED = (
    "widths", "filters", "hidden", "width", "units", "num_layers", "d_model", "dropout", "activation",
)  # fmt: skip


class Settings:
    """`controls[name]`: a control for each setting, those of training first."""

    def __init__(self, subject: Subject, training: dict[str, Any]):
        self.subject = subject
        arguments.one_of("optimizer", training["optimizer"], OPTIMIZERS)
        self.fields = [*training_fields(), *subject.fields]
        start = {**subject.start, **training}
        self.controls: dict[str, Any] = {}
        for field in self.fields:
            if field.name in self.controls:  # a builder that takes a learning rate, say
                expected = _("a function without an argument {name}: the studio has that knob")
                raise arguments.wrong_value("builder", expected.format(name=field.name), subject.name)
            self.controls[field.name] = control_for(field, start[field.name])

    def of_builder(self) -> dict[str, Any]:
        """The builder's settings, by name."""
        return {field.name: self.controls[field.name].value for field in self.subject.fields}

    def recipe(self) -> Recipe:
        """What the controls say. Raises what the builder's record refuses."""
        settings = self.of_builder()
        self.subject.config(settings)
        return Recipe(settings=settings, **{name: self.controls[name].value for name in TRAINING})

    def arranged(
        self, shown: Sequence[str] | None
    ) -> tuple[list[ipywidgets.Widget], list[ipywidgets.Widget]]:
        """The controls in sight, and the others: at most five, or those of a lesson."""
        if shown is None:
            known = [field.name for field in self.subject.fields]
            first = [name for name in PREFERRED if name in known] or known
            first += [name for name in known if name not in first]
            shown = ["learning_rate", *first[:FIRST], "batch_size", "epochs"]
            others = [name for name in self.controls if name not in shown]
        else:
            others = []
        return [self.controls[name] for name in shown], [self.controls[name] for name in others]


def training_fields() -> list[Field]:
    """The knobs that every training has."""
    return [
        Field(
            "learning_rate", 0.001, arguments.positive, 1e-5, 1.0, log=True,
            help=_("the size of a step; it can be turned while a run goes on"),
        ),
        Field(
            "weight_decay", 0.0, arguments.non_negative, 1e-5, 1.0, log=True,
            help=_("what weights lose at each step, times the learning rate; it can be turned in a run"),
        ),
        Field(
            "optimizer", "adam", lambda name, value: arguments.one_of(name, value, OPTIMIZERS),
            choices=tuple(OPTIMIZERS), help=_("the rule that turns gradients into steps"),
        ),
        Field("batch_size", 32, _from_one, 8, 256, help=_("examples in a step")),
        Field("epochs", 10, _from_one, 1, 50, help=_("passes over the training data")),
        Field("seed", 0, _from_zero, 0, 20, help=_("of first weights, order of examples and dropout")),
    ]  # fmt: skip


def _from_one(name: str, value: Any) -> int:
    return arguments.whole(name, value, 1)


def _from_zero(name: str, value: Any) -> int:
    return arguments.whole(name, value, 0)
