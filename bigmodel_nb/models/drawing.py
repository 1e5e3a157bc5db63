"""`maths/sampling.py` inside a compiled loop: the same rule with `keras.ops`, in float32.

The tests hold both against each other: the same tokens stay, and probabilities agree to rounding. The numbers
from which tokens are drawn are handed in, so that NumPy's generator writes the same text here as there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

EXTREMES = 1e-30, 1e30
TABLE = 512  # tokens up to which pairs are compared, each with each: faster than to sort them


def as_arrays(settings: dict[str, Any], size: int) -> dict[str, np.generic]:
    """The settings of `sampling.next_probabilities` as arrays: other values then need no new compilation.
    What lies beyond float32 becomes the nearest that a loop can compute with."""
    top_k, top_p = settings["top_k"], settings["top_p"]
    temperature, penalty = settings["temperature"], settings["repetition_penalty"]
    return {
        "temperature": np.float32(np.clip(temperature, *EXTREMES) if temperature else 0.0),
        "top_k": np.int32(size if top_k is None else min(top_k, size)),
        "top_p": np.float32(1.0 if top_p is None else np.clip(top_p, *EXTREMES)),
        "repetition_penalty": np.float32(np.clip(penalty, *EXTREMES)),
    }


def probabilities(logits: Any, recent: Any, settings: dict[str, Any]) -> Any:
    """Logits (V,) -> probabilities (V,); `recent` (n,) are tokens, or -1 where there is none."""
    size = logits.shape[0]
    penalty, temperature = settings["repetition_penalty"], settings["temperature"]
    seen = ops.max(ops.one_hot(recent, size, dtype="float32"), axis=0) > 0
    logits = ops.where(seen, ops.where(logits > 0, logits / penalty, logits * penalty), logits)
    warm = temperature > 0
    lowered = (logits - ops.max(logits)) / ops.where(warm, temperature, ops.ones_like(temperature))
    greedy = ops.one_hot(ops.argmax(logits), size, dtype="float32")
    full = ops.where(warm, ops.softmax(lowered), greedy)
    rank, before = _compared(full, size) if size <= TABLE else _sorted(full)
    in_top_p = ops.logical_or(before < settings["top_p"], settings["top_p"] >= 1)
    kept = ops.where(ops.logical_and(rank < settings["top_k"], in_top_p), full, ops.zeros_like(full))
    return kept / ops.sum(kept)


def drawn(chances: Any, number: Any) -> Any:
    """The first token at which the running sum of `chances` (V,) exceeds `number`, from 0 to 1."""
    running = ops.cumsum(chances)
    token = ops.sum(ops.cast(running <= number * running[-1], "int32"))
    places = ops.arange(chances.shape[0], dtype="int32")
    last = ops.max(ops.where(chances > 0, places, ops.zeros_like(places)))
    return ops.minimum(token, last)


def _compared(full: Any, size: int) -> tuple[Any, Any]:
    """How many tokens stand before each in the order of probability, and the sum of theirs."""
    places = np.arange(size)
    earlier = ops.convert_to_tensor(places[None, :] < places[:, None])
    this, other = full[:, None], full[None, :]
    ahead = ops.logical_or(other > this, ops.logical_and(other == this, earlier))
    return (
        ops.sum(ops.cast(ahead, "int32"), axis=1),
        ops.sum(ops.where(ahead, other, ops.zeros_like(other)), axis=1),
    )


def _sorted(full: Any) -> tuple[Any, Any]:
    """The same by sorting."""
    order = ops.argsort(-full)
    ordered = ops.take(full, order)
    rank = ops.argsort(order)
    return ops.cast(rank, "int32"), ops.take(ops.cumsum(ordered) - ordered, rank)
