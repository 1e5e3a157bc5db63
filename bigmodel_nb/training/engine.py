"""Many training steps in one compiled call, on TensorFlow.

For a small model nearly all of `model.fit`'s time goes into Python: fetching a batch, calling a step,
fetching the loss. Here the data lie in memory as tensors, and one compiled function loops over as many
batches as it is told: it gathers their rows, takes the step that Keras's own `train_step` takes, and writes
each loss into one array. Between two calls Python looks at the clock, the stop button and the page.

    engine = Engine(model)                           # a compiled and built model, whose variables it changes
    losses = engine.train(source, tensors, order)    # order: (k, batch) numbers of examples; losses: (k,)
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np

from bigmodel_nb import quiet
from bigmodel_nb.training.nested import each, leaves
from bigmodel_nb.training.steps import evaluates_itself, evaluation_step, steps_itself, training_step

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
        self.reported: Any = None  # by the latest step of a model with steps of its own
        self._loops: dict[Any, Callable] = {}
        self._shapes: dict[Any, list[tuple[Any, ...]]] = {}
        self._evaluation_pace: dict[Any, float] = {}  # seconds a batch

    @property
    def warm(self) -> bool:
        """Whether a training loop is compiled already."""
        return any(key[0] == "train" for key in self._loops)

    # -- training -----------------------------------------------------------------------

    def train(self, source: Any, tensors: Any, order: np.ndarray, rates: np.ndarray | None) -> np.ndarray:
        """Takes k steps on the examples `order` (k, batch) of `tensors`, and returns their losses (k,).

        Without XLA the last batch may be smaller: its row ends in -1. `rates` (k,) are the learning rates
        of these steps; None leaves the rate to the optimizer.
        """
        import tensorflow as tf

        # XLA wants to know the size of a batch. Without it one loop serves the last, smaller batch, too.
        size = order.shape[1] if self.xla else None
        key = ("train", source.signature, self._shapes_of(source, tensors), size, rates is not None)
        self.compiled_now = key not in self._loops
        if self.compiled_now:
            self._loops[key] = self._training_loop(source.gather, tensors, key[2], size, rates is not None)
        if rates is None:
            rates = np.zeros(1, np.float32)
        missing = order.shape[1] - int(np.searchsorted(order[-1] < 0, True))
        with quiet.compiling() if self.compiled_now and self.xla else nullcontext():
            losses, reported = self._loops[key](
                leaves(tensors),
                tf.constant(order, tf.int32),
                tf.constant(order.size - missing, tf.int32),
                tf.constant(rates, tf.float32),
            )
        self.reported = reported
        return losses.numpy()

    def _shapes_of(self, source: Any, tensors: Any) -> tuple[tuple[Any, ...], ...]:
        """The shapes of rows that a loop must serve: None where they were seen to differ."""
        now = [tuple(leaf.shape[1:]) for leaf in leaves(tensors)]
        known = self._shapes.setdefault(source.signature, now)
        self._shapes[source.signature] = known = [
            tuple(one if one == other else None for one, other in zip(before, new, strict=True))
            for before, new in zip(known, now, strict=True)
        ]
        return tuple(known)

    def _training_loop(
        self, gather: Gather, tensors: Any, shapes: Any, size: int | None, scheduled: bool
    ) -> Callable:
        import tensorflow as tf

        step = training_step(self.model)
        if self.xla or steps_itself(self.model):  # which is traced once, though it stands in the loop twice
            step = _compiled(step, jit_compile=self.xla or None)
        rate = self.model.optimizer.learning_rate if scheduled else None
        packed = _packer(tensors)

        def loop(flat, order, total, rates):
            tensors, count, each_has = packed(flat), tf.shape(order)[0], tf.shape(order)[1]
            rows = tf.reshape(order, [-1])

            def take(i):
                if rate is not None:
                    rate.assign(rates[i])
                if size is not None:
                    return step(*gather(tensors, order[i]))
                return step(*gather(tensors, rows[i * each_has : tf.minimum((i + 1) * each_has, total)]))

            return _many(take, count, steps_itself(self.model))

        # Said at once, so that neither more steps nor more examples trace the loop again.
        signature = [
            _specifications(tensors, shapes),
            tf.TensorSpec((None, size), tf.int32),
            tf.TensorSpec((), tf.int32),
            tf.TensorSpec((None,), tf.float32),
        ]
        return _compiled(loop, input_signature=signature)

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

        self.reset_metrics()
        total = 0.0  # of the losses of batches, whatever number of them a call took
        for tensors, n in source.in_order(batch_size):
            key = ("evaluate", source.signature, self._shapes_of(source, tensors))
            start = 0
            while start < n:
                new = key not in self._loops
                if new:
                    self._loops[key] = self._evaluation_loop(source.gather, tensors, key[2])
                pace = self._evaluation_pace.get(key)
                most = 1 if pace is None else max(1, int(seconds_per_call / pace))
                end = min(n, start + most * batch_size)
                began = time.perf_counter()
                with quiet.compiling() if new and self.xla else nullcontext():
                    found, self.reported = self._loops[key](
                        leaves(tensors), tf.constant(start), tf.constant(end), tf.constant(batch_size)
                    )
                losses = found.numpy()
                if not new:
                    self._evaluation_pace[key] = (time.perf_counter() - began) / len(losses)
                sizes = np.minimum(end - np.arange(start, end, batch_size), batch_size)
                total += float(np.dot(losses.astype(np.float64), sizes))
                start = end
                if stopped is not None and stopped():
                    return None
        if evaluates_itself(self.model):
            return self._own_logs()
        return {"loss": total / len(source), **self.read_metrics()}

    def _evaluation_loop(self, gather: Gather, tensors: Any, shapes: Any) -> Callable:
        import tensorflow as tf

        step, own = evaluation_step(self.model), evaluates_itself(self.model)
        if self.xla or own:
            step = _compiled(step, jit_compile=self.xla or None)
        packed = _packer(tensors)

        def loop(flat, start, end, batch_size):
            tensors, count = packed(flat), (end - start + batch_size - 1) // batch_size

            def take(i):
                first = start + i * batch_size
                return step(*gather(tensors, tf.range(first, tf.minimum(first + batch_size, end))))

            return _many(take, count, own)

        number = tf.TensorSpec((), tf.int32)
        signature = [_specifications(tensors, shapes), number, number, number]
        return _compiled(loop, input_signature=signature)

    # -- metrics ------------------------------------------------------------------------

    @property
    def metrics(self) -> list[Any]:
        """The metrics of the model but for its loss, which the loops return themselves. A model with steps of
        its own may count its loss in there, too."""
        if steps_itself(self.model) or evaluates_itself(self.model):
            return list(self.model.metrics)
        return [metric for metric in self.model.metrics if metric is not self.model._loss_tracker]

    def reset_metrics(self) -> None:
        """Forgets what the metrics have seen."""
        for metric in self.metrics:
            metric.reset_state()

    def read_metrics(self) -> dict[str, float]:
        """What the metrics have seen since they were reset."""
        values: dict[str, Any] = {}
        for metric in self.metrics:
            if metric is not self.model._loss_tracker:
                result = metric.result()
                values |= result if isinstance(result, dict) else {metric.name: result}
        return numbers(values)

    def epoch_logs(self, loss: float) -> dict[str, float]:
        """What an epoch of training is summed up by, as `model.fit` does; `loss` is the mean over it."""
        if steps_itself(self.model):
            return self._own_logs()
        return {"loss": loss, **self.read_metrics()}

    def _own_logs(self) -> dict[str, float]:
        """As Keras has it: the metrics where the model's own step reports these, else what its last step
        said."""
        return numbers(self.model._get_metrics_result_or_logs(self.reported or {}))


def numbers(values: dict[str, Any]) -> dict[str, float]:
    """Plain numbers by name; a metric with one number for each class becomes as many entries."""
    plain: dict[str, float] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            plain |= numbers(value)
            continue
        array = np.asarray(value)
        if array.ndim == 0:
            plain[name] = float(array)
        else:
            plain |= {f"{name}_{place}": float(part) for place, part in enumerate(array.ravel())}
    return plain


def _many(take: Callable, count: Any, reports: bool) -> tuple[Any, Any]:
    """Inside a compiled loop: the losses (count,) of the steps `take(0)`, `take(1)`, ..., each of which gives
    (loss, what it reports), and what the last one reports."""
    import tensorflow as tf

    def write(i, losses):
        loss, reported = take(i)
        return losses.write(i, tf.cast(loss, tf.float32)), reported

    first, losses = tf.constant(0), tf.TensorArray(tf.float32, count)
    if not reports:
        losses = tf.while_loop(
            lambda i, _losses: i < count,
            lambda i, losses: (i + 1, write(i, losses)[0]),
            (first, losses),
            parallel_iterations=1,
        )[1]
        return losses.stack(), None
    losses, reported = write(first, losses)  # the first step shows what a loop has to carry
    _i, losses, reported = tf.while_loop(
        lambda i, _losses, _reported: i < count,
        lambda i, losses, _reported: (i + 1, *write(i, losses)),
        (first + 1, losses, reported),
        parallel_iterations=1,
    )
    return losses.stack(), reported


def _packer(tensors: Any) -> Callable[[list[Any]], Any]:
    """Puts a flat list into the structure that `tensors` have, without keeping these."""
    skeleton = each(lambda _leaf: 0, tensors)

    def packed(flat: list[Any]) -> Any:
        remaining = iter(flat)
        return each(lambda _leaf: next(remaining), skeleton)

    return packed


def _specifications(tensors: Any, shapes: Any) -> list[Any]:
    import tensorflow as tf

    return [
        tf.TensorSpec((None, *shape), leaf.dtype) for leaf, shape in zip(leaves(tensors), shapes, strict=True)
    ]


def _compiled(function: Callable, **settings: Any) -> Callable:
    """A `tf.function` of its own. TensorFlow counts tracings by the line at which a function is defined, and
    would warn the reader at the fifth architecture; a partial stands on no line."""
    import tensorflow as tf

    return tf.function(functools.partial(function), autograph=False, **settings)
