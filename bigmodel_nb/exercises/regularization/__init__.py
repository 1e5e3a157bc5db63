"""The exercises of chapter 3, regularization.

from bigmodel_nb.exercises import regularization

regularization.overview()                  # all eight, and which you have passed
regularization.ridge.check(ridge)
"""

from __future__ import annotations

from bigmodel_nb.exercises.overview import Overview
from bigmodel_nb.exercises.regularization.batch_normalization import batch_norm
from bigmodel_nb.exercises.regularization.dropout_masks import dropout
from bigmodel_nb.exercises.regularization.evidence import does_b_beat_a, practice_match
from bigmodel_nb.exercises.regularization.folds import PracticeModel, k_fold
from bigmodel_nb.exercises.regularization.ridge_weights import ridge
from bigmodel_nb.exercises.regularization.sparse_step import l1_step
from bigmodel_nb.exercises.regularization.splitting import split_without_leak
from bigmodel_nb.exercises.regularization.stopping import early_stopping

# In the order of the chapter.
EXERCISES = (
    ridge,
    l1_step,
    split_without_leak,
    dropout,
    early_stopping,
    k_fold,
    does_b_beat_a,
    batch_norm,
)

__all__ = [
    "EXERCISES",
    "PracticeModel",
    "batch_norm",
    "does_b_beat_a",
    "dropout",
    "early_stopping",
    "k_fold",
    "l1_step",
    "overview",
    "practice_match",
    "ridge",
    "split_without_leak",
]


def overview() -> Overview:
    """The eight exercises, and which of them you have passed."""
    return Overview(EXERCISES)
