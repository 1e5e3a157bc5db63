"""Which members are trained side by side, and which one after another, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.stacking.checks import check_objective, check_update, objective_of
from bigmodel_nb.training.stacking.group import Group
from bigmodel_nb.training.stacking.program import CannotStack, read
from bigmodel_nb.training.streams import Stream
from bigmodel_nb.training.successive import Task
from bigmodel_nb.training.sweep_record import Member


@dataclass
class Choice:
    """Groups to be stacked, the members that are left over, and a sentence for each decision."""

    groups: list[Group]
    rest: list[Member]
    reasons: list[str]


def divide(
    task: Task, members: Sequence[Member], templates: Mapping[str, Any], together: bool | str
) -> Choice:
    """Groups of members that share an architecture, an optimizer and a size of batches.

    templates: a compiled model for each thing that the builder is asked for, by `Recipe.key`.
    """
    if together is False:
        return Choice([], list(members), [_("one after another, as asked for")])
    why = _against_all(task)
    if why:
        return Choice([], list(members), [_("one after another: {why}").format(why=why)])
    groups: dict[str, list[Member]] = {}
    rest: list[Member] = []
    reasons: list[str] = []
    signatures: dict[str, str] = {}
    for member in members:
        key = task.recipe.key(member.settings)
        rule, config = task.recipe.update_rule(member.settings)
        try:
            if key not in signatures:
                check_objective(templates[key])
                signatures[key] = f"{read(templates[key]).signature} {objective_of(templates[key])}"
            check_update(rule, config)
        except CannotStack as reason:
            rest.append(member)
            told = _("one after another, since what cannot be stacked is {why}").format(why=reason)
            if told not in reasons:
                reasons.append(told)
            continue
        own = ("learning_rate", "weight_decay", "name", "global_clipnorm")
        update = {name: value for name, value in config.items() if name not in own}
        size = task.recipe.all_of(member.settings)["batch_size"]
        shared = repr((signatures[key], type(rule).__name__, sorted(update.items(), key=str), size))
        groups.setdefault(shared, []).append(member)
    made = []
    for several in groups.values():
        template = templates[task.recipe.key(several[0].settings)]
        made.append(Group(task, several, template))
        reasons.append(
            _("{count} members in one graph: {model} of {parameters:,} parameters").format(
                count=len(several), model=template.name, parameters=template.count_params()
            )
        )
    return Choice(made, rest, reasons)


def _against_all(task: Task) -> str:
    """Why nothing can be stacked; "" where something may be."""
    if keras.backend.backend() != "tensorflow":
        return _("Keras runs on {backend}").format(backend=keras.backend.backend())
    for source in (task.source, task.held):
        if isinstance(source, Stream) or (source is not None and not source.resident):
            return _("the data do not lie in memory")
        if source is not None and isinstance(source.sample(1)[1], tuple | dict):
            return _("there are several targets")
        weight = None if source is None else source.sample(1)[2]
        if weight is not None and (isinstance(weight, tuple | dict) or weight.ndim != 1):
            return _("there are several weights for an example")
    return ""
