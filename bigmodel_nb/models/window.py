"""A multilayer perceptron that slides along a text: the next token from the last few, at every step.

    build_window_mlp(vocabulary_size=65, window=8)      # tokens (n, T) -> logits (n, T, 65)

Y. Bengio, R. Ducharme, P. Vincent, C. Jauvin, 2003, "A neural probabilistic language model": each of the
last `window` tokens is a row of one table of numbers; the rows, one after the other, are the inputs of a
hidden layer. (Their words are characters here, and their direct connections from inputs to outputs, which
did not help them on every corpus, are left out.)
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bigmodel_nb.maths.knobs import knob, share_below_one
from bigmodel_nb.models.config import (
    ACTIVATIONS,
    WIDEST,
    ModelConfig,
    affordable,
    choice,
    configured,
    count,
    counts,
)
from bigmodel_nb.models.hidden import keras_name, scores

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class WindowConfig(ModelConfig):
    """Dense layers on the last `window` tokens; the same weights at every step of a text."""

    # How many different tokens there are.
    vocabulary_size: int = knob(65, count(1, WIDEST), 2, 50_000, log=True, help="number of different tokens")
    # How many tokens it sees, the present one included. What lies before them it cannot know.
    window: int = knob(8, count(1, 1000), 1, 64, log=True, help="how many tokens it sees")
    # Numbers that stand for a token, learned with the rest.
    embedding_width: int = knob(32, count(1, WIDEST), 2, 256, log=True, help="numbers for each token")
    # Units of each hidden layer, from the inputs up.
    widths: tuple[int, ...] = knob(
        (128,), counts(1, WIDEST, fewest=1), 8, 512, log=True, help="units of each hidden layer"
    )
    # The bend. Bengio and others took tanh.
    activation: str = knob("relu", choice(*ACTIVATIONS), help="what a hidden unit makes of its sum")
    # The share of hidden units that is silenced at each step of training.
    dropout: float = knob(0.0, share_below_one, 0.0, 0.8, help="share of hidden units silenced in training")

    SIZES: ClassVar = {
        "tiny": {"widths": (32,), "embedding_width": 16},
        "small": {"widths": (128,)},
        "base": {"widths": (512, 256), "embedding_width": 64, "window": 16},
    }

    @property
    def parameter_count(self) -> int:
        """A row of the table for each token; for each layer (inputs + 1) x units, where the first has
        window x embedding_width inputs."""
        sizes = (self.window * self.embedding_width, *self.widths, self.vocabulary_size)
        dense = sum((inputs + 1) * units for inputs, units in itertools.pairwise(sizes))
        return self.vocabulary_size * self.embedding_width + dense


def build_window_mlp(config: WindowConfig | str | None = None, /, **fields: Any) -> keras.Model:
    """The network, uncompiled: tokens (n, T) of any T, logits (n, T, vocabulary_size); step t has seen the
    tokens t - window + 1 to t. In the place of those before the first there are zeros.

    `config` is a WindowConfig or the name of a size; `fields` are fields of one and take precedence. Layers:
    embedding, hidden1, (dropout1,) hidden2, ..., outputs. A dense layer on the rows of a window, at every
    step, is a convolution along the text that looks back only: hidden1 is written as that.
    """
    import keras

    chosen = affordable(configured(WindowConfig, config, fields))
    inputs = keras.Input((None,), dtype="int32", name="inputs")
    values = keras.layers.Embedding(chosen.vocabulary_size, chosen.embedding_width, name="embedding")(inputs)
    for number, units in enumerate(chosen.widths, start=1):
        values = keras.layers.Conv1D(
            units,
            chosen.window if number == 1 else 1,
            padding="causal",
            activation=keras_name(chosen.activation),
            kernel_initializer="he_normal" if chosen.activation == "relu" else "glorot_uniform",
            name=f"hidden{number}",
        )(values)
        if chosen.dropout:
            values = keras.layers.Dropout(chosen.dropout, name=f"dropout{number}")(values)
    return keras.Model(inputs, scores(values, chosen.vocabulary_size), name="window_mlp")
