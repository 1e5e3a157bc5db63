import numpy as np
import pytest

from bigmodel_nb.maths.noise_ball import noise_radius
from bigmodel_nb.maths.regression import BatchPath, Problem, train

PROBLEM = Problem(np.linspace(-1, 1, 100), np.sin(40 * np.linspace(-1, 1, 100)))
MINIMUM = tuple(PROBLEM._best)


def walked(points, examples=None):
    points = np.asarray(points, dtype=float)
    seen = np.arange(len(points)) if examples is None else examples
    losses = np.ones(len(points))
    return BatchPath(PROBLEM, 1, points, seen, losses, np.ones(len(points) - 1))


def circle(center, radius, count=300):
    angle = np.arange(count)
    return np.array(center) + radius * np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def test_the_radius_of_a_circle_is_its_radius():
    assert noise_radius(walked(circle((3.0, -1.0), 0.5)), (3.0, -1.0)) == pytest.approx(0.5)


def test_only_the_last_part_counts():
    points = circle((0.0, 0.0), 2.0)
    points[:150] = 50.0
    assert noise_radius(walked(points), (0, 0)) == pytest.approx(2.0)
    assert noise_radius(walked(points), (0, 0), last=0.6) != pytest.approx(2.0, rel=0.1)


def test_a_cloud_beside_the_minimum_is_still_on_its_way():
    assert noise_radius(walked(circle((3.0, 0.0), 1.0)), (0, 0)) is None


def test_it_grows_with_the_rate_and_shrinks_with_the_batch():
    def radius(rate, batch_size):
        path = train(PROBLEM, batch_size=batch_size, learning_rate=rate, examples=20000)
        return noise_radius(path, MINIMUM)

    assert radius(0.01, 1) < 0.7 * radius(0.04, 1)
    assert radius(0.04, 25) < 0.7 * radius(0.04, 1)


def test_none_where_there_is_no_ball():
    assert noise_radius(train(PROBLEM, learning_rate=1e300), MINIMUM) is None  # ran away
    assert noise_radius(train(PROBLEM, examples=0), MINIMUM) is None  # never left
    assert noise_radius(train(PROBLEM, learning_rate=0.01, examples=1000), MINIMUM) is None  # on its way


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *[
            ("minimum", (walked(np.ones((3, 2))), value))
            for value in (None, 3.0, (1,), (np.nan, 1), "ab", (True, 1))
        ],
        *[
            ("last", (walked(np.ones((3, 2))), (0, 0), value))
            for value in (0, -1, 1.1, None, "1", np.nan, True)
        ],
        *[("path", (value, (0, 0))) for value in (None, "path", [1, 2])],
    ],
)
def test_arguments_are_checked(name, arguments):
    with pytest.raises((TypeError, ValueError), match=rf"^{name} must be .*; received: "):
        noise_radius(*arguments)


def test_a_path_over_more_than_two_weights_needs_a_minimum_of_its_own():
    path = train(Problem(np.eye(3), np.ones(3)), batch_size=1)
    with pytest.raises(ValueError, match=r"^path must be .*; received: "):
        noise_radius(path, (0, 0))
