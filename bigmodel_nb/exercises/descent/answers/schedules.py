"""Answers to: warm-up and cosine."""

from __future__ import annotations

import math

import numpy as np

from bigmodel_nb.exercises.answers import Answers

schedule = Answers()


def _half_wave(progress, peak, final):
    return peak * (final + (1 - final) * (1 + np.cos(np.pi * progress)) / 2)


@schedule.right
def with_a_branch(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak * step / warmup
    return _half_wave((step - warmup) / (total - warmup), peak, final)


@schedule.right
def in_fractions_of_epochs(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    epoch = step / steps_per_epoch
    low = final * peak
    quarter = math.pi / 2 * (epoch - warmup_epochs) / (epochs - warmup_epochs)
    return np.where(
        epoch < warmup_epochs, peak * epoch / warmup_epochs, low + (peak - low) * math.cos(quarter) ** 2
    )


@schedule.right
def smaller_of_two(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup = warmup_epochs * steps_per_epoch
    left = max(step - warmup, 0) / ((epochs - warmup_epochs) * steps_per_epoch)
    return [min(1.0, step / warmup) * _half_wave(left, peak, final)]


@schedule.wrong("jumps")
def wave_from_step_0(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak * step / warmup
    return _half_wave(step / total, peak, final)


@schedule.wrong("epochs are taken for steps")
def epochs_for_steps(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    if step < warmup_epochs:
        return peak * step / warmup_epochs
    return _half_wave((step - warmup_epochs) / (epochs - warmup_epochs), peak, final)


@schedule.wrong("epochs are taken for steps")
def epochs_for_steps_clipped(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    if step < warmup_epochs:
        return peak * step / warmup_epochs
    return _half_wave(min(1.0, (step - warmup_epochs) / (epochs - warmup_epochs)), peak, final)


@schedule.wrong("epochs are taken for steps")
def warmup_epochs_for_steps(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    total = epochs * steps_per_epoch
    if step < warmup_epochs:
        return peak * step / warmup_epochs
    return _half_wave((step - warmup_epochs) / (total - warmup_epochs), peak, final)


@schedule.wrong("for a whole epoch")
def once_an_epoch(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    epoch = step // steps_per_epoch
    if epoch < warmup_epochs:
        return peak * epoch / warmup_epochs
    return _half_wave((epoch - warmup_epochs) / (epochs - warmup_epochs), peak, final)


@schedule.wrong("never reaches its end")
def divided_by_the_whole_run(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak * step / warmup
    return _half_wave((step - warmup) / total, peak, final)


@schedule.wrong("goes down")
def warmup_from_the_peak(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak * (1 - step / warmup)
    return _half_wave((step - warmup) / (total - warmup), peak, final)


@schedule.wrong("no warm-up")
def constant_first(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak
    return _half_wave((step - warmup) / (total - warmup), peak, final)


@schedule.wrong("one step early")
def off_by_one(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak * (step + 1) / warmup
    return _half_wave((step - warmup) / (total - warmup), peak, final)


@schedule.wrong("ends at 0")
def final_forgotten(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak * step / warmup
    return _half_wave((step - warmup) / (total - warmup), peak, 0.0)


@schedule.wrong("share of the peak")
def final_as_a_rate(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak * step / warmup
    return _half_wave((step - warmup) / (total - warmup), peak, final / peak)


@schedule.wrong("quarter of a wave")
def quarter_wave(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak * step / warmup
    return peak * (final + (1 - final) * np.cos(np.pi / 2 * (step - warmup) / (total - warmup)))


@schedule.wrong("straight line")
def linear_decay(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak * step / warmup
    return peak * (final + (1 - final) * (1 - (step - warmup) / (total - warmup)))


@schedule.wrong("twice the peak")
def not_halved(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak * step / warmup
    return peak * (final + (1 - final) * (1 + np.cos(np.pi * (step - warmup) / (total - warmup))))


@schedule.wrong("falls short of the peak")
def warmup_over_the_whole_run(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak * step / total
    return _half_wave((step - warmup) / (total - warmup), peak, final)


@schedule.wrong("cut off at final")
def cut_off(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak * step / warmup
    return max(final * peak, _half_wave((step - warmup) / (total - warmup), peak, 0.0))


@schedule.wrong("whole wave")
def whole_wave(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    warmup, total = warmup_epochs * steps_per_epoch, epochs * steps_per_epoch
    if step < warmup:
        return peak * step / warmup
    return _half_wave(2 * (step - warmup) / (total - warmup), peak, final)


def _bent(where, change):
    """The right curve, but for the steps that `where(step, warmup, total)` picks."""

    def rate_at(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
        rate = with_a_branch(step, peak, warmup_epochs, epochs, steps_per_epoch, final)
        picked = where(step, warmup_epochs * steps_per_epoch, epochs * steps_per_epoch)
        return change(rate, peak) if picked else rate

    return rate_at


schedule.wrong_value(
    "starts above 0", _bent(lambda n, up, end: n == 0, lambda rate, peak: peak / 10), "starts at"
)
schedule.wrong_value(
    "curved warm-up",
    _bent(lambda n, up, end: n < up, lambda rate, peak: rate**2 / peak),
    "during the warm-up",
)
schedule.wrong_value(
    "lower after the warm-up",
    _bent(lambda n, up, end: n >= up, lambda rate, peak: 0.7 * rate),
    "jumps where the warm-up ends",
)
schedule.wrong_value(
    "0 at the end", _bent(lambda n, up, end: n == end, lambda rate, peak: 0.0), "not at final * peak"
)
schedule.wrong_value(
    "a dip on the way", _bent(lambda n, up, end: n == up + 3, lambda rate, peak: rate / 2), "both of its ends"
)
schedule.wrong_value(
    "not a number", _bent(lambda n, up, end: n == end, lambda rate, peak: float("nan")), "not finite"
)


@schedule.wrong("one number")
def whole_curve(step, peak, warmup_epochs, epochs, steps_per_epoch, final=0.0):
    return [with_a_branch(n, peak, warmup_epochs, epochs, steps_per_epoch, final) for n in range(step + 2)]
