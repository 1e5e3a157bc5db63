"""Answers to: inverted dropout."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

dropout = Answers()


@dropout.right
def mask_of_uniform_numbers(x, rate, training, rng):
    if not training:
        return x
    return x * (rng.random(x.shape) >= rate) / (1 - rate)


@dropout.right
def mask_of_coins(x, rate, training, rng):
    if training:
        x = np.where(rng.binomial(1, 1 - rate, size=np.shape(x)), np.divide(x, 1 - rate), 0)
    return x


@dropout.wrong("not rescaled")
def no_rescaling(x, rate, training, rng):
    return x * (rng.random(x.shape) >= rate) if training else x


@dropout.wrong("where training is False, too")
def active_at_test(x, rate, training, rng):
    return x * (rng.random(x.shape) >= rate) / (1 - rate)


@dropout.wrong("share that is kept")
def rate_is_kept(x, rate, training, rng):
    return x * (rng.random(x.shape) < rate) / rate if training else x


@dropout.wrong("Rescaling belongs to training")
def rescaled_at_test(x, rate, training, rng):
    return x * (rng.random(x.shape) >= rate) if training else x * (1 - rate)


@dropout.wrong("You multiply")
def multiplied(x, rate, training, rng):
    return x * (rng.random(x.shape) >= rate) * (1 - rate) if training else x


@dropout.wrong("You divide by rate")
def divided_by_rate(x, rate, training, rng):
    return x * (rng.random(x.shape) >= rate) / rate if training else x


@dropout.wrong("Each entry falls by itself")
def the_same_units_for_all_examples(x, rate, training, rng):
    return x * (rng.random(x.shape[1]) >= rate) / (1 - rate) if training else x


@dropout.wrong("Each entry falls by itself")
def whole_examples(x, rate, training, rng):
    return x * (rng.random((len(x), 1)) >= rate) / (1 - rate) if training else x


@dropout.wrong("draw from rng alone")
def a_generator_of_its_own(x, rate, training, rng):
    return x * (np.random.default_rng().random(x.shape) >= rate) / (1 - rate) if training else x


@dropout.wrong("Nothing is dropped")
def nothing_at_all(x, rate, training, rng):
    return x


@dropout.wrong("drops units where training is False")
def the_wrong_way_round(x, rate, training, rng):
    return x if training else x * 0


@dropout.wrong("in place")
def in_place(x, rate, training, rng):
    if training:
        x *= (rng.random(x.shape) >= rate) / (1 - rate)
    return x
