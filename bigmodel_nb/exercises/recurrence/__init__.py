"""The exercises of chapter 5, recurrent networks.

from bigmodel_nb.exercises import recurrence

recurrence.overview()              # all eight, and which you have passed
recurrence.lstm_step.check(lstm_step)
"""

from __future__ import annotations

from bigmodel_nb.exercises.overview import Overview
from bigmodel_nb.exercises.recurrence.clipping import clip_by_norm
from bigmodel_nb.exercises.recurrence.far_ahead import forecaster, practice_series
from bigmodel_nb.exercises.recurrence.lags import gradient_by_lag
from bigmodel_nb.exercises.recurrence.lstm_rule import lstm_step
from bigmodel_nb.exercises.recurrence.pairs import bigram_bits
from bigmodel_nb.exercises.recurrence.temperatures import with_temperature
from bigmodel_nb.exercises.recurrence.token_windows import windows
from bigmodel_nb.exercises.recurrence.unrolling import unroll_rnn

# In the order of the chapter.
EXERCISES = (
    bigram_bits,
    unroll_rnn,
    lstm_step,
    gradient_by_lag,
    clip_by_norm,
    windows,
    with_temperature,
    forecaster,
)

__all__ = [
    "EXERCISES",
    "bigram_bits",
    "clip_by_norm",
    "forecaster",
    "gradient_by_lag",
    "lstm_step",
    "overview",
    "practice_series",
    "unroll_rnn",
    "windows",
    "with_temperature",
]


def overview() -> Overview:
    """The eight exercises, and which of them you have passed."""
    return Overview(EXERCISES)
