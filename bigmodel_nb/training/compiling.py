"""Gives a model its loss, metrics and optimizer: those asked for, else its own, else those that fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.nested import leaves
from bigmodel_nb.training.objective import infer, labels_below
from bigmodel_nb.training.sources import Texts


def compile_model(
    model: Any, source: Any, loss: Any, metrics: Any, optimizer: Any, learning_rate: float | None, clip: Any
) -> list[str]:
    """Compiles `model` where it is not compiled as asked for, and returns sentences about what was chosen.

    An optimizer that the model has already keeps its state.
    """
    notes: list[str] = []
    compiled = model.compiled and model.optimizer is not None
    settings = model._compile_config.config if compiled else {}
    if compiled and optimizer is None and _thawed(model):
        optimizer = model.optimizer
        notes.append(_("optimizer: begun anew, since there are weights to train that it does not know"))
    elif compiled and optimizer is model.optimizer:
        optimizer = None
    if compiled and optimizer is None:
        chosen = model.optimizer
        if learning_rate is not None:
            _set_rate(chosen, learning_rate)
        if loss is None and metrics is None and (clip is None or _clip(chosen) == clip):
            return notes
        if clip is not None:
            _set_clip(chosen, clip)
    else:
        chosen = _with(_optimizer("adam" if optimizer is None else optimizer), learning_rate, clip, model)
    loss_weights = None
    if loss is None and compiled:
        loss, loss_weights = settings.get("loss"), settings.get("loss_weights")
    elif loss is None:
        objective = infer(model, _targets(source))
        loss = objective.loss
        metrics = objective.metrics if metrics is None else metrics
        notes += objective.reasons
    try:
        model.compile(
            optimizer=chosen,
            loss=loss,
            loss_weights=loss_weights,
            metrics=settings.get("metrics") if metrics is None else metrics,
            weighted_metrics=settings.get("weighted_metrics"),
        )
    except (ValueError, TypeError) as error:
        expected = _("a loss and metrics that Keras knows ({reason})").format(reason=_first_line(error))
        raise wrong_value("loss", expected, loss) from error
    return notes


def check_objective(name: str, model: Any, source: Any) -> None:
    """Computes the loss of the first examples of `source` (argument `name`), so that targets that do not fit
    are named before anything is trained. Nothing in the model changes."""
    x, y, weight = source.sample(fixed_batch(model) or 2)
    extra = {"training": False} if model._call_has_training_arg else {}
    state = [(variable, variable.numpy()) for variable in model.non_trainable_variables]
    outputs: Any = ()
    try:
        outputs = model(x, **extra)
        _check_targets(name, model, source, outputs)
        model._compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weight, training=False)
        if model._compile_metrics is not None:
            model._compile_metrics.update_state(y, outputs, weight)
    except Exception as error:
        if str(error).startswith(f"{name}: "):
            raise
        shapes = [" and ".join(str(tuple(part.shape)) for part in leaves(parts)) for parts in (outputs, y)]
        expected = _(
            "one that takes outputs of shape {outputs} and targets of shape {targets}, as those of {name} "
            "are ({kind}: {reason})"
        ).format(
            outputs=shapes[0],
            targets=shapes[1],
            name=name,
            kind=type(error).__name__,
            reason=_first_line(error),
        )
        raise wrong_value("loss", expected, model.loss) from error
    finally:
        for variable, value in state:
            variable.assign(value)
        for metric in model.metrics:
            metric.reset_state()


def fixed_batch(model: Any) -> int | None:
    """The number of examples that each batch must have, where a model was built for one (stateful layers)."""
    inputs = getattr(model, "inputs", None)
    return inputs[0].shape[0] if inputs else None


def _check_targets(name: str, model: Any, source: Any, outputs: Any) -> None:
    """Labels that the model has no output for, and shapes that would be stretched to fit."""
    kind = model.loss if isinstance(model.loss, str) else type(model.loss).__name__
    targets = _targets(source)
    if isinstance(targets, tuple | dict) or not hasattr(outputs, "shape"):
        return
    shape = tuple(outputs.shape)
    if kind.lower().replace("_", "").startswith("sparse"):
        labels_below(f"{name}: y", shape[-1], targets, getattr(model.loss, "ignore_class", None))
    elif kind.lower() != "ctc" and (isinstance(model.loss, str) or _is_keras(model.loss)):
        if targets.ndim == len(shape) and targets.shape[1:] != shape[1:]:
            expected = _("targets of shape {shape}, as the outputs have").format(shape=(None, *shape[1:]))
            raise wrong_value(f"{name}: y", expected, targets)


def _is_keras(thing: Any) -> bool:
    return type(thing).__module__.startswith("keras.")


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else ""


@contextmanager
def compiled_as_before(model: Any) -> Iterator[None]:
    """Where the block raises, the model has its old loss, metrics and optimizer again, as they were."""
    before = dict(model.__dict__)
    optimizer = _inner(before.get("optimizer"))
    settings = {name: getattr(optimizer, name, None) for name in CLIPPING}
    rate = (
        None
        if optimizer is None or has_schedule(optimizer)
        else float(optimizer._get_current_learning_rate())
    )
    try:
        yield
    except BaseException:
        added = set(model.__dict__) - set(before)
        for name in added:
            del model.__dict__[name]
        model.__dict__.update(before)
        if optimizer is not None:
            for name, value in settings.items():
                setattr(optimizer, name, value)
            if rate is not None:
                optimizer.learning_rate = rate
        raise


def _thawed(model: Any) -> bool:
    """Whether layers became trainable after the optimizer began."""
    optimizer = model.optimizer
    if not optimizer.built or type(optimizer).__name__ == "MultiOptimizer":
        return False
    known = {id(variable) for variable in optimizer._trainable_variables}
    return any(id(variable) not in known for variable in model.trainable_variables)


# -- optimizers -------------------------------------------------------------------------------

CLIPPING = ("clipnorm", "global_clipnorm", "clipvalue")


def _inner(optimizer: Any) -> Any:
    """The optimizer itself, where one that scales the loss stands around it."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def has_schedule(optimizer: Any) -> bool:
    """Whether an optimizer's rate is not one that can be set."""
    rate = _inner(optimizer)._learning_rate
    return not isinstance(rate, keras.Variable) or type(optimizer).__name__ == "MultiOptimizer"


def _clip(optimizer: Any) -> float | None:
    inner = _inner(optimizer)
    return inner.global_clipnorm if inner.clipnorm is None and inner.clipvalue is None else None


def _set_clip(optimizer: Any, clip: float) -> None:
    for name in CLIPPING:
        setattr(_inner(optimizer), name, clip if name == "global_clipnorm" else None)


def _with(optimizer: Any, learning_rate: float | None, clip: float | None, model: Any) -> Any:
    """The optimizer, or one like it with another rate or limit."""
    if learning_rate is None and clip is None:
        return optimizer
    if learning_rate is not None and has_schedule(optimizer):
        raise wrong_value("learning_rate", _(SCHEDULED), learning_rate)
    scaled, inner = optimizer, _inner(optimizer)
    config = inner.get_config()
    if learning_rate is not None:
        config["learning_rate"] = learning_rate
    if clip is not None:
        config |= {"global_clipnorm": clip, "clipnorm": None, "clipvalue": None}
    made = type(inner).from_config(config)
    carry_exclusions(inner, model.trainable_variables, made, model.trainable_variables)
    if scaled is inner:
        return made
    settings = scaled.get_config() | {"inner_optimizer": keras.saving.serialize_keras_object(made)}
    return type(scaled).from_config(settings)


SCHEDULED = "None, since the optimizer follows a schedule of its own"


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
    if not optimizer.built or type(optimizer).__name__ == "MultiOptimizer":
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
    if has_schedule(optimizer):
        raise wrong_value("learning_rate", _(SCHEDULED), learning_rate)
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
