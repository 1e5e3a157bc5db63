"""A long row of numbers kept short: the loss of every step, for a picture a few hundred pixels wide.

Steps are gathered into bins, each with its lowest, highest and mean value. When there are too many bins,
neighbors are joined, so that a run of a million steps costs no more to draw than one of a thousand.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MOST_BINS = 1000
SMOOTHED_OVER = 40  # the smoothed line averages a 40th of the row


class Trace:
    """The bins of a growing row. `length` numbers have been taken in, `size` of them go into a bin.

    `low`, `high` and `mean` have one value for each full bin. Numbers that are not finite count nowhere; a
    bin of nothing else is NaN. `first` and `last` are the first and the last finite number.
    """

    def __init__(self, most: int = MOST_BINS):
        self._most = most // 2 * 2
        self.clear()

    def clear(self) -> None:
        self.length, self.size = 0, 1
        self.first = self.last = float("nan")
        self.low = self.high = np.zeros(0)
        self._sum = self._count = np.zeros(0)
        self._rest = np.zeros(0)  # of a bin that is not full

    @property
    def mean(self) -> np.ndarray:
        return _ratio(self._sum, self._count)

    @property
    def ends(self) -> np.ndarray:
        """The number of the last step in each bin, counted from 1."""
        return np.arange(1, len(self.low) + 1) * self.size

    def follow(self, row: Sequence[float]) -> None:
        """Takes in what the whole row has more than the last time. A shorter row is another one, and is
        begun anew."""
        if len(row) < self.length:
            self.clear()
        new = np.asarray(row[self.length :], float)
        finite = new[np.isfinite(new)]
        if len(finite):
            self.first = float(finite[0]) if np.isnan(self.first) else self.first
            self.last = float(finite[-1])
        self.length += len(new)
        rest = np.concatenate([self._rest, new])
        while len(rest) >= self.size:
            if len(self.low) == self._most:
                self._join()
                continue
            bins = min(self._most - len(self.low), len(rest) // self.size)
            self._append(rest[: bins * self.size].reshape(bins, self.size))
            rest = rest[bins * self.size :]
        self._rest = rest

    def _append(self, steps: np.ndarray) -> None:
        finite = np.isfinite(steps)
        none = ~finite.any(axis=1)
        low = np.where(none, np.nan, np.where(finite, steps, np.inf).min(axis=1))
        high = np.where(none, np.nan, np.where(finite, steps, -np.inf).max(axis=1))
        self.low, self.high = np.concatenate([self.low, low]), np.concatenate([self.high, high])
        self._sum = np.concatenate([self._sum, np.where(finite, steps, 0).sum(axis=1)])
        self._count = np.concatenate([self._count, finite.sum(axis=1)])

    def _join(self) -> None:
        self.low = np.fmin(self.low[::2], self.low[1::2])
        self.high = np.fmax(self.high[::2], self.high[1::2])
        self._sum = self._sum[::2] + self._sum[1::2]
        self._count = self._count[::2] + self._count[1::2]
        self.size *= 2

    def smoothed(self) -> np.ndarray:
        """The mean over a window about each bin, a 40th of the row wide, narrower at both ends."""
        bins = len(self.low)
        half = bins // (2 * SMOOTHED_OVER)
        reach = np.minimum(half, np.minimum(np.arange(bins), np.arange(bins)[::-1]))
        left, right = np.arange(bins) - reach, np.arange(bins) + reach + 1
        total, count = (
            np.concatenate([[0.0], np.cumsum(part, dtype=float)]) for part in (self._sum, self._count)
        )
        return _ratio(total[right] - total[left], count[right] - count[left])


def _ratio(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
