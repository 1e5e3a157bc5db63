"""Costs from a record alone: those of the built model."""

from __future__ import annotations

import pytest

from bigmodel_nb.models import (
    CNNConfig,
    LinearConfig,
    MLPConfig,
    TransformerConfig,
    build_cnn,
    build_linear,
    build_mlp,
)
from bigmodel_nb.training.counting import count, optimizer_bytes
from bigmodel_nb.training.foresight import MEMORY_OF, foresee

RECORDS = [
    LinearConfig(),
    LinearConfig(input_shape=(8, 8), num_outputs=3),
    MLPConfig(),
    MLPConfig(input_shape=(8, 8), widths=(40, 20), dropout=0.2, batch_norm=True),
    MLPConfig(widths=(), activation="linear"),
    CNNConfig(),
    CNNConfig(convs_per_block=2, batch_norm=True, dropout=0.1, dense_widths=(30,), padding="valid"),
    CNNConfig(head="global average", strides=2, pooling="average", input_shape=(20, 16, 3)),
    CNNConfig(pooling="none", dilation=2, filters=(4,)),
]
BUILDERS = {"LinearConfig": build_linear, "MLPConfig": build_mlp, "CNNConfig": build_cnn}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_as_the_built_model_is_counted(keras, record):
    found = count(BUILDERS[type(record).__name__](record))
    foreseen = foresee(record, optimizer="adam", batch_size=32, examples=1000, validation=100, epochs=3)
    assert foreseen.parameters == found.parameters
    assert foreseen.forward == found.forward
    assert foreseen.flops == 3 * found.forward * (3 * 1000 + 100)
    trained = 4 * found.parameters  # statistics of batch normalization count as if they were trained
    assert foreseen.memory == 4 * trained + 32 * found.activations
    assert foreseen.seconds > 0


@pytest.mark.parametrize("name", MEMORY_OF)
def test_what_an_optimizer_remembers(keras, name):
    from bigmodel_nb.widgets.studio.bench import Recipe, optimizer_of

    weights = [keras.Variable(keras.ops.zeros((30, 20))), keras.Variable(keras.ops.zeros((20,)))]
    optimizer = optimizer_of(Recipe({}, 0.1, 0.0, name, 32, 1, 0))
    per_weight = optimizer_bytes(optimizer, weights) / (4 * 620)
    assert MEMORY_OF[name] == round(per_weight)


def test_a_measured_overhead_and_counts_of_others():
    slow = foresee(MLPConfig(), examples=320, epochs=2, overhead=0.5)
    assert slow.seconds == pytest.approx(2 * 10 * 0.5, rel=0.01)
    counted = foresee(None, counted=(100, 200, 50), examples=64, batch_size=32, epochs=1, optimizer="sgd")
    assert (counted.parameters, counted.forward, counted.flops) == (100, 200, 3 * 200 * 64)
    assert counted.memory == 4 * (2 * 100 + 32 * 50)


def test_what_is_not_known_is_none():
    assert foresee(None).parameters is None
    found = foresee(TransformerConfig(), examples=10)
    assert found.parameters == TransformerConfig().parameter_count
    assert found.forward is found.seconds is found.memory is None
    assert foresee(MLPConfig()).flops is None, "without data"
