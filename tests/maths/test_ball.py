"""The ball on the curve w^2."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths.ball import FAR, MOST_STEPS, NEAR, height, roll, slope


@pytest.mark.parametrize(
    ("rate", "arrives"), [(0.01, 283), (0.1, 26), (0.5, 1), (0.9, 26), (1.0, None), (1.1, None), (2.0, None)]
)
def test_it_arrives_when_the_formula_says_so(rate, arrives):
    run = roll(rate)
    assert run.arrived_at == arrives
    np.testing.assert_allclose(run.points, 3.0 * run.factor ** np.arange(len(run.points)), rtol=1e-9)
    if arrives is not None:
        assert abs(3.0 * run.factor ** (arrives - 1)) > NEAR >= abs(3.0 * run.factor**arrives)


def test_the_edge_is_at_one():
    assert roll(0.999).arrived_at is None and abs(roll(0.999).points[-1]) < 3.0
    assert set(np.abs(roll(1.0).points)) == {3.0} and len(roll(1.0).points) == MOST_STEPS + 1
    assert abs(roll(1.001).points[-1]) > 3.0


def test_the_slope_is_that_of_the_height():
    for w in (-2.0, 0.0, 0.3, 3.0):
        assert slope(w) == pytest.approx((height(w + 1e-6) - height(w - 1e-6)) / 2e-6, abs=1e-6)


@given(rate=st.floats(1e-300, 1e300), start=st.floats(-1e308, 1e308))
def test_it_always_ends_and_never_warns(rate, start):
    run = roll(rate, start)
    assert run.points[0] == start and 1 <= len(run.points) <= MOST_STEPS + 1
    assert (np.abs(run.points[1:-1]) <= FAR).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"rate": 0}, "rate must be a positive number; received: 0"),
        ({"rate": -0.1}, "rate must be a positive number; received: -0.1"),
        ({"rate": "fast"}, "rate must be a positive number; received: 'fast'"),
        ({"rate": 0.1, "start": float("nan")}, "start must be a finite number; received: nan"),
    ],
)
def test_wrong_arguments_are_named(arguments, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        roll(**arguments)
    assert str(caught.value) == words
