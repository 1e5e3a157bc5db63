"""The points of the playground: parts that share nothing, in the units of the plane."""

import numpy as np
import pytest

from bigmodel_nb.data.playground import MAKERS, QUANTITIES, REACH, UNIT, playground_points
from bigmodel_nb.data.toys import circles, moons


@pytest.mark.parametrize("name", MAKERS)
def test_points_of_every_set(name):
    points = playground_points(name, 200, share=0.6, seed=3)
    assert len(points.train[0]) == 120 and len(points.test[0]) == 80 and points.validation is None
    everything = np.concatenate([points.train[0], points.test[0]])
    assert len(np.unique(everything, axis=0)) == 200
    assert 0.5 * REACH < np.abs(everything).max() < 1.3 * REACH
    targets = np.concatenate([points.train[1], points.test[1]])
    assert points.task == ("regression" if name in QUANTITIES else "classification")
    if name not in QUANTITIES:
        assert np.bincount(targets.astype(int)).min() >= 90 - 50 * (name == "xor")
    again = playground_points(name, 200, share=0.6, seed=3)
    np.testing.assert_array_equal(again.train[0], points.train[0])
    assert (playground_points(name, 200, share=0.6, seed=4).train[0] != points.train[0]).any()


def test_they_are_the_toys_in_other_units():
    points = playground_points("circle", 100, noise=0.2, share=0.5, seed=1, validation=True)
    toys = circles(100, noise=0.2, seed=1, validation=0.25, test=0.25)
    np.testing.assert_allclose(points.train[0], UNIT * toys.train.x, rtol=1e-6)
    np.testing.assert_array_equal(points.validation[1], toys.validation.y)
    np.testing.assert_allclose(points.test[0], UNIT * toys.test.x, rtol=1e-6)
    whole = playground_points("moons", 100, noise=0.0, share=0.5, seed=1)
    plain = moons(100, noise=0.0, seed=1, validation=0.25, test=0.25)
    np.testing.assert_allclose(whole.train[0], (plain.train.x - [0.5, 0.25]) * UNIT / 1.5, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": "donut"}, "data must be one of 'circle'"),
        ({"n": 5}, "n must be a whole number from 20 to 5000"),
        ({"share": 1.0}, "share must be a number from 0.1 to 0.9"),
        ({"noise": -1}, "noise must be a number from"),
        ({"seed": -1}, "seed must be a whole number of 0 or more"),
    ],
)
def test_wrong_arguments_are_named(settings, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        playground_points(**settings)
    assert words in str(caught.value)
