"""Schedules as vectors of rates, against Keras's schedules and against step-by-step evaluation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    ReduceOnPlateau,
    StepDecay,
    WarmupCosine,
)
from bigmodel_nb.training.schedules import rates_for

NAMES = [name for name in SCHEDULES if name != ReduceOnPlateau.name]


@pytest.fixture(scope="module")
def keras():
    import keras

    return keras


@pytest.mark.parametrize("name", NAMES)
def test_a_name_fills_the_run(name):
    rates = rates_for(name, 0.3, 40)
    assert rates.shape == (40,) and rates.dtype == np.float32
    assert rates.max() == np.float32(0.3)


def test_one_cycle_rises_to_its_peak_and_falls_to_almost_nothing():
    rates = rates_for("one-cycle", 0.3, 1000)
    assert rates.argmax() == 300 and rates[0] == np.float32(0.3 / 25)
    assert np.all(np.diff(rates[:300]) > 0) and np.all(np.diff(rates[300:]) < 0)
    assert rates[-1] < 1e-4


def test_no_schedule_is_one_rate():
    assert np.array_equal(rates_for(None, 0.1, 3), np.full(3, 0.1, np.float32))


@pytest.mark.parametrize(
    "ours", [Constant(), StepDecay(), Exponential(), Cosine(50), WarmupCosine(5, 50), OneCycle(50)]
)
def test_an_object_gives_what_it_gives_step_by_step(ours):
    expected = np.asarray([ours.rate(step, 0.2) for step in range(70)], np.float32)
    assert np.array_equal(rates_for(ours, 0.2, 70), expected)


def pairs(keras):
    schedules = keras.optimizers.schedules
    return {
        "cosine": (Cosine(60, final=0.1), schedules.CosineDecay(0.3, 60, alpha=0.1)),
        "warm-up": (
            WarmupCosine(warmup=10, steps=60, final=0.1),
            schedules.CosineDecay(0.0, 50, alpha=0.1, warmup_target=0.3, warmup_steps=10),
        ),
        "steps": (StepDecay(every=7, factor=0.5), schedules.ExponentialDecay(0.3, 7, 0.5, staircase=True)),
        "exponential": (Exponential(20, 0.3), schedules.ExponentialDecay(0.3, 20, 0.3)),
    }


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", ["cosine", "warm-up", "steps", "exponential"])
@pytest.mark.parametrize("steps", [20, 80])
def test_ours_are_keras_s(keras, name, steps):
    ours, theirs = pairs(keras)[name]
    vector = rates_for(theirs, None, steps)
    assert vector.dtype == np.float32 and vector.shape == (steps,)
    np.testing.assert_allclose(rates_for(ours, 0.3, steps), vector, rtol=0, atol=1e-6)


@pytest.mark.tensorflow
def test_every_keras_schedule_gives_what_it_gives_step_by_step(keras):
    schedules = keras.optimizers.schedules
    for schedule in (
        schedules.PiecewiseConstantDecay([10, 30], [1.0, 0.5, 0.1]),
        schedules.PolynomialDecay(0.1, 20, cycle=True),
        schedules.InverseTimeDecay(0.1, 7, 0.5, staircase=True),
        schedules.CosineDecayRestarts(0.1, 10),
    ):
        expected = [float(schedule(step)) for step in range(45)]
        np.testing.assert_allclose(rates_for(schedule, None, 45), expected, rtol=0, atol=1e-6)


@pytest.mark.tensorflow
def test_a_keras_schedule_of_the_reader_s_own_may_use_python(keras):
    class Halves(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.5 ** (int(step) // 10)

    assert np.array_equal(rates_for(Halves(), None, 50)[[0, 9, 10, 49]], [1.0, 1.0, 0.5, 0.0625])


def test_a_function_is_asked_for_every_step():
    asked = []

    def schedule(step):
        asked.append(step)
        return 0.1 / (1 + step)

    np.testing.assert_allclose(rates_for(schedule, None, 4), [0.1, 0.05, 0.1 / 3, 0.025], rtol=1e-6)
    assert asked == [0, 1, 2, 3]


@pytest.mark.parametrize("schedule", ["reduce on plateau", ReduceOnPlateau(), "ReduceLROnPlateau"])
def test_what_follows_the_loss_is_refused_with_the_way_out(schedule):
    with pytest.raises(ValueError, match=r"follows the loss.*keras\.callbacks\.ReduceLROnPlateau"):
        rates_for(schedule, 0.1, 10)


@pytest.mark.tensorflow
def test_a_callback_is_sent_to_its_place(keras):
    with pytest.raises(TypeError, match=r"must not be a callback.*callbacks=\[\.\.\.\]"):
        rates_for(keras.callbacks.ReduceLROnPlateau(), 0.1, 10)


@pytest.mark.parametrize(
    ("schedule", "error"),
    [("cosin", ValueError), (3.0, TypeError), (Cosine, TypeError), ([0.1, 0.2], TypeError)],
)
def test_what_is_no_schedule_is_refused(schedule, error):
    with pytest.raises(error, match=r"schedule must be None, one of 'constant'.*received"):
        rates_for(schedule, 0.1, 10)


@pytest.mark.parametrize("bad", [-0.1, float("nan"), float("inf"), "fast", None, [0.1, 0.2]])
def test_a_rate_that_is_none_is_named_by_its_step(bad):
    with pytest.raises(ValueError, match=r"schedule must be .*at step 2; received: <function"):
        rates_for(lambda step: bad if step == 2 else 0.1, None, 5)


@pytest.mark.parametrize("base", [None, 0.0, -1, "0.1", True, float("nan")])
def test_ours_need_a_base(base):
    with pytest.raises((TypeError, ValueError), match="base must be a positive number"):
        rates_for("cosine", base, 5)


@given(st.sampled_from(NAMES), st.floats(1e-6, 10), st.integers(1, 200))
def test_rates_never_exceed_the_base(name, base, steps):
    rates = rates_for(name, base, steps)
    assert len(rates) == steps and np.all(rates >= 0) and np.all(rates <= np.float32(base))
