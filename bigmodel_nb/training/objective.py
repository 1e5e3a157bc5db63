"""Which loss and which metrics belong to a model's output and its targets.

    objective = infer(model, y)      # y: the targets of a few examples
    objective.loss, objective.metrics, objective.reasons

| targets | output | loss |
|---|---|---|
| whole numbers (n, ...) or (n, 1) | k > 1 scores for each (n, ..., k) | sparse categorical cross-entropy |
| 0 and 1 as whole numbers, (n,) or (n, k) | one score for each | binary cross-entropy |
| 0.0 and 1.0 | one probability for each, by sigmoid | binary cross-entropy |
| a single 1 in each row, else 0 (n, k) | k > 1 scores (n, k) | categorical cross-entropy |
| rows of probabilities (n, k) that sum to 1 | k probabilities by softmax (n, k) | categorical cross-entropy |
| other numbers (n, ...) | numbers of the same shape | mean squared error |

Whether scores are logits or probabilities already is read off the activation of the last layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_value
from bigmodel_nb.language import gettext as _


@dataclass(frozen=True)
class Objective:
    """A Keras loss, Keras metrics, and why these, in sentences."""

    loss: Any
    metrics: list[Any]
    reasons: tuple[str, ...] = ()


def infer(model: Any, y: Any) -> Objective:
    """The objective of a built `model` with one output for targets like `y` (an array).

    Raises a ValueError that names both shapes where output and targets do not fit.
    """
    import keras

    outputs = getattr(model, "outputs", None)
    if not isinstance(y, np.ndarray) or not outputs or len(outputs) != 1:
        expected = _("a loss, since only that of a model with one output can be inferred")
        raise wrong_value("loss", expected, None)
    shape, classes = tuple(outputs[0].shape), y.dtype.kind in "iu"
    logits = _activation(outputs[0])
    several = shape[-1] is not None and shape[-1] > 1
    column = len(shape) == 2 and y.ndim == 2 and y.shape[1] == 1
    if classes and several and (y.ndim == len(shape) - 1 or column):
        labels_below("data: y", shape[-1], y)
        return Objective(
            keras.losses.SparseCategoricalCrossentropy(from_logits=logits != "softmax"),
            [keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
            (
                _(
                    "loss: sparse categorical cross-entropy, since the targets are whole numbers "
                    "and the model gives {count} {kind} for each"
                ).format(count=shape[-1], kind=_kind(logits, "softmax")),
            ),
        )
    if several and _same_shape(shape, y) and _sum_to_one(y, only_ones=logits != "softmax"):
        return Objective(
            keras.losses.CategoricalCrossentropy(from_logits=logits != "softmax"),
            [keras.metrics.CategoricalAccuracy(name="accuracy")],
            (
                _(
                    "loss: categorical cross-entropy, since each target is a row of probabilities "
                    "and the model gives {count} {kind} for each"
                ).format(count=shape[-1], kind=_kind(logits, "softmax")),
            ),
        )
    if (classes or logits == "sigmoid") and _same_shape(shape, y) and ((y == 0) | (y == 1)).all():
        return Objective(
            keras.losses.BinaryCrossentropy(from_logits=logits != "sigmoid"),
            [keras.metrics.BinaryAccuracy(name="accuracy", threshold=0.5 if logits == "sigmoid" else 0.0)],
            (
                _(
                    "loss: binary cross-entropy, since the targets are 0 and 1 and the model gives one {kind}"
                    " for each"
                ).format(kind=_kind(logits, "sigmoid", one=True)),
            ),
        )
    if _same_shape(shape, y) and logits != "softmax":
        return Objective(
            keras.losses.MeanSquaredError(),
            [keras.metrics.MeanAbsoluteError(name="mean_absolute_error")],
            (_("loss: mean squared error, since the targets are quantities of the shape of the output"),),
        )
    expected = _("targets that fit the model's output of shape {shape}, or a loss of your own").format(
        shape=shape
    )
    raise wrong_value("data: y", expected, _("{dtype} of shape {shape}").format(dtype=y.dtype, shape=y.shape))


def _sum_to_one(y: np.ndarray, only_ones: bool) -> bool:
    """Whether each row is a distribution; with `only_ones`, one that is sure of its class."""
    if only_ones and not ((y == 0) | (y == 1)).all():
        return False
    return bool((y >= 0).all()) and np.allclose(y.sum(axis=-1), 1, atol=1e-4)


def _same_shape(shape: tuple[Any, ...], y: np.ndarray) -> bool:
    if y.ndim == len(shape) - 1 and shape[-1] == 1:
        return True
    return y.ndim == len(shape) and all(
        one in (None, other) for one, other in zip(shape[1:], y.shape[1:], strict=True)
    )


def labels_below(name: str, count: int, y: np.ndarray, ignored: int | None = None) -> None:
    """Raises a ValueError that names `name` where a label is not one of `count` classes."""
    whole = y if y.dtype.kind in "iu" else y[y != np.round(y)]
    wrong = y[(y < 0) | (y >= count)] if y.dtype.kind in "iu" or not whole.size else whole
    wrong = wrong[wrong != ignored] if ignored is not None else wrong
    if wrong.size:
        expected = _("labels from 0 to {last}, since the model has {count} outputs").format(
            last=count - 1, count=count
        )
        raise wrong_value(name, expected, wrong.ravel()[0].item())


def _kind(activation: str, probability: str, one: bool = False) -> str:
    if activation == probability:
        return _("probability") if one else _("probabilities")
    return _("logit") if one else _("logits")


def _activation(output: Any) -> str:
    """The name of the activation of the layer that an output comes from; "linear" where it has none."""
    layer = getattr(getattr(output, "_keras_history", None), "operation", None)
    last = getattr(layer, "layers", None)  # a model within a model
    activation = getattr(last[-1] if last else layer, "activation", None)
    if activation is None and type(layer).__name__ == "Softmax":
        return "softmax"
    return getattr(activation, "__name__", "linear") if activation is not None else "linear"


def is_mean_over_examples(model: Any) -> bool:
    """Whether the loss of a compiled model for a batch is surely the mean of that of its examples.

    Then batches of any size give the same mean over all of them. Masks, activity regularizers, sums and
    losses of the reader's own may make it depend on which examples come together.
    """
    import keras

    outputs = getattr(model, "outputs", None)
    # Of several outputs Keras reports each loss as a mean over batches.
    if (
        not outputs
        or len(outputs) > 1
        or any(getattr(output, "_keras_mask", None) is not None for output in outputs)
    ):
        return False
    if outputs[0].shape[0] is not None:
        return False
    for layer in model._flatten_layers():
        known = type(layer).__module__.split(".")[0] in ("keras", "bigmodel_nb")
        if not known or getattr(layer, "activity_regularizer", None) is not None:
            return False
    return all(
        isinstance(loss, str)
        or (type(loss).__module__.startswith("keras.") and getattr(loss, "reduction", "") in REDUCTIONS)
        for loss in keras.tree.flatten(model.loss)
        if loss is not None
    )


REDUCTIONS = ("sum_over_batch_size", "mean")
