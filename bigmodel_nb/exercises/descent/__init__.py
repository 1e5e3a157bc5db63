"""The exercises of chapter 1, gradient descent.

from bigmodel_nb.exercises import descent

descent.overview()                  # all eight, and which you have passed
descent.update_step.check(step)
"""

from __future__ import annotations

from bigmodel_nb.exercises.descent.adam_rule import adam
from bigmodel_nb.exercises.descent.batches import mini_batches
from bigmodel_nb.exercises.descent.momentum_rule import momentum
from bigmodel_nb.exercises.descent.practice import practice_race
from bigmodel_nb.exercises.descent.race import fair_race
from bigmodel_nb.exercises.descent.regression import squared_error_gradient
from bigmodel_nb.exercises.descent.schedules import warmup_cosine
from bigmodel_nb.exercises.descent.stable_rate import largest_stable_rate
from bigmodel_nb.exercises.descent.update_rule import update_step
from bigmodel_nb.exercises.overview import Overview

# In the order of the chapter.
EXERCISES = (
    update_step,
    squared_error_gradient,
    largest_stable_rate,
    momentum,
    adam,
    mini_batches,
    fair_race,
    warmup_cosine,
)

__all__ = [
    "EXERCISES",
    "adam",
    "fair_race",
    "largest_stable_rate",
    "mini_batches",
    "momentum",
    "overview",
    "practice_race",
    "squared_error_gradient",
    "update_step",
    "warmup_cosine",
]


def overview() -> Overview:
    """The eight exercises, and which of them you have passed."""
    return Overview(EXERCISES)
