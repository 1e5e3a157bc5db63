"""One step of training or evaluation, for a compiled loop: Keras's own, without bookkeeping of the loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def training_step(model: Any) -> Callable:
    """(x, y, sample_weight) -> loss, None: Keras's `train_step` without its bookkeeping of the loss.

    A model with a `train_step` of its own is trained by that; then it is (loss, everything it reports), the
    loss being what it calls "loss", else the first that it reports.
    """
    import tensorflow as tf

    if steps_itself(model):
        return _own_step(model.train_step)
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
        return loss, None

    return step


def evaluation_step(model: Any) -> Callable:
    """(x, y, sample_weight) -> loss, None: Keras's `test_step` without its bookkeeping of the loss; the
    model's own as in `training_step`."""
    if evaluates_itself(model):
        return _own_step(model.test_step)
    extra = {"training": False} if model._call_has_training_arg else {}

    def step(x, y, weight):
        outputs = model(x, **extra)
        loss = model._compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weight, training=False)
        _update_metrics(model, x, y, outputs, weight)
        return loss, None

    return step


def steps_itself(model: Any) -> bool:
    """Whether a model has a `train_step` of its own."""
    import keras

    return type(model).train_step is not keras.Model.train_step


def evaluates_itself(model: Any) -> bool:
    """Whether a model has a `test_step` of its own."""
    import keras

    return type(model).test_step is not keras.Model.test_step


def _own_step(own: Callable) -> Callable:
    import keras
    import tensorflow as tf

    def step(x, y, weight):
        # As Keras hands batches over: without weights there are two parts.
        logs = own((x, y) if weight is None else (x, y, weight))
        logs = logs if isinstance(logs, dict) else {"loss": logs}
        reported = keras.tree.map_structure(tf.convert_to_tensor, logs)
        first = [*keras.tree.flatten(reported), tf.constant(0.0)][0]
        return tf.reduce_mean(tf.cast(reported.get("loss", first), tf.float32)), reported

    return step


def _update_metrics(model: Any, x: Any, y: Any, outputs: Any, weight: Any) -> None:
    import keras

    if type(model).compute_metrics is not keras.Model.compute_metrics:
        model.compute_metrics(x, y, outputs, weight)
    elif model._compile_metrics is not None:
        model._compile_metrics.update_state(y, outputs, weight)
