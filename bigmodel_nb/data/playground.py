"""The points of the playground: the toys, in the units of D. Smilkov, S. Carter, 2016.

points = playground_points("circle", n=500, noise=0.1, share=0.5, seed=0)
points.train                          # x (250, 2), y (250,): 0 and 1, or quantities from -1 to 1
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bigmodel_nb.arguments import between, one_of, whole
from bigmodel_nb.data import toys
from bigmodel_nb.data.parts import Part

UNIT = 5.0  # the toys lie between -1 and 1; the playground's plane goes from -6 to 6
REACH = 6.0
CENTER, WIDTH = {"moons": (0.5, 0.25)}, {"moons": 1.5}
MAKERS = {
    "circle": toys.circles,
    "xor": toys.xor,
    "gaussians": toys.gaussians,
    "spiral": toys.spirals,
    "moons": toys.moons,
    "plane": toys.plane,
    "multi-gaussian": toys.multi_gaussian,
}
QUANTITIES = ("plane", "multi-gaussian")
NOISES = {  # that leave something to learn
    "circle": 0.1, "xor": 0.05, "gaussians": 0.2, "spiral": 0.02, "moons": 0.1, "plane": 0.05,
    "multi-gaussian": 0.05,
}  # fmt: skip
MOST_POINTS = 5_000

Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Points:
    """x (n, 2) and y (n,), float64, of three parts that share nothing. `test` holds all that is not trained
    on, unless there is a `validation` part; `task` is "classification" or "regression"."""

    name: str
    task: str
    train: Pair = field(repr=False)
    test: Pair = field(repr=False)
    validation: Pair | None = field(repr=False)


def playground_points(
    name: str = "circle",
    n: int = 500,
    *,
    noise: float | None = None,
    share: float = 0.5,
    seed: int = 0,
    validation: bool = False,
) -> Points:
    """`n` points (20 to 5,000) of the data set `name`, one of `MAKERS`; a `share` of them is for training.

    `noise` as in `data.toys` (default: one of `NOISES`). With `validation`, half of what is not trained on
    is set apart for early stopping.
    """
    one_of("data", name, MAKERS)
    count, trained = whole("n", n, 20, MOST_POINTS), between("share", share, 0.1, 0.9)
    data = MAKERS[name](
        count,
        noise=NOISES[name] if noise is None else noise,
        seed=seed,
        validation=(1 - trained) / 2,
        test=(1 - trained) / 2,
    )
    train, held, test = (_in_units(name, part) for part in (data.train, data.validation, data.test))
    if not validation:
        test = np.concatenate([held[0], test[0]]), np.concatenate([held[1], test[1]])
    task = "regression" if name in QUANTITIES else "classification"
    return Points(name, task, train, test, held if validation else None)


def _in_units(name: str, part: Part) -> Pair:
    center, width = np.array(CENTER.get(name, (0.0, 0.0))), WIDTH.get(name, 1.0)
    return UNIT / width * (part.x.astype(np.float64) - center), part.y.astype(np.float64)
