"""Answers to: 98 % with fewer than 20,000 parameters. Keras is loaded when one of them is called."""

from __future__ import annotations

from typing import Any

from bigmodel_nb.exercises.answers import Answers

small_reader = Answers()


def _reader(*, epochs=30, rate=0.003, shape=(8, 8, 1), layers=None, outputs=10):
    """Our network, with some of it changed; `layers(keras.layers)` gives others."""

    def small_reader(x: Any, y: Any) -> Any:
        import keras

        from bigmodel_nb.training import fit

        keras.utils.set_random_seed(0)
        make = keras.layers
        inner = (layers or _ours)(make)
        model = keras.Sequential([keras.Input(shape), make.Rescaling(1 / 16), *inner, make.Dense(outputs)])
        if epochs:
            fit(
                model, (x.reshape(-1, *shape), y), epochs=epochs, learning_rate=rate, schedule="cosine",
                watch=False,
            )  # fmt: skip
        return model

    return small_reader


def _ours(make: Any) -> list[Any]:
    return [
        make.Conv2D(16, 3, padding="same", activation="relu"),
        make.Conv2D(32, 3, padding="same", activation="relu"),
        make.MaxPooling2D(2),
        make.Conv2D(32, 3, padding="same", activation="relu"),
        make.Flatten(),
        make.Dropout(0.4),
    ]


def _normalized(make: Any) -> list[Any]:
    return [
        make.Conv2D(24, 3, padding="same", activation="relu"),
        make.BatchNormalization(),
        make.Conv2D(40, 3, padding="same", activation="relu"),
        make.MaxPooling2D(2),
        make.Dropout(0.3),
        make.Flatten(),
    ]


def _dense(make: Any) -> list[Any]:
    return [make.Flatten(), make.Dense(64, activation="relu")]


def _wide(make: Any) -> list[Any]:
    return [make.Conv2D(32, 3, activation="relu"), make.Flatten(), make.Dense(128, activation="relu")]


small_reader.right_value("three convolutions and dropout", _reader())
small_reader.right_value("two, with batch norm", _reader(layers=_normalized))

small_reader.wrong_value("Flatten into a wide dense layer", _reader(layers=_wide, epochs=0), "too large")
small_reader.wrong_value("no training", _reader(epochs=0), "hardly learned")
small_reader.wrong_value("one epoch", _reader(epochs=1, rate=0.002), "not learned enough")
small_reader.wrong_value("one output", _reader(epochs=0, outputs=1), "ten scores")
small_reader.wrong_value("flat pictures", _reader(epochs=0, shape=(64,), layers=_dense), "as they are given")


@small_reader.wrong("Return the model itself")
def the_record(x, y):
    return {"accuracy": 0.99}


@small_reader.wrong("return missing")
def nothing(x, y):
    _reader(epochs=0)(x, y)
