"""The table of layers: shapes, parameters and operations, by hand and by measuring what a layer does."""

import math

import numpy as np
import pytest

from bigmodel_nb.models import (
    build_cnn,
    build_lenet5,
    build_mlp,
    build_resnet,
    build_rnn,
    build_transformer,
    layer_table,
)
from bigmodel_nb.models.table import _RULES

pytestmark = pytest.mark.tensorflow


def row(table, name):
    return next(row for row in table.rows if row.name == name)


def test_lenet_by_hand(keras):
    table = layer_table(build_lenet5())
    assert row(table, "C1").output_shape == (28, 28, 6) and row(table, "C1").kind == "Conv2D"
    assert row(table, "C1").flops == 2 * 25 * 28 * 28 * 6
    assert row(table, "S2").flops == 14 * 14 * 6 * 4
    assert row(table, "C3").flops == 2 * 25 * 6 * 10 * 10 * 16
    assert row(table, "C5").flops == 2 * 400 * 120 and row(table, "C5").parameters == 48_120
    assert table.parameters == 61_706 and table.unknown == ()
    assert table.flops == sum(line.flops for line in table.rows)


@pytest.mark.parametrize(("cell", "gates"), [("simple", 1), ("lstm", 4), ("gru", 3)])
def test_recurrent_layers_by_hand(keras, cell, gates):
    once = gates * 2 * 10 * 8 * (3 + 8)
    for both in (False, True):
        model = build_rnn(input_shape=(10, 3), widths=(8,), cell=cell, bidirectional=both)
        assert row(layer_table(model), "recurrent1").flops == once * (1 + both)


def test_sequences_of_any_length_want_a_length(keras):
    model = build_rnn(task="next token", vocabulary_size=7)
    assert layer_table(model).unknown == ("recurrent1", "outputs")
    assert row(layer_table(model), "recurrent1").output_shape == (None, 64)
    ten, twenty = (layer_table(model, length=length).flops for length in (10, 20))
    assert twenty == 2 * ten > 0
    assert row(layer_table(model, length=10), "outputs").output_shape == (10, 7)


def test_sums_norms_and_activations(keras):
    table = layer_table(build_resnet(input_shape=(8, 8, 3), filters=(4,), blocks_per_stage=1))
    assert row(table, "add1_1").flops == row(table, "bend0").flops == 8 * 8 * 4
    assert row(table, "norm0").flops == 2 * 8 * 8 * 4
    assert row(table, "mean_of_map").flops == 8 * 8 * 4


def test_a_strided_convolution_is_what_it_measures(keras):
    """Every product counted by hand: an input of ones and a kernel of ones, no padding."""
    model = build_cnn(input_shape=(9, 9, 2), filters=(3,), strides=2, padding="valid", pooling="none")
    layer = model.get_layer("conv1")
    layer.set_weights([np.ones((3, 3, 2, 3)), np.zeros(3)])
    products = float(np.asarray(layer(np.ones((1, 9, 9, 2)))).sum())
    assert row(layer_table(model), "conv1").flops == 2 * products


def test_a_transformer(keras):
    from bigmodel_nb.models.transformer import build_transformer

    width, length, vocabulary, heads, hidden = 8, 5, 11, 2, 32
    model = build_transformer(
        vocabulary_size=vocabulary, context_length=16, num_layers=1, num_heads=heads, d_model=width
    )
    table = layer_table(model, length=length)
    matrices = 4 * width * width + 2 * width * hidden
    rest = length * (hidden + 16 * width) + length**2 * (4 * width + 3 * heads)
    assert row(table, "block_0").flops == 2 * length * matrices + rest
    assert row(table, "token_embedding").flops == 2 * length * width * vocabulary
    assert table.parameters == model.count_params() and table.unknown == ()


def test_layers_that_are_not_known_are_said_to_be(keras):
    class Mystery(keras.layers.Layer):
        def call(self, x):
            return x * 2

    class Dense(keras.layers.Layer):  # the name of one that is known
        def call(self, x):
            return x

    class Honest(Mystery):
        def flops(self, input_shape, output_shape):
            return math.prod(output_shape)

    inputs = keras.Input((4,), name="inputs")
    values = Honest(name="honest")(Dense(name="fake")(Mystery(name="mystery")(inputs)))
    values = keras.ops.sin(values)
    table = layer_table(keras.Model(inputs, keras.layers.Dense(2, name="known")(values)))
    assert row(table, "honest").flops == 4 and row(table, "known").flops == 16
    assert table.unknown[:2] == ("mystery", "fake")
    assert [line.kind for line in table.rows if line.flops is None] == ["Mystery", "Dense", "Sin"]
    assert str(table).splitlines()[-1].split()[-3:] == ["at", "least", "20"]
    assert "unknown" in str(table)


def test_a_layer_used_twice_works_twice_and_counts_once(keras):
    inputs = keras.Input((4,))
    shared = keras.layers.Dense(4, name="shared")
    model = keras.Model(inputs, shared(shared(inputs)))
    table = layer_table(model)
    assert row(table, "shared").flops == 2 * 2 * 16 and table.parameters == 20


def test_a_model_within_a_model_is_one_row(keras):
    inner = build_mlp(input_shape=(4,), num_outputs=3, widths=(5,))
    inputs = keras.Input((4,))
    table = layer_table(keras.Model(inputs, inner(inputs)))
    assert row(table, "mlp").flops == layer_table(inner).flops and row(table, "mlp").parameters == 43
    sequential = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    assert layer_table(sequential).flops == 16


def test_it_prints(keras):
    table = layer_table(build_mlp("tiny"))
    lines = str(table).splitlines()
    assert lines[0].split() == ["layer", "kind", "output", "parameters", "FLOPs"]
    assert (
        lines[-1].split() == ["total", "2,410", f"{table.flops:,}"]
        and len({len(line) for line in lines}) == 1
    )
    page = table._repr_html_()
    assert page.count("<tr>") == len(lines) and "hidden1" in page and "2,410" in page
    named = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, name="a<b>&c")])
    assert "a&lt;b&gt;&amp;c" in layer_table(named)._repr_html_()


def test_the_rules_are_for_layers_that_exist(keras):
    from bigmodel_nb.models import attention, blocks, embedding, lora, positions

    homes = (keras.layers, attention, blocks, embedding, lora, positions)
    assert [name for name in _RULES if not any(hasattr(home, name) for home in homes)] == []


def test_wrong_arguments_are_named(keras):
    with pytest.raises(TypeError, match="model must be a Keras model"):
        layer_table("mlp")
    with pytest.raises(ValueError, match="model must be built"):
        layer_table(keras.Sequential([keras.layers.Dense(2)]))
    with pytest.raises(ValueError, match="length must be a whole number of 1 or more"):
        layer_table(build_mlp(), length=0)


def test_a_transformer_is_counted_at_its_whole_context(keras):
    model = build_transformer("tiny")
    table = layer_table(model)
    assert not table.unknown and table.flops == layer_table(model, length=32).flops
    assert table.flops > 2 * layer_table(model, length=16).flops, "attention grows with the square"
