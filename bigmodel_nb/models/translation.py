"""An encoder and a decoder that looks into it: one row of tokens is read, another is written.

    model = build_translator(vocabulary_size=44, source_length=19, target_length=10)
    model((source, before))                  # (n, S) and (n, T) -> (n, T, vocabulary_size), logits
    translate(model, source, start=0)        # (n, S) -> (n, T), the likeliest token each time

The transformer of A. Vaswani, N. Shazeer, N. Parmar and others, 2017, "Attention is all you need", with
norms before each part. `before` is the target moved on by one (`shifted`): what stands before each token.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from bigmodel_nb.arguments import whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import knob
from bigmodel_nb.models.attention import SelfAttention
from bigmodel_nb.models.blocks import FeedForward, TransformerBlock, layer_norm
from bigmodel_nb.models.config import DEEPEST, WIDEST, ModelConfig, affordable, configured, count
from bigmodel_nb.models.embedding import TokenEmbedding
from bigmodel_nb.models.lora import Linear
from bigmodel_nb.models.positions import Positions


@dataclass(frozen=True)
class TranslationConfig(ModelConfig):
    """The shape of a translator: as many blocks that read as blocks that write."""

    # How many different tokens there are, of both sides together.
    vocabulary_size: int = knob(65, count(1, WIDEST), 2, 50257, log=True, help="how many tokens it knows")
    # The most tokens that it reads, and the most that it writes.
    source_length: int = knob(32, count(1, WIDEST), 8, 1024, log=True, help="how many tokens it reads")
    target_length: int = knob(16, count(1, WIDEST), 8, 1024, log=True, help="how many tokens it writes")
    # Blocks of the encoder, and as many of the decoder.
    num_layers: int = knob(1, count(1, DEEPEST), 1, 6, help="how many blocks on each side")
    # Attentions side by side in a block, each on d_model / num_heads of the numbers.
    num_heads: int = knob(2, count(1, WIDEST), 1, 12, help="how many attentions in a block")
    # Numbers that stand for one token.
    d_model: int = knob(64, count(1, WIDEST), 16, 768, log=True, help="how many numbers a token has")

    SIZES: ClassVar = {
        "tiny": {"d_model": 32},
        "small": {},
        "base": {"num_layers": 6, "num_heads": 8, "d_model": 512},
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.d_model % self.num_heads:
            expected = _("a divisor of d_model, which is {width}").format(width=self.d_model)
            raise wrong_value("num_heads", expected, self.num_heads)

    @property
    def parameter_count(self) -> int:
        """One table of tokens, two of positions; four linear layers and two norms in each block that reads,
        eight (by weight) and three in each that writes; a norm at the end of each side."""
        width = self.d_model
        norm, square = 2 * width, width * width
        attention = 4 * (square + width)
        feed_forward = 8 * square + 5 * width
        reads = attention + feed_forward + 2 * norm
        writes = 2 * attention + feed_forward + 3 * norm
        tables = (self.vocabulary_size + self.source_length + self.target_length) * width
        return tables + self.num_layers * (reads + writes) + 2 * norm


@keras.saving.register_keras_serializable(package="bigmodel_nb")
class CrossAttention(keras.layers.Layer):
    """Each position of x (n, T, d_model) collects from `memory` (n, S, d_model), all of which it sees.

    Queries come from x, keys and values from `memory`; that is the whole difference from self-attention.
    """

    def __init__(self, num_heads: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_heads = whole("num_heads", num_heads, 1)

    def build(self, x_shape: tuple, memory_shape: tuple) -> None:
        width = int(x_shape[-1])
        self.query = Linear(width, name="query", dtype=self.dtype_policy)
        self.key_value = Linear(2 * width, name="key_value", dtype=self.dtype_policy)
        self.out = Linear(width, name="out", dtype=self.dtype_policy)
        self.query.build(x_shape)
        self.key_value.build(memory_shape)
        self.out.build(x_shape)
        self.built = True

    def call(self, x: Any, memory: Any) -> Any:
        query, key, value = self.project(x, memory)
        mixed = ops.dot_product_attention(query, key, value)  # (n, T, heads, d_head)
        return self.out(ops.reshape(mixed, (-1, ops.shape(x)[1], x.shape[-1])))

    def project(self, x: Any, memory: Any) -> tuple[Any, Any, Any]:
        """Queries (n, T, heads, d_head), keys and values (n, S, heads, d_head)."""
        heads, each = self.num_heads, x.shape[-1] // self.num_heads
        query = ops.reshape(self.query(x), (-1, ops.shape(x)[1], heads, each))
        parts = ops.reshape(self.key_value(memory), (-1, ops.shape(memory)[1], 2, heads, each))
        return query, parts[:, :, 0], parts[:, :, 1]

    def weights_of(self, x: Any, memory: Any) -> Any:
        """(n, heads, T, S): how much each position of x looks at each of `memory`; each row sums to 1."""
        query, key, _value = self.project(x, memory)
        return ops.softmax(ops.einsum("nthd,nshd->nhts", query, key) * query.shape[-1] ** -0.5)

    def compute_output_shape(self, x_shape: tuple, memory_shape: tuple) -> tuple:
        return x_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "num_heads": self.num_heads}


@keras.saving.register_keras_serializable(package="bigmodel_nb")
class DecoderBlock(keras.layers.Layer):
    """What has been written so far looks at itself, then at what was read, then each position thinks."""

    def __init__(self, num_heads: int, hidden: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.num_heads, self.hidden = num_heads, hidden
        common: dict[str, Any] = {"dtype": self.dtype_policy}
        self.attention_norm = layer_norm(True, name="attention_norm", **common)
        self.attention = SelfAttention(num_heads, causal=True, name="attention", **common)
        self.cross_norm = layer_norm(True, name="cross_norm", **common)
        self.cross = CrossAttention(num_heads, name="cross", **common)
        self.feed_forward_norm = layer_norm(True, name="feed_forward_norm", **common)
        self.feed_forward = FeedForward(hidden, name="feed_forward", **common)

    def build(self, x_shape: tuple, memory_shape: tuple) -> None:
        for part in (self.attention_norm, self.attention, self.cross_norm):
            part.build(x_shape)
        self.cross.build(x_shape, memory_shape)
        self.feed_forward_norm.build(x_shape)
        self.feed_forward.build(x_shape)
        self.built = True

    def call(self, x: Any, memory: Any) -> Any:
        x = x + self.attention(self.attention_norm(x))
        x = x + self.cross(self.cross_norm(x), memory)
        return x + self.feed_forward(self.feed_forward_norm(x))

    def looked_at(self, x: Any, memory: Any) -> Any:
        """The weights (n, heads, T, S) of its cross-attention."""
        x = x + self.attention(self.attention_norm(x))
        return self.cross.weights_of(self.cross_norm(x), memory)

    def compute_output_shape(self, x_shape: tuple, memory_shape: tuple) -> tuple:
        return x_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "num_heads": self.num_heads, "hidden": self.hidden}


def build_translator(config: TranslationConfig | str | None = None, /, **fields: Any) -> Translator:
    """An untrained, uncompiled translator: source (n, S) and what stands before each token of the target
    (n, T) in; logits (n, T, vocabulary_size) out.

    `config` is a TranslationConfig or the name of a size; `fields` are fields of one and take precedence.
    """
    return Translator(affordable(configured(TranslationConfig, config, fields)))


@keras.saving.register_keras_serializable(package="bigmodel_nb")
class Translator(keras.Model):
    """The model that `build_translator` makes; `model.config` says of what.

    Its layers by name: "token_embedding", "source_positions", "encoder_0" and on, "encoder_norm";
    "target_positions", "decoder_0" and on, "decoder_norm".
    """

    def __init__(self, config: TranslationConfig, name: str = "translator", **kwargs: Any):
        source = keras.Input((config.source_length,), dtype="int32", name="source")
        before = keras.Input((None,), dtype="int32", name="before")
        super().__init__(
            inputs=(source, before), outputs=_connected(config, source, before), name=name, **kwargs
        )
        self.config = config

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, **asdict(self.config)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Translator:
        known = {field.name for field in fields(TranslationConfig)}
        own = TranslationConfig(**{key: value for key, value in config.items() if key in known})
        return cls(own, name=config.get("name", "translator"))


def _connected(config: TranslationConfig, source: Any, before: Any) -> Any:
    embedding = TokenEmbedding(config.vocabulary_size, config.d_model, name="token_embedding")
    hidden = 4 * config.d_model
    memory = Positions(config.source_length, name="source_positions")(embedding(source))
    for i in range(config.num_layers):
        memory = TransformerBlock(config.num_heads, hidden, causal=False, name=f"encoder_{i}")(memory)
    memory = layer_norm(True, name="encoder_norm")(memory)
    x = Positions(config.target_length, name="target_positions")(embedding(before))
    for i in range(config.num_layers):
        x = DecoderBlock(config.num_heads, hidden, name=f"decoder_{i}")(x, memory)
    return embedding(layer_norm(True, name="decoder_norm")(x), reverse=True)


def shifted(target: Any, start: int) -> np.ndarray:
    """What stands before each token of `target` (n, T): `start`, then all but the last. (n, T)

    Training on it is called teacher forcing: the decoder is given the right beginning, whatever it said.
    """
    rows = np.asarray(target)
    if rows.ndim != 2 or rows.dtype.kind not in "iu":
        raise wrong_type("target", _("whole numbers of shape (n, T)"), target)
    first = np.full((len(rows), 1), whole("start", start, 0), rows.dtype)
    return np.concatenate([first, rows[:, :-1]], axis=1)


def translate(model: Translator, source: Any, *, start: int) -> np.ndarray:
    """What the model writes for source (n, S): (n, target_length) tokens, the likeliest one each time."""
    _checked(model)
    rows = _rows(model, source)
    before = np.full((len(rows), model.config.target_length), whole("start", start, 0), "int32")
    written = np.zeros_like(before)
    for place in range(model.config.target_length):
        logits = ops.convert_to_numpy(model((rows, before), training=False))
        written[:, place] = logits[:, place].argmax(axis=-1)
        before = shifted(written, start)
    return written


def looked_at(model: Translator, source: Any, before: Any, *, layer: int = -1) -> np.ndarray:
    """(n, heads, T, S): how much each token that is written looks at each token that was read."""
    _checked(model)
    blocks = [part for part in model.layers if isinstance(part, DecoderBlock)]
    block = blocks[whole("layer", layer, -len(blocks), len(blocks) - 1)]
    inner = keras.Model(model.inputs, block.input)
    return ops.convert_to_numpy(block.looked_at(*inner((_rows(model, source), np.asarray(before)))))


def _checked(model: Any) -> None:
    if not isinstance(model, Translator):
        raise wrong_type("model", _("a model that build_translator has made"), model)


def _rows(model: Translator, source: Any) -> np.ndarray:
    rows, length = np.asarray(source), model.config.source_length
    if rows.ndim != 2 or rows.dtype.kind not in "iu":
        raise wrong_type("source", _("whole numbers of shape (n, S)"), source)
    if rows.shape[1] != length:
        raise wrong_value("source", _("rows of {length} tokens").format(length=length), source)
    return rows
