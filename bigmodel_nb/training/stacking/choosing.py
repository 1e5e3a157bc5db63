"""Which members are trained side by side, and which one after another, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.counting import BACKWARD, count, kinds_of_work
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.nested import leaves
from bigmodel_nb.training.sources import RESIDENT_SHARE, free_memory
from bigmodel_nb.training.stacking.checks import check_objective, check_update, objective_of
from bigmodel_nb.training.stacking.group import Group
from bigmodel_nb.training.stacking.program import CannotStack, read
from bigmodel_nb.training.streams import Stream
from bigmodel_nb.training.successive import Task
from bigmodel_nb.training.sweep_record import Member

# Operations of a member's step up to which stacking pays. Measured on two cores with 8 members, times faster
# than one after another, for members that see the same batches / each its own, compiling left out:
#   MLP 64-32-10, batch 32                     0.5 million operations    1.9 / 1.8
#   MLP 784-512-512-10                         128                       0.6 / 0.6
#   GRU of 32 units, 20 steps in time           12                       1.1 / 0.8
#   LSTM of 64 units, 50 steps                 160                       0.7 / 0.7
#   CNN on 28 x 28, 8 and 16 maps               58                       2.8 / 2.5
#   GPT of 2 layers of width 32, context 32    195                       1.9 / 2.9
# Small steps are mostly waiting for Python and for kernels to start, which members then share; large ones are
# arithmetic, and the weights of all members no longer fit into the cache. What each run costs besides
# its steps (tracing, a tenth of a second or two) is saved in any case, so a GRU's 0.8 is still a gain.
MOST_WORK = {"attention": 3e8, "convolutions": 1e8, "recurrence": 1.5e7, "matrix products": 3e7}


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
        why = _does_not_pay(task, several, template)
        if why and together == "auto":
            rest += several
            reasons.append(_("{count} members one after another: {why}").format(count=len(several), why=why))
            continue
        made.append(Group(task, several, template))
        reasons.append(
            _("{count} members in one graph: {model} of {parameters:,} parameters").format(
                count=len(several), model=template.name, parameters=template.count_params()
            )
        )
    left = {id(member) for member in rest}
    return Choice(made, [member for member in members if id(member) in left], reasons)


def _does_not_pay(task: Task, members: Sequence[Member], template: Any) -> str:
    """Why members that could be stacked had better not be; "" where stacking pays."""
    batch = task.recipe.all_of(members[0].settings)["batch_size"]
    first = leaves(task.source.sample(1)[0])[0]
    counts = count(template, int(first.shape[1]) if first.ndim > 1 else None)
    work = BACKWARD * counts.forward * batch
    kinds = kinds_of_work(template)
    if any(type(layer).__name__ == "TransformerBlock" for layer in template._flatten_layers()):
        kinds.add("attention")
    kind = next(one for one in ("recurrence", "convolutions", "attention", "matrix products") if one in kinds)
    if work > MOST_WORK[kind]:
        return _("a step of one alone keeps this machine busy ({work:.0f} million operations)").format(
            work=work / 1e6
        )
    memory = len(members) * (6 * counts.weights + 2 * batch * counts.activations)
    if memory > RESIDENT_SHARE * free_memory():
        return _("together they would need {size:.1f} GB of memory").format(size=memory / 1e9)
    return ""


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
