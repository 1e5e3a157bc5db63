import dataclasses
import math
import re
import types

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
    Schedule,
    StepDecay,
    WarmupCosine,
    for_steps,
)


def refused(beginning):
    """The error that names argument, expectation and value."""
    return pytest.raises((TypeError, ValueError), match=rf"^{re.escape(beginning)}.*; received: ")


bases = st.floats(1e-6, 1e3)


def rates(schedule, base, count):
    return [schedule.rate(step, base) for step in range(count)]


def test_the_seven():
    assert list(SCHEDULES) == [
        "constant", "step", "exponential", "cosine", "warm-up with cosine", "one-cycle", "reduce on plateau",
    ]  # fmt: skip
    for name, kind in SCHEDULES.items():
        schedule = kind()  # each has defaults that fit a run of 100 steps
        assert schedule.name == name
        assert schedule.rate(0, 0.3) >= 0


@pytest.mark.tensorflow
class TestAgainstKeras:
    STEPS = range(130)

    def assert_equal(self, ours, theirs, base):
        got = [ours.rate(step, base) for step in self.STEPS]
        wanted = [float(theirs(step)) for step in self.STEPS]
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6 * base)

    @pytest.mark.parametrize("rate", [0.1, 0.9, 1.0])
    def test_exponential(self, keras, rate):
        theirs = keras.optimizers.schedules.ExponentialDecay(0.3, 40, rate)
        self.assert_equal(Exponential(decay_steps=40, decay_rate=rate), theirs, 0.3)

    @pytest.mark.parametrize("factor", [0.1, 0.5, 1.0])
    def test_step(self, keras, factor):
        theirs = keras.optimizers.schedules.ExponentialDecay(0.3, 30, factor, staircase=True)
        self.assert_equal(StepDecay(every=30, factor=factor), theirs, 0.3)
        # The other spelling: its boundaries are the last steps at the old rate.
        pieces = keras.optimizers.schedules.PiecewiseConstantDecay(
            [29, 59, 89, 119], [0.3 * factor**k for k in range(5)]
        )
        self.assert_equal(StepDecay(every=30, factor=factor), pieces, 0.3)

    @pytest.mark.parametrize("final", [0.0, 0.2])
    def test_cosine(self, keras, final):
        theirs = keras.optimizers.schedules.CosineDecay(0.3, 100, alpha=final)
        self.assert_equal(Cosine(steps=100, final=final), theirs, 0.3)

    @pytest.mark.parametrize("warmup", [1, 10, 99])
    @pytest.mark.parametrize("final", [0.0, 0.2])
    def test_warmup_cosine(self, keras, warmup, final):
        theirs = keras.optimizers.schedules.CosineDecay(
            0.0, 100 - warmup, alpha=final, warmup_target=0.3, warmup_steps=warmup
        )
        self.assert_equal(WarmupCosine(warmup=warmup, steps=100, final=final), theirs, 0.3)

    # Keras's own way of reading a variable, in the callback
    @pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:keras")
    @pytest.mark.parametrize(
        ("patience", "factor", "min_delta"), [(1, 0.5, 0), (3, 0.1, 0.05), (10, 0.9, 1e-4)]
    )
    def test_reduce_on_plateau(self, keras, patience, factor, min_delta):
        random = np.random.default_rng(patience)
        losses = np.exp(-np.arange(120) / 30) + 0.1 * random.normal(size=120)
        losses[60:90] = losses[59]  # it stands still
        callback = keras.callbacks.ReduceLROnPlateau(
            monitor="loss", mode="min", patience=patience, factor=factor, min_delta=min_delta
        )
        optimizer = keras.optimizers.SGD(0.3)
        callback.set_model(types.SimpleNamespace(optimizer=optimizer, metrics=[]))
        callback.on_train_begin()
        ours = ReduceOnPlateau(patience=patience, factor=factor, min_delta=min_delta)
        rate_at = ours.follow(0.3)
        for step, loss in enumerate(losses):
            callback.on_epoch_end(step, {"loss": loss})
            wanted = float(optimizer.learning_rate.numpy())
            assert rate_at(step, loss) == pytest.approx(wanted, rel=1e-5), step
            assert ours.rate(step, 0.3, losses) == pytest.approx(wanted, rel=1e-5), step
        assert wanted < 0.3


class TestAgainstFormulas:
    def test_constant(self):
        assert rates(Constant(), 0.3, 5) == [0.3] * 5

    @given(base=bases, steps=st.integers(4, 500), start=st.floats(0, 1), final=st.floats(0, 1))
    def test_one_cycle(self, base, steps, start, final):
        """Two half waves, written here as PyTorch's OneCycleLR writes its annealing."""

        def anneal(first, last, share):
            return (first - last) / 2 * (math.cos(math.pi * share) + 1) + last

        schedule = OneCycle(steps=steps, peak_at=0.25, start=start, final=final)
        peak = 0.25 * steps
        for step in range(steps + 3):
            if step < peak:
                wanted = anneal(start * base, base, step / peak)
            else:
                wanted = anneal(base, final * base, min(1.0, (step - peak) / (steps - peak)))
            assert schedule.rate(step, base) == pytest.approx(wanted, rel=1e-9, abs=1e-12 * base)

    def test_one_cycle_at_its_corners(self):
        schedule = OneCycle(steps=100)
        assert schedule.rate(0, 1.0) == pytest.approx(1 / 25)
        assert schedule.rate(30, 1.0) == 1.0
        assert schedule.rate(100, 1.0) == schedule.rate(1000, 1.0) == pytest.approx(1e-4)
        assert OneCycle(steps=100, peak_at=0).rate(0, 1.0) == 1.0
        assert OneCycle(steps=100, peak_at=1).rate(100, 1.0) == 1.0
        assert OneCycle(steps=1).rate(0, 1.0) == pytest.approx(1 / 25)

    @given(base=bases, warmup=st.integers(0, 50), rest=st.integers(1, 200), final=st.floats(0, 1))
    def test_warmup_joins_without_a_jump(self, base, warmup, rest, final):
        schedule = WarmupCosine(warmup=warmup, steps=warmup + rest, final=final)
        got = rates(schedule, base, warmup + rest + 2)
        assert got[warmup] == pytest.approx(base)
        assert max(got) <= base * (1 + 1e-12)
        assert got[-1] == got[-2] == pytest.approx(final * base)
        # No step is larger than that of the line, or the steepest of the wave.
        steepest = base * max(1 / warmup if warmup else 0, (1 - final) * math.pi / 2 / rest)
        assert np.abs(np.diff(got)).max() <= steepest * (1 + 1e-9) + 1e-15 * base
        assert np.all(np.diff(got[: warmup + 1]) > 0)
        assert np.all(np.diff(got[warmup:]) <= 1e-12 * base)

    def test_reduce_on_plateau_counts_steps_without_improvement(self):
        rate_at = ReduceOnPlateau(patience=2, factor=0.5, min_delta=0.1).follow(1.0)
        losses = [1.0, 0.95, 0.94, 0.5, 0.5, 0.5, 0.5, 0.5]
        assert [rate_at(step, loss) for step, loss in enumerate(losses)] == [
            1,
            1,
            0.5,
            0.5,
            0.5,
            0.25,
            0.25,
            0.125,
        ]

    def test_each_run_starts_afresh(self):
        schedule = ReduceOnPlateau(patience=1)
        for _run in range(2):
            rate_at = schedule.follow(1.0)
            assert [rate_at(step, 1.0) for step in range(3)] == [1.0, 0.5, 0.25]


@pytest.mark.parametrize("kind", SCHEDULES.values(), ids=list(SCHEDULES))
class TestEach:
    @given(base=st.floats(min_value=1e-300, max_value=1e300), step=st.integers(0, 10**30))
    def test_rate_is_finite_and_never_above_base(self, kind, base, step):
        rate = kind().rate(step, base)
        assert isinstance(rate, float) and 0 <= rate <= base * (1 + 1e-12)

    def test_following_is_the_rate_by_step(self, kind):
        schedule = kind()
        rate_at = schedule.follow(0.3)
        assert [rate_at(step, None) for step in range(120)] == rates(schedule, 0.3, 120)

    @pytest.mark.parametrize("wrong", [-1, 1.5, None, "3", True, np.nan, np.inf, [1]])
    def test_step_is_checked(self, kind, wrong):
        with refused("step must be a whole number of 0 or more"):
            kind().rate(wrong, 0.1)

    @pytest.mark.parametrize("wrong", [0, -0.1, None, "0.1", True, np.nan, np.inf, [0.1]])
    def test_base_is_checked(self, kind, wrong):
        for ask in (lambda: kind().rate(0, wrong), lambda: kind().follow(wrong)):
            with refused("base must be a positive number"):
                ask()

    def test_knobs_know_a_range_that_is_allowed(self, kind):
        for knob in dataclasses.fields(kind):
            assert knob.metadata["help"], knob.name
            assert knob.metadata["low"] <= knob.default <= knob.metadata["high"]
            if knob.name not in ("warmup", "steps"):  # these two depend on each other
                kind(**{knob.name: knob.metadata["low"]}), kind(**{knob.name: knob.metadata["high"]})


WRONG_FIELDS = [
    (StepDecay, "every", [0, -1, 2.5, "3", None, True, np.nan, np.inf]),
    (StepDecay, "factor", [0, -0.5, 1.1, "3", None, True, np.nan]),
    (Exponential, "decay_steps", [0, -1, 2.5, "3", None, True, np.nan]),
    (Exponential, "decay_rate", [0, -0.5, 1.1, "3", None, True, np.nan]),
    (Cosine, "steps", [0, -1, 2.5, "3", None, True, np.nan]),
    (Cosine, "final", [-0.1, 1.1, "0", None, True, np.nan, [0.0]]),
    (WarmupCosine, "warmup", [-1, 2.5, "3", None, True, np.nan, 100, 101]),
    (WarmupCosine, "steps", [0, -1, 2.5, "3", None, True, np.nan]),
    (WarmupCosine, "final", [-0.1, 1.1, "0", None, True, np.nan]),
    (OneCycle, "steps", [0, -1, 2.5, "3", None, True, np.nan]),
    (OneCycle, "peak_at", [-0.1, 1.1, "0", None, True, np.nan]),
    (OneCycle, "start", [-0.1, 1.1, "0", None, True, np.nan]),
    (OneCycle, "final", [-0.1, 1.1, "0", None, True, np.nan]),
    (ReduceOnPlateau, "patience", [0, -1, 2.5, "3", None, True, np.nan]),
    (ReduceOnPlateau, "factor", [-0.1, 1.0, 2, "0", None, True, np.nan]),
    (ReduceOnPlateau, "min_delta", [-0.1, "0", None, True, np.nan, np.inf]),
]


@pytest.mark.parametrize(
    ("kind", "name", "wrong"),
    [(kind, name, value) for kind, name, values in WRONG_FIELDS for value in values],
)
def test_fields_are_checked(kind, name, wrong):
    with refused(f"{name} must be "):
        kind(**{name: wrong})


@pytest.mark.parametrize("wrong", [None, 3.0, ["a"], [np.nan], [None]])
def test_losses_are_checked(wrong):
    with refused("losses must be "):
        ReduceOnPlateau().rate(3, 0.1, wrong)


def test_a_schedule_of_ones_own_must_say_its_rate():
    with pytest.raises(NotImplementedError, match="Schedule defines no _rate"):
        Schedule().rate(0, 0.1)


@pytest.mark.parametrize("name", SCHEDULES)
@given(steps=st.integers(1, 10**6))
def test_a_schedule_that_suits_a_run(name, steps):
    schedule = for_steps(name, steps)
    assert type(schedule) is SCHEDULES[name]
    assert schedule.rate(0, 1.0) <= 1.0 + 1e-12
    if hasattr(schedule, "steps"):
        assert schedule.steps == steps and schedule.rate(steps, 1.0) == pytest.approx(schedule.final)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *[("name", (value, 100)) for value in (None, "Cosine", "", 3, Cosine)],
        *[("steps", ("cosine", value)) for value in (0, -1, 1.5, None, "9", True, np.nan)],
    ],
)
def test_a_run_is_checked(name, arguments):
    with refused(f"{name} must be "):
        for_steps(*arguments)
