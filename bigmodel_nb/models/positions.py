"""How a transformer knows the order of its tokens: three ways, each as in its paper.

learned       a row of a table for each position, added (Radford et al., 2018)
sinusoidal    sines and cosines of growing wavelengths, added (Vaswani et al., 2017)
rotary        pairs of numbers of each query and key turned by an angle that grows with the position,
              so that their product depends on the distance (Su et al., 2021)
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from bigmodel_nb.arguments import one_of, whole, wrong_value
from bigmodel_nb.language import gettext as _

BASE = 10000.0  # the longest wavelength is 2 pi times this


@keras.saving.register_keras_serializable(package="bigmodel_nb")
class Positions(keras.layers.Layer):
    """Adds to x (n, T, d_model) what says where each token stands; `kind` is "learned" or "sinusoidal".

    A learned table has `context_length` rows, and longer inputs are an error. Before sines and cosines are
    added, x is multiplied by sqrt(d_model), as Vaswani et al. do, or they would drown it.
    """

    def __init__(self, context_length: int, kind: str = "learned", **kwargs: Any):
        super().__init__(**kwargs)
        self.context_length = whole("context_length", context_length, 1)
        self.kind = one_of("kind", kind, ("learned", "sinusoidal"))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if self.kind == "learned":
            self.table = self.add_weight(
                name="table",
                shape=(self.context_length, input_shape[-1]),
                initializer=keras.initializers.RandomNormal(stddev=0.02),
            )
        self.built = True

    def call(self, x: Any, start: int = 0) -> Any:
        """`start` is the position of the first token."""
        length = ops.shape(x)[1]
        if self.kind == "learned":
            if isinstance(length, int) and isinstance(start, int) and start + length > self.context_length:
                expected = _("at most {length} tokens long, the context_length of this model")
                raise wrong_value("x", expected.format(length=self.context_length), start + length)
            return x + self.table[start : start + length]
        angles = _angles(start, length, x.shape[-1])
        pairs = ops.stack([ops.sin(angles), ops.cos(angles)], axis=-1)
        rows = ops.cast(ops.reshape(pairs, (-1, x.shape[-1])), x.dtype)
        return x * x.shape[-1] ** 0.5 + rows

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "context_length": self.context_length, "kind": self.kind}


def rotary(x: Any, start: int = 0) -> Any:
    """x (n, T, heads, d_head), turned by its positions, of which the first is `start`.

    Entry i and entry i + d_head / 2 form a pair, which is turned by position x 10000^(-2i / d_head).
    """
    half = x.shape[-1] // 2
    angles = _angles(start, ops.shape(x)[1], x.shape[-1])[:, None, :]
    cos, sin = ops.cast(ops.cos(angles), x.dtype), ops.cast(ops.sin(angles), x.dtype)
    first, second = x[..., :half], x[..., half:]
    return ops.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)


def _angles(start: int, length: Any, width: int) -> Any:
    """(length, width / 2): each position times each of the frequencies 10000^(-2i / width)."""
    frequencies = (BASE ** (-np.arange(0, width, 2) / width)).astype(np.float32)
    places = ops.cast(ops.arange(length), "float32") + start
    return places[:, None] * ops.convert_to_tensor(frequencies)[None, :]
