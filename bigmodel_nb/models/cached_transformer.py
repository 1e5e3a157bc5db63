"""How a transformer takes in one token: by keys and values that are kept, or by its whole window.

Within the window a token is a column of its own: its query looks at the keys and values of those before it,
which never change. Once the window is full every token stands at another place, and all is computed anew.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from bigmodel_nb.models.transformer import Transformer
from bigmodel_nb.models.writing_loop import Loop


class CachedTransformer(Loop):
    """Memory: for each block keys and values (heads, context, d_head), filled up to the present place."""

    def __init__(self, model: Transformer, xla: bool):
        super().__init__("cached_transformer", xla)
        _share(self, model)

    def empty(self) -> list[list[np.ndarray]]:
        width = self.config.d_model // self.config.num_heads
        shape = (self.config.num_heads, self.config.context_length, width)
        dtype = [block.attention.compute_dtype for block in self.blocks]
        kept = [ops.convert_to_numpy(ops.zeros(shape, kind)) for kind in dtype]
        return [[kept_here, kept_here] for kept_here in kept]

    def take_in(self, token: Any, place: Any, memory: Any) -> tuple[Any, Any]:
        x = self.embedding(ops.reshape(token, (1, 1)))
        if self.positions is not None:
            x = _placed(self.positions, x, place)
        seen = ops.arange(self.config.context_length, dtype="int32") <= place
        kept = []
        for block, (keys, values) in zip(self.blocks, memory, strict=True):

            def attend(x, block=block, keys=keys, values=values):
                query, key, value = block.attention.project(x, ops.cast(place, "float32"))
                keys, values = self.put(keys, key, place), self.put(values, value, place)
                kept.append([keys, values])
                scores = ops.matmul(keys, query[0, 0][:, :, None])[..., 0] * query.shape[-1] ** -0.5
                scores = ops.where(seen, ops.cast(scores, "float32"), -1e9)
                weights = ops.cast(ops.softmax(scores), values.dtype)  # (heads, context)
                mixed = ops.matmul(weights[:, None, :], values)  # (heads, 1, d_head)
                return block.attention.out(ops.reshape(mixed, (1, 1, -1)))

            x = _through(block, x, attend)
        return ops.reshape(self.scores(x), (-1,)), kept

    def put(self, kept: Any, column: Any, place: Any) -> Any:
        """`kept` (heads, context, d_head) with `column` (1, 1, heads, d_head) at `place`."""
        column = ops.transpose(column[0], (1, 0, 2))
        if keras.backend.backend() == "tensorflow" and not self.jit_compile:
            # outside XLA, TensorFlow would call XLA for this one operation, each time
            places = ops.arange(kept.shape[1], dtype="int32")[:, None]
            return ops.where(places == place, column, kept)
        return ops.slice_update(
            kept, ops.stack([ops.zeros_like(place), place, ops.zeros_like(place)]), column
        )


class SlidingTransformer(Loop):
    """Memory: the tokens (context,) of the window, encoded anew for each token."""

    def __init__(self, model: Transformer, xla: bool):
        super().__init__("sliding_transformer", xla)
        _share(self, model)

    def take_in(self, token: Any, place: Any, memory: Any) -> tuple[Any, Any]:
        window = ops.concatenate([memory[1:], ops.reshape(token, (1,))])
        x = self.embedding(window[None])
        if self.positions is not None:
            x = self.positions(x)
        for block in self.blocks[:-1]:
            x = block(x, training=False)
        if self.blocks:
            x = _last_column(self.blocks[-1], x)
        return ops.reshape(self.scores(x[:, -1:]), (-1,)), window


def _share(loop: Any, model: Transformer) -> None:
    """Gives `loop` the layers of `model`, but not the model: nobody else shall keep that alive."""
    loop.config, layers = model.config, {layer.name: layer for layer in model.layers}
    loop.embedding, loop.positions = layers["token_embedding"], layers.get("positions")
    loop.blocks = [layers[f"block_{number}"] for number in range(model.config.num_layers)]
    norm, head, embedding = layers.get("final_norm"), layers.get("logits"), loop.embedding
    loop.norm, loop.head = norm, head
    loop.scores = lambda x: _scored(x if norm is None else norm(x), head, embedding)


def _scored(x: Any, head: Any, embedding: Any) -> Any:
    return embedding(x, reverse=True) if head is None else head(x)


def _through(block: Any, x: Any, attend: Any) -> Any:
    """What `block` makes of x, with `attend` in the place of its attention."""
    for norm, part in ((block.attention_norm, attend), (block.feed_forward_norm, block.feed_forward)):
        x = x + part(norm(x)) if block.norm == "pre" else norm(x + part(x))
    return x


def _last_column(block: Any, x: Any) -> Any:
    """What `block` makes of the last column of x (1, T, d_model): the others are needed for keys and values
    alone."""
    attention = block.attention
    every = block.attention_norm(x) if block.norm == "pre" else x
    query, key, value = attention.project(every)
    mixed = ops.dot_product_attention(query[:, -1:], key, value)
    out = attention.out(ops.reshape(mixed, (1, 1, x.shape[-1])))
    return _through(block, x[:, -1:], lambda _last: out)


def _placed(positions: Any, x: Any, place: Any) -> Any:
    """x (1, 1, d_model) with what says that it stands at `place`, a number known only in the loop."""
    if positions.kind == "learned":
        row = ops.take(positions.table, ops.reshape(place, (1, 1)), axis=0)
        return x + ops.cast(row, x.dtype)
    # not through __call__, which would round the place to 16 bits where the model computes in them
    return positions.call(x, ops.cast(place, "float32"))
