"""How far ahead a forecast is worth something: errors by horizon, against forecasts that cost nothing.

    errors = forecast_errors(model, data, horizon=60)     # of the test part, in the units of the series
    errors.by_horizon["model"][9]                         # ten steps ahead
    errors.beats("linear")                                # the steps ahead at which the model does

From each start the model sees true values once, `context_length` of them; from then on it is fed its own
forecasts, as it would be on the day (free-running). Feeding it the true values instead (teacher forcing) asks
for one step ahead only, again and again; that figure is given, too, and called what it is. The baselines run
free as well:

    persistence   it stays as it is now
    mean          the mean of the training part, whatever happened
    linear        a weighted sum of the same values, by ridge regression on the training part (A. E. Hoerl,
                  R. W. Kennard, 1970); how much ridge, the validation part decides
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb.arguments import one_of, whole, wrong_type, wrong_value
from bigmodel_nb.data.parts import Part, SplitDataset
from bigmodel_nb.language import gettext as _

MODEL, LINEAR, PERSISTENCE, MEAN = "model", "linear", "persistence", "mean"
BASELINES = (LINEAR, PERSISTENCE, MEAN)
RIDGES = (1e-8, 1e-6, 1e-4, 1e-2, 1.0)  # in parts of the mean square of an input
STARTS = 400  # at most, spread evenly over the part
EXAMPLES = 6  # forecasts that are kept to be looked at
FAR = 1e9  # scaled; a forecast that has run off stops here

Forecast = Callable[[np.ndarray], np.ndarray]  # (n, context_length) scaled values -> (n, 1 or more) next ones


@dataclass(frozen=True, eq=False)
class ForecastErrors:
    """Root mean squared errors in the units of the series.

    `by_horizon["model"][k - 1]` is that of k steps ahead, free-running, over `starts` starts; "linear",
    "persistence" and "mean" stand beside it. `teacher_forced` are those one step ahead from true values.
    `context`, `truth` and `paths` hold a few forecasts to look at.
    """

    by_horizon: Mapping[str, np.ndarray]
    teacher_forced: Mapping[str, float]
    starts: int
    name: str
    context: np.ndarray = field(repr=False)  # (examples, context_length)
    truth: np.ndarray = field(repr=False)  # (examples, horizon)
    paths: Mapping[str, np.ndarray] = field(repr=False)  # (examples, horizon) each

    @property
    def horizon(self) -> int:
        """The most steps ahead."""
        return len(self.by_horizon[MODEL])

    def beats(self, baseline: str = LINEAR) -> list[int]:
        """The steps ahead, counted from 1, at which the model has the smaller error than `baseline`."""
        other = self.by_horizon[one_of("baseline", baseline, BASELINES)]
        return [int(step) + 1 for step in np.flatnonzero(self.by_horizon[MODEL] < other)]

    def __str__(self) -> str:
        steps = sorted({max(1, round(self.horizon * share)) for share in (0, 0.1, 0.25, 0.5, 1)})
        head = _("steps ahead").ljust(14) + "".join(f"{step:>10}" for step in steps)
        rows = [
            _(name).ljust(14) + "".join(f"{errors[step - 1]:>10.4g}" for step in steps)
            for name, errors in self.by_horizon.items()
        ]
        forced = _("one step from true values (teacher-forced): {errors}").format(
            errors=", ".join(f"{_(name)} {error:.4g}" for name, error in self.teacher_forced.items())
        )
        return "\n".join([head, *rows, forced])

    __repr__ = __str__


def forecast_errors(
    model: Any, data: SplitDataset, horizon: int = 30, *, part: str = "test", starts: int = STARTS
) -> ForecastErrors:
    """The errors of `model`, and of the baselines, up to `horizon` steps ahead.

    model: a Keras model, (n, context_length, 1) scaled values in, (n, 1 or more) next ones out; or a function
        of such an array. A model that gives several values at once is fed all of them, and asked again.
    data: a series as `data.mackey_glass`, `data.forecast` or `data.series_from_csv` give it, with `stride=1`.
    part: "test", or "validation" while settings are still being chosen.
    starts: how many starts at most, spread evenly over the part. Neighbors share most of their values.
    """
    if not isinstance(data, SplitDataset) or data.task != "forecast":
        raise wrong_type("data", _("a series with windows, such as mackey_glass()"), data)
    row = series_of(getattr(data, one_of("part", part, ("test", "validation"))))
    length = data.train.x.shape[1]
    ahead = whole("horizon", horizon, 1)
    if len(row) < length + ahead:
        most = len(row) - length
        expected = _("at most {most}: {part} holds {count:,} values, of which the first {length} are seen")
        words = expected.format(most=most, part=part, count=len(row), length=length)
        raise wrong_value("horizon", words, horizon)
    every = np.lib.stride_tricks.sliding_window_view(row, length + ahead)
    count = min(len(every), whole("starts", starts, 1))
    chosen = every[np.unique(np.linspace(0, len(every) - 1, count).round().astype(int))]
    seen, truth = chosen[:, :length], chosen[:, length:]
    forecasters = {MODEL: _asked(model), **baselines(data)}
    undo = _undo(data)
    paths = {name: undo(free_run(one, seen, ahead)) for name, one in forecasters.items()}
    true = undo(truth)
    first = np.linspace(0, len(seen) - 1, min(EXAMPLES, len(seen))).round().astype(int)
    return ForecastErrors(
        by_horizon={name: np.sqrt(((path - true) ** 2).mean(axis=0)) for name, path in paths.items()},
        teacher_forced={name: _one_step(one, row, length, undo) for name, one in forecasters.items()},
        starts=len(seen),
        name=data.name,
        context=undo(seen[first]),
        truth=true[first],
        paths={name: path[first] for name, path in paths.items()},
    )


def free_run(forecast: Forecast, seen: Any, steps: int) -> np.ndarray:
    """`steps` values after each row of `seen` (n, context_length), by a forecaster that is fed its own
    forecasts: (n, steps)."""
    rows = np.array(seen, np.float64)
    length, made = rows.shape[1], 0
    while made < steps:
        found = np.asarray(forecast(rows[:, -length:]), np.float64)
        found = np.clip(np.nan_to_num(found, nan=FAR, posinf=FAR, neginf=-FAR), -FAR, FAR)
        rows = np.concatenate([rows, found], axis=1)
        made += found.shape[1]
    return rows[:, length : length + steps]


def baselines(data: SplitDataset) -> dict[str, Forecast]:
    """Linear, persistence and mean, fitted to the training part of `data`."""
    middle = float(series_of(data.train).mean())
    return {
        LINEAR: fit_linear(data),
        PERSISTENCE: lambda seen: seen[:, -1:],
        MEAN: lambda seen: np.full((len(seen), 1), middle),
    }


def fit_linear(data: SplitDataset) -> Forecast:
    """The next value as a weighted sum of the last ones and a constant: least squares with a ridge of those
    in `RIDGES` that has the smallest error one step ahead on the validation part."""
    length = data.train.x.shape[1]
    x, y = _next_values(series_of(data.train), length)
    held, wanted = _next_values(series_of(data.validation), length)
    shift, goal = x.mean(axis=0), y.mean()
    square, product = (x - shift).T @ (x - shift), (x - shift).T @ (y - goal)
    size = max(float(np.trace(square)) / length, np.finfo(float).tiny)
    best: tuple[float, np.ndarray] = (math.inf, np.zeros(length))
    for ridge in RIDGES:
        weights = np.linalg.solve(square + ridge * size * np.eye(length), product)
        error = float((((held - shift) @ weights + goal - wanted) ** 2).mean())
        if error < best[0]:
            best = error, weights
    weights = best[1]
    return lambda seen: ((seen - shift) @ weights + goal)[:, None]


def series_of(part: Part) -> np.ndarray:
    """The values (n,) that the windows of a part were cut from, scaled as they are."""
    x, y = np.asarray(part.x, np.float64), np.asarray(part.y, np.float64)
    if x.ndim != 3 or x.shape[2] != 1 or (len(x) > 1 and not np.array_equal(x[0, 1:], x[1, :-1])):
        raise wrong_value("data", _("windows of one series, with stride=1"), part.x)
    return np.concatenate([x[0, :, 0], x[1:, -1, 0], y[-1]])


def _next_values(row: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    windows = np.lib.stride_tricks.sliding_window_view(row, length + 1)
    return windows[:, :-1], windows[:, -1]


def _one_step(forecast: Forecast, row: np.ndarray, length: int, undo: Callable[..., np.ndarray]) -> float:
    x, y = _next_values(row, length)
    found = np.asarray(forecast(x), np.float64)[:, 0]
    return float(np.sqrt(((undo(found) - undo(y)) ** 2).mean()))


def _undo(data: SplitDataset) -> Callable[[np.ndarray], np.ndarray]:
    scaling = data.target_scaling
    return (
        (lambda values: values)
        if scaling is None
        else (lambda values: scaling.undo(values[..., None])[..., 0])
    )


def _asked(model: Any) -> Forecast:
    """A Keras model, or a function, as a forecaster."""
    expected = _("a Keras model or a function: (n, context_length, 1) in, (n, 1 or more) out")
    ask = getattr(model, "predict_on_batch", model)
    if not callable(ask):
        raise wrong_type("model", expected, model)

    def forecast(seen: np.ndarray) -> np.ndarray:
        found = np.asarray(ask(np.ascontiguousarray(seen[..., None], np.float32)))
        if found.ndim != 2 or len(found) != len(seen) or not found.shape[1]:
            raise wrong_value("model", expected, found)
        return found

    return forecast
