"""What a `RecurrenceExplorer` reads: a typed sequence, or a text through the reader's own model."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.through_time import Trace

LONGEST = 400  # steps of a typed sequence
MOST_TOKENS = 4000  # of a text that the reader's model reads
WORDS = _("a text, or numbers such as 0.5, 1, -2")


def as_sequence(name: str, value: Any) -> str | list[float]:
    """A text as it is; numbers separated by commas or blanks, or a list of them, as a list of floats."""
    if isinstance(value, str):
        if not value.strip():
            raise arguments.wrong_value(name, WORDS, value)
        sequence: str | list[float] = _numbers(value) or value
    elif isinstance(value, Sequence) or isinstance(value, np.ndarray):
        sequence = [arguments.number(name, one, WORDS) for one in value]
    else:
        raise arguments.wrong_type(name, WORDS, value)
    if not 1 <= len(sequence) <= LONGEST:
        most = _("of 1 to {most} steps").format(most=LONGEST)
        raise arguments.wrong_value(name, f"{WORDS}, {most}", value)
    return sequence


def as_typed(sequence: str | list[float]) -> str:
    """A sequence as it stands in the box."""
    return sequence if isinstance(sequence, str) else ", ".join(f"{one:g}" for one in sequence)


def _numbers(text: str) -> list[float]:
    try:
        found = [float(part) for part in re.split(r"[,;\s]+", text.strip()) if part]
    except ValueError:
        return []
    return found if all(math.isfinite(one) for one in found) else []


class Reading:
    """A trained model's recurrent layers while it reads: traces by layer, computed once for each text.

    `computed` counts how often the model was asked. All is forgotten when its weights have changed.
    """

    def __init__(self, model: Any, tokenizer: Any):
        from bigmodel_nb.evaluation.memory import recurrent_names

        self.model, self.tokenizer = model, tokenizer
        self.layers = recurrent_names(model)
        if not self.layers:
            expected = _("a model with SimpleRNN, LSTM or GRU layers that read in one direction")
            raise arguments.wrong_value("model", expected, model.name)
        self.computed = 0
        self.inputs: Any = None
        self.pieces: list[str] = []
        self.runs: dict[str, Trace] = {}
        self._mark: Any = None

    def read(self, sequence: str | list[float]) -> dict[str, Trace]:
        """The traces for a text (through the tokenizer) or for numbers."""
        from bigmodel_nb.evaluation.layers import weights_mark
        from bigmodel_nb.evaluation.memory import traces

        mark = (weights_mark(self.model), sequence if isinstance(sequence, str) else tuple(sequence))
        if mark == self._mark:
            return self.runs
        inputs, pieces = self._inputs(sequence)
        if len(pieces) > MOST_TOKENS:
            expected = _("a text of at most {most} tokens").format(most=MOST_TOKENS)
            raise arguments.wrong_value("text", expected, _("{count} tokens").format(count=len(pieces)))
        self.runs = traces(self.model, inputs)
        self.inputs, self.pieces = inputs, pieces
        self._mark = mark
        self.computed += 1
        return self.runs

    def _inputs(self, sequence: str | list[float]) -> tuple[np.ndarray, list[str]]:
        if not isinstance(sequence, str):
            return np.asarray(sequence, np.float32)[None, :, None], [f"{one:.3g} " for one in sequence]
        tokens = np.asarray(self.tokenizer.encode(sequence))
        if not len(tokens):
            raise arguments.wrong_value("text", _("a text of one token or more"), sequence)
        return tokens[None], [self.tokenizer.decode([token]) for token in tokens]
