"""Values in the course of time, and the windows that forecast them.

    data = mackey_glass(n=5000, context_length=32)     # x (windows, 32, 1), y (windows, 1)
    data = forecast(temperatures, context_length=24, horizon=6)

The parts follow one another in time: the test is the future. Windows are cut inside each part, so none
straddles two parts and no value is in two of them; the scaling is fitted to the values of the training part.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np

from bigmodel_nb.arguments import between, one_of, whole, wrong_type, wrong_value
from bigmodel_nb.data.parts import Part, SplitDataset
from bigmodel_nb.data.scaling import SCALES, fit_scaling
from bigmodel_nb.data.splitting import checked_shares, counts
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers

MOST = 1_000_000
LONGEST = 10_000
LOUDEST = 10.0
STEPS = 10  # of the integration, in one unit of time
SETTLING = 1000  # units of time until the beginning is forgotten


def forecast(
    values: Any,
    *,
    context_length: int = 32,
    horizon: int = 1,
    stride: int = 1,
    validation: float = 0.15,
    test: float = 0.15,
    scale: str | None = "standardize",
    name: str = "series",
    source: str = "",
    license: str = "",
    citation: str = "",
) -> SplitDataset:
    """Windows of `values` (n,): x (windows, context_length, 1), and what follows: y (windows, horizon).

    A window begins every `stride` values. The first values are for training, then come `validation` and
    `test` (shares of n); ValueError where one of these is shorter than a window. `scale` is "standardize",
    "minmax" or None. `data.target_scaling.undo(y)` gives forecasts in the units of `values`. A series that
    repeats itself has equal windows in all parts: then the test asks for no more than that.
    """
    row = array_of_numbers("values", values)
    if row.ndim != 1:
        raise wrong_value(
            "values", _("an array of finite numbers of shape {shape}").format(shape="(n,)"), values
        )
    length, ahead = whole("context_length", context_length, 1, LONGEST), whole("horizon", horizon, 1, LONGEST)
    step, shares = whole("stride", stride, 1), checked_shares(validation, test)
    if scale is not None:
        one_of("scale", scale, SCALES)
    for text_name, text in {"name": name, "source": source, "license": license, "citation": citation}.items():
        if not isinstance(text, str):
            raise wrong_type(text_name, _("text"), text)
    sizes = _sizes("values", values, len(row), length + ahead, shares)
    scaling = None
    if scale is not None:
        scaling = fit_scaling(row[: sizes[0], None], scale)
        row = scaling.apply(row[:, None])[:, 0]
    notes = [_("the parts follow one another in time; no value is in two of them")]
    if scaling is not None:
        notes.append(_("values scaled ({kind}), fitted to the training part only").format(kind=scale))
    train, validate, last = (
        _windows(part, length, ahead, step) for part in np.split(row, np.cumsum(sizes)[:-1])
    )
    return SplitDataset(
        train=train,
        validation=validate,
        test=last,
        name=name,
        task="forecast",
        feature_names=("value",),
        target_names=tuple(_("{count} ahead").format(count=count) for count in range(1, ahead + 1)),
        source=source,
        license=license,
        citation=citation,
        notes=tuple(notes),
        scaling=scaling,
        target_scaling=scaling,
    )


def mackey_glass(
    n: int = 5000,
    *,
    tau: int = 17,
    noise: float = 0.0,
    context_length: int = 32,
    horizon: int = 1,
    seed: int = 0,
    validation: float = 0.15,
    test: float = 0.15,
) -> SplitDataset:
    """Forecasts of the Mackey-Glass equation, which is chaotic from a delay `tau` of about 17 on.

    n values as of `mackey_glass_values`, with normal `noise` (its standard deviation) added.
    """
    count = _checked_count(n, context_length, horizon, validation, test)
    loudness, number = between("noise", noise, 0, LOUDEST), whole("seed", seed, 0)
    values = _mackey_glass(count, whole("tau", tau, 1, 300), number)
    values = values + loudness * np.random.default_rng((number, 1)).standard_normal(count)
    return forecast(
        values,
        context_length=context_length,
        horizon=horizon,
        validation=validation,
        test=test,
        name="Mackey-Glass",
        source="made up by bigmodel_nb.data.series",
        license="CC0",
        citation="M. C. Mackey, L. Glass, 1977, Oscillation and chaos in physiological control systems",
    )


def mackey_glass_values(n: int = 5000, *, tau: int = 17, seed: int = 0) -> np.ndarray:
    """n values (n,), one for each unit of time, of dx/dt = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x(t).

    M. C. Mackey, L. Glass, 1977, "Oscillation and chaos in physiological control systems". Before time 0
    x is a constant drawn from 0.5 to 1.3 by `seed`; the first 1000 units of time are left out. Up to tau = 4
    the values come to rest at 1.
    """
    return _mackey_glass(whole("n", n, 1, MOST), whole("tau", tau, 1, 300), whole("seed", seed, 0)).copy()


def sine_mixture(
    n: int = 5000,
    *,
    waves: int = 3,
    noise: float = 0.05,
    context_length: int = 32,
    horizon: int = 1,
    seed: int = 0,
    validation: float = 0.15,
    test: float = 0.15,
) -> SplitDataset:
    """Forecasts of a sum of `waves` sines (1 to 100) and normal `noise` (its standard deviation).

    Periods of 8 to 80 values, amplitudes of 0.5 to 1 and phases are drawn by `seed`. What follows is known
    but for the noise: no forecast can be expected to have a mean squared error below noise^2 (unscaled).
    """
    count = _checked_count(n, context_length, horizon, validation, test)
    number, loudness = whole("waves", waves, 1, 100), between("noise", noise, 0, LOUDEST)
    random = np.random.default_rng(whole("seed", seed, 0))
    periods = np.exp(random.uniform(np.log(8), np.log(80), number))
    amplitudes, phases = random.uniform(0.5, 1, number), random.uniform(0, 2 * np.pi, number)
    values = loudness * random.standard_normal(count)
    for period, amplitude, phase in zip(periods, amplitudes, phases, strict=True):
        values += amplitude * np.sin(2 * np.pi * np.arange(count) / period + phase)
    return forecast(
        values,
        context_length=context_length,
        horizon=horizon,
        validation=validation,
        test=test,
        name="sine mixture",
        source="made up by bigmodel_nb.data.series",
        license="CC0",
        citation="",
    )


def _checked_count(n: Any, context_length: Any, horizon: Any, validation: Any, test: Any) -> int:
    count = whole("n", n, 1, MOST)
    window = whole("context_length", context_length, 1, LONGEST) + whole("horizon", horizon, 1, LONGEST)
    _sizes("n", n, count, window, checked_shares(validation, test))
    return count


def _sizes(name: str, value: Any, n: int, window: int, shares: tuple[float, float]) -> tuple[int, int, int]:
    """How many of n values each part gets; an error about `value` where one is shorter than a window."""
    sizes = counts(n, shares) if n >= 3 else (0, 0, 0)
    if min(sizes) < window:
        expected = _(
            "enough for windows of {window} values in each part (the shortest would have {shortest})"
        )
        raise wrong_value(name, expected.format(window=window, shortest=min(sizes)), value)
    return sizes


def _windows(values: np.ndarray, length: int, ahead: int, step: int) -> Part:
    cut = np.lib.stride_tricks.sliding_window_view(values, length + ahead)[::step]
    return Part(cut[:, :length, None], cut[:, length:])


@functools.lru_cache(maxsize=8)
def _mackey_glass(n: int, tau: int, seed: int) -> np.ndarray:
    before = np.random.default_rng(seed).uniform(0.5, 1.3)
    return integrate_mackey_glass(before, tau, SETTLING + n)[SETTLING:]


def integrate_mackey_glass(before: float, tau: int, units: int) -> np.ndarray:
    """x at the times 0, 1, ..., units - 1, where x was `before` up to time 0.

    Over one delay everything but the decay is known: x(t + h) = exp(-0.1 h) x(t) + the integral of what flows
    in, weakened by the time since. That integral is taken by Simpson's rule, with the delayed values halfway
    between two steps from the cubic through their four neighbors.
    """
    h, lag, total = 1 / STEPS, tau * STEPS, (units - 1) * STEPS
    x = np.full(lag + 2 + total, before)  # x[lag + 1] is time 0
    decay, half = np.exp(-0.1 * h), np.exp(-0.05 * h)
    for now in range(lag + 1, lag + 1 + total, lag - 1):
        size = min(lag - 1, lag + 1 + total - now)
        old = x[now - lag - 1 : now - lag + 2 + size]
        middle = (-old[:-3] + 9 * old[1:-2] + 9 * old[2:-1] - old[3:]) / 16
        flow = decay * _inflow(old[1:-2]) + 4 * half * _inflow(middle) + _inflow(old[2:-1])
        steps = itertools.accumulate((h / 6 * flow).tolist(), lambda x, f: decay * x + f, initial=x[now])
        x[now : now + size + 1] = list(steps)
    return x[lag + 1 :: STEPS].copy()


def _inflow(x: np.ndarray) -> np.ndarray:
    return 0.2 * x / (1 + x**10)
