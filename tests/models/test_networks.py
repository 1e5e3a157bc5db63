"""The networks on TensorFlow: what `checks_networks.py` asks of every back end, and what to ask once."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from bigmodel_nb.models import build_cnn, build_lenet5, build_linear, build_mlp, build_resnet, build_rnn
from bigmodel_nb.models.config import ACTIVATIONS, INITIALIZERS

pytestmark = pytest.mark.tensorflow

_spec = importlib.util.spec_from_file_location(
    "checks_networks", Path(__file__).parent / "checks_networks.py"
)
checks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(checks)


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_on_tensorflow(keras, check):
    check()


def test_every_activation_and_initializer_is_one_of_keras(keras):
    for activation in ACTIVATIONS:
        assert np.isfinite(checks.predicted(build_mlp(activation=activation), np.ones((2, 64)))).all()
    for initializer in INITIALIZERS:
        outputs = checks.predicted(build_mlp(initializer=initializer), np.ones((2, 64)))
        assert (outputs == 0).all() == (initializer == "zeros")


def test_penalties_are_what_the_fields_say(keras):
    model = build_linear(input_shape=(4,), num_outputs=2, l1=0.1, l2=0.01)
    kernel = model.get_layer("outputs").get_weights()[0]
    expected = 0.1 * np.abs(kernel).sum() + 0.01 * (kernel**2).sum()
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)
    for model in (build_cnn(l2=0.01), build_rnn(l2=0.01), build_resnet("tiny", l2=0.01)):
        assert all(float(loss) > 0 for loss in model.losses) and model.losses
    assert build_mlp().losses == []


def test_dropout_works_in_training_only(keras):
    model = build_mlp(widths=(64,), dropout=0.5)
    x = np.ones((1, 64), "float32")
    np.testing.assert_array_equal(model(x), model(x, training=False))
    assert (np.asarray(model(x, training=True)) != np.asarray(model(x))).any()


def test_lenet_has_the_shapes_of_the_paper(keras):
    model = build_lenet5()
    shapes = {layer.name: tuple(layer.output.shape[1:]) for layer in model.layers}
    assert shapes["C1"] == (28, 28, 6) and shapes["S2"] == (14, 14, 6)
    assert shapes["C3"] == (10, 10, 16) and shapes["S4"] == (5, 5, 16)
    assert shapes["C5"] == (120,) and shapes["F6"] == (84,)
    old = build_lenet5(input_shape=(32, 32, 1), padding="valid")
    assert [layer.output.shape for layer in old.layers[1:]] == [
        layer.output.shape for layer in model.layers[1:]
    ]


def test_a_block_of_zeros_passes_its_input_by(keras):
    """What makes a residual network one: weights of 0 leave the input, where a plain one loses it."""
    for shortcuts in (True, False):
        model = build_resnet(
            input_shape=(8, 8, 4), filters=(4,), blocks_per_stage=2, shortcuts=shortcuts, batch_norm=False
        )
        for layer in model.layers:
            if layer.name.startswith("conv1"):
                layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
        x = np.random.default_rng(0).normal(size=(1, 8, 8, 4)).astype("float32")
        ends = keras.Model(model.input, [model.get_layer("bend0").output, model.get_layer("bend1_2").output])
        first, last = map(np.asarray, ends(x))
        np.testing.assert_array_equal(last, first if shortcuts else np.zeros_like(first))


def test_outputs_are_in_float32_where_layers_compute_in_16_bits(keras):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        for model in (build_mlp(), build_linear(), build_cnn("tiny"), build_lenet5(), build_rnn()):
            assert model.output.dtype == "float32", model.name
            assert model.name == "linear" or model.layers[1].compute_dtype == "bfloat16"
    finally:
        keras.config.set_dtype_policy(before)
