"""Residual networks: a block learns what to add to its input, and the input passes by it unchanged.

    build_resnet(input_shape=(32, 32, 3), num_outputs=10, filters=(16, 32, 64), blocks_per_stage=3)

A sum hands its gradient to both of its parts undiminished, so what lies before many blocks still learns.
K. He, X. Zhang, S. Ren, J. Sun, 2016, "Deep residual learning for image recognition"; the sizes are those of
its section 4.2, with a 1 x 1 convolution in the shortcut where a stage begins (their option B).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from bigmodel_nb.arguments import non_negative
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import knob, share_below_one, truth
from bigmodel_nb.models.cnn import picture
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
)
from bigmodel_nb.models.hidden import bent, keras_name, normalized, penalized, scores

if TYPE_CHECKING:
    import keras

KERNEL = 3
MOST_BLOCKS = 500  # in all; the deepest of the paper had 1202 layers, two in each of 600 blocks


@dataclass(frozen=True)
class ResNetConfig(ModelConfig):
    """Stages of residual blocks: within a stage pictures keep their size, from one to the next it halves."""

    # One picture: height and width in pixels, and numbers for each pixel (1 gray, 3 red, green, blue).
    input_shape: tuple[int, ...] = knob((32, 32, 3), picture, help="height, width, channels")
    # One for each class, or for each quantity.
    num_outputs: int = knob(10, count(1, WIDEST), 1, 10, help="classes, or quantities to predict")
    # Feature maps of each stage. Doubling them as the picture halves keeps the work of each stage alike.
    filters: tuple[int, ...] = knob(
        (16, 32, 64),
        counts(1, WIDEST, fewest=1, most=20),
        8,
        256,
        log=True,
        help="feature maps of each stage",
    )
    # Blocks in each stage, of two convolutions each: with 3 stages, 6 x blocks + 2 layers.
    blocks_per_stage: int = knob(3, count(1, 200), 1, 9, help="blocks in each stage")
    # False takes the shortcuts away: the plain network, which gets worse with depth. Compare.
    shortcuts: bool = knob(True, truth, help="let the input of a block pass by it")
    # The bend.
    activation: str = knob("relu", choice(*ACTIVATIONS), help="what a unit makes of its sum")
    # The size of the first weights. "he normal" is made for relu, by the same authors.
    initializer: str = knob("he normal", choice(*INITIALIZERS), help="how the weights begin")
    # Added to the loss: l2 w^2 for each weight w. The paper's weight decay of 0.0001 is an l2 of 0.00005.
    l2: float = knob(0.0, non_negative, 1e-6, 1e-1, log=True, help="price of w^2 for each weight")
    # Bring each feature map to mean 0 and variance 1 over batch and picture, before the bend.
    batch_norm: bool = knob(True, truth, help="normalize each feature map over the batch")
    # The share of numbers that is silenced before the outputs at each step of training.
    dropout: float = knob(0.0, share_below_one, 0.0, 0.8, help="share of numbers silenced in training")

    SIZES: ClassVar = {
        "tiny": {"filters": (8, 16), "blocks_per_stage": 1},
        "small": {"filters": (16, 32, 64), "blocks_per_stage": 3},  # ResNet-20
        "base": {"filters": (64, 128, 256, 512), "blocks_per_stage": 2},  # ResNet-18, for small pictures
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        blocks = len(self.filters) * self.blocks_per_stage
        if blocks > MOST_BLOCKS:
            raise ValueError(
                _("filters and blocks_per_stage give {blocks} blocks; at most {most} are built here").format(
                    blocks=blocks, most=MOST_BLOCKS
                )
            )

    def projects(self, stage: int, channels: int) -> bool:
        """Whether the first block of `stage` changes the shape of `channels` maps: then its shortcut is a
        1 x 1 convolution, since the input does not fit the sum."""
        return self.shortcuts and (stage > 0 or channels != self.filters[stage])

    @property
    def parameter_count(self) -> int:
        """9 channels + 4 for each filter of a convolution, channels + 4 for those of a shortcut that changes
        the shape (without batch normalization 1 in place of the 4); filters + 1 for each output."""
        extra = 4 if self.batch_norm else 1
        area, channels = KERNEL**2, self.filters[0]
        total = (area * self.input_shape[2] + extra) * channels
        for stage, filters in enumerate(self.filters):
            total += (area * channels + extra) * filters
            total += (area * filters + extra) * filters * (2 * self.blocks_per_stage - 1)
            if self.projects(stage, channels):
                total += (channels + extra) * filters
            channels = filters
        return total + (channels + 1) * self.num_outputs


def build_resnet(config: ResNetConfig | str | None = None, /, **fields: Any) -> keras.Model:
    """A residual network, uncompiled: inputs (n, height, width, channels), outputs (n, num_outputs).

    `config` is a ResNetConfig or the name of a size; `fields` are fields of one and take precedence.
    Layers: conv0; for block 2 of stage 1 conv1_2a, conv1_2b and the sum, add1_2; outputs.
    """
    import keras

    chosen = affordable(configured(ResNetConfig, config, fields))
    inputs = keras.Input(chosen.input_shape, name="inputs")
    values = bent(_convolution(inputs, chosen, chosen.filters[0], KERNEL, 1, "0"), chosen, "0")
    channels = chosen.filters[0]
    for stage, filters in enumerate(chosen.filters):
        for block in range(chosen.blocks_per_stage):
            stride = 2 if stage > 0 and block == 0 else 1
            projects = block == 0 and chosen.projects(stage, channels)
            values = _block(values, chosen, filters, stride, projects, f"{stage + 1}_{block + 1}")
        channels = filters
    values = keras.layers.GlobalAveragePooling2D(name="mean_of_map")(values)
    if chosen.dropout:
        values = keras.layers.Dropout(chosen.dropout, name="dropout")(values)
    outputs = scores(values, chosen.num_outputs)
    return keras.Model(inputs, outputs, name="resnet")


def _block(values: Any, config: ResNetConfig, filters: int, stride: int, projects: bool, name: str) -> Any:
    """Two convolutions, what went in added to what comes out, and the bend after the sum."""
    import keras

    straight = values
    values = bent(_convolution(values, config, filters, KERNEL, stride, f"{name}a"), config, f"{name}a")
    values = _convolution(values, config, filters, KERNEL, 1, f"{name}b")
    values = normalized(values, config, f"{name}b")
    if config.shortcuts:
        if projects:
            straight = _convolution(straight, config, filters, 1, stride, f"{name}_shortcut")
            straight = normalized(straight, config, f"{name}_shortcut")
        values = keras.layers.Add(name=f"add{name}")([straight, values])
    return keras.layers.Activation(keras_name(config.activation), name=f"bend{name}")(values)


def _convolution(values: Any, config: ResNetConfig, filters: int, kernel: int, stride: int, name: str) -> Any:
    import keras

    return keras.layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding="same",
        use_bias=not config.batch_norm,
        name=f"conv{name}",
        **penalized(config),
    )(values)
