"""Numbers in sentences."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.widgets.words import amount


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3890.46, "3,890"),
        (27120.0, "27,120"),
        (0.00165, "0.00165"),
        (1.01e-12, "1.01e-12"),
        (53.0, "53"),
        (152.113, "152"),
        (0.0, "0"),
        (-45.154, "-45.2"),
        (3e9, "3e+09"),
        (math.inf, "inf"),
    ],
)
def test_numbers_are_written_as_a_reader_writes_them(value, words):
    assert amount(value) == words


@given(st.floats(-1e300, 1e300), st.integers(1, 6))
def test_what_is_written_is_the_number(value, digits):
    read = float(amount(value, digits).replace(",", ""))
    assert math.isclose(read, value, rel_tol=0.5 * 10 ** (1 - digits) * 1.001, abs_tol=1e-300)
