"""Which models may share one compiled loop: a key of architecture, loss, metrics, optimizer and plan.

What cannot be told from configurations alone has no key, and works in person.
"""

from __future__ import annotations

import json
import types
from typing import Any

from bigmodel_nb.training.compiling import exclusions
from bigmodel_nb.training.decay import decays

MOST_PARAMETERS = 50_000_000  # a twin costs memory: larger models work in person


def key_of(model: Any, sample: Any, xla: bool, precision: str) -> str | None:
    """What two models share where one compiled loop serves both; None where a model must work in person."""
    import keras

    if model.count_params() > MOST_PARAMETERS or not known_throughout(model) or _loses_settings(model):
        return None
    optimizer = model.optimizer
    if optimizer.built and len(optimizer._trainable_variables) != len(model.trainable_variables):
        return None  # layers were frozen since: a new optimizer would have less to remember
    try:
        architecture = keras.saving.serialize_keras_object(model)
        settings = model.get_compile_config()
        rate = settings["optimizer"]["config"].pop("learning_rate", None)
        settings["optimizer"]["config"].pop("name", None)
        if decays(model.optimizer):  # how much is a variable of the twin
            settings["optimizer"]["config"]["weight_decay"] = "some"
        undecayed = exclusions(model.optimizer, model.trainable_variables)
        by_name = undecayed[1] is not None or settings["optimizer"]["class_name"] == "Muon"
        parts = {
            "architecture": without_names(architecture),
            "settings": settings,
            "schedule": rate if isinstance(rate, dict) else None,
            "trainable": [variable.trainable for variable in model.variables],
            "sample": str(sample and [getattr(part, "dtype", None) for part in sample]),
            "weighted": sample[2] is not None,
            "undecayed": undecayed,
            "names": [variable.path for variable in model.trainable_variables] if by_name else None,
            "plan": [xla, precision],
            "classes": [id(type(layer)) for layer in model._flatten_layers()],
        }
        return json.dumps(parts, sort_keys=True)
    except Exception:  # a model, loss or metric that cannot be written down
        return None


def known_throughout(model: Any) -> bool:
    """Whether a model, its loss, metrics and optimizer consist of Keras's classes and ours alone.

    What a reader has written is not all in its configuration: a class may have changed since, a function may
    have the name of one of Keras's, a layer may have been given an attribute. Such models work in person.
    """
    import keras

    optimizer = model.optimizer
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = optimizer.inner_optimizer
    settings = model._compile_config.config
    parts = [settings.get(name) for name in ("loss", "metrics", "weighted_metrics", "optimizer")]
    things = [*model._flatten_layers(), *keras.tree.flatten(parts), optimizer, optimizer._learning_rate]
    return type(optimizer).__name__ != "MultiOptimizer" and all(map(known, things))


def _loses_settings(model: Any) -> bool:
    """Whether a loss or metric made anew from its configuration is another, as Huber without its delta."""
    import keras

    settings = model._compile_config.config
    parts = [settings.get(name) for name in ("loss", "metrics", "weighted_metrics")]
    return any(
        repr(type(one).from_config(one.get_config())._fn_kwargs) != repr(one._fn_kwargs)
        for one in keras.tree.flatten(parts)
        if getattr(one, "_fn_kwargs", None)
    )


def known(thing: Any) -> bool:
    if thing is None or isinstance(thing, str | int | float):
        return True
    if isinstance(thing, types.FunctionType):
        return _is_ours(thing.__module__)
    return _is_ours(type(thing).__module__) and all(
        _is_ours(getattr(value, "__module__", None) or "") or _is_ours(type(value).__module__)
        for value in vars(thing).values()
        if callable(value)
    )


def _is_ours(module: str) -> bool:
    return module.split(".")[0] in ("keras", "bigmodel_nb")


def without_names(architecture: Any) -> Any:
    """The configuration of a model with each layer's name replaced by the number of its first mention, since
    automatic names count the layers of a session (dense_3). Only names are replaced and what refers to them:
    a layer may be called "relu"."""
    names: dict[str, str] = {}

    def number(name: str) -> str:
        return names.setdefault(name, f"#{len(names)}")

    def references(part: Any) -> Any:
        """["dense_3", 0, 0], or such lists in lists and dicts."""
        if isinstance(part, dict):
            return {key: references(value) for key, value in part.items()}
        if isinstance(part, list | tuple):
            if part and isinstance(part[0], str):
                return [number(part[0]), *part[1:]]
            return [references(value) for value in part]
        return part

    def renamed(part: Any) -> Any:
        if isinstance(part, list | tuple):
            return [renamed(value) for value in part]
        if not isinstance(part, dict):
            return part
        found = {key: renamed(value) for key, value in part.items()}
        for key in ("keras_history", "input_layers", "output_layers"):
            if key in part:
                found[key] = references(part[key])
        if "class_name" in part:
            if isinstance(part.get("name"), str):
                found["name"] = number(part["name"])
            if isinstance(part.get("config"), dict) and isinstance(part["config"].get("name"), str):
                if part["class_name"] != "DTypePolicy":
                    found["config"]["name"] = number(part["config"]["name"])
        return found

    return renamed({name: part for name, part in architecture.items() if name != "compile_config"})
