"""Putting features on one scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.linear_models import spread_of


def standardize(x: Any, like: Any = None) -> np.ndarray:
    """Each feature of `x`, (n,) or (n, d), less its mean and divided by its standard deviation.

    `like` is the data whose mean and deviation are used (default: `x` itself): to scale test data, give
    the training data here, since the test data must not be looked at. A constant feature becomes zero.
    """
    expected = _("an array of finite numbers of shape (rows,) or (rows, features)")
    values = np.asarray(array_of_numbers("x", x, expected), dtype=np.float64)
    model = values if like is None else np.asarray(array_of_numbers("like", like, expected), dtype=np.float64)
    if values.ndim not in (1, 2):
        raise wrong_value("x", expected, x)
    if model.shape[1:] != values.shape[1:] or model.ndim != values.ndim:
        raise wrong_value("like", _("an array with the features of x"), like)
    with np.errstate(all="ignore"):
        middle, spread = model.mean(axis=0), spread_of(model)
        scaled = np.where(spread > 0, (values - middle) / np.where(spread > 0, spread, 1.0), 0.0)
    if not np.isfinite([middle, spread]).all():
        raise wrong_value("x" if like is None else "like", _("an array of finite mean and deviation"), model)
    if not np.isfinite(scaled).all():
        raise wrong_value("x", _("an array of numbers that can be scaled"), x)
    return scaled
