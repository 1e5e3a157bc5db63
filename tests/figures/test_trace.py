"""A long row kept short: every number counts, wherever the row was cut into pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.figures.trace import Trace

NUMBERS = st.lists(st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf, -np.inf]), max_size=200)


def _expected(row: list[float], size: int) -> list[tuple[float, float, float]]:
    found = []
    for start in range(0, len(row) // size * size, size):
        finite = [value for value in row[start : start + size] if np.isfinite(value)]
        found.append((min(finite), max(finite), np.mean(finite)) if finite else (np.nan,) * 3)
    return found


@given(row=NUMBERS, cuts=st.lists(st.integers(0, 200), max_size=5))
def test_bins_hold_what_the_row_holds(row, cuts):
    trace = Trace(most=8)
    for cut in [*sorted(cuts), len(row)]:
        trace.follow(row[:cut])
    assert trace.length == len(row) and len(trace.low) <= 8
    bins = np.array(_expected(row, trace.size)).reshape(-1, 3)
    np.testing.assert_allclose(np.stack([trace.low, trace.high, trace.mean], axis=1), bins, atol=1e-6)
    assert (trace.ends == trace.size * np.arange(1, len(bins) + 1)).all()
    assert trace.length - (trace.ends[-1] if len(bins) else 0) < trace.size
    finite = [value for value in row if np.isfinite(value)]
    np.testing.assert_equal([trace.first, trace.last], [finite[0], finite[-1]] if finite else [np.nan] * 2)


def test_a_long_row_stays_short_and_is_smoothed():
    row = np.linspace(3, 1, 100_000) + np.tile([0.5, -0.5], 50_000)
    trace = Trace()
    trace.follow(row)
    assert 500 <= len(trace.low) <= 1000
    line = np.linspace(3, 1, 100_000)[trace.ends - trace.size // 2]
    np.testing.assert_allclose(trace.smoothed(), line, atol=0.01)
    assert (trace.high - trace.low > 0.99).all()


def test_only_what_is_new_is_looked_at():
    class Row(list):
        def __getitem__(self, part):
            assert part.start == 1000
            return super().__getitem__(part)

    trace = Trace()
    trace.follow([1.0] * 1000)
    trace.follow(Row([5.0] * 1000 + [2.0] * 10))
    assert trace.first == 1.0 and trace.last == 2.0 and trace.length == 1010


def test_a_shorter_row_is_another_one():
    trace = Trace()
    trace.follow([1.0, 2.0, 3.0])
    trace.follow([7.0])
    assert trace.length == 1 and trace.first == trace.last == 7.0 and trace.low.tolist() == [7.0]


def test_gaps_stay_gaps():
    trace = Trace()
    trace.follow([1.0, np.nan, np.inf, 4.0])
    np.testing.assert_equal(trace.mean, [1.0, np.nan, np.nan, 4.0])
    assert trace.smoothed()[[0, 3]] == pytest.approx([1.0, 4.0])
