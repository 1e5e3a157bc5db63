"""How a recurrent network takes in one token: a step of each cell, from the state that is kept.

Any chain of layers will do, one after the other, that has nothing but an embedding, recurrent layers that
give every state, and layers that treat each step alone.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from bigmodel_nb.models.writing_loop import Loop

CELLS = (keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU)
ALONE = (keras.layers.Dense, keras.layers.Activation, keras.layers.LayerNormalization)


class CachedRecurrence(Loop):
    """Memory: for each recurrent layer its states (1, units)."""

    def __init__(self, chain: list[Any], xla: bool):
        super().__init__("cached_recurrence", xla)
        self.chain = chain

    def empty(self) -> list[list[np.ndarray]]:
        return [
            [ops.convert_to_numpy(state) for state in layer.get_initial_state(1)]
            for layer in self.chain
            if isinstance(layer, CELLS)
        ]

    def take_in(self, token: Any, place: Any, memory: Any) -> tuple[Any, Any]:
        x, before, after = ops.reshape(token, (1, 1)), iter(memory), []
        for layer in self.chain:
            if isinstance(layer, CELLS):
                states = [ops.cast(state, layer.compute_dtype) for state in next(before)]
                x, states = layer.cell(x[:, 0], states, training=False)
                x = x[:, None]
                after.append(list(states))
            else:
                x = layer(x)
        return ops.cast(ops.reshape(x, (-1,)), "float32"), after


def chain_of(model: Any) -> list[Any] | None:
    """The layers of `model` in their order where it is such a chain, those left out that do nothing when
    nobody trains; None where it is anything else."""
    try:
        layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
        ends = [(layer.input, layer.output) for layer in layers]
        linked = ends[0][0] is model.inputs[0] and ends[-1][1] is model.outputs[0]
        linked = linked and all(ends[i][1] is ends[i + 1][0] for i in range(len(ends) - 1))
    except Exception:  # a subclass of Model that says nothing of its layers, one used twice
        return None
    if not linked or len(model.inputs) != 1 or len(model.outputs) != 1:
        return None
    kept = [layer for layer in layers if type(layer) is not keras.layers.Dropout]
    return kept if _fit(kept) else None


def _fit(layers: list[Any]) -> bool:
    first, rest = layers[0], layers[1:]
    if type(first) is not keras.layers.Embedding or first.mask_zero:
        return False
    for layer in rest:
        if type(layer) in CELLS:
            if layer.stateful or layer.go_backwards or not layer.return_sequences or layer.return_state:
                return False
        elif type(layer) not in ALONE:
            return False
    return any(type(layer) in CELLS for layer in rest)
