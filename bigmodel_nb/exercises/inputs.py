"""Random inputs that a reader can look at: few digits, nothing that is zero or one by accident."""

from __future__ import annotations

import numpy as np


def numbers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Numbers of one decimal between -3 and 3, none closer to zero than 0.2, of both signs; those of a
    small array differ in size. So adding, averaging and taking signs cannot look alike."""
    count = int(np.prod(shape, dtype=int))
    sizes = np.setdiff1d(np.arange(2, 31), [10]) / 10  # without 1.0, where squares and roots hide
    drawn = rng.choice(sizes, count, replace=count > len(sizes))
    signs = rng.choice([-1.0, 1.0], count)
    if count > 1:
        signs[rng.choice(count, 2, replace=False)] = -1.0, 1.0
    return (drawn * signs).reshape(shape)


def number(rng: np.random.Generator, low: float, high: float) -> float:
    """A number of two decimals between `low` and `high`."""
    return round(float(rng.uniform(low, high)), 2)
