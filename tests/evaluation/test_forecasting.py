"""Forecasts that run free: what is fed back, what the baselines are, errors in the units of the series."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.data import mackey_glass, series_from_csv
from bigmodel_nb.data.series import forecast
from bigmodel_nb.evaluation.forecasting import (
    ForecastErrors,
    fit_linear,
    forecast_errors,
    free_run,
    series_of,
)
from bigmodel_nb.figures.forecast import ForecastFigure

WAVE = 5 + 3 * np.sin(np.arange(600) / 7)


def last(seen):
    return seen[:, -1]


@pytest.fixture(scope="module")
def wave():
    return forecast(WAVE, context_length=8, name="wave")


def test_a_free_run_sees_the_truth_once():
    asked = []

    def doubled(seen):
        asked.append(seen.copy())
        return 2 * seen[:, -1:]

    path = free_run(doubled, [[1.0, 2.0], [3.0, 5.0]], 3)
    assert path.tolist() == [[4, 8, 16], [10, 20, 40]]
    assert [one.tolist() for one in asked] == [
        [[1, 2], [3, 5]],
        [[2, 4], [5, 10]],
        [[4, 8], [10, 20]],
    ]


def test_several_values_at_once_are_all_fed_back():
    path = free_run(lambda seen: seen[:, -1:] + [[1, 2]], [[0.0]], 5)
    assert path.tolist() == [[1, 2, 3, 4, 5]]


def test_errors_are_those_of_the_series_in_its_own_units(wave):
    """Against the arithmetic on the values that were handed in, which the model never sees."""
    found = forecast_errors(last, wave, horizon=5, starts=10_000)
    test = WAVE[510:]
    starts = np.arange(len(test) - 8 - 5 + 1) + 8
    assert found.starts == len(starts)
    for ahead in range(1, 6):
        expected = np.sqrt(np.mean((test[starts + ahead - 1] - test[starts - 1]) ** 2))
        assert found.by_horizon["model"][ahead - 1] == pytest.approx(expected, rel=1e-5)
        assert found.by_horizon["persistence"][ahead - 1] == pytest.approx(expected, rel=1e-5)
        mean = np.sqrt(np.mean((test[starts + ahead - 1] - WAVE[:420].mean()) ** 2))
        assert found.by_horizon["mean"][ahead - 1] == pytest.approx(mean, rel=1e-5)
    assert found.teacher_forced["model"] == pytest.approx(np.sqrt(np.mean(np.diff(test[7:]) ** 2)), rel=1e-5)
    assert found.truth == pytest.approx(
        test[8:][np.arange(5)[None] + (starts[[*found_rows(starts)]] - 8)[:, None]]
    )


def found_rows(starts):
    return np.linspace(0, len(starts) - 1, 6).round().astype(int)


def test_a_wave_is_linear(wave):
    """sin(t + 1) = 2 cos(1) sin(t) - sin(t - 1): two values and a constant tell all that follow."""
    found = forecast_errors(last, wave, horizon=40)
    assert found.by_horizon["linear"].max() < 0.01 and found.by_horizon["persistence"].max() > 2
    assert found.beats("linear") == [] and found.beats("mean")[:3] == [1, 2, 3]


def test_linear_knows_nothing_of_the_test(wave):
    values = WAVE.copy()
    values[510:] = 1e5
    other = fit_linear(forecast(values, context_length=8))
    seen = series_of(wave.validation)[None, :8]
    assert fit_linear(wave)(seen) == pytest.approx(other(seen))


def test_series_come_back_from_their_windows(wave):
    assert wave.scaling.undo(series_of(wave.test)[:, None])[:, 0] == pytest.approx(WAVE[510:], rel=1e-5)


def test_what_runs_off_is_large_and_no_warning(wave):
    found = forecast_errors(lambda seen: 1e6 * seen[:, -1] + 1, wave, horizon=12)
    assert np.isfinite(found.by_horizon["model"]).all() and found.by_horizon["model"][-1] > 1e6


def test_it_says_what_was_measured(wave):
    text = str(forecast_errors(last, wave, horizon=30))
    assert "teacher-forced" in text and "persistence" in text and len(text.splitlines()) == 6


def test_a_series_of_the_readers_own(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("value\n" + "\n".join(f"{value:.6f}" for value in WAVE))
    found = forecast_errors(last, series_from_csv(path, context_length=8), horizon=5)
    assert found.by_horizon["persistence"][0] == pytest.approx(found.by_horizon["model"][0])
    assert "own" in found.name


def test_validation_is_another_part(wave):
    assert (
        forecast_errors(last, wave, 5, part="validation").by_horizon["model"][0]
        != forecast_errors(last, wave, 5).by_horizon["model"][0]
    )


@pytest.mark.tensorflow
def test_a_network_that_repeats_is_persistence(keras):
    data = mackey_glass(600, context_length=6)
    inputs = keras.Input((6, 1))
    model = keras.Model(inputs, inputs[:, -1])
    found = forecast_errors(model, data, horizon=7)
    assert found.by_horizon["model"] == pytest.approx(found.by_horizon["persistence"], rel=1e-4)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda wave: forecast_errors(last, "series"), "data"),
        (lambda wave: forecast_errors(last, forecast(WAVE, context_length=8, stride=2)), "stride=1"),
        (lambda wave: forecast_errors(last, wave, 83), "horizon must be at most 82"),
        (lambda wave: forecast_errors(last, wave, 0), "horizon"),
        (lambda wave: forecast_errors(last, wave, part="train"), "part"),
        (lambda wave: forecast_errors(last, wave, starts=0), "starts"),
        (lambda wave: forecast_errors(3, wave), "model"),
        (lambda wave: forecast_errors(lambda seen: seen[:3, -1], wave), "model"),
        (lambda wave: forecast_errors(lambda seen: seen, wave), "model"),
        (lambda wave: forecast_errors(last, wave).beats("luck"), "baseline"),
        (lambda wave: ForecastFigure("errors"), "errors"),
        (lambda wave: ForecastFigure(forecast_errors(last, wave), example=6), "example"),
    ],
)
def test_errors_name_the_argument(wave, call, says):
    with pytest.raises((ValueError, TypeError), match=says):
        call(wave)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_shows_what_came_and_what_was_forecast(wave, theme):
    errors = forecast_errors(last, wave, horizon=20)
    assert isinstance(errors, ForecastErrors)
    picture = ForecastFigure(errors, theme=theme)
    x, y = picture._paths["truth"].get_data()
    assert x[-1] == 20 and list(y[-20:]) == list(errors.truth[0])
    x, y = picture._paths["linear"].get_data()
    assert x[0] == 0 and list(y[1:]) == list(errors.paths["linear"][0])
    dashes = {
        str(line.get_linestyle()) + str(line._unscaled_dash_pattern) for line in picture._errors.values()
    }
    assert len(dashes) == 4 and picture.error.get_yscale() == "log"
    before = picture.encode()[1]
    picture.update(errors, example=3)
    assert picture.encode()[1] != before and "persistence" in picture.summary
