"""The map of a surface: heights spread over the levels, whatever the surface."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bigmodel_nb.figures.canvas import Picture
from bigmodel_nb.figures.contours import draw_surface, evened
from bigmodel_nb.figures.theme import LIGHT
from bigmodel_nb.maths.surfaces import SURFACES


@given(values=arrays.arrays(np.float64, (4, 5), elements=st.floats()))
def test_heights_run_from_0_to_1_in_the_order_of_the_values(values):
    heights = evened(values)
    assert heights.shape == values.shape and np.isfinite(heights).all()
    assert heights.min() >= 0 and heights.max() <= 1
    order = np.argsort(np.nan_to_num(values, nan=np.inf), axis=None, kind="stable")
    assert (np.diff(heights.ravel()[order]) >= 0).all()


@pytest.mark.parametrize("name", SURFACES)
def test_the_levels_are_spread_over_the_whole_map(name):
    left, right, bottom, top = (surface := SURFACES[name]()).limits
    grid = np.stack(np.meshgrid(np.linspace(left, right, 50), np.linspace(bottom, top, 50)), axis=-1)
    values = surface.value(grid)
    heights, shares = evened(values), (values - values.min()) / np.ptp(values)
    assert heights.min() == 0 and heights.max() == 1
    if np.median(shares) < 0.5:
        assert np.median(heights) == pytest.approx(0.5, abs=0.02)
    else:  # mostly high, as the plateau is
        np.testing.assert_allclose(heights, shares)


@pytest.mark.parametrize("name", SURFACES)
def test_the_map_shows_the_surface_within_its_limits_with_its_minima(name):
    surface = SURFACES[name]()
    axes = Picture().panel(0.1, 0.1, 0.8, 0.8, grid=False)
    drawn = draw_surface(axes, surface, LIGHT)
    assert (*axes.get_xlim(), *axes.get_ylim()) == surface.limits
    assert (axes.get_xlabel(), axes.get_ylabel()) == surface.axes
    stars = {(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in axes.lines}
    assert stars == set(surface.minima)
    for artist in drawn:
        artist.remove()
    assert not axes.lines and not axes.collections
