"""What a `RecurrenceExplorer` shows, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bigmodel_nb.figures.gradient_paths import cell_name
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.words import amount

if TYPE_CHECKING:
    from bigmodel_nb.widgets.recurrence import RecurrenceExplorer

AROUND = 12  # characters before and after a place that is quoted


def summary(explorer: RecurrenceExplorer) -> str:
    """The present view in words."""
    return {"states": _states, "gradients": _gradients, "unit": _unit}[explorer.view.value](explorer)


def _states(explorer: RecurrenceExplorer) -> str:
    run, at, unit = explorer.run, explorer.transport.position, explorer.unit.value
    words = _(
        "Step {at} of 0 to {last} reads “{piece}”. Of {units} units, unit {unit} is at {value}; the state "
        "moved by {moved} in this step."
    ).format(
        at=at, last=run.steps - 1, piece=_quoted(explorer.pieces[at]), units=run.units, unit=unit,
        value=f"{run.states[0, at, unit]:+.2f}",
        moved=amount(float(np.linalg.norm(run.states[0, at] - run.before[0, at])), 2),
    )  # fmt: skip
    gate = explorer.kept()
    if gate is not None:
        kept = run.gates[gate][0, : at + 1, unit]
        words += " " + _(
            "Its {gate} gate is {now}; of what it held before step 0, the gates of all steps up to here keep "
            "{share}."
        ).format(gate=_(gate), now=f"{kept[-1]:.2f}", share=amount(float(kept.prod()), 2))
    return words


def _gradients(explorer: RecurrenceExplorer) -> str:
    first, end = explorer.window()
    at = explorer.transport.position
    if not explorer.revealed:
        return _("The loss looks at step {last}. Predict, and it is shown how much comes back.").format(
            last=end - 1
        )
    paths = explorer.paths
    words = _(
        "The loss hands a slope of length 1 to the state of step {last}. {back} steps before there is left: "
    )
    words = words.format(last=end - 1, back=end - 1 - first) + _each(paths, 0)
    if at not in (first, end - 1):
        words += " " + _("At step {at}: ").format(at=at) + _each(paths, at - first)
    clipped = {cell: path for cell, path in paths.items() if path.factor < 1}
    if clipped:
        norms = ", ".join(
            f"{cell_name(cell)} {amount(path.weight_norm, 2)} × {amount(path.factor, 2)}"
            for cell, path in clipped.items()
        )
        words += " " + _(
            "Clipped is the gradient of all weights, by one factor: {norms}. The whole curve moves down and "
            "keeps its slope."
        ).format(norms=norms)
    elif explorer.clip.value:
        words += " " + _("No gradient is longer than the limit, so nothing is clipped.")
    return words


def _each(paths: dict, place: int) -> str:
    return (
        ", ".join(f"{cell_name(cell)} {amount(path.norms[place], 2)}" for cell, path in paths.items()) + "."
    )


def _unit(explorer: RecurrenceExplorer) -> str:
    values = explorer.run.states[0, :, explorer.unit.value]
    at = explorer.transport.position
    words = _(
        "{title}: {now} at step {at}, “{piece}”. Over {steps} steps it runs from {low} to {high}."
    ).format(
        title=explorer.title(), now=f"{values[at]:+.2f}", at=at, piece=_quoted(explorer.pieces[at]),
        steps=len(values), low=f"{values.min():+.2f}", high=f"{values.max():+.2f}",
    )  # fmt: skip
    best = [
        _("step {place} (…{before}[{piece}]…)").format(
            place=place,
            before="".join(explorer.pieces[max(place - AROUND, 0) : place]).replace("\n", "↵"),
            piece=_quoted(explorer.pieces[place]),
        )
        for place in explorer.places[:3]
    ]
    return words + " " + _("It is excited most at {best}.").format(best=", ".join(best))


def _quoted(text: str) -> str:
    return (text.rstrip(" ") or text).replace("\n", "↵")
