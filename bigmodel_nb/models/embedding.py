"""Tokens as rows of numbers, and scores of tokens read with the same table."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from bigmodel_nb.arguments import whole


@keras.saving.register_keras_serializable(package="bigmodel_nb")
class TokenEmbedding(keras.layers.Layer):
    """Numbers of tokens (n, T) -> their rows of the table (n, T, d_model).

    With `reverse=True` the other way: x (n, T, d_model) -> how well x fits each row, (n, T,
    vocabulary_size), in float32. One table for both is from O. Press, L. Wolf, 2017, "Using the output
    embedding to improve language models".
    """

    def __init__(self, vocabulary_size: int, d_model: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.vocabulary_size = whole("vocabulary_size", vocabulary_size, 1)
        self.d_model = whole("d_model", d_model, 1)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.table = self.add_weight(
            name="table",
            shape=(self.vocabulary_size, self.d_model),
            initializer=keras.initializers.RandomNormal(stddev=0.02),
        )
        self.built = True

    def call(self, x: Any, reverse: bool = False) -> Any:
        if reverse:
            return ops.cast(ops.matmul(x, ops.transpose(self.table)), "float32")
        return ops.take(self.table, ops.cast(x, "int32"), axis=0)

    def compute_output_spec(self, x: Any, reverse: bool = False) -> keras.KerasTensor:
        if reverse:
            return keras.KerasTensor((*x.shape[:-1], self.vocabulary_size), "float32")
        return keras.KerasTensor((*x.shape, self.d_model), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "vocabulary_size": self.vocabulary_size, "d_model": self.d_model}
