"""Which pixels of the input one number of a layer can see.

    field_of(model, "C3", (4, 4))               # rows and columns of the input, cut at its borders
    field_sizes(model)                          # {"C1": (5, 5), "S2": (6, 6), ...}
    measured_field(model, "C3", (4, 4))         # (height, width): slopes of the real model, for comparison

Computed by walking back through the graph of the model: rows `first` to `last` of a convolution's output come
from rows first x stride - padding to last x stride - padding + dilation (kernel - 1) of its input. Where two
ways lead back, as around a residual block, the field is what both see together. W. Luo, Y. Li, R. Urtasun, R.
Zemel, 2016, "Understanding the effective receptive field in deep convolutional neural networks".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import whole
from bigmodel_nb.evaluation.explain import loosely, slope_of
from bigmodel_nb.evaluation.layers import heard, input_shape_of, layer_named, layers_by_name, shapes_of
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.convolution import padding_of
from bigmodel_nb.training.workers import lock_of

Span = tuple[int, int]  # first and last row or column, both included
Area = tuple[Span, Span]

POINTWISE = frozenset(
    (
        "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "BatchNormalization", "Dropout",
        "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout", "Rescaling", "Identity",
        "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "LayerNormalization",
        "UnitNormalization", "Normalization", "ActivityRegularization",
    )
)  # fmt: skip
EVERYTHING = frozenset(
    (
        "Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "Reshape", "Permute", "GroupNormalization",
        "MultiHeadAttention", "Attention",
    )
)  # fmt: skip


class UnknownField(ValueError):
    """What a layer sees cannot be read off the model."""


@dataclass(frozen=True)
class Field:
    """`rows` and `columns`, first and last, of the input that a unit sees; the last is before the first where
    it sees nothing but padding. `size`, (height, width), is what it would see without borders."""

    rows: Span
    columns: Span
    size: tuple[int, int]


def field_of(model: Any, layer: str, unit: tuple[int, int] = (0, 0)) -> Field:
    """What the unit in row `unit[0]`, column `unit[1]` of `layer` sees. Raises an `UnknownField`, a
    ValueError, where a layer on the way is not known or the input is no image."""
    chosen = layer_named(model, layer)
    shape = _map_of(chosen, layer)
    picture = picture_of(model)
    asked = None
    if shape is not None:  # else all of the layer: a dense unit sees what its inputs see
        row, column = (whole("unit", place, 0, size - 1) for place, size in zip(unit, shape, strict=True))
        asked = (row, row), (column, column)
    rows, columns = _walk(model, layer, asked) or tuple((0, size - 1) for size in picture)
    cut = [
        (max(first, 0), min(last, size - 1))
        for (first, last), size in zip((rows, columns), picture, strict=True)
    ]
    height, width = (last - first + 1 for first, last in (cut if asked is None else (rows, columns)))
    return Field(cut[0], cut[1], (height, width))


def field_sizes(model: Any) -> dict[str, tuple[int, int] | None]:
    """Height and width of the field of each layer, by name; None where it is not known. A unit in the middle
    is asked, so that little is cut at the borders."""
    found: dict[str, tuple[int, int] | None] = {}
    for name, layer in layers_by_name(model).items():
        try:
            shape = _map_of(layer, name)
            unit = (0, 0) if shape is None else (shape[0] // 2, shape[1] // 2)
            found[name] = field_of(model, name, unit).size
        except UnknownField:
            found[name] = None
    return found


def measured_field(
    model: Any, layer: str, unit: tuple[int, int] = (0, 0), *, trials: int = 3, seed: int = 0
) -> np.ndarray:
    """How strongly the unit depends on each pixel, (height, width): mean absolute slope of the sum of its
    channels over `trials` images of noise. Zero where it cannot see; the effective receptive field is where
    it is large."""
    import keras

    chosen = layer_named(model, layer)
    height, width = picture_of(model)
    itself, place = loosely(model), loosely(chosen)

    def value(tensor: Any, where: Any) -> Any:
        seen: list[Any] = []

        def listener(_layer: Any, output: Any) -> Any:
            seen.append(output)
            return output

        with heard([place()], listener):
            itself()(tensor, training=False)
        return keras.ops.sum(seen[-1] * where)

    output = shapes_of(model)[layer]
    shape = maps_of(chosen, output)
    wanted = np.zeros((1, *output), np.float32)
    random = np.random.default_rng(seed)
    first = getattr(chosen, "data_format", "") == "channels_first"
    # no two channels may cancel for good
    weights = random.normal(size=(output[0] if first and len(output) > 2 else output[-1],))
    if shape is None:
        wanted[...] = weights
    else:
        row, column = (whole("unit", at, 0, size - 1) for at, size in zip(unit, shape, strict=True))
        if first:
            wanted[0, :, row, column] = weights
        else:
            wanted[0, row, column, :] = weights
    slope = slope_of(model, ("field", layer), value)
    total = np.zeros((height, width))
    with lock_of(model):
        for _trial in range(whole("trials", trials, 1)):
            image = random.normal(size=(1, *input_shape_of(model)[1:])).astype(np.float32)
            total += np.abs(slope(image, wanted)[1][0]).sum(axis=-1)
    return total / trials


# -- the walk back ------------------------------------------------------------------------------


def picture_of(model: Any) -> tuple[int, int]:
    """Height and width of the images that a model takes."""
    shape = input_shape_of(model)
    if not isinstance(shape, tuple) or len(shape) != 4 or None in shape[1:]:
        raise UnknownField(
            _(
                "A receptive field is drawn on an image: the model {name} takes {shape}, "
                "not (height, width, channels)."
            ).format(name=model.name, shape=shape)
        )
    return int(shape[1]), int(shape[2])


def maps_of(layer: Any, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Height and width of an output (height, width, channels); None for other outputs."""
    if len(shape) != 3:
        return None
    return shape[1:3] if getattr(layer, "data_format", "") == "channels_first" else shape[:2]


def _map_of(layer: Any, name: str) -> tuple[int, int] | None:
    """Height and width of a layer's output; None where it has no such axes."""
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):
        raise UnknownField(
            _("{name} keeps no graph of its own: its model is not functional or Sequential.").format(
                name=name
            )
        ) from None
    if len(shape) != 4:
        return None
    first = getattr(layer, "data_format", "channels_last") == "channels_first"
    height, width = shape[2:4] if first else shape[1:3]
    if height is None or width is None:
        raise UnknownField(_("{name} has no fixed height and width.").format(name=name))
    return int(height), int(width)


def _walk(model: Any, path: str, area: Area | None) -> Area | None:
    """The area of the model's input that an area of the output of the layer at `path` comes from; None
    stands for all there is."""
    outer, _slash, inner = path.partition("/")
    graph = _graph(model)
    layer = model.get_layer(outer)
    if not inner:
        return _back(graph, _node(graph, layer), area, {})
    area = _walk(layer, inner, area)
    return _merged([_from_tensor(graph, tensor, area, {}) for tensor in _node(graph, layer).input_tensors])


def _graph(model: Any) -> Any:
    graph = getattr(model, "_functional", None) or model
    if not hasattr(graph, "_nodes"):
        raise UnknownField(
            _(
                "{name} is not functional or Sequential: which layer feeds which is known to its call only."
            ).format(name=model.name)
        )
    return graph


def _node(graph: Any, layer: Any) -> Any:
    """Where the model uses a layer; the last place of several."""
    nodes = [node for node in layer._inbound_nodes if node in graph._nodes]
    return (nodes or layer._inbound_nodes)[-1]


def _from_tensor(graph: Any, tensor: Any, area: Area | None, known: dict) -> Area | None:
    if area is None and len(tensor.shape) == 4 and None not in tensor.shape[1:]:
        first = getattr(tensor._keras_history.operation, "data_format", "") == "channels_first"
        height, width = tensor.shape[2:4] if first else tensor.shape[1:3]
        area = (0, int(height) - 1), (0, int(width) - 1)
    if any(tensor is one for one in graph.inputs):
        return area
    key = (id(tensor), area)
    if key not in known:
        history = tensor._keras_history
        known[key] = _back(graph, history.operation._inbound_nodes[history.node_index], area, known)
    return known[key]


def _back(graph: Any, node: Any, area: Area | None, known: dict) -> Area | None:
    operation = node.operation
    if not node.input_tensors:  # an input layer
        return area
    if hasattr(operation, "layers") and hasattr(operation, "inputs"):  # a model within the model
        inside = _graph(operation)
        area = _merged([_from_tensor(inside, tensor, area, {}) for tensor in inside.outputs])
        return _merged([_from_tensor(graph, tensor, area, known) for tensor in node.input_tensors])
    seen = []
    for tensor in node.input_tensors:
        before = None if area is None else _before(operation, area, tensor)
        seen.append(_from_tensor(graph, tensor, before, known))
    return _merged(seen)


def _merged(areas: list[Area | None]) -> Area | None:
    if any(area is None for area in areas):
        return None
    (rows, columns) = (
        (min(span[0] for span in spans), max(span[1] for span in spans)) for spans in zip(*areas, strict=True)
    )
    return rows, columns


def _before(layer: Any, area: Area, tensor: Any) -> Area | None:
    """The area of the layer's input that `area` of its output comes from; None for all of it."""
    kind = type(layer).__name__
    first = getattr(layer, "data_format", "channels_last") == "channels_first"
    if kind in EVERYTHING or len(tensor.shape) != 4:
        return None
    sizes = tensor.shape[2:4] if first else tensor.shape[1:3]
    if kind in POINTWISE:
        axes = getattr(layer, "axis", None)
        if kind == "LayerNormalization" and axes not in (-1, 3, [-1], [3], (-1,), (3,)):
            return None
        return area
    if kind in ("Conv2D", "DepthwiseConv2D", "SeparableConv2D"):
        return _each(area, sizes, layer.kernel_size, layer.strides, layer.padding, layer.dilation_rate)
    if kind in ("MaxPooling2D", "AveragePooling2D"):
        return _each(area, sizes, layer.pool_size, layer.strides, layer.padding, (1, 1))
    if kind == "UpSampling2D":
        reach = 0 if layer.interpolation == "nearest" else 1  # bilinear looks at the neighbor, too
        return tuple((a // f - reach, b // f + reach) for (a, b), f in zip(area, layer.size, strict=True))  # type: ignore[return-value]
    if kind in ("ZeroPadding2D", "Cropping2D"):
        shift = layer.padding if kind == "ZeroPadding2D" else layer.cropping
        sign = -1 if kind == "ZeroPadding2D" else 1
        return tuple((a + sign * s[0], b + sign * s[0]) for (a, b), s in zip(area, shift, strict=True))  # type: ignore[return-value]
    if kind == "Conv2DTranspose":
        return _each_transposed(area, layer)
    if kind == "Dense":
        return area  # on the channels of each place
    raise UnknownField(
        _("What {kind} ({name}) sees is not known. measured_field() measures it.").format(
            kind=kind, name=layer.name
        )
    )


def _each(area: Area, sizes: Any, kernel: Any, strides: Any, padding: str, dilation: Any) -> Area:
    spans = []
    for (first, last), size, entries, stride, gap in zip(area, sizes, kernel, strides, dilation, strict=True):
        before = padding_of(int(size), entries, stride, padding, gap)[0]
        spans.append((first * stride - before, last * stride - before + gap * (entries - 1)))
    return spans[0], spans[1]


def _each_transposed(area: Area, layer: Any) -> Area:
    """Output o hears input i where o = i stride - cut + dilation a for an entry a of the kernel."""
    spans = []
    for axis, (first, last) in enumerate(area):
        stride, entries, gap = layer.strides[axis], layer.kernel_size[axis], layer.dilation_rate[axis]
        span = gap * (entries - 1)
        cut = max(span + 1 - stride, 0) // 2 if layer.padding == "same" else 0
        spans.append((-(-(first + cut - span) // stride), (last + cut) // stride))
    return spans[0], spans[1]


def known_or_none(model: Any, layer: str, unit: tuple[int, int]) -> Field | None:
    """`field_of`, or None where it is not known."""
    try:
        return field_of(model, layer, unit)
    except UnknownField:
        return None
