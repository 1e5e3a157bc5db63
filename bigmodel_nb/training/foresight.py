"""What a training will take, from the record of a model alone: no model is built, no framework loaded.

    foresee(MLPConfig(widths=(64,)), optimizer="adam", batch_size=32, examples=1257, epochs=10)

For linear models, multilayer perceptrons and convolutional networks; the counts are those that
`models.table` and `counting` find in the built models. Of other records only the parameters are known.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.models.config import ModelConfig, count_parameters
from bigmodel_nb.training.counting import BACKWARD

NUMBER = 4  # bytes of a float32
# Numbers that an optimizer remembers for each weight.
MEMORY_OF = {
    "sgd": 0, "momentum": 1, "adagrad": 1, "rmsprop": 1, "lion": 1, "adam": 2, "adamw": 2, "nadam": 2,
}  # fmt: skip
# The share of the machine's best that a step reaches, and the seconds beside its arithmetic; as in
# `estimating`, but for the compiled loop of small models, whose overhead was measured at 40 microseconds.
PACE = {"matrix products": (0.4, 1e-4), "convolutions": (0.4, 3e-4)}
COMPILING = 1.0  # seconds that the first run of an architecture takes more, on two cores


@dataclass(frozen=True)
class Foreseen:
    """Parameters; bytes of weights, gradients, optimizer and the activations of a batch; operations of one
    example's way through the model, and of the whole run; seconds. None is not known."""

    parameters: int | None
    memory: int | None = None
    forward: int | None = None
    flops: float | None = None
    seconds: float | None = None


def foresee(
    config: ModelConfig | None,
    *,
    optimizer: str = "adam",
    batch_size: int = 32,
    examples: int | None = None,
    validation: int = 0,
    epochs: int = 10,
    overhead: float | None = None,
    counted: tuple[int, int, int] | None = None,
) -> Foreseen:
    """What training the model of `config` on so many `examples` takes.

    overhead: seconds of a step beside its arithmetic, as an earlier run took them. counted: parameters,
    operations and numbers of the activations of one example, where a built model was counted instead.
    """
    if counted is None:
        if config is None:
            return Foreseen(None)
        parameters, rows = count_parameters(config), _rows(config)
        if rows is None:
            return Foreseen(parameters)
        forward, numbers = (sum(row[place] for row in rows) for place in (0, 1))
    else:
        parameters, forward, numbers = counted
    batch = min(batch_size, examples or batch_size)
    activations = batch * numbers
    memory = NUMBER * (parameters * (2 + MEMORY_OF.get(optimizer, 2)) + activations)
    if examples is None:
        return Foreseen(parameters, memory, forward)
    flops = float(epochs * forward * (BACKWARD * examples + validation))
    beside = PACE[_work(config)][1] if overhead is None else overhead
    seconds = arithmetic_seconds(flops, config) + beside * epochs * math.ceil(examples / batch)
    return Foreseen(parameters, memory, forward, flops, seconds)


def arithmetic_seconds(flops: float, config: ModelConfig | None = None) -> float:
    """The time that so many operations take here, at the share of the machine's best that is usual."""
    return flops / (PACE[_work(config)][0] * peak_of_numpy())


def _work(config: Any) -> str:
    return "convolutions" if hasattr(config, "filters") else "matrix products"


def _rows(config: Any) -> list[tuple[int, int]] | None:
    """For each layer: operations for one example, and numbers that come out. None for other records."""
    kind = type(config).__name__
    if kind == "LinearConfig":
        return [*_flat(config.input_shape), _dense(math.prod(config.input_shape), config.num_outputs)]
    if kind == "MLPConfig":
        inputs = math.prod(config.input_shape)
        return [*_flat(config.input_shape), *_head(config, inputs, config.widths)]
    if kind == "CNNConfig":
        return list(_convolutions(config))
    return None


def _flat(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    return [] if len(shape) == 1 else [(0, math.prod(shape))]


def _dense(inputs: int, units: int) -> tuple[int, int]:
    return 2 * inputs * units, units


def _bent(config: Any, numbers: int) -> Iterator[tuple[int, int]]:
    """Normalization and activation of so many numbers."""
    if config.batch_norm:
        yield 2 * numbers, numbers
    yield numbers, numbers


def _head(config: Any, inputs: int, widths: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    for units in widths:
        yield _dense(inputs, units)
        yield from _bent(config, units)
        if config.dropout:
            yield 0, units
        inputs = units
    yield _dense(inputs, config.num_outputs)


def _convolutions(config: Any) -> Iterator[tuple[int, int]]:
    from bigmodel_nb.maths.convolution import output_size

    height, width, channels = config.input_shape
    for filters in config.filters:
        for place in range(config.convs_per_block):
            stride = config.strides if place == 0 else 1
            height, width = (
                output_size(size, config.kernel_size, stride, config.padding, config.dilation)
                for size in (height, width)
            )
            numbers = height * width * filters
            yield 2 * config.kernel_size**2 * channels * numbers, numbers
            yield from _bent(config, numbers)
            channels = filters
        if config.pooling != "none":
            height, width = height // config.pool_size, width // config.pool_size
            yield config.pool_size**2 * height * width * filters, height * width * filters
        if config.dropout:
            yield 0, height * width * filters
    pixels = height * width * channels
    inputs = pixels if config.head == "flatten" else channels
    yield (0, pixels) if config.head == "flatten" else (pixels, channels)
    yield from _head(config, inputs, config.dense_widths)


@functools.cache
def peak_of_numpy() -> float:
    """Operations a second in products of 512 x 512 matrices by NumPy: a few milliseconds, once."""
    matrix, best = np.full((512, 512), 0.5, np.float32), math.inf
    for _repeat in range(4):
        start = time.perf_counter()
        matrix @ matrix
        best = min(best, time.perf_counter() - start)
    return 2.0 * 512**3 / best
