import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.data import toys
from bigmodel_nb.data.parts import PARTS

CLASSES = ("moons", "circles", "xor", "spirals", "gaussians")
QUIET = {"gaussians": 0.001}  # all others can be made without noise
NAMES = (*CLASSES, "plane", "multi_gaussian")


def all_of(data):
    """All points (n, 2) and targets (n,), in the order of their coordinates."""
    x, y = (np.concatenate([getattr(getattr(data, part), letter) for part in PARTS]) for letter in "xy")
    order = np.lexsort(np.round(x, 4).T)
    return x[order], y[order]


@pytest.mark.parametrize("name", ["moons", "circles"])
@pytest.mark.parametrize("n", [10, 51, 200])
def test_against_scikit_learn(name, n):
    from sklearn import datasets

    x, y = all_of(getattr(toys, name)(n, noise=0))
    options = {"factor": 0.5} if name == "circles" else {}
    wanted, labels = getattr(datasets, f"make_{name}")(n, shuffle=False, noise=None, **options)
    order = np.lexsort(np.round(wanted.astype(np.float32), 4).T)
    np.testing.assert_allclose(x, wanted[order], atol=1e-6)
    np.testing.assert_array_equal(y, labels[order])


@pytest.mark.parametrize("name", NAMES)
class TestEach:
    def test_it_is_made_once_and_by_its_seed(self, name):
        make = getattr(toys, name)
        assert make(seed=3) is make(seed=3)
        again = toys._made.__wrapped__(
            getattr(toys, f"_{name}"), 500, 0.1, 3, 2 * (name in CLASSES), 0.15, 0.15
        )
        np.testing.assert_array_equal(again.train.x, make(noise=0.1, seed=3).train.x)
        assert not np.array_equal(make(seed=3).train.x, make(seed=4).train.x)

    def test_no_point_is_in_two_parts(self, name):
        data = getattr(toys, name)(1000, noise=QUIET.get(name, 0))
        assert sum(len(getattr(data, part)) for part in PARTS) == 1000
        points = [{point.tobytes() for point in getattr(data, part).x} for part in PARTS]
        assert not points[0] & points[1] and not points[0] & points[2] and not points[1] & points[2]

    def test_coordinates_are_moderate(self, name):
        x, _ = all_of(getattr(toys, name)(noise=QUIET.get(name, 0)))
        assert np.abs(x).max() <= (2 if name == "moons" else 1.0601) and np.abs(x).max() > 0.4

    def test_noise_is_its_standard_deviation(self, name):
        quiet, loud = (getattr(toys, name)(4000, noise=noise, seed=5) for noise in (QUIET.get(name, 0), 0.3))
        (x, y), (noisy_x, noisy_y) = (
            tuple(np.concatenate([getattr(getattr(data, part), letter) for part in PARTS]) for letter in "xy")
            for data in (quiet, loud)
        )
        moved = noisy_x - x if name in CLASSES else noisy_y - y
        assert moved.std() == pytest.approx(0.3, rel=0.05)

    @pytest.mark.parametrize("change", [
        {"n": 0}, {"n": 9}, {"n": 10.5}, {"n": "100"}, {"n": []}, {"n": 10**9}, {"noise": -0.1},
        {"noise": None}, {"noise": float("inf")}, {"seed": -1}, {"seed": None}, {"test": []}, {"test": 0},
    ])  # fmt: skip
    def test_arguments_are_checked(self, name, change):
        with pytest.raises((TypeError, ValueError), match=rf"^{next(iter(change))} must be .*; received: "):
            getattr(toys, name)(**change)


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_balanced(name):
    data = getattr(toys, name)(1000)
    assert data.num_classes == 2 and data.task == "classification"
    for part in PARTS:
        assert getattr(data, part).y.mean() == pytest.approx(0.5, abs=0.06 if name == "xor" else 0.01)


@pytest.mark.parametrize("make", [toys.spirals, toys.gaussians])
@given(classes=st.integers(2, 10), n=st.integers(30, 90))
@settings(max_examples=20)
def test_as_many_classes_as_wanted(make, classes, n):
    _, y = all_of(make(n, classes=classes))
    assert np.ptp(np.bincount(y, minlength=classes)) <= 1 and len(np.unique(y)) == classes


def test_clouds_are_no_points():
    with pytest.raises(ValueError, match=r"^noise must be a number from 0\.001 to 10; received: 0$"):
        toys.gaussians(noise=0)


@pytest.mark.parametrize("make", [toys.spirals, toys.gaussians])
@pytest.mark.parametrize("wrong", [1, 11, 2.5, None, "2"])
def test_classes_are_checked(make, wrong):
    with pytest.raises((TypeError, ValueError), match=r"^classes must be .*; received: "):
        make(classes=wrong)


def test_xor_is_the_sign_of_the_product():
    x, y = all_of(toys.xor(noise=0))
    np.testing.assert_array_equal(y, x[:, 0] * x[:, 1] > 0)


def test_spirals_are_wound_around_one_another():
    x, y = all_of(toys.spirals(noise=0))
    radius = np.linalg.norm(x, axis=1)
    angle = np.arctan2(x[:, 0], x[:, 1]) - 2 * np.pi * (1.75 * radius + y / 2)
    np.testing.assert_allclose(np.exp(1j * angle), 1, atol=1e-4)


def test_the_plane_is_a_plane():
    x, y = all_of(toys.plane(noise=0))
    np.testing.assert_allclose(y, (x[:, 0] + x[:, 1]) / 2, atol=1e-6)


def test_hills_and_hollows():
    x, y = all_of(toys.multi_gaussian(20_000, noise=0))
    for column, row, sign in toys.HILLS:
        near = np.linalg.norm(x - [column, row], axis=1)
        assert y[near.argmin()] * sign == pytest.approx(1 - near.min() / toys.REACH, abs=1e-5)
    far = np.linalg.norm(x[:, None] - toys.HILLS[:, :2], axis=2).min(axis=1) > toys.REACH
    assert far.any() and (y[far] == 0).all()


@given(
    st.one_of(st.none(), st.text(), st.floats(), st.lists(st.integers()), st.booleans(), st.integers(-9, 9))
)
def test_whatever_is_handed_in_as_n(wrong):
    with pytest.raises((TypeError, ValueError)) as caught:
        toys.moons(wrong if not (isinstance(wrong, float) and 10 <= wrong <= toys.MOST) else -1)
    assert re.match(r"^n must be .*; received: ", str(caught.value))
