"""What `FitExplorer`'s Show code gives: the present fit without the explorer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bigmodel_nb.widgets.fits import FitExplorer


def fits_cell(explorer: FitExplorer) -> str:
    """The cell for the present state of a `FitExplorer`."""
    many = explorer.view.value == "bias and variance"
    names = ["errors_by_complexity", "fit_to", *(["redraw"] if many else []), "sample"]
    names += ["spread_by_complexity"] if many else []
    model, complexity = explorer.model.value, explorer.complexity
    more = (
        f"    redrawn=redraw(samples, {model!r}, {complexity}, **prices),\n"
        f"    spread=spread_by_complexity(samples, {model!r}, **prices),\n"
    )
    return (
        "from bigmodel_nb.figures.fits import FitFigure\n"
        f"from bigmodel_nb.maths.noisy_fits import {', '.join(names)}\n\n"
        f"samples = sample(n={explorer.points.value}, noise={explorer.noise.value!r}, "
        f"seed={explorer.seed.value})\n"
        f"prices = dict(l1={explorer.prices['l1']!r}, l2={explorer.prices['l2']!r})\n"
        "FitFigure(\n"
        f"    samples, fit_to(samples, {model!r}, {complexity}, **prices),\n"
        f"    errors_by_complexity(samples, {model!r}, **prices),\n"
        f"{more if many else ''}"
        f"    theme={explorer.theme!r},\n"
        ")\n"
    )
