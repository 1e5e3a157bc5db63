"""What a network's outputs cost: one number, and its slope for every output.

    cross_entropy(outputs, labels)      # outputs (n, classes) are scores, labels (n,) whole numbers from 0
    binary_cross_entropy(outputs, targets)      # both (n, d): scores, and 0 or 1
    squared_error(outputs, targets)     # both (n, d); so, too, absolute_error

All are means over the examples, so that the loss of a batch does not depend on its size.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers


def softmax(outputs: Any) -> np.ndarray:
    """Scores (..., classes) as probabilities of the same shape: exp(z) / sum of exp(z) along the last axis.

    The largest score is taken off first. That changes nothing in the quotient, and nothing overflows.
    J. S. Bridle, 1990, "Probabilistic interpretation of feedforward classification network outputs".
    """
    scores = array_of_numbers("outputs", outputs)
    if scores.ndim == 0:
        raise wrong_value("outputs", _("an array of shape (..., classes)"), outputs)
    with np.errstate(over="ignore"):  # a score that is lower than the largest by more than a float holds
        return _softmax(scores)


def cross_entropy(outputs: Any, labels: Any) -> float:
    """Minus the logarithm of the probability (softmax) that the right class got; mean over the examples.

    Keras: SparseCategoricalCrossentropy(from_logits=True).
    """
    scores = _rows("outputs", outputs)
    return CrossEntropy.value(scores, checked_labels("labels", labels, *scores.shape))


def squared_error(outputs: Any, targets: Any) -> float:
    """The square of output minus target; mean over all examples and outputs. Keras: MeanSquaredError()."""
    rows = _rows("outputs", outputs)
    return SquaredError.value(rows, checked_targets("targets", targets, *rows.shape))


def binary_cross_entropy(outputs: Any, targets: Any) -> float:
    """Minus the logarithm of the probability (logistic function of the output) that the truth got.

    Mean over all examples and outputs; targets from 0 to 1, of the shape of outputs (n, d). Keras:
    BinaryCrossentropy(from_logits=True).
    """
    rows = _rows("outputs", outputs)
    return BinaryCrossEntropy.value(
        rows, checked_truth(BinaryCrossEntropy.name, "targets", targets, *rows.shape)
    )


def absolute_error(outputs: Any, targets: Any) -> float:
    """How far the outputs (n, d) are from the targets; mean over all. Keras: MeanAbsoluteError()."""
    rows = _rows("outputs", outputs)
    return AbsoluteError.value(rows, checked_targets("targets", targets, *rows.shape))


class CrossEntropy:
    """The loss "cross-entropy" as a network uses it: `value` and `slope` on arrays that were checked."""

    name = "cross-entropy"

    @staticmethod
    def value(outputs: np.ndarray, labels: np.ndarray) -> float:
        shifted = outputs - outputs.max(axis=1, keepdims=True)
        right = shifted[np.arange(len(labels)), labels]
        return float(np.mean(np.log(np.exp(shifted).sum(axis=1)) - right))

    @staticmethod
    def slope(outputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Probability minus truth, over n: the two logarithms and the exponential cancel."""
        slope = _softmax(outputs)
        slope[np.arange(len(labels)), labels] -= 1
        return slope / len(labels)


class BinaryCrossEntropy:
    """The loss "binary cross-entropy", of yes-or-no questions; `outputs` are scores (logits)."""

    name = "binary cross-entropy"

    @staticmethod
    def value(outputs: np.ndarray, targets: np.ndarray) -> float:
        # log(1 + exp(z)) - z y, arranged so that nothing overflows
        parts = np.maximum(outputs, 0) - outputs * targets + np.log1p(np.exp(-np.abs(outputs)))
        return float(np.mean(parts))

    @staticmethod
    def slope(outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Probability minus truth again, since the logistic function is a softmax of z and 0."""
        return (0.5 + 0.5 * np.tanh(0.5 * outputs) - targets) / outputs.size


class SquaredError:
    """The loss "squared error" as a network uses it: `value` and `slope` on arrays that were checked."""

    name = "squared error"

    @staticmethod
    def value(outputs: np.ndarray, targets: np.ndarray) -> float:
        return float(np.mean((outputs - targets) ** 2))

    @staticmethod
    def slope(outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return 2 * (outputs - targets) / outputs.size


class AbsoluteError:
    """The loss "absolute error": its slope has one size, however far off the output is."""

    name = "absolute error"

    @staticmethod
    def value(outputs: np.ndarray, targets: np.ndarray) -> float:
        return float(np.mean(np.abs(outputs - targets)))

    @staticmethod
    def slope(outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return np.sign(outputs - targets) / outputs.size


class Huber:
    """The loss "Huber": half the square of errors up to 1, straight lines beyond.

    P. J. Huber, 1964, "Robust estimation of a location parameter". Keras: Huber().
    """

    name = "Huber"

    @staticmethod
    def value(outputs: np.ndarray, targets: np.ndarray) -> float:
        size = np.abs(outputs - targets)
        return float(np.mean(np.where(size <= 1, 0.5 * size * size, size - 0.5)))

    @staticmethod
    def slope(outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return np.clip(outputs - targets, -1, 1) / outputs.size


Loss = type[CrossEntropy] | type[BinaryCrossEntropy] | type[SquaredError] | type[AbsoluteError] | type[Huber]
LOSSES: dict[str, Loss] = {
    loss.name: loss for loss in (CrossEntropy, BinaryCrossEntropy, SquaredError, AbsoluteError, Huber)
}


def checked_truth(loss: str, name: str, truth: Any, n: int, outputs: int) -> np.ndarray:
    """What a loss of `LOSSES` compares n rows of `outputs` numbers with: labels for "cross-entropy",
    targets for the others, which "binary cross-entropy" wants from 0 to 1."""
    if loss == CrossEntropy.name:
        return checked_labels(name, truth, n, outputs)
    targets = checked_targets(name, truth, n, outputs)
    if loss == BinaryCrossEntropy.name and (targets.min() < 0 or targets.max() > 1):
        raise wrong_value(name, _("numbers from 0 to 1, the probabilities of yes"), truth)
    return targets


def checked_labels(name: str, labels: Any, n: int, classes: int) -> np.ndarray:
    """`labels` as n whole numbers from 0 to `classes` - 1."""
    expected = _("{n} whole numbers from 0 to {last}, one for each row").format(n=n, last=classes - 1)
    array = array_of_numbers(name, labels, expected)
    if array.shape != (n,) or (array != np.round(array)).any() or array.min() < 0 or array.max() >= classes:
        raise wrong_value(name, expected, labels)
    return array.astype(np.intp)


def checked_targets(name: str, targets: Any, n: int, outputs: int) -> np.ndarray:
    """`targets` as an array (n, outputs). Where there is one output, (n,) will do."""
    expected = _("an array of finite numbers of shape {shape}").format(shape=(n, outputs))
    array = array_of_numbers(name, targets, expected)
    if outputs == 1 and array.shape == (n,):
        array = array[:, None]
    if array.shape != (n, outputs):
        raise wrong_value(name, expected, targets)
    return array


def _rows(name: str, value: Any) -> np.ndarray:
    expected = _("an array of finite numbers of shape (n, d)")
    array = array_of_numbers(name, value, expected)
    if array.ndim != 2:
        raise wrong_type(name, expected, value) if array.ndim == 0 else wrong_value(name, expected, value)
    return array


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
