"""What a model is in numbers: parameters, bytes in memory during training, operations.

Everything is counted from shapes; nothing is computed and no second model is made.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.models.table import layer_table

BACKWARD = 3  # operations of a training step, in forward passes
PRIMES = (3, 5, 7, 11, 13, 17)


@dataclass(frozen=True)
class Counts:
    """`parameters` and `trainable` are numbers of weights; `forward` the operations of one example's way
    through the model; the rest are bytes: `weights`, `gradients`, and `activations` of one example."""

    parameters: int
    trainable: int
    forward: int
    weights: int
    gradients: int
    activations: int
    notes: tuple[str, ...] = ()


def count(model: Any, length: int | None = None) -> Counts:
    """Counts a built Keras model. `length` stands for axes of unknown length (a sequence's)."""
    trainable = sum(_size(variable) for variable in model.trainable_variables)
    notes: list[str] = []
    activations = 0
    for layer in leaf_layers(model):
        shapes = output_shapes(layer, length, notes)
        activations += sum(math.prod(shape) for shape in shapes) * _bytes(layer.compute_dtype)
    table = layer_table(model, length=length)
    if not activations:
        note = _("The shapes within {name} cannot be seen, so activations are not counted.")
        notes.append(note.format(name=model.name))
    if table.unknown:
        note = _("Operations that are not known and not counted: those of {names}.")
        notes.append(note.format(names=", ".join(table.unknown)))
    return Counts(
        sum(_size(variable) for variable in model.variables if not _is_seed(variable)),
        trainable,
        table.flops,
        sum(_size(v) * _bytes(v.dtype) for v in model.variables if not _is_seed(v)),
        sum(_size(v) * _bytes(v.dtype) for v in model.trainable_variables),
        activations,
        tuple(dict.fromkeys(notes)),
    )


def kinds_of_work(model: Any) -> set[str]:
    """What a model computes by: "recurrence", "convolutions", "matrix products"; by its layers' names."""
    names = [type(layer).__name__ for layer in model._flatten_layers()]
    found = {"matrix products"}
    if any(name in ("RNN", "SimpleRNN", "LSTM", "GRU") or name.startswith("ConvLSTM") for name in names):
        found.add("recurrence")
    if any("Conv" in name for name in names):
        found.add("convolutions")
    return found


def built(name: str, model: Any) -> Any:
    """`model`, if it is a Keras model whose weights exist."""
    import keras

    if not isinstance(model, keras.Model):
        raise wrong_type(name, _("a Keras model"), model)
    if not model.built:
        raise wrong_value(name, _("built: give it an Input, or call it once"), model.name)
    return model


def leaf_layers(model: Any) -> Iterator[Any]:
    """The layers of a model, those of models within it one by one; wrappers count as one."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaf_layers(layer)
        elif not isinstance(layer, keras.layers.InputLayer):
            yield layer


def output_shapes(layer: Any, length: int | None, notes: list[str]) -> list[tuple[int, ...]]:
    """Shapes of a layer's outputs for one example, once for each place where it is used."""
    shapes = []
    for node in layer._inbound_nodes:
        for output in node.output_tensors:
            if any(size is None for size in output.shape[1:]) and length is None:
                note = _("Axes of unknown length count as 1 in activations; data would tell their length.")
                notes.append(note)
            shapes.append(tuple((length or 1) if size is None else size for size in output.shape[1:]))
    return shapes


def optimizer_bytes(optimizer: Any, variables: Sequence[Any]) -> int:
    """Bytes of an optimizer's state for these variables, without making it.

    Copies are built on small variables, one for each number of axes, whose sizes are different primes: the
    shape of a slot then says which axes it has (Adafactor keeps rows and columns in place of the matrix).
    """
    total = 0
    slots: dict[tuple[int, str], Counter] = {}
    for variable in variables:
        rank, dtype = len(variable.shape), str(variable.dtype)
        if rank > len(PRIMES):
            expected = _("a model whose weights have at most {most} axes").format(most=len(PRIMES))
            raise wrong_value("model", expected, tuple(variable.shape))
        if (rank, dtype) not in slots:
            one, two = (_state(optimizer, rank, dtype, number) for number in (1, 2))
            slots[rank, dtype] = two - one
            if len(slots) == 1:  # what there is once, such as the number of steps
                total += _sum(one - (two - one), {})
        total += _sum(slots[rank, dtype], dict(zip(PRIMES, variable.shape, strict=False)))
    return total


def _state(optimizer: Any, rank: int, dtype: str, number: int) -> Counter:
    """How often each (shape, bytes of a number) stands in a copy's state for `number` small variables."""
    import keras

    fresh = type(optimizer).from_config(optimizer.get_config())
    zeros = keras.ops.zeros(PRIMES[:rank], dtype=dtype)
    fresh.build([keras.Variable(zeros, dtype=dtype, name=f"proxy_{place}") for place in range(number)])
    return Counter((tuple(v.shape), _bytes(v.dtype)) for v in fresh.variables)


def _sum(state: Counter, of_axis: dict[int, int]) -> int:
    """Bytes, each prime replaced by the length of its axis."""
    return sum(
        times * width * math.prod(of_axis.get(axis, axis) for axis in shape)
        for (shape, width), times in state.items()
    )


def _size(variable: Any) -> int:
    return math.prod(variable.shape)


def _is_seed(variable: Any) -> bool:
    return "seed_generator" in variable.path


def _bytes(dtype: Any) -> int:
    name = str(dtype)
    for width, names in ((8, ("64",)), (2, ("16",)), (1, ("8", "bool"))):
        if any(name.rpartition(":")[2].endswith(end) for end in names):
            return width
    return 4
