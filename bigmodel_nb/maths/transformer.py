"""A whole transformer on NumPy arrays, with a trace of what happens inside.

    trace = forward(weights, tokens, num_heads=4)     # weights by name, as models.named_weights has them
    trace.logits                                      # (T, V)
    trace.layers[1].attention.weights[0]              # (T, T): what the first head of the second block sees
    trace.lens(1)                                     # (T, V): what it would say after one block

`Design.of(model.config)` holds what weights alone do not say. Tokens are (T,), or (n, T): several sequences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np

from bigmodel_nb.arguments import number, one_of, positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.attention import (
    BASE,
    BlockTrace,
    block_trace,
    causal_mask,
    layer_norm,
    sinusoidal_positions,
)

POSITIONS = ("learned", "sinusoidal", "rotary", "none")
MOST_CELLS = 2**26  # numbers in the scores of one layer: beyond it, memory is gone before anything is seen


@dataclass(frozen=True)
class Design:
    """What a transformer computes with its weights: fields as in `models.TransformerConfig`, and three that
    nobody trains with and many want to try: `scale` of the products (default: 1 / sqrt(d_head)),
    `temperature` of the softmax, and of the positions `base`, `strength` (added ones are multiplied by it)
    and `start`, the number of the first one."""

    num_heads: int
    causal: bool = True
    positions: str = "learned"
    norm: str = "pre"
    activation: str = "gelu"
    num_classes: int | None = None
    scale: float | None = None
    temperature: float = 1.0
    base: float = BASE
    strength: float = 1.0
    start: int = 0

    def __post_init__(self) -> None:
        whole("num_heads", self.num_heads, 1)
        one_of("positions", self.positions, POSITIONS)
        one_of("norm", self.norm, ("pre", "post"))
        one_of("activation", self.activation, ("gelu", "relu", "swiglu"))
        for name in ("temperature", "base"):
            positive(name, getattr(self, name))
        number("strength", self.strength)
        whole("start", self.start, 0)

    @classmethod
    def of(cls, config: Any, **changed: Any) -> Design:
        """The design of a model whose `config` (an object or a mapping) has fields of these names."""
        known = config if isinstance(config, Mapping) else {**_fields_of(config)}
        own = {one.name: known[one.name] for one in fields(cls) if one.name in known}
        return cls(**{**own, **changed})


@dataclass(frozen=True, eq=False)
class Trace:
    """`tokens` (..., T); `embedded` (..., T, width), what enters the first block; `layers`, one `BlockTrace`
    for each block, whose `output` is the residual stream after it; `logits` (..., T, V), or (..., classes);
    `mask` (T, T), True where a query sees a key."""

    tokens: np.ndarray
    embedded: np.ndarray
    layers: tuple[BlockTrace, ...]
    logits: np.ndarray
    mask: np.ndarray
    design: Design
    weights: Mapping[str, np.ndarray] = field(repr=False)

    @property
    def residuals(self) -> tuple[np.ndarray, ...]:
        """The residual stream before the first block and after each: layers + 1 arrays (..., T, width)."""
        return (self.embedded, *(layer.output for layer in self.layers))

    def lens(self, layer: int, position: int | None = None) -> np.ndarray:
        """The logits that the model would give if it ended after `layer` blocks: the final norm and the
        unembedding of the residual stream there. `layer` from 0 (the embedding) to all, where they are
        `logits`. With `position`, those of this position alone, (..., V), in a fraction of the time.
        nostalgebraist, 2020, "interpreting GPT: the logit lens"."""
        stream = self.residuals[whole("layer", layer, 0, len(self.layers))]
        if position is not None and self.design.num_classes is None:
            length = stream.shape[-2]
            stream = stream[..., whole("position", position, -length, length - 1), :]
        return _read(stream, self.weights, self.design)

    def entropy(self) -> np.ndarray:
        """(layers, ..., heads, T): the entropy of each row of attention in bits, 0 where all weight lies on
        one token, log2(n) where n tokens share it equally."""
        return np.stack([entropy_bits(layer.attention.weights) for layer in self.layers])


def forward(
    weights: Mapping[str, Any],
    tokens: Any,
    *,
    num_heads: int | None = None,
    mask: Any = None,
    design: Design | None = None,
    **settings: Any,
) -> Trace:
    """The model of these weights on `tokens` (T,) or (n, T): logits, and what happened on the way.

    `weights` are named as `models.named_weights` names them. What they do not say is in `design`, or in
    settings that are fields of it: `num_heads`, `causal`, `positions`, `activation`, `temperature`, ... Norms
    stand before the parts where there is a "final_norm". `mask` (T, T) of booleans, True where a query (row)
    sees a key (column), takes the place of the model's own, which is causal or hides nothing.
    """
    design = _design(weights, num_heads, design, settings)
    table = np.asarray(weights["token_embedding/table"])
    numbers = _checked_tokens(tokens, len(table))
    length = numbers.shape[-1]
    if numbers.size * length * design.num_heads > MOST_CELLS:
        raise wrong_value("tokens", _("a shorter text: its attention would not fit into memory"), tokens)
    if mask is None:
        mask = causal_mask(length) if design.causal else np.ones((length, length), dtype=bool)
    stream = _placed(table[numbers], weights, design)
    settings = {
        "mask": mask, "norm": design.norm, "activation": design.activation,
        "turn": design.positions == "rotary", "start": design.start, "base": design.base,
        "scale": design.scale, "temperature": design.temperature,
    }  # fmt: skip
    layers: list[BlockTrace] = []
    embedded = stream
    for one in blocks(weights):
        layers.append(block_trace(stream, one, design.num_heads, **settings))
        stream = layers[-1].output
    logits = _read(stream, weights, design)
    return Trace(numbers, embedded, tuple(layers), logits, np.asarray(mask), design, weights)


def blocks(weights: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The weights of each block, named without "block_0/" and so on."""
    found: list[dict[str, Any]] = []
    while own := {
        name.partition("/")[2]: value
        for name, value in weights.items()
        if name.startswith(f"block_{len(found)}/")
    }:
        found.append(own)
    return found


def entropy_bits(weights: Any) -> np.ndarray:
    """Of each row of `weights` (..., T, S), shares that sum to 1: -sum of w log2 w, (..., T). C. E. Shannon,
    1948, "A mathematical theory of communication"."""
    shares = np.asarray(weights)
    return -(shares * np.log2(np.maximum(shares, np.finfo(shares.dtype).tiny))).sum(axis=-1) + 0.0


def _design(weights: Any, num_heads: Any, design: Any, settings: dict[str, Any]) -> Design:
    if not isinstance(weights, Mapping) or "token_embedding/table" not in weights:
        raise wrong_type("weights", _("the named weights of a transformer"), weights)
    if num_heads is not None:
        settings = {**settings, "num_heads": num_heads}
    unknown = set(settings) - {one.name for one in fields(Design)}
    if unknown:
        one_of("settings", sorted(unknown)[0], [one.name for one in fields(Design)])
    if design is not None:
        return replace(design, **settings)
    own: dict[str, Any] = {
        "norm": "pre" if "final_norm/gamma" in weights else "post",
        "positions": "learned" if "positions/table" in weights else "none",
    }
    if "num_heads" not in settings:
        raise wrong_value("num_heads", _("the number of heads, which weights do not say"), None)
    return Design(**{**own, **settings})


def _placed(x: np.ndarray, weights: Mapping[str, Any], design: Design) -> np.ndarray:
    """Token rows (..., T, width) with what says where they stand."""
    length, width = x.shape[-2:]
    strength = x.dtype.type(design.strength)
    if design.positions == "learned":
        if "positions/table" not in weights:
            expected = _("one of {known}: this model has learned no table of positions")
            known = ", ".join(map(repr, POSITIONS[1:]))
            raise wrong_value("positions", expected.format(known=known), design.positions)
        table = np.asarray(weights["positions/table"])
        if design.start + length > len(table):
            expected = _("at most {most} tokens long from position {start} on: the model has learned no more")
            raise wrong_value(
                "tokens", expected.format(most=len(table) - design.start, start=design.start), length
            )
        return x + strength * table[design.start : design.start + length]
    if design.positions == "sinusoidal":
        rows = sinusoidal_positions(length, width, design.start, design.base).astype(x.dtype)
        return x * x.dtype.type(width**0.5) + strength * rows
    return x


def _read(stream: np.ndarray, weights: Mapping[str, Any], design: Design) -> np.ndarray:
    """The logits of a residual stream (..., T, width)."""
    if "final_norm/gamma" in weights:
        stream = layer_norm(stream, weights["final_norm/gamma"], weights.get("final_norm/beta", 0.0))
    if design.num_classes is not None:
        stream = stream.mean(axis=-2)
    if "logits/kernel" not in weights:
        return stream @ np.asarray(weights["token_embedding/table"]).T
    return stream @ np.asarray(weights["logits/kernel"]) + np.asarray(
        weights.get("logits/bias", np.float32(0))
    )


def _checked_tokens(tokens: Any, size: int) -> np.ndarray:
    expected = _("whole numbers (T,) or (n, T), each from 0 to {most}").format(most=size - 1)
    try:
        numbers = np.asarray(tokens)
    except ValueError:
        raise wrong_type("tokens", expected, tokens) from None
    if numbers.dtype.kind not in "iu":
        raise wrong_type("tokens", expected, tokens)
    if numbers.ndim not in (1, 2) or not numbers.size or numbers.min() < 0 or numbers.max() >= size:
        raise wrong_value("tokens", expected, tokens)
    return numbers.astype(np.int64)


def _fields_of(config: Any) -> dict[str, Any]:
    try:
        return asdict(config)
    except TypeError:
        raise wrong_type("config", _("a TransformerConfig, or a mapping of its fields"), config) from None
