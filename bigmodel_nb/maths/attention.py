"""What a transformer computes, on NumPy arrays: attention, positions, layer norm, and a whole block.

    result = attention(query, key, value, mask=causal_mask(len(query)))
    result.scores, result.weights, result.output       # the stages, to be looked at

A. Vaswani, N. Shazeer, N. Parmar and others, 2017, "Attention is all you need". Arrays are (..., T, width);
whatever stands before these two axes (batch, heads) is carried along. A mask is True where a query (row)
sees a key (column).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import one_of, positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.losses import softmax

BASE = 10000.0  # the longest wavelength of sinusoidal and rotary positions is 2 pi times this
EPSILON = 1e-5  # of layer norms


@dataclass(frozen=True, eq=False)
class Attention:
    """The stages of an attention: `products` (..., T, S) of queries and keys; `scores`, the same after
    scaling and before the mask; `masked`, the scores over the temperature, and the lowest number of their
    type where the mask hides; `weights`, each row of which sums to 1; `output` (..., T, width of the values).
    """

    products: np.ndarray
    scores: np.ndarray
    masked: np.ndarray
    weights: np.ndarray
    output: np.ndarray


def attention(
    query: Any,
    key: Any,
    value: Any,
    mask: Any = None,
    scale: float | None = None,
    temperature: float = 1.0,
) -> Attention:
    """softmax(Q K^T scale) V: what each query collects from the values whose keys it fits.

    query (..., T, d), key (..., S, d), value (..., S, v). `mask` (..., T, S) is True where a query sees a
    key; every query must see one at least. `scale` is 1 / sqrt(d) by default: products of d numbers of
    variance 1 have variance d, and a softmax over large scores hardly learns. `temperature` divides the
    scores once more: below 1 the largest of them takes more of the weight, above 1 less.
    """
    q, k, v = (_rows(name, given) for name, given in (("query", query), ("key", key), ("value", value)))
    if k.shape[-1] != q.shape[-1]:
        raise wrong_value("key", _("of width {width}, as query is").format(width=q.shape[-1]), key)
    if v.shape[-2] != k.shape[-2]:
        raise wrong_value("value", _("of {count} rows, one for each key").format(count=k.shape[-2]), value)
    products = q @ np.swapaxes(k, -1, -2)
    scores = products * (q.shape[-1] ** -0.5 if scale is None else positive("scale", scale))
    temperature = positive("temperature", temperature)
    seen = scores if temperature == 1 else scores / temperature
    if mask is not None:
        allowed = _checked_mask(mask, scores.shape)
        # far below any score, and finite: -inf - -inf would not be a number
        seen = np.where(allowed, seen, np.finfo(scores.dtype).min)
    weights = softmax(seen)
    return Attention(products, scores, seen, weights, weights @ v)


def causal_mask(length: int) -> np.ndarray:
    """(length, length): each position sees itself and those before it."""
    return np.tri(whole("length", length, 1), dtype=bool)


def window_mask(length: int, width: int) -> np.ndarray:
    """(length, length): each position sees itself and the `width` - 1 before it."""
    length = whole("length", length, 1)
    return np.tri(length, dtype=bool) & ~np.tri(length, k=-whole("width", width, 1), dtype=bool)


def split_heads(x: Any, num_heads: int) -> np.ndarray:
    """(..., T, width) -> (..., num_heads, T, width / num_heads): consecutive numbers make a head."""
    rows, num_heads = _rows("x", x), whole("num_heads", num_heads, 1)
    if rows.shape[-1] % num_heads:
        expected = _("a divisor of the width, which is {width}").format(width=rows.shape[-1])
        raise wrong_value("num_heads", expected, num_heads)
    return np.swapaxes(rows.reshape(*rows.shape[:-1], num_heads, -1), -2, -3)


def merge_heads(x: Any) -> np.ndarray:
    """(..., heads, T, d_head) -> (..., T, heads d_head): what `split_heads` took apart."""
    parts = array_of_numbers("x", x)
    if parts.ndim < 3:
        raise wrong_value("x", _("an array of shape (..., heads, T, d_head)"), x)
    back = np.swapaxes(parts, -2, -3)
    return back.reshape(*back.shape[:-2], -1)


# -- positions ----------------------------------------------------------------------------------


def sinusoidal_positions(length: int, width: int, start: int = 0, base: float = BASE) -> np.ndarray:
    """(length, width), for positions from `start` on: sin(p / base^(2i / width)) in column 2i, and the
    cosine of the same in column 2i + 1. `width` is even. Vaswani and others, 2017."""
    angles = _angles(length, width, start, base)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(len(angles), -1)


def rotary(x: Any, start: int = 0, base: float = BASE) -> np.ndarray:
    """x (..., T, width), each row turned by its position, the first of which is `start`; `width` is even.

    Entries i and i + width / 2 are a point of the plane, turned by the angle p / base^(2i / width). The
    product of a query and a key then depends on how far apart they stand, and not on where. J. Su, Y. Lu,
    S. Pan and others, 2021, "RoFormer: Enhanced transformer with rotary position embedding".
    """
    rows = _rows("x", x)
    angles = _angles(rows.shape[-2], rows.shape[-1], start, base)
    cos, sin = np.cos(angles).astype(rows.dtype), np.sin(angles).astype(rows.dtype)
    first, second = np.split(rows, 2, axis=-1)
    return np.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)


def _angles(length: int, width: int, start: int, base: float) -> np.ndarray:
    """(length, width / 2): position times frequency."""
    length, start = whole("length", length, 1), whole("start", start, 0)
    if whole("width", width, 2) % 2:
        raise wrong_value("width", _("an even number"), width)
    base = positive("base", base)
    return np.arange(start, start + length)[:, None] * base ** (-np.arange(0, width, 2) / width)


# -- the rest of a block ------------------------------------------------------------------------


def layer_norm(x: Any, gamma: Any = 1.0, beta: Any = 0.0, epsilon: float = EPSILON) -> np.ndarray:
    """Each row of x (..., width) with mean 0 and variance 1, times gamma plus beta (width,).

    J. L. Ba, J. R. Kiros, G. E. Hinton, 2016, "Layer normalization". The variance is that of the row
    itself, over its numbers and no other row's; `epsilon` is added to it.
    """
    rows = array_of_numbers("x", x)
    if rows.ndim == 0:
        raise wrong_value("x", _("an array of shape (..., width)"), x)
    gamma, beta = array_of_numbers("gamma", gamma), array_of_numbers("beta", beta)
    centered = rows - rows.mean(axis=-1, keepdims=True)
    variance = (centered**2).mean(axis=-1, keepdims=True)
    normed = centered / np.sqrt(variance + positive("epsilon", epsilon)) * gamma + beta
    return normed.astype(rows.dtype, copy=False)  # in single precision, where x is


def _gelu(x: np.ndarray) -> np.ndarray:
    """x times the share of a normal distribution below it. The error function is that of M. Abramowitz, I. A.
    Stegun, 1964, "Handbook of mathematical functions", 7.1.26, which is off by at most 1.5e-7."""
    away = np.abs(x) * 2**-0.5
    t = 1 / (1 + 0.3275911 * away)
    rest = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    rest *= np.exp(-away * away) / 2  # the share beyond |x|
    return x * np.where(x < 0, rest, 1 - rest)


def _swiglu(x: np.ndarray) -> np.ndarray:
    gate, value = np.split(x, 2, axis=-1)
    return gate * (0.5 + 0.5 * np.tanh(0.5 * gate)) * value


# D. Hendrycks, K. Gimpel, 2016, "Gaussian error linear units"; N. Shazeer, 2020, "GLU variants improve
# transformer": one half of the hidden units, through z sigmoid(z), multiplies the other.
_HIDDEN = {
    "gelu": _gelu,
    "relu": lambda x: np.maximum(x, 0),
    "swiglu": _swiglu,
}


@dataclass(frozen=True, eq=False)
class BlockTrace:
    """What happened in a block: `query`, `key`, `value` (..., heads, T, width / heads), turned where
    positions are rotary; `attention`, the stages of all heads; `output` (..., T, width)."""

    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    attention: Attention
    output: np.ndarray


def block(x: Any, weights: Mapping[str, Any], num_heads: int, **settings: Any) -> np.ndarray:
    """A block of a transformer: x (..., T, width) -> the same shape. Settings as in `block_trace`."""
    return block_trace(x, weights, num_heads, **settings).output


def block_trace(
    x: Any,
    weights: Mapping[str, Any],
    num_heads: int,
    *,
    mask: Any = None,
    norm: str = "pre",
    activation: str = "gelu",
    turn: bool = False,
    start: int = 0,
    base: float = BASE,
    scale: float | None = None,
    temperature: float = 1.0,
) -> BlockTrace:
    """A block of a transformer on x (..., T, width), with what happens inside.

    `weights` are named as in the models: "attention/qkv/kernel" (width, 3 width), "attention/out/kernel",
    "feed_forward/up/kernel", "feed_forward/down/kernel", "attention_norm/gamma", "feed_forward_norm/gamma",
    and where there are biases ".../bias" and ".../beta". `norm` is "pre" or "post"; `activation` "gelu",
    "relu" or "swiglu". `turn` says whether positions are rotary, from `start` on and with this `base`;
    `scale` and `temperature` as in `attention`.
    """
    rows, heads = _rows("x", x), whole("num_heads", num_heads, 1)
    one_of("norm", norm, ("pre", "post"))
    between = _HIDDEN[one_of("activation", activation, _HIDDEN)]
    kept: list[Any] = []

    def linear(values: np.ndarray, name: str) -> np.ndarray:
        product = values @ np.asarray(weights[f"{name}/kernel"])
        return product + np.asarray(weights[f"{name}/bias"]) if f"{name}/bias" in weights else product

    def normed(values: np.ndarray, name: str) -> np.ndarray:
        return layer_norm(values, weights[f"{name}/gamma"], weights.get(f"{name}/beta", 0.0))

    def attend(values: np.ndarray) -> np.ndarray:
        q, k, v = (split_heads(p, heads) for p in np.split(linear(values, "attention/qkv"), 3, axis=-1))
        if turn:
            q, k = rotary(q, start, base), rotary(k, start, base)
        stages = attention(q, k, v, mask, scale, temperature)
        kept.extend((q, k, v, stages))
        return linear(merge_heads(stages.output), "attention/out")

    def feed(values: np.ndarray) -> np.ndarray:
        return linear(between(linear(values, "feed_forward/up")), "feed_forward/down")

    for part, name in ((attend, "attention_norm"), (feed, "feed_forward_norm")):
        rows = rows + part(normed(rows, name)) if norm == "pre" else normed(rows + part(rows), name)
    query, key, value, stages = kept
    return BlockTrace(query, key, value, stages, rows)


def _rows(name: str, value: Any) -> np.ndarray:
    rows = array_of_numbers(name, value)
    if rows.ndim < 2:
        raise wrong_value(name, _("an array of shape (..., T, width)"), value)
    return rows


def _checked_mask(mask: Any, shape: tuple[int, ...]) -> np.ndarray:
    """`mask` as booleans. An array of numbers is refused: 0 and 1 mean the opposite in other libraries."""
    expected = _("an array of booleans of shape {shape}, True where a query sees a key").format(
        shape=shape[-2:]
    )
    allowed = np.asarray(mask)
    if allowed.dtype != bool:
        raise wrong_type("mask", expected, mask)
    try:
        allowed = np.broadcast_to(allowed, shape)
    except ValueError:
        raise wrong_value("mask", expected, mask) from None
    if not allowed.any(axis=-1).all():
        raise wrong_value("mask", _("True at least once in each row"), mask)
    return allowed
