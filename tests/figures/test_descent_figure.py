"""The picture of a race: what is drawn is what the paths say, and it can be read in every case."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.figures.descent import DescentFigure
from bigmodel_nb.maths import surfaces
from bigmodel_nb.maths.data_surfaces import from_data
from bigmodel_nb.maths.descent import OPTIMIZERS, Adam, GradientDescent, Momentum, Path, descend
from bigmodel_nb.maths.schedules import for_steps
from bigmodel_nb.maths.surfaces import SURFACES

BOWL = surfaces.bowl()


def race(surface=BOWL, rate=None, count=7, **settings) -> list[Path]:
    kinds = list(OPTIMIZERS.values())[:count]
    return [descend(surface, kind(learning_rate=rate or surface.rate), **settings) for kind in kinds]


def shown(figure: DescentFigure) -> list:
    return [artists for artists in figure._artists if artists.path.get_visible()]


@pytest.fixture(scope="module")
def canvas():
    """One figure for what does not need a new one."""
    return DescentFigure(BOWL)


# -- what is drawn ------------------------------------------------------------------------------


def test_paths_losses_and_rates_are_those_of_the_paths():
    paths = race(count=3, schedule=for_steps("cosine", 60), steps=60)
    figure = DescentFigure(BOWL, paths)
    assert len(shown(figure)) == 3
    for artists, path in zip(shown(figure), paths, strict=True):
        np.testing.assert_array_equal(artists.path.get_xydata(), path.points)
        np.testing.assert_array_equal(artists.head.get_xydata(), path.points[-1:])
        np.testing.assert_array_equal(artists.upper.get_xdata(), np.arange(61))
        np.testing.assert_allclose(artists.upper.get_ydata(), np.maximum(path.values, 1e-12))
        np.testing.assert_allclose(artists.upper_head.get_xydata()[0], [60, max(path.values[-1], 1e-12)])
        np.testing.assert_allclose(artists.lower.get_ydata(), path.rates)
    assert figure._counter.get_text() == "step 60 of 60"


def test_a_step_shows_the_way_up_to_it_and_where_the_curves_stand():
    (path,) = race(count=1, steps=50)
    figure = DescentFigure(BOWL, [path], step=20)
    (artists,) = shown(figure)
    np.testing.assert_array_equal(artists.path.get_xydata(), path.points[:21])
    np.testing.assert_array_equal(artists.upper.get_xdata(), np.arange(51))
    assert artists.upper_head.get_xdata()[0] == 20
    assert [line.get_xdata()[0] for line in figure._cursors] == [20, 20]
    assert figure._counter.get_text() == "step 20 of 50"
    figure.update([path], step=50)
    assert not any(line.get_visible() for line in figure._cursors)
    figure.update([path], step=9999)
    assert figure._counter.get_text() == "step 50 of 50"


def test_a_path_that_ran_away_ends_there_and_hides_nobody():
    ran, stayed = race(rate=0.5, count=1, steps=40)[0], race(count=1, steps=40)[0]
    assert ran.diverged_at is not None
    figure = DescentFigure(BOWL, [ran, stayed], labels=["a", "b"])
    first, second = shown(figure)
    assert first.path.get_alpha() == 0.4 and second.path.get_alpha() is None
    low, high = figure.upper.get_ylim()
    assert high <= 2 * 30 * stayed.values[0], "the losses of the other can still be seen"
    assert low <= max(stayed.values.min(), 1e-12)


def test_every_optimizer_keeps_its_look_in_every_race():
    whole = {artists.path.get_color() for artists in shown(DescentFigure(BOWL, race()))}
    assert len(whole) == 7
    adam = race()[5]
    alone, crowded = shown(DescentFigure(BOWL, [adam])), DescentFigure(BOWL, race())._artists[5]
    assert alone[0].look == crowded.look
    twice = shown(DescentFigure(BOWL, [adam, replace(adam)]))
    assert twice[0].look != twice[1].look, "two of a kind are told apart"


def test_the_legend_names_the_paths():
    figure = DescentFigure(BOWL, race(count=2))
    assert [text.get_text() for text in figure.figure.legends[0].get_texts()] == [
        "gradient descent",
        "momentum",
    ]
    figure.update(race(count=2), labels=["slow", "fast"])
    assert [text.get_text() for text in figure.figure.legends[0].get_texts()] == ["slow", "fast"]
    figure.update([])
    assert figure.figure.legends == []


def test_arrows_point_downhill_along_the_momentum_and_along_the_step():
    path = descend(BOWL, Momentum(learning_rate=0.02), steps=30)
    figure = DescentFigure(BOWL, [path], step=5, arrows=0)
    names = [label.get_text() for _arrow, label in figure._arrows]
    assert names == ["downhill", "momentum", "step"]
    vectors = (-path.gradients[5], path.memories[5], path.updates[5])
    for (arrow, label), vector in zip(figure._arrows, vectors, strict=True):
        start, end = (np.array(place) for place in arrow._posA_posB)
        np.testing.assert_array_equal(start, path.points[5])
        toward = end - start
        assert arrow.get_visible() and label.get_visible()
        np.testing.assert_allclose(
            toward / np.linalg.norm(toward), vector / np.linalg.norm(vector), atol=1e-9
        )
    figure.update([descend(BOWL, GradientDescent(learning_rate=0.02))], step=5, arrows=0)
    assert [arrow.get_visible() for arrow, _label in figure._arrows] == [True, False, True]
    figure.update([path], step=5)
    assert not any(arrow.get_visible() or label.get_visible() for arrow, label in figure._arrows)


def test_updating_without_rescaling_keeps_every_limit(canvas):
    canvas.update(race(count=2))
    before = [(axes.get_xlim(), axes.get_ylim()) for axes in (canvas.map, canvas.upper, canvas.lower)]
    canvas.update(race(rate=1e-4, count=2, steps=400), rescale=False)
    assert [(axes.get_xlim(), axes.get_ylim()) for axes in (canvas.map, canvas.upper, canvas.lower)] == before
    canvas.update(race(rate=1e-4, count=2, steps=400))
    after = [(axes.get_xlim(), axes.get_ylim()) for axes in (canvas.map, canvas.upper, canvas.lower)]
    assert after[0] == before[0] and after[1] != before[1] and after[2] != before[2]


def test_one_figure_goes_through_all_surfaces_and_back(canvas):
    canvas.update(race(count=1))
    canvas.show_surface(BOWL)
    before = canvas.encode()[1]
    for name in ("beale", "saddle", "rastrigin"):
        canvas.show_surface(SURFACES[name]())
        canvas.update(race(SURFACES[name](), count=2))
        canvas.encode()
    canvas.show_surface(surfaces.bowl())
    canvas.update(race(count=1))
    assert canvas.encode()[1] == before


# -- every case can be drawn and read -----------------------------------------------------------


@pytest.mark.parametrize("name", SURFACES)
def test_every_word_lies_within_the_picture_and_on_no_other(well_laid_out, name):
    surface = SURFACES[name]()
    theme = "dark" if name == "bowl" else "light"
    assert well_laid_out(DescentFigure(surface, race(surface), arrows=5, step=50, theme=theme))


@pytest.mark.parametrize("rate, steps", [(10.0, 5000), (1e-4, 1), (0.03, 37)])
@pytest.mark.parametrize("schedule", ["constant", "one-cycle"])
def test_also_with_other_rates_and_lengths(well_laid_out, canvas, schedule, rate, steps):
    canvas.show_surface(BOWL)
    canvas.update(race(rate=rate, count=2, steps=steps, schedule=for_steps(schedule, steps)))
    assert well_laid_out(canvas)


@pytest.mark.parametrize(
    "labels",
    [
        [f"gradient descent, rate 0.{n}" for n in range(7)],
        [f"a rate of 0.{n} with a momentum of 0.9, and more" for n in range(3)],
        ["W" * 300],
        ["two\nlines", "_hidden", "$\\frac$", "", "x_1^2", "{}", "100%"],
    ],
    ids=["seven", "three", "one", "odd"],
)
def test_long_and_odd_names_fit(well_laid_out, labels):
    assert well_laid_out(DescentFigure(BOWL, race(count=len(labels)), labels=labels))


def test_a_long_title_and_seven_racers_fit(well_laid_out):
    x = np.linspace(-1, 1, 9)
    surface = from_data(
        x, x**2 + x, feature="body mass index of the patient", target="progression of the disease"
    )
    assert well_laid_out(DescentFigure(surface, race(surface)))


def _path(values, points=None) -> Path:
    n = len(values) - 1
    points = np.zeros((n + 1, 2)) if points is None else points
    zeros = np.zeros((n, 2))
    return Path(
        Adam(), BOWL, points=points, values=values, gradients=zeros, rates=np.full(n, 0.1), memories=zeros
    )


CASES = {
    "no path": [],
    "no step": [descend(BOWL, Adam(), steps=0)],
    "one step": [descend(BOWL, Adam(), steps=1)],
    "ran away at once": [descend(BOWL, GradientDescent(learning_rate=1e6))],
    "became infinite at once": [descend(BOWL, GradientDescent(learning_rate=1.7e308))],
    "all at zero": [_path([0.0, 0.0, 0.0])],
    "negative and flat": [_path([-3.0, -3.0])],
    "infinite losses": [_path([1.0, math.inf, 2.0]), _path([-math.inf, math.nan, 0.0])],
    "nearly infinite losses": [_path([1.7e308, -1.7e308])],
    "nothing but infinities": [_path([math.inf, math.inf])],
    "tiny losses": [_path([5e-324, 1e-320])],
    "far points": [_path([1.0, 2.0], np.array([[0.0, 0.0], [1.7e308, -1.7e308]]))],
    "infinite points": [_path([1.0, 2.0], np.array([[math.nan, 0.0], [math.inf, -math.inf]]))],
    "tiny rates": [descend(BOWL, GradientDescent(learning_rate=5e-324), steps=3)],
    "a rate of zero": [
        descend(BOWL, Adam(learning_rate=0.1), steps=1, schedule=for_steps("warm-up with cosine", 20))
    ],
}


@pytest.mark.parametrize("paths", CASES.values(), ids=CASES)
def test_borderline_paths_are_drawn_without_a_warning(canvas, well_laid_out, paths):
    canvas.show_surface(BOWL)
    for step, rescale in ((None, True), (0, False), (1, True)):
        canvas.update(paths, step=step, arrows=0 if paths else None, rescale=rescale)
        assert len(shown(canvas)) == len(paths)
        canvas.encode(moving=not rescale)
    assert well_laid_out(canvas)
    for axes in (canvas.upper, canvas.lower):
        assert np.isfinite([*axes.get_xlim(), *axes.get_ylim()]).all()


@settings(max_examples=20)
@given(values=st.lists(st.floats(), min_size=1, max_size=5))
def test_any_losses_are_drawn(canvas, values):
    canvas.update([_path(values)])
    canvas.encode(moving=True)
    assert np.isfinite(canvas.upper.get_ylim()).all()


def test_a_rate_below_the_smallest_loss_is_drawn_where_it_is():
    path = descend(BOWL, GradientDescent(learning_rate=1e-20), steps=5)
    figure = DescentFigure(BOWL, [path])
    low, high = figure.lower.get_ylim()
    assert low < 1e-20 < high
    np.testing.assert_allclose(shown(figure)[0].lower.get_ydata(), 1e-20)


# -- arguments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change, kind, words",
    [
        ({"paths": 3}, TypeError, "paths must be a list of at most 7 of Path"),
        ({"paths": None}, TypeError, "paths must be a list"),
        ({"paths": [3]}, TypeError, "paths must be a list"),
        ({"paths": "ab"}, TypeError, "paths must be a list"),
        ({"paths": race(count=1, steps=1) * 8}, ValueError, "paths must be a list of at most 7"),
        ({"labels": ["a"]}, ValueError, "labels must be a list of 2 texts"),
        ({"labels": "ab"}, TypeError, "labels must be a list of 2 texts"),
        ({"labels": [1, 2]}, TypeError, "labels must be a list of 2 texts"),
        ({"labels": 5}, TypeError, "labels must be a list of 2 texts"),
        ({"step": -1}, ValueError, "step must be a whole number of 0 or more"),
        ({"step": 2.5}, ValueError, "step must be a whole number"),
        ({"step": math.nan}, ValueError, "step must be a whole number"),
        ({"step": "3"}, TypeError, "step must be a whole number"),
        ({"steps": -1}, ValueError, "steps must be a whole number of 0 or more"),
        ({"steps": []}, TypeError, "steps must be a whole number"),
        ({"arrows": 2}, ValueError, "arrows must be a whole number from 0 to 1"),
        ({"arrows": -1}, ValueError, "arrows must be a whole number from 0 to 1"),
        ({"arrows": "Adam"}, TypeError, "arrows must be a whole number from 0 to 1"),
    ],
)
def test_wrong_arguments_are_named_and_change_nothing(canvas, change, kind, words):
    good = {"paths": race(count=2), "step": 10}
    canvas.show_surface(BOWL)
    canvas.update(**good)
    before = canvas.encode()[1]
    with pytest.raises(kind, match=f"^{words}.*; received: "):
        canvas.update(**(good | change))
    assert canvas.encode()[1] == before


@pytest.mark.parametrize("surface", [None, 3, "bowl", lambda w: 0])
def test_a_surface_is_needed(canvas, surface):
    with pytest.raises(TypeError, match="surface must be a Surface, such as bowl"):
        DescentFigure(surface)
    with pytest.raises(TypeError, match="surface must be a Surface"):
        canvas.show_surface(surface)
