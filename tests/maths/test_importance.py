"""Shares of the variance over a grid, against linear models on one-hot columns; luck, against luck itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from sklearn.linear_model import LinearRegression

from bigmodel_nb.maths.importance import importance, luck, spread

GRIDS = arrays(
    np.float64,
    array_shapes(min_dims=1, max_dims=4, max_side=4),
    elements=st.floats(-1e6, 1e6).map(lambda number: round(number, 3)),
)


def explained(values: np.ndarray, axis: int) -> float:
    """R^2 of the linear model on one-hot columns of one axis, by scikit-learn, gaps left out."""
    places = np.indices(values.shape)[axis].reshape(-1)
    known = np.isfinite(values.reshape(-1))
    columns = np.eye(values.shape[axis])[places[known]]
    target = values.reshape(-1)[known]
    return LinearRegression().fit(columns, target).score(columns, target)


@pytest.mark.parametrize("gaps", [0, 5])
def test_a_share_is_what_a_linear_model_on_this_knob_explains(gaps):
    random = np.random.default_rng(3)
    values = random.normal(size=(4, 3, 5)) + 2 * np.arange(4)[:, None, None]
    values.reshape(-1)[random.permutation(values.size)[:gaps]] = np.nan
    found = importance(values)
    np.testing.assert_allclose(found.shares, [explained(values, axis) for axis in range(3)], rtol=1e-9)
    assert found.variance == pytest.approx(np.nanvar(values))


def test_effects_that_add_up_leave_nothing_together():
    rates, dropouts = np.array([3.0, -1.0, -2.0]), np.array([0.5, -0.5])
    found = importance(10 + rates[:, None] + dropouts)
    assert found.shares == pytest.approx(np.array([rates.var(), dropouts.var()]) / found.variance)
    assert found.together == pytest.approx(0, abs=1e-12) and found.chance == 0
    np.testing.assert_allclose(found.means[0], 10 + rates)
    np.testing.assert_allclose(found.deviations[1], [np.std(rates, ddof=1)] * 2)


def test_what_only_the_pair_explains_is_together():
    found = importance([[1.0, -1.0], [-1.0, 1.0]])
    assert found.shares == pytest.approx([0, 0]) and found.together == pytest.approx(1)


def test_seeds_are_chance_and_not_a_knob():
    random = np.random.default_rng(0)
    cells = np.array([[0.0, 1.0], [4.0, 2.0]])
    noise = random.normal(size=(2, 2, 6))
    noise -= noise.mean(axis=-1, keepdims=True)
    found = importance(cells[..., None] + noise, chance=2)
    total = cells.var() + noise.var()
    assert found.shares[2] == 0 and found.chance == pytest.approx(noise.var() / total)
    assert found.shares[:2] == pytest.approx([1.25**2 / total, 0.25**2 / total])
    assert found.shares.sum() + found.together + found.chance == pytest.approx(1)


@given(GRIDS)
def test_shares_of_a_full_grid_are_parts_of_one_whole(values):
    found = importance(values, chance=values.ndim - 1)
    parts = [*found.shares, found.together, found.chance]
    assert all(-1e-9 <= part <= 1 + 1e-9 for part in parts)
    assert sum(parts) == pytest.approx(1 if found.variance else 0, abs=1e-6)


@given(GRIDS, st.floats(0.1, 10), st.integers(-100, 100))
def test_units_do_not_matter(values, factor, offset):
    one, other = importance(values), importance(values * -factor + offset)
    if one.variance > 1e-3 and other.variance > 0:
        np.testing.assert_allclose(one.shares, other.shares, atol=1e-4)


@pytest.mark.parametrize("values", [[[1.0, 1.0]], [[np.nan, np.nan]], [[5.0, np.nan]], [[0.1 + 0.2, 0.3]]])
def test_nothing_to_share_out(values):
    found = importance(values, chance=0)
    assert found.variance == 0 and not found.shares.any() and found.together == found.chance == 0


def test_the_spread_over_axes_leaves_gaps_out():
    values = np.array([[1.0, 3.0, np.nan], [np.nan, 5.0, np.nan], [np.nan] * 3])
    mean, deviation, count = spread(values, (1,))
    np.testing.assert_array_equal(mean, [2, 5, np.nan])
    np.testing.assert_allclose(deviation, [2**0.5, np.nan, np.nan])
    assert count.tolist() == [2, 1, 0]


def test_luck_is_what_the_best_of_equal_settings_gains_on_average():
    random = np.random.default_rng(1)
    for settings, seeds in ((2, 1), (12, 3), (60, 2)):
        runs = random.normal(0, 0.5, (20_000, settings, seeds)).mean(axis=-1)
        assert luck(settings, 0.5, seeds) == pytest.approx(runs.max(axis=-1).mean(), rel=0.07)
    assert luck(1, 0.5) == 0 and luck(9, 0) == 0


@pytest.mark.parametrize(
    "arguments, name",
    [
        (("grid",), "values"), ((3.0,), "values"), (([],), "values"), (([np.inf, 1.0],), "values"),
        (([[1, 2], [3]],), "values"), ((None,), "values"), (([1.0, 2.0], 1), "chance"),
        (([1.0, 2.0], "seed"), "chance"), (([1.0, 2.0], -1), "chance"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_named(arguments, name):
    with pytest.raises((TypeError, ValueError), match=rf"^{name} must be .*; received: "):
        importance(*arguments)


@pytest.mark.parametrize("arguments", [(0, 1.0), (2, -1.0), (2, float("nan")), (2, 1.0, 0), ("2", 1.0)])
def test_wrong_numbers_of_luck_are_named(arguments):
    with pytest.raises((TypeError, ValueError), match=r"^(settings|deviation|seeds) must be .*; received: "):
        luck(*arguments)
