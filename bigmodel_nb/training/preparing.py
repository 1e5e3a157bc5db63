"""What a run is given: its parts found, the length of its sequences, and the model built on it."""

from __future__ import annotations

from typing import Any

from bigmodel_nb.arguments import wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.compiling import fixed_batch
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.nested import leaves


def parts_of(data: Any, validation_data: Any) -> tuple[Any, Any, str]:
    """The training part, the validation part or None, and what is counted."""
    train, validation = data, validation_data
    if hasattr(data, "train") and hasattr(data, "validation"):
        train = data.train
        if validation is None and data.validation is not None and len(data.validation):
            validation = data.validation
    unit = "tokens" if hasattr(train, "context_length") else "examples"
    return train, validation, unit


def length_of(source: Any) -> int | None:
    """The length of a sequence, where examples are sequences."""
    first = leaves(source.sample(1)[0])[0]
    return int(first.shape[1]) if first.ndim > 1 else None


def build_on(model: Any, source: Any, name: str = "data") -> None:
    """Builds a model without input shape on the first examples, and says where inputs do not fit."""
    x = source.sample(fixed_batch(model) or 2)[0]
    expected = _("examples that fit the model's inputs, {shapes}")
    inputs = getattr(model, "inputs", None)
    if model.built and inputs:
        given = [tuple(leaf.shape[1:]) for leaf in leaves(x)]
        wanted = [tuple(part.shape[1:]) for part in inputs]
        if len(given) != len(wanted) or not all(map(_fits_shape, wanted, given)):
            raise wrong_value(
                f"{name}: x",
                expected.format(shapes=" and ".join(map(str, wanted))),
                _("examples of shape {shapes}").format(shapes=" and ".join(map(str, given))),
            )
        return
    try:
        if isinstance(model, keras.Sequential) and hasattr(x, "shape"):
            model.build((None, *x.shape[1:]))  # a call would take the size of its batch for that of all
        model(x)
    except Exception as error:  # whatever the layers of the reader's model raise
        reason = str(error).strip().split("\n")[0][:200]
        raise wrong_value(f"{name}: x", expected.format(shapes=reason), x) from error


def _fits_shape(wanted: tuple[Any, ...], given: tuple[int, ...]) -> bool:
    return len(wanted) == len(given) and all(
        one in (None, other) for one, other in zip(wanted, given, strict=True)
    )
