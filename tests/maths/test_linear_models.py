import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bigmodel_nb.maths.linear_models import Problem


def refused(beginning):
    """The error that names argument, expectation and value."""
    return pytest.raises((TypeError, ValueError), match=rf"^{re.escape(beginning)}.*; received: ")


def made(loss, n=50, d=3, seed=0, scale=1.0, shift=0.0):
    random = np.random.default_rng(seed)
    x = shift + scale * random.normal(size=(n, d))
    score = x @ random.normal(size=d) + random.normal(size=n)
    y = score if loss == "squared" else (score > np.median(score)).astype(float)
    return Problem(x, y, loss)


def plain_value(problem, w):
    """The loss as the formula has it, row by row and without tricks."""
    z = problem.x @ w[:-1] + w[-1]
    if problem.loss == "squared":
        return np.mean((z - problem.y) ** 2)
    return np.mean(np.logaddexp(0, z) - problem.y * z)


def plain_gradient(problem, w, rows=slice(None)):
    x, y = problem.x[rows], problem.y[rows]
    z = x @ w[:-1] + w[-1]
    error = 2 * (z - y) if problem.loss == "squared" else 1 / (1 + np.exp(-z)) - y
    return np.append(x.T @ error, error.sum()) / len(y)


both = pytest.mark.parametrize("loss", ["squared", "logistic"])


@both
class TestBoth:
    @given(
        seed=st.integers(0, 99), n=st.integers(1, 60), d=st.integers(1, 4),
        scale=st.sampled_from([1e-3, 1.0, 30.0]),
        shift=st.sampled_from([0.0, 3.0]), size=st.sampled_from([0.1, 1.0, 10.0]),
    )  # fmt: skip
    def test_value_is_the_formula(self, loss, seed, n, d, scale, shift, size):
        problem = made(loss, n, d, seed, scale, shift)
        w = size * np.random.default_rng(seed + 1).normal(size=(5, d + 1))
        wanted = [plain_value(problem, one) for one in w]
        np.testing.assert_allclose(problem.value(w), wanted, rtol=1e-9, atol=1e-12)
        assert (np.asarray(problem.value(w)) >= 0).all()

    @given(
        seed=st.integers(0, 99), n=st.integers(1, 60), d=st.integers(1, 4),
        scale=st.sampled_from([1e-3, 1.0, 30.0]),
        size=st.sampled_from([0.1, 1.0, 3.0]),
    )  # fmt: skip
    def test_gradient_is_the_slope_of_the_value(self, loss, seed, n, d, scale, size, numeric_gradient):
        problem = made(loss, n, d, seed, scale)
        w = size * np.random.default_rng(seed + 1).normal(size=d + 1)
        slopes = numeric_gradient(problem.value, w)
        tolerance = 1e-6 * (1 + np.abs(slopes).max() + float(problem.value(w)))
        np.testing.assert_allclose(problem.gradient(w), slopes, atol=tolerance)
        np.testing.assert_allclose(
            problem.gradient(w), plain_gradient(problem, w), rtol=1e-8, atol=tolerance * 1e-3
        )

    def test_gradient_over_some_rows(self, loss):
        problem, w = made(loss), np.array([0.3, -0.2, 0.5, 1.0])
        for rows in ([3], [0, 4, 4, 9], slice(10, 20), np.arange(50)[::-1], np.arange(50) % 3 == 0, range(5)):
            picked = np.arange(50)[rows] if isinstance(rows, slice) else np.asarray(rows)
            np.testing.assert_allclose(
                problem.gradient(w, rows), plain_gradient(problem, w, picked), rtol=1e-10
            )
        one_by_one = np.mean([problem.gradient(w, [row]) for row in range(50)], axis=0)
        np.testing.assert_allclose(problem.gradient(w), one_by_one, rtol=1e-10)

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_any_shape_and_its_precision(self, loss, dtype):
        problem = made(loss)
        w = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(dtype)
        value, gradient = problem.value(w), problem.gradient(w)
        assert value.shape == (2, 3) and gradient.shape == (2, 3, 4)
        assert value.dtype == gradient.dtype == dtype
        for i, j in np.ndindex(2, 3):
            np.testing.assert_allclose(problem.value(w[i, j]), value[i, j], rtol=1e-6)
            np.testing.assert_allclose(problem.gradient(w[i, j]), gradient[i, j], rtol=1e-6, atol=1e-7)
            np.testing.assert_allclose(
                problem.gradient(w, [1, 2])[i, j], problem.gradient(w[i, j], [1, 2]), rtol=1e-6
            )
        assert problem.value(np.empty((0, 4), dtype)).shape == (0,)
        assert problem.gradient(np.empty((0, 4), dtype)).shape == (0, 4)
        assert problem.value([0, 0, 0, 0]).dtype == np.float64

    @given(w=st.tuples(st.floats(), st.floats()))
    def test_no_weights_warn(self, loss, w):
        """Warnings are errors in this run."""
        problem = Problem([1.0, -3.0, 0.5], [0, 1, 1], loss)
        value, gradient = problem.value(w), problem.gradient(w)
        problem.gradient(w, [0])
        if np.abs(w).max() < 1e100:
            assert np.isfinite(value) and np.isfinite(gradient).all()
        problem.value(np.array(np.clip(w, -1e38, 1e38), np.float32))

    def test_more_rows_than_fit_at_once(self, loss):
        problem = made(loss, n=2345, d=2)
        w = 3 * np.random.default_rng(5).normal(size=(401, 3))
        np.testing.assert_allclose(problem.value(w), [plain_value(problem, one) for one in w], rtol=1e-9)
        np.testing.assert_allclose(
            problem.gradient(w), [plain_gradient(problem, one) for one in w], rtol=1e-7
        )

    def test_one_feature_may_be_a_plain_list(self, loss):
        problem = Problem([1, 2, 3], [0, 1, 1], loss)
        assert problem.x.shape == (3, 1) and len(problem) == 3
        assert problem.x.dtype == problem.y.dtype == np.float64

    def test_arrays_are_copies_and_read_only(self, loss):
        x, y = np.array([[1.0], [2.0]]), np.array([0.0, 1.0])
        problem = Problem(x, y, loss)
        before = problem.value([1.0, 1.0])
        x[:], y[:] = 9, 1
        assert problem.value([1.0, 1.0]) == before
        for array in (problem.x, problem.y):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


def test_squared_loss_of_a_feature_that_never_changes():
    problem = Problem([[2.0, 1.0], [2.0, 4.0], [2.0, 6.0]], [1.0, 2.0, 4.0])
    w = np.array([0.5, -0.3, 2.0])
    assert problem.value(w) == pytest.approx(plain_value(problem, w))
    np.testing.assert_allclose(problem.gradient(w), plain_gradient(problem, w))


@given(scale=st.sampled_from([1e-100, 1e-8, 1e8, 1e90]))
def test_squared_loss_of_features_far_from_one(scale):
    problem = made("squared", scale=scale)
    w = np.array([1.0 / scale, -2.0 / scale, 0.5 / scale, 1.0])
    # `rel` is wide because y grows with the scale, so the answer is a difference of large numbers.
    assert problem.value(w) == pytest.approx(plain_value(problem, w), rel=1e-6)
    assert np.isfinite(problem.gradient(w)).all()


@given(weight=st.floats(1.0, 1e150), row=st.floats(0.1, 100))
def test_logistic_loss_of_sure_predictions(weight, row):
    """Right and sure costs nothing, wrong and sure costs the score."""
    assume(weight * row > 800)
    problem = Problem([row], [1], "logistic")
    assert problem.value([weight, 0.0]) == 0
    assert problem.value([-weight, 0.0]) == pytest.approx(weight * row)
    assert problem.gradient([-weight, 0.0]).tolist() == pytest.approx([-row, -1.0])
    assert problem.gradient([weight, 0.0]).tolist() == pytest.approx([0.0, 0.0])


def test_true_and_false_are_classes():
    assert Problem([1.0, 2.0], [True, False], "logistic").y.tolist() == [1, 0]


@pytest.mark.tensorflow
@both
def test_the_losses_are_those_of_keras(keras, loss):
    problem = made(loss)
    w = np.array([0.3, -0.2, 0.5, 1.0])
    z = (problem.x @ w[:-1] + w[-1])[:, None]
    if loss == "squared":
        theirs = keras.losses.MeanSquaredError()
    else:
        theirs = keras.losses.BinaryCrossentropy(from_logits=True)
    wanted = theirs(problem.y[:, None], z)
    assert problem.value(w) == pytest.approx(float(wanted), rel=1e-5)


NAN, INF = np.nan, np.inf
X, Y = [[1.0], [2.0]], [0.0, 1.0]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *[("x", (value, Y)) for value in (None, "ab", [], [[]], [[NAN], [1.0]], [INF, 1.0], 3.0,
                                          np.zeros((2, 2, 2)),
                                          [["a"], ["b"]], [[1.0], [1.0, 2.0]], [True, False], [1j, 2j], {},
                                          [1e101, 0], np.empty((2, 0)), np.empty((0, 2)))],
        *[("y", (X, value)) for value in (None, "ab", [], [NAN, 1.0], [INF, 1.0], 3.0, [[0.0], [1.0]], [1.0],
                                          [1.0] * 3, ["a", "b"], [True, False], [1j, 2j], {}, [1e101, 0])],
        *[("y", (X, value, "logistic")) for value in ([0.5, 1.0], [1, 2], [-1, 1], [NAN, 0],
                                                      ["0", "1"], [1e101, 0])],
        *[("loss", (X, Y, value)) for value in (None, "mse", "Squared", 3, [], True)],
    ],
)  # fmt: skip
def test_a_problem_is_checked(name, arguments):
    with refused(f"{name} must be "):
        Problem(*arguments)


@both
@pytest.mark.parametrize(
    "wrong", [None, "ab", [], [1.0], [1.0] * 3, 3.0, [True, False], ["1", "2"], [[1.0], [2.0]]]
)
def test_weights_are_checked(loss, wrong):
    problem = Problem(X, Y, loss)
    for ask in (problem.value, problem.gradient):
        with refused("w must be an array of 2 numbers (weights, then the bias)"):
            ask(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        "ab",
        1,
        1.5,
        [1.5],
        [-1],
        [2],
        [NAN],
        [True],
        [None],
        [[0]],
        {},
        slice(5, 9),
        slice("a", "b"),
        {0},
        [10**30],
    ],
)
def test_rows_are_checked(wrong):
    with refused("rows must be places of rows from 0 to 1, at least one"):
        Problem(X, Y).gradient([0.0, 0.0], wrong)
