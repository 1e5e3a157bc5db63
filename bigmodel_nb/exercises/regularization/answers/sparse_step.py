"""Answers to: a step that reaches zero."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

step = Answers()


@step.right
def sizes_and_signs(w, gradient, rate, l1):
    moved = w - rate * gradient
    return np.sign(moved) * np.maximum(np.abs(moved) - rate * l1, 0)


@step.right
def clipped_part_taken_off(w, gradient, rate, l1):
    moved = w - rate * gradient
    return moved - np.clip(moved, -rate * l1, rate * l1)


@step.right
def one_weight_at_a_time(w, gradient, rate, l1):
    result = []
    for value in (w - rate * gradient).tolist():
        if value > rate * l1:
            result.append(value - rate * l1)
        elif value < -rate * l1:
            result.append(value + rate * l1)
        else:
            result.append(0.0)
    return result


@step.wrong("leaps across")
def slope_of_the_price(w, gradient, rate, l1):
    return w - rate * (gradient + l1 * np.sign(w))


@step.wrong("leaps across")
def sign_after_the_step(w, gradient, rate, l1):
    moved = w - rate * gradient
    return moved - rate * l1 * np.sign(moved)


@step.wrong("You take l1 off")
def threshold_without_rate(w, gradient, rate, l1):
    moved = w - rate * gradient
    return np.sign(moved) * np.maximum(np.abs(moved) - l1, 0)


@step.wrong("shrink first")
def shrunk_before_the_step(w, gradient, rate, l1):
    return np.sign(w) * np.maximum(np.abs(w) - rate * l1, 0) - rate * gradient


@step.wrong("leave the others")
def hard_threshold(w, gradient, rate, l1):
    moved = w - rate * gradient
    return np.where(np.abs(moved) > rate * l1, moved, 0)


@step.wrong("signs are lost")
def sizes_only(w, gradient, rate, l1):
    return np.maximum(np.abs(w - rate * gradient) - rate * l1, 0)


@step.wrong("Negative weights become 0")
def one_side_only(w, gradient, rate, l1):
    return np.maximum(w - rate * gradient - rate * l1, 0)


@step.wrong("That is L2")
def square_instead(w, gradient, rate, l1):
    return w - rate * (gradient + 2 * l1 * w)


@step.wrong("l1 is left out")
def plain_step(w, gradient, rate, l1):
    return w - rate * gradient


@step.wrong("uphill")
def uphill(w, gradient, rate, l1):
    moved = w + rate * gradient
    return np.sign(moved) * np.maximum(np.abs(moved) - rate * l1, 0)


@step.wrong("in place")
def in_place(w, gradient, rate, l1):
    w -= rate * gradient
    return np.sign(w) * np.maximum(np.abs(w) - rate * l1, 0)
