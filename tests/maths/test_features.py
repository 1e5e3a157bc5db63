"""Features of points in the plane."""

import numpy as np
import pytest

from bigmodel_nb.maths.features import FEATURES, checked_inputs, features, plane

POINTS = np.array([[1.0, 2.0], [-3.0, 0.5]])


def test_each_feature_is_its_name():
    x1, x2 = POINTS.T
    for name in FEATURES:
        code = name.replace("^", "**").replace("x1 x2", "x1 * x2").replace("sin x", "np.sin(x")
        wanted = eval(code + ")" * code.count("("), {"np": np, "x1": x1, "x2": x2})
        np.testing.assert_allclose(features(POINTS, [name])[:, 0], wanted)


def test_they_stand_in_one_order_whatever_is_asked():
    assert checked_inputs(["sin x1", "x1", "x1"]) == ["x1", "sin x1"]
    np.testing.assert_array_equal(features(POINTS, ["x2", "x1"]), POINTS)


def test_the_plane_is_read_from_its_upper_left_corner():
    cells = plane(6.0, 4)
    assert cells.shape == (16, 2) and cells[0].tolist() == [-4.5, 4.5] and cells[-1].tolist() == [4.5, -4.5]
    assert cells[1].tolist() == [-1.5, 4.5]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: features(POINTS, []), "inputs must be at least one of x1, x2"),
        (lambda: features(POINTS, ["x3"]), "inputs must be one of 'x1'"),
        (lambda: features(np.ones((4, 3)), ["x1"]), "points must be an array of finite numbers of shape"),
        (lambda: features("ab", ["x1"]), "points must be"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_named(call, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert words in str(caught.value)
