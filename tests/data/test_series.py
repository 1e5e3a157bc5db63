import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.data import series
from bigmodel_nb.data.parts import PARTS
from bigmodel_nb.data.series import forecast, integrate_mackey_glass, mackey_glass_values


class TestWindows:
    @given(
        n=st.integers(30, 300), context=st.integers(1, 9), horizon=st.integers(1, 5),
        stride=st.integers(1, 7), validation=st.floats(0.1, 0.4), test=st.floats(0.1, 0.4),
    )  # fmt: skip
    def test_none_straddles_two_parts(self, n, context, horizon, stride, validation, test):
        """Each value is its own number, so that a window tells where it was cut."""
        try:
            data = forecast(
                np.arange(n), context_length=context, horizon=horizon, stride=stride, scale=None,
                validation=validation, test=test,
            )  # fmt: skip
        except ValueError as error:
            assert str(error).startswith("values must be enough for windows of")
            return
        seen = []
        for name in PARTS:
            x, y = getattr(data, name)
            whole = np.concatenate([x[:, :, 0], y], axis=1)
            assert (np.diff(whole, axis=1) == 1).all(), "a window is not in one piece"
            assert (np.diff(whole[:, 0]) == stride).all()
            seen.append(set(whole.ravel().astype(int)))
        assert not seen[0] & seen[1] and not seen[0] & seen[2] and not seen[1] & seen[2]
        assert max(seen[0]) < min(seen[1]) and max(seen[1]) < min(seen[2]), "the test is not the future"

    def test_every_value_is_used(self):
        data = forecast(np.arange(100), context_length=3, scale=None)
        seen = [np.concatenate([part.x.ravel(), part.y.ravel()]) for part in (data.train, data.test)]
        assert set(seen[0]) == set(range(70)) and set(seen[1]) == set(range(85, 100))

    def test_shapes_and_names(self):
        data = forecast(np.arange(100.0), context_length=8, horizon=2)
        assert data.train.x.shape == (61, 8, 1) and data.train.y.shape == (61, 2)
        assert data.task == "forecast" and data.target_names == ("1 ahead", "2 ahead")
        assert not hasattr(data, "num_classes")


@pytest.mark.parametrize("scale", ["standardize", "minmax"])
def test_the_scaling_knows_the_training_values_only(scale):
    """Whatever the future holds, the training part comes out the same."""
    values = np.random.default_rng(0).normal(size=200)
    before = forecast(values, context_length=5, scale=scale)
    values[140:] = 1e6
    after = forecast(values, context_length=5, scale=scale)
    np.testing.assert_array_equal(before.train.x, after.train.x)
    np.testing.assert_array_equal(before.train.y, after.train.y)
    fitted = values[:140]
    shift, factor = (
        (fitted.mean(), fitted.std()) if scale == "standardize" else (fitted.min(), np.ptp(fitted))
    )
    np.testing.assert_allclose([after.scaling.shift, after.scaling.factor], [[shift], [factor]])
    np.testing.assert_allclose(after.target_scaling.undo(after.test.y), 1e6, rtol=1e-6)


class TestMackeyGlass:
    def test_at_rest_where_it_balances(self):
        """0.2 x / (1 + x^10) = 0.1 x has the solution x = 1, which rounding errors leave slowly."""
        np.testing.assert_allclose(integrate_mackey_glass(1.0, 17, 100), 1, atol=1e-12)

    def test_before_the_first_delay_it_is_known(self):
        """What flows in is constant then: x relaxes toward 10 times that, with a time constant of 10."""
        inflow = 0.2 * 0.5 / (1 + 0.5**10)
        wanted = 10 * inflow + (0.5 - 10 * inflow) * np.exp(-0.1 * np.arange(17))
        np.testing.assert_allclose(integrate_mackey_glass(0.5, 17, 17), wanted, rtol=1e-9)

    def test_against_scipy_delay_by_delay(self):
        """In each delay the equation is an ordinary one, driven by what was found for the delay before."""
        from scipy.integrate import solve_ivp

        tau, before = 17, lambda t: np.full_like(np.asarray(t, float), 1.2)
        found, last = [np.array([1.2])], 1.2
        for delay in range(6):
            start = delay * tau

            def slope(t, x, old=before):
                past = old(t - tau)
                return 0.2 * past / (1 + past**10) - 0.1 * x

            done = solve_ivp(
                slope, (start, start + tau), [last], dense_output=True, rtol=1e-10, atol=1e-12, max_step=0.5
            )
            before, last = lambda t, sol=done.sol: sol(t)[0], done.y[0, -1]
            found.append(done.sol(np.arange(start + 1, start + tau + 1))[0])
        np.testing.assert_allclose(
            integrate_mackey_glass(1.2, tau, 6 * tau + 1), np.concatenate(found), atol=1e-4
        )

    def test_it_is_chaotic_where_it_should_be(self):
        first = integrate_mackey_glass(1.2, 17, 6000)
        second = integrate_mackey_glass(1.2 + 1e-7, 17, 6000)
        assert abs(first - second)[:100].max() < 1e-5 and abs(first - second).max() > 0.1
        assert mackey_glass_values(100, tau=3).std() < 1e-9

    def test_seeds(self):
        values = mackey_glass_values(200, seed=1)
        np.testing.assert_array_equal(values, mackey_glass_values(200, seed=1))
        assert abs(values - mackey_glass_values(200, seed=2)).max() > 0.01
        values[:] = 0  # a copy: the next one is untouched
        assert mackey_glass_values(200, seed=1).min() > 0.2

    def test_as_a_data_set(self):
        data = series.mackey_glass(n=1000, tau=17, seed=4, horizon=3)
        assert data.train.x.shape == (666, 32, 1) and data.train.y.shape == (666, 3)
        wanted = mackey_glass_values(1000, tau=17, seed=4)
        np.testing.assert_allclose(data.scaling.undo(data.test.x[0, :, 0]), wanted[850:882], atol=1e-6)
        loud = series.mackey_glass(n=1000, seed=4, noise=0.2)
        error = loud.scaling.undo(loud.train.x[:, 0, 0]) - wanted[: len(loud.train)]
        assert error.std() == pytest.approx(0.2, rel=0.1)


def test_a_mixture_is_a_sum_of_sines():
    """Without noise, k sines obey one linear recurrence of 2 k values, in training and in the test."""
    data = series.sine_mixture(n=2000, waves=2, noise=0, context_length=4, seed=3)
    x, y = data.train
    level = data.scaling.apply([[0.0]])[0, 0]
    weights = np.linalg.lstsq(x[:, :, 0] - level, y[:, 0] - level, rcond=None)[0]
    found = (data.test.x[:, :, 0] - level) @ weights + level
    np.testing.assert_allclose(found, data.test.y[:, 0], atol=1e-3)
    assert abs(found).max() > 0.5


def test_mixtures_have_seeds_and_noise():
    first, again, other = (series.sine_mixture(n=500, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.test.x, again.test.x)
    assert not np.array_equal(first.test.x, other.test.x)


HOSTILE = [
    ("n", 0), ("n", 40), ("n", None), ("n", 10**9), ("context_length", 0), ("context_length", 2.5),
    ("horizon", 0), ("horizon", "a"), ("seed", -1), ("seed", []), ("noise", -1), ("noise", None),
    ("validation", 0), ("test", 1.5), ("n", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "name", "wrong"),
    [
        *[(make, *pair) for make in (series.mackey_glass, series.sine_mixture) for pair in HOSTILE],
        *[(series.mackey_glass, "tau", wrong) for wrong in (0, 1.5, 301, None)],
        *[(mackey_glass_values, "tau", wrong) for wrong in (0, None)],
        *[(series.sine_mixture, "waves", wrong) for wrong in (0, 101, None)],
        *[(lambda make=forecast, **change: make(np.arange(300.0), **change), name, wrong)
          for name, wrong in [("stride", 0), ("stride", None), ("scale", "log"), ("scale", 1), ("name", 3),
                              ("source", None), ("horizon", 0), ("context_length", -1), ("test", 0)]],
    ],
)  # fmt: skip
def test_arguments_are_checked(make, name, wrong):
    with pytest.raises((TypeError, ValueError), match=rf"^{name} must be .*; received: "):
        make(**{name: wrong})


@pytest.mark.parametrize("number", [3, 3.0, np.int64(3)])
def test_a_seed_may_be_any_whole_number(number):
    np.testing.assert_array_equal(
        series.mackey_glass(400, seed=number).test.x, series.mackey_glass(400, seed=3).test.x
    )


@pytest.mark.parametrize("wrong", [
    None, "abc", 3.0, [], [1.0, 2.0], [[1.0] * 300], [np.nan] * 300, ["a"] * 300, {}, np.ones((300, 2)),
])  # fmt: skip
def test_values_are_checked(wrong):
    with pytest.raises((TypeError, ValueError)) as caught:
        forecast(wrong)
    assert re.match(r"^values must be .*; received: ", str(caught.value))
