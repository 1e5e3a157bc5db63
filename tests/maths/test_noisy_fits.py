"""Fits to a noisy wave: what is drawn, what complexity does to the errors, and what redrawn data say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.maths.noisy_fits import (
    COMPLEXITIES,
    GRID,
    MODELS,
    TRAINED,
    errors_by_complexity,
    features,
    fit_to,
    redraw,
    sample,
    spread_by_complexity,
    wave,
)

models = pytest.mark.parametrize("model", MODELS)
linear = pytest.mark.parametrize("model", [model for model in MODELS if model != TRAINED])


def test_samples_are_nested_and_come_from_the_seed():
    few, many = sample(10, 0.3, seed=2), sample(50, 0.3, seed=2)
    np.testing.assert_array_equal(few.x, many.x[:10])
    np.testing.assert_array_equal(few.y, many.y[:10])
    np.testing.assert_array_equal(few.held_y, many.held_y)
    assert len(few) == 10 and len(few.held_x) == 200
    assert not np.array_equal(few.y, sample(10, 0.3, seed=3).y)
    clean = sample(10, 0.0)
    np.testing.assert_array_equal(clean.y, wave(clean.x))
    assert np.std(sample(2000, 0.3).y - wave(sample(2000, 0.3).x)) == pytest.approx(0.3, rel=0.05)


def test_as_many_powers_as_samples_pass_through_all_of_them():
    data = sample(10)
    assert (
        fit_to(data, "polynomial", 9).train_error < 1e-20 < 1e-4 < fit_to(data, "polynomial", 8).train_error
    )
    assert fit_to(data, "polynomial", 9).validation_error > 100 * data.noise**2


@linear
def test_training_error_falls_with_complexity_and_validation_error_turns(model):
    errors = errors_by_complexity(sample(20), model)
    # least squares of nested features: more of them cannot fit worse
    assert np.all(np.diff(errors.train) < 1e-9)
    assert errors.validation[0] > errors.validation.min() * 1.5
    assert errors.validation.max() > errors.validation.min() * 20
    assert errors.complexities[0] < errors.best < errors.complexities[-1]


def test_a_trained_network_learns_the_noise_when_it_is_wide_and_a_price_prevents_it():
    """As the median over seeds: ten units pass through ten points, and pay for it on others."""
    free = [errors_by_complexity(sample(10, seed=seed), TRAINED) for seed in range(9)]
    priced = [errors_by_complexity(sample(10, seed=seed), TRAINED, l2=1e-3) for seed in range(9)]
    narrow, wide = COMPLEXITIES[TRAINED].index(2), COMPLEXITIES[TRAINED].index(10)
    assert np.median([one.train[wide] for one in free]) < 1e-3
    of_free, of_priced = (np.median([one.validation for one in some], axis=0) for some in (free, priced))
    assert of_free[wide] > 2 * of_free[narrow]
    assert of_priced[wide] < 0.5 * of_free[wide]
    assert of_priced[wide] == pytest.approx(of_priced[narrow], rel=0.2)


def test_a_network_has_its_worst_where_units_and_samples_are_about_as_many_and_recovers():
    """Double descent: M. Belkin and others, 2019; here as the median over seeds."""
    validation = [errors_by_complexity(sample(20, seed=seed), "network").validation for seed in range(9)]
    middle = np.median(validation, axis=0)
    widths = COMPLEXITIES["network"]
    peak = widths[int(middle.argmax())]
    assert 15 <= peak <= 40
    assert middle[-1] < middle.max() / 100 and middle[-1] > middle[: widths.index(10)].min()


@models
@pytest.mark.parametrize("prices", [{"l1": 0.01}, {"l1": 0.001, "l2": 0.001}, {"l2": 0.01}, {}])
def test_errors_by_complexity_are_those_of_single_fits(model, prices):
    """The lasso starts from the smaller model's weights, which must not show."""
    data = sample(12)
    if model == TRAINED:
        prices = {"l2": prices.get("l2", 0.0)}
    errors = errors_by_complexity(data, model, **prices)
    for place, complexity in list(enumerate(COMPLEXITIES[model]))[::5]:
        fit = fit_to(data, model, complexity, **prices)
        assert errors.train[place] == pytest.approx(fit.train_error, rel=1e-5, abs=1e-10)
        assert errors.validation[place] == pytest.approx(fit.validation_error, rel=1e-4)


def test_l1_leaves_exact_zeros_and_l2_none():
    data = sample(20)
    assert fit_to(data, "polynomial", 15, l1=0.01).linear.zeros >= 8
    assert fit_to(data, "polynomial", 15, l2=0.01).linear.zeros == 0


@pytest.mark.parametrize("prices", [{"l2": 0.01}, {"l1": 0.01}])
@models
def test_redrawn_fits_are_fits_to_redrawn_noise(model, prices):
    data = sample(15, seed=4)
    if model == TRAINED:
        prices = {"l2": prices.get("l2", 0.0)}
    many = redraw(data, model, 6, count=4, **prices)
    noises = np.random.default_rng([4, 7]).normal(size=(4, 15))
    for noise, curve in zip(noises, many.curves, strict=True):
        other = type(data)(data.x, wave(data.x) + 0.3 * noise, data.held_x, data.held_y, 0.3, 4)
        np.testing.assert_allclose(curve, fit_to(other, model, 6, **prices).curve, atol=1e-6)
    assert many.bias == pytest.approx(np.mean((many.curves.mean(axis=0) - wave(GRID)) ** 2))


def test_bias_falls_and_variance_rises_with_the_degree_and_l2_trades_one_for_the_other():
    data = sample(20)
    spread = spread_by_complexity(data, "polynomial", complexities=(1, 3, 9))
    assert spread.bias[0] > 10 * spread.bias[1] and np.all(np.diff(spread.variance) > 0)
    priced = redraw(data, "polynomial", 9, l2=0.1)
    assert priced.variance < spread.variance[2] / 5 and priced.bias > spread.bias[1]
    one = redraw(data, "polynomial", 3)
    assert (one.bias, one.variance) == pytest.approx((spread.bias[1], spread.variance[1]))


@given(st.integers(0, 50), st.integers(1, 15), st.integers(2, 40))
@settings(max_examples=20, deadline=None)
def test_every_fit_is_finite(seed, complexity, n):
    for model in MODELS:
        prices = {"l2": 1e-4} if model == TRAINED else {"l1": 1e-4}
        complexity = min(complexity, COMPLEXITIES[model][-1])
        fit = fit_to(sample(n, seed=seed), model, complexity, **prices)
        assert np.isfinite(fit.curve).all() and fit.validation_error >= 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sample(1), "n must be a whole number from 2"),
        (lambda: sample(10, -0.1), "noise must be zero or a positive number; received: -0.1"),
        (lambda: fit_to("data", "polynomial", 3), "data must be a Sample"),
        (lambda: fit_to(sample(), "spline", 3), "model must be one of 'polynomial', 'network'"),
        (lambda: features("polynomial", [0.1], 0), "degree must be"),
        (lambda: features(TRAINED, [0.1], 2), "model must be one of 'polynomial', 'network'"),
        (lambda: fit_to(sample(), TRAINED, 13), "units must be a whole number from 1 to 12"),
        (lambda: fit_to(sample(), TRAINED, 3, l1=0.1), "l1 must be 0 for a trained network"),
        (lambda: redraw(sample(), TRAINED, 3, l1=0.1), "l1 must be 0 for a trained network"),
        (lambda: redraw(sample(), "polynomial", 3, count=1), "count must be"),
        (lambda: errors_by_complexity(sample(), "polynomial", l2=-1), "l2 must be"),
    ],
)
def test_what_is_wrong_is_named(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()
