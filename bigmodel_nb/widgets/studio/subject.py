"""The builder and its data: which settings there are to turn, and which the data decide."""

from __future__ import annotations

import inspect
import re
from typing import Any

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.models.config import ModelConfig, configured
from bigmodel_nb.widgets.studio.fields import Field, fields_of


class Subject:
    """A builder of `bigmodel_nb.models`, or a function of the reader's own that returns a Keras model.

    `kind` is the builder's record (`MLPConfig`), None for a function of the reader's own. `fields` are the
    settings that can be turned, `fixed` those that the data decide (the shape of an example, the number of
    classes), `start` the values of the fields at first: those of `config` (a record, or the name of a size)
    and of `settings`, else the defaults.
    """

    def __init__(self, builder: Any, data: Any, config: Any = None, settings: dict[str, Any] | None = None):
        if not callable(builder):
            expected = _("a function that returns a Keras model, such as build_mlp")
            raise arguments.wrong_type("builder", expected, builder)
        self.builder, self.data = builder, data
        self.kind = record_of(builder)
        self.name = getattr(builder, "__name__", type(builder).__name__)
        settings = dict(settings or {})
        decided = decided_by(data)
        every = fields_of(self.kind or builder)
        needed = {field.name for field in every} if self.kind else _parameters(builder)
        self.fixed = {
            name: value for name, value in decided.items() if name in needed and name not in settings
        }
        if self.kind is None and config is not None:
            expected = _("None, since {builder} takes no record").format(builder=self.name)
            raise arguments.wrong_value("config", expected, config)
        known = [field.name for field in every if field.name not in self.fixed]
        for name in settings:
            arguments.one_of("settings", name, [*known, *self.fixed])
        self.length = length_of(data)
        self.fields: list[Field] = [field for field in every if field.name in known]
        self.start = {field.name: field.default for field in self.fields}
        if self.kind is not None:
            if config is not None:
                settings = {**_given(configured(self.kind, config, {}), self.kind), **settings}
                settings = {name: value for name, value in settings.items() if name not in self.fixed}
            record = configured(self.kind, None, {**self.fixed, **settings})
            self.start = {name: getattr(record, name) for name in self.start}
        else:
            missing = [name for name in _required(builder) if name not in self.fixed]
            if missing:
                expected = _("a function whose arguments have defaults; {names} has none")
                raise arguments.wrong_value("builder", expected.format(names=", ".join(missing)), self.name)
            self.start |= settings

    def config(self, settings: dict[str, Any]) -> ModelConfig | None:
        """The record that these settings describe; None for a function. Raises what the record refuses."""
        if self.kind is None:
            return None
        return configured(self.kind, None, {**self.fixed, **settings})

    def arguments(self, settings: dict[str, Any]) -> dict[str, Any]:
        """What the builder is called with: what the data decide, and what differs from the defaults."""
        defaults = {field.name: field.default for field in self.fields}
        changed = {name: value for name, value in settings.items() if value != defaults.get(name)}
        return {**self.fixed, **changed}

    def call(self, **arguments: Any) -> Any:
        """Calls the builder. Raises a BuilderError for whatever it raises."""
        try:
            return self.builder(**arguments)
        except Exception as error:  # the reader's own code
            raise BuilderError(self.name, error) from error

    def build(self, settings: dict[str, Any], seed: int) -> Any:
        """A new model, its first weights drawn from `seed`; the random state of the reader's session is
        afterwards as it was. Raises a BuilderError for whatever the builder raises."""
        from bigmodel_nb.training.later import keras
        from bigmodel_nb.training.twins import random_state_kept

        with random_state_kept():
            keras.utils.set_random_seed(seed)
            model = self.call(**self.arguments(settings))
        if not isinstance(model, keras.Model):
            expected = _("a function that returns a Keras model, such as build_mlp")
            raise arguments.wrong_type("builder", expected, model)
        return model


class BuilderError(ValueError):
    """What the reader's builder raised, in a sentence that names it."""

    def __init__(self, name: str, error: BaseException):
        lines = str(error).strip().splitlines() or [""]
        words = _("{builder} raised {kind}: {what}")
        super().__init__(words.format(builder=name, kind=type(error).__name__, what=lines[0][:300]))


def record_of(builder: Any) -> type[ModelConfig] | None:
    """The record that a builder of `bigmodel_nb.models` takes: the annotation of its first argument names
    it."""
    try:
        first = next(iter(inspect.signature(builder).parameters.values()), None)
    except (TypeError, ValueError):
        return None
    for word in re.findall(r"\w+", str(getattr(first, "annotation", ""))):
        kind = getattr(builder, "__globals__", {}).get(word)
        if isinstance(kind, type) and issubclass(kind, ModelConfig) and kind is not ModelConfig:
            return kind
    return None


def decided_by(data: Any) -> dict[str, Any]:
    """Settings that follow from the data, by the names that builders have for them."""
    train = getattr(data, "train", data)
    if hasattr(train, "context_length"):
        found = {"context_length": int(train.context_length)}
        if hasattr(data, "vocabulary_size"):
            found["vocabulary_size"] = int(data.vocabulary_size)
        return {**found, "task": "next token"}
    x, y = _x_and_y(train)
    if x is None:
        return {}
    if y.dtype.kind in "iub" and y.ndim == 1:
        outputs = int(getattr(data, "num_classes", 0)) if hasattr(data, "target_names") else 0
        outputs = outputs or int(y.max()) + 1
        found = {"num_outputs": outputs, "num_classes": outputs}
    else:
        found = {"num_outputs": int(y.shape[1]) if y.ndim > 1 else 1}
    return {"input_shape": tuple(map(int, x.shape[1:])), **found}


def length_of(data: Any) -> int | None:
    """The length of a sequence, where examples are sequences: it stands for an axis of any length."""
    train = getattr(data, "train", data)
    if hasattr(train, "context_length"):
        return int(train.context_length)
    x, _y = _x_and_y(train)
    return int(x.shape[1]) if x is not None and x.ndim > 1 else None


def _x_and_y(train: Any) -> tuple[Any, Any]:
    """Inputs and targets, where they are arrays with shapes."""
    parts = (train.x, train.y) if hasattr(train, "x") and hasattr(train, "y") else train
    if isinstance(parts, tuple | list) and len(parts) >= 2:
        x, y = parts[0], parts[1]
        if hasattr(x, "shape") and hasattr(y, "dtype") and len(getattr(y, "shape", ())) >= 1:
            return x, y
    return None, None


def _given(record: ModelConfig, kind: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields_of(kind)}


def _parameters(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters)


def _required(function: Any) -> list[str]:
    known = inspect.signature(function).parameters.values()
    return [one.name for one in known if one.default is one.empty and one.kind not in (2, 4)]
