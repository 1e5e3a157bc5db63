"""What the studio says of costs, changes and ends."""

from __future__ import annotations

import html
from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.language import ngettext
from bigmodel_nb.training.foresight import Foreseen
from bigmodel_nb.training.run import duration, label
from bigmodel_nb.training.units import operations, size
from bigmodel_nb.widgets.studio.shelf import Entry
from bigmodel_nb.widgets.words import amount

SHORT = {"learning_rate": "learning rate", "weight_decay": "weight decay"}


def foreseen_words(foreseen: Foreseen) -> str:
    """Parameters, memory, work and time, before anything trains."""
    if foreseen.parameters is None:
        return _("Parameters and costs are known once Keras is loaded: train, or press Estimate.")
    parts = [
        ngettext("{count} parameter", "{count} parameters", foreseen.parameters).format(
            count=f"{foreseen.parameters:,}"
        )
    ]
    if foreseen.memory is not None:
        parts.append(_("{size} in training").format(size=size(foreseen.memory)))
    if foreseen.forward is not None:
        parts.append(_("{flops} an example").format(flops=operations(foreseen.forward)))
    if foreseen.flops is not None and foreseen.seconds is not None:
        time = duration(foreseen.seconds)
        parts.append(_("{flops} in about {time}").format(flops=operations(foreseen.flops), time=time))
    return " · ".join(parts)


def facts_html(text: str) -> str:
    """A quiet line above the knobs."""
    return f'<div style="line-height:1.45;opacity:.85" role="note">{html.escape(text)}</div>'


def change_words(name: str, value: Any) -> str:
    """What was turned, for a mark in the picture: "learning rate 0.003"."""
    return f"{SHORT.get(name, name.replace('_', ' '))} {value:.3g}"


def fate(entry: Entry) -> str:
    """A run in a sentence: how far it came, and how good it was."""
    run = entry.run
    if not run.epochs:
        ended = "" if run.ended == "running" else f" ({_(run.ended)})"
        steps = ngettext("{name}: {count} step so far", "{name}: {count} steps so far", run.steps)
        return steps.format(name=entry.name, count=run.steps) + ended
    figures = [
        f"{label(name)} {amount(values[-1], 4)}"
        for name, values in run.history.items()
        if values and (name.startswith("val_") or f"val_{name}" not in run.history)
    ]
    head = ngettext("{name} after {epochs} epoch", "{name} after {epochs} epochs", run.epochs)
    words = head.format(name=entry.name, epochs=run.epochs) + ": " + ", ".join(figures)
    if run.ended not in ("running", "finished"):
        words += f" ({_(run.ended)})"
    return words


def differences(entry: Entry, other: Entry) -> str:
    """The settings in which two runs differ."""
    names = [name for name in entry.settings if repr(entry.settings[name]) != repr(other.settings.get(name))]
    if not names:
        return _("the same settings as {other}").format(other=other.name)
    pairs = [
        _("{name} {one} (there {two})").format(
            name=name.replace("_", " "), one=said(entry.settings[name]), two=said(other.settings.get(name))
        )
        for name in names
    ]
    return _("other than {other}: ").format(other=other.name) + ", ".join(pairs)


def said(value: Any) -> str:
    """A setting in words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or _("none")
    return str(value)
