"""The picture of the playground: every unit's map, lines by weight, points, curves; drawn in place."""

import numpy as np
import pytest

from bigmodel_nb.figures.playground import MOST_POINTS, PlaygroundFigure
from bigmodel_nb.figures.shades import shade_table, shaded, smooth
from bigmodel_nb.figures.theme import DARK, LIGHT
from bigmodel_nb.maths.experiment import Experiment
from bigmodel_nb.maths.features import features
from bigmodel_nb.maths.neurons import Network
from bigmodel_nb.maths.optimizers import GradientDescent

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.uniform(-5, 5, (60, 2)), RANDOM.integers(0, 2, 60).astype(float)
INPUTS = ["x1", "x2"]


def trial(hidden=(3, 2), inputs=INPUTS, quantities=False, epochs=4):
    loss = "squared error" if quantities else "binary cross-entropy"
    start = Network.initial([len(inputs), *hidden, 1], activation="tanh", loss=loss, seed=1)
    y = X[:, 0] / 5 if quantities else Y
    pair = features(X, inputs), y
    made = Experiment(start, pair, pair, batch_size=10, optimizer=GradientDescent(0.1))
    made.run(epochs)
    return made, (X[:30], y[:30]), (X[30:], y[30:])


def drawn(figure) -> np.ndarray:
    figure.encode()
    return np.asarray(figure.canvas.buffer_rgba()).copy()


def test_colors_run_from_one_end_through_the_ground_to_the_other():
    for theme in (LIGHT, DARK):
        table = shade_table(theme).astype(int)
        ground = np.array([int(theme.panel[place : place + 2], 16) for place in (1, 3, 5)])
        assert np.abs(table[127:129, :3] - ground).max() <= 2 and (table[:, 3] == 255).all()
        far = np.abs(table[:, :3] - ground).sum(axis=1)
        assert (np.diff(far[128:]) >= 0).all() and (np.diff(far[:128]) <= 0).all()
        np.testing.assert_array_equal(shaded(np.array([-5.0, -1, 1, 5]), table), table[[0, 0, 255, 255]])
        assert (shaded(np.array([np.nan, 0.0]), table)[0] == shaded(np.array([0.0]), table)[0]).all()
    grown = smooth(np.array([[0.0, 1.0], [0.0, 1.0]]), 8)
    assert grown.shape == (8, 8) and (np.diff(grown[0]) >= 0).all() and grown[0, 0] == 0 and grown[0, -1] == 1


def test_every_unit_has_its_map_and_every_weight_its_line():
    made, train, test = trial()
    figure = PlaygroundFigure(made, INPUTS, train, test, unit=(0, 2), weight=(0, 1, 2))
    assert len(figure.net._tiles.tiles) == 2 + 3 + 2
    lines = [len(links.get_segments()) for links in figure.net._links.values()]
    weights = np.concatenate([W.ravel() for W in made.network.parameters[::2]])
    assert lines == [int((weights >= 0).sum()), int((weights < 0).sum())] and sum(lines) == 6 + 6 + 2
    widths = np.concatenate([links.get_linewidths() for links in figure.net._links.values()])
    assert widths.max() == pytest.approx(0.4 + 3.0 * min(np.abs(weights).max() / 4, 1))
    assert figure._title.get_text() == "layer 1, unit 3 after 4 epochs"
    assert len(figure.net._marked.get_xdata()) == 2


def test_points_are_told_apart_by_class_and_part():
    made, train, test = trial()
    figure = PlaygroundFigure(made, INPUTS, train, test)
    counts = [len(line.get_xdata()) for line in figure._points]
    assert counts == [int((y == kind).sum()) for y in (train[1], test[1]) for kind in (0, 1)]
    assert [line.get_marker() for line in figure._points] == ["o", "s", "o", "s"]
    figure.update(made, INPUTS, train, test, show_test=False)
    assert [len(line.get_xdata()) for line in figure._points[2:]] == [0, 0]
    made, train, test = trial(quantities=True)
    figure.update(made, INPUTS, train, test)
    assert sum(len(line.get_xdata()) for line in figure._points) == 0
    assert len(figure._quantities[0].get_offsets()) == 30


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_place_is_as_from_scratch(theme):
    first, train, test = trial()
    figure = PlaygroundFigure(first, INPUTS, train, test, theme=theme)
    names = ["x1", "x2^2", "sin x2"]
    other, *_parts = trial((8,) * 6, names, epochs=2)
    settings = {"unit": "x2^2", "discretize": True, "earlier": [first.test_losses]}
    figure.update(other, names, train, test, **settings)
    np.testing.assert_array_equal(
        drawn(figure), drawn(PlaygroundFigure(other, names, train, test, theme=theme, **settings))
    )
    figure.update(first, INPUTS, train, test)
    np.testing.assert_array_equal(
        drawn(figure), drawn(PlaygroundFigure(first, INPUTS, train, test, theme=theme))
    )


def test_limits_stay_while_it_moves_until_the_curve_no_longer_fits():
    made, train, test = trial(epochs=3)
    figure = PlaygroundFigure(made, INPUTS, train, test)
    assert figure.curves.get_xlim() == (0, 10)
    made.run(5)
    figure.update(made, INPUTS, train, test, rescale=False)
    assert figure.curves.get_xlim() == (0, 10) and len(figure._lines[0].get_xdata()) == 9
    made.run(5)
    figure.update(made, INPUTS, train, test, rescale=False)
    assert figure.curves.get_xlim() == (0, 20)
    fresh, *_parts = trial(epochs=1)
    figure.update(fresh, INPUTS, train, test, rescale=False)
    assert figure.curves.get_xlim() == (0, 20)
    figure.update(fresh, INPUTS, train, test)
    assert figure.curves.get_xlim() == (0, 10)


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    made, train, test = trial()
    made.train_losses = list(np.linspace(1, 0.1, 5001))
    made.test_losses = made.train_losses
    figure = PlaygroundFigure(made, INPUTS, train, test)
    across, up = figure._lines[0].get_data()
    assert len(across) <= MOST_POINTS + 1 and (across[0], across[-1]) == (0, 5000) and up[-1] == 0.1


@pytest.mark.parametrize("unit", ["x9", (0, 9), (2, 0), 3, None, (0, 1, 2)])
def test_units_that_are_not_there_are_refused(unit):
    made, train, test = trial()
    with pytest.raises((ValueError, TypeError), match=r"^unit must be .*; received: "):
        PlaygroundFigure(made, INPUTS, train, test, unit=unit)
