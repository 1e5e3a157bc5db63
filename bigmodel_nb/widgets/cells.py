"""Show code: the notebook cell that makes an explorer's picture without the explorer.

Readers paste it into a chapter, so it takes no name that a chapter uses for something else:
`descent` are the exercises there, and `train`, `problem` and `x` are the reader's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.reader import name_of

if TYPE_CHECKING:
    from bigmodel_nb.widgets.batches import BatchExplorer
    from bigmodel_nb.widgets.descent import DescentExplorer


def descent_cell(explorer: DescentExplorer) -> str:
    """The cell for the present state of a `DescentExplorer`."""
    settings = [
        f"{name}={'schedules.' if name == 'schedule' else ''}{value!r}"
        for name, value in explorer.settings().items()
    ]
    racers = "".join(f"    {optimizer!r},\n" for optimizer in explorer.optimizers())
    rules = sorted({type(optimizer).__name__ for optimizer in explorer.optimizers()})
    names = [path.optimizer.name for path in explorer.paths]
    arrows = names.index(explorer.arrows.value) if explorer.arrows.value in names else None
    return (
        "from bigmodel_nb.figures.descent import DescentFigure\n"
        "from bigmodel_nb.maths import schedules, surfaces\n"
        f"from bigmodel_nb.maths.descent import {', '.join([*rules, 'descend'])}\n\n"
        f"surface = {_surface(explorer)}\n"
        f"optimizers = [\n{racers}]\n"
        f"settings = dict({', '.join(settings)})\n"
        "paths = [descend(surface, optimizer, **settings) for optimizer in optimizers]\n"
        f"DescentFigure(surface, paths, step={explorer.transport.position}, steps={explorer.steps.value}, "
        f"arrows={arrows}, theme={explorer.theme!r})\n"
    )


def _surface(explorer: DescentExplorer) -> str:
    name = explorer.surface.value
    if explorer.ground() is explorer.own:
        yours = _("put the surface here that you gave to the explorer")
        return name_of(explorer.own) or f"surfaces.bowl()  # {yours}"
    return (
        f"surfaces.bowl(condition={explorer.condition.value!r})" if name == "bowl" else f"surfaces.{name}()"
    )


def batches_cell(explorer: BatchExplorer) -> str:
    """The cell for the present state of a `BatchExplorer`."""
    runs = ""
    for kind, label in zip(explorer.chosen(), explorer.labels(), strict=True):
        settings = [
            f"{name}={'schedules.' if name == 'schedule' else ''}{value!r}"
            for name, value in explorer.settings(kind).items()
        ]
        runs += f"    {label!r}: regression.train(task, {', '.join(settings)}),\n"
    surface = explorer.ground()[1]
    names = "".join(f", {name}={value!r}" for name, value in explorer.names().items())
    return (
        "from bigmodel_nb.data import bundled\n"
        "from bigmodel_nb.figures.batches import BatchFigure\n"
        "from bigmodel_nb.maths import regression, schedules\n"
        "from bigmodel_nb.maths.data_surfaces import from_data\n"
        "from bigmodel_nb.maths.noise_ball import noise_radius\n"
        "from bigmodel_nb.maths.scaling import standardize\n\n"
        f"{_problem(explorer)}"
        f"runs = {{\n{runs}}}\n"
        f"surface = from_data(task.x[:, 0], task.y, task.loss{names})\n"
        f"minimum = {'surface.minima[0]' if surface.minima else 'surface.start'}\n"
        "rings = [noise_radius(path, minimum) if path.kind != 'batch' else None for path in runs.values()]\n"
        "BatchFigure(\n"
        "    surface, list(runs.values()), labels=list(runs), minimum=minimum, noise_radii=rings,\n"
        f"    seen={explorer.transport.position}, most={explorer.transport.last}, looks={explorer.looks()}, "
        f"zoom={explorer.zoom.value}, theme={explorer.theme!r},\n"
        ")\n"
    )


def _problem(explorer: BatchExplorer) -> str:
    source = explorer.source()
    if source is None:
        yours = _("put the Problem here that you gave to the explorer")
        return f"task = {name_of(explorer.ground()[0]) or f'...  # {yours}'}\n"
    load, feature, loss = source
    return (
        f"rows = bundled.{load}()\n"
        f"column = rows.feature_names.index({feature!r})\n"
        f"task = regression.Problem(standardize(rows.x[:, column]), rows.y, {loss!r})\n"
    )
