"""Chapter 5: forecasting 20 steps ahead, and saying how well, in the units of the series."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.data.series import mackey_glass_values
from bigmodel_nb.exercises import unfinished, values
from bigmodel_nb.exercises.calling import Call, ReaderFunction
from bigmodel_nb.exercises.exercise import Exercise
from bigmodel_nb.exercises.fault import Unfinished
from bigmodel_nb.exercises.values import Shown
from bigmodel_nb.language import gettext as _

LEARN, HELD = 1200, 700
KINDS = 12  # series to draw from: making one takes a while
PAST, AHEAD = 64, 20
EVERY = 7  # held-out forecasts begin so many values apart
SHARE = 0.1  # of persistence's error. Answering the mean: 0.54; a linear forecast: 0.2; ours: 0.02 to 0.04
HONEST = 2.5  # the factor by which a promised error may be off: 90 forecasts do not say it better


def practice_series(seed: int) -> np.ndarray:
    """A chaotic series (1200,) to learn from, in units that `seed` chooses."""
    return _series(arguments.whole("seed", seed, 0))[:LEARN].copy()


@functools.lru_cache(maxsize=KINDS)
def _series(seed: int) -> np.ndarray:
    rng = np.random.default_rng((seed, 5))
    return rng.uniform(800, 1600) + rng.uniform(400, 800) * mackey_glass_values(LEARN + HELD, seed=seed)


def _try_forecaster(forecaster: ReaderFunction, rng: np.random.Generator) -> str:
    seed = int(rng.integers(KINDS))
    series = _series(seed)
    learn = series[:LEARN]
    call = forecaster(values=Shown(learn, f"recurrence.practice_series({seed})"))
    predict, promised = call.parts("predict", "error")
    promise = _promise(call, promised)
    cut = np.lib.stride_tricks.sliding_window_view(series[LEARN:], PAST + AHEAD)[::EVERY]
    past, future = cut[:, :PAST], cut[:, PAST:]
    found = np.stack([_forecast(call, predict, row.copy()) for row in past])
    errors = np.sqrt(np.mean((found - future) ** 2, axis=0))
    persistence = float(np.sqrt(np.mean((past[:, -1] - future[:, -1]) ** 2)))
    _judge_error(call, found, future, float(errors[-1]), persistence, learn)
    _judge_promise(call, promise, errors, float(learn.std()))
    return _(
        "Off by {error:.3g} at step {ahead}, where persistence is off by {persistence:.3g}; and you had "
        "promised {promise:.3g}. An error that is measured as the model will be used can be promised."
    ).format(error=errors[-1], ahead=AHEAD, persistence=persistence, promise=promise)


def _promise(call: Call, promised: Any) -> float:
    number = values.as_numbers(promised)
    if number is None or number.shape != () or not np.isfinite(number) or number <= 0:
        raise call.fault(
            _("The error that you promise must be a positive number, in the units of values."),
            expected=_("a positive number"),
            received=arguments.received(promised),
        )
    return float(number)


def _forecast(call: Call, predict: Any, past: np.ndarray) -> np.ndarray:
    expected = _("a function from the last {past} values to the next {ahead}").format(past=PAST, ahead=AHEAD)
    if not callable(predict):
        raise call.fault(
            _("The first thing that you return must be a function."),
            expected=expected,
            received=arguments.received(predict),
        )
    try:
        with np.errstate(all="ignore"):
            answer = predict(past)
    except Exception as error:
        if unfinished.about_dots(error):
            raise Unfinished(_("Replace the ... and run the cell again.")) from None
        raise call.fault(
            _("predict(past) stopped with {error}.").format(error=type(error).__name__),
            expected=expected,
            received=" ".join(str(error).split())[:200] or type(error).__name__,
        ) from None
    if unfinished.holds_dots(answer) or (answer is None and unfinished.empty_body(predict)):
        raise Unfinished(_("Replace the ... and run the cell again."))
    numbers = values.as_numbers(answer)
    if numbers is None or numbers.size != AHEAD or not np.isfinite(numbers).all():
        raise call.fault(
            _("predict(past) must return the next {ahead} values, of shape ({ahead},).").format(ahead=AHEAD),
            expected=expected,
            received=values.text(answer),
        )
    return numbers.ravel()


def _judge_error(
    call: Call, found: np.ndarray, future: np.ndarray, error: float, persistence: float, learn: np.ndarray
) -> None:
    if error < SHARE * persistence:
        return
    message = _(
        "At step {ahead} it is off by {share:.2f} of what persistence is off by. A straight line through the "
        "past (a linear model) comes to about 0.2: bend it."
    ).format(ahead=AHEAD, share=error / persistence)
    if np.sqrt(np.mean((found * learn.std() + learn.mean() - future) ** 2)) < 0.5 * persistence:
        message = _("Your forecasts are scaled. Undo it: they must come in the units of `past`.")
    elif np.ptp(found, axis=1).max() == 0:
        message = _("You say the same value for all {ahead} steps. The past says more.").format(ahead=AHEAD)
    elif np.sqrt(np.mean((found[:, ::-1] - future) ** 2)) < SHARE * persistence:
        message = _("Your forecasts come in the wrong order: the next value first.")
    raise call.fault(
        message,
        expected=_("an error below {limit:.2f} at step {ahead}").format(
            limit=SHARE * persistence, ahead=AHEAD
        ),
        received=f"{error:.2f}",
    )


def _judge_promise(call: Call, promise: float, errors: np.ndarray, deviation: float) -> None:
    last = float(errors[-1])
    if last / HONEST <= promise <= last * HONEST:
        return
    known = [
        (
            last / deviation,
            _("That is an error in scaled units. Promise it in the units of values: times the deviation."),
        ),
        (
            float(errors[0]),
            _(
                "That is the error one step ahead, with the true values given at each step. Nobody has them: "
                "measure it at step {ahead}."
            ).format(ahead=AHEAD),
        ),
        (last**2, _("That is the mean of the squares. Take the root: the units of values.")),
    ]
    off = [abs(np.log(promise / value)) for value, _words in known]
    message = _("You promised {promise:.3g}, and it is off by {error:.3g}. Measure on values of the end.")
    message = message.format(promise=promise, error=last)
    if min(off) < np.log(HONEST):
        message = known[int(np.argmin(off))][1]
    raise call.fault(
        message, expected=_("about {error:.3g}").format(error=last), received=values.text(promise)
    )


forecaster = Exercise(
    key="05/forecaster",
    handle="recurrence.forecaster",
    title=_("Beat persistence, 20 steps ahead"),
    kind=_("open challenge"),
    words=_(
        "`values` (1200,) is a chaotic series. Return a function `predict(past)` from its last 64 values to "
        "the next 20, and the error that you promise: the root mean square of its error at step 20, in the "
        "units of values. The check forecasts what comes after: the error must be below a tenth of "
        "persistence's (which says that the last value stays), and your promise must be honest. "
        "`forecaster(recurrence.practice_series(7))` tries it."
    ),
    signature="forecaster(values)",
    template='''
def forecaster(values):
    """A function from 64 values (64,) to the next 20 (20,), and its error at step 20."""
    mean, deviation = values.mean(), values.std()
    cut = np.lib.stride_tricks.sliding_window_view((values - mean) / deviation, 84)
    past, future = cut[:, :64], cut[:, 64:]
    # learn from the first rows, measure on the last

    def predict(past):
        return ...

    return predict, ...
''',
    hints=(
        _("Which rows of past and future will you hold back, so that you can measure what you promise?"),
        _(
            "A recurrent layer with random weights that are never trained turns 64 values into a state; the "
            "20 next values are a linear function of it, found by least squares (an echo state network, H. "
            "Jaeger, 2001). `recurrence.unroll` of `bigmodel_nb.maths` runs it. So does a GRU, with `fit`."
        ),
        _(
            "`read = np.linalg.lstsq(states[:900], future[:900], rcond=None)[0]`; the promise is the error "
            "of `states[984:] @ read` at `[:, -1]`, times `deviation`."
        ),
    ),
    ours='''
def forecaster(values):
    """A function from 64 values (64,) to the next 20 (20,), and its error at step 20."""
    mean, deviation = values.mean(), values.std()
    cut = np.lib.stride_tricks.sliding_window_view((values - mean) / deviation, 84)
    past, future = cut[:, :64], cut[:, 64:]
    rng = np.random.default_rng(0)
    W, b = rng.normal(size=(1, 80)), rng.normal(size=80) / 3
    U = rng.normal(size=(80, 80)) / 10                        # spectral radius about 0.9

    def state(past):
        h = np.zeros((len(past), 80))
        for t in range(64):
            h = np.tanh(past[:, t : t + 1] @ W + h @ U + b)
        return np.concatenate([h, np.ones((len(h), 1))], axis=1)

    def solve(rows):                                          # least squares, slightly damped
        return np.linalg.solve(rows.T @ rows + 1e-3 * np.eye(81), rows.T @ future[: len(rows)])

    states = state(past)
    held = states[984:] @ solve(states[:900]) - future[984:]  # windows that share no value
    read = solve(states)

    def predict(past):
        return (state((past[None] - mean) / deviation) @ read)[0] * deviation + mean

    return predict, deviation * np.sqrt(np.mean(held[:, -1] ** 2))
''',
    trial=_try_forecaster,
    answers="bigmodel_nb.exercises.recurrence.answers.far_ahead:far_ahead",
)
