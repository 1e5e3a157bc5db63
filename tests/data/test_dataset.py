import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bigmodel_nb.data.dataset import Dataset


def made(**change):
    parts = {
        "x": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "y": [0, 1, 1], "feature_names": ["height", "weight"],
        "target_names": ["cat", "dog"], "name": "pets", "source": "here", "license": "CC0", "citation": "us",
    }  # fmt: skip
    return Dataset(**{**parts, **change})


def test_a_data_set_of_ones_own():
    pets = made()
    assert len(pets) == 3 and pets.x.shape == (3, 2) and pets.y.tolist() == [0, 1, 1]
    assert pets.feature_names == ("height", "weight") and pets.target_names == ("cat", "dog")
    assert pets.column("weight").tolist() == [2, 4, 6]


def test_arrays_are_copies_and_read_only():
    x = np.ones((3, 2))
    pets = made(x=x)
    x[:] = 9
    assert pets.x.tolist() == [[1, 1]] * 3
    for array in (pets.x, pets.y, pets.column("height")):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        pets.x = x


def test_precision_is_kept():
    assert made(x=np.ones((3, 2), np.float32)).x.dtype == np.float32
    assert made(y=np.array([0, 1, 1], np.uint8)).y.dtype == np.int64
    assert made(y=[0.5, 1.5, 9.0], target_names=["age"]).y.dtype == np.float64


@given(x=hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)))
def test_any_array_is_taken_or_refused_with_a_sentence(x):
    names = [f"f{i}" for i in range(x.shape[1] if x.ndim == 2 else 1)]
    try:
        taken = made(x=x, y=np.zeros(len(x) if x.ndim else 1), feature_names=names, target_names=["t"])
    except (TypeError, ValueError) as error:
        assert re.match(r"^[xy] must be .*; received: ", str(error))
    else:
        np.testing.assert_array_equal(taken.x, x)
        assert np.isfinite(taken.x).all()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *[("x", value) for value in (None, "ab", 3.0, [], [[]], [1.0, 2.0], [["a", "b"]] * 3,
                                     [[1.0], [1.0, 2.0]],
                                     [[np.nan, 1.0]] * 3, [[np.inf, 1.0]] * 3, [[True, False]] * 3,
                                     np.zeros((3, 0)),
                                     [[1j, 2j]] * 3, {}, [[None, 1.0]] * 3)],
        *[("y", value) for value in (None, "abc", 3.0, [], [0, 1], [[0], [1], [1]], ["a", "b", "c"],
                                     [0, np.nan, 1.0],
                                     [True, False, True], {})],
        *[("feature_names", value) for value in (None, "ab", 3, [], ["a"], ["a", "b", "c"],
                                                 ["a", 1], ["a", None])],
        *[("target_names", value) for value in (None, "ab", 3, [], ["a"], [0, 1])],
        *[(name, value) for name in ("name", "source", "license", "citation")
          for value in (None, 3, b"a", ["a"])],
    ],
)  # fmt: skip
def test_everything_is_checked(name, wrong):
    with pytest.raises((TypeError, ValueError), match=rf"^{name} must be .*; received: "):
        made(**{name: wrong})


def test_classes_are_numbered_from_zero():
    with pytest.raises(
        ValueError, match=r"^target_names must be one name for each class from 0 to 2; received: "
    ):
        made(y=[0, 1, 2])
    with pytest.raises(ValueError, match=r"^y must be classes numbered from 0"):
        made(y=[-1, 0, 1])


@pytest.mark.parametrize("wrong", [None, 3, "hieght", "", b"height", ["height"]])
def test_a_column_is_asked_for_by_name(wrong):
    with pytest.raises((TypeError, ValueError), match=r"^name must be .*; received: "):
        made().column(wrong)


@given(st.lists(st.text(max_size=5), min_size=2, max_size=2))
def test_names_are_kept_as_they_are(names):
    assert made(feature_names=names).feature_names == tuple(names)
