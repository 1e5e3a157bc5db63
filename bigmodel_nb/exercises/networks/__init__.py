"""The exercises of chapter 2, neural networks.

from bigmodel_nb.exercises import networks

networks.overview()                  # all eight, and which you have passed
networks.dense.check(dense)
"""

from __future__ import annotations

from bigmodel_nb.exercises.networks.backward_pass import back_propagation
from bigmodel_nb.exercises.networks.counting import count_parameters
from bigmodel_nb.exercises.networks.dense_layer import dense
from bigmodel_nb.exercises.networks.gradient_checking import gradient_check, practice_loss
from bigmodel_nb.exercises.networks.integer_labels import cross_entropy
from bigmodel_nb.exercises.networks.outputs_and_losses import match_output_and_loss
from bigmodel_nb.exercises.networks.revival import practice_digits, revive
from bigmodel_nb.exercises.networks.softmax_rule import softmax
from bigmodel_nb.exercises.overview import Overview

# In the order of the chapter.
EXERCISES = (
    dense,
    softmax,
    cross_entropy,
    match_output_and_loss,
    back_propagation,
    gradient_check,
    count_parameters,
    revive,
)

__all__ = [
    "EXERCISES",
    "back_propagation",
    "count_parameters",
    "cross_entropy",
    "dense",
    "gradient_check",
    "match_output_and_loss",
    "overview",
    "practice_digits",
    "practice_loss",
    "revive",
    "softmax",
]


def overview() -> Overview:
    """The eight exercises, and which of them you have passed."""
    return Overview(EXERCISES)
