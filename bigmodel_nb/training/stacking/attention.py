"""The layers of this package's transformers with stacked weights; see `models/blocks.py` for each of them."""

from __future__ import annotations

from typing import Any

from bigmodel_nb.training.later import keras


def linear(layer: Any, at: Any, x: Any) -> Any:
    from bigmodel_nb.training.stacking.layers import along, product

    y = product(x, at[layer.kernel])
    return y if layer.bias is None else y + along(at[layer.bias], len(y.shape))


def token_embedding(layer: Any, at: Any, x: Any, reverse: bool = False) -> Any:
    import tensorflow as tf

    from bigmodel_nb.training.stacking.layers import product, rows_of

    if not reverse:
        return rows_of(at[layer.table], x)
    return product(x, tf.transpose(at[layer.table], (0, 2, 1)))


def positions(layer: Any, at: Any, x: Any) -> Any:
    import tensorflow as tf

    from bigmodel_nb.training.stacking.layers import folded, unfolded

    if layer.kind == "learned":
        return x + at[layer.table][:, None, : tf.shape(x)[2]]
    return unfolded(layer(folded(x)), x.shape[0])


def self_attention(layer: Any, at: Any, x: Any) -> Any:
    """Vaswani and others, 2017: each member's queries meet its own keys."""
    import tensorflow as tf

    from bigmodel_nb.models.positions import rotary
    from bigmodel_nb.training.stacking.layers import folded, unfolded

    heads, width = layer.num_heads, x.shape[-1]
    parts = folded(linear(layer.qkv, at, x))
    parts = tf.reshape(parts, (-1, tf.shape(x)[2], 3, heads, width // heads))
    query, key, value = parts[:, :, 0], parts[:, :, 1], parts[:, :, 2]
    if layer.rotary:
        query, key = rotary(query), rotary(key)
    mixed = keras.ops.dot_product_attention(query, key, value, is_causal=layer.causal)
    mixed = unfolded(tf.reshape(mixed, (-1, tf.shape(x)[2], width)), at.members)
    mixed.set_shape((at.members, None, x.shape[2], width))
    return linear(layer.out, at, mixed)


def feed_forward(layer: Any, at: Any, x: Any) -> Any:
    x = linear(layer.up, at, x)
    if layer.activation == "swiglu":
        x = keras.ops.silu(x[..., : layer.hidden]) * x[..., layer.hidden :]
    else:
        x = keras.ops.relu(x) if layer.activation == "relu" else keras.ops.gelu(x, approximate=False)
    return linear(layer.down, at, x)


def block(layer: Any, at: Any, x: Any) -> Any:
    from bigmodel_nb.training.stacking.layers import layer_normalization

    def attended(y: Any) -> Any:
        return at.drop(f"{at.place}.attention_dropout", self_attention(layer.attention, at, y))

    def fed(y: Any) -> Any:
        return at.drop(f"{at.place}.feed_forward_dropout", feed_forward(layer.feed_forward, at, y))

    def normed(norm: Any, y: Any) -> Any:
        return layer_normalization(norm, at, y)

    if layer.norm == "pre":
        x = x + attended(normed(layer.attention_norm, x))
        return x + fed(normed(layer.feed_forward_norm, x))
    x = normed(layer.attention_norm, x + attended(x))
    return normed(layer.feed_forward_norm, x + fed(x))


TABLE = {
    "FeedForward": feed_forward,
    "Linear": linear,
    "Positions": positions,
    "SelfAttention": self_attention,
    "TokenEmbedding": token_embedding,
    "TransformerBlock": block,
}
