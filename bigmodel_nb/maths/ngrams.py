"""Language models that count: how often did each token follow the last few?

    model = NGram(6).fit(tokens, vocabulary_size)
    model.probabilities(context)            # (V,), what may follow
    model.bits(other_tokens)                # bits a token, mean; of characters: bits a character
    model.sample(200, context=prompt)

Order 0 is `uniform`, 1 is `unigram` (how frequent is a token?), 2 is `bigram` (what follows the last
token?), n looks at the last n - 1. Two ways to treat what was never seen:

"add-one" (P.-S. de Laplace, 1814): each token is counted once more than it was seen, so with c(h w) for how
often w followed the context h,

    p(w | h) = (c(h w) + 1) / (c(h) + V).

"witten-bell" (I. H. Witten, T. C. Bell, 1991, "The zero-frequency problem", method C; in this interpolated
form in S. F. Chen, J. Goodman, 1998, "An empirical study of smoothing techniques for language modeling"): a
context after which t(h) different tokens were seen has been surprised t(h) times; that share of the
probability goes to the context without its oldest token, h', and so on down to 1 / V,

    p(w | h) = (c(h w) + t(h) p(w | h')) / (c(h) + t(h)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import one_of, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _

SMOOTHING = ("witten-bell", "add-one")
HIGHEST = 32  # orders; beyond about 8 there is little to gain
MOST_TOKENS = 1_000_000  # of a vocabulary


@dataclass(frozen=True, eq=False)
class Level:
    """The sequences of one length that occur, sorted, each as (number of its beginning) * V + last token, and
    how often they do. The sequences that begin with number h are rows starts[h] to starts[h + 1]; `totals` is
    c(h), and `kinds` t(h)."""

    codes: np.ndarray
    counts: np.ndarray
    starts: np.ndarray
    totals: np.ndarray

    @property
    def kinds(self) -> np.ndarray:
        return np.diff(self.starts)

    def find(self, codes: np.ndarray) -> np.ndarray:
        """Which row each code is, -1 for those that are none."""
        rows = np.searchsorted(self.codes, codes).clip(max=len(self.codes) - 1)
        return np.where(self.codes[rows] == codes, rows, -1)


class NGram:
    """A model of sequences of `order` tokens (0 to 32); `fit` counts, all else asks. `smoothing` is
    "witten-bell" or "add-one"."""

    def __init__(self, order: int = 6, *, smoothing: str = "witten-bell"):
        self.order = whole("order", order, 0, HIGHEST)
        self.smoothing = one_of("smoothing", smoothing, SMOOTHING)
        self.vocabulary_size = 0
        self._levels: list[Level] = []

    def __repr__(self) -> str:
        return f"NGram(order={self.order}, smoothing={self.smoothing!r})"

    # -- counting -----------------------------------------------------------------------------

    def fit(self, tokens: Any, vocabulary_size: int) -> NGram:
        """Counts `tokens` (n,), whole numbers below `vocabulary_size`; returns itself.

        It sorts n numbers for each order: 300,000 tokens at order 6 take less than a tenth of a second.
        """
        size = whole("vocabulary_size", vocabulary_size, 1, MOST_TOKENS)
        row = _tokens("tokens", tokens, size)
        if row.ndim != 1:
            raise wrong_value("tokens", _("a row of token numbers, of shape (n,)"), tokens)
        levels: list[Level] = []
        before, begun = np.zeros(len(row), np.int64), 1  # the numbers of what precedes, how many there are
        for _length in range(min(self.order, len(row))):
            codes, numbers, counts = np.unique(
                before * size + row[len(row) - len(before) :], return_inverse=True, return_counts=True
            )
            starts = np.searchsorted(codes // size, np.arange(begun + 1))
            sums = np.concatenate([[0], np.cumsum(counts)])
            levels.append(Level(codes, counts, starts, np.diff(sums[starts])))
            before, begun = numbers.reshape(-1)[:-1], len(codes)
        self.vocabulary_size, self._levels = size, levels
        return self

    @property
    def parameters(self) -> int:
        """How many counts it keeps: one for each different sequence of up to `order` tokens."""
        self._check_fitted()
        return sum(len(level.counts) for level in self._levels)

    def _check_fitted(self) -> None:
        if not self.vocabulary_size:
            raise wrong_value("model", _("fitted: call fit(tokens, vocabulary_size) first"), self)

    # -- asking -------------------------------------------------------------------------------

    def probabilities(self, context: Any = ()) -> np.ndarray:
        """The probability (V,) of each token after `context`, of which the last order - 1 tokens count. They
        sum to 1."""
        self._check_fitted()
        size = self.vocabulary_size
        found = np.full(size, 1 / size)
        past = [int(token) for token in _tokens("context", context, size).reshape(-1)]
        for length, level in enumerate(self._levels):  # of the context
            if length > len(past):
                break
            number = self._number_of(past[len(past) - length :])
            total = int(level.totals[number]) if number >= 0 else 0
            if self.smoothing == "add-one":
                if length + 1 == self.order:
                    found = self._row(level, number) + 1.0
                    found /= total + size
            elif total:
                kinds = int(level.starts[number + 1] - level.starts[number])
                found = (self._row(level, number) + kinds * found) / (total + kinds)
        return found

    def likelihoods(self, tokens: Any) -> np.ndarray:
        """The probability of each of `tokens` (..., n), given those before it in its row: (..., n).

        The first tokens of a row have shorter contexts. With add-one a context that is too short, or was
        never seen, says nothing: then each token has 1 / V.
        """
        self._check_fitted()
        size = self.vocabulary_size
        row = _tokens("tokens", tokens, size)
        found = np.full(row.shape, 1 / size)
        before = np.zeros(row.shape, np.int64)  # the number of what precedes each token, -1 for none
        for place, level in enumerate(self._levels):
            known = before >= 0
            here = np.where(known, level.find(np.where(known, before * size + row, -1)), -1)
            counts = np.where(here >= 0, level.counts[here.clip(min=0)], 0)
            totals = np.where(known, level.totals[before.clip(min=0)], 0)
            if self.smoothing == "add-one":
                if place + 1 == self.order:
                    found = (counts + 1) / (totals + size)
            else:
                kinds = np.where(known, level.kinds[before.clip(min=0)], 0)
                seen = totals > 0
                found = np.where(seen, (counts + kinds * found) / np.where(seen, totals + kinds, 1), found)
            before = np.concatenate([np.full((*row.shape[:-1], 1), -1), here[..., :-1]], axis=-1)
        return found

    def bits(self, tokens: Any) -> float:
        """The mean of -log2 p over `tokens` (..., n): how many bits a token needs with this model."""
        probabilities = self.likelihoods(tokens)
        if not probabilities.size:
            raise wrong_value("tokens", _("one token or more"), tokens)
        return float(-np.log2(probabilities).mean())

    def sample(self, length: int, *, context: Any = (), seed: int = 0) -> np.ndarray:
        """`length` tokens (length,) int32 that follow `context`, each drawn from `probabilities`."""
        count, random = whole("length", length, 0), np.random.default_rng(whole("seed", seed, 0))
        self._check_fitted()
        past = _tokens("context", context, self.vocabulary_size).reshape(-1).tolist()
        first = len(past)
        for _step in range(count):
            heaps = np.cumsum(self.probabilities(past[max(0, len(past) - self.order) :]))
            past.append(int(np.searchsorted(heaps, random.random() * heaps[-1], side="right")))
        return np.array(past[first:], np.int32)

    def _number_of(self, past: Sequence[int]) -> int:
        """The number of the sequence `past` among those of its length; -1 where it does not occur."""
        number = 0
        for level, token in zip(self._levels, past, strict=False):
            number = int(level.find(np.array(number * self.vocabulary_size + token)))
            if number < 0:
                return -1
        return number

    def _row(self, level: Level, number: int) -> np.ndarray:
        """c(h w) for every token w (V,)."""
        row = np.zeros(self.vocabulary_size)
        if number >= 0:
            part = slice(level.starts[number], level.starts[number + 1])
            row[level.codes[part] % self.vocabulary_size] = level.counts[part]
        return row


def uniform(vocabulary_size: int) -> NGram:
    """Every token is as likely as any other: log2(V) bits."""
    return NGram(0).fit(np.zeros(0, np.int64), vocabulary_size)


def unigram(tokens: Any, vocabulary_size: int) -> NGram:
    """A token is as likely as it is frequent, add-one."""
    return NGram(1, smoothing="add-one").fit(tokens, vocabulary_size)


def bigram(tokens: Any, vocabulary_size: int) -> NGram:
    """A token is as likely as it was after the token before it, add-one."""
    return NGram(2, smoothing="add-one").fit(tokens, vocabulary_size)


def _tokens(name: str, value: Any, size: int) -> np.ndarray:
    expected = _("token numbers from 0 to {last}").format(last=size - 1)
    try:
        array = np.asarray(value)
    except Exception:  # ragged lists, and whatever a reader's own class raises
        raise wrong_type(name, expected, value) from None
    if array.size == 0:
        return np.zeros(array.shape if array.ndim else (0,), np.int64)
    if array.dtype.kind not in "iu" or array.ndim == 0:
        raise wrong_type(name, expected, value)
    if array.min() < 0 or array.max() >= size:
        raise wrong_value(name, expected, int(array.min() if array.min() < 0 else array.max()))
    return array.astype(np.int64)
