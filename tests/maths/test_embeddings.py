"""Neighbors by cosine and the plane of largest variance, against their definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from bigmodel_nb.maths.embeddings import neighbors, plane

TABLES = arrays(
    np.float64, array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.floats(-100, 100, width=32)
)


def test_neighbors_point_the_same_way_whatever_their_length():
    table = [[1, 0], [0, 5], [10, 1], [-3, 0], [0, 0]]
    numbers, cosines = neighbors(table, 0)
    assert numbers.tolist() == [2, 1, 4, 3]
    np.testing.assert_allclose(cosines, [10 / np.hypot(10, 1), 0, 0, -1])
    assert neighbors(table, 2, 1)[0].tolist() == [0]


@given(TABLES, st.data())
def test_cosines_fall_and_the_row_itself_is_left_out(table, data):
    row = data.draw(st.integers(0, len(table) - 1))
    numbers, cosines = neighbors(table, row, 5)
    assert len(numbers) == min(5, len(table) - 1) and row not in numbers
    assert (np.diff(cosines) <= 0).all() and (np.abs(cosines) <= 1).all()


@given(TABLES)
def test_the_plane_keeps_as_much_variance_as_any(table):
    flat = plane(table)
    centered = table - table.mean(axis=0)
    values = np.linalg.eigvalsh(centered.T @ centered)[::-1]
    wanted = np.zeros(2)
    wanted[: min(2, len(values))] = values[:2]
    scale = max(values.sum(), 1e-9)
    np.testing.assert_allclose((flat.points**2).sum(axis=0) / scale, wanted / scale, atol=1e-6)
    assert flat.points.shape == (len(table), 2) and flat.shares.sum() <= 1 + 1e-9


def test_the_plane_of_points_in_a_plane_keeps_their_distances():
    random = np.random.default_rng(0)
    points = random.normal(size=(20, 2))
    turned = points @ np.linalg.qr(random.normal(size=(5, 5)))[0][:2]
    flat = plane(turned + 3)
    apart = np.linalg.norm(points[:, None] - points, axis=-1)
    np.testing.assert_allclose(np.linalg.norm(flat.points[:, None] - flat.points, axis=-1), apart, atol=1e-9)
    np.testing.assert_allclose(flat.shares.sum(), 1)
    np.testing.assert_allclose(plane(np.ascontiguousarray(turned)).points, flat.points, atol=1e-9)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"table": [1.0, 2.0]}, "table must be an array of shape"),
        ({"table": [[np.nan]]}, "nan at index"),
        ({"row": 2}, "row must be a whole number from 0 to 1"),
        ({"count": 0}, "count must be"),
    ],
)
def test_a_wrong_value_is_named(wrong, error):
    with pytest.raises(ValueError, match=error):
        neighbors(**{"table": np.eye(2), "row": 0, **wrong})
