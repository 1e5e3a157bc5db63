"""Convolutional networks: small kernels, moved over a picture, find the same thing wherever it is.

    build_cnn(input_shape=(28, 28, 1), num_outputs=10, filters=(16, 32), kernel_size=3)

Blocks of convolutions, each block ending in a pooling that makes the picture smaller; then a dense head.
K. Fukushima, 1980, "Neocognitron"; Y. LeCun and others, 1989, "Backpropagation applied to handwritten zip
code recognition". Pictures are (height, width, channels), outputs are logits: no softmax.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bigmodel_nb.arguments import non_negative
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.convolution import PADDINGS, output_size
from bigmodel_nb.maths.knobs import knob, share_below_one, truth
from bigmodel_nb.models.config import (
    ACTIVATIONS,
    INITIALIZERS,
    WIDEST,
    ModelConfig,
    affordable,
    choice,
    configured,
    count,
    counts,
    shape_of_example,
)
from bigmodel_nb.models.hidden import bent, flat, hidden_layers, penalized, scores

if TYPE_CHECKING:
    import keras

POOLINGS = ("max", "average", "none")
HEADS = ("flatten", "global average")
picture = shape_of_example("height", "width", "channels", example=(28, 28, 1))


@dataclass(frozen=True)
class CNNConfig(ModelConfig):
    """Blocks of convolutions, then dense layers. Every block has the same kernel, stride and pooling."""

    # One picture: height and width in pixels, and numbers for each pixel (1 gray, 3 red, green, blue).
    input_shape: tuple[int, ...] = knob((28, 28, 1), picture, help="height, width, channels")
    # One for each class, or for each quantity. A yes-or-no question needs one.
    num_outputs: int = knob(10, count(1, WIDEST), 1, 10, help="classes, or quantities to predict")
    # Kernels of each block: each makes one feature map. Usually more as the picture gets smaller.
    filters: tuple[int, ...] = knob(
        (16, 32), counts(1, WIDEST, fewest=1), 4, 256, log=True, help="feature maps of each block"
    )
    # Convolutions in each block. Two with kernels of 3 see as far as one of 5, with fewer weights
    # (Simonyan and Zisserman, 2015).
    convs_per_block: int = knob(1, count(1, 100), 1, 3, help="convolutions in each block")
    # Height and width of the kernels. Odd numbers have a middle.
    kernel_size: int = knob(3, count(1, 1_000), 1, 7, help="height and width of the kernels")
    # Pixels from one place of the kernel to the next, in the first convolution of each block.
    strides: int = knob(1, count(1, 1_000), 1, 3, help="steps of the kernel, in pixels")
    # "same" adds zeros around the picture, so that it keeps its size; "valid" adds none, and it shrinks.
    padding: str = knob("same", choice(*PADDINGS), help="zeros around the picture, or none")
    # Distance between the pixels that a kernel looks at: 2 sees nearly twice as far with as many weights
    # (Yu and Koltun, 2016).
    dilation: int = knob(1, count(1, 1_000), 1, 4, help="distance of the pixels that a kernel looks at")
    # What is kept of each window at the end of a block.
    pooling: str = knob("max", choice(*POOLINGS), help="what is kept of each window")
    # Height and width of that window, and its steps.
    pool_size: int = knob(2, count(1, 1_000), 2, 4, help="height and width of the pooled windows")
    # The bend. Without one ("linear"), any number of layers is one linear layer.
    activation: str = knob("relu", choice(*ACTIVATIONS), help="what a unit makes of its sum")
    # The size of the first weights. "he normal" is made for relu.
    initializer: str = knob("he normal", choice(*INITIALIZERS), help="how the weights begin")
    # Added to the loss: l2 w^2 for each weight w. Biases are free.
    l2: float = knob(0.0, non_negative, 1e-6, 1e-1, log=True, help="price of w^2 for each weight")
    # Bring each feature map to mean 0 and variance 1 over batch and picture, before the bend.
    batch_norm: bool = knob(False, truth, help="normalize each feature map over the batch")
    # The share of numbers that is silenced at each step of training, after each block and hidden layer.
    dropout: float = knob(0.0, share_below_one, 0.0, 0.8, help="share of numbers silenced in training")
    # How a stack of feature maps becomes a row: all their pixels, or the mean of each map (Lin and others,
    # 2014: fewer weights in the head, and any size of picture).
    head: str = knob("flatten", choice(*HEADS), help="how feature maps become a row of numbers")
    # Units of hidden dense layers after that. () goes straight to the outputs.
    dense_widths: tuple[int, ...] = knob(
        (), counts(1, WIDEST), 8, 256, log=True, help="units of dense hidden layers"
    )

    SIZES: ClassVar = {
        "tiny": {"filters": (8, 16)},
        "small": {"filters": (16, 32, 64), "batch_norm": True, "head": "global average"},
        "base": {
            "filters": (32, 64, 128),
            "convs_per_block": 2,
            "batch_norm": True,
            "dropout": 0.2,
            "head": "global average",
            "dense_widths": (128,),
        },
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.strides > 1 and self.dilation > 1:
            raise ValueError(
                _("strides and dilation cannot both be above 1; received: {strides} and {dilation}").format(
                    strides=self.strides, dilation=self.dilation
                )
            )
        self.map_shapes  # noqa: B018 - raises where nothing would be left of the picture

    @property
    def map_shapes(self) -> tuple[tuple[int, int, int], ...]:
        """Height, width and number of the feature maps after each block."""
        height, width = self.input_shape[:2]
        shapes = []
        for block, filters in enumerate(self.filters, start=1):
            before = height, width
            for place in range(self.convs_per_block):
                stride = self.strides if place == 0 else 1
                height, width = (
                    output_size(size, self.kernel_size, stride, self.padding, self.dilation) if size else 0
                    for size in (height, width)
                )
            if self.pooling != "none":
                height, width = height // self.pool_size, width // self.pool_size
            if not height or not width:
                raise ValueError(_nothing_left(block, before))
            shapes.append((height, width, filters))
        return tuple(shapes)

    @property
    def parameter_count(self) -> int:
        """kernel_size^2 x channels + 1 for each filter; (inputs + 1) for each dense unit; with batch
        normalization 4 in place of the 1, but not in the outputs."""
        extra = 4 if self.batch_norm else 1
        total, channels = 0, self.input_shape[2]
        for filters in self.filters:
            for _place in range(self.convs_per_block):
                total += (self.kernel_size**2 * channels + extra) * filters
                channels = filters
        inputs = math.prod(self.map_shapes[-1]) if self.head == "flatten" else channels
        sizes = (inputs, *self.dense_widths)
        total += sum((inputs + extra) * units for inputs, units in itertools.pairwise(sizes))
        return total + (sizes[-1] + 1) * self.num_outputs


def build_cnn(config: CNNConfig | str | None = None, /, **fields: Any) -> keras.Model:
    """A convolutional network, uncompiled: inputs (n, height, width, channels), outputs (n, num_outputs).

    `config` is a CNNConfig or the name of a size; `fields` are fields of one and take precedence.
    Layers: conv1, (norm_conv1,) bend_conv1, pool1, (drop1,) conv2, ..., outputs; with more convolutions in a
    block conv1a, conv1b, ....
    """
    import keras

    chosen = affordable(configured(CNNConfig, config, fields))
    inputs = keras.Input(chosen.input_shape, name="inputs")
    values = inputs
    for block, filters in enumerate(chosen.filters, start=1):
        for place in range(chosen.convs_per_block):
            suffix = f"{block}{_letter(place)}" if chosen.convs_per_block > 1 else f"{block}"
            values = keras.layers.Conv2D(
                filters,
                chosen.kernel_size,
                strides=chosen.strides if place == 0 else 1,
                padding=chosen.padding,
                dilation_rate=chosen.dilation,
                use_bias=not chosen.batch_norm,
                name=f"conv{suffix}",
                **penalized(chosen),
            )(values)
            values = bent(values, chosen, f"_conv{suffix}")
        values = pooled(values, chosen.pooling, chosen.pool_size, f"pool{block}")
        if chosen.dropout:
            values = keras.layers.Dropout(chosen.dropout, name=f"drop{block}")(values)
    if chosen.head == "flatten":
        values = flat(values)
    else:
        values = keras.layers.GlobalAveragePooling2D(name="mean_of_map")(values)
    values = hidden_layers(values, chosen, chosen.dense_widths)
    outputs = scores(values, chosen.num_outputs)
    return keras.Model(inputs, outputs, name="cnn")


def pooled(values: Any, kind: str, size: int, name: str) -> Any:
    """`values` (n, height, width, channels) through a pooling of one of `POOLINGS`."""
    import keras

    if kind == "none":
        return values
    layer = keras.layers.MaxPooling2D if kind == "max" else keras.layers.AveragePooling2D
    return layer(size, name=name)(values)


def _letter(place: int) -> str:
    """a to z, then a1, b1, ..."""
    turn, letter = divmod(place, 26)
    return chr(ord("a") + letter) + (str(turn) if turn else "")


def _nothing_left(block: int, before: tuple[int, int]) -> str:
    return _(
        "block {block} leaves no pixel of the {height} x {width} that reach it; fewer blocks, a smaller "
        "kernel_size, strides, dilation or pool_size, or padding='same' keep more"
    ).format(block=block, height=before[0], width=before[1])
