"""Fits under sliders: what is shown is what maths computes, and can be made again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.maths.noisy_fits import (
    MODELS,
    TRAINED,
    errors_by_complexity,
    fit_to,
    redraw,
    sample,
    spread_by_complexity,
)
from bigmodel_nb.widgets import FitExplorer, Prediction
from bigmodel_nb.widgets.fits import FREE, VIEWS

NAMES = ("model", "degree", "units", "width", "l1", "l2", "points", "noise", "seed", "view")
states = st.fixed_dictionaries(
    {
        "model": st.sampled_from(MODELS),
        "degree": st.integers(1, 15),
        "units": st.integers(1, 12),
        "width": st.integers(1, 40),
        "l1": st.sampled_from([0.0, 0.0, 0.01, 0.3]),
        "l2": st.sampled_from([0.0, 1e-4, 0.3]),
        "points": st.integers(2, 60),
        "noise": st.floats(0, 1),
        "seed": st.integers(0, 99),
        "view": st.sampled_from(VIEWS),
    }
)


@pytest.fixture(scope="module")
def one():
    explorer = FitExplorer()
    yield explorer
    explorer.close()


def check(explorer: FitExplorer, state: dict) -> None:
    data = sample(state["points"], state["noise"], state["seed"])
    trained = state["model"] == TRAINED
    prices = {"l1": 0.0 if trained else state["l1"], "l2": state["l2"]}
    complexity = state[{"polynomial": "degree", "network": "width", TRAINED: "units"}[state["model"]]]
    fit = fit_to(data, state["model"], complexity, **prices)
    np.testing.assert_array_equal(explorer.data.y, data.y)
    np.testing.assert_allclose(explorer.fit.curve, fit.curve)
    errors = errors_by_complexity(data, state["model"], **prices)
    np.testing.assert_allclose(explorer.errors.validation, errors.validation)
    if state["view"] == "fit":
        assert explorer.redrawn is None and explorer.spread is None
        assert f"{fit.linear.zeros} of {complexity} weights are exactly 0" in explorer.summary_text
        np.testing.assert_array_equal(explorer.figure._fit.get_ydata(), np.clip(fit.curve, -1e3, 1e3))
    else:
        many = redraw(data, state["model"], complexity, **prices)
        np.testing.assert_allclose(explorer.redrawn.curves, many.curves)
        spread = spread_by_complexity(data, state["model"], **prices)
        np.testing.assert_allclose(explorer.spread.variance, spread.variance)
        assert f"fitted to {len(many.curves)} redrawn data sets" in explorer.summary_text


@given(states)
@settings(max_examples=12, deadline=None)
def test_every_state_by_its_controls(one, state):
    with one.together():
        for name in NAMES:
            getattr(one, name).value = state[name]
    assert one.message == ""
    check(one, state)


@given(states)
@settings(max_examples=6, deadline=None)
def test_every_state_as_a_line_of_code_and_as_a_cell(run_cell, state):
    if state["model"] == TRAINED:
        state |= {"l1": 0.0}
    explorer = FitExplorer(**state)
    try:
        check(explorer, state)
        _names, shown = run_cell(explorer.code())
        explorer.settle()
        assert shown.encode()[1] == explorer.still()
    finally:
        explorer.close()


def test_the_left_end_of_a_price_is_no_price(made, page):
    explorer = made(FitExplorer(l1=0.01))
    assert explorer.fit.linear.zeros > 0
    page.drags(explorer.l1, FREE)
    assert explorer.l1.value == 0 and explorer.l1.box.value == "0"
    assert explorer.fit.linear.zeros == 0 and explorer.message == ""
    page.drags(explorer.l1, 0.1)
    assert explorer.l1.value == 0.1


def test_typed_numbers(made, page):
    explorer = made(FitExplorer())
    page.types(explorer.degree, "3")
    assert explorer.fit.complexity == 3
    for knob, text, words in (
        (explorer.degree, "16", "degree must be a whole number from 1 to 15; received: 16"),
        (explorer.points, "1", "points must be a whole number from 2"),
        (explorer.l2, "-1", "l2 must be zero or a positive number; received: -1"),
        (explorer.noise, "NaN", "noise must be zero or a positive number"),
        (explorer.seed, "x", "seed must be a whole number of 0 or more"),
    ):
        before = knob.value
        page.types(knob, text)
        assert words in explorer.message and knob.value == before


def test_only_the_complexity_of_the_model_is_in_sight(made):
    explorer = made(FitExplorer(show=["model", "complexity"]))
    assert explorer.width.layout.display == "none" and explorer.degree.layout.display is None
    explorer.model.value = "network"
    assert explorer.degree.layout.display == "none" and explorer.width.layout.display is None
    assert explorer.summary_text.startswith("Network of 20 random units on 10 samples")
    explorer.model.value = TRAINED
    assert explorer.width.layout.display == "none" and explorer.units.layout.display is None
    assert explorer.summary_text.startswith("Network of 5 trained units on 10 samples")


def test_a_trained_network_has_no_l1_and_its_knob_keeps_what_it_said(made):
    explorer = made(FitExplorer(l1=0.01))
    explorer.model.value = TRAINED
    assert explorer.l1.layout.display == "none" and explorer.message == ""
    assert "l1=0.0" in explorer.code() and explorer.fit.linear.zeros == 0
    explorer.model.value = "polynomial"
    assert explorer.l1.layout.display is None and explorer.fit.linear.zeros > 0


def test_a_prediction_holds_the_fit_back(made):
    question = Prediction("03/test", "How far off?", ["near", "far"], truth="far")
    explorer = made(FitExplorer(prediction=question))
    assert not explorer.figure._fit.get_visible() and "Predict" in explorer.summary_text
    question.choose("far")
    assert explorer.figure._fit.get_visible() and "degree 9" in explorer.summary_text


def test_a_dragged_slider_moves_the_picture_at_once(made, page, moving):
    explorer = made(FitExplorer())
    page.drags(explorer.l2, 0.1)
    assert explorer.image.format == moving
    explorer.settle()
    assert explorer.image.format == "png"


def test_lesson_mode_shows_at_most_five():
    with pytest.raises(ValueError, match="show must be at most 5"):
        FitExplorer(show=list(FitExplorer.CONTROLS[:6]))
    with pytest.raises(ValueError, match="show must be one of 'view'"):
        FitExplorer(show=["degrees"])


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"model": "spline"}, "model must be one of"),
        ({"view": "x"}, "view must be one of"),
        ({"model": TRAINED, "l1": 0.1}, "l1 must be 0 for a trained network"),
        ({"units": 13}, "units must be a whole number from 1 to 12"),
        ({"degree": 0}, "degree must be a whole number from 1 to 15"),
        ({"l1": -1}, "l1 must be zero or a positive number"),
        ({"points": 1}, "points must be"),
    ],
)
def test_wrong_arguments_are_named_and_leave_nothing_behind(models, settings_, words):
    FitExplorer().close()  # shared layouts are made
    before = models()
    with pytest.raises((ValueError, TypeError), match=words):
        FitExplorer(**settings_)
    assert models() == before


def test_closing_frees_everything(models):
    FitExplorer().close()
    before = models()
    explorer = FitExplorer()
    explorer.close()
    explorer.close()
    assert models() == before and explorer.closed
