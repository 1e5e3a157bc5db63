"""Answers to: back-propagation."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

back_propagation = Answers()


@back_propagation.right
def line_by_line(x, y, W1, b1, W2, b2, rate):
    h = np.tanh(x @ W1 + b1)
    error = 2 / len(x) * (h @ W2 + b2 - y)
    back = error @ W2.T * (1 - h**2)
    return (
        W1 - rate * x.T @ back,
        b1 - rate * back.sum(axis=0),
        W2 - rate * h.T @ error,
        b2 - rate * error.sum(axis=0),
    )


@back_propagation.right
def example_by_example(x, y, W1, b1, W2, b2, rate):
    slopes = [np.zeros_like(part) for part in (W1, b1, W2, b2)]
    for row, target in zip(x, y, strict=True):
        h = np.tanh(row @ W1 + b1)
        error = 2 * (h @ W2 + b2 - target) / len(x)
        back = W2[:, 0] * error / np.cosh(row @ W1 + b1) ** 2
        for slope, part in zip(slopes, (np.outer(row, back), back, np.outer(h, error), error), strict=True):
            slope += part
    return [part - rate * slope for part, slope in zip((W1, b1, W2, b2), slopes, strict=True)]


def _faulty(way=None, late=False, sum_1=None, sum_2=None, sign=-1, rate_in=True, order=None, scale=1.0):
    """A training step with one of its parts replaced."""

    def train_step(x, y, W1, b1, W2, b2, rate):
        h = np.tanh(x @ W1 + b1)
        error = 2 / len(x) * (h @ W2 + b2 - y) * scale
        step = sign * (rate if rate_in else 1)
        new_W2 = W2 + step * h.T @ error
        through = error @ (new_W2 if late else W2).T
        back = through * (1 - h**2) if way is None else way(through, h)
        new = {
            "W1": W1 + step * x.T @ back,
            "b1": b1 + step * (back.sum(axis=0) if sum_1 is None else sum_1(back)),
            "W2": new_W2,
            "b2": b2 + step * (error.sum(axis=0) if sum_2 is None else sum_2(error)),
        }
        return tuple(new[name] for name in order or ("W1", "b1", "W2", "b2"))

    return train_step


for name, fault, phrase in (
    ("no derivative", {"way": lambda through, h: through}, "slope of tanh is missing"),
    (
        "no derivative and W2 moved",
        {"way": lambda through, h: through, "late": True},
        "slope of tanh is missing",
    ),
    ("W2 already updated", {"late": True}, "W2 has moved already"),
    ("b2 not summed", {"sum_2": lambda error: error}, "b2 is not summed"),
    ("b1 not summed", {"sum_1": lambda back: back}, "b1 is not summed"),
    ("b2 of the first example", {"sum_2": lambda error: error[0]}, "b2 is not summed"),
    ("mean for b2", {"sum_2": lambda error: error.mean(axis=0)}, "b2 takes the mean"),
    ("b1 over all units", {"sum_1": np.sum}, "b1 gets the sum over all units"),
    ("tanh twice", {"way": lambda through, h: through * (1 - np.tanh(h) ** 2)}, "tanh once more"),
    ("no square", {"way": lambda through, h: through * (1 - h)}, "square is missing"),
    ("slope of a sigmoid", {"way": lambda through, h: through * h * (1 - h)}, "slope of a sigmoid"),
    ("slope of relu", {"way": lambda through, h: through * (h > 0)}, "slope of relu"),
    ("times h", {"way": lambda through, h: through * h}, "by h itself"),
    ("uphill", {"sign": 1}, "goes uphill"),
    ("no rate", {"rate_in": False}, "rate is missing"),
    ("last layer first", {"order": ("W2", "b2", "W1", "b1")}, "W2"),
):
    back_propagation.wrong_value(name, _faulty(**fault), phrase)


@back_propagation.wrong("divided by n once more")
def mean_twice(x, y, W1, b1, W2, b2, rate):
    return _faulty(scale=1 / len(x))(x, y, W1, b1, W2, b2, rate)


@back_propagation.wrong("does not go through W2")
def W2_left_out(x, y, W1, b1, W2, b2, rate):
    h = np.tanh(x @ W1 + b1)
    error = 2 / len(x) * (h @ W2 + b2 - y)
    back = error * (1 - h**2)
    _W1, _b1, new_W2, new_b2 = line_by_line(x, y, W1, b1, W2, b2, rate)
    return W1 - rate * x.T @ back, b1 - rate * back.sum(axis=0), new_W2, new_b2


@back_propagation.wrong("in place")
def in_place(x, y, W1, b1, W2, b2, rate):
    new = line_by_line(x, y, W1, b1, W2, b2, rate)
    W2 -= W2 - new[2]
    return new[0], new[1], W2, new[3]


@back_propagation.wrong("as its slope")
def slopes_returned(x, y, W1, b1, W2, b2, rate):
    new = line_by_line(x, y, W1, b1, W2, b2, rate)
    return [(old - part) / rate for old, part in zip((W1, b1, W2, b2), new, strict=True)]


@back_propagation.wrong("W1 comes back as it was")
def only_the_last_layer(x, y, W1, b1, W2, b2, rate):
    return W1, b1, *line_by_line(x, y, W1, b1, W2, b2, rate)[2:]


@back_propagation.wrong("return 4 things")
def weights_without_biases(x, y, W1, b1, W2, b2, rate):
    new = line_by_line(x, y, W1, b1, W2, b2, rate)
    return new[0], new[2]
