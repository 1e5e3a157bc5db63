"""Recurrent networks: one step after the other, each with what the state before it remembers.

    build_rnn(task="classify", input_shape=(50, 1), num_outputs=3)           # a class for a sequence
    build_rnn(task="forecast", input_shape=(None, 1), cell="gru")            # what comes next, of any length
    build_rnn(task="next token", vocabulary_size=65, cell="lstm")            # a language model

The cells, their formulas and their sources are in `bigmodel_nb.maths.recurrence`. Outputs are logits or
quantities: no softmax.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bigmodel_nb.arguments import non_negative, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import knob, share_below_one, truth
from bigmodel_nb.maths.recurrence import GATES
from bigmodel_nb.models.config import (
    WIDEST,
    ModelConfig,
    affordable,
    choice,
    configured,
    count,
    counts,
    optional,
    shape_of_example,
)
from bigmodel_nb.models.hidden import scores

if TYPE_CHECKING:
    import keras

TASKS = ("classify", "forecast", "next token")
_numbers = shape_of_example("steps", "features", example=(50, 1), free=("steps",))
_tokens = shape_of_example("steps", example=(64,), free=("steps",))


def _one_or_two_axes(name: str, value: Any) -> Any:
    """(steps,) or (steps, features); which of them it must be depends on the vocabulary."""
    if isinstance(value, int) or (isinstance(value, (tuple, list)) and len(value) == 1):
        return _tokens(name, value)
    return _numbers(name, value)


@dataclass(frozen=True)
class RNNConfig(ModelConfig):
    """Recurrent layers on a sequence of numbers, or of tokens if there is a vocabulary."""

    # "classify": one answer for the whole sequence. "forecast": the quantities that follow it. "next token":
    # at every step, a score for each token that may follow.
    task: str = knob("classify", choice(*TASKS), help="what is predicted")
    # (steps, features), or (steps,) for tokens. Steps may be None: any number of them; the weights are the
    # same at each step. None stands for (None, 1), or for (None,) if there is a vocabulary.
    input_shape: tuple[int | None, ...] | None = knob(
        None, optional(_one_or_two_axes), help="the shape of one sequence"
    )
    # How many different tokens there are. None: the inputs are numbers, not tokens.
    vocabulary_size: int | None = knob(
        None, optional(count(1, WIDEST)), 2, 50_000, log=True, help="number of different tokens"
    )
    # Classes or quantities. None stands for 10 classes, for 1 quantity, or for the vocabulary.
    num_outputs: int | None = knob(
        None, optional(count(1, WIDEST)), 1, 10, help="classes, or quantities to predict"
    )
    # What remembers. A simple cell forgets within tens of steps, its gradients vanish or explode (Bengio and
    # others, 1994); the gates of LSTM and GRU let a memory pass unchanged. All bend by tanh: without a bound,
    # a state that is fed back can grow without end.
    cell: str = knob("gru", choice(*GATES), help="what remembers from step to step")
    # Units of each layer, from the inputs up. Layers above the first read the states of the one below.
    widths: tuple[int, ...] = knob(
        (64,), counts(1, WIDEST, fewest=1, most=100), 8, 512, log=True, help="units of each recurrent layer"
    )
    # Numbers that stand for a token, learned with the rest (Bengio and others, 2003). Tokens only.
    embedding_width: int = knob(32, count(1, WIDEST), 2, 256, log=True, help="numbers for each token")
    # A second set of cells reads the sequence from its end, so there are twice as many outputs (Schuster and
    # Paliwal, 1997). Not for predicting the next token: they would have read it.
    bidirectional: bool = knob(False, truth, help="read the sequence from its end, too")
    # The share of each layer's outputs that is silenced at each step of training. What a cell remembers is
    # left alone: silencing it anew at each step would erase it (Zaremba and others, 2014).
    dropout: float = knob(0.0, share_below_one, 0.0, 0.8, help="share of outputs silenced in training")
    # Added to the loss: l2 w^2 for each weight w from inputs to cells. Recurrent weights and biases are free.
    l2: float = knob(0.0, non_negative, 1e-6, 1e-1, log=True, help="price of w^2 for each weight")

    SIZES: ClassVar = {
        "tiny": {"widths": (32,), "embedding_width": 16},
        "small": {"widths": (128,), "embedding_width": 32},
        "base": {"widths": (512, 512), "embedding_width": 128, "dropout": 0.2},
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.task == "next token":
            self._check_next_token()
        axes = 1 if self.vocabulary_size is not None else 2
        if self.input_shape is not None and len(self.input_shape) != axes:
            expected = (
                _("(steps,), since vocabulary_size says that the inputs are tokens")
                if axes == 1
                else _("(steps, features); for tokens, give vocabulary_size")
            )
            raise wrong_value("input_shape", expected, self.input_shape)

    def _check_next_token(self) -> None:
        if self.vocabulary_size is None:
            raise wrong_value(
                "vocabulary_size", _("the number of different tokens, to predict the next of them"), None
            )
        if self.num_outputs not in (None, self.vocabulary_size):
            expected = _("None or {size}, a score for each token").format(size=self.vocabulary_size)
            raise wrong_value("num_outputs", expected, self.num_outputs)
        if self.bidirectional:
            raise ValueError(
                _(
                    "bidirectional must be False to predict the next token: cells that read from the end "
                    "have already seen it, so the loss falls to nearly 0 and nothing is learned; received: "
                    "True"
                )
            )

    @property
    def example_shape(self) -> tuple[int | None, ...]:
        """The shape of one sequence, with what None stands for filled in."""
        if self.input_shape is not None:
            return self.input_shape
        return (None, 1) if self.vocabulary_size is None else (None,)

    @property
    def outputs(self) -> int:
        """How many numbers are predicted, with what None stands for filled in."""
        if self.task == "next token":
            return self.vocabulary_size or 0
        return self.num_outputs or {"classify": 10, "forecast": 1}[self.task]

    @property
    def parameter_count(self) -> int:
        """For each layer gates x units x (inputs + units + 1), with 1, 4 or 3 gates and a second bias in a
        GRU; twice that if bidirectional. A row of the embedding for each token. units + 1 for each output."""
        gates, biases = GATES[self.cell], 2 if self.cell == "gru" else 1
        directions = 2 if self.bidirectional else 1
        total = (self.vocabulary_size or 0) * self.embedding_width
        inputs: int = self.embedding_width if self.vocabulary_size else self.example_shape[-1] or 0
        for units in self.widths:
            total += directions * gates * units * (inputs + units + biases)
            inputs = directions * units
        return total + (inputs + 1) * self.outputs


def build_rnn(config: RNNConfig | str | None = None, /, **fields: Any) -> keras.Model:
    """A recurrent network, uncompiled: inputs (n, steps, features), or (n, steps) whole numbers for tokens.

    Outputs are (n, num_outputs); for "next token" (n, steps, vocabulary_size), of which step t has seen the
    inputs up to and with t. `config` is an RNNConfig or the name of a size; `fields` are fields of one and
    take precedence. Layers: (embedding,) recurrent1, (dropout1,) recurrent2, ..., outputs.
    """
    import keras

    chosen = affordable(configured(RNNConfig, config, fields))
    tokens = chosen.vocabulary_size is not None
    inputs = keras.Input(chosen.example_shape, dtype="int32" if tokens else None, name="inputs")
    values = inputs
    if tokens:
        values = keras.layers.Embedding(chosen.vocabulary_size, chosen.embedding_width, name="embedding")(
            values
        )
    for number, units in enumerate(chosen.widths, start=1):
        every_step = number < len(chosen.widths) or chosen.task == "next token"
        layer = _recurrent(chosen, units, every_step, f"recurrent{number}")
        values = layer(values)
        if chosen.dropout:
            values = keras.layers.Dropout(chosen.dropout, name=f"dropout{number}")(values)
    outputs = scores(values, chosen.outputs)
    return keras.Model(inputs, outputs, name="rnn")


def _recurrent(config: RNNConfig, units: int, every_step: bool, name: str) -> Any:
    """A layer of cells: its states after every step, or after the last alone."""
    import keras

    kinds = {"simple": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
    layer = kinds[config.cell](
        units,
        return_sequences=every_step,
        kernel_regularizer=keras.regularizers.L2(config.l2) if config.l2 else None,
        name="forward" if config.bidirectional else name,
    )
    return keras.layers.Bidirectional(layer, name=name) if config.bidirectional else layer
