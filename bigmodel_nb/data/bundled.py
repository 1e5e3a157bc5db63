"""Real data sets that are on this computer already: they come with scikit-learn.

    diabetes = load_diabetes()
    diabetes.x.shape, diabetes.feature_names[2]      # (442, 10), 'bmi'

Only its data files are read; scikit-learn itself, which takes a second or two to load, is not imported. The
arrays equal those of scikit-learn's own loaders. Each set is read once and then kept.
"""

from __future__ import annotations

import csv
import functools
import gzip
import pathlib
from collections.abc import Callable

import numpy as np

from bigmodel_nb.data.dataset import Dataset
from bigmodel_nb.data.installed import installed_file
from bigmodel_nb.maths.knobs import truth

__all__ = ["Dataset", "load_breast_cancer", "load_diabetes", "load_digits", "load_wine"]

# of the cell nuclei in the breast cancer data; its features are their means, their errors and their worst
MEASURES = (
    "radius", "texture", "perimeter", "area", "smoothness",
    "compactness", "concavity", "concave points", "symmetry", "fractal dimension",
)  # fmt: skip


def load_diabetes(scaled: bool = True) -> Dataset:
    """442 patients: age, sex, body mass index, blood pressure, six blood values, and how far their diabetes
    had progressed a year later (25 to 346).

    `scaled=True`, as in scikit-learn, gives features of mean 0 and sum of squares 1 (so a typical value is
    0.05); `scaled=False` gives them as they were measured (the body mass index in kg per square meter).
    """
    return _diabetes(truth("scaled", scaled))


def load_breast_cancer() -> Dataset:
    """569 tumors: 30 measures of cell nuclei seen under a microscope; malignant (0) or benign (1)."""
    return _breast_cancer()


def load_digits() -> Dataset:
    """1,797 handwritten digits: 64 pixels of 8 by 8, row by row, from 0 (white) to 16; classes 0 to 9."""
    return _digits()


def load_wine() -> Dataset:
    """178 Italian wines: 13 chemical measures; which of three growers made it (0, 1 or 2)."""
    return _wine()


@functools.cache
def _diabetes(scaled: bool) -> Dataset:
    x = _numbers("diabetes_data_raw.csv.gz")
    if scaled:
        x = x - x.mean(axis=0)
        x = x / np.sqrt((x * x).sum(axis=0))
    return Dataset(
        x=x,
        y=_numbers("diabetes_target.csv.gz"),
        feature_names=("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"),
        target_names=("disease progression",),
        name="diabetes",
        source="https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
        license="none stated by the source; distributed with scikit-learn (BSD-3-Clause)",
        citation="B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, 2004, Least angle regression",
    )


@functools.cache
def _breast_cancer() -> Dataset:
    with _file("breast_cancer.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    table = np.array(rows, dtype=np.float64)
    return Dataset(
        x=table[:, :-1],
        y=table[:, -1].astype(np.int64),
        feature_names=(
            *(f"mean {measure}" for measure in MEASURES),
            *(f"{measure} error" for measure in MEASURES),
            *(f"worst {measure}" for measure in MEASURES),
        ),
        target_names=tuple(head[2:]),
        name="breast cancer",
        source="https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic",
        license="CC BY 4.0, as the UCI repository states",
        citation="W. N. Street, W. H. Wolberg, O. L. Mangasarian, 1993, "
        "Nuclear feature extraction for breast tumor diagnosis",
    )


@functools.cache
def _digits() -> Dataset:
    table = _numbers("digits.csv.gz", delimiter=",")
    return Dataset(
        x=table[:, :-1],
        y=table[:, -1].astype(np.int64),
        feature_names=tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
        target_names=tuple("0123456789"),
        name="digits",
        source="https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
        license="CC BY 4.0, as the UCI repository states",
        citation="E. Alpaydin, C. Kaynak, 1998, Cascading classifiers",
    )


@functools.cache
def _wine() -> Dataset:
    with _file("wine_data.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    table = np.array(rows, dtype=np.float64)
    return Dataset(
        x=table[:, :-1],
        y=table[:, -1].astype(np.int64),
        feature_names=(
            "alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids",
            "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue",
            "od280/od315_of_diluted_wines", "proline",
        ),
        target_names=tuple(head[2:]),
        name="wine",
        source="https://archive.ics.uci.edu/dataset/109/wine",
        license="CC BY 4.0, as the UCI repository states",
        citation="S. Aeberhard, D. Coomans, O. de Vel, 1992, "
        "Comparison of classifiers in high dimensional settings",
    )  # fmt: skip


def _numbers(file_name: str, delimiter: str | None = None) -> np.ndarray:
    with gzip.open(_file(file_name), "rt", encoding="utf-8") as file:
        return np.loadtxt(file, delimiter=delimiter)


def _file(file_name: str) -> pathlib.Path:
    """A data file of the installed scikit-learn, found without importing it."""
    return installed_file("sklearn", "datasets/data", file_name)


LOADERS: dict[str, Callable[[], Dataset]] = {
    "diabetes": load_diabetes,
    "breast cancer": load_breast_cancer,
    "digits": load_digits,
    "wine": load_wine,
}
