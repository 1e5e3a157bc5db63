"""One sequence through three kinds of cells: how much of a gradient comes back to each step.

    inputs = as_inputs("to be or not to be", 50)
    paths = gradient_paths(inputs, radius=0.9, forget_bias=1.0)
    paths["lstm"].norms                              # (50,), 1 or so at the last step

The slope of the loss is handed to the last state alone; it has length 1 and a random direction. What is
measured at each step before is the length of the slope by all that a cell hands on (`carried_norms`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import non_negative, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.recurrence import GATES
from bigmodel_nb.maths.recurrent_weights import initial_weights
from bigmodel_nb.maths.through_time import Trace, backward, clip_by_global_norm, trace

UNITS = 24


@dataclass(frozen=True, eq=False)
class GradientPath:
    """`norms` (steps,) of the slope by what is handed on from each step, with clipping; `unclipped` without.

    `weight_norm` is the norm of the gradient of all weights before it was clipped, `factor` what clipping
    multiplied it by, 1 where it is left alone.
    """

    norms: np.ndarray
    unclipped: np.ndarray
    weight_norm: float
    factor: float


def as_inputs(sequence: Any, length: int | None = None) -> np.ndarray:
    """A text or numbers as inputs (1, steps, inputs), repeated or cut to `length` steps.

    A character is a row with a 1 in the column of that character, as many columns as there are different
    characters (in the order of their code points); a number is a row of one column.
    """
    expected = _("a text, or a list of finite numbers")
    if isinstance(sequence, str):
        if not sequence:
            raise wrong_value("sequence", expected, sequence)
        characters, places = np.unique(list(sequence), return_inverse=True)
        rows = np.eye(len(characters))[places.reshape(-1)]
    else:
        rows = array_of_numbers("sequence", sequence, expected)
        if rows.ndim != 1:
            raise wrong_value("sequence", expected, sequence)
        rows = rows.reshape(-1, 1)
    steps = len(rows) if length is None else whole("length", length, 1)
    return np.resize(rows, (steps, rows.shape[1]))[None]


def step_labels(sequence: Any, length: int | None = None) -> list[str]:
    """What is read at each step, in short: the character, or the number in three digits and a blank."""
    steps = as_inputs(sequence, length).shape[1]
    read = list(sequence) if isinstance(sequence, str) else [f"{float(one):.3g} " for one in sequence]
    return [read[step % len(read)] for step in range(steps)]


def unit_slope(units: int, seed: int = 0) -> np.ndarray:
    """A slope (1, units) of length 1 in a random direction."""
    slope = np.random.default_rng([whole("seed", seed, 0), 1]).normal(size=(1, whole("units", units, 1)))
    return slope / np.linalg.norm(slope)


def gradient_path(run: Trace, *, clip: float = 0.0, seed: int = 0) -> GradientPath:
    """The path of one trace of a single sequence; `clip` is the largest norm of all weights' gradient, 0 for
    no limit."""
    if not isinstance(run, Trace) or len(run.states) != 1:
        raise wrong_type("run", _("a trace of one sequence"), run)
    clip = non_negative("clip", clip)
    found = backward(run, unit_slope(run.units, seed))
    _clipped, norm = clip_by_global_norm(found.weights, clip or np.finfo(float).max)
    factor = min(1.0, clip / norm) if clip and norm else 1.0
    norms = found.carried_norms
    return GradientPath(norms * factor, norms, norm, factor)


def gradient_paths(
    inputs: Any,
    *,
    cells: Sequence[str] = tuple(GATES),
    radius: float = 1.0,
    forget_bias: float = 1.0,
    clip: float = 0.0,
    units: int = UNITS,
    seed: int = 0,
) -> dict[str, GradientPath]:
    """The paths of untrained cells by their kind, for one sequence of inputs (1, steps, inputs)."""
    columns = np.asarray(inputs).shape[-1] if np.ndim(inputs) == 3 else 1
    settings: dict[str, Any] = {"radius": radius, "forget_bias": forget_bias, "seed": seed}
    return {
        cell: gradient_path(
            trace(cell, inputs, initial_weights(cell, columns, units, **settings)), clip=clip, seed=seed
        )
        for cell in cells
    }
