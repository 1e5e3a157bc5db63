"""What the reader is asked before a `RecurrenceExplorer` shows how much of a gradient comes back."""

from __future__ import annotations

from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.gradient_paths import gradient_paths
from bigmodel_nb.widgets.prediction import Prediction

QUESTIONS = ("radius", "forget", "clipping")


def recurrence_question(name: str, radius: float, length: int) -> Prediction:
    """The question called `name`, one of `QUESTIONS`; answers are measured on the explorer's cells."""
    if name == "radius":
        return _radius(radius, length)
    return _forget(length) if name == "forget" else _clipping()


def _radius(radius: float, length: int) -> Prediction:
    options = [
        _("more than there was"), _("between a tenth and all"),
        _("between a hundredth and a tenth"), _("less than a hundredth"),
    ]  # fmt: skip

    def truth(explorer: Any) -> str:
        left = _first(explorer, "simple")
        return options[0 if left > 1 else 1 if left > 0.1 else 2 if left > 0.01 else 3]

    return Prediction(
        "05/spectral-radius",
        _(
            "The recurrent matrix of a simple RNN has the spectral radius {radius}. How much of a gradient "
            "is left {steps} steps before the loss?"
        ).format(radius=f"{radius:g}", steps=length - 1),
        options,
        truth=truth,
        explanation=_(
            "The matrix alone makes it {radius}^{steps} = {share}; tanh, whose slope is below 1 wherever a "
            "state is not 0, takes away more."
        ).format(radius=f"{radius:g}", steps=length - 1, share=f"{radius ** (length - 1):.2g}"),
    )


def _forget(length: int) -> Prediction:
    less, some, much = _("it shrinks"), _("it grows, less than tenfold"), _("it grows tenfold or more")

    def truth(explorer: Any) -> str:
        grown = _first(explorer, "lstm", forget_bias=3.0) / _first(explorer, "lstm", forget_bias=1.0)
        return less if grown < 1 else some if grown < 10 else much

    return Prediction(
        "05/forget-bias",
        _(
            "The bias of an LSTM's forget gate goes from +1 to +3. What happens to the gradient {steps} "
            "steps before the loss?"
        ).format(steps=length - 1),
        [less, some, much],
        truth=truth,
        explanation=_(
            "At each step the memory's gradient is multiplied by the forget gate: about 0.73 at +1 and 0.95 "
            "at +3. What looks alike in one step is far apart after many."
        ),
    )


def _clipping() -> Prediction:
    no = _("no")
    return Prediction(
        "05/clipping",
        _("Does clipping the gradient by its norm cure a gradient that vanishes on its way back?"),
        [_("yes, in all cells"), _("only in the simple RNN"), no],
        truth=no,
        explanation=_(
            "It multiplies everything by one factor of at most 1: a curve on a log scale moves down as a "
            "whole and keeps its slope. It is a cure for steps that are too long, so for exploding gradients."
        ),
    )


def _first(explorer: Any, cell: str, **other: float) -> float:
    """How much of the gradient is left at the first step, in an untrained cell."""
    settings = explorer.settings() | {"clip": 0.0} | other
    return float(gradient_paths(explorer.inputs, cells=[cell], **settings)[cell].norms[0])
