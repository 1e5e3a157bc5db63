import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths.descent import (
    OPTIMIZERS,
    Adam,
    AdamW,
    GradientDescent,
    Momentum,
    Path,
    RMSProp,
    descend,
)
from bigmodel_nb.maths.schedules import SCHEDULES, Cosine, ReduceOnPlateau
from bigmodel_nb.maths.surfaces import SURFACES, Surface, bowl, himmelblau, rastrigin, rosenbrock


def refused(beginning):
    """The error that names argument, expectation and value."""
    return pytest.raises((TypeError, ValueError), match=rf"^{re.escape(beginning)}.*; received: ")


each_rule = pytest.mark.parametrize("kind", OPTIMIZERS.values(), ids=list(OPTIMIZERS))


def constant_slope(slope=(1.0, 0.0)):
    return Surface(
        name="slope", title="", formula="", limits=(-1, 1, -1, 1), start=(0, 0),
        value=lambda w: w[..., 0] * slope[0] + w[..., 1] * slope[1],
        gradient=lambda w: np.broadcast_to(np.asarray(slope, w.dtype), w.shape),
    )  # fmt: skip


class TestPath:
    def test_arrays_fit_together(self):
        surface = himmelblau()
        path = descend(surface, Momentum(0.005), steps=40, schedule=Cosine(steps=40))
        assert path.steps == 40 and path.diverged_at is None and path.reason is None
        assert path.points.shape == (41, 2) and path.points[0].tolist() == list(surface.start)
        np.testing.assert_array_equal(path.values, surface.value(path.points))
        np.testing.assert_array_equal(path.gradients, surface.gradient(path.points[:-1]))
        np.testing.assert_allclose(path.rates, [Cosine(steps=40).rate(step, 0.005) for step in range(40)])
        np.testing.assert_allclose(
            path.memories, path.updates, atol=1e-12
        )  # plain momentum steps by its memory
        assert path.final_value == path.values[-1] and path.lowest == path.values.min()

    def test_arrays_are_read_only(self):
        path = descend(bowl(), Adam())
        for name in ("points", "values", "gradients", "rates", "memories"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(path, name)[0] = 0

    def test_no_steps(self):
        path = descend(bowl(), Adam(), steps=0)
        assert path.steps == 0 and path.points.shape == (1, 2) and path.gradients.shape == (0, 2)
        assert path.updates.shape == (0, 2) and path.final_value == path.lowest == path.values[0]

    def test_a_rule_without_memory_has_zeros(self):
        assert not descend(bowl(), GradientDescent(0.1)).memories.any()
        assert not descend(bowl(), RMSProp(0.1)).memories.any()
        assert descend(bowl(), RMSProp(0.1, momentum=0.5)).memories.all()

    @pytest.mark.parametrize(
        ("name", "wrong"),
        [
            ("optimizer", Adam), ("optimizer", None), ("surface", bowl), ("surface", None),
            ("points", np.zeros((3, 3))), ("points", np.zeros(2)), ("points", None), ("points", "abc"),
            ("values", np.zeros(2)), ("values", None), ("rates", np.zeros(9)), ("rates", 3.0),
            ("gradients", np.zeros((3, 2))), ("memories", np.zeros((2, 3))), ("memories", [["a", "b"]] * 2),
        ],
    )  # fmt: skip
    def test_is_checked(self, name, wrong):
        parts = {
            "optimizer": Adam(), "surface": bowl(), "points": np.zeros((3, 2)), "values": np.zeros(3),
            "gradients": np.zeros((2, 2)), "rates": np.zeros(2), "memories": np.zeros((2, 2)),
        }  # fmt: skip
        Path(**parts)
        with refused(f"{name} must be "):
            Path(**{**parts, name: wrong})


@each_rule
@pytest.mark.parametrize("surface", [bowl(20.0), himmelblau()], ids=lambda surface: surface.name)
def test_the_loop_is_the_rule_repeated(kind, surface):
    rule = kind(learning_rate=0.01)
    path = descend(surface, rule, steps=60)
    w = np.array(surface.start)
    state = rule.initial_state(w)
    for step in range(60):
        w, state = rule.update(w, surface.gradient(w), state, step, 0.01)
        np.testing.assert_array_equal(path.points[step + 1], w)


def test_gradient_descent_on_a_bowl_is_a_geometric_series():
    path = descend(bowl(10), GradientDescent(0.05), steps=30, start=(1.0, 2.0))
    k = np.arange(31)[:, None]
    np.testing.assert_allclose(path.points, np.array([1.0, 2.0]) * np.array([0.95, 0.5]) ** k, rtol=1e-10)


@each_rule
def test_each_gets_down_the_bowl(kind):
    rate = {"AdaGrad": 2.0, "gradient descent": 0.15}.get(kind.name, 0.05)
    path = descend(bowl(10), kind(learning_rate=rate), steps=300)
    assert path.diverged_at is None and path.final_value < 1e-3 * path.values[0]


class TestNoise:
    def test_is_seeded_and_the_same_for_every_rule(self):
        one = descend(bowl(), GradientDescent(0.01), noise=0.5, seed=3, steps=50)
        again = descend(bowl(), GradientDescent(0.01), noise=0.5, seed=3, steps=50)
        other = descend(bowl(), GradientDescent(0.01), noise=0.5, seed=4, steps=50)
        adam = descend(bowl(), Adam(0.01), noise=0.5, seed=3, steps=50)
        np.testing.assert_array_equal(one.points, again.points)
        assert np.abs(one.points[1:] - other.points[1:]).min() > 0
        kicks = [path.gradients - path.surface.gradient(path.points[:-1]) for path in (one, adam)]
        np.testing.assert_allclose(kicks[0], kicks[1], atol=1e-12)

    def test_has_the_size_that_was_asked_for(self):
        path = descend(constant_slope((0.0, 0.0)), GradientDescent(1e-6), noise=2.0, steps=20000)
        assert path.gradients.mean(axis=0) == pytest.approx([0, 0], abs=0.06)
        assert path.gradients.std(axis=0) == pytest.approx([2, 2], rel=0.03)
        assert abs(np.corrcoef(path.gradients.T)[0, 1]) < 0.03

    def test_is_what_the_optimizer_sees(self):
        path = descend(bowl(), GradientDescent(0.01), noise=1.0, steps=20)
        np.testing.assert_allclose(path.updates, -0.01 * path.gradients, atol=1e-12)


class TestDivergence:
    def test_a_rate_above_two_over_the_curvature(self):
        calm, wild = (descend(bowl(10), GradientDescent(rate), steps=1000) for rate in (0.199, 0.201))
        assert calm.diverged_at is None and wild.diverged_at is not None
        assert wild.steps == wild.diverged_at < 1000
        assert wild.reason == "left the picture by a factor of 100"
        # The last point is the first outside: 100 widths of 10 from the middle.
        assert np.abs(wild.points[-1]).max() > 1000 >= np.abs(wild.points[:-1]).max()
        assert np.isfinite(wild.values).all()

    def test_infinity_is_left_out(self):
        path = descend(rosenbrock(), GradientDescent(1e300), steps=10)
        assert (path.diverged_at, path.reason, path.steps) == (1, "became infinite", 0)
        assert path.points.tolist() == [[-1.2, 1.0]] and path.gradients.shape == (0, 2)

    def test_a_slope_that_is_no_number(self):
        surface = constant_slope()
        broken = Surface(
            name="cliff", title="", formula="", limits=(-1, 1, -1, 1), start=(0, 0), value=surface.value,
            gradient=lambda w: np.where(w[..., :1] < -0.45, np.nan, 1.0) * np.array([1.0, 0.0]),
        )  # fmt: skip
        path = descend(broken, GradientDescent(0.1), steps=10)
        assert (path.diverged_at, path.steps, path.reason) == (6, 5, "became infinite")

    @each_rule
    @pytest.mark.parametrize("name", SURFACES)
    @pytest.mark.parametrize("rate", [1e-300, 1e-10, 1.0, 30.0, 1e10, 1e100, 1e300])
    @pytest.mark.parametrize("noise", [0.0, 1e308])
    def test_no_rate_warns(self, kind, name, rate, noise):
        """Warnings are errors in this run."""
        surface = SURFACES[name]()
        path = descend(surface, kind(learning_rate=rate), steps=30, noise=noise)
        for array in (path.points, path.values, path.rates):
            assert np.isfinite(array).all()
        assert len(path.points) == path.steps + 1 == len(path.values)
        if path.diverged_at is None:
            assert path.steps == 30 and path.reason is None
        else:
            assert path.reason and path.diverged_at - path.steps == (path.reason == "became infinite")
        if rate <= 1e-10 and noise == 0:
            assert path.diverged_at is None

    def test_weight_decay_can_run_away_too(self):
        assert descend(bowl(), AdamW(1.0, weight_decay=3.0), steps=200).diverged_at

    @pytest.mark.parametrize("downhill", [(1, 0), (-1, 0), (0, 1), (0, -1)])
    def test_a_valley_without_a_floor(self, downhill):
        """The picture is 2 wide, so the neighborhood ends 200 from its middle, on every side."""
        path = descend(constant_slope([-float(part) for part in downhill]), GradientDescent(1.0), steps=500)
        assert path.diverged_at == 201 and path.points[-1].tolist() == [201 * part for part in downhill]


class TestSchedules:
    @pytest.mark.parametrize("name", SCHEDULES)
    def test_each_is_followed(self, name):
        schedule = SCHEDULES[name]()
        path = descend(bowl(), GradientDescent(0.1), schedule=schedule, steps=100)
        losses = {"losses": path.values} if schedule.needs_loss else {}
        wanted = [schedule.rate(step, 0.1, **losses) for step in range(100)]
        np.testing.assert_allclose(path.rates, wanted)
        np.testing.assert_allclose(path.updates, -path.rates[:, None] * path.gradients, atol=1e-12)

    def test_reduce_on_plateau_sees_the_loss(self):
        # Bouncing between the same two points of a bowl, the loss stands still.
        surface, schedule = bowl(1), ReduceOnPlateau(patience=5)
        path = descend(surface, GradientDescent(2.0), schedule=schedule, steps=20)
        assert path.rates.tolist()[:7] == [2.0] * 5 + [1.0] * 2
        assert path.final_value == 0


@each_rule
@given(
    start=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
    rate=st.floats(1e-300, 1e300),
    steps=st.integers(0, 20),
    noise=st.floats(0, 1e308),
    seed=st.integers(0, 2**70),
)
def test_anything_allowed_ends_well(kind, start, rate, steps, noise, seed):
    path = descend(himmelblau(), kind(learning_rate=rate), start=start, steps=steps, noise=noise, seed=seed)
    assert np.isfinite(path.points).all() and np.isfinite(path.values).all()
    assert path.points[0].tolist() == list(start)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *[("surface", value) for value in (None, "bowl", bowl, 3, [])],
        *[("optimizer", value) for value in (None, "Adam", Adam, 0.1)],
        *[("schedule", value) for value in ("cosine", Cosine, 0.1, [])],
        *[("start", value) for value in ((1,), (1, 2, 3), (1, np.nan), (np.inf, 0), ("1", "2"), 3.0, "ab",
                                         (None, 1), (1, True), (1e6, 0), (0, -1e300), np.zeros((2, 2)))],
        *[("steps", value) for value in (-1, 1.5, None, "9", True, np.nan, np.inf, 10**6 + 1, 10**400, [3])],
        *[("noise", value) for value in (-0.1, None, "9", True, np.nan, np.inf, [3])],
        *[("seed", value) for value in (-1, 1.5, None, "9", True, np.nan, np.inf, [3])],
    ],
)  # fmt: skip
def test_arguments_are_checked(name, wrong):
    arguments = {"surface": bowl(), "optimizer": Adam(), name: wrong}
    with refused(f"{name} must be "):
        descend(**arguments)


def test_a_surface_that_does_not_keep_its_word():
    def but(**change):
        parts = {"name": "", "title": "", "formula": "", "limits": (-1, 1, -1, 1), "start": (0, 0)}
        right = {"value": lambda w: w[..., 0], "gradient": np.ones_like}
        return Surface(**parts, **{**right, **change})

    with pytest.raises(ValueError, match="gradient has shape"):
        descend(but(gradient=lambda w: np.ones(3)), Adam())
    with pytest.raises(ValueError, match="the loss is one finite number"):
        descend(but(value=lambda w: np.float64(np.nan)), Adam())
    with pytest.raises(ValueError, match="the loss is one finite number"):
        descend(but(value=lambda w: w), Adam())


def test_rastrigin_keeps_gradient_descent_where_it_lands():
    path = descend(rastrigin(), GradientDescent(0.002), steps=500)
    assert np.abs(path.points[-1] - np.round(path.points[-1])).max() < 0.03
    assert path.final_value > 5
