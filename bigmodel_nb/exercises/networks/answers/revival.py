"""Answers to: revive a dead network. Keras is loaded when one of them is called."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb.exercises.answers import Answers

revive = Answers()


def _reader(
    *, scaled=True, zeros=False, slip=0, rate=0.1, optimizer="sgd", initializer=None, widths=(32,), epochs=20
):
    """The network of the exercise with some of its faults mended."""

    def revive(x: Any, y: Any) -> Any:
        import keras

        from bigmodel_nb.training import fit

        keras.utils.set_random_seed(0)
        start = initializer or ("zeros" if zeros else "glorot_uniform")
        model = keras.Sequential([keras.Input((64,))])
        if scaled:
            model.add(keras.layers.Rescaling(1 / 16))
        for width in widths:
            model.add(keras.layers.Dense(width, activation="relu", kernel_initializer=start))
        model.add(keras.layers.Dense(10, kernel_initializer=initializer or "glorot_uniform"))
        if slip:
            x, y = (x[:-1], y[1:]) if slip == 1 else (x[1:], y[:-1])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        fit(model, (x, y), loss=loss, optimizer=optimizer, learning_rate=rate, epochs=epochs, watch=False)
        return model

    return revive


revive.right_value("all three mended", _reader())
revive.right_value("with Adam", _reader(optimizer="adam", rate=0.003))
revive.right_value("two layers, wider", _reader(widths=(40, 20)))


@revive.right
def standardized_with_softmax(x, y):
    import keras

    keras.utils.set_random_seed(0)
    scale = keras.layers.Normalization()
    scale.adapt(x)
    layers = [scale, keras.layers.Dense(32, activation="tanh"), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential([keras.Input((64,)), *layers])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(x, y, epochs=20, verbose=0)
    return model


everything = {"scaled": False, "zeros": True, "slip": 1}
for name, changed, phrase in (
    ("only the rate, lower", everything | {"rate": 0.001}, "a layer's weights are all zero"),
    ("only the rate, higher", everything | {"rate": 1.0}, "a layer's weights are all zero"),
    (
        "another optimizer",
        everything | {"optimizer": "adam", "rate": 0.001},
        "a layer's weights are all zero",
    ),
    ("labels and scale mended", {"zeros": True}, "a layer's weights are all zero"),
    ("weights and rate mended", {"scaled": False, "slip": 1, "rate": 0.01}, "slipped by one row"),
    ("weights and scale mended", {"slip": 1}, "slipped by one row"),
    ("slipped the other way", {"slip": -1}, "slipped by one row"),
    ("ones for zeros", {"initializer": "ones"}, "the same weights"),
    ("a larger network", {"widths": (128,)}, "not the cure"),
    ("one epoch at a low rate", {"rate": 0.01, "epochs": 1}, "too little"),
):
    revive.wrong_value(name, _reader(**changed), phrase)
revive.wrong_value(
    "pixels as they are, at a rate that kills", _reader(scaled=False, rate=1.0), "Scale them to 0 to 1"
)


@revive.wrong("16 times as large")
def pixels_as_they_are(x, y):
    return _reader(scaled=False, rate=0.1)(x, y)


@revive.wrong("Return the model itself")
def record_returned(x, y):
    return {"model": "trained"}


@revive.wrong("ten scores")
def one_score(x, y):
    import keras

    return keras.Sequential([keras.Input((64,)), keras.layers.Dense(1)])


@revive.wrong("does not take the pixels")
def takes_images(x, y):
    import keras

    return keras.Sequential([keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(10)])


@revive.wrong("too little")
def scaled_outside(x, y):
    import keras

    model = _reader(scaled=True, rate=0.01, epochs=1)(np.asarray(x), y)
    assert isinstance(model, keras.Model)
    return model
