"""Chapter 4: how many parameters a convolutional layer has."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.fault import Fault
from bigmodel_nb.language import gettext as _

# (kernel, channels, filters) of the two convolutions; what the dense layer sees, and its units
LAYERS = ((3, 3, 32), (5, 32, 64))
DENSE = (7, 7, 64, 10)
NAMES = (
    _("32 filters of 3 x 3 on RGB"),
    _("64 filters of 5 x 5 on 32 channels"),
    _("10 units on 7 x 7 x 64"),
)


def _right() -> list[int]:
    h, w, channels, units = DENSE
    return [(k * k * c + 1) * f for k, c, f in LAYERS] + [(h * w * channels + 1) * units]


def _try_counts(answer: Any, _rng: np.random.Generator) -> str:
    counts = values.as_numbers(answer)
    if counts is None or counts.shape != (3,):
        raise Fault(
            _("Give the check three whole numbers, one for each layer, in a list."),
            expected=_("a list of three whole numbers"),
            received=values.text(answer),
        )
    for place, (name, number, right) in enumerate(zip(NAMES, counts, _right(), strict=True)):
        if number != right:
            raise Fault(
                _misconception(place, float(number)),
                given=name,
                expected=_("every entry of the kernel and of the bias, counted once"),
                received=f"{number:g}",
            )
    return _(
        "The size of the picture is in none of the first two: the same kernel is used everywhere. The dense "
        "layer at the end, which shares nothing, is where parameters of old networks went."
    )


def _misconception(place: int, number: float) -> str:
    for value, message in _known(place):
        if number == value:
            return message
    if not np.isfinite(number) or number <= 0 or number != round(number):
        return _("A number of parameters is a positive whole number.")
    return (_("That is too few.") if number < _right()[place] else _("That is too many.")) + _(
        " Write down the shape of the kernel, (height, width, channels, filters), then that of the bias."
    )


def _known(place: int) -> list[tuple[int, str]]:
    if place == 2:
        h, w, channels, units = DENSE
        return [
            (h * w * channels * units, _("That is the weights without the biases. Each unit has one.")),
            (
                (channels + 1) * units,
                _("A dense layer after Flatten sees every pixel of every channel: 7 x 7 x 64 inputs."),
            ),
            ((h * w + 1) * units, _("The channels are forgotten: Flatten gives 7 x 7 x 64 numbers.")),
        ]
    k, c, f = LAYERS[place]
    return [
        (
            (k * k + 1) * f,
            _("The channels are forgotten: each filter has a 3 x 3 kernel for every channel it sees.")
            if k == 3
            else _("The channels are forgotten: each filter has a 5 x 5 kernel for every channel it sees."),
        ),
        (k * k * f, _("The channels are forgotten, and the biases.")),
        (k * k * c * f, _("That is the kernels without the biases. Each filter has one.")),
        ((k * k + 1) * c * f, _("One bias for each channel of each filter is too many: a filter has one.")),
        (k * k * c * f + 1, _("One bias for the whole layer is too few. Each filter has one.")),
        (k * k * c * f + c, _("The biases belong to the filters, not to the channels they see.")),
        (k * k * c + 1, _("That is one filter. The layer has {filters}.").format(filters=f)),
    ]


count_parameters = Exercise(
    key="04/count-parameters",
    handle="convolutions.count_parameters",
    title=_("Count the parameters"),
    kind=_("predict"),
    words=_(
        "How many parameters do these layers have, biases included? First `Conv2D(32, 3)` on a color picture "
        "(three channels) of 224 x 224 pixels; then `Conv2D(64, 5)` on 32 channels; then `Flatten` and "
        "`Dense(10)` on 64 channels of 7 x 7. Paper and pencil first, `layer_table` afterwards."
    ),
    signature="counts",
    template="""
counts = [
    ...,  # 32 filters of 3 x 3, on three channels
    ...,  # 64 filters of 5 x 5, on 32 channels
    ...,  # Flatten, Dense(10), on 7 x 7 x 64
]
""",
    hints=(
        _(
            "One filter looks at a window of 3 x 3 pixels, and each pixel has three numbers. How many "
            "weights?"
        ),
        _("A filter on c channels has k x k x c weights and one bias; the layer has as many as filters."),
        _("`(3 * 3 * 3 + 1) * 32`, and the same for the others; Flatten gives `7 * 7 * 64` inputs."),
    ),
    ours="""
counts = [
    (3 * 3 * 3 + 1) * 32,     # 896
    (5 * 5 * 32 + 1) * 64,    # 51,264
    (7 * 7 * 64 + 1) * 10,    # 31,370
]
""",
    trial=_try_counts,
    answers="bigmodel_nb.exercises.convolutions.answers.counting:counts",
)
