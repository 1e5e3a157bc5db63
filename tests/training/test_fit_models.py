"""Kinds of models that `fit` trains as `model.fit` does, and loops that models of one architecture share."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from bigmodel_nb.training import fit, workers

pytestmark = pytest.mark.tensorflow

random = np.random.default_rng(4)
X = random.normal(size=(40, 4)).astype("float32")
Z = random.normal(size=(40, 3)).astype("float32")
Y = random.integers(0, 3, 40).astype("int32")
Q = random.normal(size=(40, 1)).astype("float32")


def against(keras, make, x, y, compiled=None, atol=1e-5, fits=1, eager=True, **kwargs):
    """The run of `fit` and its model, after both were found equal to Keras's own."""
    theirs, ours = make(), make()
    for model in (theirs, ours):
        settings = {"optimizer": "adam", "loss": "mse"} if compiled is None else compiled()
        model.compile(jit_compile=False, run_eagerly=eager and model is theirs, **settings)
        if not model.built:
            model(x[:2])
    ours.set_weights(theirs.get_weights())
    settings = {"batch_size": 16, "epochs": 2, "shuffle": False, **kwargs}
    for _time in range(fits):
        history = theirs.fit(x, y, verbose=0, **settings).history
        run = fit(ours, (x, y), **settings)
    assert set(run.history) == set(history)
    for name, values in history.items():
        np.testing.assert_allclose(run.history[name], values, rtol=1e-5, atol=atol, err_msg=name)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=atol)
    return run, ours


def dense(keras, **settings):
    layers = keras.layers
    return keras.Sequential([layers.Input((4,)), layers.Dense(5, "relu", **settings), layers.Dense(1)])


def two_inputs(keras, names=True):
    layers = keras.layers
    a, b = layers.Input((4,), name="a"), layers.Input((3,), name="b")
    joined = layers.Concatenate()([layers.Dense(3, "tanh")(a), b])
    inputs = {"a": a, "b": b} if names else [a, b]
    return keras.Model(inputs, layers.Dense(1)(joined))


def two_outputs(keras):
    layers = keras.layers
    inputs = layers.Input((4,))
    hidden = layers.Dense(5, "relu")(inputs)
    return keras.Model(
        inputs, {"kind": layers.Dense(3, name="kind")(hidden), "size": layers.Dense(1, name="size")(hidden)}
    )


def test_inputs_by_name_and_in_a_list(keras):
    against(keras, lambda: two_inputs(keras), {"a": X, "b": Z}, Q, validation_data=({"a": X, "b": Z}, Q))
    against(keras, lambda: two_inputs(keras, names=False), [X, Z], Q)


def test_several_outputs_with_their_losses_weights_and_metrics(keras):
    def compiled():
        return {
            "optimizer": keras.optimizers.SGD(0.1),
            "loss": {"kind": keras.losses.SparseCategoricalCrossentropy(from_logits=True), "size": "mse"},
            "loss_weights": {"kind": 0.3, "size": 2.0},
            "metrics": {"kind": ["accuracy"], "size": ["mae"]},
        }

    targets = {"kind": Y, "size": Q}
    # Eagerly, Keras weights the losses of outputs by the size of the batch; in a graph it cannot.
    kwargs = {"validation_data": (X, targets), "eager": False}
    against(keras, lambda: two_outputs(keras), X, targets, compiled, **kwargs)


def test_a_subclassed_model_without_a_configuration(keras):
    class Mine(keras.Model):
        def __init__(self, width):
            super().__init__()
            self.one, self.two = keras.layers.Dense(width, "relu"), keras.layers.Dense(1)

        def call(self, inputs, training=False):
            return self.two(self.one(inputs)) + (0.1 if training else 0.0)

    against(keras, lambda: Mine(4), X, Q, validation_data=(X, Q))


@pytest.mark.parametrize("kind", ["metrics", "numbers"])
def test_a_model_with_steps_of_its_own(keras, kind):
    """Both ways of reporting that Keras's documentation shows."""
    import tensorflow as tf

    class Own(keras.Sequential):
        def __init__(self, layers):
            super().__init__(layers)
            self.mean, self.error = (
                keras.metrics.Mean(name="loss"),
                keras.metrics.MeanAbsoluteError(name="off"),
            )

        @property
        def metrics(self):
            return [self.mean, self.error] if kind == "metrics" else []

        def train_step(self, data):
            x, y = data
            with tf.GradientTape() as tape:
                outputs = self(x, training=True)
                loss = self.compute_loss(y=y, y_pred=outputs) + 0.01 * tf.reduce_sum(outputs**2)
            weights = self.trainable_variables
            self.optimizer.apply(tape.gradient(loss, weights), weights)
            if kind == "numbers":
                return {"loss": loss, "twice": 2 * loss}
            self.mean.update_state(loss)
            self.error.update_state(y, outputs)
            return {metric.name: metric.result() for metric in self.metrics}

        def test_step(self, data):
            x, y = data
            return {"error": tf.reduce_mean(tf.abs(self(x) - y))}

    def make():
        return Own([keras.layers.Input((4,)), keras.layers.Dense(1)])

    run, _model = against(keras, make, X, Q, validation_data=(X, Q), batch_size=10)
    assert "val_error" in run.history and len(run.losses) == 8
    assert ("twice" in run.history) == (kind == "numbers")


def test_frozen_layers_stay_and_thaw(keras):
    def make():
        model = dense(keras, name="first")
        model.layers[0].trainable = False
        return model

    _run, model = against(keras, make, X, Q)
    first = model.layers[0].get_weights()
    model.layers[0].trainable = True
    model.compile("adam", "mse")
    fit(model, (X, Q), epochs=1)
    assert not np.array_equal(first[0], model.layers[0].get_weights()[0])
    # Without compiling, which Keras warns of: fit obeys.
    for trainable in (False, True):
        before = model.layers[0].get_weights()[0]
        model.layers[0].trainable = trainable
        run = fit(model, (X, Q), epochs=1)
        assert np.array_equal(before, model.layers[0].get_weights()[0]) != trainable
    frozen = make()
    fit(frozen, (X, Q), epochs=1)
    before = frozen.layers[0].get_weights()[0]
    frozen.layers[0].trainable = True
    run = fit(frozen, (X, Q), epochs=1)
    assert not np.array_equal(before, frozen.layers[0].get_weights()[0])
    assert any("begun anew" in note for note in run.notes)


def test_the_optimizer_goes_on_from_fit_to_fit(keras):
    _run, model = against(keras, lambda: dense(keras), X, Q, fits=3)
    assert int(model.optimizer.iterations) == 3 * 6


@pytest.mark.parametrize(
    "asked", [{"learning_rate": 0.001}, {"clip": 5.0}, {"metrics": ["mae"]}, {"loss": "mse"}]
)
def test_what_is_asked_for_leaves_the_optimizer_its_state(keras, asked):
    model = dense(keras)
    fit(model, (X, Q), epochs=1, **asked)
    optimizer = model.optimizer
    for times in (2, 3):
        fit(model, (X, Q), epochs=1, **asked)
        assert model.optimizer is optimizer and int(optimizer.iterations) == 2 * times


def test_a_limit_of_the_gradient_is_that_of_keras(keras):
    theirs, ours = dense(keras), dense(keras)
    ours.set_weights(theirs.get_weights())
    theirs.compile(keras.optimizers.SGD(0.1, global_clipnorm=0.05), "mse", run_eagerly=True)
    theirs.fit(X, Q, shuffle=False, verbose=0)
    fit(ours, (X, Q), optimizer="sgd", learning_rate=0.1, clip=0.05, loss="mse", epochs=1, shuffle=False)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-6)


def test_a_model_without_input_shape_is_built_for_any_batch(keras):
    model = keras.Sequential([keras.layers.Dense(5, "relu"), keras.layers.Dense(3)])
    run = fit(model, (X, Y), epochs=1, batch_size=7, validation_data=(X, Y))
    assert run.steps == 6 and model.predict(X[:3], verbose=0).shape == (3, 3)


# -- loops that are shared --------------------------------------------------------------------


@pytest.fixture
def traces(monkeypatch, keras):
    """Counts how often a step is traced, wherever."""
    from bigmodel_nb.training import engine

    count = []
    original = engine.training_step

    def counting(model):
        step = original(model)

        def counted(*parts):
            count.append(1)
            return step(*parts)

        return counted

    monkeypatch.setattr(engine, "training_step", counting)
    workers.forget_workers()
    yield count
    workers.forget_workers()


def test_one_architecture_is_traced_once(keras, traces):
    """Another model, rate, number of examples, of epochs or of steps in a call, and a smaller last batch."""
    for rate, rows, epochs in ((0.1, 40, 1), (0.01, 33, 2), (0.003, 7, 30), (0.1, 40, 30)):
        fit(
            dense(keras),
            (X[:rows], Q[:rows]),
            learning_rate=rate,
            epochs=epochs,
            batch_size=8,
            seconds_per_call=0.02,
        )
    assert len(traces) == 1 and len(workers._workers) == 1
    fit(dense(keras), (X, Q), schedule="cosine", epochs=1)  # a loop that is told its rates
    fit(dense(keras), (X, Q), schedule="one-cycle", learning_rate=0.3, epochs=2)
    assert len(traces) == 2


def test_what_differs_shares_no_loop(keras, traces):
    layers = keras.layers

    def build(name="middle", kind="relu", width=5, rate=0.1):
        parts = [
            layers.Input((4,)),
            layers.Dense(width),
            layers.Activation(kind, name=name),
            layers.Dropout(rate),
        ]
        return keras.Sequential([*parts, layers.Dense(1)])

    fit(build("relu", "relu"), (X, Q), epochs=1)
    others = [
        (build("tanh", "tanh"), {}),
        (build(rate=0.2), {}),
        (build(width=6), {}),
        (build(), {"loss": "mae"}),
        (build(), {"clip": 1.0}),
        (build(), {"optimizer": "sgd"}),
    ]
    for place, (model, settings) in enumerate(others):
        fit(model, (X, Q), epochs=1, **settings)
        assert len(traces) == 2 + place
    assert len(workers._workers) <= workers.MOST


def test_what_a_reader_has_written_is_never_taken_from_another_time(keras):
    """A class or a function may be written anew under its old name."""
    models = []
    for factor in (1.0, 3.0):

        @keras.saving.register_keras_serializable(package="test_fit_models", name="Times")
        class Times(keras.layers.Layer):
            scale = factor

            def call(self, inputs):
                return self.scale * inputs

        def mse(y, outputs, factor=factor):
            return factor * keras.ops.mean((y - outputs) ** 2, axis=-1)

        def relu(x, factor=factor):
            return factor * x

        layers = keras.layers
        model = keras.Sequential(
            [layers.Input((4,)), layers.Dense(1, relu, kernel_initializer="ones"), Times(), layers.Dense(1)]
        )
        model.layers[-1].set_weights([np.ones((1, 1)), np.zeros(1)])
        models.append(fit(model, (X, Q), loss=mse, epochs=1, batch_size=40).losses[0])
        expected = factor * np.mean((factor * factor * X.sum(1, keepdims=True) - Q) ** 2)
        assert models[-1] == pytest.approx(expected, rel=1e-5)


def test_memory_is_bounded(keras, monkeypatch):
    """Neither models nor data live on: only the loops of the latest architectures do."""
    import gc
    import weakref

    monkeypatch.setattr(workers, "MOST", 2)
    gone = []
    for width in range(1, 5):
        model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(width), keras.layers.Dense(1)])
        run = fit(model, (X, Q), epochs=1)
        gone.append(weakref.ref(model))
    del model, run
    gc.collect()
    assert len(workers._workers) <= workers.MOST
    assert sum(reference() is not None for reference in gone) == 0


def test_a_model_that_works_in_person_is_let_go_of(keras, tmp_path):
    import gc
    import weakref

    class Mine(keras.layers.Layer):
        def call(self, inputs):
            return 2.0 * inputs

    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2), Mine(), keras.layers.Dense(1)])
    run = fit(model, (X, Q), epochs=1)
    worker = model.__dict__[workers.PLACE][1]
    fit(model, (X, Q), epochs=1)
    assert model.__dict__[workers.PLACE][1] is worker and len(worker.engine._loops) == 1
    model.save(tmp_path / "model.keras")
    gone, engine = weakref.ref(model), weakref.ref(worker.engine)
    del model, run, worker
    gc.collect()
    assert gone() is None and engine() is None


# -- the same again ---------------------------------------------------------------------------


def test_two_runs_of_one_seed_are_the_same_to_the_bit(keras):
    def run(seed):
        keras.utils.set_random_seed(1)
        layers = keras.layers
        model = keras.Sequential(
            [layers.Input((4,)), layers.Dense(8, "relu"), layers.Dropout(0.5), layers.Dense(3)]
        )
        found = fit(model, (X, Y), epochs=4, batch_size=8, seed=seed, validation_data=(X, Y))
        return found, model.get_weights()

    one, again, other = run(1), run(1), run(2)
    assert one[0].losses == again[0].losses and one[0].history == again[0].history
    assert all(np.array_equal(a, b) for a, b in zip(one[1], again[1], strict=True))
    assert one[0].losses != other[0].losses


def test_with_xla_the_bands_are_those_without(keras):
    last = {}
    for xla in (False, True):
        values = []
        for seed in range(3):
            keras.utils.set_random_seed(seed)
            run = fit(dense(keras), (X, Q), epochs=5, batch_size=20, seed=seed, xla=xla)
            values.append(run.history["loss"][-1])
        last[xla] = values
    np.testing.assert_allclose(last[True], last[False], rtol=1e-3)


def test_nothing_of_tensorflow_reaches_the_reader(keras, capfd):
    for rows in (40, 39, 17):
        fit(dense(keras), (X[:rows], Q[:rows]), epochs=2, batch_size=8, validation_data=(X, Q))
    sys.stderr.flush()
    shown = capfd.readouterr()
    assert shown.out == "" and shown.err == ""


def test_layers_with_a_state_and_batches_of_one_size(keras):
    layers = keras.layers
    rows = random.normal(size=(40, 5, 2)).astype("float32")

    def make():
        inputs = keras.Input(batch_shape=(8, 5, 2))
        return keras.Model(inputs, layers.Dense(1)(layers.LSTM(3, stateful=True)(inputs)))

    against(keras, make, rows, Q, batch_size=8, validation_data=(rows[:16], Q[:16]))
    for size, n in ((7, 40), (8, 39)):
        with pytest.raises(ValueError, match=r"^batch_size must be 8"):
            fit(make(), (rows[:n], Q[:n]), batch_size=size)


@pytest.mark.parametrize("seen", ["new", "again"])
def test_half_precision_comes_with_loss_scaling(keras, seen):
    """Gradients of 1e-8 are zero in 16 bits; scaled they are not, and all weights learn as in float32."""

    def trained(**settings):
        keras.utils.set_random_seed(4)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(1e5), "mse", loss_weights=[1e-7])
        before = model.get_weights()
        run = fit(model, (X, Q), epochs=2, batch_size=20, watch=False, **settings)
        return [after - first for after, first in zip(model.get_weights(), before, strict=True)], model, run

    exact, _model, _run = trained()
    if seen == "again":
        trained(precision="mixed_float16")
    half, model, run = trained(precision="mixed_float16")
    assert run.plan["precision"] == "mixed_float16" and type(model.optimizer) is keras.optimizers.SGD
    for one, other in zip(half, exact, strict=True):
        assert np.abs(other).max() > 1e-3
        np.testing.assert_allclose(one, other, rtol=0.1, atol=0.05 * np.abs(other).max())


def test_a_precision_that_is_asked_for(keras):
    run = fit(dense(keras), (X, Q), epochs=3, precision="mixed_bfloat16", batch_size=20, learning_rate=0.01)
    assert run.plan["precision"] == "mixed_bfloat16" and run.history["loss"][2] < run.history["loss"][0]
    (worker,) = (worker for key, worker in workers._workers.items() if "mixed_bfloat16" in key)
    assert [layer.compute_dtype for layer in worker.model.layers] == ["bfloat16", "float32"]

    class Mine(keras.Model):
        def __init__(self):
            super().__init__()
            self.layer = keras.layers.Dense(1)

        def call(self, inputs):
            return self.layer(inputs)

    with pytest.raises(ValueError, match=r"^precision must be"):
        fit(Mine(), (X, Q), loss="mse", precision="mixed_bfloat16")


def test_a_metric_with_a_number_for_each_class(keras):
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, "softmax")])
    run = fit(model, (X, np.eye(3)[Y]), epochs=1, metrics=[keras.metrics.F1Score(name="f1")])
    assert set(run.history) == {"loss", "f1_0", "f1_1", "f1_2"}


def test_losses_that_a_layer_adds(keras):
    class Adding(keras.layers.Layer):
        def call(self, inputs):
            self.add_loss(0.1 * keras.ops.mean(inputs**2))
            return inputs

    def make():
        layers = keras.layers
        return keras.Sequential([layers.Input((4,)), layers.Dense(3), Adding(), layers.Dense(1)])

    against(keras, make, X, Q, validation_data=(X[:30], Q[:30]))


def test_a_limit_for_a_model_that_has_an_optimizer(keras):
    theirs, ours = dense(keras), dense(keras)
    ours.set_weights(theirs.get_weights())
    theirs.compile(keras.optimizers.SGD(0.1, global_clipnorm=0.05), "mse", run_eagerly=True)
    ours.compile(keras.optimizers.SGD(0.1, clipvalue=9.0), "mse")
    theirs.fit(X, Q, shuffle=False, verbose=0)
    fit(ours, (X, Q), clip=0.05, epochs=1, shuffle=False)
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-6)
