"""What Keras callbacks remember from epoch to epoch (the best value so far, how long they have waited), taken
out of them for a checkpoint and put back when the run goes on.

Keras's own callbacks forget it at the start of every training. Only what is listed here is kept: numbers, and
the copies of weights of EarlyStopping. Settings (patience, factor) are the reader's of today.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb.training.later import keras

NUMBERS = ("best", "best_epoch", "wait", "cooldown_counter", "stopped_epoch")
WEIGHTS = "best_weights"

State = tuple[list[dict[str, Any]], dict[str, np.ndarray]]


def state_of(callbacks: Sequence[Any]) -> State:
    """For each callback its kind and its numbers, as plain values; and the arrays, named by its place."""
    facts: list[dict[str, Any]] = []
    arrays: dict[str, np.ndarray] = {}
    for place, callback in enumerate(callbacks):
        known = vars(callback)
        numbers = {name: _plain(known[name]) for name in NUMBERS if name in known}
        facts.append({"kind": type(callback).__name__, "numbers": numbers})
        weights = known.get(WEIGHTS)
        if isinstance(weights, list) and all(isinstance(value, np.ndarray) for value in weights):
            arrays |= {f"callback{place}/{number}": value for number, value in enumerate(weights)}
    return facts, arrays


def listener() -> Any:
    """A Keras callback to be the last in a list; its `logs` are what the others made of the figures."""

    class Listener(keras.callbacks.Callback):
        logs: dict[str, float] | None = None

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            self.logs = {
                name: float(value)
                for name, value in (logs or {}).items()
                if isinstance(value, int | float | np.number)
            }

    return Listener()


def watches_batches(callback: Any) -> bool:
    """Whether a callback does something at the end of a batch, and may want the weights for it."""
    plain = keras.callbacks.Callback
    kind = type(callback)
    if isinstance(callback, keras.callbacks.ModelCheckpoint):
        return callback.save_freq != "epoch"
    if kind.__module__.startswith("keras.") and not isinstance(callback, keras.callbacks.LambdaCallback):
        return isinstance(callback, keras.callbacks.BackupAndRestore) and callback.save_freq != "epoch"
    if isinstance(callback, keras.callbacks.LambdaCallback):
        return "on_train_batch_end" in vars(callback)
    return (
        kind.on_train_batch_end is not plain.on_train_batch_end or kind.on_batch_end is not plain.on_batch_end
    )


def put_back(callbacks: Sequence[Any], facts: Sequence[Any], arrays_of: Any) -> bool:
    """Gives callbacks what they remembered; False, and nothing is changed, where they are others than then.
    `arrays_of(group)` are the arrays of a group of the checkpoint."""
    if [type(callback).__name__ for callback in callbacks] != [part["kind"] for part in facts]:
        return False
    for place, (callback, part) in enumerate(zip(callbacks, facts, strict=True)):
        for name, value in part["numbers"].items():
            if name in NUMBERS:
                setattr(callback, name, value)
        weights = arrays_of(f"callback{place}")
        if weights:
            setattr(callback, WEIGHTS, weights)
    return True


def _plain(value: Any) -> Any:
    """A number as Python's own; None for what is none."""
    if value is None or isinstance(value, bool | int | float):
        return value
    array = np.asarray(value)
    return array.item() if array.ndim == 0 and array.dtype.kind in "fiub" else None
