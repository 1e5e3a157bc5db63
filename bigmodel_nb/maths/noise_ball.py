"""How far from the minimum a descent on batches keeps moving."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.arguments import between, point, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.regression import BatchPath

LAST = 1 / 3
OFF_CENTER = 0.6  # a cloud whose middle is this share of its radius off the minimum is on its way there


def noise_radius(path: BatchPath, minimum: tuple[float, float], last: float = LAST) -> float | None:
    """The root mean squared distance from `minimum` over the last part (a third) of the gradients spent.

    At a constant learning rate, descent on batches does not settle: each batch points elsewhere. Once it
    has arrived, this is the radius of the ball in which it moves, and with the rate it shrinks (in
    proportion to its square root, while the rate is small: L. Bottou, F. E. Curtis, J. Nocedal, 2018,
    "Optimization methods for large-scale machine learning").
    None where the path ran away, has fewer than two steps in that part, or is still on its way: where the
    points of that part lie to one side of the minimum and not around it.
    """
    if not isinstance(path, BatchPath):
        raise wrong_type("path", _("a BatchPath, as train returns it"), path)
    if path.points.shape[1] != 2:
        raise wrong_value("path", _("a path over one weight and a bias"), path.points)
    place = np.array(point("minimum", minimum))
    last = between("last", last, 0.0, 1.0, low_open=True)
    if path.diverged_at is not None or path.steps == 0:
        return None
    late = path.points[path.examples_seen >= (1 - last) * path.examples_seen[-1]]
    if len(late) < 2:
        return None
    away = late - place
    radius = float(np.sqrt(np.mean(np.sum(away**2, axis=-1))))
    return None if np.hypot(*away.mean(axis=0)) > OFF_CENTER * radius else radius
