"""Answers to: the largest stable rate."""

from __future__ import annotations

import numpy as np

from bigmodel_nb.exercises.answers import Answers

rates = Answers()
rates.right_value("by hand", [0.2, 0.25, 4])
rates.right_value("an array", np.array([0.2, 0.25, 4.0]))


@rates.right
def largest_eigenvalue(hessian):
    return 2 / np.linalg.eigvalsh(hessian).max()


@rates.right
def spectral_norm(hessian):
    return 2 / np.linalg.norm(hessian, 2)


@rates.right
def power_iteration(hessian):
    v = np.arange(1.0, len(hessian) + 1)
    for _step in range(500):
        v = hessian @ v
        v = v / np.linalg.norm(v)
    return 2 / (v @ hessian @ v)


rates.wrong_value("half of it", [0.1, 0.125, 2], "1/λmax")
rates.wrong_value("the flattest direction", [2, 0.667, 100], "2/λmin")
rates.wrong_value("from the diagonal", [0.2, 2 / 7, 4], "largest diagonal entry")
rates.wrong_value("from the trace", [2 / 11, 2 / 11, 2 / 0.52], "trace")
rates.wrong_value("multiplied", [20, 16, 1], "2 times λmax")
rates.wrong_value("too small a guess", [0.2, 0.25, 1.5], "so do larger ones")
rates.wrong_value("too large a guess", [0.2, 0.4, 4.0], "too large for the bowl's steepest direction")
rates.wrong_value("negative", [0.2, -0.25, 4.0], "positive number")
rates.wrong_value("one number for three bowls", 0.2, "three numbers")


@rates.wrong("1/λmax")
def one_over_largest(hessian):
    return 1 / np.linalg.eigvalsh(hessian).max()


@rates.wrong("2/λmin")
def smallest_eigenvalue(hessian):
    return 2 / np.linalg.eigvalsh(hessian).min()


@rates.wrong("2 times λmax")
def times_largest(hessian):
    return 2 * np.linalg.eigvalsh(hessian).max()


@rates.wrong("largest diagonal entry")
def diagonal(hessian):
    return 2 / np.diag(hessian).max()


@rates.wrong("trace")
def trace(hessian):
    return 2 / np.trace(hessian)


@rates.wrong("Frobenius")
def frobenius_norm(hessian):
    return 2 / np.linalg.norm(hessian)


@rates.wrong("one number")
def all_eigenvalues(hessian):
    return 2 / np.linalg.eigvalsh(hessian)


rates.wrong_value("half of the flattest direction", [1, 1 / 3, 50], "1/λmin")
rates.wrong_value("half the curvature", [5, 4, 0.25], "λmax/2")
rates.wrong_value("the curvature itself", [10, 8, 0.5], "λmax itself")
rates.wrong_value("mean curvature", [2 / 5.5, 2 / 5.5, 2 / 0.26], "mean curvature")
rates.wrong_value("not a number", [float("nan"), 0.25, 4], "positive number")
