"""The exercises of chapter 4, convolutional networks.

from bigmodel_nb.exercises import convolutions

convolutions.overview()              # all eight, and which you have passed
convolutions.conv2d.check(conv2d)
"""

from __future__ import annotations

from bigmodel_nb.exercises.convolutions.counting import count_parameters
from bigmodel_nb.exercises.convolutions.cross_correlation import conv2d
from bigmodel_nb.exercises.convolutions.edge_kernel import vertical_edges
from bigmodel_nb.exercises.convolutions.field_of_view import receptive_field
from bigmodel_nb.exercises.convolutions.layouts import to_keras
from bigmodel_nb.exercises.convolutions.permuted_pixels import permute_pixels
from bigmodel_nb.exercises.convolutions.sizes import output_size
from bigmodel_nb.exercises.convolutions.small_reader import practice_digits, small_reader
from bigmodel_nb.exercises.overview import Overview

# In the order of the chapter.
EXERCISES = (
    vertical_edges,
    conv2d,
    output_size,
    count_parameters,
    receptive_field,
    to_keras,
    permute_pixels,
    small_reader,
)

__all__ = [
    "EXERCISES",
    "conv2d",
    "count_parameters",
    "output_size",
    "overview",
    "permute_pixels",
    "practice_digits",
    "receptive_field",
    "small_reader",
    "to_keras",
    "vertical_edges",
]


def overview() -> Overview:
    """The eight exercises, and which of them you have passed."""
    return Overview(EXERCISES)
