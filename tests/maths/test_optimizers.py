import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bigmodel_nb.maths.optimizers import (
    OPTIMIZERS,
    AdaGrad,
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Nesterov,
    Optimizer,
    RMSProp,
)


def refused(beginning):
    """The error that names argument, expectation and value."""
    return pytest.raises((TypeError, ValueError), match=rf"^{re.escape(beginning)}.*; received: ")


EVERY = [
    *(kind() for kind in OPTIMIZERS.values()),
    RMSProp(momentum=0.9),
    RMSProp(momentum=0.9, centered=True),
    Adam(beta_1=0.0, beta_2=0.0),
]
each = pytest.mark.parametrize("rule", EVERY, ids=repr)


def test_the_seven():
    names = ["gradient descent", "momentum", "Nesterov", "AdaGrad", "RMSProp", "Adam", "AdamW"]
    assert list(OPTIMIZERS) == names
    assert [kind().name for kind in OPTIMIZERS.values()] == names


class TestByHand:
    """The first steps, worked out from the formulas; the rest is held against Keras."""

    w, g = np.array([1.0, -2.0]), np.array([0.5, -4.0])

    def first(self, rule, rate=0.1, steps=1):
        w, state = self.w, rule.initial_state(self.w)
        for step in range(steps):
            w, state = rule.update(w, self.g, state, step, rate)
        return w, rule.memory(state)

    def test_gradient_descent(self):
        assert self.first(GradientDescent())[0].tolist() == pytest.approx([0.95, -1.6])

    def test_momentum(self):
        w, memory = self.first(Momentum(momentum=0.5), steps=2)
        assert w.tolist() == pytest.approx([1 - 0.05 - 0.075, -2 + 0.4 + 0.6])
        assert memory.tolist() == pytest.approx([-0.075, 0.6])

    def test_nesterov(self):
        w, _memory = self.first(Nesterov(momentum=0.5))
        assert w.tolist() == pytest.approx([1 - 0.05 * 1.5, -2 + 0.4 * 1.5])

    def test_adagrad(self):
        w, _memory = self.first(AdaGrad(epsilon=0.2))
        assert w.tolist() == pytest.approx([1 - 0.05 / np.sqrt(0.55), -2 + 0.4 / np.sqrt(16.3)])

    def test_rmsprop(self):
        w, _memory = self.first(RMSProp(rho=0.5, epsilon=0.2))
        assert w.tolist() == pytest.approx([1 - 0.05 / np.sqrt(0.325), -2 + 0.4 / np.sqrt(8.2)])

    def test_adam_steps_by_the_rate_at_first_whatever_the_gradient(self):
        w, _memory = self.first(Adam())
        assert w.tolist() == pytest.approx([0.9, -1.9], rel=1e-5)

    def test_adamw_pulls_towards_zero_and_not_through_the_gradient(self):
        w, _memory = self.first(AdamW(weight_decay=0.5))
        assert w.tolist() == pytest.approx([0.95 - 0.1, -1.9 + 0.1], rel=1e-5)


@each
class TestEach:
    def test_is_pure(self, rule):
        w, gradient = np.array([1.0, 2.0, 3.0]), np.array([0.1, -0.2, 0.0])
        state = rule.initial_state(w)
        for array in (w, gradient, *state):
            array.flags.writeable = False
        one = rule.update(w, gradient, state, 0, 0.1)
        two = rule.update(w, gradient, state, 0, 0.1)
        assert one[0].tolist() == two[0].tolist()

    @given(
        w=hnp.arrays(
            hnp.floating_dtypes(sizes=(32, 64), endianness="="),
            hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
            elements=st.floats(-100, 100, width=32),
        ),
        rate=st.floats(0, 1e3),
        size=st.sampled_from([0.0, 1e-20, 1e-3, 1.0, 1e3]),
    )
    def test_any_shape_and_its_precision(self, rule, w, rate, size):
        random = np.random.default_rng(3)
        state, now = rule.initial_state(w), w
        for step in range(5):
            gradient = (size * random.normal(size=w.shape)).astype(w.dtype)
            now, state = rule.update(now, gradient, state, step, rate)
            assert np.shape(now) == w.shape and now.dtype == w.dtype
            assert np.isfinite(now).all()
            memory = rule.memory(state)
            assert memory is None or (np.shape(memory) == w.shape and np.isfinite(memory).all())

    @given(
        gradient=st.floats(allow_nan=False, allow_infinity=False),
        w=st.floats(allow_nan=False, allow_infinity=False),
        rate=st.floats(0, allow_nan=False, allow_infinity=False),
    )
    def test_nothing_warns(self, rule, gradient, w, rate):
        """Warnings are errors in this run; what is too large for a float becomes infinite."""
        state, now = rule.initial_state([w, 0.0]), np.array([w, 0.0])
        for step in range(3):
            now, state = rule.update(now, [gradient, 0.0], state, step, rate)
            if not np.isfinite(now).all():
                break
            rule.update(np.float32(0.0), np.float32(1.0), rule.initial_state(np.float32(0.0)), step, rate)

    def test_zero_gradients_leave_the_weights(self, rule):
        w = np.array([1.0, -2.0])
        moved, _state = rule.update(w, np.zeros(2), rule.initial_state(w), 0, 0.1)
        decay = getattr(rule, "weight_decay", 0.0)
        assert moved.tolist() == pytest.approx((w * (1 - 0.1 * decay)).tolist())

    def test_whole_numbers_become_floats(self, rule):
        w, _state = rule.update([1, 2], [3, 4], rule.initial_state([1, 2]), 0, 1)
        assert w.dtype == np.float64

    def test_step_may_be_huge(self, rule):
        w, _state = rule.update([1.0], [1.0], rule.initial_state([1.0]), 10**300, 0.1)
        assert np.isfinite(w).all()

    def test_memory_points_where_the_weights_go(self, rule):
        w, gradient = np.array([1.0, -2.0]), np.array([0.5, -4.0])
        new, state = rule.update(w, gradient, rule.initial_state(w), 0, 0.1)
        memory = rule.memory(state)
        if memory is not None and np.abs(memory).max() > 0:
            assert (np.sign(memory) == np.sign(new - w)).all()

    @pytest.mark.parametrize(
        "wrong", [None, "ab", [None], [True], [np.nan], [np.inf], [[1], [1, 2]], [1j], {}]
    )
    def test_arrays_are_checked(self, rule, wrong):
        state = rule.initial_state([1.0])
        for name, ask in {
            "w": lambda: rule.update(wrong, [1.0], state, 0, 0.1),
            "gradient": lambda: rule.update([1.0], wrong, state, 0, 0.1),
        }.items():
            with refused(f"{name} must be an array of finite"):
                ask()
        with refused("w must be an array of finite numbers"):
            rule.initial_state(wrong)

    def test_shapes_must_agree(self, rule):
        state = rule.initial_state([1.0, 2.0])
        with refused("gradient must be an array of finite numbers of the shape of w, (2,)"):
            rule.update([1.0, 2.0], [1.0], state, 0, 0.1)

    @pytest.mark.parametrize(
        "wrong", [None, "", [1.0], 3.0, (1,), ("a", "b"), (None,) * 3, (np.zeros(3),) * 2]
    )
    def test_state_is_checked(self, rule, wrong):
        with refused("state must be the state that "):
            rule.update([1.0, 2.0], [1.0, 2.0], wrong, 0, 0.1)
        fits = isinstance(wrong, tuple) and len(wrong) == len(rule.initial_state(1.0))
        if not fits or isinstance(wrong[0], (str, type(None))):
            with refused("state must be the state that "):
                rule.memory(wrong)

    @pytest.mark.parametrize("wrong", [-1, 1.5, None, "3", True, np.nan, np.inf])
    def test_step_is_checked(self, rule, wrong):
        with refused("step must be a whole number of 0 or more"):
            rule.update([1.0], [1.0], rule.initial_state([1.0]), wrong, 0.1)

    @pytest.mark.parametrize("wrong", [-1, None, "3", True, np.nan, np.inf, [0.1]])
    def test_rate_is_checked(self, rule, wrong):
        with refused("rate must be zero or a positive number"):
            rule.update([1.0], [1.0], rule.initial_state([1.0]), 0, wrong)


ALLOWED = {
    "learning_rate": ([1e-300, 1e300], [0, -0.1, np.inf]),
    "momentum": ([0, 0.9, 1], [-0.1, 1.1]),
    "initial_accumulator_value": ([0, 1e300], [-0.1, np.inf]),
    "epsilon": ([1e-300, 1e300], [0, -1e-7, np.inf]),
    "rho": ([0, 0.999], [1, -0.1]),
    "beta_1": ([0, 0.999], [1, -0.1]),
    "beta_2": ([0, 0.999], [1, -0.1]),
    "weight_decay": ([0, 1e300], [-0.1, np.inf]),
    "centered": ([True, False, np.True_], [0, 1, 0.5]),
}


@pytest.mark.parametrize("kind", OPTIMIZERS.values(), ids=list(OPTIMIZERS))
class TestKnobs:
    def test_are_checked(self, kind):
        for knob in dataclasses.fields(kind):
            right, wrong = ALLOWED[knob.name]
            for value in right:
                assert getattr(kind(**{knob.name: value}), knob.name) == value
            for value in [
                *wrong,
                None,
                "0.1",
                np.nan,
                [0.1],
                np.zeros(2),
                object(),
                *([True] * (knob.name != "centered")),
            ]:
                with refused(f"{knob.name} must be "):
                    kind(**{knob.name: value})

    def test_become_plain_numbers(self, kind):
        rule = kind(learning_rate=np.float32(0.5))
        assert type(rule.learning_rate) is float
        assert rule == kind(learning_rate=0.5) and hash(rule) == hash(kind(learning_rate=0.5))

    def test_ranges_are_allowed(self, kind):
        for knob in dataclasses.fields(kind):
            assert knob.metadata["help"]
            if knob.name == "centered":
                continue
            low, high = knob.metadata["low"], knob.metadata["high"]
            assert low <= knob.default <= high and (low > 0 or not knob.metadata["log"])
            kind(**{knob.name: low}), kind(**{knob.name: high})

    def test_are_fixed(self, kind):
        with pytest.raises(dataclasses.FrozenInstanceError):
            kind().learning_rate = 3.0


def test_a_variance_below_zero_by_rounding_counts_as_zero():
    """Constant large gradients have no spread; Keras divides by the root of a negative number here."""
    rule = RMSProp(centered=True)
    w, state = np.zeros(1), rule.initial_state(np.zeros(1))
    for step in range(500):
        w, state = rule.update(w, [1e6 / 3], state, step, 1e-3)
        assert np.isfinite(w).all()


def test_a_rule_of_ones_own_must_say_its_step():
    with pytest.raises(NotImplementedError, match="Optimizer defines no _rule"):
        Optimizer().update([1.0], [1.0], (), 0, 0.1)
