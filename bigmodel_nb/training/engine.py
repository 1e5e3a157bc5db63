"""Many training steps in one compiled call, on TensorFlow.

For a small model nearly all of `model.fit`'s time goes into Python: fetching a batch, calling a step,
fetching the loss. Here the data lie in memory as tensors, and one compiled function loops over as many
batches as it is told: it gathers their rows, takes the step that Keras's own `train_step` takes, and writes
each loss into one array. Between two calls Python looks at the clock, the stop button and the page.

    engine = Engine(model)                           # a compiled and built model, whose variables it changes
    losses = engine.train(source, tensors, order)    # order: (k, batch) numbers of examples; losses: (k,)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

Gather = Callable[[Any, Any], tuple[Any, Any, Any]]  # tensors, rows -> x, y, sample_weight


class Engine:
    """Compiled loops over batches for one compiled `model`.

    `xla` compiles the step, not the loop around it, with XLA: around the whole loop, convolutions were up to
    thirty times slower on a CPU (`benchmarks/training.py`). Loops are made on first use, and again only
    where the structure of the data changes.
    """

    def __init__(self, model: Any, *, xla: bool = False):
        self.model = model
        self.xla = xla
        self.seconds_per_step: float | None = None  # the latest, without compiling; None before the first
        self.compiled_now = False  # whether the latest call of `train` had to compile
        self._loops: dict[Any, Callable] = {}
        self._evaluation_pace: dict[Any, float] = {}  # seconds a batch

    @property
    def warm(self) -> bool:
        """Whether a training loop is compiled already."""
        return any(key[0] == "train" for key in self._loops)

    # -- training -----------------------------------------------------------------------

    def train(self, source: Any, tensors: Any, order: np.ndarray, rates: np.ndarray | None) -> np.ndarray:
        """Takes k steps on the examples `order` (k, batch) of `tensors`, and returns their losses (k,).

        `rates` (k,) are the learning rates of these steps; None leaves the rate to the optimizer.
        """
        import tensorflow as tf

        # XLA wants to know the size of a batch. Without it one loop serves the last, smaller batch, too.
        size = order.shape[1] if self.xla else None
        key = ("train", source.signature, size, rates is not None)
        self.compiled_now = key not in self._loops
        if self.compiled_now:
            self._loops[key] = self._training_loop(source.gather, size, rates is not None)
        if rates is None:
            rates = np.zeros(1, np.float32)
        losses = self._loops[key](tensors, tf.constant(order, tf.int32), tf.constant(rates, tf.float32))
        return losses.numpy()

    def _training_loop(self, gather: Gather, size: int | None, scheduled: bool) -> Callable:
        import tensorflow as tf

        step = training_step(self.model)
        if self.xla:
            step = tf.function(step, jit_compile=True, autograph=False)
        rate = self.model.optimizer.learning_rate if scheduled else None

        def loop(tensors, order, rates):
            order = tf.ensure_shape(order, (None, size))
            count = tf.shape(order)[0]

            def body(i, losses):
                if rate is not None:
                    rate.assign(rates[i])
                return i + 1, losses.write(i, tf.cast(step(*gather(tensors, order[i])), tf.float32))

            start = (tf.constant(0), tf.TensorArray(tf.float32, count))
            return tf.while_loop(lambda i, _losses: i < count, body, start, parallel_iterations=1)[1].stack()

        return tf.function(loop, autograph=False, reduce_retracing=True)

    # -- evaluation ---------------------------------------------------------------------

    def evaluate(
        self,
        source: Any,
        batch_size: int,
        *,
        seconds_per_call: float = 0.1,
        stopped: Callable[[], bool] | None = None,
    ) -> dict[str, float] | None:
        """Loss and metrics over all examples of a source, with dropout and the like switched off.

        The loss is the mean over examples, regularization included, as `model.evaluate` gives it. Every
        `seconds_per_call` or so `stopped()` is asked; once it says so, the answer is None.
        """
        import tensorflow as tf

        key = ("evaluate", source.signature)
        self.reset_metrics()
        total = 0.0  # of the losses of batches, whatever number of them a call took
        for tensors, n in source.in_order(batch_size):
            start = 0
            while start < n:
                new = key not in self._loops
                if new:
                    self._loops[key] = self._evaluation_loop(source.gather)
                pace = self._evaluation_pace.get(key)
                most = 1 if pace is None else max(1, int(seconds_per_call / pace))
                end = min(n, start + most * batch_size)
                began = time.perf_counter()
                losses = self._loops[key](
                    tensors, tf.constant(start), tf.constant(end), tf.constant(batch_size)
                ).numpy()
                if not new:
                    self._evaluation_pace[key] = (time.perf_counter() - began) / len(losses)
                sizes = np.minimum(end - np.arange(start, end, batch_size), batch_size)
                total += float(np.dot(losses.astype(np.float64), sizes))
                start = end
                if stopped is not None and stopped():
                    return None
        return {"loss": total / len(source), **self.read_metrics()}

    def _evaluation_loop(self, gather: Gather) -> Callable:
        import tensorflow as tf

        step = evaluation_step(self.model)
        if self.xla:
            step = tf.function(step, jit_compile=True, autograph=False)

        def loop(tensors, start, end, batch_size):
            count = (end - start + batch_size - 1) // batch_size

            def body(i, losses):
                first = start + i * batch_size
                rows = tf.range(first, tf.minimum(first + batch_size, end))
                return i + 1, losses.write(i, tf.cast(step(*gather(tensors, rows)), tf.float32))

            begin = (tf.constant(0), tf.TensorArray(tf.float32, count))
            return tf.while_loop(lambda i, _losses: i < count, body, begin, parallel_iterations=1)[1].stack()

        return tf.function(loop, autograph=False, reduce_retracing=True)

    # -- metrics ------------------------------------------------------------------------

    @property
    def metrics(self) -> list[Any]:
        """The metrics of the model but for its loss, which the loops return themselves."""
        return [metric for metric in self.model.metrics if metric is not self.model._loss_tracker]

    def reset_metrics(self) -> None:
        """Forgets what the metrics have seen."""
        for metric in self.metrics:
            metric.reset_state()

    def read_metrics(self) -> dict[str, float]:
        """What the metrics have seen since they were reset."""
        values: dict[str, float] = {}
        for metric in self.metrics:
            result = metric.result()
            if isinstance(result, dict):
                values |= {name: float(value) for name, value in result.items()}
            else:
                values[metric.name] = float(result)
        return values


def training_step(model: Any) -> Callable:
    """(x, y, sample_weight) -> loss: Keras's `train_step` without its bookkeeping of the loss.

    A model with a `train_step` of its own is trained by that, and its "loss" is taken as it reports it.
    """
    import keras
    import tensorflow as tf

    if type(model).train_step is not keras.Model.train_step:
        return lambda x, y, weight: model.train_step((x, y, weight))["loss"]
    extra = {"training": True} if model._call_has_training_arg else {}
    optimizer = model.optimizer

    def step(x, y, weight):
        with tf.GradientTape() as tape:
            outputs = model(x, **extra)
            loss = model._compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weight, training=True)
            scaled = optimizer.scale_loss(loss)
        weights = model.trainable_weights
        optimizer.apply_gradients(zip(tape.gradient(scaled, weights), weights, strict=True))
        _update_metrics(model, x, y, outputs, weight)
        return loss

    return step


def evaluation_step(model: Any) -> Callable:
    """(x, y, sample_weight) -> loss: Keras's `test_step` without its bookkeeping of the loss."""
    import keras

    if type(model).test_step is not keras.Model.test_step:
        return lambda x, y, weight: model.test_step((x, y, weight))["loss"]
    extra = {"training": False} if model._call_has_training_arg else {}

    def step(x, y, weight):
        outputs = model(x, **extra)
        loss = model._compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weight, training=False)
        _update_metrics(model, x, y, outputs, weight)
        return loss

    return step


def _update_metrics(model: Any, x: Any, y: Any, outputs: Any, weight: Any) -> None:
    import keras

    if type(model).compute_metrics is not keras.Model.compute_metrics:
        model.compute_metrics(x, y, outputs, weight)
    elif model._compile_metrics is not None:
        model._compile_metrics.update_state(y, outputs, weight)
