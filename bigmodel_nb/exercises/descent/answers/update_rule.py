"""Answers to: update step."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

step = Answers()


@step.right
def in_one_line(w, gradient, rate):
    return w - rate * gradient


@step.right
def entry_by_entry(w, gradient, rate):
    return [entry - rate * slope for entry, slope in zip(w, gradient, strict=True)]


@step.right
def in_place_on_a_copy(w, gradient, rate):
    new = w.copy()
    new -= rate * gradient
    return new


@step.wrong("walks uphill")
def plus_sign(w, gradient, rate):
    return w + rate * gradient


@step.wrong("in place")
def in_place(w, gradient, rate):
    w -= rate * gradient
    return w


@step.wrong("The rate is missing")
def rate_forgotten(w, gradient, rate):
    return w - gradient


@step.wrong("The gradient is missing")
def gradient_forgotten(w, gradient, rate):
    return w - rate


@step.wrong("by its length")
def normalized(w, gradient, rate):
    return w - rate * gradient / np.sqrt((gradient**2).sum())


@step.wrong("only the sign")
def sign_only(w, gradient, rate):
    return w - rate * np.sign(gradient)


@step.wrong("return the change")
def only_the_change(w, gradient, rate):
    return -rate * gradient


@step.wrong("divide by the rate")
def divided_by_the_rate(w, gradient, rate):
    return w - gradient / rate


@step.wrong("mean gradient")
def mean_gradient(w, gradient, rate):
    return w - rate * np.mean(gradient)


@step.wrong("return missing")
def no_return(w, gradient, rate):
    w = w - rate * gradient


@step.wrong("3 arguments")
def two_arguments(w, gradient):
    return w - 0.1 * gradient


@step.wrong("w minus the change")
def the_change_without_its_sign(w, gradient, rate):
    return rate * gradient


@step.wrong("share of w")
def weight_decay(w, gradient, rate):
    return w - rate * w


@step.wrong("summed gradient")
def summed_gradient(w, gradient, rate):
    return w - rate * np.sum(gradient)


@step.wrong("nothing has moved")
def unchanged(w, gradient, rate):
    new = w - rate * gradient  # noqa: F841 (the fault on show)
    return w
