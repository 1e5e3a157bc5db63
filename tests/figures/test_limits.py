"""Limits that hold what is to be seen and move rarely."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.figures.limits import limits_for, robust_range

HEIGHTS = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(HEIGHTS, HEIGHTS, st.booleans()), min_size=1, max_size=10))
def test_everything_is_within(ranges):
    present = None
    for one, other, closer in ranges:
        low, high = sorted((one, other))
        bottom, top = present = limits_for(low, high, present, closer=closer)
        assert bottom <= low and high <= top and bottom < top


def test_a_falling_loss_moves_them_a_few_times_only():
    losses, seen, present = 100 * 0.99 ** np.arange(1000), set(), None
    for n in range(1, 1000):
        present = limits_for(losses[n - 1], 100.0, present, closer=False)
        seen.add(present)
    assert len(seen) < 8 and present[0] == 0


def test_they_close_in_only_when_they_may():
    wide = (0.0, 10.0)
    assert limits_for(0.1, 1.0, wide, closer=False) == wide
    assert limits_for(0.1, 1.0, wide) == pytest.approx((0.0, 1.108))
    assert limits_for(0.1, 5.0, wide) == wide


def test_a_first_loss_that_is_far_off_is_cut_off_and_the_validation_loss_is_not():
    values = np.r_[1e4, 1e3, np.linspace(2, 1, 98), np.nan, np.inf]
    low, high = robust_range(values)
    assert low == 1 and 3 < high < 30
    assert robust_range(values, np.array([50.0, np.nan])) == (1, 50)
    assert robust_range(values[:10])[1] == 1e4, "with so few there is no rest to be far from"
    assert robust_range(np.array([np.nan])) is None and robust_range(np.zeros(0), np.zeros(0)) is None
    assert robust_range(2.4 * 0.995 ** np.arange(900))[1] == 2.4, "the start of an ordinary run is seen"
