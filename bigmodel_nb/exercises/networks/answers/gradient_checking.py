"""Answers to: check a gradient."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

gradient_check = Answers()


def _measured(h=1e-5, kind=np.float64, quotient=None, put_back=True, together=False):
    """Central differences with one of their parts replaced."""

    def measured_gradient(f, w):
        w = w.astype(kind)
        slopes = np.zeros(w.shape)
        for place in np.ndindex(w.shape):
            step = np.zeros(w.shape, kind)
            step[... if together else place] = h
            if quotient is None:
                slopes[place] = (f(w + step) - f(w - step)) / (2 * h)
            else:
                slopes[place] = quotient(f, w, step, h)
            if not put_back:
                w = w + step
        return slopes

    return measured_gradient


for size in (1e-4, 1e-5, 1e-6, 1e-7):
    gradient_check.right_value(f"h = {size:g}", _measured(size))


@gradient_check.right
def moved_and_put_back(f, w):
    w = np.array(w, float)
    flat, slopes = w.reshape(-1), []
    for place in range(w.size):
        kept = flat[place]
        flat[place] = kept + 1e-6
        above = f(w)
        flat[place] = kept - 1e-6
        slopes.append((above - f(w)) / 2e-6)
        flat[place] = kept
    return np.reshape(slopes, w.shape)


@gradient_check.right
def four_points(f, w):
    w, h, rows = w.astype(float), 1e-4, np.eye(w.size).reshape(w.size, *w.shape)
    slopes = [
        (8 * (f(w + h * row) - f(w - h * row)) - (f(w + 2 * h * row) - f(w - 2 * h * row))) / (12 * h)
        for row in rows
    ]
    return np.reshape(slopes, w.shape)


for name, answer, phrase in (
    ("h = 1e-10", _measured(1e-10), "too small"),
    ("h = 1e-15", _measured(1e-15), "too small"),
    ("float32", _measured(kind=np.float32), "float32"),
    ("float32 with a large h", _measured(1e-2, kind=np.float32), "float32"),
    ("h = 0.1", _measured(0.1), "too large"),
    ("h = 0.01", _measured(0.01), "too large"),
    ("one side", _measured(quotient=lambda f, w, step, h: (f(w + step) - f(w)) / h), "one side only"),
    ("other side", _measured(quotient=lambda f, w, step, h: (f(w) - f(w - step)) / h), "one side only"),
    ("h for 2 h", _measured(quotient=lambda f, w, step, h: (f(w + step) - f(w - step)) / h), "2 h apart"),
    (
        "sign",
        _measured(quotient=lambda f, w, step, h: (f(w - step) - f(w + step)) / (2 * h)),
        "sign is wrong",
    ),
    ("not put back", _measured(1e-3, put_back=False), "Put it back"),
    ("all at once", _measured(together=True), "all weights at once"),
    ("f at w", _measured(quotient=lambda f, w, step, h: f(w) / h), "only at w itself"),
):
    gradient_check.wrong_value(name, answer, phrase)


@gradient_check.wrong("one number for each weight")
def a_single_slope(f, w):
    w = w.astype(float)
    return (f(w + 1e-5) - f(w - 1e-5)) / 2e-5


@gradient_check.wrong("in the shape of w")
def flat(f, w):
    slopes = _measured()(f, w)
    return slopes.ravel()[:, None]


@gradient_check.wrong("Some slopes are right")
def first_row_only(f, w):
    slopes = _measured()(f, w)
    slopes[-1] = 0
    return slopes


@gradient_check.wrong("never calls f")
def formula(f, w):
    return np.cos(w)


@gradient_check.wrong("return missing")
def no_return(f, w):
    _measured()(f, w)
