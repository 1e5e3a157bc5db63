"""Ridge and lasso are scikit-learn's; features, soft threshold, bias and variance keep their promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge
from sklearn.preprocessing import PolynomialFeatures

from bigmodel_nb.maths.regularization import (
    bias_and_variance,
    lasso,
    polynomial_features,
    random_features,
    ridge,
    soft_threshold,
)

seeds = st.integers(0, 10_000)
prices = st.sampled_from([1e-3, 1e-2, 0.05, 0.3, 1.0])


def drawn(seed: int, n: int = 25, p: int = 6):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * rng.uniform(0.3, 3, p) + rng.normal(size=p)
    return X, X @ rng.normal(size=p) + rng.normal(size=n) + 2.0


def cost(fit, X, y, l1=0.0, l2=0.0):
    w = fit.weights
    return np.mean((fit.predict(X) - y) ** 2) + l1 * np.abs(w).sum() + l2 * (w @ w)


@given(seeds, prices)
@settings(max_examples=25, deadline=None)
def test_ridge_is_scikit_learns(seed, l2):
    X, y = drawn(seed)
    ours, theirs = ridge(X, y, l2), Ridge(alpha=len(y) * l2).fit(X, y)
    np.testing.assert_allclose(ours.weights, theirs.coef_, atol=1e-6)
    assert ours.bias == pytest.approx(theirs.intercept_, abs=1e-6)


@given(seeds, prices, st.sampled_from([0.0, 0.01, 0.2]))
@settings(max_examples=25, deadline=None)
def test_lasso_is_scikit_learns(seed, l1, l2):
    X, y = drawn(seed)
    if l2:
        whole = l1 / 2 + l2
        model = ElasticNet(alpha=whole, l1_ratio=l1 / 2 / whole, tol=1e-12, max_iter=100_000)
    else:
        model = Lasso(alpha=l1 / 2, tol=1e-12, max_iter=100_000)
    model.fit(X, y)
    ours = lasso(X, y, l1, l2)
    np.testing.assert_allclose(ours.weights, model.coef_, atol=1e-6)
    assert ours.bias == pytest.approx(model.intercept_, abs=1e-6)
    assert ours.zeros == np.sum(model.coef_ == 0)


@pytest.mark.parametrize("degree", [3, 9, 15])
@pytest.mark.parametrize("price", [1e-3, 1e-2, 0.1])
def test_on_powers_too(degree, price):
    rng = np.random.default_rng(degree)
    x = np.sort(rng.uniform(-1, 1, 20))
    X, y = polynomial_features(x, degree), np.sin(3 * x) + 0.3 * rng.normal(size=20)
    theirs = PolynomialFeatures(degree, include_bias=False).fit_transform(x[:, None])
    np.testing.assert_allclose(X, theirs, rtol=1e-12)
    np.testing.assert_allclose(
        ridge(X, y, price).weights, Ridge(alpha=20 * price, tol=1e-12).fit(X, y).coef_, atol=1e-6
    )
    theirs = Lasso(alpha=price / 2, tol=1e-12, max_iter=1_000_000).fit(X, y)
    np.testing.assert_allclose(lasso(X, y, price).weights, theirs.coef_, atol=1e-6)


@given(seeds, prices)
@settings(max_examples=25, deadline=None)
def test_no_other_weights_are_cheaper(seed, l1):
    """More columns than rows, and columns that are nearly alike: only the cost is decided there."""
    X, y = drawn(seed, n=8, p=12)
    X[:, 1] = X[:, 0] * (1 + 1e-9)
    fit, rng = lasso(X, y, l1), np.random.default_rng(seed)
    best = cost(fit, X, y, l1)
    for _other in range(20):
        other = type(fit)(fit.weights + 1e-3 * rng.normal(size=12), fit.bias)
        assert cost(other, X, y, l1) >= best - 1e-12
    theirs = Lasso(alpha=l1 / 2, tol=1e-10, max_iter=100_000).fit(X, y)
    assert best <= cost(type(fit)(theirs.coef_, theirs.intercept_), X, y, l1) + 1e-7


def test_without_a_price_both_are_least_squares_of_smallest_norm():
    for n, p in ((25, 6), (8, 12)):
        X, y = drawn(3, n, p)
        theirs = LinearRegression().fit(X, y)
        for fit in (ridge(X, y), lasso(X, y, 0.0)):
            np.testing.assert_allclose(fit.weights, theirs.coef_, atol=1e-8)


def test_a_start_changes_nothing_but_the_time():
    X, y = drawn(1)
    other = lasso(X, y, 0.1, start=np.full(6, -3.0))
    np.testing.assert_allclose(other.weights, lasso(X, y, 0.1).weights, atol=1e-9)


def test_a_price_high_enough_leaves_only_the_bias():
    X, y = drawn(0)
    fit = lasso(X, y, 1e6)
    assert fit.zeros == 6 and fit.bias == pytest.approx(y.mean())
    assert np.abs(ridge(X, y, 1e12).weights).max() < 1e-9


def test_soft_threshold():
    np.testing.assert_allclose(soft_threshold([-2.0, -0.3, 0.0, 0.5, 3.0], 0.5), [-1.5, 0, 0, 0, 2.5])


def test_random_units_are_nested_and_come_from_the_seed():
    x = np.linspace(-1, 1, 7)
    np.testing.assert_array_equal(random_features(x, 30, seed=4)[:, :5], random_features(x, 5, seed=4))
    assert not np.array_equal(random_features(x, 5, seed=4), random_features(x, 5, seed=5))
    assert np.abs(random_features(x, 30)).max() <= 1


@given(seeds)
@settings(max_examples=20, deadline=None)
def test_bias_and_variance_add_up_to_the_mean_squared_distance(seed):
    rng = np.random.default_rng(seed)
    predictions, truth = rng.normal(size=(5, 9)), rng.normal(size=9)
    bias, variance = bias_and_variance(predictions, truth)
    assert bias + variance == pytest.approx(np.mean((predictions - truth) ** 2))
    assert bias_and_variance([truth, truth], truth) == (0, 0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: polynomial_features([[1.0]], 3), r"x must be an array .* \(n,\)"),
        (lambda: polynomial_features([1.0], 0), "degree must be a whole number from 1"),
        (lambda: random_features([1.0], 0), "width must be"),
        (lambda: ridge([[1.0], [2.0]], [1.0]), "y must be an array of 2 finite numbers"),
        (lambda: ridge([[1.0], [2.0]], [1.0, float("nan")]), "y must be"),
        (lambda: ridge([[1.0]], [1.0], -1), "l2 must be zero or a positive number; received: -1"),
        (lambda: lasso([[1.0]], [1.0], "a"), "l1 must be"),
        (lambda: lasso([1.0], [1.0], 0.1), r"X must be .* \(n, p\)"),
        (lambda: lasso([[1.0]], [1.0], 0.1, start=[1.0, 2.0]), "start must be"),
        (lambda: bias_and_variance([1.0], [1.0]), "predictions must be"),
        (lambda: bias_and_variance([[1.0]], [1.0, 2.0]), "truth must be an array of 1"),
    ],
)
def test_what_is_wrong_is_named(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()
