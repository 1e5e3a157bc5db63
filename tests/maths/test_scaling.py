import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bigmodel_nb.maths.scaling import standardize

tables = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 8), st.integers(1, 3)),
    elements=st.floats(-1e6, 1e6).map(lambda v: round(v, 3)),
)


@given(x=tables)
def test_mean_zero_and_deviation_one(x):
    scaled = standardize(x)
    constant = x.max(axis=0) == x.min(axis=0)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(scaled.std(axis=0)[~constant], 1, rtol=1e-6)
    assert not scaled[:, constant].any()


def test_by_hand():
    assert standardize([1.0, 3.0]).tolist() == [-1, 1]
    assert standardize([[1, 10], [3, 30]]).tolist() == [[-1, -1], [1, 1]]


def test_a_constant_feature_becomes_zero_in_spite_of_rounding():
    assert standardize([0.1] * 7).tolist() == [0] * 7


def test_test_data_are_scaled_like_the_training_data():
    assert standardize([3.0, 5.0], like=[1.0, 3.0]).tolist() == [1, 3]
    assert standardize([[5.0]], like=[[1.0], [3.0]]).tolist() == [[3]]


@pytest.mark.parametrize(
    "wrong", [None, "ab", [], 3.0, [np.nan], [np.inf], [True], ["1"], np.zeros((1, 1, 1)), [1e308, -1e308]]
)
def test_arguments_are_checked(wrong):
    with pytest.raises((TypeError, ValueError), match=r"^x must be .*; received: "):
        standardize(wrong)
    if not isinstance(wrong, type(None)):
        with pytest.raises((TypeError, ValueError), match=r"^(like|x) must be .*; received: "):
            standardize([1.0, 2.0], like=wrong)


def test_both_must_have_the_same_features():
    for like in ([[1.0, 2.0]], [1.0, 2.0], [[1.0, 2.0, 3.0, 4.0]]):
        with pytest.raises(ValueError, match=r"^like must be an array with the features of x; received: "):
            standardize(np.ones((2, 3)), like=like)
