"""One head's attention as it is looked at: a stage, a chosen token, all heads beside it, the logit lens.

view = view_of(forward(weights, tokens, num_heads=4), labels, names, layer=0, head=2, stage="softmax")
view = view_of(by_hand(query, key, value), labels)          # one head whose numbers are set by hand
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import number, one_of, whole, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.attention import BASE, BlockTrace, attention, rotary, sinusoidal_positions
from bigmodel_nb.maths.losses import softmax
from bigmodel_nb.maths.transformer import Trace, entropy_bits

STAGES = ("scores", "scaled", "masked", "softmax", "weighted values")
GUESSES = 5  # of the logit lens, for each layer
HAND_POSITIONS = ("none", "sinusoidal", "rotary")


@dataclass(frozen=True, eq=False)
class HandTrace:
    """One block with one head, and nothing around it; `mask` (T, T)."""

    layers: tuple[BlockTrace, ...]
    mask: np.ndarray


@dataclass(frozen=True, eq=False)
class AttentionView:
    """`matrix` (T, T), or (T, d_head) of weighted values, is the `stage` of a head; `hidden` (T, T) is True
    where the mask hides and the stage shows it. `maps` (layers, heads, T, T) are the weights of all heads and
    `bits` (layers, heads) their mean entropies; `row_bits` that of the chosen token's row. `lens` has for
    each layer its name and the most probable next tokens of the chosen position with their probabilities.
    `vectors` are queries, keys and values (T, d) where they were set by hand."""

    labels: tuple[str, ...]
    layer: int
    head: int
    stage: str
    token: int
    matrix: np.ndarray
    hidden: np.ndarray | None
    maps: np.ndarray
    bits: np.ndarray
    row_bits: float
    lens: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()
    vectors: tuple[np.ndarray, ...] = ()

    @property
    def row(self) -> np.ndarray:
        """(T,): how the chosen token spreads its weight."""
        return self.maps[self.layer, self.head, self.token]

    @property
    def column(self) -> np.ndarray:
        """(T,): the weight that each token gives to the chosen one."""
        return self.maps[self.layer, self.head, :, self.token]


def by_hand(
    query: Any,
    key: Any,
    value: Any,
    *,
    mask: Any = None,
    scale: float | None = None,
    temperature: float = 1.0,
    positions: str = "none",
    base: float = BASE,
    strength: float = 1.0,
    start: int = 0,
) -> HandTrace:
    """Attention of one head on `query` (T, d), `key` (T, d) and `value` (T, v). `positions` "sinusoidal" adds
    `strength` times sines and cosines to queries and keys, "rotary" turns them; both need an even d."""
    q, k, v = (np.atleast_2d(np.asarray(one, dtype=float)) for one in (query, key, value))
    one_of("positions", positions, HAND_POSITIONS)
    if positions != "none" and q.shape[-1] % 2:
        raise wrong_value("positions", _('"none" where queries have an odd number of entries'), positions)
    if positions == "sinusoidal":
        rows = number("strength", strength) * sinusoidal_positions(len(q), q.shape[-1], start, base)
        q, k = q + rows, k + rows if k.shape == q.shape else k
    elif positions == "rotary":
        q, k = rotary(q, start, base), rotary(k, start, base)
    if mask is None:
        mask = np.ones((len(q), len(k)), dtype=bool)
    stages = attention(q[None], k[None], v[None], mask, scale, temperature)
    return HandTrace((BlockTrace(q[None], k[None], v[None], stages, stages.output[0]),), np.asarray(mask))


def view_of(
    trace: Trace | HandTrace,
    labels: Sequence[str],
    names: Sequence[str] | None = None,
    *,
    layer: int = 0,
    head: int = 0,
    stage: str = "softmax",
    token: int = -1,
) -> AttentionView:
    """What is seen of a trace of T tokens, called `labels`; `layer`, `head` and `token` count from 0,
    negative ones from the end. `names` of the vocabulary are needed for the logit lens, and without them
    there is none. An encoder with classes has none either."""
    count, heads, length = len(trace.layers), trace.layers[0].query.shape[-3], len(trace.mask)
    layer = whole("layer", layer, -count, count - 1) % count
    head = whole("head", head, -heads, heads - 1) % heads
    token = whole("token", token, -length, length - 1) % length
    stages = trace.layers[layer].attention
    matrix = {
        "scores": stages.products, "scaled": stages.scores, "masked": stages.masked,
        "softmax": stages.weights, "weighted values": stages.output,
    }[one_of("stage", stage, STAGES)][head]  # fmt: skip
    hidden = ~trace.mask if stage in ("masked", "softmax") and not trace.mask.all() else None
    maps = np.stack([one.attention.weights for one in trace.layers])
    bits = entropy_bits(maps)
    return AttentionView(
        tuple(labels), layer, head, stage, token, matrix, hidden, maps,
        bits.mean(axis=-1), float(bits[layer, head, token]), _lens(trace, token, names),
        _vectors(trace),
    )  # fmt: skip


def _vectors(trace: Any) -> tuple[np.ndarray, ...]:
    if not isinstance(trace, HandTrace):
        return ()
    block = trace.layers[0]
    return block.query[0], block.key[0], block.value[0]


def _lens(trace: Any, token: int, names: Sequence[str] | None) -> tuple:
    if names is None or not isinstance(trace, Trace) or trace.design.num_classes is not None:
        return ()
    rows = []
    for layer in range(len(trace.layers) + 1):
        shares = softmax(trace.lens(layer, token))
        best = np.argsort(-shares, kind="stable")[:GUESSES]
        title = _("embedding") if layer == 0 else f"block_{layer - 1}"
        rows.append((title, tuple((names[one], float(shares[one])) for one in best)))
    return tuple(rows)
