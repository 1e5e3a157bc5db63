"""What outputs cost: against the formulas, by finite differences, and where a plain formula overflows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bigmodel_nb.maths.losses import (
    LOSSES,
    AbsoluteError,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    SquaredError,
    absolute_error,
    binary_cross_entropy,
    cross_entropy,
    softmax,
    squared_error,
)

SCORES = np.random.default_rng(1).normal(0, 2, (7, 4))
LABELS = np.array([0, 1, 2, 3, 0, 1, 2])


def test_softmax_is_its_formula():
    by_formula = np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(softmax(SCORES), by_formula, rtol=1e-12)
    np.testing.assert_allclose(softmax(SCORES[0]), by_formula[0], rtol=1e-12)


@given(hnp.arrays(float, (3, 4), elements=st.floats(-1e308, 1e308)))
def test_softmax_never_overflows(scores):
    shares = softmax(scores)
    assert np.isfinite(shares).all() and (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-12)


def test_softmax_ignores_what_is_added_to_all_scores():
    np.testing.assert_allclose(softmax(SCORES + 1000), softmax(SCORES), rtol=1e-9)


def test_cross_entropy_is_the_mean_logarithm():
    by_formula = -np.mean(np.log(softmax(SCORES)[np.arange(7), LABELS]))
    assert cross_entropy(SCORES, LABELS) == pytest.approx(by_formula, rel=1e-12)
    assert cross_entropy(np.zeros((5, 10)), [0, 3, 9, 9, 1]) == pytest.approx(np.log(10))
    assert cross_entropy([[0.0, 1000.0]], [0]) == 1000.0  # where the logarithm of softmax is that of zero


def test_squared_error_is_the_mean_square():
    assert squared_error([[1.0, 2.0], [3.0, 5.0]], [[1.0, 4.0], [0.0, 5.0]]) == (4 + 9) / 4
    assert squared_error([[1.0], [2.0]], [0.0, 0.0]) == 2.5  # one output: (n,) will do


def test_binary_cross_entropy_is_the_mean_logarithm():
    yes = 1 / (1 + np.exp(-SCORES))
    targets = (SCORES[::-1] > 0).astype(float)
    by_formula = -np.mean(np.log(np.where(targets == 1, yes, 1 - yes)))
    assert binary_cross_entropy(SCORES, targets) == pytest.approx(by_formula, rel=1e-12)
    assert binary_cross_entropy([[-1000.0]], [1]) == 1000.0  # where the plain formula takes the log of 0
    assert binary_cross_entropy([[0.0]], [0.5]) == pytest.approx(np.log(2))
    assert absolute_error([[1.0, 2.0], [3.0, 5.0]], [[1.0, 4.0], [0.0, 5.0]]) == (2 + 3) / 4


@pytest.mark.parametrize(
    ("loss", "truth"),
    [
        (CrossEntropy, LABELS),
        (BinaryCrossEntropy, np.linspace(0, 1, 28).reshape(7, 4)),
        (SquaredError, SCORES[::-1]),
        (AbsoluteError, SCORES[::-1]),
        (Huber, SCORES[::-1]),
    ],
)
def test_the_slope_is_that_of_the_value(loss, truth, numeric_gradient):
    measured = numeric_gradient(
        lambda flat: loss.value(flat.reshape(SCORES.shape), truth), SCORES.ravel()
    ).reshape(SCORES.shape)
    np.testing.assert_allclose(loss.slope(SCORES, truth), measured, atol=1e-8)
    assert LOSSES[loss.name] is loss


@pytest.mark.parametrize(
    ("function", "arguments", "words"),
    [
        (cross_entropy, (SCORES, LABELS + 1), "labels must be 7 whole numbers from 0 to 3, one for each row"),
        (cross_entropy, (SCORES, LABELS - 1), "labels must be 7 whole numbers from 0 to 3"),
        (cross_entropy, (SCORES, LABELS + 0.5), "labels must be 7 whole numbers"),
        (cross_entropy, (SCORES, np.eye(4)[LABELS]), "received: an array of shape (7, 4)"),
        (cross_entropy, (SCORES, "ab"), "labels must be"),
        (cross_entropy, (SCORES[0], LABELS), "outputs must be an array of finite numbers of shape (n, d)"),
        (cross_entropy, (3.0, LABELS), "outputs must be an array"),
        (squared_error, (SCORES, LABELS), "targets must be an array of finite numbers of shape (7, 4)"),
        (binary_cross_entropy, (SCORES, 2 + SCORES), "targets must be numbers from 0 to 1"),
        (absolute_error, (SCORES, LABELS), "targets must be an array of finite numbers of shape (7, 4)"),
        (softmax, (1.0,), "outputs must be an array of shape (..., classes); received: 1.0"),
        (softmax, ([[1.0], [1.0, 2.0]],), "outputs must be an array of finite numbers"),
    ],
)
def test_wrong_arguments_are_named(function, arguments, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        function(*arguments)
    assert words in str(caught.value)
