"""Chapter 4: how large the output of a convolution is."""

from __future__ import annotations

from functools import partial

import numpy as np

from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.compare import Case, Suspect, telling
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.convolution import output_size as right_size


def _try_size(size: ReaderFunction, rng: np.random.Generator) -> str:
    size.try_case(telling(partial(_case, rng, dilation=1)))
    for _turn in range(3):
        size.try_case(telling(partial(_case, rng)))
    return _(
        "One formula for every layer that slides a window: convolutions, pooling, and audio, where there is "
        "one axis."
    )


def _case(rng: np.random.Generator, dilation: int | None = None) -> Case:
    n, kernel = int(rng.integers(40, 90)), int(rng.integers(4, 7))
    stride, padding = int(rng.integers(2, 4)), int(rng.integers(3, 8))
    # Gaps so wide that one too many cannot be taken for a step too few.
    dilation = int(rng.integers(4, 8)) if dilation is None else dilation
    span = dilation * (kernel - 1) + 1
    suspects = [
        Suspect(
            (n + 2 * padding - span) / stride + 1,
            _("There are no half places. Round down with //: what is left over at the end is not seen."),
        ),
        Suspect(
            -(-(n + 2 * padding - span) // stride) + 1,
            _("You round up. A window that does not fit whole is left out: round down, with //."),
        ),
        Suspect(
            (n + 2 * padding - span) // stride,
            _("That is the number of steps. There is one more place than steps: + 1."),
        ),
        Suspect((n + padding - span) // stride + 1, _("The padding is at both ends: 2 * padding.")),
        Suspect((n - span) // stride + 1, _("The padding is missing: it lengthens the axis at both ends.")),
        Suspect(n + 2 * padding - span + 1, _("The stride is missing: divide by it, rounding down.")),
        Suspect((n + 2 * padding) // stride, _("The kernel is missing: it must fit whole.")),
    ]
    if dilation > 1:
        suspects += [
            Suspect(
                (n + 2 * padding - kernel) // stride + 1,
                _("The dilation is missing: with gaps, a kernel of k entries spans d * (k - 1) + 1 pixels."),
            ),
            Suspect(
                (n + 2 * padding - dilation * kernel) // stride + 1,
                _("A kernel of k entries has k - 1 gaps, not k: it spans d * (k - 1) + 1 pixels."),
            ),
        ]
    return Case(
        {"n": n, "kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation},
        right_size(n, kernel, stride, padding, dilation),
        suspects,
    )


output_size = Exercise(
    key="04/output-size",
    handle="convolutions.output_size",
    title=_("How large is the output?"),
    kind=_("write"),
    words=_(
        "An axis has `n` pixels and gets `padding` zeros at each end. A kernel of `kernel` entries, with its "
        "neighbors `dilation` pixels apart (1: no gaps), moves `stride` pixels at a time. How many places "
        "are there at which it fits whole? Return a whole number."
    ),
    signature="output_size(n, kernel, stride, padding, dilation)",
    template='''
def output_size(n, kernel, stride, padding, dilation):
    """The number of outputs along one axis."""
    span = ...                       # pixels from the kernel's first entry to its last
    return ...
''',
    hints=(
        _("A kernel of 3 entries, 2 pixels apart: how many pixels lie under it, from first to last?"),
        _(
            "It spans dilation * (kernel - 1) + 1 pixels. With n + 2 * padding pixels in all, how often can "
            "it still move on?"
        ),
        _("`return (n + 2 * padding - span) // stride + ...`"),
    ),
    ours='''
def output_size(n, kernel, stride, padding, dilation):
    """The number of outputs along one axis."""
    span = dilation * (kernel - 1) + 1
    return (n + 2 * padding - span) // stride + 1
''',
    trial=_try_size,
    answers="bigmodel_nb.exercises.convolutions.answers.sizes:output_size",
)
