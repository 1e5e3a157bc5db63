"""A second model of the same architecture, made from the configuration of the first.

twin = twin_of(model, "mixed_bfloat16")    # None where Keras cannot make one
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


def twin_of(model: Any, precision: str | None = None) -> Any:
    """A model of the same architecture, uncompiled, with new weights; None where Keras cannot make one.

    `precision` names another policy for what it computes in ("mixed_bfloat16"); outputs stay in float32.
    """
    import keras

    try:
        architecture = keras.saving.serialize_keras_object(model)
        architecture.pop("compile_config", None)
        if precision not in (None, model.dtype_policy.name):
            architecture = _in_precision(architecture, precision)
        twin = keras.saving.deserialize_keras_object(architecture)
        if not twin.built:
            twin.build(model.input_shape)
        for ours, theirs in zip(twin._flatten_layers(), model._flatten_layers(), strict=True):
            ours.trainable = theirs.trainable
        same = [_kind_of(v) for v in twin.variables] == [_kind_of(v) for v in model.variables]
        same &= [type(one) for one in twin._flatten_layers()] == [
            type(one) for one in model._flatten_layers()
        ]
    except Exception:  # what cannot be made anew works in person
        return None
    return twin if same else None


def _in_precision(architecture: Any, precision: str | None) -> Any:
    """The architecture with float32 policies replaced, but for the layers that give the outputs."""
    config = architecture["config"]
    outputs = {name for name, *_place in _listed(config.get("output_layers", []))}
    if not outputs and config.get("layers"):
        outputs = {config["layers"][-1]["config"]["name"]}

    def changed(part: Any) -> Any:
        if isinstance(part, list | tuple):
            return [changed(value) for value in part]
        if not isinstance(part, dict):
            return part
        if part.get("class_name") == "DTypePolicy" and part["config"].get("name") == "float32":
            return {**part, "config": {**part["config"], "name": precision}}
        inner = part.get("config")
        if isinstance(inner, dict) and inner.get("name") in outputs:
            return part
        return {name: changed(value) for name, value in part.items()}

    return changed(architecture)


def _listed(layers: Any) -> list[Any]:
    return [layers] if layers and isinstance(layers[0], str) else list(layers)


def _kind_of(variable: Any) -> tuple[Any, ...]:
    return tuple(variable.shape), variable.dtype, variable.trainable


@contextmanager
def random_state_kept() -> Iterator[None]:
    """Making a model draws seeds from Python's generator; afterwards it is as before (and NumPy's, too), so
    that what the reader makes next does not depend on whether a loop was compiled already."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002
