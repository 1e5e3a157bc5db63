"""What figures are given: checked where a caller can be wrong, pulled in where numbers cannot be drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _

LARGEST = 1e150  # beyond this, sums and squares of coordinates overflow while they are drawn

P = TypeVar("P")


def checked_paths(paths: Any, kind: type[P], most: int) -> list[P]:
    """`paths` as a list of at most `most` paths of this kind."""
    expected = _("a list of at most {most} of {kind}").format(most=most, kind=kind.__name__)
    if not isinstance(paths, Iterable):
        raise arguments.wrong_type("paths", expected, paths)
    entries = list(paths)
    for entry in entries:
        if not isinstance(entry, kind):
            raise arguments.wrong_type("paths", expected, entry)
    if len(entries) > most:
        raise arguments.wrong_value("paths", expected, f"{len(entries)}")
    return entries


def checked_labels(labels: Any, count: int) -> list[str]:
    """`labels` as a list of `count` texts."""
    expected = _("a list of {count} texts, one for each path").format(count=count)
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise arguments.wrong_type("labels", expected, labels)
    entries = list(labels)
    if not all(isinstance(entry, str) for entry in entries):
        raise arguments.wrong_type("labels", expected, entries)
    if len(entries) != count:
        raise arguments.wrong_value("labels", expected, entries)
    return entries


def drawable(values: Any) -> np.ndarray:
    """`values` with infinities, and what is nearly as large, pulled in to where it can be drawn; no NaN."""
    return np.clip(np.nan_to_num(values, nan=LARGEST, posinf=LARGEST, neginf=-LARGEST), -LARGEST, LARGEST)
