"""Weight decay that can change while a compiled loop goes on.

Keras's optimizers keep weight decay as a plain number, which a compiled loop takes in for good: another
number would mean compiling again. The optimizer of a worker (`workers`) gets a variable in its place, so
that runs with different decay share a compiled loop, and a run can change its own.

I. Loshchilov and F. Hutter, 2019, "Decoupled weight decay regularization": before each step every weight
loses learning_rate x weight_decay of itself.
"""

from __future__ import annotations

from typing import Any


def decays(optimizer: Any) -> bool:
    """Whether an optimizer has weight decay, be it 0, in the way that all of Keras's but Muon have it."""
    import keras

    own = type(optimizer)._apply_weight_decay
    usual = own is keras.optimizers.Optimizer._apply_weight_decay
    return usual and getattr(optimizer, "weight_decay", None) is not None


def decay_of(optimizer: Any) -> float | None:
    """The weight decay of an optimizer; None where it has none, nor could be given another."""
    return float(optimizer.weight_decay) if decays(optimizer) else None


def steered(optimizer: Any) -> Any:
    """A variable in place of the number, where `optimizer` has one; else None. Not for the reader's own
    optimizers: what has a variable there cannot be saved."""
    if not decays(optimizer):
        return None
    import tensorflow as tf

    optimizer.weight_decay = tf.Variable(float(optimizer.weight_decay), trainable=False, dtype=tf.float32)
    return optimizer.weight_decay
