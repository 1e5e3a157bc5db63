"""What a SweepExplorer is given: a finished sweep, or the lists of values for a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.sweep_record import Sweep
from bigmodel_nb.widgets.sweep_trainer import MOST_MEMBERS, count_of
from bigmodel_nb.widgets.sweep_values import checked_values

USUAL = {"optimizer": "adam", "batch_size": 32}  # what a sweep has where nothing else is asked for


def first_sweep(sweep: Any, builder: Any, data: Any, knobs: Mapping[str, Any]) -> Sweep:
    """The sweep to show first: the one given, or one over the lists in `knobs` that has not begun. What is no
    list is the same for all its members (`fixed`)."""
    callable_one = _("a function that returns a Keras model, such as build_mlp")
    if sweep is not None:
        if not isinstance(sweep, Sweep) or not sweep.members or not sweep.knobs:
            raise arguments.wrong_type("sweep", _("a Sweep, as training.sweep returns it"), sweep)
        for name, given in knobs.items():
            if name not in USUAL or given is not USUAL[name]:
                raise arguments.wrong_value(name, _("left out beside a finished sweep"), given)
        if builder is not None and not callable(builder):
            raise arguments.wrong_type("builder", callable_one, builder)
        return sweep
    if not callable(builder):
        raise arguments.wrong_type("builder", callable_one, builder)
    if data is None:
        raise arguments.wrong_type("data", _("a data set with a training part, or (x, y)"), data)
    swept = {name: given for name, given in knobs.items() if is_list(given)}
    values = {name: checked_values(name, several) for name, several in swept.items()}
    if not values:
        expected = _("lists of values to try, such as learning_rate=[0.001, 0.01], seed=[0, 1]")
        raise arguments.wrong_value("knobs", expected, {n: g for n, g in knobs.items() if n not in USUAL})
    if count_of(values) > MOST_MEMBERS:
        expected = _("lists with at most {most} combinations").format(most=MOST_MEMBERS)
        raise arguments.wrong_value("knobs", expected, count_of(values))
    if "batch_size" not in values:
        arguments.whole("batch_size", knobs["batch_size"], 1)
    fixed = {name: given for name, given in knobs.items() if name not in values}
    return Sweep.of(values, fixed=fixed)


def is_list(given: Any) -> bool:
    """Whether a knob is swept over what is given: a list, a range or an array."""
    return isinstance(given, list | range) or (hasattr(given, "tolist") and getattr(given, "ndim", 0) > 0)


def known_metric(metric: Any, sweep: Sweep, *, or_first: bool = False) -> str:
    """`metric` where the members have a history of it; before they have any, every name."""
    if not isinstance(metric, str) or not metric.isidentifier():
        raise arguments.wrong_type("metric", _('a name such as "val_loss"'), metric)
    if not sweep.metrics or metric in sweep.metrics:
        return metric
    if or_first or metric == "val_loss":  # the default, where nothing is held out
        return "loss" if "loss" in sweep.metrics else sweep.metrics[0]
    return arguments.one_of("metric", metric, sweep.metrics)
