"""Gives a model its loss, metrics and optimizer: those asked for, else its own, else those that fit."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.nested import leaves
from bigmodel_nb.training.objective import infer
from bigmodel_nb.training.sources import Texts


def compile_model(
    model: Any, source: Any, loss: Any, metrics: Any, optimizer: Any, learning_rate: float | None, clip: Any
) -> list[str]:
    """Compiles `model` where it is not compiled as asked for, and returns sentences about what was chosen."""
    notes: list[str] = []
    compiled = model.compiled and model.optimizer is not None
    if compiled and loss is None and metrics is None and optimizer is None and clip is None:
        if learning_rate is not None:
            _set_rate(model.optimizer, learning_rate)
        return notes
    settings = model.get_compile_config() if compiled else {}
    if loss is None:
        if compiled:
            loss = settings.get("loss")
        else:
            objective = infer(model, _targets(source))
            loss = objective.loss
            metrics = objective.metrics if metrics is None else metrics
            notes += objective.reasons
    if metrics is None and compiled:
        metrics = settings.get("metrics")
    chosen = _optimizer(optimizer if optimizer is not None else (model.optimizer if compiled else "adam"))
    if learning_rate is not None or clip is not None:
        config = chosen.get_config()
        if learning_rate is not None:
            config["learning_rate"] = learning_rate
        if clip is not None:
            config |= {"global_clipnorm": clip, "clipnorm": None, "clipvalue": None}
        before, chosen = chosen, type(chosen).from_config(config)
        carry_exclusions(before, model.trainable_variables, chosen, model.trainable_variables)
    try:
        model.compile(optimizer=chosen, loss=loss, metrics=metrics, weighted_metrics=None)
    except (ValueError, TypeError) as error:
        expected = _("a loss and metrics that Keras knows ({reason})").format(
            reason=str(error).split("\n")[0]
        )
        raise wrong_value("loss", expected, loss) from error
    return notes


def _optimizer(optimizer: Any) -> Any:
    """A Keras optimizer that belongs to no other model yet."""
    expected = _("the name of a Keras optimizer, such as 'adam', or a Keras optimizer")
    if isinstance(optimizer, str):
        try:
            return keras.optimizers.get(optimizer)
        except ValueError:
            raise wrong_value("optimizer", expected, optimizer) from None
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        raise wrong_type("optimizer", expected, optimizer)
    if not optimizer.built:
        return optimizer
    copy = type(optimizer).from_config(optimizer.get_config())
    carry_exclusions(optimizer, (), copy, ())
    return copy


def exclusions(optimizer: Any, variables: Any) -> tuple[list[int], str | None]:
    """Which of `variables` an optimizer excludes from weight decay: their places, and a pattern of names.

    Keras keeps them out of an optimizer's configuration (`exclude_from_weight_decay`)."""
    excluded: set[int] = getattr(optimizer, "_exclude_from_weight_decay", set())
    pattern = getattr(optimizer, "_exclude_from_weight_decay_pattern", None)
    places = [place for place, variable in enumerate(variables) if optimizer._var_key(variable) in excluded]
    return places, None if pattern is None else pattern.pattern


def carry_exclusions(before: Any, theirs: Any, after: Any, ours: Any) -> None:
    """Excludes the same variables from weight decay in an optimizer that was made anew."""
    places, pattern = exclusions(before, theirs)
    if places or pattern:
        after.exclude_from_weight_decay([ours[place] for place in places], [pattern] if pattern else None)


def _set_rate(optimizer: Any, learning_rate: float) -> None:
    if isinstance(optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        expected = _("None, since the model's optimizer follows a schedule of its own")
        raise wrong_value("learning_rate", expected, learning_rate)
    optimizer.learning_rate = learning_rate


def _targets(source: Any) -> Any:
    if isinstance(source, Texts):
        return source.sample(2)[1]
    targets = source.parts[1] if hasattr(source, "parts") else source.sample(1000)[1]
    return (
        np.asarray(targets)
        if len(leaves(targets)) == 1 and not isinstance(targets, tuple | dict)
        else targets
    )
