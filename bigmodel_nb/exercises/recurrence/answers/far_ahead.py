"""Answers to: beat persistence, 20 steps ahead."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

far_ahead = Answers()


class _Bent:
    """Random units of tanh over the past and a linear read-out: 200 units, in some milliseconds."""

    def __init__(self, values, ahead=20, units=200):
        rng = np.random.default_rng(1)
        self.mean, self.deviation = values.mean(), values.std()
        self.W, self.b = rng.normal(size=(64, units)) / 8, rng.normal(size=units)
        cut = np.lib.stride_tricks.sliding_window_view((values - self.mean) / self.deviation, 64 + ahead)
        self.past, self.future = cut[:, :64], cut[:, 64:]
        rows = self.units(self.past[:900])
        square = rows.T @ rows + 1e-2 * np.eye(rows.shape[1])
        self.read = np.linalg.solve(square, rows.T @ self.future[:900])
        gap = self.units(self.past[984:]) @ self.read - self.future[984:]
        self.errors = self.deviation * np.sqrt(np.mean(gap**2, axis=0))

    def units(self, past):
        return np.concatenate([np.tanh(past @ self.W + self.b), np.ones((len(past), 1))], axis=1)

    def scaled(self, past):
        return self.units((past[None] - self.mean) / self.deviation)[0] @ self.read

    def __call__(self, past):
        return self.scaled(past) * self.deviation + self.mean


@far_ahead.right
def all_steps_at_once(values):
    model = _Bent(values)
    return model, model.errors[-1]


@far_ahead.right
def step_by_step(values):
    """One step ahead, fed with its own forecasts; the promise is measured the same way."""
    model = _Bent(values, ahead=1)

    def predict(past):
        row = past
        for _time in range(20):
            row = np.append(row, model(row[-64:]))
        return row[64:]

    cut = np.lib.stride_tricks.sliding_window_view(values, 84)[1000::3]
    gaps = [predict(row[:64])[-1] - row[-1] for row in cut]
    return predict, np.sqrt(np.mean(np.square(gaps)))


@far_ahead.wrong("one step ahead, with the true values")
def promised_with_true_values(values):
    model = _Bent(values)
    return model, model.errors[0]


@far_ahead.wrong("scaled units")
def promised_in_scaled_units(values):
    model = _Bent(values)
    return model, model.errors[-1] / model.deviation


@far_ahead.wrong("You promised")
def promised_out_of_hope(values):
    return _Bent(values), 1e-9


@far_ahead.wrong("forecasts are scaled")
def forecasts_in_scaled_units(values):
    model = _Bent(values)
    return model.scaled, model.errors[-1]


@far_ahead.wrong("the same value")
def persistence(values):
    return lambda past: np.repeat(past[-1], 20), 1.0


@far_ahead.wrong("the same value")
def the_mean(values):
    return lambda past: np.full(20, values.mean()), values.std()


@far_ahead.wrong("bend it")
def linear(values):
    cut = np.lib.stride_tricks.sliding_window_view(values - values.mean(), 84)
    read = np.linalg.lstsq(cut[:, :64], cut[:, 64:], rcond=1e-6)[0]
    return lambda past: (past - values.mean()) @ read + values.mean(), 1.0


@far_ahead.wrong("wrong order")
def last_value_first(values):
    model = _Bent(values)
    return lambda past: model(past)[::-1], model.errors[-1]


@far_ahead.wrong("the next 20 values")
def step_twenty_alone(values):
    model = _Bent(values)
    return lambda past: model(past)[-1], model.errors[-1]


@far_ahead.wrong("must be a function")
def forecasts_for_a_function(values):
    return values[-20:], 1.0


@far_ahead.wrong("predict(past) stopped with")
def expects_a_batch(values):
    model = _Bent(values)
    return lambda past: model(past[:, :64]), model.errors[-1]


@far_ahead.wrong("positive number")
def no_promise(values):
    return _Bent(values), "small"


@far_ahead.wrong("return 2 things")
def function_alone(values):
    return _Bent(values)
