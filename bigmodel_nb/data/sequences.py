"""Made-up sequences that ask for one thing each: to remember, or to find the right place.

data = adding_problem(n=5000, length=50)      # x (n, 50, 2), y (n,): the sum of the two marked values
data = reversal(n=20_000)                     # x (n, 16) tokens, y (n, 16): the same the other way round
"""

from __future__ import annotations

import functools

import numpy as np

from bigmodel_nb.arguments import whole, wrong_value
from bigmodel_nb.data.parts import Part, SplitDataset
from bigmodel_nb.data.splitting import checked_shares, counts
from bigmodel_nb.language import gettext as _

MOST = 1_000_000
LONGEST = 10_000
ADDING_BASELINE = 1 / 6  # the mean squared error of answering 1 to everything: the variance of the sum


def adding_problem(
    n: int = 5000, *, length: int = 50, seed: int = 0, validation: float = 0.15, test: float = 0.15
) -> SplitDataset:
    """Two marked values among `length` (2 or more) are to be added: x (n, length, 2), y (n,).

    x[..., 0] are random values from 0 to 1. x[..., 1] is 1 at two places, one in each half of the sequence,
    and 0 elsewhere. Answering 1 without looking has a mean squared error of 1/6.

    S. Hochreiter, J. Schmidhuber, 1997, "Long short-term memory", as it is posed since Q. V. Le, N. Jaitly,
    G. E. Hinton, 2015: one length, values from 0 to 1 and not from -1, no marks at the ends.
    """
    count, steps = whole("n", n, 3, MOST), whole("length", length, 2, LONGEST)
    return _adding(count, steps, whole("seed", seed, 0), *checked_shares(validation, test))


def reversal(
    n: int = 10_000,
    *,
    length: int = 16,
    symbols: int = 10,
    seed: int = 0,
    validation: float = 0.15,
    test: float = 0.15,
) -> SplitDataset:
    """A sequence is to be written backward: x (n, length) tokens below `symbols`, y[:, t] = x[:, -1 - t].

    All n sequences differ, so none of the test occurs in training. ValueError where there are fewer than n.
    The task of P. Lippe, 2020, "UvA Deep Learning Tutorials", Tutorial 6.
    """
    steps, kinds = whole("length", length, 1, LONGEST), whole("symbols", symbols, 2, 1000)
    count = whole("n", n, 3, MOST)
    if kinds**steps < count:
        expected = _("at most {most}: there are no more different sequences").format(most=kinds**steps)
        raise wrong_value("n", expected, n)
    return _reversal(count, steps, kinds, whole("seed", seed, 0), *checked_shares(validation, test))


@functools.lru_cache(maxsize=8)
def _adding(n: int, length: int, seed: int, validation: float, test: float) -> SplitDataset:
    random = np.random.default_rng(seed)
    x = np.zeros((n, length, 2), np.float32)
    x[:, :, 0] = random.random((n, length), dtype=np.float32)
    middle, every = length // 2, np.arange(n)
    first, second = random.integers(0, middle, n), random.integers(middle, length, n)
    x[every, first, 1] = x[every, second, 1] = 1
    y = x[every, first, 0] + x[every, second, 0]
    train, validate, last = _dealt(x, y, counts(n, (validation, test)))
    return SplitDataset(
        train=train,
        validation=validate,
        test=last,
        name="adding problem",
        task="regression",
        feature_names=("value", "mark"),
        target_names=("sum",),
        source="made up by bigmodel_nb.data.sequences",
        license="CC0",
        citation="S. Hochreiter, J. Schmidhuber, 1997, Long short-term memory",
        notes=(_("answering 1 to everything has a mean squared error of 1/6"),),
    )


@functools.lru_cache(maxsize=8)
def _reversal(n: int, length: int, symbols: int, seed: int, validation: float, test: float) -> SplitDataset:
    x = _different_sequences(n, length, symbols, np.random.default_rng(seed))
    train, validate, last = _dealt(x, x[:, ::-1], counts(n, (validation, test)))
    return SplitDataset(
        train=train,
        validation=validate,
        test=last,
        name="reversal",
        task="sequence",
        feature_names=(),
        target_names=tuple(map(str, range(symbols))),
        source="made up by bigmodel_nb.data.sequences",
        license="CC0",
        citation="P. Lippe, 2020, UvA Deep Learning Tutorials, Tutorial 6: Transformers",
        notes=(_("all sequences differ: none of one part occurs in another"),),
    )


def _different_sequences(n: int, length: int, symbols: int, random: np.random.Generator) -> np.ndarray:
    """n rows (n, length) of whole numbers below `symbols`, no two of them equal, in random order."""
    if symbols**length <= 2**62:  # each sequence is a number in base `symbols`: draw different numbers
        codes = random.choice(symbols**length, n, replace=False)
        powers = symbols ** np.arange(length, dtype=np.int64)
        return (codes[:, None] // powers % symbols).astype(np.int32)
    rows = random.integers(symbols, size=(n, length), dtype=np.int32)
    while len(np.unique(rows, axis=0)) < n:  # as good as never: there are at least 4e18
        rows = random.integers(symbols, size=(n, length), dtype=np.int32)
    return rows


def _dealt(x: np.ndarray, y: np.ndarray, sizes: tuple[int, int, int]) -> list[Part]:
    ends = np.cumsum(sizes)[:-1]
    return [Part(*pair) for pair in zip(np.split(x, ends), np.split(y, ends), strict=True)]
