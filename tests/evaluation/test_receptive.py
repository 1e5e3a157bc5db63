"""Receptive fields: read off the graph, and equal to where the slopes of the real model are not zero."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.evaluation import field_of, field_sizes, layer_names, measured_field
from bigmodel_nb.evaluation.receptive import UnknownField
from bigmodel_nb.maths.convolution import receptive_field
from bigmodel_nb.models import build_lenet5, build_resnet


def seen(slopes: np.ndarray) -> tuple:
    """First and last row and column in which a slope is not zero."""
    rows, columns = (np.flatnonzero(slopes.any(axis=axis)) for axis in (1, 0))
    return (rows[0], rows[-1]), (columns[0], columns[-1])


def units(model, name) -> list[tuple[int, int]]:
    """A corner, a middle and the last unit of a layer."""
    layer = model
    for part in name.split("/"):
        layer = layer.get_layer(part)
    shape = layer.output.shape
    if len(shape) != 4:
        return [(0, 0)]
    height, width = shape[1:3]
    return [(0, 0), (height // 2, width // 2), (height - 1, width - 1)]


@pytest.mark.parametrize("kind", ["functional", "sequential", "nested", "residual", "decoder"])
def test_fields_are_where_the_slopes_of_the_model_are_not_zero(zoo, kind):
    model = zoo[kind]
    for name in layer_names(model):
        for unit in units(model, name):
            field = field_of(model, name, unit)
            # A maximum passes on one slope only: over many images each of its inputs has its turn.
            slopes = measured_field(model, name, unit, trials=40)
            if field.rows[1] < field.rows[0] or field.columns[1] < field.columns[0]:
                assert not slopes.any(), "padding only"
                continue
            assert seen(slopes) == (field.rows, field.columns), (name, unit)


def test_lenet_and_a_residual_network(keras):
    lenet = build_lenet5(activation="elu")
    assert [field_sizes(lenet)[name][0] for name in ("C1", "S2", "C3", "S4", "C5")] == [5, 6, 14, 16, 28]
    for unit in ((0, 0), (4, 3), (9, 9)):
        field = field_of(lenet, "C3", unit)
        assert seen(measured_field(lenet, "C3", unit, trials=5)) == (field.rows, field.columns)
    resnet = build_resnet(input_shape=(24, 24, 1), filters=(4, 8), blocks_per_stage=1, activation="elu")
    for name, unit in (("add1_1", (9, 9)), ("add2_1", (6, 7)), ("conv2_1_shortcut", (11, 0))):
        field = field_of(resnet, name, unit)
        assert seen(measured_field(resnet, name, unit)) == (field.rows, field.columns)


def test_the_formula_for_stacks_says_the_same(keras):
    stack = [(3, 1, 1), (2, 2, 1), (3, 1, 2), (5, 2, 1)]
    layers = [
        keras.layers.Conv2D(2, kernel, strides=stride, dilation_rate=dilation)
        for kernel, stride, dilation in stack
    ]
    model = keras.Sequential([keras.Input((64, 64, 1)), *layers])
    sizes = list(field_sizes(model).values())
    assert sizes == [(receptive_field(stack[: place + 1]),) * 2 for place in range(len(stack))]
    two, one = [(3, 1), (3, 1)], [(5, 1)]
    assert receptive_field(two) == receptive_field(one) == 5


def test_what_cannot_be_known_gets_a_sentence(zoo, keras):
    with pytest.raises(UnknownField, match=r"conv keeps no graph of its own|own is not functional"):
        field_of(zoo["own"], "conv", (0, 0))
    assert field_sizes(zoo["own"]) == {"conv": None, "out": None}
    dense = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="dense")])
    with pytest.raises(UnknownField, match=r"drawn on an image: the model .* takes \(None, 4\)"):
        field_of(dense, "dense")

    class Strange(keras.layers.Layer):
        def call(self, x):
            return x[:, ::-1]

    strange = keras.Sequential(
        [keras.Input((6, 6, 1)), Strange(name="strange"), keras.layers.Conv2D(1, 3, name="c")]
    )
    with pytest.raises(UnknownField, match=r"What Strange .strange. sees is not known"):
        field_of(strange, "c")
    assert field_sizes(strange) == {"strange": None, "c": None}
    assert measured_field(strange, "c")[3:, :3].all() and not measured_field(strange, "c")[:3].any()


def test_wrong_arguments_are_named(zoo):
    with pytest.raises(
        ValueError, match=r"layer must be one of the layers 'first', 'pool'.*received: 'third'"
    ):
        field_of(zoo["functional"], "third")
    with pytest.raises(ValueError, match="unit must be a whole number from 0 to 15"):
        field_of(zoo["functional"], "first", (16, 0))
