"""One example's loss taken apart: scores, probabilities, truth, loss, and its slope for every score.

    view = loss_view("cross-entropy", [2.0, 1.0, -1.0], 0)
    view.probabilities, view.loss, view.slopes          # the slopes are p - y

`twice` asks what comes of a common slip: a loss that expects scores is given what a softmax has made of
them, so that it squeezes them a second time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bigmodel_nb.arguments import number, one_of, whole, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.knobs import truth
from bigmodel_nb.maths.losses import LOSSES, BinaryCrossEntropy, CrossEntropy, SquaredError, softmax

PROBABILITY = "squared error of a probability"  # the wrong loss for a yes-or-no output, to see why
VIEWS = (CrossEntropy.name, BinaryCrossEntropy.name, PROBABILITY, "squared error", "absolute error", "Huber")
CLASSES = 3  # of the view "cross-entropy"
REACH = 6.0  # of the score that a curve runs over


@dataclass(frozen=True, eq=False)
class LossView:
    """What became of one example. Arrays have one entry for each score (k,): k is 3 for "cross-entropy",
    1 for the others.

    `probabilities` is None where the output is a quantity. `target` is y: the one-hot truth, 0 or 1, or
    the quantity. `errors` are p - y (or output - y), `slopes` those of the loss for each score. The fields
    in `second` are the same where the squeezing is done twice, None otherwise. `floor` is the lowest loss
    that is possible, whatever the scores.
    """

    kind: str
    scores: np.ndarray
    probabilities: np.ndarray | None
    target: np.ndarray
    errors: np.ndarray
    loss: float
    slopes: np.ndarray
    floor: float = 0.0
    second: LossView | None = None


def loss_view(kind: str, scores: Any, label: float, *, twice: bool = False) -> LossView:
    """The loss `kind`, one of `VIEWS`, of `scores` (k,) where `label` is true: a class from 0, 0 or 1 for a
    yes-or-no question, or a quantity. `twice` only counts where there are probabilities."""
    one_of("kind", kind, VIEWS)
    size = CLASSES if kind == CrossEntropy.name else 1
    expected = _("{size} finite numbers").format(size=size)
    z = array_of_numbers("scores", scores, expected).astype(np.float64)
    if z.shape != (size,):
        raise wrong_value("scores", expected, scores)
    y = _target(kind, label)
    plain = _view(kind, z, y)
    if not truth("twice", twice) or plain.probabilities is None:
        return plain
    squeezed = _view(kind, plain.probabilities, y)
    # the chain rule: the slopes for the probabilities, times those of the probabilities for the scores
    p = plain.probabilities
    inner = np.diag(p) - np.outer(p, p) if kind == CrossEntropy.name else np.diag(p * (1 - p))
    second = replace(squeezed, scores=z, slopes=inner @ squeezed.slopes, floor=_floor(kind, y))
    return replace(plain, second=second)


def curve(view: LossView, place: int, count: int = 97) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """The loss as the score number `place` runs from -6 to 6 and the others stay: scores, losses, and losses
    where it is squeezed twice (None where that is not asked for)."""
    whole("place", place, 0, len(view.scores) - 1)
    across = np.linspace(-REACH, REACH, count)
    rows = np.tile(view.scores, (count, 1))
    rows[:, place] = across
    firsts = _each(view.kind, rows, view.target)
    if view.second is None:
        return across, firsts, None
    squeezed = softmax(rows) if view.kind == CrossEntropy.name else 0.5 + 0.5 * np.tanh(0.5 * rows)
    return across, firsts, _each(view.kind, squeezed, view.target)


def _each(kind: str, rows: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The loss of each row of scores (m, k), all with the truth y (k,): (m,)."""
    if kind == CrossEntropy.name:
        shifted = rows - rows.max(axis=1, keepdims=True)
        return np.log(np.exp(shifted).sum(axis=1)) - shifted @ y
    z, truth = rows[:, 0], y[0]
    if kind == BinaryCrossEntropy.name:
        return np.maximum(z, 0) - z * truth + np.log1p(np.exp(-np.abs(z)))
    error = 0.5 + 0.5 * np.tanh(0.5 * z) - truth if kind == PROBABILITY else z - truth
    if kind == "absolute error":
        return np.abs(error)
    if kind == "Huber":
        return np.where(np.abs(error) <= 1, 0.5 * error**2, np.abs(error) - 0.5)
    return error**2


def _target(kind: str, label: Any) -> np.ndarray:
    if kind == CrossEntropy.name:
        return np.eye(CLASSES)[whole("label", label, 0, CLASSES - 1)]
    if kind in (BinaryCrossEntropy.name, PROBABILITY):
        return np.array([float(whole("label", label, 0, 1))])
    return np.array([number("label", label)])


def _view(kind: str, z: np.ndarray, y: np.ndarray) -> LossView:
    rows = z[None]
    if kind == CrossEntropy.name:
        p, answer = softmax(z), np.array([int(y.argmax())])
        loss, slopes = CrossEntropy.value(rows, answer), CrossEntropy.slope(rows, answer)[0]
        return LossView(kind, z, p, y, p - y, loss, slopes)
    if kind in (BinaryCrossEntropy.name, PROBABILITY):
        p = 0.5 + 0.5 * np.tanh(0.5 * z)
        if kind == PROBABILITY:
            loss = SquaredError.value(p[None], y[None])
            return LossView(kind, z, p, y, p - y, loss, 2 * (p - y) * p * (1 - p))
        loss = BinaryCrossEntropy.value(rows, y[None])
        return LossView(kind, z, p, y, p - y, loss, BinaryCrossEntropy.slope(rows, y[None])[0])
    known = LOSSES[kind]
    return LossView(kind, z, None, y, z - y, known.value(rows, y[None]), known.slope(rows, y[None])[0])


def _floor(kind: str, y: np.ndarray) -> float:
    """The loss of the best probabilities where these are squeezed again."""
    return _view(kind, np.array(y, float), y).loss
