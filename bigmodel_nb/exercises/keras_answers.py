"""Answers that are Keras models: judged by what they do, never by the names of their layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.exercises import values
from bigmodel_nb.exercises.calling import Call
from bigmodel_nb.language import gettext as _


def small_model(call: Call, most: int, too_large: str) -> Any:
    """The Keras model that was returned; a Fault where it is none, or has more than `most` parameters, to
    which `too_large` is said."""
    model = call.value
    if not callable(model) or not hasattr(model, "count_params"):
        raise call.fault(
            _("Return the model itself, trained."),
            expected=_("a Keras model"),
            received=arguments.received(model),
        )
    count = int(model.count_params())
    if count > most:
        raise call.fault(
            too_large,
            expected=_("at most {budget:,} parameters").format(budget=most),
            received=f"{count:,}",
        )
    return model


def scores_of(call: Call, model: Any, x: np.ndarray, expected: str, refused: str) -> np.ndarray:
    """The model's ten scores (n, 10) for each of `x`. Where it does not take them, `refused` is said, with
    the kind of the error in place of {error}."""
    try:
        found = model(x, training=False)
    except Exception as error:
        kind = type(error).__name__
        raise call.fault(refused.format(error=kind), expected=expected, received=kind) from None
    scores = values.as_numbers(found)
    if scores is None or scores.shape != (len(x), 10):
        raise call.fault(
            _("Your model must give ten scores for each digit."),
            expected=expected,
            received=arguments.received(found) if scores is None else str(scores.shape),
        )
    return scores
