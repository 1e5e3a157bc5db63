"""What a `RetrainingExplorer` may build: functions that return models, and the knobs that they take."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _

Builder = Callable[..., Any]


def checked_builders(builder: Any) -> dict[str, Builder]:
    """The builders by name; `build_mlp` where None is given."""
    expected = _("a function that returns a Keras model, or a dict of such functions by name")
    if builder is None:
        from bigmodel_nb.models import build_mlp

        builder = build_mlp
    if isinstance(builder, Mapping):
        if not builder or not all(isinstance(name, str) and callable(one) for name, one in builder.items()):
            raise arguments.wrong_value("builder", expected, builder)
        return dict(builder)
    if not callable(builder):
        raise arguments.wrong_type("builder", expected, builder)
    return {getattr(builder, "__name__", "model"): builder}


def takes(builder: Builder, name: str) -> bool:
    """Whether a builder has an argument of this name, or builds from a record that has such a field."""
    while isinstance(builder, functools.partial):
        builder = builder.func
    try:
        known = inspect.signature(builder).parameters
    except (ValueError, TypeError):
        return True
    kind = str(known["config"].annotation).partition(" ")[0] if "config" in known else ""
    record = getattr(sys.modules.get(getattr(builder, "__module__", "")), kind, None)
    if dataclasses.is_dataclass(record):
        return name in {entry.name for entry in dataclasses.fields(record)}
    return name in known or any(one.kind is one.VAR_KEYWORD for one in known.values())
