"""What must hold of every network on every back end: plain functions that use keras and NumPy alone.

Called in the test process for TensorFlow (`test_networks.py`), and in processes of their own for JAX and
PyTorch (`test_backends.py`). Each `check_...()` takes nothing and raises where something is wrong.
"""

import functools
import tempfile
from pathlib import Path

import numpy as np

from bigmodel_nb.maths import convolution, recurrence
from bigmodel_nb.models import (
    CNNConfig,
    LeNet5Config,
    LinearConfig,
    MLPConfig,
    ResNetConfig,
    RNNConfig,
    build_cnn,
    build_lenet5,
    build_linear,
    build_mlp,
    build_resnet,
    build_rnn,
    count_parameters,
)

PICTURE, VOCABULARY, STEPS = (12, 11, 2), 7, 6
# name -> (builder, record): each option at least once
NETWORKS = {
    "linear": (build_linear, LinearConfig(input_shape=(4, 3), num_outputs=3, l1=0.001, l2=0.001)),
    "mlp": (build_mlp, MLPConfig(input_shape=(9,), num_outputs=3, widths=(8, 5), dropout=0.1)),
    "mlp, normalized": (
        build_mlp,
        MLPConfig(
            input_shape=(9,), widths=(8, 5), batch_norm=True, initializer="he normal", activation="tanh"
        ),
    ),
    "cnn": (build_cnn, CNNConfig(input_shape=PICTURE, num_outputs=3, filters=(4, 5), dropout=0.1)),
    "cnn, strided": (
        build_cnn,
        CNNConfig(
            input_shape=PICTURE,
            filters=(4, 5),
            strides=2,
            padding="same",
            pooling="none",
            kernel_size=4,
            l2=0.001,
        ),
    ),
    "cnn, dilated": (
        build_cnn,
        CNNConfig(
            input_shape=PICTURE,
            filters=(4,),
            convs_per_block=2,
            dilation=2,
            padding="valid",
            pooling="average",
            batch_norm=True,
            head="global average",
            dense_widths=(6,),
        ),
    ),
    "lenet5": (build_lenet5, LeNet5Config(input_shape=(28, 28, 1))),
    "resnet": (
        build_resnet,
        ResNetConfig(input_shape=PICTURE, num_outputs=3, filters=(4, 6), blocks_per_stage=2),
    ),
    "resnet, plain": (
        build_resnet,
        ResNetConfig(
            input_shape=PICTURE, filters=(4,), blocks_per_stage=1, shortcuts=False, batch_norm=False
        ),
    ),
    "classify": (
        build_rnn,
        RNNConfig(input_shape=(STEPS, 2), num_outputs=3, cell="simple", bidirectional=True),
    ),
    "forecast": (
        build_rnn,
        RNNConfig("forecast", input_shape=(None, 2), cell="lstm", widths=(5, 4), l2=0.001),
    ),
    "tokens": (
        build_rnn,
        RNNConfig(vocabulary_size=VOCABULARY, num_outputs=2, bidirectional=True, dropout=0.1),
    ),
    **{
        f"next token, {cell}": (
            build_rnn,
            RNNConfig("next token", vocabulary_size=VOCABULARY, cell=cell, widths=(8, 8), embedding_width=5),
        )
        for cell in ("simple", "lstm", "gru")
    },
}


@functools.cache  # JAX compiles for seconds what is built for the first time
def built(name):
    import keras

    keras.utils.set_random_seed(3)
    builder, config = NETWORKS[name]
    model = builder(config)
    assert not model.compiled
    return model, config


def examples(config, n=8):
    """Inputs that suit a record, and targets."""
    random = np.random.default_rng(5)
    shape = getattr(config, "example_shape", None) or config.input_shape
    shape = tuple(STEPS if axis is None else axis for axis in shape)
    if getattr(config, "vocabulary_size", None):
        x = random.integers(0, VOCABULARY, (n, *shape)).astype("int32")
    else:
        x = random.normal(size=(n, *shape)).astype("float32")
    outputs = config.outputs if isinstance(config, RNNConfig) else config.num_outputs
    if getattr(config, "task", "") == "forecast":
        return x, random.normal(size=(n, outputs)).astype("float32")
    if getattr(config, "task", "") == "next token":
        return x, (x * 3 + 1) % VOCABULARY
    return x, random.integers(0, outputs, n).astype("int32")


def predicted(model, x):
    import keras

    return keras.ops.convert_to_numpy(model(x, training=False))


def each(function):
    """Runs `function` for each network; what is wrong names the network."""
    for name in NETWORKS:
        try:
            function(name)
        except Exception as error:
            raise AssertionError(f"{name}: {error}") from error


def check_parameters_are_those_of_the_closed_form():
    def check(name):
        model, config = built(name)
        assert model.count_params() == count_parameters(config), (
            model.count_params(),
            count_parameters(config),
        )

    each(check)


def check_outputs_have_their_shape_and_are_logits():
    def check(name):
        model, config = built(name)
        x, y = examples(config)
        outputs = predicted(model, x)
        width = config.outputs if isinstance(config, RNNConfig) else config.num_outputs
        assert outputs.shape == ((*y.shape, width) if y.dtype.kind == "i" else y.shape), outputs.shape
        assert outputs.dtype == np.float32 and np.isfinite(outputs).all()
        assert model.layers[-1].activation.__name__ == "linear"  # no softmax, no sigmoid
        names = [layer.name for layer in model.layers]
        assert names[0] == "inputs" and names[-1] == "outputs" and len(set(names)) == len(names)

    each(check)


def check_a_few_steps_lower_the_loss():
    import keras

    def check(name):
        model, config = built(name)
        x, y = examples(config)
        loss = (
            keras.losses.MeanSquaredError()
            if y.dtype.kind == "f"
            else keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        )
        # Plain descent with small steps goes down on the batch that it sees again and again.
        model.compile(optimizer=keras.optimizers.SGD(0.02), loss=loss)
        before = float(loss(y, predicted(model, x)))
        trained = [float(model.train_on_batch(x, y)) for _ in range(3)]
        after = float(loss(y, predicted(model, x)))
        if getattr(
            config, "batch_norm", False
        ):  # it predicts with running means, which have hardly moved yet
            before, after = trained[0], trained[-1]
        assert np.isfinite(after) and after < before, (before, after)

    each(check)


def check_saving_and_loading_changes_nothing():
    import keras

    def check(name):
        model, config = built(name)
        x, _ = examples(config)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.keras"
            model.save(path)
            again = keras.saving.load_model(path)
        assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
        for ours, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(predicted(model, x), predicted(again, x))

    each(check)


def check_causal_networks_do_not_see_the_future():
    def check(name):
        model, config = built(name)
        if getattr(config, "task", "") != "next token":
            return
        x, _ = examples(config)
        changed = x.copy()
        changed[:, 4] = (changed[:, 4] + 1) % VOCABULARY
        moved = np.abs(predicted(model, changed) - predicted(model, x)).max(axis=(0, 2))
        assert (moved[:4] < 1e-6).all() and (moved[4:] > 1e-5).all(), moved

    each(check)


def check_a_recurrent_network_takes_any_length():
    model, _ = built("next token, gru")
    x = np.arange(15).reshape(1, 15) % VOCABULARY
    np.testing.assert_allclose(predicted(model, x)[:, :6], predicted(model, x[:, :6]), atol=1e-5)


def check_convolution_and_pooling_agree_with_numpy():
    import keras

    for name in ("cnn", "cnn, strided", "cnn, dilated"):
        model, config = built(name)
        x, _ = examples(config)
        layers = [layer for layer in model.layers if layer.name.startswith(("conv", "pool"))]
        for layer in layers:
            both = keras.Model(model.input, [layer.input, layer.output])(x, training=False)
            below, theirs = map(keras.ops.convert_to_numpy, both)
            if layer.name.startswith("pool"):
                ours = convolution.pool(below, config.pool_size, kind=config.pooling)
            else:
                ours = convolution.cross_correlate(
                    below,
                    *layer.get_weights(),
                    stride=1 if layer.name.endswith("b") else config.strides,
                    padding=config.padding,
                    dilation=config.dilation,
                )
            np.testing.assert_allclose(ours, theirs, atol=1e-5)
        assert len(layers) >= 2 and theirs.shape[1:] == config.map_shapes[-1]


def check_recurrent_cells_agree_with_numpy():
    import keras

    for cell in ("simple", "lstm", "gru"):
        model, config = built(f"next token, {cell}")
        x, _ = examples(config)
        values = keras.ops.convert_to_numpy(model.get_layer("embedding")(x))
        for number in (1, 2):
            values = recurrence.unroll(cell, values, model.get_layer(f"recurrent{number}").get_weights())
        kernel, bias = model.get_layer("outputs").get_weights()
        np.testing.assert_allclose(values @ kernel + bias, predicted(model, x), atol=1e-5)


CHECKS = [value for name, value in list(globals().items()) if name.startswith("check_")]
