"""A whole training run in one compiled call: every epoch, its steps, and its validation.

    loop = WholeRun(model, source, held, batch_size=32)     # a compiled and built model, which it changes
    found = loop.epochs(orders, first=0, last=10)           # orders: (CHUNK, n) numbers of examples
    found.losses, found.logs                                # (k, steps), and {"val_loss": (k,), ...}

`engine.Engine` comes back to Python at least once an epoch, for the stop button, for callbacks and for
checkpoints. Here is nothing to come back for, so the whole loop can be given to XLA: ten epochs of a small
network on digits (400 steps, with Adam) took 8 ms instead of 33. XLA's random numbers on a CPU are another
matter, and slow: with dropout the same loop took 220 ms instead of 45, and around convolutions XLA loses, too
(`plan.XLA_TABLE`). Such models go without.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb import quiet
from bigmodel_nb.training.counting import kinds_of_work
from bigmodel_nb.training.engine import _compiled, _packer
from bigmodel_nb.training.loop import EVALUATION_BATCH
from bigmodel_nb.training.nested import leaves
from bigmodel_nb.training.objective import is_mean_over_examples
from bigmodel_nb.training.steps import evaluation_step, training_step

CHUNK = 10  # epochs that one call takes at most: with XLA another number would be compiled anew


@dataclass
class Epochs:
    """What a call has found: only epochs that were begun, the last of which may have run away."""

    losses: np.ndarray  # (k, steps): of each step
    logs: dict[str, np.ndarray]  # (k,): metrics of training, and loss and metrics of what was held out
    finite: np.ndarray  # (k,): whether the weights were finite after it
    seconds: float
    compiled: bool  # whether the call had to compile first


class WholeRun:
    """The compiled loop of one `model` on one source of data, in batches of one size.

    `held` is the source that is validated on, or None; `tokens` is the number of tokens in an example.
    """

    def __init__(self, model: Any, source: Any, held: Any, *, batch_size: int, xla: bool, tokens: int = 1):
        import tensorflow as tf

        self.model, self.source, self.held, self.xla = model, source, held, xla
        self.batch_size = min(batch_size, len(source))
        self.steps = -(-len(source) // self.batch_size)
        larger = EVALUATION_BATCH // tokens if is_mean_over_examples(model) else 1
        self._held_batch = 0 if held is None else min(len(held), max(batch_size, larger))
        self.names: list[str] = []  # of what the loop logs, known once it is traced
        self._tensors = [_tensors(part) for part in (source, held) if part is not None]
        shapes = [tf.TensorSpec(leaf.shape, leaf.dtype) for leaf in leaves(tuple(self._tensors))]
        number = tf.TensorSpec((), tf.int32)
        orders = tf.TensorSpec((CHUNK, len(source)), tf.int32)
        self._loop = _compiled(
            self._made(), input_signature=[shapes, orders, number, number], jit_compile=xla or None
        )
        self.warm = False  # whether it is compiled

    def epochs(self, orders: np.ndarray, first: int, last: int) -> Epochs:
        """Trains on rows `first` to `last` (excluded) of `orders`, an epoch each, or until it runs away."""
        import tensorflow as tf

        begun, cold = time.perf_counter(), not self.warm
        with quiet.compiling() if cold and self.xla else nullcontext():
            losses, logs, finite, end = self._loop(
                leaves(tuple(self._tensors)), tf.constant(orders), tf.constant(first), tf.constant(last)
            )
        rows = slice(first, int(end))
        table = logs.numpy()[rows]
        self.warm = True
        return Epochs(
            losses.numpy()[rows],
            {name: table[:, place] for place, name in enumerate(self.names)},
            finite.numpy()[rows],
            time.perf_counter() - begun,
            cold,
        )

    def _made(self) -> Callable:
        import tensorflow as tf

        model, source, held = self.model, self.source, self.held
        train, evaluate = training_step(model), evaluation_step(model)
        metrics = [metric for metric in model.metrics if metric is not model._loss_tracker]
        packed = _packer(tuple(self._tensors))
        state = [variable for variable in model.trainable_variables if "float" in str(variable.dtype)]

        def epoch(tensors, order):
            """The losses of the steps, and what is logged."""
            _reset(metrics)
            losses = _in_batches(
                self.batch_size,
                len(source),
                lambda start, size: train(*source.gather(tensors[0], tf.slice(order, [start], [size])))[0],
            )
            logs = _read(metrics)
            if held is not None:
                _reset(metrics)
                sizes = _sizes(self._held_batch, len(held))
                found = _in_batches(
                    self._held_batch,
                    len(held),
                    lambda start, size: evaluate(*held.gather(tensors[1], start + tf.range(size)))[0],
                )
                logs["val_loss"] = tf.tensordot(found, tf.constant(sizes / len(held), tf.float32), 1)
                logs |= {f"val_{name}": value for name, value in _read(metrics).items()}
            return losses, logs

        def loop(flat, orders, first, last):
            tensors = packed(flat)
            self.names = _names(model, metrics, held is not None)
            arrays = [
                tf.TensorArray(tf.float32, CHUNK, element_shape=(self.steps,)),
                tf.TensorArray(tf.float32, CHUNK, element_shape=(len(self.names),)),
                tf.TensorArray(tf.bool, CHUNK, element_shape=()),
            ]

            def body(place, _alive, losses, logs, finite):
                stepped, logged = epoch(tensors, orders[place])
                assert list(logged) == self.names
                row = tf.stack([tf.cast(value, tf.float32) for value in logged.values()]) if logged else []
                sound = tf.reduce_all([tf.reduce_all(tf.math.is_finite(value)) for value in state])
                alive = tf.reduce_all(tf.math.is_finite(stepped)) & sound
                return (
                    place + 1,
                    alive,
                    losses.write(place, stepped),
                    logs.write(place, tf.reshape(row, (len(self.names),))),
                    finite.write(place, sound),
                )

            end, _alive, losses, logs, finite = tf.while_loop(
                lambda place, alive, *_arrays: (place < last) & alive,
                body,
                (first, tf.constant(True), *arrays),
                parallel_iterations=1,
            )
            return losses.stack(), logs.stack(), finite.stack(), end

        return loop


def pays_for(model: Any) -> bool:
    """Whether XLA around the whole loop of `model` is the faster way (measured on CPUs; see above)."""
    kinds = kinds_of_work(model)
    drawn = any(getattr(layer, "_seed_generators", None) for layer in model._flatten_layers())
    return not drawn and "convolutions" not in kinds and "recurrence" not in kinds


def _tensors(source: Any) -> Any:
    return source.take(np.zeros((1, 1), np.int32))[0]


def _sizes(batch: int, n: int) -> np.ndarray:
    """Of the batches of n examples, the last, smaller one included."""
    return np.minimum(batch, n - np.arange(0, n, batch))


def _in_batches(batch: int, n: int, take: Callable) -> Any:
    """Inside the compiled loop: what `take(start, size)` gives for each batch, (batches,)."""
    import tensorflow as tf

    full, rest = divmod(n, batch)
    found = tf.TensorArray(tf.float32, full, element_shape=())
    found = tf.while_loop(
        lambda place, _found: place < full,
        lambda place, found: (
            place + 1, found.write(place, tf.cast(take(place * batch, batch), tf.float32))
        ),
        (tf.constant(0), found),
        parallel_iterations=1,
    )[1].stack()  # fmt: skip
    if not rest:
        return found
    last = tf.cast(take(tf.constant(full * batch), rest), tf.float32)
    return tf.concat([found, tf.reshape(last, (1,))], 0)


def _reset(metrics: list[Any]) -> None:
    for metric in metrics:
        metric.reset_state()


def _read(metrics: list[Any]) -> dict[str, Any]:
    """Inside the compiled loop: what the metrics have seen, one number each."""
    found: dict[str, Any] = {}
    for metric in metrics:
        result = metric.result()
        found |= result if isinstance(result, dict) else {metric.name: result}
    return found


def _names(model: Any, metrics: list[Any], held: bool) -> list[str]:
    names = list(_read(metrics))
    return [*names, *([f"val_{name}" for name in ("loss", *names)] if held else [])]
