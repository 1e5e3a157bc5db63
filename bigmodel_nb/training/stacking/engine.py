"""The compiled loops of a stack: steps of training for all members at once, and their evaluation.

A step is that of `fit` for each member: the mean loss over its batch and what its weights cost, its gradient,
clipped by its own norm, its weight decay, and the update of Keras's own optimizer with the member's rate. The
sum of the members' losses has a gradient in which no member meets another. Who is not `active` (diverged, or
stopped early) keeps its weights: `tf.where`, since zero times nan is nan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bigmodel_nb.training.engine import _compiled, _packer, _specifications
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.nested import leaves
from bigmodel_nb.training.stacking.layers import Pass, for_all, function_of
from bigmodel_nb.training.stacking.program import Program, Value
from bigmodel_nb.training.stacking.weights import Packing


class StackEngine:
    """Variables and compiled loops of `members` models with the program of the first.

    rates, decays, clips: (members,), inf where there is no clipping. dropouts: by place the rates (members,)
    and the states of random numbers (members, 2) that each member begins with.
    """

    def __init__(
        self,
        program: Program,
        packing: Packing,
        weights: np.ndarray,
        others: Sequence[np.ndarray],
        *,
        optimizer: Any,
        loss: Any,
        metrics: Sequence[Any],
        rates: np.ndarray,
        decays: np.ndarray,
        clips: np.ndarray,
        costs: dict[int, tuple[np.ndarray, np.ndarray]],
        dropouts: dict[str, tuple[np.ndarray, np.ndarray]],
    ):
        import tensorflow as tf

        self.program, self.packing, self.members = program, packing, len(weights)
        self.loss, self.metrics, self.optimizer = loss, list(metrics), optimizer
        self.costs, self.dropouts = costs, dropouts
        self.flat = keras.Variable(weights, name="weights")
        self.others = [tf.Variable(value) for value in others]
        self.active = tf.Variable(np.ones(self.members, bool))
        self._rates = tf.constant(rates[:, None], tf.float32)
        self._decays = tf.constant(decays[:, None], tf.float32) if decays.any() else None
        self._clips = tf.constant(clips[:, None], tf.float32) if np.isfinite(clips).any() else None
        optimizer.build([self.flat])
        self._train: Any = None
        self._evaluate: Any = None

    # -- a pass ---------------------------------------------------------------------------

    def outputs(self, flat: Any, x: Any, training: bool, step: Any = None) -> tuple[Any, Pass]:
        """The outputs (members, batch, ...) for inputs (members or 1, batch, ...)."""
        import tensorflow as tf

        others = [variable.value() for variable in self.others]
        at = Pass(self.packing.views(flat, others), self.members, training, self._dropper(training, step))
        values: dict[int, Any] = {}
        for place, (part, kind) in enumerate(zip(keras.tree.flatten(x), self.program.kinds, strict=True)):
            values[-1 - place] = at.drop(str(-1 - place), tf.cast(part, kind))

        def filled(part: Any) -> Any:
            return values[part.place] if isinstance(part, Value) else part

        for place, step_ in enumerate(self.program.steps):
            at.place = place
            args, kwargs = keras.tree.map_structure(filled, (step_.args, step_.kwargs))
            values[place] = at.drop(str(place), function_of(step_.layer)(step_.layer, at, *args, **kwargs))
        return values[self.program.output], at

    def _dropper(self, training: bool, step: Any) -> Callable[[str, Any], Any]:
        import tensorflow as tf

        def drop(place: str, x: Any) -> Any:
            """Keras's dropout: `tf.nn.experimental.stateless_dropout` with each member's seed and rate."""
            if not training or place not in self.dropouts:
                return x
            rates, states = self.dropouts[place]
            different, index = np.unique(states, axis=0, return_inverse=True)
            most = tf.int32.max - 1
            drawn = [
                tf.random.stateless_uniform(
                    tf.shape(x)[1:], tf.stack([int(a) % most, tf.cast((int(b) + step) % most, tf.int32)])
                )
                for a, b in different
            ]
            noise = tf.stack(drawn)
            if len(drawn) > 1:
                noise = tf.gather(noise, index.ravel())
            shape = (self.members, *[1] * (len(x.shape) - 1))
            kept = noise >= tf.constant(rates.reshape(shape), tf.float32)
            scaled = x * tf.constant((1 / (1 - rates)).reshape(shape), tf.float32)
            return tf.where(kept, scaled, tf.zeros_like(scaled))

        return drop

    def _losses(self, y: Any, weight: Any, outputs: Any) -> tuple[Any, Any]:
        """The mean loss of each member over its batch, and the sums of its metrics (metrics, members)."""
        import tensorflow as tf

        members = self.members
        y = for_all(y, members)
        batch = tf.shape(y)[1]
        rows = [
            tf.reshape(part, tf.concat([[members * batch], tf.shape(part)[2:]], 0)) for part in (y, outputs)
        ]
        for row, part in zip(rows, (y, outputs), strict=True):
            row.set_shape((None, *part.shape[2:]))
        values = self.loss.call(*rows)
        values = tf.reduce_mean(tf.reshape(values, (members, batch, -1)), -1)
        if weight is not None:
            values = values * tf.cast(weight, tf.float32)
        sums = [
            tf.reduce_sum(
                tf.reduce_mean(
                    tf.reshape(
                        tf.cast(metric._fn(*rows, **metric._fn_kwargs), tf.float32), (members, batch, -1)
                    ),
                    -1,
                ),
                1,
            )
            for metric in self.metrics
        ]
        sums = tf.stack(sums) if sums else tf.zeros((0, members))
        return tf.reduce_mean(values, 1), sums

    def _priced(self, losses: Any, at: Pass) -> Any:
        """Losses with what each member's weights cost (l1 |w| + l2 w^2)."""
        import tensorflow as tf

        for key, (l1, l2) in self.costs.items():
            weight = at.weights[key]
            axes = list(range(1, len(weight.shape)))
            if l1.any():
                losses = losses + tf.constant(l1, tf.float32) * tf.reduce_sum(tf.abs(weight), axes)
            if l2.any():
                losses = losses + tf.constant(l2, tf.float32) * tf.reduce_sum(tf.square(weight), axes)
        return losses

    # -- training ---------------------------------------------------------------------------

    def _step(self, x: Any, y: Any, weight: Any, number: Any) -> tuple[Any, Any]:
        import tensorflow as tf

        flat = self.flat.value.value()
        with tf.GradientTape() as tape:
            tape.watch(flat)
            outputs, at = self.outputs(flat, x, True, number)
            losses, sums = self._losses(y, weight, outputs)
            losses = self._priced(losses, at)
            total = tf.reduce_sum(losses)
        gradient = tape.gradient(total, flat)
        active = self.active.assign(self.active & tf.math.is_finite(losses))
        if self._clips is not None:
            norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), 1, keepdims=True))
            scale = self._clips * tf.minimum(1.0 / norm, 1.0 / self._clips)
            gradient = tf.where(tf.math.is_finite(self._clips), gradient * scale, gradient)
        if self._decays is not None:
            self.flat.value.assign_sub(flat * self._decays * self._rates)
        self.optimizer.update_step(gradient, self.flat.value, self._rates)
        self.optimizer._iterations.assign_add(1)
        self.flat.value.assign(tf.where(active[:, None], self.flat.value.value(), flat))
        for place, variable in zip(self.packing.others, self.others, strict=True):
            new = at.updates.get(self.packing.keys[place])
            if new is not None:
                chosen = tf.reshape(active, (self.members, *[1] * (len(variable.shape) - 1)))
                variable.assign(tf.where(chosen, new, variable))
        return losses, sums

    def train(
        self, source: Any, tensors: Any, order: Any, sizes: Any, start: int, stop: int, done: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Steps `start` to `stop` of an epoch: losses (steps, members), sums of metrics (metrics, members).

        order: (steps, members or 1, batch) numbers of examples, sizes: (steps,) how many of them count, done:
        steps of training before this epoch.
        """
        import tensorflow as tf

        if self._train is None:
            self._train = self._training_loop(source, tensors, order.shape[1])
        losses, sums = self._train(
            leaves(tensors), order, sizes, tf.constant(start), tf.constant(stop), tf.constant(done, tf.int64)
        )
        return losses.numpy(), sums.numpy()

    def _training_loop(self, source: Any, tensors: Any, apart: int) -> Callable[..., Any]:
        import tensorflow as tf

        packed = _packer(tensors)

        def loop(flat, order, sizes, start, stop, done):
            tensors = packed(flat)

            def body(i, losses, sums):
                x, y, weight = gathered(source.gather, tensors, order[i, :, : sizes[i]])
                now, more = self._step(x, y, weight, done + tf.cast(i, tf.int64))
                return i + 1, losses.write(i - start, now), sums + more

            first = (
                start,
                tf.TensorArray(tf.float32, stop - start),
                tf.zeros((len(self.metrics), self.members)),
            )
            _i, losses, sums = tf.while_loop(
                lambda i, _losses, _sums: i < stop, body, first, parallel_iterations=1
            )
            return losses.stack(), sums

        number = tf.TensorSpec((), tf.int32)
        signature = [
            _specifications(tensors, [tuple(leaf.shape[1:]) for leaf in leaves(tensors)]),
            tf.TensorSpec((None, apart, None), tf.int32),
            tf.TensorSpec((None,), tf.int32),
            number,
            number,
            tf.TensorSpec((), tf.int64),
        ]
        return _compiled(loop, input_signature=signature)

    # -- evaluation -----------------------------------------------------------------------

    def evaluate(self, source: Any, tensors: Any, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
        """The mean loss (members,) over a source, and its metrics (metrics, members)."""
        import tensorflow as tf

        if self._evaluate is None:
            self._evaluate = self._evaluation_loop(source, tensors)
        n = len(source)
        total, sums = self._evaluate(leaves(tensors), tf.constant(n), tf.constant(min(batch_size, n)))
        return total.numpy().astype(np.float64) / n, sums.numpy().astype(np.float64) / n

    def _evaluation_loop(self, source: Any, tensors: Any) -> Callable[..., Any]:
        import tensorflow as tf

        packed = _packer(tensors)

        def loop(leaves_of, n, batch_size):
            tensors, flat = packed(leaves_of), self.flat.value.value()

            def body(first, total, sums):
                last = tf.minimum(first + batch_size, n)
                x, y, weight = gathered(source.gather, tensors, tf.range(first, last)[None])
                outputs, at = self.outputs(flat, x, False)
                losses, more = self._losses(y, weight, outputs)
                losses = self._priced(losses, at)
                return last, total + losses * tf.cast(last - first, tf.float32), sums + more

            start = (tf.constant(0), tf.zeros(self.members), tf.zeros((len(self.metrics), self.members)))
            return tf.while_loop(lambda i, _total, _sums: i < n, body, start, parallel_iterations=1)[1:]

        number = tf.TensorSpec((), tf.int32)
        shapes = [tuple(leaf.shape[1:]) for leaf in leaves(tensors)]
        return _compiled(loop, input_signature=[_specifications(tensors, shapes), number, number])


def gathered(gather: Any, tensors: Any, rows: Any) -> tuple[Any, Any, Any]:
    """x, y and weights at rows (members or 1, batch), each (members or 1, batch, ...)."""
    import tensorflow as tf

    apart = rows.shape[0]

    def shaped(part: Any) -> Any:
        made = tf.reshape(part, tf.concat([[apart, -1], tf.shape(part)[1:]], 0))
        made.set_shape((apart, None, *part.shape[1:]))
        return made

    x, y, weight = gather(tensors, tf.reshape(rows, (-1,)))
    return keras.tree.map_structure(shaped, x), shaped(y), None if weight is None else shaped(weight)
