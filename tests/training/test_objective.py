"""Which loss is taken where none was named, and that it is the one that the targets mean."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.training.objective import infer, is_mean_over_examples

pytestmark = pytest.mark.tensorflow

N = 12
LABELS = np.arange(N) % 3
ONE_HOT = np.eye(3)[LABELS]
SOFT = (ONE_HOT + 0.2) / 1.6
BITS = np.arange(N) % 2
NUMBERS = np.linspace(-1, 1, N)
MANY = np.stack([BITS, 1 - BITS, np.ones(N)], 1)

# shape of the output, its activation, targets, the loss, whether it takes logits
CASES = {
    "labels": ((3,), None, LABELS, "SparseCategoricalCrossentropy", True),
    "labels, softmax": ((3,), "softmax", LABELS, "SparseCategoricalCrossentropy", False),
    "labels in a column": ((3,), None, LABELS[:, None], "SparseCategoricalCrossentropy", True),
    "two classes": ((2,), None, BITS, "SparseCategoricalCrossentropy", True),
    "tokens": ((4, 3), None, np.stack([LABELS] * 4, 1), "SparseCategoricalCrossentropy", True),
    "bits": ((1,), None, BITS, "BinaryCrossentropy", True),
    "bits, sigmoid": ((1,), "sigmoid", BITS[:, None], "BinaryCrossentropy", False),
    "bits as numbers, sigmoid": ((1,), "sigmoid", BITS.astype("float32"), "BinaryCrossentropy", False),
    "many bits": ((3,), "sigmoid", MANY, "BinaryCrossentropy", False),
    "one-hot": ((3,), None, ONE_HOT, "CategoricalCrossentropy", True),
    "one-hot, softmax": ((3,), "softmax", ONE_HOT.astype(int), "CategoricalCrossentropy", False),
    "soft labels": ((3,), "softmax", SOFT, "CategoricalCrossentropy", False),
    "quantities": ((1,), None, NUMBERS, "MeanSquaredError", None),
    "a column of quantities": ((1,), None, NUMBERS[:, None], "MeanSquaredError", None),
    "two quantities": ((2,), None, np.stack([NUMBERS, NUMBERS], 1), "MeanSquaredError", None),
    "counts": ((1,), None, np.arange(N), "MeanSquaredError", None),
    "numbers for probabilities": ((1,), "sigmoid", (NUMBERS + 1) / 2, "MeanSquaredError", None),
}


def model_of(keras, shape, activation):
    layers = keras.layers
    inputs = layers.Input((*shape[:-1], 2))
    return keras.Sequential([inputs, layers.Dense(shape[-1], activation=activation)])


@pytest.mark.parametrize("case", CASES)
def test_what_is_inferred(keras, case):
    shape, activation, targets, loss, logits = CASES[case]
    found = infer(model_of(keras, shape, activation), targets)
    assert type(found.loss).__name__ == loss
    if logits is not None:
        assert found.loss.get_config()["from_logits"] is logits
        assert found.metrics[0].name == "accuracy"
    assert len(found.reasons) == 1 and found.reasons[0].startswith("loss: ")
    outputs = np.random.default_rng(0).uniform(0.1, 0.9, (N, *shape)).astype("float32")
    assert np.isfinite(float(found.loss(targets, outputs)))
    found.metrics[0].update_state(targets, outputs)


def test_a_softmax_layer_gives_probabilities(keras):
    model = keras.Sequential([model_of(keras, (3,), None), keras.layers.Softmax()])
    assert not infer(model, LABELS).loss.get_config()["from_logits"]
    nested = keras.Sequential([keras.layers.Input((2,)), model_of(keras, (3,), "softmax")])
    assert not infer(nested, LABELS).loss.get_config()["from_logits"]


@pytest.mark.parametrize(
    ("shape", "activation", "targets", "word"),
    [
        ((3,), None, LABELS + 1, "data: y must be labels from 0 to 2"),
        ((3,), None, LABELS - 1, "data: y must be labels from 0 to 2"),
        ((3,), None, NUMBERS, "data: y must be targets that fit"),
        ((3,), "softmax", -SOFT, "data: y must be targets that fit"),
        ((2,), None, ONE_HOT, "data: y must be targets that fit"),
        ((3,), None, (LABELS, LABELS), "loss must be a loss"),
    ],
)
def test_what_is_refused(keras, shape, activation, targets, word):
    with pytest.raises(ValueError) as caught:
        infer(model_of(keras, shape, activation), targets)
    assert str(caught.value).startswith(word)


def test_two_outputs_need_a_loss(keras):
    inputs = keras.Input((2,))
    model = keras.Model(inputs, [keras.layers.Dense(1)(inputs), keras.layers.Dense(1)(inputs)])
    with pytest.raises(ValueError, match=r"^loss must be"):
        infer(model, NUMBERS)


def test_where_batches_of_any_size_give_the_same_mean(keras):
    layers = keras.layers

    def model(*middle, loss="mse"):
        made = keras.Sequential([layers.Input((4,)), *middle, layers.Dense(1)])
        made.compile(loss=loss)
        return made

    assert is_mean_over_examples(model(layers.Dense(2, kernel_regularizer="l2")))
    assert is_mean_over_examples(model(loss=keras.losses.Huber()))
    assert not is_mean_over_examples(model(loss=keras.losses.Huber(reduction="sum")))
    assert not is_mean_over_examples(model(loss=lambda y, outputs: keras.ops.mean(y - outputs) ** 2))
    assert not is_mean_over_examples(model(layers.Dense(2, activity_regularizer="l2")))
    masked = keras.Sequential([layers.Input((4, 1)), layers.Masking(), layers.Dense(1)])
    masked.compile(loss="mse")
    assert not is_mean_over_examples(masked)
