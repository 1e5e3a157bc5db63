import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths.descent import GradientDescent, descend
from bigmodel_nb.maths.surfaces import SURFACES, Surface, bowl, from_data, himmelblau, saddle


def refused(beginning):
    """The error that names argument, expectation and value."""
    return pytest.raises((TypeError, ValueError), match=rf"^{re.escape(beginning)}.*; received: ")


ALL = [factory() for factory in SURFACES.values()]
each = pytest.mark.parametrize("surface", ALL, ids=lambda surface: surface.name)


def inside(surface):
    left, right, bottom, top = surface.limits
    return st.tuples(st.floats(left, right), st.floats(bottom, top))


def test_the_seven():
    assert list(SURFACES) == ["bowl", "rosenbrock", "himmelblau", "beale", "saddle", "plateau", "rastrigin"]
    assert [surface.name for surface in ALL] == list(SURFACES)


def test_known_values():
    """Worked out by hand from the formulas."""
    known = {
        "bowl": ((2.0, 3.0), 47.0),
        "rosenbrock": ((2.0, 3.0), 101.0),
        "himmelblau": ((1.0, 1.0), 106.0),
        "beale": ((1.0, 2.0), 2.5**2 + 5.25**2 + 9.625**2),
        "saddle": ((1.0, 2.0), 0.5 + 2.25),
        "plateau": ((1.0, 2.0), 5.0 / 6.0),
        "rastrigin": ((0.5, 1.0), 0.25 + 20 + 1.0),
    }
    for surface in ALL:
        w, value = known[surface.name]
        assert surface.value(w) == pytest.approx(value, rel=1e-12), surface.name


@each
@given(data=st.data())
def test_gradient_is_the_slope_of_the_value(surface, data, numeric_gradient):
    w = data.draw(inside(surface))
    slopes = numeric_gradient(surface.value, w)
    size = 1 + np.abs(slopes).max() + float(surface.value(w))
    np.testing.assert_allclose(surface.gradient(w), slopes, atol=2e-6 * size, rtol=1e-6)


@each
def test_minima_are_minima(surface):
    left, right, bottom, top = surface.limits
    around = np.stack(np.meshgrid(np.linspace(left, right, 201), np.linspace(bottom, top, 201)), -1)
    assert surface.minima
    for minimum in surface.minima:
        assert left <= minimum[0] <= right and bottom <= minimum[1] <= top
        assert abs(surface.value(minimum)) < 1e-25
        assert np.abs(surface.gradient(minimum)).max() < 1e-11
    assert surface.value(around).min() >= 0


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_shape_and_its_precision(surface, dtype):
    random = np.random.default_rng(1)
    points = random.uniform(-1, 1, size=(4, 3, 2)).astype(dtype)
    values, slopes = surface.value(points), surface.gradient(points)
    assert values.shape == (4, 3) and slopes.shape == (4, 3, 2)
    assert values.dtype == slopes.dtype == dtype
    for i, j in np.ndindex(4, 3):
        one = points[i, j]
        assert surface.value(one).dtype == surface.gradient(one).dtype == dtype
        tolerance = 1e-4 if dtype is np.float32 else 1e-11
        assert surface.value(one) == pytest.approx(values[i, j], rel=tolerance, abs=tolerance)
        np.testing.assert_allclose(surface.gradient(one), slopes[i, j], rtol=tolerance, atol=tolerance)
    assert surface.value(np.empty((0, 2), dtype)).shape == (0,)
    assert surface.gradient(np.empty((0, 2), dtype)).shape == (0, 2)


@each
def test_whole_numbers_and_lists_become_floats(surface):
    assert surface.gradient([1, 2]).dtype == np.float64
    assert surface.gradient(np.array([1, 2])).tolist() == surface.gradient((1.0, 2.0)).tolist()
    assert surface.value([[1, 2], [3, 4]]).shape == (2,)


@each
@given(w=st.tuples(st.floats(), st.floats()))
def test_no_point_warns(surface, w):
    """Warnings are errors in this run: whatever a descent runs into is a number, possibly infinite."""
    value, gradient = surface.value(w), surface.gradient(w)
    assert np.shape(value) == () and gradient.shape == (2,)
    single = np.array(np.clip(w, -1e38, 1e38), np.float32)
    surface.value(single), surface.gradient(single)
    if np.abs(w).max() < 1e30:
        assert np.isfinite(value) and np.isfinite(gradient).all() and value >= 0


@each
def test_plain_gradient_descent_works_at_the_rate_it_names(surface):
    path = descend(surface, GradientDescent(surface.rate), steps=2000)
    assert path.diverged_at is None
    assert path.final_value < 0.6 * path.values[0]
    assert np.abs(surface.gradient(path.points[-1])).max() < 0.3


@each
def test_the_start_is_on_the_picture(surface):
    left, right, bottom, top = surface.limits
    assert left < surface.start[0] < right and bottom < surface.start[1] < top
    assert surface.width == (right - left, top - bottom)


@given(condition=st.floats(1, 1e6))
def test_condition_is_the_ratio_of_curvatures(condition):
    surface = bowl(condition)
    hessian = surface.gradient(np.eye(2))
    assert np.linalg.eigvalsh(hessian) == pytest.approx([1.0, condition])
    # the rate it names is stable: below 2 / condition
    assert surface.rate * condition < 2


def test_the_bowl_says_its_condition():
    assert "condition number 30" in bowl(30).title


def test_formulas_can_be_drawn():
    from matplotlib.mathtext import MathTextParser

    parser = MathTextParser("path")
    for surface in [*ALL, *(from_data([1.0, 2.0], [0, 1], loss) for loss in ("squared", "logistic"))]:
        assert surface.formula.count("$") == 2 and parser.parse(surface.formula).width > 0
        assert surface.title and len(surface.axes) == 2


def test_himmelblau_has_four_valleys_apart():
    minima = np.array(himmelblau().minima)
    assert len(minima) == 4
    assert np.linalg.norm(minima[:, None] - minima, axis=-1)[np.triu_indices(4, 1)].min() > 3


def test_the_saddle_point_is_flat_and_no_minimum():
    surface = saddle()
    assert surface.gradient((0.0, 0.0)).tolist() == [0, 0]
    assert surface.value((0.1, 0)) > surface.value((0, 0)) > surface.value((0, 0.1))


# -- what people type -------------------------------------------------------------------------

NOT_POINTS = [
    None, True, "ab", "12", b"ab", 3.0, [], [1.0], [1.0, 2.0, 3.0], [[1.0], [2.0]], [None, None], ["1", "2"],
    [True, False], [1j, 2j], [[1.0, 2.0], [3.0]], {"w": 1}, object(), np.zeros((2, 3)), np.array(1.0),
]  # fmt: skip


@each
@pytest.mark.parametrize("wrong", NOT_POINTS)
def test_what_is_no_point_is_refused(surface, wrong):
    for function in (surface.value, surface.gradient):
        with refused("w must be a point of two numbers"):
            function(wrong)


@pytest.mark.parametrize("wrong", [0, -1, 0.99, 1e7, np.nan, np.inf, "10", None, True, [10], 10**400])
def test_condition_is_checked(wrong):
    with refused("condition must be a number from 1 to 1e"):
        bowl(wrong)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", None), ("title", 3), ("formula", b""), ("value", None), ("gradient", 3.0),
        ("limits", (0, 1, 0)), ("limits", (1, 0, 0, 1)), ("limits", (0, 1, 1, 1)), ("limits", None),
        ("limits", (0, np.nan, 0, 1)), ("limits", (0, np.inf, 0, 1)), ("limits", "abcd"),
        ("start", None), ("start", (1, 2, 3)), ("start", (np.nan, 0)), ("minima", None),
        ("minima", (1.0, 2.0)),
        ("minima", [(1.0, np.inf)]), ("axes", "xy"), ("axes", ("x",)), ("axes", (1, 2)), ("axes", None),
        ("rate", 0), ("rate", -1), ("rate", "fast"), ("rate", np.nan),
    ],
)  # fmt: skip
def test_a_surface_of_ones_own_is_checked(field, wrong):
    with refused(f"{field} must be "):
        dataclasses.replace(himmelblau(), **{field: wrong})


def test_a_surface_of_ones_own():
    valley = Surface(
        name="valley", title="", formula="", value=lambda w: w[..., 0] ** 2,
        gradient=lambda w: 2 * w * [1, 0],
        limits=(-1, 1, -1, 1), start=(1, 1),
    )  # fmt: skip
    path = descend(valley, GradientDescent(0.25), steps=50)
    assert path.points[-1].tolist() == pytest.approx([0, 1])
