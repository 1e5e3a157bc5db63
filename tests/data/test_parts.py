import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from bigmodel_nb import data as package
from bigmodel_nb.data.parts import Part, SplitDataset
from bigmodel_nb.data.real import digits
from bigmodel_nb.data.scaling import Scaling


def part(n=4, width=2, classes=True, seed=0):
    random = np.random.default_rng(seed)
    return Part(random.normal(size=(n, width)), np.arange(n) % 2 if classes else random.normal(size=n))


def made(**change):
    fields = {
        "train": part(), "validation": part(2), "test": part(3), "name": "pets", "task": "classification",
        "feature_names": ["height", "weight"], "target_names": ["cat", "dog"], "source": "here",
        "license": "CC0", "citation": "us", "notes": ["made up"],
    }  # fmt: skip
    return SplitDataset(**{**fields, **change})


def test_a_part_is_taken_apart():
    ours = part(5)
    x, y = ours
    assert x is ours.x and y is ours.y and len(ours) == 5
    assert (x.dtype, y.dtype) == (np.float32, np.int32)
    assert repr(ours) == "Part(x (5, 2) float32, y (5,) int32)"


def test_tokens_stay_whole_numbers():
    ours = Part(np.zeros((3, 7), np.uint8), np.ones((3, 7), np.int64))
    assert ours.x.dtype == ours.y.dtype == np.int32


def test_a_part_is_a_copy_that_nobody_can_change():
    x, y = np.ones((3, 2), np.float32), np.zeros(3, np.int32)
    ours = Part(x, y)
    x[:], y[:] = 9, 9
    assert ours.x.max() == 1 and ours.y.max() == 0
    for array in ours:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        ours.x = x


def test_a_read_only_view_of_what_can_change_is_copied():
    x = np.ones((3, 2), np.float32)
    view = x[:]
    view.flags.writeable = False
    ours = Part(view, np.zeros(3))
    x[:] = 9
    assert ours.x.max() == 1


@given(hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)))
def test_any_array_is_taken_or_refused_with_a_sentence(x):
    try:
        ours = Part(x, np.zeros(len(x) if x.ndim else 1))
    except (TypeError, ValueError) as error:
        assert re.match(r"^x must be .*; received: ", str(error))
    else:
        assert np.isfinite(ours.x).all() and ours.x.dtype in (np.float32, np.int32)
        np.testing.assert_allclose(ours.x, x, rtol=1e-6, atol=1e-30)


@pytest.mark.parametrize("wrong", [
    None, "ab", 3.0, [], [[]], ["a"], [[1.0], [1.0, 2.0]], [np.nan], [np.inf], [1e39], [2**31], [-(2**40)],
    [True], [1j], {}, [None],
])  # fmt: skip
def test_what_a_part_refuses(wrong):
    for name, x, y in (("x", wrong, [0.0]), ("y", [0.0], wrong)):
        with pytest.raises((TypeError, ValueError), match=rf"^{name} must be .*; received: "):
            Part(x, y)


def test_a_part_needs_one_target_for_each_example():
    with pytest.raises(
        ValueError, match=r"^y must be one target for each of the 3 examples of x; received: "
    ):
        Part(np.ones((3, 1)), np.ones(2))


def test_what_a_data_set_says():
    ours = made()
    assert ours.num_classes == 2 and ours.input_shape == (2,)
    assert ours.notes == ("made up",)
    assert repr(ours) == (
        "SplitDataset('pets', classification, input_shape=(2,), train 4, validation 2, test 3)"
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        ours.train = part()


def test_quantities_have_no_classes():
    parts = {name: part(classes=False) for name in ("train", "validation", "test")}
    ours = made(**parts, task="regression", target_names=["age"])
    assert not hasattr(ours, "num_classes")
    with pytest.raises(AttributeError, match="pets has quantities"):
        ours.num_classes  # noqa: B018


@pytest.mark.parametrize(("name", "wrong"), [
    ("train", None), ("validation", (1, 2)), ("test", np.ones(3)),
    ("validation", part(width=3)), ("test", part(classes=False)), ("test", Part([[1, 2]], [0])),
    ("test", Part([[1.0, 2.0]], [2])), ("train", Part([[1.0, 2.0]], [-1])),
    ("name", 3), ("source", None), ("license", b"a"), ("citation", []),
    ("task", "clustering"), ("task", None), ("task", "regression"), ("task", "forecast"),
    ("feature_names", "ab"), ("feature_names", ["a"]), ("feature_names", None), ("target_names", "cat"),
    ("notes", "made up"), ("notes", [3]), ("scaling", 3), ("target_scaling", "minmax"),
])  # fmt: skip
def test_everything_is_checked(name, wrong):
    with pytest.raises((TypeError, ValueError), match=rf"^{name} must be .*; received: "):
        made(**{name: wrong})


def test_a_task_of_classes_wants_classes():
    parts = {name: part(classes=False) for name in ("train", "validation", "test")}
    with pytest.raises(ValueError, match=r"^task must be"):
        made(**parts, target_names=["age"])


class TestScaling:
    def test_there_and_back(self):
        scaling = Scaling("standardize", np.array([1.0, 2.0]), np.array([2.0, 4.0]))
        np.testing.assert_array_equal(scaling.apply([[3, 10]]), [[1, 2]])
        np.testing.assert_array_equal(scaling.undo([[1, 2]]), [[3, 10]])

    @pytest.mark.parametrize("kind", ["standardize", "minmax"])
    @pytest.mark.parametrize("value", [0.0, 0.1, 1e15, -1e-300])
    def test_a_constant_column_becomes_zero(self, kind, value):
        scaling = package.fit_scaling(np.full((7, 1), value), kind)
        assert (scaling.apply(np.full((7, 1), value)) == 0).all()
        assert scaling.factor == 1

    def test_rounding_errors_are_no_spread(self):
        column = np.array([[0.3], [0.1 + 0.2], [0.3]])
        assert np.ptp(column) > 0
        for kind in "standardize", "minmax":
            assert package.fit_scaling(column, kind).factor == 1

    def test_small_and_large_spreads(self):
        for size in (1e-300, 1e-160, 1e150, 1e300):
            scaled = package.fit_scaling(size * np.arange(5.0)[:, None], "standardize")
            assert scaled.apply(size * np.arange(5.0)[:, None]).std() == pytest.approx(1)

    @pytest.mark.parametrize(("field", "wrong"), [
        ("kind", "robust"), ("shift", [np.nan]), ("factor", [0.0]), ("factor", [-1.0]), ("factor", [np.inf]),
    ])  # fmt: skip
    def test_it_is_checked(self, field, wrong):
        with pytest.raises(ValueError, match="must be"):
            Scaling(**{"kind": "minmax", "shift": [0.0], "factor": [1.0], field: wrong})

    @pytest.mark.parametrize("wrong", [None, [], [1.0], [["a"]], [[np.nan]], [[-1.7e308], [1.7e308]]])
    def test_it_is_fitted_to_finite_rows(self, wrong):
        with pytest.raises((TypeError, ValueError), match=r"^x must be .*; received: "):
            package.fit_scaling(wrong, "standardize")


class TestPackage:
    def test_every_name_is_offered(self):
        for name, module in package._MODULE_OF.items():
            assert getattr(package, name) is getattr(getattr(package, module), name)
            assert name in dir(package)

    def test_no_name_is_that_of_a_module(self):
        """Once a module is loaded, its name in the package is the module."""
        assert not set(package._MODULE_OF) & set(package._OFFERED)

    def test_every_module_is_named(self, root):
        files = {path.stem for path in (root / "bigmodel_nb" / "data").glob("*.py")} - {"__init__"}
        assert files == set(package._OFFERED)
        for name in files:
            assert re.search(rf"^    {name}\s", package.__doc__, re.MULTILINE), name

    def test_an_unknown_name_is_an_attribute_error(self):
        with pytest.raises(AttributeError, match=r"module 'bigmodel_nb\.data' has no attribute 'nonsense'"):
            package.nonsense  # noqa: B018

    def test_data_sets_load_nothing_heavy(self, python):
        done = python(
            "import sys\n"
            "from bigmodel_nb import data\n"
            "assert 'numpy' not in sys.modules\n"
            "data.digits(), data.wine(), data.moons(), data.glyphs(30), data.mackey_glass(n=500)\n"
            "data.reversal(30), data.photograph()\n"
            "heavy = {'sklearn', 'scipy', 'pandas', 'tensorflow', 'keras', 'matplotlib', 'ipywidgets'}\n"
            "print(sorted(heavy & set(sys.modules)))"
        )
        assert done.stdout.strip() == "[]"


def test_digits_are_a_data_set():
    assert isinstance(digits(), SplitDataset)
