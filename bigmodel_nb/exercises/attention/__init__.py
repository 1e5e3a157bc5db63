"""The exercises of chapter 6, transformers.

from bigmodel_nb.exercises import attention

attention.overview()                 # all eight, and which you have passed
attention.attend.check(attend)
"""

from __future__ import annotations

from bigmodel_nb.exercises.attention.future_hidden import causal_weights
from bigmodel_nb.exercises.attention.heads import into_heads
from bigmodel_nb.exercises.attention.key_value_cache import cached_step
from bigmodel_nb.exercises.attention.leaks import find_leaks, practice_model
from bigmodel_nb.exercises.attention.likeliest import keep_top_p
from bigmodel_nb.exercises.attention.position_codes import sinusoids
from bigmodel_nb.exercises.attention.scaled_products import attend
from bigmodel_nb.exercises.attention.token_norm import normalize_tokens
from bigmodel_nb.exercises.overview import Overview

# In the order of the chapter.
EXERCISES = (
    attend,
    causal_weights,
    into_heads,
    sinusoids,
    normalize_tokens,
    keep_top_p,
    cached_step,
    find_leaks,
)

__all__ = [
    "EXERCISES",
    "attend",
    "cached_step",
    "causal_weights",
    "find_leaks",
    "into_heads",
    "keep_top_p",
    "normalize_tokens",
    "overview",
    "practice_model",
    "sinusoids",
]


def overview() -> Overview:
    """The eight exercises, and which of them you have passed."""
    return Overview(EXERCISES)
