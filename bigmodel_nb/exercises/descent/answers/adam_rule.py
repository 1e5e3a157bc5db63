"""Answers to: Adam."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

adam = Answers()


@adam.right
def the_papers_form(w, m, v, gradient, step, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = beta_1 * m + (1 - beta_1) * gradient
    v = beta_2 * v + (1 - beta_2) * gradient**2
    m_hat, v_hat = m / (1 - beta_1 ** (step + 1)), v / (1 - beta_2 ** (step + 1))
    return w - rate * m_hat / (np.sqrt(v_hat) + epsilon), m, v


@adam.right
def Keras_form(w, m, v, gradient, step, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = m + (gradient - m) * (1 - beta_1)
    v = v + (np.square(gradient) - v) * (1 - beta_2)
    alpha = rate * np.sqrt(1 - beta_2 ** (step + 1)) / (1 - beta_1 ** (step + 1))
    return w - alpha * m / (v**0.5 + epsilon), m, v


def _faulty(
    average=None, square=np.square, first=1, correct=(True, True), inside=False, keep_hat=False, sign=-1
):
    """An Adam step with one of its parts replaced."""

    def adam_step(w, m, v, gradient, step, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        share_1, share_2 = (1, 1) if average == "sum" else (1 - beta_1, 1 - beta_2)
        m = beta_1 * m + share_1 * gradient
        v = beta_2 * v + share_2 * square(gradient)
        with np.errstate(all="ignore"):
            m_hat = m / np.float64(1 - beta_1 ** (step + first)) if correct[0] else m
            v_hat = v / np.float64(1 - beta_2 ** (step + first)) if correct[1] else v
            divisor = np.sqrt(v_hat + epsilon) if inside else np.sqrt(v_hat) + epsilon
            w = w + sign * rate * m_hat / divisor
        return (w, m_hat, v_hat) if keep_hat else (w, m, v)

    return adam_step


adam.wrong_value("no bias correction", _faulty(correct=(False, False)), "correction is missing")
adam.wrong_value("only v corrected", _faulty(correct=(False, True)), "m is not corrected")
adam.wrong_value("only m corrected", _faulty(correct=(True, False)), "v is not corrected")
adam.wrong_value("t from 0", _faulty(first=0), "counted from 0")
adam.wrong_value("epsilon inside the root", _faulty(inside=True), "epsilon stands under the root")
adam.wrong_value("t from 0 and epsilon inside", _faulty(first=0, inside=True), "counted from 0")
adam.wrong_value("squares missing", _faulty(square=np.positive), "square of the gradient")
adam.wrong_value("size for square", _faulty(square=np.abs), "Average its square")
adam.wrong_value("not an average", _faulty(average="sum"), "m is not an average")
adam.wrong_value("corrected averages kept", _faulty(keep_hat=True), "corrected average")
adam.wrong_value("plus sign", _faulty(sign=1), "uphill")


@adam.wrong("m and v are swapped")
def m_and_v_swapped(w, m, v, gradient, step, rate, beta_1, beta_2, epsilon):
    w, m, v = the_papers_form(w, m, v, gradient, step, rate, beta_1, beta_2, epsilon)
    return w, v, m


@adam.wrong("m averages the gradient itself")
def square_in_m(w, m, v, gradient, step, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * gradient**2
    v = beta_2 * v + (1 - beta_2) * gradient
    return w - rate * m / (np.sqrt(np.abs(v)) + epsilon), m, v


@adam.wrong("root is missing")
def no_root(w, m, v, gradient, step, rate, beta_1, beta_2, epsilon):
    m = beta_1 * m + (1 - beta_1) * gradient
    v = beta_2 * v + (1 - beta_2) * gradient**2
    m_hat, v_hat = m / (1 - beta_1 ** (step + 1)), v / (1 - beta_2 ** (step + 1))
    return w - rate * m_hat / (v_hat + epsilon), m, v


@adam.wrong("m keeps the share beta_2")
def betas_swapped(w, m, v, gradient, step, rate, beta_1, beta_2, epsilon):
    return the_papers_form(w, m, v, gradient, step, rate, beta_2, beta_1, epsilon)


@adam.wrong("return 3 things")
def only_w_returned(w, m, v, gradient, step, rate, beta_1, beta_2, epsilon):
    return the_papers_form(w, m, v, gradient, step, rate, beta_1, beta_2, epsilon)[0]


def _variant(new_m=None, new_v=None, new_w=None):
    """An Adam step in which one of the three results comes from another formula."""

    def adam_step(w, m, v, gradient, step, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        right = dict(
            zip("wmv", the_papers_form(w, m, v, gradient, step, rate, beta_1, beta_2, epsilon), strict=True)
        )
        m_hat = right["m"] / (1 - beta_1 ** (step + 1))
        root = np.sqrt(right["v"] / (1 - beta_2 ** (step + 1))) + epsilon
        if new_m:
            right["m"] = new_m(m, gradient, beta_1)
        if new_v:
            right["v"] = new_v(v, gradient, beta_1, beta_2)
        if new_w:
            right["w"] = new_w(w, gradient, rate, m_hat, root)
        return right["w"], right["m"], right["v"]

    return adam_step


adam.wrong_value(
    "shares in m swapped", _variant(new_m=lambda m, g, b1: (1 - b1) * m + b1 * g), "shares in m are swapped"
)
adam.wrong_value("m never changes", _variant(new_m=lambda m, g, b1: m), "m comes back as it was")
adam.wrong_value(
    "share squared too",
    _variant(new_v=lambda v, g, b1, b2: b2 * v + ((1 - b2) * g) ** 2),
    "square 1 - beta_2",
)
adam.wrong_value("v is a sum", _variant(new_v=lambda v, g, b1, b2: b2 * v + g**2), "v is not an average")
adam.wrong_value(
    "shares in v swapped",
    _variant(new_v=lambda v, g, b1, b2: (1 - b2) * v + b2 * g**2),
    "shares in v are swapped",
)
adam.wrong_value(
    "beta 1 in v", _variant(new_v=lambda v, g, b1, b2: b1 * v + (1 - b1) * g**2), "v keeps the share beta_1"
)
adam.wrong_value("v never changes", _variant(new_v=lambda v, g, b1, b2: v), "v comes back as it was")
adam.wrong_value(
    "bare gradient", _variant(new_w=lambda w, g, rate, m_hat, root: w - rate * g / root), "m is never used"
)
adam.wrong_value(
    "no rate", _variant(new_w=lambda w, g, rate, m_hat, root: w - m_hat / root), "rate is missing"
)
adam.wrong_value(
    "no scaling", _variant(new_w=lambda w, g, rate, m_hat, root: w - rate * m_hat), "v is never used"
)
adam.wrong_value("w never changes", _variant(new_w=lambda w, g, rate, m_hat, root: w), "nothing has moved")
