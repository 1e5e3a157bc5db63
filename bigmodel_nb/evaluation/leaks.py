"""Whether a model that predicts the next token sees what it is to predict.

    leak = future_leak(model, tokens)
    leak.matrix[3, 5]          # how much the logits at position 3 move when token 5 is another one
    leak.worst                 # 0 for a causal model; far above for one whose mask leaks

A loss near zero is no sign of a good model; this is the test of whether it is cheating.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _

MOST_TOKENS = 256
NOISE = 1e-4  # of the logits' spread: what the rounding of other sums may do


@dataclass(frozen=True, eq=False)
class FutureLeak:
    """`matrix` (T, T): entry (i, j) is the largest change of a logit at position i when token j is another
    one, over the spread of the logits. On the diagonal and below it may be anything, since position i is
    given token i. `by_position` (T,): the most that any later token does. `worst`: the most of all. `leaks`:
    whether that is more than rounding does."""

    matrix: np.ndarray

    @property
    def by_position(self) -> np.ndarray:
        return np.triu(self.matrix, 1).max(axis=1)

    @property
    def worst(self) -> float:
        return float(self.by_position.max())

    @property
    def leaks(self) -> bool:
        return self.worst > NOISE

    def __repr__(self) -> str:
        verdict = _("it sees later tokens") if self.leaks else _("it does not see later tokens")
        return f"FutureLeak(worst={self.worst:.2g}: {verdict})"


def future_leak(model: Any, tokens: Any, *, seed: int = 0) -> FutureLeak:
    """Changes each token but the first in turn, and compares the logits at the positions before it.

    `model` is a Keras model, or any function, from tokens (n, T) to logits (n, T, V); or a `maths.gpt.GPT`.
    `tokens` (T,) are whole numbers, 2 to 256 of them. Each is replaced by another one that occurs in
    `tokens`, drawn with `seed`; one kind of token alone shows nothing, and is refused.
    """
    given = _checked(tokens)
    random = np.random.default_rng(whole("seed", seed, 0))
    known = np.unique(given)
    changed = np.repeat(given[None], len(given), axis=0)
    for place in range(1, len(given)):
        changed[place, place] = random.choice(known[known != given[place]])
    logits = _asked(model, changed)  # row 0 is as given
    spread = max(float(logits[0].std()), 1e-12)
    matrix = np.abs(logits - logits[0]).max(axis=-1).T / spread
    return FutureLeak(matrix)


def _asked(model: Any, tokens: np.ndarray) -> np.ndarray:
    if callable(getattr(model, "logits", None)):  # a GPT in NumPy reads one text at a time
        found = np.stack([np.asarray(model.logits(row)) for row in tokens])
    elif not callable(model):
        raise wrong_type("model", _("a model, or a function of tokens"), model)
    else:
        found = _array(model(tokens.astype(np.int32)))
    if found.ndim != 3 or found.shape[:2] != tokens.shape:
        expected = _("one that gives logits of shape (n, T, V) for tokens of shape (n, T)")
        raise wrong_value("model", expected, found)
    return found.astype(np.float64)


def _array(value: Any) -> np.ndarray:
    if hasattr(value, "detach"):  # of PyTorch
        value = value.detach().cpu()
    return np.asarray(value)


def _checked(tokens: Any) -> np.ndarray:
    expected = _("2 to {most} whole numbers (T,), not all alike").format(most=MOST_TOKENS)
    try:
        given = np.asarray(tokens)
    except ValueError:
        raise wrong_type("tokens", expected, tokens) from None
    if given.dtype.kind not in "iu":
        raise wrong_type("tokens", expected, tokens)
    if given.ndim != 1 or not 2 <= len(given) <= MOST_TOKENS or (given == given[0]).all():
        raise wrong_value("tokens", expected, tokens)
    return given.astype(np.int64)
