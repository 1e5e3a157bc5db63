import importlib.machinery
import sys

import numpy as np
import pytest

from bigmodel_nb.data import bundled, installed
from bigmodel_nb.data.bundled import (
    LOADERS,
    Dataset,
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_wine,
)


@pytest.fixture(scope="module")
def theirs():
    from sklearn import datasets

    return datasets


class TestAgainstScikitLearn:
    def test_diabetes_scaled(self, theirs):
        ours, wanted = load_diabetes(), theirs.load_diabetes()
        np.testing.assert_allclose(ours.x, wanted.data, rtol=1e-10, atol=1e-15)
        np.testing.assert_array_equal(ours.y, wanted.target)
        assert list(ours.feature_names) == wanted.feature_names

    def test_diabetes_as_measured(self, theirs):
        ours, wanted = load_diabetes(scaled=False), theirs.load_diabetes(scaled=False)
        np.testing.assert_array_equal(ours.x, wanted.data)
        np.testing.assert_array_equal(ours.y, wanted.target)

    def test_breast_cancer(self, theirs):
        ours, wanted = load_breast_cancer(), theirs.load_breast_cancer()
        np.testing.assert_array_equal(ours.x, wanted.data)
        np.testing.assert_array_equal(ours.y, wanted.target)
        assert ours.y.dtype == wanted.target.dtype
        assert list(ours.feature_names) == list(wanted.feature_names)
        assert list(ours.target_names) == list(wanted.target_names)

    def test_digits(self, theirs):
        ours, wanted = load_digits(), theirs.load_digits()
        np.testing.assert_array_equal(ours.x, wanted.data)
        np.testing.assert_array_equal(ours.y, wanted.target)
        assert ours.y.dtype == wanted.target.dtype
        assert list(ours.feature_names) == wanted.feature_names
        assert list(ours.target_names) == [str(name) for name in wanted.target_names]

    def test_wine(self, theirs):
        ours, wanted = load_wine(), theirs.load_wine()
        np.testing.assert_array_equal(ours.x, wanted.data)
        np.testing.assert_array_equal(ours.y, wanted.target)
        assert ours.y.dtype == wanted.target.dtype
        assert list(ours.feature_names) == wanted.feature_names
        assert list(ours.target_names) == list(wanted.target_names)


@pytest.mark.parametrize("name", LOADERS)
class TestEach:
    def test_says_what_it_is(self, name):
        ours = LOADERS[name]()
        assert isinstance(ours, Dataset) and ours.name == name
        assert ours.source.startswith("https://") and ours.license and ours.citation

    def test_cannot_be_written_to(self, name):
        ours = LOADERS[name]()
        for array in (ours.x, ours.y):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0

    def test_is_read_once(self, name):
        assert LOADERS[name]() is LOADERS[name]()


def test_scaled_means_zero_mean_and_unit_sum_of_squares():
    x = load_diabetes().x
    np.testing.assert_allclose(x.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((x**2).sum(axis=0), 1)


@pytest.mark.parametrize("wrong", [None, 0, 1, "yes", [], np.array([True, False])])
def test_scaled_is_checked(wrong):
    with pytest.raises(TypeError, match=r"^scaled must be True or False; received: "):
        load_diabetes(wrong)


def test_loading_imports_neither_scikit_learn_nor_anything_heavy(python):
    done = python(
        "import sys\n"
        "from bigmodel_nb.data import bundled\n"
        "for load in bundled.LOADERS.values(): load()\n"
        "heavy = {'sklearn', 'scipy', 'pandas', 'tensorflow', 'keras', 'matplotlib', 'ipywidgets'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert done.stdout.strip() == "[]"


class TestWithoutScikitLearn:
    def spec(self, monkeypatch, spec):
        monkeypatch.setattr(installed.importlib.util, "find_spec", lambda name: spec)

    @pytest.mark.parametrize("namespace", [False, True])
    def test_it_says_what_to_do(self, monkeypatch, namespace):
        spec = importlib.machinery.ModuleSpec("sklearn", None) if namespace else None
        self.spec(monkeypatch, spec)
        message = r"^diabetes.* comes with scikit-learn, which is not installed\. .*pip install scikit-learn$"
        with pytest.raises(ModuleNotFoundError, match=message):
            bundled._diabetes.__wrapped__(True)

    def test_a_stand_in_counts_as_missing(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "sklearn", None)
        with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
            bundled._digits.__wrapped__()

    def test_files_that_moved(self, monkeypatch, tmp_path):
        spec = importlib.machinery.ModuleSpec("sklearn", None, is_package=True)
        spec.submodule_search_locations = [str(tmp_path)]
        self.spec(monkeypatch, spec)
        with pytest.raises(
            FileNotFoundError, match=r"^breast_cancer\.csv is not where .* Reinstall it with: pip"
        ):
            bundled._breast_cancer.__wrapped__()

    def test_a_failure_is_not_kept(self, monkeypatch):
        bundled._digits.cache_clear()
        with monkeypatch.context() as patch:
            self.spec(patch, None)
            with pytest.raises(ModuleNotFoundError):
                load_digits()
        assert len(load_digits()) == 1797
