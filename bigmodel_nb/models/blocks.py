"""A block of a transformer: attention between positions, then a small network at each of them.

Each part is added to what it was given, so that what a token stands for flows through all blocks in one
stream. Layer norms stand before each part (as in GPT-2), or after each sum (Vaswani et al., 2017).
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from bigmodel_nb.arguments import one_of, whole
from bigmodel_nb.models.attention import SelfAttention
from bigmodel_nb.models.lora import Linear

EPSILON = 1e-5  # of GPT-2's norms, and PyTorch's; Keras's own is 1e-3


def layer_norm(use_bias: bool, **kwargs: Any) -> keras.layers.LayerNormalization:
    """Layer norm (J. L. Ba, J. R. Kiros, G. E. Hinton, 2016) as transformers have it."""
    return keras.layers.LayerNormalization(epsilon=EPSILON, center=use_bias, **kwargs)


@keras.saving.register_keras_serializable(package="bigmodel_nb")
class FeedForward(keras.layers.Layer):
    """Two linear layers at each position, with "gelu", "relu" or "swiglu" (Shazeer, 2020) between them."""

    def __init__(
        self,
        hidden: int,
        *,
        activation: str = "gelu",
        use_bias: bool = True,
        out_stddev: float = 0.02,
        lora_rank: int = 0,
        lora_alpha: float | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.hidden = whole("hidden", hidden, 1)
        self.activation = one_of("activation", activation, ("gelu", "relu", "swiglu"))
        self.use_bias, self.out_stddev = bool(use_bias), out_stddev
        self.lora_rank, self.lora_alpha = lora_rank, lora_alpha

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        common: dict[str, Any] = {
            "use_bias": self.use_bias,
            "lora_rank": self.lora_rank,
            "lora_alpha": self.lora_alpha,
            "dtype": self.dtype_policy,
        }
        wide = self.hidden * (2 if self.activation == "swiglu" else 1)
        self.up = Linear(wide, name="up", **common)
        self.down = Linear(input_shape[-1], stddev=self.out_stddev, name="down", **common)  # type: ignore[arg-type]
        self.up.build(input_shape)
        self.down.build((*input_shape[:-1], self.hidden))
        self.built = True

    def call(self, x: Any) -> Any:
        x = self.up(x)
        if self.activation == "swiglu":
            x = ops.silu(x[..., : self.hidden]) * x[..., self.hidden :]
        else:
            x = ops.relu(x) if self.activation == "relu" else ops.gelu(x, approximate=False)
        return self.down(x)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        own = ("hidden", "activation", "use_bias", "out_stddev", "lora_rank", "lora_alpha")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}


@keras.saving.register_keras_serializable(package="bigmodel_nb")
class TransformerBlock(keras.layers.Layer):
    """Attention and feed-forward part, each added to its input x (n, T, d_model), with norms and dropout."""

    def __init__(
        self,
        num_heads: int,
        hidden: int,
        *,
        causal: bool = True,
        rotary: bool = False,
        norm: str = "pre",
        activation: str = "gelu",
        dropout: float = 0.0,
        use_bias: bool = True,
        out_stddev: float = 0.02,
        lora_rank: int = 0,
        lora_alpha: float | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.num_heads, self.hidden, self.causal, self.rotary = num_heads, hidden, causal, rotary
        self.norm = one_of("norm", norm, ("pre", "post"))
        self.activation, self.dropout, self.use_bias = activation, dropout, use_bias
        self.out_stddev, self.lora_rank, self.lora_alpha = out_stddev, lora_rank, lora_alpha
        linear: dict[str, Any] = {
            "use_bias": use_bias,
            "out_stddev": out_stddev,
            "lora_rank": lora_rank,
            "lora_alpha": lora_alpha,
            "dtype": self.dtype_policy,
        }
        frozen = {"dtype": self.dtype_policy, "trainable": not lora_rank}
        self.attention_norm = layer_norm(use_bias, name="attention_norm", **frozen)
        self.attention = SelfAttention(num_heads, causal=causal, rotary=rotary, name="attention", **linear)
        self.feed_forward_norm = layer_norm(use_bias, name="feed_forward_norm", **frozen)
        self.feed_forward = FeedForward(hidden, activation=activation, name="feed_forward", **linear)
        # A layer of its own for each place, and none at 0: its random state would be one more variable.
        self.attention_dropout = self.feed_forward_dropout = None
        if dropout:
            plain = {"dtype": self.dtype_policy}
            self.attention_dropout = keras.layers.Dropout(dropout, name="attention_dropout", **plain)
            self.feed_forward_dropout = keras.layers.Dropout(dropout, name="feed_forward_dropout", **plain)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        for part in (self.attention_norm, self.attention, self.feed_forward_norm, self.feed_forward):
            part.build(input_shape)
        self.built = True

    def call(self, x: Any, training: bool | None = None) -> Any:
        if self.norm == "pre":
            x = x + self._dropped(self.attention_dropout, self.attention(self.attention_norm(x)), training)
            return x + self._dropped(
                self.feed_forward_dropout, self.feed_forward(self.feed_forward_norm(x)), training
            )
        x = self.attention_norm(x + self._dropped(self.attention_dropout, self.attention(x), training))
        return self.feed_forward_norm(
            x + self._dropped(self.feed_forward_dropout, self.feed_forward(x), training)
        )

    @staticmethod
    def _dropped(dropout: Any, x: Any, training: bool | None) -> Any:
        return x if dropout is None else dropout(x, training=training)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        own = ("num_heads", "hidden", "causal", "rotary", "norm", "activation", "dropout", "use_bias")
        own += ("out_stddev", "lora_rank", "lora_alpha")  # type: ignore[assignment]
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}
