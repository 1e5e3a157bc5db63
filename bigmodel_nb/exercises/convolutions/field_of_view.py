"""Chapter 4: how much of the picture one unit sees."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.convolution import receptive_field as right_field

Layers = list[tuple[int, int]]


def _try_field(field: ReaderFunction, rng: np.random.Generator) -> str:
    for count in (3, 4, 3):
        field.try_case(telling(partial(_case, rng, count)))
    field.try_case(Case({"layers": [(5, 1)]}, 5))
    field.try_case(Case({"layers": [(3, 1), (3, 1)]}, 5))
    return _(
        "Two layers of 3 x 3 see what one of 5 x 5 sees, with 18 weights instead of 25 and an activation "
        "between them. That is why deep networks have small kernels."
    )


def _case(rng: np.random.Generator, count: int) -> Case:
    kernels = [int(k) for k in rng.integers(2, 6, count)]
    strides = [int(s) for s in rng.integers(1, 4, count)]
    layers = list(zip(kernels, strides, strict=True))
    return Case(
        {"layers": layers},
        right_field(layers),
        [
            Suspect(
                1 + sum(k - 1 for k in kernels),
                _("The strides are ignored: above a stride of 2, each step is two pixels of the input."),
            ),
            Suspect(
                _walk(layers, own=True),
                _(
                    "A layer's own stride does not widen its window. It counts for the layers above: update "
                    "the step after the field."
                ),
            ),
            Suspect(sum(kernels), _("Windows overlap: each layer adds k - 1 steps, not k.")),
            Suspect(
                _walk(layers, whole=True),
                _("Windows overlap: each layer adds k - 1 steps, not k. Begin with one pixel."),
            ),
            Suspect(
                int(np.prod(kernels)), _("Kernels do not multiply: neighboring windows overlap. Add up.")
            ),
            Suspect(
                right_field(layers) - 1,
                _("Begin with one pixel: before the first layer, a unit sees itself."),
            ),
            Suspect(
                right_field(layers[::-1]), _("You begin with the last layer. Here the first is the lowest.")
            ),
            Suspect(
                _sum_of_strides(layers), _("Strides multiply: two layers of stride 2 make steps of 4 pixels.")
            ),
        ],
    )


def _walk(layers: Layers, own: bool = False, whole: bool = False) -> int:
    field = step = 1
    for kernel, stride in layers:
        step *= stride if own else 1
        field += (kernel if whole else kernel - 1) * step
        step *= 1 if own else stride
    return field


def _sum_of_strides(layers: Layers) -> int:
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step += stride - 1
    return field


receptive_field = Exercise(
    key="04/receptive-field",
    handle="convolutions.receptive_field",
    title=_("How much does a unit see?"),
    kind=_("write"),
    words=_(
        "`layers` lists convolutions and poolings from the picture upward, each as (kernel, stride). How "
        "many pixels of the picture, along one axis, can a unit of the last layer see? Return a whole number."
    ),
    signature="receptive_field(layers)",
    template='''
def receptive_field(layers):
    """Pixels that a unit above these layers, (kernel, stride) each, can see along an axis."""
    field, step = 1, 1               # a pixel sees itself; neighbors are one pixel apart
    for kernel, stride in layers:
        field = ...
        step = ...
    return field
''',
    hints=(
        _("Two neighboring units of a layer: how many pixels of the picture are their windows apart?"),
        _(
            "A kernel reaches kernel - 1 neighbors further, each `step` pixels on. Its stride makes the "
            "steps of the next layer longer."
        ),
        _("`field = field + (kernel - 1) * step`, then `step = step * ...`"),
    ),
    ours='''
def receptive_field(layers):
    """Pixels that a unit above these layers, (kernel, stride) each, can see along an axis."""
    field, step = 1, 1
    for kernel, stride in layers:
        field = field + (kernel - 1) * step
        step = step * stride
    return field
''',
    trial=_try_field,
    answers="bigmodel_nb.exercises.convolutions.answers.field_of_view:receptive_field",
)
