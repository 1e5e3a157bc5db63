import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths.descent import Adam, GradientDescent, descend
from bigmodel_nb.maths.surfaces import Surface, from_data


def refused(beginning):
    """The error that names argument, expectation and value."""
    return pytest.raises((TypeError, ValueError), match=rf"^{re.escape(beginning)}.*; received: ")


def made(loss, n=60, seed=0, scale=1.0, shift=0.0):
    random = np.random.default_rng(seed)
    x = shift + scale * random.normal(size=n)
    score = 2 * (x - shift) / scale + random.normal(size=n)
    return x, score if loss == "squared" else (score > 0).astype(int)


both = pytest.mark.parametrize("loss", ["squared", "logistic"])


@both
class TestBoth:
    @given(seed=st.integers(0, 50), weight=st.floats(-5, 5), bias=st.floats(-5, 5))
    def test_value_is_the_formula(self, loss, seed, weight, bias):
        x, y = made(loss, seed=seed)
        z = weight * x + bias
        wanted = np.mean((z - y) ** 2) if loss == "squared" else np.mean(np.logaddexp(0, z) - y * z)
        assert from_data(x, y, loss).value((weight, bias)) == pytest.approx(wanted, rel=1e-9, abs=1e-13)

    @given(seed=st.integers(0, 50), weight=st.floats(-5, 5), bias=st.floats(-5, 5))
    def test_gradient_is_the_slope_of_the_value(self, loss, seed, weight, bias, numeric_gradient):
        surface = from_data(*made(loss, seed=seed), loss)
        slopes = numeric_gradient(surface.value, (weight, bias))
        np.testing.assert_allclose(
            surface.gradient((weight, bias)), slopes, atol=1e-6 * (1 + np.abs(slopes).max())
        )

    @given(
        seed=st.integers(0, 50), scale=st.sampled_from([1e-3, 1.0, 100.0]), shift=st.sampled_from([0.0, 5.0])
    )
    def test_the_minimum_is_one_and_is_drawn(self, loss, seed, scale, shift):
        surface = from_data(*made(loss, 60, seed, scale, scale * shift), loss)
        ((weight, bias),) = surface.minima
        left, right, bottom, top = surface.limits
        assert left < weight < right and bottom < bias < top
        assert left < surface.start[0] < right and bottom < surface.start[1] < top
        assert np.abs(surface.gradient((weight, bias)) / np.array([scale, 1.0])).max() < 1e-9
        lowest = surface.value((weight, bias))
        grid = np.stack(np.meshgrid(np.linspace(left, right, 40), np.linspace(bottom, top, 40)), -1)
        assert surface.value(grid).min() >= lowest * (1 - 1e-12)

    def test_gradient_descent_works_at_the_rate_it_names(self, loss):
        surface = from_data(*made(loss), loss)
        path = descend(surface, GradientDescent(surface.rate), steps=3000)
        np.testing.assert_allclose(path.points[-1], surface.minima[0], rtol=0.05, atol=0.05)
        assert (np.diff(path.values) <= 1e-12).all()

    def test_a_rate_above_the_limit_does_not(self, loss):
        """The rate it names is an eighth of what the curvature allows; for a line that is exact."""
        if loss == "squared":
            surface = from_data(*made(loss), loss)
            assert descend(surface, GradientDescent(8.5 * surface.rate), steps=3000).diverged_at
            assert not descend(surface, GradientDescent(7.5 * surface.rate), steps=3000).diverged_at

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_grids_and_precision(self, loss, dtype):
        surface = from_data(*made(loss), loss)
        grid = np.random.default_rng(0).normal(size=(5, 4, 2)).astype(dtype)
        assert surface.value(grid).shape == (5, 4) and surface.gradient(grid).shape == (5, 4, 2)
        assert surface.value(grid).dtype == surface.gradient(grid).dtype == dtype

    @pytest.mark.parametrize("rate", [1e-300, 1.0, 1e10, 1e300])
    def test_no_rate_warns(self, loss, rate):
        surface = from_data(*made(loss), loss)
        for rule in (GradientDescent(rate), Adam(rate)):
            assert np.isfinite(descend(surface, rule, noise=1.0).values).all()

    def test_words(self, loss):
        surface = from_data(
            *made(loss), loss, name="diabetes", feature="body-mass index", target="progression"
        )
        assert isinstance(surface, Surface) and surface.name == "diabetes"
        assert surface.title.startswith("progression from body-mass index: ")
        assert surface.axes == ("weight of body-mass index", "bias")

    def test_a_feature_that_never_changes(self, loss):
        surface = from_data([0.1, 0.1, 0.1], [0, 1, 1], loss)
        assert surface.minima == ()
        assert descend(surface, GradientDescent(surface.rate)).diverged_at is None

    def test_one_row(self, loss):
        surface = from_data([2.0], [1], loss)
        assert surface.minima == () and np.isfinite(surface.limits).all()

    @given(
        x=st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=6),
        seed=st.integers(0, 9),
    )
    def test_any_rows_make_a_surface(self, loss, x, seed):
        y = np.random.default_rng(seed).integers(0, 2, len(x))
        surface = from_data(x, y, loss)
        assert np.isfinite(surface.limits).all() and surface.rate > 0
        assert np.isfinite(surface.value(surface.start))
        assert np.isfinite(surface.gradient(surface.start)).all()


def test_classes_that_do_not_overlap_have_no_minimum():
    for y in ([0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 1, 1]):
        surface = from_data([1.0, 2.0, 3.0, 4.0], y, "logistic")
        assert surface.minima == ()
    assert from_data([1.0, 2.0, 3.0, 4.0], [0, 1, 0, 1], "logistic").minima != ()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("x", {"x": np.zeros((2, 2))}), ("x", {"x": None}), ("x", {"x": []}), ("x", {"x": [np.nan, 1.0]}),
        ("y", {"y": [1.0]}), ("y", {"y": "ab"}), ("y", {"y": [0, 2], "loss": "logistic"}),
        ("loss", {"loss": "mse"}),
        ("name", {"name": None}), ("feature", {"feature": 3}), ("target", {"target": b"y"}),
    ],
)  # fmt: skip
def test_arguments_are_checked(name, arguments):
    with refused(f"{name} must be "):
        from_data(**{"x": [1.0, 2.0], "y": [0.0, 1.0], **arguments})
