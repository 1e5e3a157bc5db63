"""Show code: the script that reproduces the numbers of a run."""

from __future__ import annotations

from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.reader import name_of
from bigmodel_nb.widgets.studio.bench import OPTIMIZERS, Recipe
from bigmodel_nb.widgets.studio.subject import Subject


def script_of(
    subject: Subject,
    recipe: Recipe,
    *,
    changes: list[list[Any]] | None = None,
    stopped_at: int | None = None,
    options: dict[str, Any] | None = None,
) -> str:
    """A cell that builds the model, trains it and shows the `Run`.

    changes: [step, name, value] of what was turned while the run went on; stopped_at: the step at which it
    was ended by hand. With either of them the cell drives a `Session` step by step, else it calls `fit`.
    """
    by_hand = bool(changes) or stopped_at is not None
    imports, data = _data(subject)
    builder = _builder(subject, imports)
    imports.append(
        "from bigmodel_nb.training import Session" if by_hand else "from bigmodel_nb.training import fit"
    )
    kind, extra = OPTIMIZERS[recipe.optimizer]
    settings = {"learning_rate": recipe.learning_rate, "weight_decay": recipe.weight_decay, **extra}
    optimizer = f"keras.optimizers.{kind}({_listed(settings)})"
    given = ", ".join(f"{name}={name_of(value) or repr(value)}" for name, value in (options or {}).items())
    training = f"epochs={recipe.epochs}, batch_size={recipe.batch_size}, seed={recipe.seed}"
    training += f", {given}" if given else ""
    lines = ["import keras", *sorted(set(imports)), "", *data]
    lines += [
        f"keras.utils.set_random_seed({recipe.seed})",
        f"network = {builder}({_listed(subject.arguments(recipe.settings))})",
    ]
    lines.append(f"optimizer = {optimizer}")
    if not by_hand:
        return "\n".join([*lines, f"run = fit(network, data, optimizer=optimizer, {training})", "run\n"])
    lines.append(f"session = Session(network, data, optimizer=optimizer, {training})")
    at = 0
    for step, name, value in changes or []:
        if step > at:
            lines.append(f"session.run({step - at})")
            at = step
        lines.append(f"session.{name} = {value!r}")
    if stopped_at is None:
        lines.append("session.run()")
    else:
        lines += [f"session.run({stopped_at - at})"] if stopped_at > at else []
        lines.append("session.stop()")
    return "\n".join([*lines, "run = session.record", "run\n"])


def _listed(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())


def _builder(subject: Subject, imports: list[str]) -> str:
    """The builder's name, imported where it is one of ours; the reader's own is there already."""
    module = getattr(subject.builder, "__module__", "") or ""
    if module.startswith("bigmodel_nb.models"):
        imports.append(f"from bigmodel_nb.models import {subject.name}")
        return subject.name
    return name_of(subject.builder) or subject.name


def _data(subject: Subject) -> tuple[list[str], list[str]]:
    """Imports, and the line that gets the data: one of our data sets, or the reader's own by its name."""
    known = name_of(subject.data)
    if known is not None:
        return [], [] if known == "data" else [f"data = {known}"]
    from bigmodel_nb.data import real

    for name in ("digits", "breast_cancer", "diabetes", "wine"):
        if getattr(real, name)() is subject.data:
            return [f"from bigmodel_nb.data import {name}"], [f"data = {name}()"]
    if getattr(subject.data, "name", "") == "digits" and subject.data.input_shape == (8, 8, 1):
        return ["from bigmodel_nb.data import digits"], ["data = digits(images=True)"]
    yours = _("put the data here that you gave to the studio")
    return [], [f"data = ...  # {yours}"]
