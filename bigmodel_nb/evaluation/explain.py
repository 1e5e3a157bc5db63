"""Why a model answers as it does: which pixels count, where the evidence lies, what excites a channel.

    saliency(model, image)                       # (height, width): slope of the score by pixel
    grad_cam(model, image, "C3")                 # (height, width): where the evidence lies, from 0
    occlusion(model, image, size=4)              # (height, width): what the score loses where a patch is gray
    most_activating(model, "C1", 2, images)      # the nine inputs that excite channel 2 most, and where

All take one image and explain the score of `target`, an output of the model; by default the largest one.
K. Simonyan, A. Vedaldi, A. Zisserman, 2014, "Deep inside convolutional networks" (saliency); R. Selvaraju
and others, 2017, "Grad-CAM: Visual explanations from deep networks"; M. Zeiler, R. Fergus, 2014,
"Visualizing and understanding convolutional networks" (occlusion).
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb.arguments import number, whole, wrong_value
from bigmodel_nb.evaluation.gradients import Slope
from bigmodel_nb.evaluation.layers import batch, heard, layer_named, layers_by_name, outputs_of
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.workers import lock_of

AT_ONCE = 256  # examples that are computed together


def scores(model: Any, x: Any) -> np.ndarray:
    """What `model` puts out for a batch or one example: (n, outputs), computed in parts of 256."""
    import keras

    values = batch("x", model, x)
    with lock_of(model):
        parts = [
            keras.ops.convert_to_numpy(model(values[start : start + AT_ONCE], training=False))
            for start in range(0, len(values), AT_ONCE)
        ]
    found = np.concatenate(parts)
    return found.reshape(len(found), -1)


def saliency(model: Any, image: Any, target: int | None = None) -> np.ndarray:
    """How strongly the score of `target` changes with each pixel: the largest absolute slope among the
    channels, (height, width). For inputs that are not images, the absolute slopes in their own shape."""
    import keras

    values, target = _asked(model, image, target)
    if values.dtype.kind != "f":
        raise wrong_value("model", _("a model whose inputs are numbers and not tokens"), model.name)
    itself = loosely(model)

    def score(tensor: Any, wanted: Any) -> Any:
        return _one_of(keras, itself()(tensor, training=False), wanted)

    with lock_of(model):
        _score, gradient = slope_of(model, ("score",), score)(values, np.int32(target))
    size = np.abs(gradient[0])
    return size.max(axis=-1) if size.ndim == 3 else size


def grad_cam(model: Any, image: Any, layer: str | None = None, target: int | None = None) -> np.ndarray:
    """Where the evidence for `target` lies: the maps of `layer`, weighted by the mean slope of the score for
    each of them, summed, and cut at 0; (h, w) of that layer, made as large as the image.

    `layer`: the last one with maps (height, width, channels) by default.
    """
    import keras

    values, target = _asked(model, image, target)
    if layer is None:
        layer = _last_with_maps(model, values)
    chosen = layer_named(model, layer)
    maps = outputs_of(model, values, names=[layer]).get(layer)
    if maps is None or maps.ndim != 4:
        raise wrong_value("layer", _("a layer whose output has height, width and channels"), layer)
    itself, place = loosely(model), loosely(chosen)

    def score(tensor: Any, inputs: Any, wanted: Any) -> Any:
        with heard([place()], lambda _layer, _output: tensor):
            return _one_of(keras, itself()(inputs, training=False), wanted)

    with lock_of(model):
        _score, gradient = slope_of(model, ("maps", layer), score)(maps, values, np.int32(target))
    maps, gradient = _channels_last(chosen, maps), _channels_last(chosen, gradient)
    evidence = np.maximum((maps[0] * gradient[0].mean(axis=(0, 1))).sum(axis=-1), 0.0)
    return enlarged(evidence, values.shape[1:3])


def occlusion(
    model: Any,
    image: Any,
    target: int | None = None,
    *,
    size: int = 4,
    step: int | None = None,
    fill: Any = None,
) -> np.ndarray:
    """How much the score of `target` loses where a patch of `size` x `size` pixels is painted over, (height,
    width): for each pixel the mean over the patches that hid it. Negative where hiding helps.

    `step`: pixels from one patch to the next, `size` // 2 by default. `fill`: what is painted, the mean of
    the image by default. The score is the model's output as it is: a logit, or a probability where
    the model ends in a softmax.
    """
    values, target = _asked(model, image, target)
    if values.ndim != 4:
        raise wrong_value("image", _("an image of shape (height, width, channels)"), image)
    height, width = values.shape[1:3]
    size = whole("size", size, 1, min(height, width))
    step = max(size // 2, 1) if step is None else whole("step", step, 1, size)
    paint = values.mean() if fill is None else number("fill", fill)
    tops, lefts = (sorted({*range(0, side - size + 1, step), side - size}) for side in (height, width))
    patches = [(top, left) for top in tops for left in lefts]
    hidden = np.repeat(values, len(patches), axis=0)
    for one, (top, left) in zip(hidden, patches, strict=True):
        one[top : top + size, left : left + size] = paint
    lost = scores(model, values)[0, target] - scores(model, hidden)[:, target]
    total, times = np.zeros((height, width)), np.zeros((height, width))
    for loss, (top, left) in zip(lost, patches, strict=True):
        total[top : top + size, left : left + size] += loss
        times[top : top + size, left : left + size] += 1
    return total / times


@dataclass(frozen=True, eq=False)
class MostActive:
    """The inputs that excite a channel most, the strongest first: their `indices`, `values` (what the
    channel reached), and `places`, (row, column) in the layer's map where it did; () for layers without."""

    layer: str
    channel: int
    indices: np.ndarray = field(repr=False)
    values: np.ndarray
    places: list[tuple[int, ...]] = field(repr=False)


def most_activating(
    model: Any, layer: str, channel: int, x: Any, *, count: int = 9, known: np.ndarray | None = None
) -> MostActive:
    """Which of the inputs `x` excite `channel` of `layer` most. `known`: the layer's outputs for `x`, where
    they have been computed before."""
    values = batch("x", model, x)
    outputs = layer_outputs(model, layer, values) if known is None else known
    channel = whole("channel", channel, 0, outputs.shape[-1] - 1)
    count = min(whole("count", count, 1), len(outputs))
    chosen = outputs[..., channel]
    inside = chosen.shape[1:]
    flat = chosen.reshape(len(outputs), -1)
    reached = flat.max(axis=1)
    order = np.argsort(-reached, kind="stable")[:count]
    places = [
        tuple(int(p) for p in np.unravel_index(flat[one].argmax(), inside)) if inside else () for one in order
    ]
    return MostActive(layer, channel, order, reached[order], places)


def layer_outputs(model: Any, layer: str, x: Any) -> np.ndarray:
    """What one layer puts out for many inputs, channels last, computed in parts of 256."""
    chosen = layer_named(model, layer)
    values = batch("x", model, x)
    parts = []
    for start in range(0, len(values), AT_ONCE):
        found = outputs_of(model, values[start : start + AT_ONCE], names=[layer])
        if layer not in found:
            raise wrong_value("layer", _("a layer that puts out one array"), layer)
        parts.append(_channels_last(chosen, found[layer]))
    return np.concatenate(parts)


def enlarged(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A map (h, w) as large as `shape`, bilinear between the middles of its cells."""
    result = values.astype(np.float64)
    for axis, size in enumerate(shape[:2]):
        old = result.shape[axis]
        where = np.clip((np.arange(size) + 0.5) * old / size - 0.5, 0, old - 1)
        low = np.floor(where).astype(int)
        high = np.minimum(low + 1, old - 1)
        part = (where - low).reshape([-1 if place == axis else 1 for place in range(2)])
        result = np.take(result, low, axis) * (1 - part) + np.take(result, high, axis) * part
    return result


def gray(image: np.ndarray) -> np.ndarray:
    """One image (height, width, channels) as (height, width), from 0 (its darkest) to 1 (its brightest)."""
    flat = np.asarray(image, dtype=np.float64).mean(axis=-1)
    low, high = flat.min(), flat.max()
    return (flat - low) / (high - low) if high > low else np.zeros_like(flat)


# -- what all of them need ----------------------------------------------------------------------


def _asked(model: Any, image: Any, target: int | None) -> tuple[np.ndarray, int]:
    """The image as a batch of one, and the output that is explained."""
    values = batch("image", model, image)
    if len(values) != 1:
        raise wrong_value("image", _("one image"), image)
    found = scores(model, values)[0]
    return values, int(found.argmax()) if target is None else whole("target", target, 0, len(found) - 1)


def _one_of(keras: Any, outputs: Any, target: Any) -> Any:
    """One number of the outputs, counted through; chosen by a product, so that `target` may be a tensor."""
    flat = keras.ops.reshape(outputs, (-1,))
    return keras.ops.sum(flat * keras.ops.one_hot(target, flat.shape[0], dtype=flat.dtype))


def loosely(thing: Any) -> Callable[[], Any]:
    """A way to `thing` that does not keep it alive."""
    return weakref.ref(thing)


def slope_of(model: Any, key: tuple, function: Callable[..., Any]) -> Slope:
    """The compiled slope that is known by `key`; it must not hold the model, which may be thrown away."""
    kept = _slopes.setdefault(model, {})
    if key not in kept:
        kept[key] = Slope(function)
    return kept[key]


_slopes: weakref.WeakKeyDictionary[Any, dict[tuple, Slope]] = weakref.WeakKeyDictionary()


def _last_with_maps(model: Any, values: np.ndarray) -> str:
    outputs = outputs_of(model, values)
    named = [name for name, output in outputs.items() if output.ndim == 4]
    if not named:
        raise wrong_value("model", _("a model with a layer that has height, width and channels"), model.name)
    return named[-1]


def _channels_last(layer: Any, values: np.ndarray) -> np.ndarray:
    first = getattr(layer, "data_format", "channels_last") == "channels_first"
    return np.moveaxis(values, 1, -1) if first and values.ndim > 2 else values


__all__ = [
    "MostActive", "enlarged", "grad_cam", "layer_outputs", "layers_by_name", "most_activating", "occlusion",
    "saliency", "scores",
]  # fmt: skip
