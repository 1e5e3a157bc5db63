import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths.regression import BatchPath, Problem, train
from bigmodel_nb.maths.schedules import SCHEDULES, ReduceOnPlateau, StepDecay


def refused(beginning):
    """The error that names argument, expectation and value."""
    return pytest.raises((TypeError, ValueError), match=rf"^{re.escape(beginning)}.*; received: ")


def made(loss="squared", n=50, d=2, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, d))
    score = x @ np.arange(1.0, d + 1) + 0.5 + random.normal(size=n)
    return Problem(x, score if loss == "squared" else score > 0, loss)


def order_of_rows(n, batch_size, passes, seed=0):
    """Which rows each step used. Every row has a feature of its own, whose weight moves when it is used."""
    problem = Problem(np.eye(n), np.ones(n))
    path = train(problem, batch_size=batch_size, learning_rate=0.01, examples=passes * n, seed=seed)
    moved = np.diff(path.points[:, :-1], axis=0) != 0
    return path, [set(np.flatnonzero(step)) for step in moved]


class TestBatches:
    @pytest.mark.parametrize("batch_size", [1, 3, 4, 7, 19, 20])
    def test_every_pass_uses_every_row_once_and_the_last_batch_is_kept(self, batch_size):
        path, used = order_of_rows(20, batch_size, passes=3)
        each_pass = -(-20 // batch_size)
        assert path.steps == 3 * each_pass
        for start in range(0, len(used), each_pass):
            batches = used[start : start + each_pass]
            assert sorted(row for batch in batches for row in batch) == list(range(20))
            sizes = [len(batch) for batch in batches]
            assert sizes == [batch_size] * (20 // batch_size) + [20 % batch_size] * (20 % batch_size > 0)
        assert path.examples_seen.tolist() == [0, *np.cumsum([len(step) for step in used])]

    def test_rows_are_shuffled_anew_for_every_pass(self):
        _path, used = order_of_rows(20, 1, passes=3)
        order = [row for step in used for row in step]
        first, second, third = order[:20], order[20:40], order[40:]
        assert first != second != third != first
        assert first != sorted(first)

    def test_the_seed_sets_the_order(self):
        orders = [order_of_rows(20, 1, passes=2, seed=seed)[1] for seed in (3, 3, 4)]
        assert orders[0] == orders[1] != orders[2]

    @pytest.mark.parametrize("batch_size", [1, 8, None])
    def test_x_and_y_are_shuffled_together(self, batch_size):
        """Where a line runs through all points, no batch can move it."""
        x = np.linspace(-1, 1, 30)
        path = train(Problem(x, 3 * x + 1), batch_size=batch_size, start=[3.0, 1.0], examples=90)
        np.testing.assert_allclose(path.points, [[3.0, 1.0]] * len(path.points), atol=1e-12)

    def test_a_short_batch_is_a_mean_over_its_own_rows(self):
        problem = Problem([[0.0]] * 3, [1.0] * 3)  # only the bias can move, by 2 * rate * (1 - bias)
        path = train(problem, batch_size=2, learning_rate=0.25, examples=3)
        np.testing.assert_allclose(path.points[:, 1], [0, 0.5, 0.75])

    def test_the_three_kinds_spend_the_same(self):
        problem = made()
        paths = [train(problem, batch_size=size, learning_rate=0.01, examples=150) for size in (None, 8, 1)]
        assert [path.kind for path in paths] == ["batch", "mini-batch", "stochastic"]
        assert [path.steps for path in paths] == [3, 21, 150]
        assert [path.examples_seen[-1] for path in paths] == [150] * 3

    def test_the_budget_is_never_exceeded(self):
        problem = made()  # 50 rows
        for size, budget, spent in (
            (None, 149, 100),
            (8, 20, 16),
            (8, 55, 50),
            (8, 58, 58),
            (1, 77, 77),
            (1, 0, 0),
            (None, 49, 0),
        ):
            assert (
                train(problem, batch_size=size, examples=budget, learning_rate=0.01).examples_seen[-1]
                == spent
            )

    def test_as_many_as_there_are_is_all(self):
        problem = made()
        one, two, three = (train(problem, batch_size=size) for size in (None, 50, 10**9))
        np.testing.assert_array_equal(one.points, two.points)
        np.testing.assert_array_equal(one.points, three.points)
        assert one.batch_size == three.batch_size == 50
        assert train(Problem([[1.0]], [1.0])).kind == "batch"


@pytest.mark.parametrize("loss", ["squared", "logistic"])
class TestSteps:
    @pytest.mark.parametrize("momentum", [0.0, 0.8])
    def test_full_batches_are_gradient_descent(self, loss, momentum):
        problem = made(loss)
        path = train(problem, learning_rate=0.1, momentum=momentum, examples=40 * 50, start=[1.0, -1.0, 0.5])
        w, velocity = np.array([1.0, -1.0, 0.5]), np.zeros(3)
        for step in range(40):
            velocity = momentum * velocity - 0.1 * problem.gradient(w)
            w = w + velocity
            np.testing.assert_allclose(path.points[step + 1], w, rtol=1e-10)

    def test_losses_are_over_all_rows(self, loss):
        problem = made(loss)
        path = train(problem, batch_size=7, learning_rate=0.05)
        np.testing.assert_allclose(path.losses, [problem.value(w) for w in path.points], rtol=1e-9)
        assert path.final_loss == path.losses[-1] and path.lowest == path.losses.min()
        assert path.losses.shape == path.examples_seen.shape == (path.steps + 1,)

    @pytest.mark.parametrize("batch_size", [None, 8, 1])
    def test_each_kind_gets_down(self, loss, batch_size):
        problem = made(loss, n=200)
        path = train(
            problem, batch_size=batch_size, learning_rate=0.02 if loss == "squared" else 0.2, examples=20000
        )
        best = train(problem, learning_rate=0.3, examples=500 * 200).final_loss
        assert path.final_loss - best < 0.1 * (path.losses[0] - best)
        assert path.diverged_at is None and path.reason is None

    @pytest.mark.tensorflow
    @pytest.mark.parametrize("momentum", [0.0, 0.5])
    def test_full_batches_are_those_of_keras(self, keras, loss, momentum):
        problem = made(loss)
        layer = keras.layers.Dense(1, kernel_initializer="zeros", dtype="float64")
        model = keras.Sequential([keras.Input((2,), dtype="float64"), layer])
        losses = {
            "squared": keras.losses.MeanSquaredError(),
            "logistic": keras.losses.BinaryCrossentropy(True),
        }
        # a power of two, since Keras keeps its rate in float32
        model.compile(keras.optimizers.SGD(0.125, momentum=momentum), losses[loss], run_eagerly=True)
        model.fit(problem.x, problem.y[:, None], batch_size=50, epochs=20, shuffle=False, verbose=0)
        theirs = np.append(layer.kernel.numpy()[:, 0], layer.bias.numpy())
        path = train(problem, learning_rate=0.125, momentum=momentum, examples=20 * 50)
        assert path.steps == 20
        np.testing.assert_allclose(path.points[-1], theirs, rtol=1e-6)

    @pytest.mark.parametrize("name", SCHEDULES)
    def test_schedules_are_followed(self, loss, name):
        schedule = SCHEDULES[name]()
        path = train(made(loss), batch_size=10, learning_rate=0.1, schedule=schedule, examples=500)
        losses = {"losses": path.losses} if schedule.needs_loss else {}
        np.testing.assert_allclose(path.rates, [schedule.rate(step, 0.1, **losses) for step in range(50)])

    def test_the_rate_of_a_schedule_is_used(self, loss):
        problem = made(loss)
        path = train(problem, learning_rate=0.1, schedule=StepDecay(every=1, factor=0.5), examples=150)
        for step, rate in enumerate([0.1, 0.05, 0.025]):
            moved = path.points[step + 1] - path.points[step]
            np.testing.assert_allclose(moved, -rate * problem.gradient(path.points[step]), rtol=1e-8)


def test_a_plateau_lowers_the_rate():
    problem = Problem([[0.0], [0.0]], [1.0, -1.0])  # nothing to learn: the best bias is the first
    path = train(problem, learning_rate=0.1, schedule=ReduceOnPlateau(patience=3), examples=20)
    assert path.rates.tolist() == pytest.approx(
        [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.0125]
    )


class TestDivergence:
    def test_a_rate_that_is_too_large(self):
        path = train(made(), learning_rate=3.0, examples=50 * 1000)
        assert path.diverged_at == path.steps < 1000
        assert path.reason == "the loss grew by a factor of a million"
        # the last point is the first with such a loss
        limit = 1e6 * path.losses[0]
        assert path.losses[-1] > limit >= path.losses[:-1].max()

    def test_infinity_is_left_out(self):
        path = train(made(), learning_rate=1e300)
        assert path.diverged_at == 1 and path.steps == 0 and path.reason == "became infinite"
        assert path.points.tolist() == [[0, 0, 0]]

    @pytest.mark.parametrize("loss", ["squared", "logistic"])
    @pytest.mark.parametrize("batch_size", [None, 8, 1])
    @given(
        rate=st.floats(1e-300, 1e300), momentum=st.floats(0, 1), examples=st.integers(0, 200),
        seed=st.integers(0, 2**70),
        start=st.lists(st.floats(-1e30, 1e30), min_size=3, max_size=3),
    )  # fmt: skip
    def test_anything_allowed_ends_well(self, loss, batch_size, rate, momentum, examples, seed, start):
        """Warnings are errors in this run."""
        path = train(
            made(loss), batch_size=batch_size, learning_rate=rate, momentum=momentum,
            examples=examples, seed=seed, start=start,
        )  # fmt: skip
        for array in (path.points, path.losses, path.rates):
            assert np.isfinite(array).all()
        assert path.steps == len(path.points) - 1
        assert (path.diverged_at is None) == (path.reason is None)


class TestBatchPath:
    parts = {
        "points": np.zeros((3, 3)),
        "examples_seen": [0, 1, 2],
        "losses": np.zeros(3),
        "rates": np.zeros(2),
    }

    def test_arrays_are_read_only(self):
        path = train(made())
        for name in self.parts:
            with pytest.raises(ValueError, match="read-only"):
                getattr(path, name)[0] = 1

    def test_one_of_ones_own(self):
        assert BatchPath(made(), 1, **self.parts).kind == "stochastic"

    @pytest.mark.parametrize(
        ("name", "wrong"),
        [("points", np.zeros((3, 2))), ("points", None), ("points", 3.0), ("losses", np.zeros(2)),
         ("losses", [np.nan] * 3), ("rates", np.zeros(3)), ("examples_seen", "abc"), ("batch_size", 0),
         ("batch_size", None), ("problem", None)],
    )  # fmt: skip
    def test_is_checked(self, name, wrong):
        with refused(f"{name} must be "):
            BatchPath(**{"problem": made(), "batch_size": 1, **self.parts, name: wrong})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *[("problem", value) for value in (None, "diabetes", ([1.0], [1.0]), Problem)],
        *[("batch_size", value) for value in (0, -1, 1.5, "8", True, np.nan, np.inf, [8])],
        *[("learning_rate", value) for value in (0, -1, None, "0.1", True, np.nan, np.inf, [0.1])],
        *[("examples", value) for value in (-1, 1.5, "9", True, np.nan, np.inf, 10**8, [9])],
        *[("start", value) for value in ([], [1.0], [1.0] * 4, "abc", [np.nan] * 3, [np.inf] * 3, 3.0,
                                         [True] * 3, [[1.0] * 3], [1e300] * 3, {})],
        *[("seed", value) for value in (-1, 1.5, None, "9", True, np.nan, [9])],
        *[("momentum", value) for value in (-0.1, 1.1, None, "9", True, np.nan, np.inf, [9])],
        *[("schedule", value) for value in ("cosine", StepDecay, 0.1, [])],
    ],
)  # fmt: skip
def test_arguments_are_checked(name, wrong):
    arguments = {"problem": made(), name: wrong}
    with refused(f"{name} must be "):
        train(**arguments)
