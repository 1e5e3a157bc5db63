"""A linear layer, and the thin matrices that fine-tune it while it stays as it is.

E. J. Hu, Y. Shen, P. Wallis et al., 2021, "LoRA: Low-rank adaptation of large language models":

    y = x W + b + (alpha / rank) (x A) B        W (inputs, outputs), A (inputs, rank), B (rank, outputs)

W and b are frozen; B begins at zero, so that the first step starts from the model as it was.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from bigmodel_nb.arguments import whole


@keras.saving.register_keras_serializable(package="bigmodel_nb")
class Linear(keras.layers.Layer):
    """x W + b on the last axis: (..., inputs) -> (..., units). W begins as N(0, stddev^2), b at zero.

    With `lora_rank` above 0, W and b are frozen and A and B learn; `lora_alpha` is `lora_rank` by default.
    (Keras's own `Dense.enable_lora` adds B A into W when it saves, so that a training which was interrupted
    could not go on from where it was; here A and B are saved as they are.)
    """

    def __init__(
        self,
        units: int,
        *,
        use_bias: bool = True,
        stddev: float = 0.02,
        lora_rank: int = 0,
        lora_alpha: float | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.units = whole("units", units, 1)
        self.use_bias = bool(use_bias)
        self.stddev = float(stddev)
        self.lora_rank = whole("lora_rank", lora_rank, 0)
        self.lora_alpha = None if lora_alpha is None else float(lora_alpha)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        inputs, rank = int(input_shape[-1]), self.lora_rank  # type: ignore[arg-type]
        self.kernel = self.add_weight(
            name="kernel",
            shape=(inputs, self.units),
            initializer=keras.initializers.RandomNormal(stddev=self.stddev),
            trainable=not rank,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias", shape=(self.units,), initializer="zeros", trainable=not rank
            )
        if rank:
            # of this spread, x A is about as large as x
            spread = keras.initializers.RandomNormal(stddev=inputs**-0.5)
            self.lora_a = self.add_weight(name="lora_a", shape=(inputs, rank), initializer=spread)
            self.lora_b = self.add_weight(name="lora_b", shape=(rank, self.units), initializer="zeros")
        self.built = True

    def call(self, x: Any) -> Any:
        y = ops.matmul(x, self.kernel)
        if self.bias is not None:
            y = y + self.bias
        if self.lora_rank:
            y = y + self.lora_scale * ops.matmul(ops.matmul(x, self.lora_a), self.lora_b)
        return y

    @property
    def lora_scale(self) -> float:
        """What the product of A and B is multiplied by: alpha / rank."""
        return (self.lora_rank if self.lora_alpha is None else self.lora_alpha) / self.lora_rank

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        own = ("units", "use_bias", "stddev", "lora_rank", "lora_alpha")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}
