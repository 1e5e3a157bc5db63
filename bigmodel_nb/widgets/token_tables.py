"""The table of a model that has a row of numbers for each token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_value
from bigmodel_nb.language import gettext as _

ENDINGS = ("/table", "/embeddings")  # of the weights of `build_transformer`, and of Keras's Embedding


def table_of(model: Any, size: int) -> tuple[str, np.ndarray]:
    """The name and the values (size, width) of the first table of `size` rows in a Keras model, or in a
    `maths.gpt.GPT`."""
    weights = getattr(model, "weights", None)
    if not isinstance(weights, Mapping):
        from bigmodel_nb.models.named_weights import named_weights

        weights = named_weights(model)
    tables = {name: value for name, value in weights.items() if name.endswith(ENDINGS)}
    for name, value in tables.items():
        if value.ndim == 2 and len(value) == size and not name.startswith("positions"):
            return name, np.asarray(value)
    expected = _("one with an embedding of {size:,} rows, one for each token of the tokenizer").format(
        size=size
    )
    shapes = {name: tuple(value.shape) for name, value in tables.items()}
    raise wrong_value("model", expected, shapes or getattr(model, "name", model))
