"""A Keras model as a list of steps, so that models of one architecture can be computed side by side.

    program = read(model)                    # raises CannotStack with a reason, where that cannot be
    program.signature == read(other).signature

Two models share a signature where they differ in nothing but the values of their weights, how these began and
what they cost, and the rates of their dropout, 0 (no such layer at all) included.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.stacking.layers import DROPOUTS_WITHIN, reason_against
from bigmodel_nb.training.steps import evaluates_itself, steps_itself

# What of a layer's settings changes no computation, or is a value that each member may have of its own.
OWN = ("name", "rate", "dropout", "seed", "stddev", "out_stddev", "synchronized", "autocast")
OWN_ENDINGS = ("_initializer", "_regularizer")
REGULARIZERS = ("L1", "L2", "L1L2")


class CannotStack(Exception):
    """Why a model cannot be stacked, in words for the reader."""


@dataclass(frozen=True)
class Value:
    """Stands for a tensor while a model is read: the output of step `place`, or input -1, -2, ..."""

    place: int


@dataclass
class Step:
    """One call of a layer."""

    layer: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass
class Program:
    """The steps of a model. Dropout layers are no steps: `dropouts` has them by the place of the value that
    they silence, or by the step that they are within."""

    steps: list[Step] = field(default_factory=list)
    dropouts: dict[str, Any] = field(default_factory=dict)
    output: int = 0
    kinds: list[str] = field(default_factory=list)  # the types of the inputs
    signature: str = ""
    order: list[int] = field(default_factory=list)  # of its variables among its model's
    generators: dict[str, int] = field(default_factory=dict)  # of its dropouts among its model's

    @property
    def variables(self) -> list[Any]:
        """The variables of all steps in the order of these, each once, without states of random numbers."""
        found: dict[int, Any] = {}
        for step in self.steps:
            for variable in step.layer.variables:
                if "seed_generator" not in variable.path:
                    found.setdefault(id(variable), variable)
        return list(found.values())


def read(model: Any) -> Program:
    """The program of a built model. Raises CannotStack."""
    _check_model(model)
    program, skipped = Program(), {}
    uses: dict[Any, Any] = {}

    def record(layer: Any) -> Callable[..., Value]:
        def call(*args: Any, **kwargs: Any) -> Value:
            if isinstance(layer, keras.Model):
                return _inside(layer)._run_through_graph(keras.tree.flatten(args), operation_fn=record)
            # A functional model gives its layers its own `training`, whatever they were built with.
            kwargs = {
                name: value for name, value in kwargs.items() if value is not None and name != "training"
            }
            if type(layer) is keras.layers.Dropout and layer.noise_shape is None and not kwargs:
                source = args[0].place
                if layer.rate > 0:
                    if source in skipped:
                        raise CannotStack(_("one dropout directly after another"))
                    skipped[source] = layer
                    program.dropouts[str(source)] = layer
                return Value(source)
            why = reason_against(layer)
            if why:
                raise CannotStack(why)
            for value in keras.tree.flatten((args, kwargs)):
                if isinstance(value, Value):
                    uses[value.place] = uses.get(value.place, 0) + 1
            place = len(program.steps)
            program.steps.append(Step(layer, args, kwargs))
            for name in DROPOUTS_WITHIN.get(type(layer).__name__, ()):
                if getattr(layer, name) is not None:
                    program.dropouts[f"{place}.{name}"] = getattr(layer, name)
            return Value(place)

        return call

    functional = _inside(model)
    program.kinds = [str(one.dtype) for one in functional.inputs]
    starts = [Value(-1 - place) for place in range(len(program.kinds))]
    program.output = functional._run_through_graph(starts, operation_fn=record).place
    if any(uses.get(place, 0) > 1 for place in skipped):
        raise CannotStack(_("dropout on one branch of several"))
    _check_variables(program.variables)
    program.signature = _signature(program, functional)
    return program


def _inside(model: Any) -> Any:
    return model._functional if isinstance(model, keras.Sequential) else model


def _check_model(model: Any) -> None:
    from keras.src.models.functional import Functional

    inside = _inside(model)
    if steps_itself(model) or evaluates_itself(model):
        raise CannotStack(_("the model has a train_step or test_step of its own"))
    if not isinstance(inside, Functional) or type(inside).call is not Functional.call:
        raise CannotStack(_("the model is not a graph of layers"))
    if len(inside.outputs) != 1 or not isinstance(inside._inputs_struct, keras.KerasTensor | list | tuple):
        raise CannotStack(_("the model has several outputs, or inputs by name"))
    if inside.outputs[0].shape[0] is not None or getattr(inside.outputs[0], "_keras_mask", None) is not None:
        raise CannotStack(_("the model has a fixed batch, or masks some of its inputs"))


def _check_variables(variables: list[Any]) -> None:
    for variable in variables:
        regularizer = getattr(variable, "regularizer", None)
        if regularizer is not None and type(regularizer).__name__ not in REGULARIZERS:
            raise CannotStack(_("a regularizer of {kind}").format(kind=type(regularizer).__name__))
        if getattr(variable, "constraint", None) is not None:
            raise CannotStack(_("weights with a constraint"))
        if variable.dtype != "float32":
            raise CannotStack(_("weights in {dtype}").format(dtype=variable.dtype))


def _signature(program: Program, functional: Any) -> str:
    numbers = {id(variable): place for place, variable in enumerate(program.variables)}
    steps = []
    for step in program.steps:
        weights = [
            (numbers[id(one)], tuple(one.shape), one.trainable)
            for one in step.layer.variables
            if id(one) in numbers
        ]
        called = keras.tree.map_structure(_shown, (step.args, step.kwargs))
        steps.append([type(step.layer).__name__, _cleaned(step.layer.get_config()), weights, called])
    inputs = [(tuple(one.shape), str(one.dtype)) for one in functional.inputs]
    return json.dumps([inputs, steps, program.output], sort_keys=True, default=repr)


def _shown(part: Any) -> str:
    return repr(part)


def _cleaned(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            name: _cleaned(value)
            for name, value in part.items()
            if name not in OWN and not name.endswith(OWN_ENDINGS)
        }
    return [_cleaned(value) for value in part] if isinstance(part, list | tuple) else part
