"""Self-attention with several heads, in one product for queries, keys and values.

A. Vaswani, N. Shazeer, N. Parmar et al., 2017, "Attention is all you need":

    attention(Q, K, V) = softmax(Q K^T / sqrt(d_head)) V

`maths/attention.py` has the same on NumPy arrays.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from bigmodel_nb.arguments import whole
from bigmodel_nb.models.lora import Linear
from bigmodel_nb.models.positions import rotary


@keras.saving.register_keras_serializable(package="bigmodel_nb")
class SelfAttention(keras.layers.Layer):
    """Each position of x (n, T, d_model) collects from those that it sees; the output has x's shape.

    `causal` hides from each position those after it. `rotary` turns queries and keys by their positions.
    `out_stddev` is the spread that the weights of the last product begin with.
    """

    def __init__(
        self,
        num_heads: int,
        *,
        causal: bool = True,
        rotary: bool = False,
        use_bias: bool = True,
        out_stddev: float = 0.02,
        lora_rank: int = 0,
        lora_alpha: float | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.num_heads = whole("num_heads", num_heads, 1)
        self.causal, self.rotary, self.use_bias = bool(causal), bool(rotary), bool(use_bias)
        self.out_stddev, self.lora_rank, self.lora_alpha = out_stddev, lora_rank, lora_alpha

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        width = int(input_shape[-1])  # type: ignore[arg-type]
        common: dict[str, Any] = {
            "use_bias": self.use_bias,
            "lora_rank": self.lora_rank,
            "lora_alpha": self.lora_alpha,
            "dtype": self.dtype_policy,
        }
        self.qkv = Linear(3 * width, name="qkv", **common)
        self.out = Linear(width, stddev=self.out_stddev, name="out", **common)
        self.qkv.build(input_shape)
        self.out.build(input_shape)
        self.built = True

    def call(self, x: Any) -> Any:
        query, key, value = self.project(x)
        mixed = ops.dot_product_attention(query, key, value, is_causal=self.causal)  # (n, T, heads, d_head)
        return self.out(ops.reshape(mixed, (-1, ops.shape(x)[1], x.shape[-1])))

    def project(self, x: Any, start: int = 0) -> tuple[Any, Any, Any]:
        """Queries, keys and values of x (n, T, d_model), each (n, T, heads, d_head).

        `start` is the position of x's first token, for rotary positions.
        """
        length, width = ops.shape(x)[1], x.shape[-1]
        parts = ops.reshape(self.qkv(x), (-1, length, 3, self.num_heads, width // self.num_heads))
        query, key, value = parts[:, :, 0], parts[:, :, 1], parts[:, :, 2]
        if self.rotary:
            query, key = rotary(query, start), rotary(key, start)
        return query, key, value

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        own = ("num_heads", "causal", "rotary", "use_bias", "out_stddev", "lora_rank", "lora_alpha")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}
