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
