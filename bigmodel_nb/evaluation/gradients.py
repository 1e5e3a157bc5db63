"""Slopes: how a number that a model computes changes with an array, on TensorFlow, JAX and PyTorch.

    slope = Slope(lambda x, target: keras.ops.reshape(model(x, training=False), (-1,))[target])
    score, gradient = slope(image[None], 3)

It is the only module of `evaluation` where the back end matters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Slope:
    """The value of `function` and its gradient for its first argument, an array.

    `function` takes tensors and returns a tensor with one number, computed with `keras.ops` and Keras
    layers. It is compiled at the first call and may be called for other arrays of the same shapes.
    """

    def __init__(self, function: Callable[..., Any]):
        import keras

        self.function = function
        self._on = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()](
            function
        )

    def __call__(self, at: Any, *more: Any) -> tuple[float, np.ndarray]:
        """(value, gradient of the shape of `at`); zeros where the value does not depend on it at all."""
        import keras

        value, gradient = self._on(at, *more)
        found = np.zeros(np.shape(at)) if gradient is None else keras.ops.convert_to_numpy(gradient)
        return float(keras.ops.convert_to_numpy(value)), np.asarray(found)


def _tensorflow(function: Callable) -> Callable:
    import tensorflow as tf

    def both(at: Any, *more: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(at)
            value = function(at, *more)
        return value, tape.gradient(value, at)

    # Compiled also because TensorFlow 2.21, on a CPU with several threads, ends the process ("munmap_chunk():
    # invalid pointer") where it takes the slope of a 1 x 1 convolution with stride 2 outside of a function.
    known: dict[tuple, Any] = {}

    def call(*arguments: Any) -> tuple[Any, Any]:
        tensors = [tf.convert_to_tensor(one) for one in arguments]
        signature = tuple((tuple(tensor.shape), tensor.dtype) for tensor in tensors)
        if signature not in known:
            specs = [tf.TensorSpec(*one) for one in signature]
            known[signature] = tf.function(both, autograph=False).get_concrete_function(*specs)
        return known[signature](*tensors)

    return call


def _jax(function: Callable) -> Callable:
    import jax

    both = jax.jit(jax.value_and_grad(function))
    return lambda *arguments: both(*(jax.numpy.asarray(one) for one in arguments))


def _torch(function: Callable) -> Callable:
    import keras
    import torch

    def both(at: Any, *more: Any) -> tuple[Any, Any]:
        tensor = keras.ops.convert_to_tensor(at).clone().detach().requires_grad_(True)
        value = function(tensor, *(keras.ops.convert_to_tensor(one) for one in more))
        if not value.requires_grad:
            return value, None
        return value.detach(), torch.autograd.grad(value, tensor, allow_unused=True)[0]

    return both
