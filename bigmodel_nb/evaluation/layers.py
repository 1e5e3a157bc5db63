"""The layers of any Keras model, by name, and what each of them puts out.

    layer_names(model)                  # ("C1", "S2", ...); layers of a model within: "backbone/conv1"
    outputs_of(model, x)["C1"]          # (n, 28, 28, 6)

A layer is listened to while the model computes, so that functional, Sequential, nested and subclassed models
are alike: no second model is built, and no graph is needed.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.counting import built
from bigmodel_nb.training.workers import lock_of


def layers_by_name(model: Any) -> dict[str, Any]:
    """Every layer that computes something, from the inputs up; those of models within one by one."""
    import keras

    model = built("model", model)
    found: dict[str, Any] = {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        if isinstance(layer, keras.Model):
            found |= {f"{layer.name}/{name}": inner for name, inner in layers_by_name(layer).items()}
        else:
            found[layer.name] = layer
    return found


def layer_names(model: Any) -> tuple[str, ...]:
    """The names of the layers of a built Keras model, from the inputs up."""
    return tuple(layers_by_name(model))


def layer_named(model: Any, name: Any) -> Any:
    """The layer called `name`; the error lists those that there are."""
    known = layers_by_name(model)
    expected = _("one of the layers {names}").format(names=", ".join(map(repr, known)))
    if not isinstance(name, str):
        raise wrong_type("layer", expected, name)
    if name not in known:
        raise wrong_value("layer", expected, name)
    return known[name]


@contextlib.contextmanager
def heard(layers: list[Any], listener: Callable[[Any, Any], Any]) -> Iterator[None]:
    """While it lasts, `listener(layer, output)` is told what each layer computes; what it returns takes
    the place of the output."""

    def wrap(layer: Any, call: Callable) -> Callable:
        def listening(*args: Any, **kwargs: Any) -> Any:
            return listener(layer, call(*args, **kwargs))

        return listening

    wrapped = []
    try:
        for layer in layers:
            before = layer.__dict__.get("call")  # a layer whose call was replaced before keeps that
            object.__setattr__(layer, "call", wrap(layer, layer.call))
            wrapped.append((layer, before))
        yield
    finally:
        for layer, before in reversed(wrapped):
            if before is None:
                object.__delattr__(layer, "call")
            else:
                object.__setattr__(layer, "call", before)


def batch(name: str, model: Any, x: Any) -> np.ndarray:
    """`x` as a batch of inputs for `model`; a single example gets an axis of one in front."""
    array = np.asarray(x)
    shape = input_shape_of(model)
    if isinstance(shape, (list, dict)):
        raise wrong_value("model", _("a model with one input"), model.name)
    expected = _("an array of inputs of shape {shape}").format(shape=shape)
    if array.dtype.kind not in "fiub" or not array.size:
        raise wrong_type(name, expected, x)
    if shape is not None and array.ndim == len(shape) - 1:
        array = array[None]
    if shape is not None and (
        array.ndim != len(shape)
        or any(wanted not in (None, size) for wanted, size in zip(shape[1:], array.shape[1:], strict=True))
    ):
        raise wrong_value(name, expected, x)
    return array if array.dtype.kind in "iu" and _takes_tokens(model) else array.astype(np.float32)


def input_shape_of(model: Any) -> Any:
    """The shape of a batch of inputs; None for an axis of any length, and where nothing is known."""
    try:
        return model.input_shape
    except AttributeError:  # a model with a call of its own knows what it was built for
        shapes = list((getattr(model, "_build_shapes_dict", None) or {}).values())
        return (None, *shapes[0][1:]) if len(shapes) == 1 and isinstance(shapes[0], tuple) else None


def _takes_tokens(model: Any) -> bool:
    inputs = getattr(model, "inputs", None) or []
    return any("int" in str(tensor.dtype) for tensor in inputs)


def outputs_of(model: Any, x: Any, *, names: Any = None) -> dict[str, np.ndarray]:
    """What the layers of `model` put out for the batch `x`, by name; computed in one pass, as at test time.

    `names`: only these layers. A layer that is used several times shows its last use; one that puts out
    something other than one tensor, or was not reached, is left out.
    """
    import keras

    known = layers_by_name(model)
    if names is not None:
        known = {name: layer_named(model, name) for name in names}
    places = {id(layer): name for name, layer in known.items()}
    found: dict[str, np.ndarray] = {}

    def listener(layer: Any, output: Any) -> Any:
        if keras.ops.is_tensor(output):
            found[places[id(layer)]] = keras.ops.convert_to_numpy(output)
        return output

    values = batch("x", model, x)
    with lock_of(model), heard(list(known.values()), listener):
        model(values, training=False)
    return {name: found[name] for name in known if name in found}


def shapes_of(model: Any) -> dict[str, tuple[int, ...]]:
    """The shape of what each layer puts out for one example, by name; the model computes zeros once."""
    shape = input_shape_of(model)
    if not isinstance(shape, tuple) or None in shape[1:]:
        raise wrong_value("model", _("a model with one input of a fixed shape"), shape)
    zeros = np.zeros((1, *shape[1:]), np.int32 if _takes_tokens(model) else np.float32)
    return {name: output.shape[1:] for name, output in outputs_of(model, zeros).items()}


def weights_mark(model: Any) -> int:
    """A number that changes when a weight does."""
    import keras

    mark = 0
    for variable in model.variables:
        values = np.ascontiguousarray(keras.ops.convert_to_numpy(variable))
        mark = zlib.crc32(values.tobytes(), mark)
    return mark
