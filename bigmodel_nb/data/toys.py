"""Points in the plane, made up: small enough to watch a boundary bend, and as hard as the noise makes them.

    data = moons(n=500, noise=0.1, seed=0)            # a SplitDataset, x (n, 2)
    data = spirals(noise=0.02, classes=3)

`noise` is the standard deviation of what is added to each coordinate (to the target in `plane` and
`multi_gaussian`, where x is what was measured exactly). Coordinates lie between -1 and 1 or little beyond
and are not scaled. Moons and circles are those of scikit-learn; xor, spirals, plane and multi-Gaussian
follow D. Smilkov, S. Carter, 2016, "A Neural Network Playground", with 5 of its units as 1.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

from bigmodel_nb.arguments import between, whole
from bigmodel_nb.data.dataset import Dataset
from bigmodel_nb.data.parts import SplitDataset
from bigmodel_nb.data.splitting import checked_shares, split
from bigmodel_nb.language import gettext as _

MOST = 1_000_000
LOUDEST = 10.0
# of multi-Gaussian: where the hills (+1) and hollows (-1) are, and how far each reaches
HILLS = np.array(
    [[-0.8, 0.5, 1], [0, 0.5, -1], [0.8, 0.5, 1], [-0.8, -0.5, -1], [0, -0.5, 1], [0.8, -0.5, -1]]
)
REACH = 0.4

Points = tuple[np.ndarray, np.ndarray]  # x (n, 2) and y (n,)
Maker = Callable[[int, float, np.random.Generator, int], Points]


def moons(
    n: int = 500, *, noise: float = 0.1, seed: int = 0, validation: float = 0.15, test: float = 0.15
) -> SplitDataset:
    """Two half circles of radius 1 that reach into one another, n points: x (n, 2), y 0 or 1."""
    return _in_parts(_moons, n, noise, seed, 2, validation, test)


def circles(
    n: int = 500, *, noise: float = 0.1, seed: int = 0, validation: float = 0.15, test: float = 0.15
) -> SplitDataset:
    """A circle of radius 1 (class 0) around one of radius 0.5 (class 1), n points."""
    return _in_parts(_circles, n, noise, seed, 2, validation, test)


def xor(
    n: int = 500, *, noise: float = 0.05, seed: int = 0, validation: float = 0.15, test: float = 0.15
) -> SplitDataset:
    """A square of four fields, n points: class 1 where both coordinates have the same sign."""
    return _in_parts(_xor, n, noise, seed, 2, validation, test)


def spirals(
    n: int = 500,
    *,
    noise: float = 0.02,
    seed: int = 0,
    classes: int = 2,
    validation: float = 0.15,
    test: float = 0.15,
) -> SplitDataset:
    """Spirals wound around one another, one for each of 2 to 10 `classes`, of 1.75 turns each."""
    return _in_parts(_spirals, n, noise, seed, whole("classes", classes, 2, 10), validation, test)


def gaussians(
    n: int = 500,
    *,
    noise: float = 0.2,
    seed: int = 0,
    classes: int = 2,
    validation: float = 0.15,
    test: float = 0.15,
) -> SplitDataset:
    """Clouds around as many points of a circle of radius 0.6 as there are `classes` (2 to 10).

    Here `noise` is 0.001 or more: without it each class would be one point.
    """
    between("noise", noise, 0.001, LOUDEST)
    return _in_parts(_gaussians, n, noise, seed, whole("classes", classes, 2, 10), validation, test)


def plane(
    n: int = 500, *, noise: float = 0.1, seed: int = 0, validation: float = 0.15, test: float = 0.15
) -> SplitDataset:
    """A quantity that grows along a slope: y = (x0 + x1) / 2 plus noise, over a square."""
    return _in_parts(_plane, n, noise, seed, 0, validation, test)


def multi_gaussian(
    n: int = 500, *, noise: float = 0.05, seed: int = 0, validation: float = 0.15, test: float = 0.15
) -> SplitDataset:
    """A quantity with three hills (up to 1) and three hollows (down to -1) in turn, over a square."""
    return _in_parts(_multi_gaussian, n, noise, seed, 0, validation, test)


def _in_parts(
    maker: Maker, n: int, noise: float, seed: int, classes: int, validation: float, test: float
) -> SplitDataset:
    count, loudness = whole("n", n, max(10, 3 * classes), MOST), between("noise", noise, 0, LOUDEST)
    shares = checked_shares(validation, test)
    return _made(maker, count, loudness, whole("seed", seed, 0), classes, *shares)


@functools.lru_cache(maxsize=32)
def _made(
    maker: Maker, n: int, noise: float, seed: int, classes: int, validation: float, test: float
) -> SplitDataset:
    x, y = maker(n, noise, np.random.default_rng((seed, 1)), classes)
    rows = Dataset(
        x=x,
        y=y,
        feature_names=("x0", "x1"),
        target_names=tuple(map(str, range(classes))) or ("height",),
        name=maker.__name__.strip("_").replace("_", "-"),
        source="made up by bigmodel_nb.data.toys",
        license="CC0",
        citation="D. Smilkov, S. Carter, 2016, A Neural Network Playground; scikit-learn, sample generators",
    )
    data = split(rows, validation=validation, test=test, seed=seed, scale=None)
    return dataclasses.replace(
        data, notes=(*data.notes, _("made up, with noise {noise:g}").format(noise=noise))
    )


def _shifted(x: np.ndarray, noise: float, random: np.random.Generator) -> np.ndarray:
    return x + noise * random.standard_normal(x.shape)


def _sizes(n: int, classes: int) -> list[int]:
    """How many of n points each class gets: as equal as can be, the last ones one more."""
    return [n // classes + (number >= classes - n % classes) for number in range(classes)]


def _moons(n: int, noise: float, random: np.random.Generator, classes: int) -> Points:
    first, second = (np.linspace(0, np.pi, size) for size in _sizes(n, 2))
    outer = np.stack([np.cos(first), np.sin(first)], axis=1)
    inner = np.stack([1 - np.cos(second), 0.5 - np.sin(second)], axis=1)
    return _shifted(np.concatenate([outer, inner]), noise, random), np.repeat([0, 1], _sizes(n, 2))


def _circles(n: int, noise: float, random: np.random.Generator, classes: int) -> Points:
    turns = np.concatenate([np.linspace(0, 2 * np.pi, size, endpoint=False) for size in _sizes(n, 2)])
    y = np.repeat([0, 1], _sizes(n, 2))
    x = np.where(y == 0, 1.0, 0.5)[:, None] * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return _shifted(x, noise, random), y


def _xor(n: int, noise: float, random: np.random.Generator, classes: int) -> Points:
    x = random.uniform(-1, 1, (n, 2))
    x += np.where(x > 0, 0.06, -0.06)  # a gap along the axes
    return _shifted(x, noise, random), (x[:, 0] * x[:, 1] > 0).astype(np.int64)


def _spirals(n: int, noise: float, random: np.random.Generator, classes: int) -> Points:
    y = np.repeat(np.arange(classes), _sizes(n, classes))
    along = np.concatenate([(1 + np.arange(size)) / size for size in _sizes(n, classes)])
    angle = 2 * np.pi * (1.75 * along + y / classes)
    return _shifted(along[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1), noise, random), y


def _gaussians(n: int, noise: float, random: np.random.Generator, classes: int) -> Points:
    y = np.repeat(np.arange(classes), _sizes(n, classes))
    angle = np.pi / 4 + 2 * np.pi * y / classes
    return _shifted(0.6 * np.stack([np.cos(angle), np.sin(angle)], axis=1), noise, random), y


def _plane(n: int, noise: float, random: np.random.Generator, classes: int) -> Points:
    x = random.uniform(-1, 1, (n, 2))
    return x, _shifted(x.mean(axis=1), noise, random)


def _multi_gaussian(n: int, noise: float, random: np.random.Generator, classes: int) -> Points:
    """The nearest hill or hollow counts, and its height falls evenly to 0 at its foot."""
    x = random.uniform(-1, 1, (n, 2))
    distances = np.linalg.norm(x[:, None] - HILLS[:, :2], axis=2)
    heights = HILLS[:, 2] * np.clip(1 - distances / REACH, 0, None)
    highest = np.abs(heights).argmax(axis=1)
    return x, _shifted(heights[np.arange(n), highest], noise, random)
