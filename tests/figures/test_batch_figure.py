"""The picture of three kinds of descent: curves by gradients spent, rings, zoom; readable in every case."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bigmodel_nb.figures.batches import LOOKS, BatchFigure
from bigmodel_nb.maths.data_surfaces import from_data
from bigmodel_nb.maths.regression import Problem, train

X = np.linspace(-1.5, 1.5, 40)
Y = 2 * X + 1 + np.sin(9 * X)
PROBLEM = Problem(X, Y, "squared")
SURFACE = from_data(X, Y, feature="width", target="weight")
MINIMUM = SURFACE.minima[0]
PATHS = [train(PROBLEM, batch_size=size, learning_rate=0.1, examples=120) for size in (None, 8, 1)]
NAMES = ["batch", "mini-batch of 8", "stochastic"]


@pytest.fixture(scope="module")
def canvas():
    return BatchFigure(SURFACE)


def shown(figure: BatchFigure) -> list:
    return [artists for artists in figure._artists if artists.path.get_visible()]


def test_losses_and_distances_by_gradients_spent(canvas):
    canvas.update(PATHS, labels=NAMES, minimum=MINIMUM)
    assert [artists.look for artists in shown(canvas)] == [canvas._artists[look].look for look in LOOKS]
    for artists, path in zip(shown(canvas), PATHS, strict=True):
        np.testing.assert_array_equal(artists.path.get_xydata(), path.points)
        np.testing.assert_array_equal(artists.upper.get_xdata(), path.examples_seen)
        np.testing.assert_allclose(artists.upper.get_ydata(), path.losses)
        far = np.hypot(*(path.points - np.array(MINIMUM)).T)
        np.testing.assert_allclose(artists.lower.get_ydata(), far, atol=1e-12)
    assert canvas._counter.get_text() == "120 of 120 gradients"


def test_a_moment_shows_every_kind_after_the_same_number_of_gradients(canvas):
    canvas.update(PATHS, labels=NAMES, minimum=MINIMUM, seen=50)
    for artists, path in zip(shown(canvas), PATHS, strict=True):
        here = int((path.examples_seen <= 50).sum())
        np.testing.assert_array_equal(artists.path.get_xydata(), path.points[:here])
    assert [line.get_xdata()[0] for line in canvas._cursors] == [50, 50]
    assert canvas._counter.get_text() == "50 of 120 gradients"


def test_rings_stand_around_the_minimum(canvas):
    canvas.update(PATHS, labels=NAMES, minimum=MINIMUM, noise_radii=[None, 0.2, 0.5])
    assert [ring.get_visible() for ring in canvas._rings] == [False, True, True]
    for ring, radius in zip(canvas._rings[1:], (0.2, 0.5), strict=True):
        assert tuple(ring.get_center()) == MINIMUM and ring.get_width() == ring.get_height() == 2 * radius
    canvas.update(PATHS[2:], looks=[2], minimum=MINIMUM, noise_radii=[0.5])
    assert [ring.get_visible() for ring in canvas._rings] == [False, False, True]
    assert shown(canvas)[0].look == canvas._artists[LOOKS[2]].look


def test_zoom_holds_the_rings_and_can_be_left_again(canvas):
    canvas.update(PATHS, minimum=MINIMUM, noise_radii=[None, 0.2, 0.5], zoom=True)
    left, right = canvas.map.get_xlim()
    bottom, top = canvas.map.get_ylim()
    assert left < MINIMUM[0] - 0.5 and MINIMUM[0] + 0.5 < right < MINIMUM[0] + 2
    assert bottom < MINIMUM[1] - 0.5 and MINIMUM[1] + 0.5 < top < MINIMUM[1] + 2
    canvas.update(PATHS, minimum=MINIMUM, noise_radii=[None, 0.02, 0.05], zoom=True)
    assert canvas.map.get_xlim()[1] < MINIMUM[0] + 0.2
    canvas.update(PATHS, minimum=MINIMUM, noise_radii=[None, 0.02, 0.05])
    assert (*canvas.map.get_xlim(), *canvas.map.get_ylim()) == SURFACE.limits


def test_other_data_bring_their_map():
    figure = BatchFigure(SURFACE, PATHS, minimum=MINIMUM, noise_radii=[None, None, 0.3], zoom=True)
    other = from_data(X, (Y > 0).astype(float), "logistic")
    figure.show_data(other)
    assert (*figure.map.get_xlim(), *figure.map.get_ylim()) == other.limits
    figure.update([], zoom=False)
    assert figure.surface is other and shown(figure) == []


@pytest.mark.parametrize("theme, passes", [("light", 1), ("dark", 100)])
def test_every_word_lies_within_the_picture_and_on_no_other(well_laid_out, theme, passes):
    paths = [
        train(PROBLEM, batch_size=size, learning_rate=0.1, examples=40 * passes) for size in (None, 8, 1)
    ]
    figure = BatchFigure(
        SURFACE, paths, labels=["batch", "mini-batch of 1000000", "stochastic"], minimum=MINIMUM, theme=theme
    )
    assert well_laid_out(figure)


@pytest.mark.parametrize("rate", [1e-300, 1e3, 1e100, 1.7e308])
@pytest.mark.parametrize("examples", [0, 45])
def test_borderline_paths_are_drawn_without_a_warning(canvas, well_laid_out, rate, examples):
    paths = [train(PROBLEM, batch_size=size, learning_rate=rate, examples=examples) for size in (None, 8, 1)]
    canvas.update(paths, labels=NAMES, minimum=MINIMUM, most=examples)
    assert len(shown(canvas)) == 3 and well_laid_out(canvas)
    canvas.update([], most=examples, seen=0)
    assert shown(canvas) == [] and well_laid_out(canvas)


def test_a_start_at_the_minimum_is_drawn(canvas, well_laid_out):
    paths = [train(PROBLEM, learning_rate=0.1, start=MINIMUM, examples=80)]
    canvas.update(paths, labels=["there"], minimum=MINIMUM)
    assert well_laid_out(canvas)


@pytest.mark.parametrize(
    "change, kind, words",
    [
        ({"paths": [1]}, TypeError, "paths must be a list of at most 3 of BatchPath"),
        ({"paths": PATHS * 2}, ValueError, "paths must be a list of at most 3"),
        ({"labels": ["a"]}, ValueError, "labels must be a list of 3 texts"),
        ({"minimum": (1, 2, 3)}, ValueError, "minimum must be two finite numbers"),
        ({"minimum": (math.nan, 0)}, ValueError, "minimum must be two finite numbers"),
        ({"minimum": None}, ValueError, "minimum must be two finite numbers"),
        ({"seen": -1}, ValueError, "seen must be zero or a positive number"),
        ({"seen": math.inf}, ValueError, "seen must be zero or a positive number"),
        ({"seen": "all"}, TypeError, "seen must be zero or a positive number"),
        ({"most": -5}, ValueError, "most must be zero or a positive number"),
        ({"noise_radii": [None, -1.0]}, ValueError, "noise_radii must be zero or a positive number"),
        ({"noise_radii": ["a"]}, TypeError, "noise_radii must be zero or a positive number"),
        ({"noise_radii": 3}, TypeError, "noise_radii must be a list"),
        ({"looks": [0, 1]}, ValueError, "looks must be a list of 3 different numbers from 0 to 2"),
        ({"looks": [0, 1, 1]}, ValueError, "looks must be a list of 3 different"),
        ({"looks": [0, 1, 3]}, ValueError, "looks must be a whole number from 0 to 2"),
        ({"looks": "012"}, TypeError, "looks must be a list of 3 different"),
        ({"looks": 2}, TypeError, "looks must be a list of 3 different"),
    ],
)
def test_wrong_arguments_are_named_and_change_nothing(canvas, change, kind, words):
    good = {"paths": PATHS, "labels": NAMES, "minimum": MINIMUM, "seen": 60}
    canvas.update(**good)
    before = canvas.encode()[1]
    with pytest.raises(kind, match=f"^{words}.*; received: "):
        canvas.update(**(good | change))
    assert canvas.encode()[1] == before
