"""Real data sets in three parts, ready to train on. They are on this computer already: no network.

    data = digits()                       # pixels from 0 to 1, in a row of 64
    data = digits(images=True)            # ... as pictures of 8 by 8 with one channel
    data = wine(seed=1, test=0.3)

As they were measured and in one piece, they are in `bigmodel_nb.data.bundled`.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

from bigmodel_nb.arguments import whole
from bigmodel_nb.data.bundled import load_breast_cancer, load_diabetes, load_digits, load_wine
from bigmodel_nb.data.dataset import Dataset
from bigmodel_nb.data.parts import Part, SplitDataset
from bigmodel_nb.data.splitting import checked_shares, split
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import truth

BRIGHTEST = 16.0  # the largest value that a pixel of the digits can have, whatever the part


def digits(
    *, images: bool = False, validation: float = 0.15, test: float = 0.15, seed: int = 0
) -> SplitDataset:
    """1,797 handwritten digits of 8 by 8 pixels from 0 (white) to 1, and their classes 0 to 9.

    x has shape (n, 64), with `images=True` (n, 8, 8, 1). `validation` and `test` are shares of the rows,
    dealt out by `seed`. All parts share the 13 writers, so nothing follows for the hand of somebody else.
    """
    as_images = truth("images", images)
    rows = _in_parts(load_digits, validation, test, seed)
    if not as_images:
        return rows
    train, validate, last = (
        Part(part.x.reshape(-1, 8, 8, 1), part.y) for part in (rows.train, rows.validation, rows.test)
    )
    names = ("brightness",)
    return dataclasses.replace(rows, train=train, validation=validate, test=last, feature_names=names)


def breast_cancer(*, validation: float = 0.15, test: float = 0.15, seed: int = 0) -> SplitDataset:
    """569 tumors: 30 measures of cell nuclei, standardized; malignant (0) or benign (1)."""
    return _in_parts(load_breast_cancer, validation, test, seed)


def diabetes(*, validation: float = 0.15, test: float = 0.15, seed: int = 0) -> SplitDataset:
    """442 patients: ten measures, standardized, and how far their diabetes had progressed a year later
    (float32, 25 to 346, not scaled)."""
    return _in_parts(load_diabetes, validation, test, seed)


def wine(*, validation: float = 0.15, test: float = 0.15, seed: int = 0) -> SplitDataset:
    """178 Italian wines: 13 chemical measures, standardized; which of three growers made it (0, 1 or 2)."""
    return _in_parts(load_wine, validation, test, seed)


def _in_parts(load: Callable[[], Dataset], validation: float, test: float, seed: int) -> SplitDataset:
    return _made(load, *checked_shares(validation, test), whole("seed", seed, 0))


@functools.lru_cache(maxsize=32)
def _made(load: Callable[[], Dataset], validation: float, test: float, seed: int) -> SplitDataset:
    dataset = load()
    if load is not load_digits:
        return split(dataset, validation=validation, test=test, seed=seed)
    dataset = dataclasses.replace(dataset, x=dataset.x / BRIGHTEST)
    data = split(dataset, validation=validation, test=test, seed=seed, scale=None)
    notes = (
        _("pixels divided by {value:g}, the largest there can be").format(value=BRIGHTEST),
        _("13 writers, shared by the parts: no claim about the hand of somebody else"),
    )
    return dataclasses.replace(data, notes=(*data.notes, *notes))
