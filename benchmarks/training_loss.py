"""The GPT's validation loss against PyTorch's: a group of its own, since it takes about 20 minutes."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import Row
from benchmarks.training import TEXT, losses


def measure() -> Iterator[Row]:
    """One row; none, and a sentence why, where the text is missing."""
    if TEXT.exists():
        yield losses()
    else:
        print(f"training_loss is left out: {TEXT} is missing.")
