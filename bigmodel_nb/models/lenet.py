"""LeNet-5, the network that read the checks of a bank.

    build_lenet5()                       # for 28 x 28 pixels, padded to 32 x 32 as in the paper
    sum(LENET5_1998.values())            # 60000: what the paper's own had

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, 1998, "Gradient-based learning applied to document recognition".
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.convolution import PADDINGS, output_size
from bigmodel_nb.maths.knobs import knob
from bigmodel_nb.models.cnn import picture, pooled
from bigmodel_nb.models.config import ACTIVATIONS, WIDEST, ModelConfig, affordable, choice, configured, count
from bigmodel_nb.models.hidden import flat, keras_name, scores

if TYPE_CHECKING:
    import keras

KERNEL, FILTERS, WIDTHS = 5, (6, 16), (120, 84)

# The trainable parameters of 1998, layer by layer. A pooling layer S multiplied the sum of its window by a
# learned number and added another; maps of C3 saw 3, 4 or all 6 of the maps before them; the outputs
# compared F6 with ten patterns that were drawn by hand and not learned.
LENET5_1998 = {
    "C1": 6 * (5 * 5 + 1),
    "S2": 6 * 2,
    "C3": 6 * (3 * 25 + 1) + 9 * (4 * 25 + 1) + 1 * (6 * 25 + 1),
    "S4": 16 * 2,
    "C5": 120 * (16 * 25 + 1),
    "F6": 84 * (120 + 1),
}


@dataclass(frozen=True)
class LeNet5Config(ModelConfig):
    """LeNet-5 as it is built today: every map of C3 sees all maps, pooling has no parameters of its own,
    and the outputs are a dense layer."""

    # One picture: height and width in pixels, and numbers for each pixel.
    input_shape: tuple[int, ...] = knob((28, 28, 1), picture, help="height, width, channels")
    # One for each class.
    num_outputs: int = knob(10, count(1, WIDEST), 2, 10, help="classes")
    # The paper's was a scaled tanh; relu came later, and learns faster.
    activation: str = knob("tanh", choice(*ACTIVATIONS), help="what a unit makes of its sum")
    # The paper's was a mean; the maximum came later.
    pooling: str = knob("average", choice("average", "max"), help="what is kept of each window")
    # Of C1: "same" puts 2 pixels around a picture of 28 x 28, which gives the paper's 32 x 32; a picture
    # that has them already takes "valid".
    padding: str = knob("same", choice(*PADDINGS), help="zeros around the picture, or none")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not math.prod(self.map_shape):
            raise ValueError(
                _(
                    "LeNet-5 leaves no pixel of {height} x {width}; it needs at least {least} x {least}"
                ).format(
                    height=self.input_shape[0],
                    width=self.input_shape[1],
                    least=12 if self.padding == "same" else 16,
                )
            )

    @property
    def map_shape(self) -> tuple[int, int, int]:
        """Height, width and number of the feature maps after S4: (5, 5, 16) as in the paper."""
        sizes = []
        for size in self.input_shape[:2]:
            for padding in (self.padding, "valid"):
                size = output_size(size, KERNEL, padding=padding) // 2 if size else 0
            sizes.append(size)
        return sizes[0], sizes[1], FILTERS[1]

    @property
    def parameter_count(self) -> int:
        """25 channels + 1 for each filter, inputs + 1 for each dense unit: 61,706 for 28 x 28 gray pixels."""
        channels = (self.input_shape[2], *FILTERS)
        dense = (math.prod(self.map_shape), *WIDTHS, self.num_outputs)
        convolutions = sum((KERNEL**2 * below + 1) * above for below, above in itertools.pairwise(channels))
        return convolutions + sum((below + 1) * above for below, above in itertools.pairwise(dense))


def build_lenet5(config: LeNet5Config | None = None, /, **fields: Any) -> keras.Model:
    """LeNet-5, uncompiled: inputs (n, height, width, channels), outputs (n, num_outputs), logits.

    `config` is a LeNet5Config; `fields` are fields of one and take precedence. Layers carry the names of the
    paper: C1, S2, C3, S4, C5, F6. C5 is a dense layer on all that S4 has, which on 5 x 5 pixels is the
    paper's convolution.
    """
    import keras

    chosen = affordable(configured(LeNet5Config, config, fields))
    bend = keras_name(chosen.activation)
    inputs = keras.Input(chosen.input_shape, name="inputs")
    values = keras.layers.Conv2D(FILTERS[0], KERNEL, padding=chosen.padding, activation=bend, name="C1")(
        inputs
    )
    values = pooled(values, chosen.pooling, 2, "S2")
    values = keras.layers.Conv2D(FILTERS[1], KERNEL, activation=bend, name="C3")(values)
    values = flat(pooled(values, chosen.pooling, 2, "S4"))
    for name, units in zip(("C5", "F6"), WIDTHS, strict=True):
        values = keras.layers.Dense(units, activation=bend, name=name)(values)
    outputs = scores(values, chosen.num_outputs)
    return keras.Model(inputs, outputs, name="lenet5")
