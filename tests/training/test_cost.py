"""Estimates and costs against closed forms, against Keras's own counts and the states of real optimizers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bigmodel_nb.training import cost_of, estimate
from bigmodel_nb.training.counting import count, optimizer_bytes
from bigmodel_nb.training.peak import Peak, known_peak, measured_peak
from bigmodel_nb.training.units import energy, operations, size

pytestmark = pytest.mark.tensorflow
PARAMETERS = 64 * 32 + 32 + 32 * 10 + 10
FORWARD = 2 * (64 * 32 + 32 * 10)
DIGITS = (np.zeros((1437, 64), np.float32), np.zeros(1437, np.int32))


@pytest.fixture(scope="module")
def keras():
    import keras

    return keras


@pytest.fixture
def mlp(keras):
    layers = keras.layers
    return keras.Sequential([keras.Input((64,)), layers.Dense(32), layers.Dense(10)])


def test_an_mlp_by_closed_forms(mlp):
    found = estimate(mlp, DIGITS, epochs=10, batch_size=32)
    assert found.parameters == found.trainable == PARAMETERS == mlp.count_params()
    assert found.weights == found.gradients == 4 * PARAMETERS
    assert found.optimizer_state == 2 * 4 * PARAMETERS + 8 + 4  # two moments; the steps in int64, the rate
    assert found.activations == 4 * 32 * (32 + 10)
    assert found.memory == found.weights + found.gradients + found.optimizer_state + found.activations
    assert found.flops_per_step == 3 * FORWARD * 32
    assert found.steps == 10 * 45
    assert found.flops == 3 * FORWARD * 1437 * 10
    assert found.seconds is not None and found.seconds > 0 and not found.measured


def test_steps_take_the_place_of_data(mlp):
    found = estimate(mlp, steps=100, batch_size=8)
    assert (found.steps, found.flops) == (100, 3 * FORWARD * 8 * 100)


def test_without_data_and_steps_there_is_no_whole(mlp):
    found = estimate(mlp)
    assert found.steps is None and found.flops is None and found.seconds is None and found.minutes is None
    assert found.flops_per_step == 3 * FORWARD * 32
    assert "time" not in repr(found).split()


def test_a_batch_is_no_larger_than_the_data(mlp):
    few = (DIGITS[0][:10], DIGITS[1][:10])
    assert estimate(mlp, few, batch_size=32, epochs=1).flops == 3 * FORWARD * 10


class Part:
    def __init__(self, n):
        self.x, self.y = DIGITS[0][:n], DIGITS[1][:n]

    def __len__(self):
        return len(self.y)


class Parts:
    train, validation = Part(1437), Part(100)


def test_the_validation_part_is_gone_through_once_an_epoch(mlp):
    found = estimate(mlp, Parts(), epochs=3)
    assert found.flops == 3 * (3 * FORWARD * 1437 + FORWARD * 100)


def test_a_stream_tells_its_batches(mlp):
    import tensorflow as tf

    stream = tf.data.Dataset.from_tensor_slices(DIGITS).batch(32)
    assert estimate(mlp, stream, epochs=2).steps == 90
    endless = stream.repeat()
    assert estimate(mlp, endless).steps is None
    assert estimate(mlp, endless, steps=7).steps == 7


def test_the_length_of_a_sequence_comes_from_the_data(keras):
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((None, 8)), layers.LSTM(16, return_sequences=True), layers.Dense(1)]
    )
    x, y = np.zeros((20, 7, 8), np.float32), np.zeros((20, 7, 1), np.float32)
    found = estimate(model, (x, y), batch_size=20, epochs=1)
    assert found.flops_per_step == 3 * 20 * 7 * 2 * (4 * 16 * (8 + 16) + 16)
    assert found.activations == 4 * 20 * 7 * (16 + 1)
    unknown = estimate(model, steps=1)
    assert any("unknown length" in sentence for sentence in unknown.assumptions)
    assert any("not counted: those of lstm" in sentence for sentence in unknown.assumptions)


def test_models_within_models_and_frozen_layers(keras):
    layers = keras.layers
    inner = keras.Sequential([keras.Input((64,)), layers.Dense(32, trainable=False)])
    model = keras.Sequential([keras.Input((64,)), inner, layers.Dropout(0.5, seed=1), layers.Dense(10)])
    found = count(model)
    assert (found.parameters, found.trainable) == (PARAMETERS, 330)
    assert found.activations == 4 * (32 + 32 + 10)
    assert found.gradients == 4 * 330


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_halves_activations_and_nothing_else(keras, policy):
    layers = keras.layers
    model = keras.Sequential([keras.Input((64,)), layers.Dense(32, dtype=policy)])
    found = count(model)
    assert found.activations == 2 * 32 and found.weights == 4 * (64 * 32 + 32)


def optimizers(keras):
    known = keras.optimizers
    return [
        *(known.get(name) for name in ("sgd", "rmsprop", "adam", "adamw", "adagrad", "adadelta", "adamax")),
        *(known.get(name) for name in ("nadam", "ftrl", "lion", "adafactor")),
        known.Lamb(),
        known.Muon(),
        known.SGD(momentum=0.9, nesterov=True),
        known.Adam(amsgrad=True, use_ema=True, gradient_accumulation_steps=4),
        known.RMSprop(centered=True, momentum=0.5),
        known.LossScaleOptimizer(known.Adam()),
    ]


def test_the_state_of_every_optimizer_is_what_it_makes(keras):
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Conv2D(5, 3), layers.BatchNormalization(), layers.Dense(10)]
    )
    for optimizer in optimizers(keras):
        guessed = optimizer_bytes(optimizer, model.trainable_variables)
        assert not optimizer.built
        optimizer.build(model.trainable_variables)
        real = sum(v.value.dtype.size * int(np.prod(v.shape)) for v in optimizer.variables)
        assert guessed == real, optimizer.name


def test_a_compiled_model_s_optimizer_is_the_default(keras, mlp):
    mlp.compile(keras.optimizers.SGD(), "mse")
    assert estimate(mlp).optimizer_state == 12
    assert estimate(mlp, optimizer="adam").optimizer_state > 8 * PARAMETERS


def test_measured_seconds_are_those_of_real_steps_of_a_copy(mlp):
    before = [np.array(weight) for weight in mlp.get_weights()]
    found = estimate(mlp, DIGITS, epochs=2, measure=True)
    assert found.measured and 0 < found.seconds_per_step < 1
    assert found.seconds == pytest.approx(found.seconds_per_step * 1437 / 32 * 2)
    assert all(map(np.array_equal, before, mlp.get_weights())) and not mlp.compiled


def test_a_model_whose_inside_cannot_be_seen_says_so(keras):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(3, name="the_dense")

        def call(self, x):
            return self.dense(x)

    model = Own()
    with pytest.raises(ValueError, match="model must be built"):
        estimate(model)
    model(np.ones((1, 4), np.float32))
    found = estimate(model, steps=10)
    assert found.parameters == 15
    assert any("cannot be seen" in sentence for sentence in found.assumptions)
    assert any("the_dense" in sentence for sentence in found.assumptions)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"epochs": 0}, ValueError, "epochs must be a whole number of 1 or more; received: 0"),
        ({"epochs": "ten"}, TypeError, "epochs must be"),
        ({"batch_size": -1}, ValueError, "batch_size must be"),
        ({"batch_size": 2.5}, ValueError, "batch_size must be"),
        ({"steps": 0}, ValueError, "steps must be"),
        ({"optimizer": "adamant"}, ValueError, "optimizer must be the name of a Keras optimizer"),
        ({"optimizer": 3}, TypeError, "optimizer must be the name of a Keras optimizer"),
        ({"measure": True}, ValueError, "data must be given where measure=True"),
        ({"data": 5}, TypeError, "data must be"),
        ({"data": (np.zeros((3, 64)), np.zeros(4))}, ValueError, "same number of examples"),
    ],
)
def test_hostile_arguments(mlp, change, error, words):
    with pytest.raises(error, match=words):
        estimate(mlp, **change)


@pytest.mark.parametrize("model", [None, "mlp", np.zeros(3)])
def test_only_models_have_a_cost(model):
    with pytest.raises(TypeError, match="model must be a Keras model"):
        estimate(model)
    with pytest.raises(TypeError, match="model must be a Keras model"):
        cost_of(model, examples=1, seconds=1)


def test_the_cost_of_a_run_by_closed_forms(mlp):
    best = Peak(1e9, 512)
    cost = cost_of(mlp, examples=14370, seconds=2.0, watts=30, peak=best)
    assert cost.flops == 3 * FORWARD * 14370
    assert cost.flops_per_second == cost.flops / 2
    assert cost.utilization == pytest.approx(cost.flops / 2 / 1e9)
    assert cost.kwh == pytest.approx(30 * 2 / 3.6e6)
    assert json.loads(json.dumps(cost.to_dict())) == cost.to_dict()
    assert "10 % of the machine's best" in repr(cost) and "at 30 W" in repr(cost)


def test_energy_says_what_it_assumes(mlp):
    cost = cost_of(mlp, examples=1, seconds=1.0, peak=Peak(1e9, 512))
    assert cost.watts > 0 and any("an assumption, not a measurement" in said for said in cost.assumptions)


def test_a_short_run_does_not_pay_for_measuring_the_peak(mlp, monkeypatch):
    from bigmodel_nb.training import peak

    monkeypatch.setattr(peak, "_known", {})
    cost = cost_of(mlp, examples=100, seconds=0.5)
    assert cost.utilization is None and known_peak() is None and "was not measured" in repr(cost)


@pytest.mark.parametrize(
    "change",
    [{"examples": -1}, {"seconds": 0}, {"seconds": float("nan")}, {"watts": 0}, {"peak": 1e9}, {"length": 0}],
)
def test_hostile_costs(mlp, change):
    name = next(iter(change))
    with pytest.raises((TypeError, ValueError), match=f"{name} must be"):
        cost_of(mlp, **{"examples": 10, "seconds": 1.0, **change})


def test_the_peak_is_measured_once_and_only_rises(monkeypatch):
    from bigmodel_nb.training import peak

    speeds = iter([2e9, 1e9, 3e9])
    monkeypatch.setattr(peak, "_known", {})
    monkeypatch.setattr(peak, "_measure", lambda dtype, repeats: Peak(next(speeds), 512, dtype))
    assert measured_peak().flops == measured_peak().flops == 2e9
    assert measured_peak(again=True).flops == 2e9
    assert measured_peak(again=True).flops == 3e9
    with pytest.raises(ValueError, match="dtype must be one of 'float32'"):
        measured_peak("int8")


def test_a_product_is_timed_by_its_best(monkeypatch):
    from bigmodel_nb.training import peak

    monkeypatch.setattr(peak, "LARGEST", 512)
    found = peak._measure("float32", 3)
    assert found.size == 512 and found.flops > 1e6 and "GFLOP/s" in str(found)


def test_units():
    assert [operations(n) for n in (0, 999, 1.5e9, 2e12)] == ["0 FLOP", "999 FLOP", "1.5 GFLOP", "2 TFLOP"]
    assert [size(n) for n in (12, 2.5e6, 3e9)] == ["12 B", "2.5 MB", "3 GB"]
    assert [energy(n) for n in (0.0005, 2.0)] == ["0.5 Wh", "2 kWh"]
