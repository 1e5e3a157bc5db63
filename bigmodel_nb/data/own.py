"""The reader's own arrays, in three parts.

    data = from_arrays(x, y)                    # classes where y is text or whole numbers
    data = from_arrays(x, y.astype(float))      # quantities

A folder of images is `imagefiles.images_from`, a CSV file `csvfiles.series_from_csv`, a text
`corpora.text_from`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb.arguments import one_of, wrong_type, wrong_value
from bigmodel_nb.data.dataset import Dataset, names_of
from bigmodel_nb.data.parts import Part, SplitDataset
from bigmodel_nb.data.scaling import SCALES, fit_scaling
from bigmodel_nb.data.splitting import split
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

MOST_CLASSES = 1000


def from_arrays(
    x: Any,
    y: Any,
    *,
    validation: float = 0.15,
    test: float = 0.15,
    seed: int = 0,
    scale: str | None = "standardize",
    stratify: bool = True,
    deduplicate: bool = True,
    feature_names: Sequence[str] = (),
    target_names: Sequence[str] = (),
    name: str = "own data",
    notes: Sequence[str] = (),
) -> SplitDataset:
    """Examples `x` (n, ...) and their targets `y` (n,) in three parts, as `splitting.split` deals them out.

    Text, booleans and whole numbers in `y` are classes (at most 1000; they are numbered in sorted order, and
    `target_names` may call them something else in that order); floats are quantities. `scale` is fitted to
    the training part alone, to each entry of the last axis of x by itself.
    """
    rows = array_of_numbers("x", x, _("an array of finite numbers, one row for each example"))
    if rows.ndim == 0:
        raise wrong_value("x", _("an array of finite numbers, one row for each example"), x)
    if rows.ndim == 1:
        rows = rows[:, None]
    if scale is not None:
        one_of("scale", scale, SCALES)
    targets, classes = _targets(y, len(rows))
    names = names_of("target_names", target_names) or classes
    if classes and len(names) != len(classes):
        expected = _("one name for each of the {count} classes").format(count=len(classes))
        raise wrong_value("target_names", expected, target_names)
    flat = rows.reshape(len(rows), -1)
    numbered = tuple(f"feature {number}" for number in range(flat.shape[1]))
    table = rows.ndim == 2
    dataset = Dataset(
        x=flat,
        y=targets,
        feature_names=names_of("feature_names", feature_names) or numbered if table else numbered,
        target_names=names or ("target",),
        name=name,
        source=_("the reader's own"),
        license=_("not stated"),
        citation="",
    )
    data = split(
        dataset,
        validation=validation,
        test=test,
        seed=seed,
        scale=scale if table else None,
        stratify=stratify,
        deduplicate=deduplicate,
    )
    notes = (*data.notes, *names_of("notes", notes))
    if table:
        return dataclasses.replace(data, notes=notes)
    parts = [
        (part.x.reshape(-1, *rows.shape[1:]), part.y) for part in (data.train, data.validation, data.test)
    ]
    scaling = None
    if scale is not None:
        scaling = fit_scaling(parts[0][0].reshape(-1, rows.shape[-1]), scale)
        parts = [(scaling.apply(part_x), part_y) for part_x, part_y in parts]
        notes += (_("values scaled ({kind}), fitted to the training part only").format(kind=scale),)
    train, middle, last = (Part(*pair) for pair in parts)
    return dataclasses.replace(
        data,
        train=train,
        validation=middle,
        test=last,
        feature_names=names_of("feature_names", feature_names),
        scaling=scaling,
        notes=notes,
    )


def _targets(y: Any, n: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """The targets as numbers, and the names of the classes: none for quantities."""
    expected = _("text, whole numbers or finite floats, one for each of the {count} rows of x").format(
        count=n
    )
    try:
        array = np.asarray(y)
    except Exception:  # ragged lists, and whatever a reader's own class raises
        raise wrong_type("y", expected, y) from None
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.dtype.kind == "O" and all(isinstance(entry, str) for entry in array.ravel()):
        array = array.astype(str)
    if array.dtype.kind not in "Ubiuf":
        raise wrong_type("y", expected, y)
    if array.shape != (n,):
        raise wrong_value("y", expected, y)
    if array.dtype.kind == "f":
        return array_of_numbers("y", array, expected), ()
    classes, numbers = np.unique(array, return_inverse=True)
    if len(classes) > MOST_CLASSES:
        few = _("classes, at most {most} different ones (received {count}); quantities must be floats")
        raise wrong_value("y", few.format(most=MOST_CLASSES, count=len(classes)), y)
    return numbers.astype(np.int64), tuple(str(entry) for entry in classes)
