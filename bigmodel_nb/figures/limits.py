"""Limits of an axis that follows growing data. They change rarely, since then all is drawn anew."""

from __future__ import annotations

import numpy as np

ROOM = 0.06  # of the height, above and below what is drawn
GROWTH = 0.35  # of the height, beyond what no longer fits
FLAT, SMALLEST = 1e-6, 1e-30  # heights, of the value and at all, that have no room of their own
FULL_ENOUGH = 0.45  # limits stay while what is drawn takes this share of them


def robust_range(values: np.ndarray, *others: np.ndarray) -> tuple[float, float] | None:
    """The range of what is to be seen of a loss: all of it, but for heights that are far from the rest.

    Runs begin with losses that may be hundreds of times what they come to. Above the median by 8 times the
    upper quartile nothing needs to be seen; `others` (means of epochs) always are. None: there is nothing.
    """
    finite = values[np.isfinite(values)]
    rest = np.concatenate([np.zeros(0), *(other[np.isfinite(other)] for other in others)])
    if not len(finite) + len(rest):
        return None
    if len(finite) >= 20:
        middle, upper = np.quantile(finite, [0.5, 0.75])
        finite = np.minimum(finite, middle + 8 * max(upper - middle, abs(upper)))
    everything = np.concatenate([finite, rest])
    return float(everything.min()), float(everything.max())


def limits_for(
    low: float, high: float, present: tuple[float, float] | None = None, *, closer: bool = True
) -> tuple[float, float]:
    """Limits with room about `low` to `high`: the `present` ones as long as they will do.

    What outgrows them gets more room than it needs, so that it does not do so again at once. They close in
    on what takes less than half of them only if `closer`. A range of positive numbers that comes near to 0
    begins there.
    """
    from_zero = 0 <= low < 0.35 * high
    if present is None:
        height = high - low if high - low > FLAT * abs(high) else abs(high)
        height = height if height > SMALLEST else 1.0
        return (0.0 if from_zero else low - ROOM * height), high + 2 * ROOM * height
    bottom, top = present
    fits = bottom <= low and high <= top
    if fits and (not closer or (high - (0.0 if from_zero else low)) >= FULL_ENOUGH * (top - bottom)):
        return present
    if fits:
        return limits_for(low, high)
    height = max(high, top) - min(low, bottom)
    if low < bottom:
        bottom = 0.0 if 0 <= low < GROWTH * height else low - GROWTH * height
    return bottom, top if high <= top else high + GROWTH * height
