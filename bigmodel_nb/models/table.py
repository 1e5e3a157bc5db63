"""What a model is made of, layer by layer: shapes, parameters, and the arithmetic for one example.

    print(layer_table(build_lenet5()))
    layer_table(build_rnn("small"), length=50).flops      # sequences of any length: say which

FLOPs are floating-point operations of a forward pass for one example; training takes about three times as
many, since the gradients for inputs and weights cost as much as the sums. Counted are, per layer:

    dense, convolution, recurrent   2 for each product of a weight: a multiplication and an addition. Biases
                                    and what the gates of a cell do to single numbers are left out
    attention                       the same, and 2 products of each pair of positions, also of hidden ones
    batch / layer normalization     2 / 7 for each number
    pooling                         1 for each number of a window; global pooling 1 for each input
    activation, sum of layers       1 for each number (exp counts as one, though it costs more); softmax 3
    embedding, dropout, reshaping   0: they look up, or do nothing when the model predicts

A layer of your own can say it itself, in a method `flops(input_shape, output_shape) -> int` (shapes of one
example). A layer that is not known and does not say is "unknown", and the total then says "at least".
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bigmodel_nb.arguments import whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.recurrence import GATES

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class LayerRow:
    """One layer. Shapes are of one example, None is an axis of any length; `flops` None is unknown."""

    name: str
    kind: str
    output_shape: Shape | None
    parameters: int
    flops: int | None


@dataclass(frozen=True)
class LayerTable:
    """The layers of a model, from the inputs up; prints as text, and as a table in a notebook."""

    rows: tuple[LayerRow, ...]
    parameters: int  # of the model: what layers share is counted once

    @property
    def flops(self) -> int:
        """Floating-point operations for one example, of the layers that are known."""
        return sum(row.flops or 0 for row in self.rows)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The names of the layers whose operations are unknown."""
        return tuple(row.name for row in self.rows if row.flops is None)

    @property
    def _cells(self) -> list[tuple[str, ...]]:
        heads = (_("layer"), _("kind"), _("output"), _("parameters"), _("FLOPs"))
        body = [
            (row.name, row.kind, _shape_text(row.output_shape), f"{row.parameters:,}", _flops_text(row.flops))
            for row in self.rows
        ]
        total = f"{self.flops:,}"
        if self.unknown:
            total = _("at least {total}").format(total=total)
        return [heads, *body, (_("total"), "", "", f"{self.parameters:,}", total)]

    def __str__(self) -> str:
        wide = [max(map(len, column)) for column in zip(*self._cells, strict=True)]
        return "\n".join(
            "  ".join(
                f"{cell:{width}}" if place < 3 else f"{cell:>{width}}"
                for place, (cell, width) in enumerate(zip(line, wide, strict=True))
            )
            for line in self._cells
        )

    def _repr_html_(self) -> str:
        lines = []
        for number, line in enumerate(self._cells):
            tag = "td" if 0 < number <= len(self.rows) else "th"
            cells = (
                f'<{tag} style="text-align: {"left" if place < 3 else "right"}">{html.escape(cell)}</{tag}>'
                for place, cell in enumerate(line)
            )
            lines.append(f"<tr>{''.join(cells)}</tr>")
        return f"<table>{''.join(lines)}</table>"


def layer_table(model: Any, *, length: int | None = None) -> LayerTable:
    """A row for each layer of the Keras model `model`, which must be built.

    `length` stands for axes of any length, such as the steps of a sequence. Without it a transformer is
    counted at its whole context, and what depends on the length of another model's input is unknown.
    """
    import keras

    if not isinstance(model, keras.Model):
        raise wrong_type("model", _("a Keras model, such as build_mlp()"), model)
    if not model.built:
        raise wrong_value("model", _("built: call it once on a batch, or give it an Input"), model)
    if length is None:
        length = getattr(getattr(model, "config", None), "context_length", None)
    else:
        length = whole("length", length, 1)
    rows = [_row(layer, length) for layer in getattr(model, "operations", model.layers)]
    return LayerTable(tuple(rows), model.count_params())


def _row(layer: Any, length: int | None) -> LayerRow:
    """A layer, or an operation of keras.ops that stands between layers."""
    calls = _calls(layer, length)
    outputs = calls[0][1] if calls else None
    flops: int | None = None
    if hasattr(layer, "layers") and hasattr(layer, "count_params") and not hasattr(layer, "layer"):
        inner = layer_table(layer, length=length)  # a model within the model
        flops = None if inner.unknown else inner.flops
    elif calls:
        each = [_flops(layer, inputs, outputs) for inputs, outputs in calls]
        flops = None if None in each else sum(each)  # type: ignore[arg-type]
    parameters = layer.count_params() if hasattr(layer, "count_params") else 0
    return LayerRow(layer.name, type(layer).__name__, outputs, parameters, flops)


def _calls(layer: Any, length: int | None) -> list[tuple[Any, Any]]:
    """Shapes of inputs and outputs each time the layer is used. A layer with several inputs has a list."""
    found = []
    for node in getattr(layer, "_inbound_nodes", []):
        inputs = [_shape(tensor, length) for tensor in node.arguments.keras_tensors]
        outputs = [_shape(tensor, length) for tensor in node.output_tensors]
        found.append((inputs[0] if len(inputs) == 1 else inputs, outputs[0]))
    return found


def _shape(tensor: Any, length: int | None) -> Shape:
    return tuple(length if axis is None else int(axis) for axis in tensor.shape[1:])


def _flops(layer: Any, inputs: Any, outputs: Any) -> int | None:
    """The operations of one use of a layer; None where they are unknown or depend on an open axis."""
    rule: Callable[[Any, Any, Any], int | None] | None = None
    if hasattr(layer, "flops"):
        rule = lambda layer, inputs, outputs: int(layer.flops(inputs, outputs))  # noqa: E731
    elif type(layer).__module__.partition(".")[0] in ("keras", "bigmodel_nb"):
        rule = _RULES.get(type(layer).__name__)
    if rule is None:
        return None
    try:
        return rule(layer, inputs, outputs)
    except TypeError:  # an axis of any length is None, and None does not multiply
        return None


# -- the rules: (layer, shape of inputs, shape of outputs) -> operations -------------------------


def _nothing(layer: Any, inputs: Any, outputs: Any) -> int:
    return 0


def _numbers(each: int) -> Callable[[Any, Any, Any], int]:
    return lambda layer, inputs, outputs: each * math.prod(outputs)


def _dense(layer: Any, inputs: Any, outputs: Any) -> int:
    return 2 * inputs[-1] * math.prod(outputs)


def _convolution(layer: Any, inputs: Any, outputs: Any) -> int:
    return 2 * math.prod(layer.kernel_size) * (inputs[-1] // layer.groups) * math.prod(outputs)


def _depthwise(layer: Any, inputs: Any, outputs: Any) -> int:
    return 2 * math.prod(layer.kernel_size) * math.prod(outputs)


def _pooling(layer: Any, inputs: Any, outputs: Any) -> int:
    return math.prod(layer.pool_size) * math.prod(outputs)


def _global_pooling(layer: Any, inputs: Any, outputs: Any) -> int:
    return math.prod(inputs)


def _recurrent(gates: int) -> Callable[[Any, Any, Any], int]:
    def rule(layer: Any, inputs: Any, outputs: Any) -> int:
        return 2 * inputs[0] * gates * layer.units * (inputs[1] + layer.units)

    return rule


def _bidirectional(layer: Any, inputs: Any, outputs: Any) -> int | None:
    both = [_flops(part, inputs, outputs) for part in (layer.forward_layer, layer.backward_layer)]
    return None if None in both else sum(both)  # type: ignore[arg-type]


def _merge(layer: Any, inputs: Any, outputs: Any) -> int:
    return (len(inputs) - 1) * math.prod(outputs)


def _linear(layer: Any, inputs: Any, outputs: Any) -> int:
    """Every matrix of the layer is multiplied once with each position."""
    matrices = sum(math.prod(weight.shape) for weight in layer.weights if len(weight.shape) == 2)
    return 2 * matrices * math.prod(inputs[:-1])


def _attention(layer: Any, inputs: Any, outputs: Any) -> int:
    """Its linear layers; each query with each key, and each weight with each value; the softmax."""
    positions, width = inputs
    return _linear(layer, inputs, outputs) + positions**2 * (4 * width + 3 * layer.num_heads)


def _block(layer: Any, inputs: Any, outputs: Any) -> int:
    """Attention and feed-forward part, their hidden units, two layer norms and two sums."""
    positions, width = inputs
    return _attention(layer, inputs, outputs) + positions * (layer.hidden + 2 * (7 + 1) * width)


def _token_embedding(layer: Any, inputs: Any, outputs: Any) -> int:
    """Nothing where it looks tokens up; a product with its table where it scores them."""
    return _dense(layer, inputs, outputs) if len(inputs) == 2 else _nothing(layer, inputs, outputs)


_RULES: dict[str, Callable[[Any, Any, Any], int | None]] = {
    "Dense": _dense,
    **{f"Conv{axes}D": _convolution for axes in (1, 2, 3)},
    **{f"DepthwiseConv{axes}D": _depthwise for axes in (1, 2)},
    **{f"{kind}Pooling{axes}D": _pooling for kind in ("Max", "Average") for axes in (2, 3)},
    **{f"Global{kind}Pooling{axes}D": _global_pooling for kind in ("Max", "Average") for axes in (1, 2, 3)},
    "SimpleRNN": _recurrent(GATES["simple"]),
    "LSTM": _recurrent(GATES["lstm"]),
    "GRU": _recurrent(GATES["gru"]),
    "Bidirectional": _bidirectional,
    "BatchNormalization": _numbers(2),
    "LayerNormalization": _numbers(7),
    "Softmax": _numbers(3),
    **dict.fromkeys(("Activation", "ReLU", "LeakyReLU", "ELU", "Rescaling", "Positions"), _numbers(1)),
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Maximum", "Minimum", "Average"), _merge),
    **dict.fromkeys(
        (
            "InputLayer", "Flatten", "Reshape", "Permute", "RepeatVector", "Concatenate", "Embedding",
            "Identity", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout",
            "ZeroPadding1D", "ZeroPadding2D", "Cropping1D", "Cropping2D",
        ),
        _nothing,
    ),
    "Linear": _linear,
    "FeedForward": _linear,
    "SelfAttention": _attention,
    "TransformerBlock": _block,
    "TokenEmbedding": _token_embedding,
}  # fmt: skip


def _shape_text(shape: Shape | None) -> str:
    if shape is None:
        return "?"
    return " x ".join(_("any") if axis is None else str(axis) for axis in shape) or "1"


def _flops_text(flops: int | None) -> str:
    return _("unknown") if flops is None else f"{flops:,}"
