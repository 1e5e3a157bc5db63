"""Many tokens in one compiled call: each is drawn, taken in, and what it leaves behind is kept.

What a token does to the memory is said by the loops derived from this one. They are small Keras models that
share the layers of the model whose text they write: Keras compiles them on every back end, and weights are
those that the model has at the moment.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from bigmodel_nb.models.drawing import drawn, probabilities

CHUNK = 64  # tokens of one call at most; fewer need no new compilation


class Loop(keras.Model):
    """Draws and takes in tokens. Subclasses know what a token does to the memory."""

    def __init__(self, name: str, xla: bool):
        super().__init__(name=name, autocast=False)
        backend = keras.backend.backend()
        self.jit_compile = xla if backend == "tensorflow" else backend == "jax"
        self.warm = False  # whether it is compiled
        self.built = True

    def make_predict_function(self, force: bool = False) -> Any:
        super().make_predict_function(force)
        # TensorFlow counts tracings by the line at which a function is defined, here one of Keras for all
        # models, and would warn the reader at the fifth.
        if hasattr(self.predict_function, "_key_for_call_stats"):
            self.predict_function._key_for_call_stats = self.predict_function
        return self.predict_function

    def empty(self) -> Any:
        """The memory before the first token, NumPy arrays in lists."""
        raise NotImplementedError

    def take_in(self, token: Any, place: Any, memory: Any) -> tuple[Any, Any]:
        """The scores (vocabulary,) of what follows `token`, which stands at `place`, and the new memory."""
        raise NotImplementedError

    def call(self, state: dict[str, Any]) -> dict[str, Any]:
        given, numbers, settings = state["given"], state["numbers"], state["settings"]
        leaves = keras.tree.flatten(state["memory"])

        def step(number, place, logits, recent, written, *leaves):
            chosen = drawn(probabilities(logits, recent, settings), numbers[number])
            token = ops.where(given[number] >= 0, given[number], chosen)
            memory = keras.tree.pack_sequence_as(state["memory"], leaves)
            logits, memory = self.take_in(token, place, memory)
            one = ops.reshape(token, (1,))
            recent = ops.concatenate([recent[1:], one])
            written = ops.where(ops.arange(CHUNK, dtype="int32") == number, token, written)
            return number + 1, place + 1, logits, recent, written, *keras.tree.flatten(memory)

        first = (ops.zeros((), "int32"), state["place"], state["logits"], state["recent"], given)
        last = ops.while_loop(lambda number, *_rest: number < state["count"], step, (*first, *leaves))
        _number, place, logits, recent, written, *leaves = last
        memory = keras.tree.pack_sequence_as(state["memory"], leaves)
        return {"place": place, "logits": logits, "recent": recent, "written": written, "memory": memory}
