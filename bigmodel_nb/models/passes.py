"""One pass of a causal model over the text so far: what it scores the next token by.

What is asked of a model is asked once: whether its outputs are scores for each token at each step, and
whether a step is blind to what follows it.
"""

from __future__ import annotations

import weakref
from typing import Any

import keras
import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _

_causal: weakref.WeakSet[Any] = weakref.WeakSet()
CLOSE = 1e-3  # what rounding may change in scores of the same tokens, relative to their size


def context_of(model: Any) -> int | None:
    """How many tokens `model` can see; None where there is no limit."""
    config = getattr(model, "config", None)
    limit = getattr(config, "context_length", None)
    if limit is not None:
        return int(limit)
    shape = getattr(model, "input_shape", None)
    steps = shape[1] if isinstance(shape, tuple) and len(shape) == 2 else None
    return None if steps is None else int(steps)


def vocabulary_of(model: Any) -> int:
    """How many tokens `model` scores."""
    return int(model.output_shape[-1])


def checked_model(model: Any) -> None:
    """TypeError or ValueError where `model` cannot write: where its outputs are no scores of tokens, or its
    steps see those that follow."""
    if not isinstance(model, keras.Model):
        raise wrong_type("model", _("a causal Keras model"), model)
    if model in _causal:
        return
    expected = _("a model of tokens (n, T) that gives scores (n, T, vocabulary) for the next of them")
    try:
        inputs, outputs = model.input_shape, model.output_shape
    except Exception:
        raise wrong_value("model", expected, getattr(model, "name", model)) from None
    if (
        not isinstance(inputs, tuple)
        or not isinstance(outputs, tuple)
        or (len(inputs), len(outputs)) != (2, 3)
    ):
        raise wrong_value("model", expected, model.name)
    if not _is_causal(model):
        expected = _("causal (no step may see the tokens that follow it, which are yet to be written)")
        raise wrong_value("model", expected, model.name)
    _causal.add(model)


def _is_causal(model: Any) -> bool:
    """Whether another last token leaves the scores at the steps before it as they were."""
    known = getattr(getattr(model, "config", None), "causal", None)
    if known is not None:
        return bool(known)
    size = min(vocabulary_of(model), 7)
    if size < 2:
        return True
    first = np.arange(min(context_of(model) or 6, 6)) % size
    other = first.copy()
    other[-1] = (other[-1] + 1) % size
    before, after = (_all_logits(model, tokens)[: len(first) - 1] for tokens in (first, other))
    return bool(np.allclose(before, after, rtol=CLOSE, atol=CLOSE * (1e-6 + np.abs(before).max(initial=0))))


def logits_of(model: Any, tokens: np.ndarray) -> np.ndarray:
    """The scores (vocabulary,) float32 of what follows `tokens`, from one pass over what the model sees."""
    window = context_of(model)
    seen = tokens if window is None else tokens[-window:]
    return finite(_all_logits(model, seen)[len(seen) - 1])


def finite(logits: np.ndarray) -> np.ndarray:
    """`logits` where all are finite; ValueError where they are not, as those of a model that has diverged."""
    if not np.isfinite(logits).all():
        raise ValueError(
            _("model must give finite scores; received: nan or inf among them. Has its training diverged?")
        )
    return logits


def _all_logits(model: Any, tokens: np.ndarray) -> np.ndarray:
    """(T, vocabulary), or longer: at the end may be scores of what was filled in, where a model wants its
    inputs of one length, or a back end compiles for each anew."""
    length = model.input_shape[1] or len(tokens)
    if keras.backend.backend() == "jax" and not model.input_shape[1]:
        length = min(context_of(model) or 1 << 62, max(16, 1 << (length - 1).bit_length()))
    row = np.zeros((1, length), np.int32)
    row[0, : len(tokens)] = tokens
    scores = keras.ops.convert_to_numpy(model(row, training=False))
    return np.asarray(scores[0], np.float32)
