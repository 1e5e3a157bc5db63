"""Three parts without a leak: no row in two of them, and nothing learned from the test rows.

    data = split(load_wine(), seed=0)                 # a SplitDataset: train, validation, test
    data = split(load_wine(), test=0.3, scale=None)

Three things leak when rows are dealt out carelessly, and `split` prevents them: equal rows on both sides,
a scaling that has seen the test rows, and a part in which a rare class is missing.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from bigmodel_nb.arguments import between, one_of, whole, wrong_type, wrong_value
from bigmodel_nb.data.dataset import Dataset
from bigmodel_nb.data.parts import Part, SplitDataset
from bigmodel_nb.data.scaling import SCALES, fit_scaling
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import truth

TRAIN, VALIDATION, TEST = 0, 1, 2


def split(
    dataset: Dataset,
    *,
    validation: float = 0.15,
    test: float = 0.15,
    seed: int = 0,
    scale: str | None = "standardize",
    stratify: bool = True,
    deduplicate: bool = True,
) -> SplitDataset:
    """`dataset` in three parts, dealt out at random; the same seed gives the same parts.

    `validation` and `test` are their shares of the rows (above 0, together below 1); each part gets one row
    or more. `stratify` deals out each class by itself, so that all parts hold the classes in the same
    proportion (for quantities it changes nothing). `deduplicate` keeps rows whose x is equal in one part;
    none is dropped. `scale` is "standardize" (each feature of the training part has mean 0 and standard
    deviation 1), "minmax" (from 0 to 1) or None; it is fitted to the training part alone and kept as
    `scaling`. ValueError where fewer than three different rows are there to be dealt out.
    """
    if not isinstance(dataset, Dataset):
        raise wrong_type("dataset", _("a Dataset"), dataset)
    shares = checked_shares(validation, test)
    random = np.random.default_rng(whole("seed", seed, 0))
    if scale is not None:
        one_of("scale", scale, SCALES)
    classes = dataset.y.dtype.kind == "i"
    by_class = truth("stratify", stratify) and classes
    labels = dataset.y if by_class else np.zeros(len(dataset), np.int64)
    groups = equal_rows(dataset.x) if truth("deduplicate", deduplicate) else np.arange(len(dataset))
    if groups.max() < 2:
        raise wrong_value("dataset", _("one with at least three different rows"), dataset.x)
    part_of = _deal(labels, groups, shares, random)
    rows = [np.flatnonzero(part_of == part) for part in (TRAIN, VALIDATION, TEST)]
    notes = [_("each row is in one part only")]
    if deduplicate:
        notes = [_("each row is in one part only, and so are rows that are equal")]
    x, scaling = dataset.x, None
    if scale is not None:
        scaling = fit_scaling(x[rows[TRAIN]], scale)
        x = scaling.apply(x)
        notes.append(_("features scaled ({kind}), fitted to the training part only").format(kind=scale))
    train_part, validation_part, test_part = (Part(x[chosen], dataset.y[chosen]) for chosen in rows)
    return SplitDataset(
        train=train_part,
        validation=validation_part,
        test=test_part,
        name=dataset.name,
        task="classification" if classes else "regression",
        feature_names=dataset.feature_names,
        target_names=dataset.target_names,
        source=dataset.source,
        license=dataset.license,
        citation=dataset.citation,
        notes=tuple(notes),
        scaling=scaling,
    )


def checked_shares(validation: Any, test: Any) -> tuple[float, float]:
    """The shares of validation and test, each above 0 and below 1, together below 1."""
    first = between("validation", validation, 0, 1, low_open=True, high_open=True)
    second = between("test", test, 0, 1, low_open=True, high_open=True)
    if first + second >= 1:
        expected = _("a share that leaves rows to train on, with validation={share:g}").format(share=first)
        raise wrong_value("test", expected, test)
    return first, second


def counts(n: int, shares: tuple[float, float]) -> tuple[int, int, int]:
    """How many of n (three or more) examples go to train, validation and test: rounded, one at least each."""
    validation, test = (max(1, round(n * share)) for share in shares)
    while validation + test > n - 1:
        validation, test = (validation - 1, test) if validation >= test else (validation, test - 1)
    return n - validation - test, validation, test


def equal_rows(x: np.ndarray) -> np.ndarray:
    """For each row of x the number (n,) of the group of rows that are equal to it, from 0."""
    numbers: dict[bytes, int] = {}
    rows = np.ascontiguousarray(x + 0)  # -0.0 becomes 0.0: they are equal
    keys = (hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in rows)
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys])


def _deal(
    labels: np.ndarray, groups: np.ndarray, shares: tuple[float, float], random: np.random.Generator
) -> np.ndarray:
    """For each row the part (n,) that it goes to. Whole groups are dealt out, class by class."""
    names, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    class_of = labels[first]  # equal rows of different classes go where the first of them goes
    part_of = np.full(len(names), TRAIN)
    owed = np.zeros(2)  # what rounding left over in the classes before, so that the totals come out right
    for label in np.unique(class_of):
        members = random.permutation(np.flatnonzero(class_of == label))
        wanted = sizes[members].sum() * np.array(shares)
        rounded = np.clip(np.round(wanted + owed), np.floor(wanted), np.ceil(wanted))
        owed += wanted - rounded
        left = {TEST: rounded[1], VALIDATION: rounded[0]}
        for member in members[1:]:  # the first one stays in training, which must know every class
            for part in (TEST, VALIDATION):
                if sizes[member] <= left[part]:
                    left[part] -= sizes[member]
                    part_of[member] = part
                    break
    for part in (TEST, VALIDATION):
        if not (part_of == part).any():  # very few rows: one group from where there are most
            most = np.bincount(part_of, minlength=3).argmax()
            spare = np.flatnonzero(part_of == most)
            commonest = np.bincount(class_of[spare])[class_of[spare]].argmax()
            part_of[spare[commonest]] = part
    return part_of[groups]
