"""The picture of a fit: curve, errors, weights; bias and variance; readable in every case."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.figures.fits import FitFigure
from bigmodel_nb.maths.noisy_fits import (
    GRID,
    TRAINED,
    errors_by_complexity,
    fit_to,
    redraw,
    sample,
    spread_by_complexity,
)

DATA = sample(10)
ERRORS = errors_by_complexity(DATA, "polynomial")


@pytest.fixture(scope="module")
def canvas():
    return FitFigure(DATA)


def test_curve_errors_and_weights_are_those_of_the_fit(canvas):
    fit = fit_to(DATA, "polynomial", 5)
    canvas.update(DATA, fit, ERRORS)
    np.testing.assert_array_equal(canvas._samples.get_xydata(), np.column_stack([DATA.x, DATA.y]))
    np.testing.assert_array_equal(canvas._fit.get_xydata(), np.column_stack([GRID, fit.curve]))
    np.testing.assert_array_equal(canvas._first.get_ydata(), np.maximum(ERRORS.train, 1e-4))
    np.testing.assert_array_equal(canvas._second.get_ydata(), np.clip(ERRORS.validation, 0, 1e3))
    assert canvas._cursor.get_xdata()[0] == 5
    assert [segment[1][1] for segment in canvas._weights.get_segments()] == fit.linear.weights.tolist()
    assert not canvas._zeros.get_xdata().size
    words = {text.get_text() for text in canvas.figure.legends[0].get_texts()}
    assert {"samples", "truth", "fit", "error in validation", "noise alone"} <= words


def test_a_weight_that_is_exactly_zero_is_a_ring(canvas):
    fit = fit_to(DATA, "polynomial", 9, l1=0.01)
    canvas.update(DATA, fit, ERRORS)
    assert fit.linear.zeros > 3
    np.testing.assert_array_equal(canvas._zeros.get_xdata(), np.flatnonzero(fit.linear.weights == 0) + 1)
    assert len(canvas._weights.get_segments()) == 9 - fit.linear.zeros


def test_bias_and_variance_show_many_fits_and_their_mean(canvas):
    fit, many = fit_to(DATA, "polynomial", 3), redraw(DATA, "polynomial", 3)
    spread = spread_by_complexity(DATA, "polynomial")
    canvas.update(DATA, fit, ERRORS, redrawn=many, spread=spread)
    assert len(canvas._many.get_segments()) == len(many.curves) == 30
    np.testing.assert_allclose(canvas._fit.get_ydata(), many.curves.mean(axis=0))
    np.testing.assert_array_equal(canvas._second.get_ydata(), np.clip(spread.bias, 1e-4, 1e3))
    assert canvas.errors.get_title(loc="left") == "bias² and variance" and canvas._third.get_visible()
    canvas.update(DATA, fit, ERRORS)
    assert not canvas._many.get_visible() and not canvas._third.get_visible()


def test_without_a_fit_the_samples_stand_alone(canvas):
    canvas.update(DATA, None, None)
    assert canvas._samples.get_visible() and not canvas._fit.get_visible()
    assert not canvas._first.get_visible() and not canvas._cursor.get_visible()
    assert not canvas._weights.get_segments()


def test_the_network_has_a_logarithmic_axis_of_units(canvas):
    canvas.update(DATA, fit_to(DATA, "network", 25), errors_by_complexity(DATA, "network"))
    assert canvas.errors.get_xscale() == "log" and canvas.errors.get_xlabel() == "units"
    canvas.update(DATA, fit_to(DATA, TRAINED, 7), errors_by_complexity(DATA, TRAINED))
    assert canvas.errors.get_xscale() == "linear" and canvas.errors.get_xlabel() == "units"
    assert canvas.bars.get_xlim()[1] == pytest.approx(12.7) and len(canvas._weights.get_segments()) == 7
    canvas.update(DATA, fit_to(DATA, "polynomial", 2), ERRORS)
    assert canvas.errors.get_xscale() == "linear" and canvas.errors.get_xlabel() == "degree"


def test_nothing_kept_changes_while_a_control_moves(canvas):
    canvas.update(DATA, fit_to(DATA, "polynomial", 9), ERRORS)
    canvas.encode()
    kept, limits = canvas._background, canvas.bars.get_ylim()
    canvas.update(DATA, fit_to(DATA, "polynomial", 9, l2=0.1), ERRORS, rescale=False)
    assert canvas._background is kept and canvas.bars.get_ylim() == limits
    canvas.update(DATA, fit_to(DATA, "polynomial", 4), ERRORS, rescale=False)
    assert canvas._background is kept, "another degree needs no other axes"
    canvas.update(DATA, fit_to(DATA, "polynomial", 9, l2=0.1), ERRORS)
    assert canvas.bars.get_ylim() != limits


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_wild_fits_can_be_drawn(theme):
    data = sample(16)
    fit = fit_to(data, "network", 16)
    figure = FitFigure(data, fit, errors_by_complexity(data, "network"), theme=theme)
    kind, content = figure.encode()
    assert kind == "png" and content[:4] == b"\x89PNG"


@pytest.mark.parametrize("name", ["data", "fit", "errors"])
def test_what_is_wrong_is_named(canvas, name):
    given = {"data": DATA, "fit": None, "errors": None} | {name: "nonsense"}
    with pytest.raises(TypeError, match=f"{name} must be what maths.noisy_fits makes"):
        canvas.update(**given)
