"""Answers to: sampling with temperature."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

temperatures = Answers()


def _softmax(logits):
    raised = np.exp(logits - logits.max())
    return raised / raised.sum()


def _cold(logits):
    return np.eye(len(logits))[logits.argmax()]


@temperatures.right
def in_two_cases(logits, temperature):
    return _softmax(logits / temperature) if temperature else _cold(logits)


@temperatures.right
def as_a_list_in_float32(logits, temperature):
    best = int(np.argmax(logits))
    if temperature == 0:
        return [float(place == best) for place in range(len(logits))]
    raised = np.exp(((logits - logits[best]) / temperature).astype(np.float32))
    return list(raised / raised.sum())


@temperatures.right
def powers_of_probabilities(logits, temperature):
    if temperature == 0:
        return _cold(logits)
    logs = logits - logits.max() - np.log(np.exp(logits - logits.max()).sum())
    return _softmax(logs / temperature)


@temperatures.wrong("multiply by the temperature")
def multiplied(logits, temperature):
    return _softmax(logits * temperature) if temperature else _cold(logits)


@temperatures.wrong("divide by 0")
def zero_forgotten(logits, temperature):
    return _softmax(logits / temperature)


@temperatures.wrong("raised")
def zero_raises(logits, temperature):
    return _softmax(logits * (1 / temperature))


@temperatures.wrong("overflow")
def no_largest_subtracted(logits, temperature):
    if temperature == 0:
        return _cold(logits)
    raised = np.exp(logits / temperature)
    return raised / raised.sum()


@temperatures.wrong("changes nothing")
def probabilities_divided(logits, temperature):
    if temperature == 0:
        return _cold(logits)
    scaled = _softmax(logits) / temperature
    return scaled / scaled.sum()


@temperatures.wrong("divide the probabilities")
def not_scaled_back(logits, temperature):
    return _softmax(logits) / temperature if temperature else _cold(logits)


@temperatures.wrong("softmax of them")
def softmax_twice(logits, temperature):
    return _softmax(_softmax(logits) / temperature) if temperature else _cold(logits)


@temperatures.wrong("logits still")
def no_softmax(logits, temperature):
    return logits / temperature if temperature else _cold(logits)


@temperatures.wrong("add up to 1")
def not_normalized(logits, temperature):
    return np.exp(logits / temperature) if temperature else _cold(logits)


@temperatures.wrong("what 1 gives")
def zero_as_one(logits, temperature):
    return _softmax(logits / (temperature or 1))


@temperatures.wrong("infinite temperature")
def zero_as_infinity(logits, temperature):
    return _softmax(logits / temperature) if temperature else np.full(len(logits), 1 / len(logits))


@temperatures.wrong("which token it is")
def index_of_the_largest(logits, temperature):
    return _softmax(logits / temperature) if temperature else np.argmax(logits)


@temperatures.wrong("That is temperature 0")
def always_the_largest(logits, temperature):
    return _cold(logits)


@temperatures.wrong("logarithms")
def log_probabilities(logits, temperature):
    with np.errstate(all="ignore"):
        return np.log(in_two_cases(logits, temperature))
