"""Transformers: a causal one (GPT) that predicts the next token, or an encoder that sees all at once.

    model = build_transformer()                                  # 4 layers, 4 heads, width 128, context 64
    model = build_transformer("tiny", vocabulary_size=100)       # a named size with a field changed
    model = build_transformer(causal=False, num_classes=2)       # an encoder that classifies
    model(tokens)                                                # (n, T) -> (n, T, vocabulary_size), logits

Weights begin as in GPT-2 (A. Radford, J. Wu, R. Child et al., 2019, "Language models are unsupervised
multitask learners"): N(0, 0.02^2), and where parts are added to the residual stream 0.02 / sqrt(2 layers).
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import keras

from bigmodel_nb.models.blocks import TransformerBlock, layer_norm
from bigmodel_nb.models.config import affordable, configured
from bigmodel_nb.models.embedding import TokenEmbedding
from bigmodel_nb.models.lora import Linear
from bigmodel_nb.models.positions import Positions
from bigmodel_nb.models.transformer_config import TransformerConfig


def build_transformer(config: TransformerConfig | str | None = None, /, **fields: Any) -> Transformer:
    """An untrained, uncompiled transformer: tokens (n, T), T up to `context_length`, in; logits in float32
    out, (n, T, vocabulary_size) or (n, num_classes).

    `config` is a TransformerConfig or the name of a size; `fields` are fields of one and take precedence.
    """
    return Transformer(affordable(configured(TransformerConfig, config, fields)))


@keras.saving.register_keras_serializable(package="bigmodel_nb")
class Transformer(keras.Model):
    """The model that `build_transformer` makes; `model.config` says of what.

    Its layers by name: "token_embedding", "positions" (where they are added), "block_0" and on,
    "final_norm" (where norms stand before the parts), and "logits" where the weights are not tied.
    """

    def __init__(self, config: TransformerConfig, name: str = "transformer", **kwargs: Any):
        tokens = keras.Input((None,), dtype="int32", name="tokens")
        super().__init__(inputs=tokens, outputs=_connected(config, tokens), name=name, **kwargs)
        self.config = config

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, **asdict(self.config)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Transformer:
        known = {field.name for field in fields(TransformerConfig)}
        own = TransformerConfig(**{key: value for key, value in config.items() if key in known})
        return cls(own, name=config.get("name", "transformer"))


def _connected(config: TransformerConfig, tokens: Any) -> Any:
    """The outputs for the inputs `tokens`, layer by layer."""
    learns = not config.lora_rank
    stddev = 0.02
    embedding = TokenEmbedding(
        config.vocabulary_size, config.d_model, name="token_embedding", trainable=learns
    )
    x = embedding(tokens)
    if config.positions in ("learned", "sinusoidal"):
        positions = Positions(config.context_length, config.positions, name="positions", trainable=learns)
        x = positions(x)
    if config.dropout:
        x = keras.layers.Dropout(config.dropout, name="dropout")(x)
    for i in range(config.num_layers):
        x = TransformerBlock(
            config.num_heads,
            config.hidden,
            causal=config.causal,
            rotary=config.positions == "rotary",
            norm=config.norm,
            activation=config.activation,
            dropout=config.dropout,
            use_bias=config.bias,
            out_stddev=stddev / (2 * config.num_layers) ** 0.5 if config.scale_residual else stddev,
            lora_rank=config.lora_rank,
            lora_alpha=config.lora_alpha,
            name=f"block_{i}",
        )(x)
    if config.norm == "pre":
        x = layer_norm(config.bias, name="final_norm", trainable=learns)(x)
    if config.num_classes is None and config.tie_weights:
        return embedding(x, reverse=True)
    # Scores are in float32 whatever the policy: a softmax over them in 16 bits would lose the small ones.
    policy = keras.config.dtype_policy()
    dtype = "float32" if policy.compute_dtype in ("float16", "bfloat16") else policy
    if config.num_classes is None:
        head = Linear(config.vocabulary_size, use_bias=False, dtype=dtype, name="logits", trainable=learns)
        return head(x)
    x = keras.layers.GlobalAveragePooling1D(name="mean")(x)
    return Linear(config.num_classes, use_bias=config.bias, dtype=dtype, name="logits", trainable=learns)(x)
