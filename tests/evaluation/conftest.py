"""Models of every kind that explanations are asked about: small, with first weights."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="package")
def zoo(keras):
    """Functional, Sequential, nested, residual, with dilation, transposed, and subclassed models of
    16 x 12 pixels with 2 channels and 3 outputs."""
    layers, shape = keras.layers, (16, 12, 2)
    keras.utils.set_random_seed(3)

    def head(values):
        return layers.Dense(3, name="outputs")(layers.GlobalAveragePooling2D(name="mean")(values))

    inputs = keras.Input(shape)
    values = layers.Conv2D(4, 3, padding="same", activation="elu", name="first")(inputs)
    values = layers.MaxPooling2D(2, name="pool")(values)
    values = layers.Conv2D(5, (3, 2), activation="elu", dilation_rate=(1, 2), name="second")(values)
    functional = keras.Model(inputs, head(values), name="functional")
    sequential = keras.Sequential(
        [
            keras.Input(shape),
            layers.ZeroPadding2D(((1, 0), (2, 1)), name="zeros"),
            layers.Conv2D(4, 4, strides=(2, 1), padding="same", activation="elu", name="first"),
            layers.AveragePooling2D(3, 2, padding="same", name="pool"),
            layers.BatchNormalization(name="norm"),
            layers.Flatten(name="flat"),
            layers.Dense(3, name="outputs"),
        ],
        name="sequential",
    )
    backbone_in = keras.Input((8, 6, 2))
    values = layers.Conv2D(4, 3, name="inner", activation="elu")(backbone_in)
    backbone = keras.Model(backbone_in, layers.MaxPooling2D(2, name="inner_pool")(values), name="backbone")
    inputs = keras.Input(shape)
    values = backbone(layers.Conv2D(2, 3, strides=2, padding="same", name="stem")(inputs))
    nested = keras.Model(inputs, head(layers.Conv2D(4, 2, name="top", padding="same")(values)), name="nested")
    inputs = keras.Input(shape)
    straight = layers.Conv2D(4, 3, padding="same", name="first")(inputs)
    values = layers.Conv2D(4, 3, strides=2, padding="same", activation="elu", name="second")(straight)
    values = layers.Add(name="sum")([values, layers.Conv2D(4, 1, strides=2, name="shortcut")(straight)])
    residual = keras.Model(inputs, head(values), name="residual")
    inputs = keras.Input(shape)
    values = layers.Conv2D(3, 3, strides=2, padding="same", name="down")(inputs)
    values = layers.Conv2DTranspose(3, 3, strides=2, padding="same", name="up")(values)
    values = layers.UpSampling2D(2, name="twice")(layers.Cropping2D(((1, 2), (0, 3)), name="cut")(values))
    decoder = keras.Model(inputs, head(values), name="decoder")

    class Own(keras.Model):
        def __init__(self):
            super().__init__(name="own")
            self.conv = layers.Conv2D(4, 3, activation="elu", name="conv")
            self.out = layers.Dense(3, name="out")

        def call(self, x, training=False):
            return self.out(keras.ops.mean(self.conv(x), axis=(1, 2)))

    own = Own()
    own(np.zeros((1, *shape), "float32"))
    models = (functional, sequential, nested, residual, decoder, own)
    return {model.name: model for model in models}


@pytest.fixture
def image():
    return np.random.default_rng(5).random((16, 12, 2)).astype("float32")
