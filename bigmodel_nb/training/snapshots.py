"""Copies of the weights in memory, so that a run whose loss explodes has something to go back to.

Weights can be finite and already useless: the next loss is infinite. So a copy counts as good only once
it has made a finite loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


class Snapshots:
    """The latest copy of `variables` that is known to be good, and the latest one that is not known yet."""

    def __init__(self, variables: Sequence[Any]):
        self.variables = list(variables)
        self._good: tuple[int, list[np.ndarray]] | None = None
        self._candidate: tuple[int, list[np.ndarray]] | None = None
        self._constant: set[int] = set()  # not finite from the start: masks of -inf, say

    def start(self, step: int) -> None:
        """The values that a run begins with; whatever they are, there is nothing better to go back to."""
        values = [variable.numpy() for variable in self.variables]
        self._good, self._candidate = (step, values), None
        self._constant = {place for place, value in enumerate(values) if not _finite(value)}

    def take(self, step: int) -> None:
        """Copies the present values, which have made no loss yet."""
        values = [variable.numpy() for variable in self.variables]
        if self.finite(values):
            self._candidate = (step, values)

    def proven(self) -> None:
        """The latest copy has made a finite loss."""
        if self._candidate is not None:
            self._good, self._candidate = self._candidate, None

    def finite(self, values: Sequence[np.ndarray] | None = None) -> bool:
        """Whether all values (default: the present ones) are finite that were so at the start."""
        if values is None:
            values = [variable.numpy() for variable in self.variables]
        return all(_finite(value) or place in self._constant for place, value in enumerate(values))

    def back(self) -> int:
        """Puts the last good values back, and returns the step that they are of."""
        assert self._good is not None
        step, values = self._good
        for variable, value in zip(self.variables, values, strict=True):
            variable.assign(value)
        return step

    @property
    def sound(self) -> bool:
        """Whether the run began with finite values."""
        return not self._constant


def _finite(value: np.ndarray) -> bool:
    return value.dtype.kind not in "fV" or bool(np.isfinite(value).all())
