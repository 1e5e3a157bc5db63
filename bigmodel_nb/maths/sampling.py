"""From the scores of a language model to the next token: repetition penalty, temperature, top-k, top-p.

    p = next_probabilities(logits, temperature=0.8, top_p=0.9)      # (V,), sums to 1
    token = draw(logits, np.random.default_rng(0), temperature=0.8, top_p=0.9)

The order matters, and it is this: the penalty changes the logits, the temperature divides them, a softmax
over the whole vocabulary makes them probabilities; top-k and then top-p look at these probabilities and
decide which tokens stay; what stays is divided by its sum, once. Where tokens are equally probable, the one
of the lower number comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import between, non_negative, positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.losses import softmax

RECENT = 64  # tokens before the next one that a repetition penalty looks at, where text is written


@dataclass(frozen=True, eq=False)
class Choice:
    """The way from logits to probabilities; each array is (V,), one entry for each token.

    `full` are the probabilities before filtering, after penalty and temperature. `in_top_k` and `in_top_p`
    say which tokens each filter lets through (`in_top_p` lies within `in_top_k`, and is what stays).
    `probabilities` are those of what stays; they sum to 1.
    """

    full: np.ndarray
    in_top_k: np.ndarray
    in_top_p: np.ndarray
    probabilities: np.ndarray


def choose(
    logits: Any,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    repetition_penalty: float = 1.0,
    recent: Any = (),
) -> Choice:
    """`next_probabilities` with the stages before it, to be looked at. The arguments are the same."""
    scores = penalized(logits, repetition_penalty, recent)
    temperature = non_negative("temperature", temperature)
    k = len(scores) if top_k is None else min(whole("top_k", top_k, 1), len(scores))
    p = 1.0 if top_p is None else between("top_p", top_p, 0, 1, low_open=True)
    full = _full(scores, temperature)
    order = np.argsort(-full, kind="stable")  # stable: of equals, the lower number comes first
    before = np.concatenate([[0.0], np.cumsum(full[order])[:-1]])  # how much stands before each
    in_top_k, in_top_p = np.zeros((2, len(full)), dtype=bool)
    in_top_k[order[:k]] = True
    # A token stays where what stands before it is less than p: the one that crosses p is the last to stay.
    # p = 1 lets all through, also where rounding makes the sum 1 before the last token.
    in_top_p[order[:k][before[:k] < p] if p < 1 else order[:k]] = True
    kept = np.where(in_top_p, full, 0.0)
    return Choice(full, in_top_k, in_top_p, kept / kept.sum())


def next_probabilities(
    logits: Any,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    repetition_penalty: float = 1.0,
    recent: Any = (),
) -> np.ndarray:
    """Logits (V,) of the next token -> its probabilities (V,), from which a token is drawn.

    - `repetition_penalty` (positive, 1 by default: none) lowers the logits of the tokens in `recent` where
      it is above 1: see `penalized`.
    - `temperature` (0 or more, 1 by default) divides the logits. Below 1 the probable gets more probable,
      above 1 all become more alike; 0 means greedy: all probability on the largest logit (the first of
      equals). D. H. Ackley, G. E. Hinton, T. J. Sejnowski, 1985, "A learning algorithm for Boltzmann
      machines".
    - `top_k` (1 or more; None: all) keeps the k most probable tokens. A. Fan, M. Lewis, Y. Dauphin, 2018,
      "Hierarchical neural story generation".
    - `top_p` (above 0, to 1; None: all) keeps the most probable tokens until their sum reaches p, the token
      that crosses p included, so that one stays at least. The sum counts probabilities of the whole
      vocabulary, also after top_k. A. Holtzman, J. Buys, L. Du, M. Forbes, Y. Choi, 2020, "The curious case
      of neural text degeneration".

    ValueError or TypeError for anything else, and for logits that are not finite.
    """
    return choose(
        logits,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        repetition_penalty=repetition_penalty,
        recent=recent,
    ).probabilities


def draw(
    logits: Any,
    random: np.random.Generator,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    repetition_penalty: float = 1.0,
    recent: Any = (),
) -> int:
    """A token, drawn by its probability; the arguments after `random` are those of `next_probabilities`.

    Takes one number of `random` whatever the settings are, so that two settings can be compared seed by
    seed.
    """
    probabilities = next_probabilities(
        logits,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        repetition_penalty=repetition_penalty,
        recent=recent,
    )
    return drawn(probabilities, random)


def drawn(probabilities: np.ndarray, random: np.random.Generator) -> int:
    """A token by `probabilities` (V,), as `next_probabilities` gives them: a number between 0 and 1 is
    drawn, and the first token at which the running sum exceeds it is taken."""
    if not isinstance(random, np.random.Generator):
        raise wrong_type("random", _("a generator, such as numpy.random.default_rng(0)"), random)
    kept = np.flatnonzero(probabilities)
    running = np.cumsum(probabilities[kept])
    place = np.searchsorted(running, random.random() * running[-1], side="right")
    return int(kept[min(place, len(kept) - 1)])


def penalized(logits: Any, repetition_penalty: float = 1.0, recent: Any = ()) -> np.ndarray:
    """Logits (V,) as float64, those of the tokens in `recent` lowered: divided by `repetition_penalty` where
    they are positive, multiplied by it where they are negative. How often a token occurs does not matter.

    N. S. Keskar, B. McCann, L. R. Varshney, C. Xiong, R. Socher, 2019, "CTRL: A conditional transformer
    language model for controllable generation", where 1.2 is recommended. The paper divides in either case,
    which would make a token with a negative logit more probable; multiplying these is what libraries do
    since. A penalty below 1 favors repetition.
    """
    scores = array_of_numbers("logits", logits, _("a row of finite numbers, one for each token"))
    if scores.ndim != 1:
        raise wrong_value("logits", _("a row of finite numbers, one for each token"), logits)
    scores = scores.astype(np.float64)  # a copy
    penalty = positive("repetition_penalty", repetition_penalty)
    tokens = _tokens(recent, len(scores))
    if penalty != 1 and tokens.size:
        seen = scores[tokens]
        scores[tokens] = np.where(seen > 0, seen / penalty, seen * penalty)
    return scores


def _full(scores: np.ndarray, temperature: float) -> np.ndarray:
    if temperature == 0:
        greedy = np.zeros_like(scores)
        greedy[np.argmax(scores)] = 1.0
        return greedy
    with np.errstate(over="ignore"):  # far below the largest at a tiny temperature: minus infinity, so 0
        lowered = (scores - scores.max()) / temperature
    return softmax(np.maximum(lowered, np.finfo(np.float64).min))


def _tokens(recent: Any, size: int) -> np.ndarray:
    expected = _("token numbers from 0 to {last}").format(last=size - 1)
    try:
        tokens = np.asarray(recent)
    except Exception:
        raise wrong_type("recent", expected, recent) from None
    if tokens.size == 0:
        return np.zeros(0, dtype=np.int64)
    if tokens.dtype.kind not in "iu" or tokens.ndim != 1:
        raise wrong_type("recent", expected, recent)
    if tokens.min() < 0 or tokens.max() >= size:
        raise wrong_value("recent", expected, int(tokens.min() if tokens.min() < 0 else tokens.max()))
    return np.unique(tokens).astype(np.int64)
