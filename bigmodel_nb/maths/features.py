"""What a network is shown of a point in the plane: its coordinates, and what can be made of them.

    features(points, ["x1", "x2", "x1^2"])      # points (n, 2) -> (n, 3)

The seven of D. Smilkov, S. Carter, 2016, "A Neural Network Playground".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bigmodel_nb.arguments import some_of, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

# (n,) and (n,) -> (n,)
FEATURES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1^2": lambda x1, x2: x1 * x1,
    "x2^2": lambda x1, x2: x2 * x2,
    "x1 x2": lambda x1, x2: x1 * x2,
    "sin x1": lambda x1, x2: np.sin(x1),
    "sin x2": lambda x1, x2: np.sin(x2),
}


def checked_inputs(inputs: Any) -> list[str]:
    """`inputs` as at least one different name of `FEATURES`, in their order."""
    names = some_of("inputs", inputs, FEATURES)
    if not names:
        raise wrong_value("inputs", _("at least one of {choices}").format(choices=", ".join(FEATURES)), names)
    return [name for name in FEATURES if name in names]


def features(points: Any, inputs: Sequence[str]) -> np.ndarray:
    """The features (n, inputs) of points (n, 2), in the order of `FEATURES`."""
    expected = _("an array of finite numbers of shape (n, 2)")
    rows = array_of_numbers("points", points, expected).astype(np.float64)
    if rows.ndim != 2 or rows.shape[1] != 2:
        raise wrong_value("points", expected, points)
    return np.stack([FEATURES[name](rows[:, 0], rows[:, 1]) for name in checked_inputs(inputs)], axis=1)


def plane(reach: float, count: int) -> np.ndarray:
    """The middles (count * count, 2) of the cells of a square from -reach to reach; the top row first."""
    middles = reach * ((2 * np.arange(count) + 1) / count - 1)
    x1, x2 = np.meshgrid(middles, middles[::-1])
    return np.stack([x1.ravel(), x2.ravel()], axis=1)
