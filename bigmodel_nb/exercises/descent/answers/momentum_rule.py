"""Answers to: momentum."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

momentum = Answers()


@momentum.right
def two_lines(w, v, gradient, rate, m):
    v = m * v - rate * gradient
    return w + v, v


@momentum.right
def as_a_stack_of_arrays(w, v, gradient, rate, m):
    step = np.add(np.multiply(m, v), -np.multiply(rate, gradient))
    return np.array([w + step, step])


@momentum.right
def with_PyTorchs_velocity_inside(w, v, gradient, rate, m):
    collected = m * (-v / rate) + gradient
    return [w - rate * collected, -rate * collected]


@momentum.wrong("old velocity is forgotten")
def velocity_reset(w, v, gradient, rate, m):
    v = np.zeros_like(w)
    v = m * v - rate * gradient
    return w + v, v


@momentum.wrong("rate is applied twice")
def rate_twice(w, v, gradient, rate, m):
    v = m * v - rate * gradient
    return w + rate * v, v


@momentum.wrong("uphill")
def plus_sign(w, v, gradient, rate, m):
    v = m * v + rate * gradient
    return w + v, v


@momentum.wrong("You average")
def exponential_average(w, v, gradient, rate, m):
    v = m * v - (1 - m) * rate * gradient
    return w + v, v


@momentum.wrong("You average")
def average_of_gradients(w, v, gradient, rate, m):
    v = m * v + (1 - m) * gradient
    return w - rate * v, v


@momentum.wrong("PyTorch")
def PyTorchs_convention(w, v, gradient, rate, m):
    v = m * v + gradient
    return w - rate * v, v


@momentum.wrong("v points downhill already")
def minus_the_velocity(w, v, gradient, rate, m):
    v = m * v - rate * gradient
    return w - v, v


@momentum.wrong("old velocity. Move by the new one")
def moved_by_the_old_velocity(w, v, gradient, rate, m):
    return w + v, m * v - rate * gradient


@momentum.wrong("m is missing")
def no_friction(w, v, gradient, rate, m):
    v = v - rate * gradient
    return w + v, v


@momentum.wrong("rate is missing")
def no_rate(w, v, gradient, rate, m):
    v = m * v - gradient
    return w + v, v


@momentum.wrong("m scales the gradient too")
def brackets(w, v, gradient, rate, m):
    v = m * (v - rate * gradient)
    return w + v, v


@momentum.wrong("Nesterov")
def Nesterovs_variant(w, v, gradient, rate, m):
    v = m * v - rate * gradient
    return w + m * v - rate * gradient, v


@momentum.wrong("wrong order")
def v_first(w, v, gradient, rate, m):
    v = m * v - rate * gradient
    return v, w + v


@momentum.wrong("return 2 things")
def only_w(w, v, gradient, rate, m):
    return w + m * v - rate * gradient


@momentum.wrong("in place")
def in_place(w, v, gradient, rate, m):
    v *= m
    v -= rate * gradient
    return w + v, v


@momentum.wrong("rate scales the old velocity too")
def rate_times_everything(w, v, gradient, rate, m):
    v = rate * (m * v - gradient)
    return w + v, v


@momentum.wrong("v comes back as it was")
def v_never_changes(w, v, gradient, rate, m):
    return w + m * v - rate * gradient, v


@momentum.wrong("and so is the sign")
def PyTorchs_last_line(w, v, gradient, rate, m):
    v = m * v - rate * gradient
    return w - rate * v, v


@momentum.wrong("velocity is never used")
def velocity_unused(w, v, gradient, rate, m):
    return w - rate * gradient, m * v - rate * gradient


@momentum.wrong("gradient counts twice")
def gradient_twice(w, v, gradient, rate, m):
    v = m * v - rate * gradient
    return w + v - rate * gradient, v


@momentum.wrong("return the step")
def step_for_weights(w, v, gradient, rate, m):
    v = m * v - rate * gradient
    return v, v


@momentum.wrong("w comes back as it was")
def w_never_changes(w, v, gradient, rate, m):
    return w, m * v - rate * gradient
