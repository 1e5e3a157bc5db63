import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bigmodel_nb.data.bundled import load_breast_cancer, load_diabetes, load_wine
from bigmodel_nb.data.dataset import Dataset
from bigmodel_nb.data.parts import PARTS, SplitDataset
from bigmodel_nb.data.splitting import counts, split


def dataset(x, y, classes=0):
    x = np.asarray(x)
    names = [str(i) for i in range(classes)] or ["quantity"]
    return Dataset(x, y, [f"f{i}" for i in range(x.shape[1])], names, "made up", "here", "CC0", "us")


def rows_of(part):
    return {row.tobytes() for row in part.x}


@st.composite
def datasets(draw):
    """Few different rows, so that many are equal; three different ones at least."""
    n = draw(st.integers(3, 60))
    x = draw(hnp.arrays(np.float64, (n, 2), elements=st.integers(-2, 2).map(float)))
    x[:3] = [[7, 7], [8, 8], [9, 9]]
    classes = draw(st.integers(0, 4))
    if not classes:
        return dataset(x, np.linspace(0, 1, n))
    return dataset(x, draw(hnp.arrays(np.int64, n, elements=st.integers(0, classes - 1))), classes)


shares = st.floats(0.01, 0.49)


@given(datasets(), shares, shares, st.integers(0, 9), st.sampled_from(["standardize", "minmax", None]))
def test_no_row_is_lost_and_none_is_in_two_parts(rows, validation, test, seed, scale):
    data = split(rows, validation=validation, test=test, seed=seed, scale=scale)
    parts = [getattr(data, name) for name in PARTS]
    assert all(len(part) for part in parts) and sum(map(len, parts)) == len(rows)
    assert not rows_of(parts[0]) & rows_of(parts[1])
    assert not rows_of(parts[0]) & rows_of(parts[2])
    assert not rows_of(parts[1]) & rows_of(parts[2])
    x = np.concatenate([part.x for part in parts]).astype(np.float64)
    x = data.scaling.undo(x) if scale else x
    y = np.concatenate([part.y for part in parts])
    found = sorted((*np.round(row, 3) + 0.0, np.float32(t)) for row, t in zip(x, y, strict=True))
    wanted = sorted((*row + 0.0, np.float32(t)) for row, t in zip(rows.x, rows.y, strict=True))
    np.testing.assert_allclose(found, wanted)


@given(datasets(), shares, shares, st.integers(0, 9))
def test_the_same_seed_gives_the_same_parts(rows, validation, test, seed):
    first, again = (split(rows, validation=validation, test=test, seed=seed) for _ in range(2))
    for name in PARTS:
        np.testing.assert_array_equal(getattr(first, name).x, getattr(again, name).x)
        np.testing.assert_array_equal(getattr(first, name).y, getattr(again, name).y)


def test_another_seed_gives_other_parts():
    first, second = (split(load_wine(), seed=seed) for seed in (0, 1))
    assert rows_of(first.test) != rows_of(second.test)


class TestScaling:
    @pytest.mark.parametrize("kind", ["standardize", "minmax"])
    def test_it_is_fitted_to_the_training_part_only(self, kind):
        """Whatever stands in the other rows, the training part comes out the same."""
        random = np.random.default_rng(0)
        x, y = random.normal(size=(40, 3)), np.arange(40.0)
        before = split(dataset(x, y), scale=kind)
        trained = np.isin(np.arange(40), before.train.y.astype(int))
        x[~trained] = 1e6 * random.normal(size=(np.sum(~trained), 3))
        after = split(dataset(x, y), scale=kind)
        np.testing.assert_array_equal(after.train.y, before.train.y)
        np.testing.assert_array_equal(after.train.x, before.train.x)
        np.testing.assert_array_equal(after.scaling.shift, before.scaling.shift)
        assert np.abs(after.test.x).max() > 1e4

    @pytest.mark.parametrize(
        ("kind", "theirs"), [("standardize", "StandardScaler"), ("minmax", "MinMaxScaler")]
    )
    def test_against_scikit_learn(self, kind, theirs):
        from sklearn import preprocessing

        raw, scaled = split(load_breast_cancer(), scale=None), split(load_breast_cancer(), scale=kind)
        scaler = getattr(preprocessing, theirs)().fit(scaled.scaling.undo(scaled.train.x))
        for name in PARTS:
            x = getattr(raw, name).x.astype(np.float64)
            np.testing.assert_allclose(getattr(scaled, name).x, scaler.transform(x), rtol=1e-3, atol=1e-4)
        assert raw.scaling is None and scaled.scaling.kind == kind


class TestClasses:
    def test_every_part_has_the_same_proportions(self):
        data = split(load_breast_cancer(), validation=0.2, test=0.2)
        for part in data.train, data.validation, data.test:
            assert part.y.mean() == pytest.approx(load_breast_cancer().y.mean(), abs=0.01)

    def test_rounding_does_not_add_up(self):
        """100 classes of 10 rows, 15 % each: neither 1 nor 2 of every class, but 150 in all."""
        y = np.repeat(np.arange(100), 10)
        data = split(dataset(np.arange(1000.0)[:, None], y, 100))
        assert [len(data.train), len(data.validation), len(data.test)] == [700, 150, 150]
        assert set(np.bincount(data.test.y)) == {1, 2}

    @given(shares, shares)
    def test_training_knows_every_class_where_rows_suffice(self, validation, test):
        y = np.arange(30) % 5
        data = split(dataset(np.arange(30.0)[:, None], y, 5), validation=validation, test=test)
        assert set(data.train.y) == set(y)

    def test_without_stratification_they_vary(self):
        y = np.repeat([0, 1], 100)
        rows = dataset(np.arange(200.0)[:, None], y, 2)
        found = {split(rows, seed=seed, stratify=False).test.y.sum() for seed in range(10)}
        assert len(found) > 2
        assert {split(rows, seed=seed).test.y.sum() for seed in range(10)} == {15}

    def test_quantities_are_not_classes(self):
        data = split(load_diabetes())
        assert data.task == "regression" and data.train.y.dtype == np.float32


class TestDuplicates:
    def test_without_the_guard_they_straddle(self):
        """The leak that is prevented: shown, so that the test above could fail."""
        x = np.repeat(np.arange(20.0), 5)[:, None]
        data = split(dataset(x, np.zeros(100)), deduplicate=False, scale=None)
        assert rows_of(data.train) & rows_of(data.test)
        data = split(dataset(x, np.zeros(100)), scale=None)
        assert not rows_of(data.train) & rows_of(data.test)

    def test_zero_equals_minus_zero(self):
        x = np.array([[0.0], [-0.0]] * 10 + [[1.0], [2.0]])
        data = split(dataset(x, np.arange(22.0)), scale=None)
        assert len({name for name in PARTS if (getattr(data, name).x == 0).any()}) == 1


@pytest.mark.parametrize("change", [
    {"validation": 0}, {"validation": 1}, {"validation": -0.1}, {"validation": "a"}, {"test": None},
    {"test": 0.9, "validation": 0.2}, {"test": float("nan")}, {"seed": -1}, {"seed": None}, {"seed": 0.5},
    {"scale": "standardise"}, {"scale": 3}, {"stratify": 1}, {"deduplicate": None},
])  # fmt: skip
def test_arguments_are_checked(change):
    name = next(iter(change))
    with pytest.raises((TypeError, ValueError), match=rf"^{name} must be .*; received: "):
        split(load_wine(), **change)


@pytest.mark.parametrize("wrong", [None, "digits", np.zeros((3, 2)), load_wine])
def test_only_data_sets_are_split(wrong):
    with pytest.raises(TypeError, match=r"^dataset must be a Dataset; received: "):
        split(wrong)


def test_two_different_rows_are_too_few():
    with pytest.raises(ValueError, match=r"^dataset must be one with at least three different rows; "):
        split(dataset([[1.0], [2.0], [2.0], [1.0]], [0.0, 1.0, 2.0, 3.0]))


def test_three_rows_are_enough():
    data = split(dataset([[1.0], [2.0], [3.0]], [0, 0, 0], 1), validation=0.01, test=0.6)
    assert [len(getattr(data, name)) for name in PARTS] == [1, 1, 1]


@given(st.integers(3, 10_000), shares, shares)
def test_counts_add_up(n, validation, test):
    found = counts(n, (validation, test))
    assert sum(found) == n and min(found) >= 1


@given(hnp.arrays(np.float64, (6, 2), elements=st.floats(allow_nan=False, allow_infinity=False)))
def test_any_finite_rows_are_split_or_refused_with_a_sentence(x):
    for scale in "standardize", "minmax", None:
        try:
            data = split(dataset(x, np.zeros(6)), scale=scale)
        except ValueError as error:
            assert re.match(r"^(x|dataset) must be .*; received: ", str(error))
        else:
            assert isinstance(data, SplitDataset) and np.isfinite(data.train.x).all()


def test_what_it_says_of_itself():
    data = split(load_wine())
    assert (data.name, data.source, data.license) == ("wine", load_wine().source, load_wine().license)
    assert "training part only" in " ".join(data.notes)
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.train = data.test
