"""Show code, and the line that uses the best: a sweep as the cells that make it again."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import TYPE_CHECKING, Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.reader import name_of
from bigmodel_nb.widgets.sweep_arguments import USUAL

if TYPE_CHECKING:
    from bigmodel_nb.widgets.sweep import SweepExplorer

OF_FIT = ("learning_rate", "clip", "batch_size", "seed")
OF_TRAINING = (*OF_FIT, "weight_decay", "optimizer")  # all other knobs are the builder's
OPTIMIZERS = {
    "adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop", "adagrad": "Adagrad",
    "adadelta": "Adadelta", "adamax": "Adamax", "nadam": "Nadam", "lion": "Lion", "ftrl": "Ftrl",
}  # fmt: skip


def sweep_cell(explorer: SweepExplorer) -> str:
    """The cell that trains the same members and draws the present view."""
    imports, given, builder, data = _given(explorer)
    lines = [
        *imports,
        "from bigmodel_nb.training import sweep",
        "from bigmodel_nb.widgets import sweep_picture",
    ]
    settings = [f"{name}={values!r}" for name, values in explorer.sweep.values.items()]
    settings += [f"{name}={code}" for name, code in _asked(explorer).items()]
    settings.append(f"epochs={explorer.shown_epochs()}")
    call = f"result = sweep(\n    {builder}, {data},\n" + "".join(f"    {one},\n" for one in settings) + ")"
    return "\n".join([*lines, "", *given, call, picture_code(explorer)]) + "\n"


def picture_code(explorer: SweepExplorer) -> str:
    told = {"metric": explorer.metric.value, "across": explorer.across.value}
    down = explorer.down.value
    told |= {"down": down} if down else {}
    told |= {"chosen": explorer.chosen} if explorer.chosen else {}
    told |= {"theme": explorer.theme}
    return "sweep_picture(result, {view!r}, {told})".format(
        view=explorer.view.value, told=", ".join(f"{name}={value!r}" for name, value in told.items())
    )


def best_cell(explorer: SweepExplorer, settings: Mapping[str, Any]) -> str:
    """The cell that trains one model with the best settings."""
    imports, given, builder, data = _given(explorer)
    chosen = {**explorer.fixed, **settings}
    lines = [*imports, "from bigmodel_nb.training import fit"]
    model = [f"{name}={code_of(value)}" for name, value in chosen.items() if name not in OF_TRAINING]
    if explorer.asked["config"] is not None:
        model.insert(0, code_of(explorer.asked["config"]))
    fit = {name: repr(chosen[name]) for name in OF_FIT if chosen.get(name) is not None}
    if fit.get("batch_size") == repr(USUAL["batch_size"]):
        del fit["batch_size"]
    optimizer = chosen["optimizer"]
    if chosen.get("weight_decay") is not None:
        kind = OPTIMIZERS.get(str(optimizer).lower(), "...")
        lines.insert(0, "import keras")
        fit["optimizer"] = f"keras.optimizers.{kind}(weight_decay={chosen['weight_decay']!r})"
    elif optimizer != USUAL["optimizer"]:
        fit["optimizer"] = code_of(optimizer)
    others = {name: code_of(explorer.asked[name]) for name in ("validation_data", "metrics")}
    fit |= {"epochs": repr(explorer.shown_epochs())}
    fit |= {name: code for name, code in others.items() if code != "None"}
    called = "".join(f"    {name}={code},\n" for name, code in fit.items())
    call = f"run = fit(\n    {builder}({', '.join(model)}),\n    {data},\n{called})"
    return "\n".join([*lines, "", *given, call]) + "\n"


def _given(explorer: SweepExplorer) -> tuple[list[str], list[str], str, str]:
    """Lines that import the builder, lines for what only the reader can put in, and what builder and data
    are called then."""
    imports, lines = [], []
    name, module = (getattr(explorer.builder, part, "") or "" for part in ("__name__", "__module__"))
    builder = name_of(explorer.builder) if explorer.builder is not None else None
    if module.startswith("bigmodel_nb.models") and name.isidentifier():
        imports, builder = [f"from bigmodel_nb.models import {name}"], name
    if builder is None:
        builder = "builder"
        lines.append("builder = ...  # " + _("put the function here that you gave to the explorer"))
    data = name_of(explorer.data) if explorer.data is not None else None
    if data is None:
        data = "data"
        lines.append("data = ...  # " + _("put the data here that you gave to the explorer"))
    return imports, lines, builder, data


def _asked(explorer: SweepExplorer) -> dict[str, str]:
    """What else the sweep was asked for, where it differs from the defaults, as code."""
    usual = {**USUAL, "together": "auto"}
    found = {name: code_of(value) for name, value in {**explorer.fixed, **explorer.asked}.items()}
    return {
        name: code
        for name, code in found.items()
        if code != repr(usual.get(name)) or (name in explorer.fixed and name not in usual)
    }


def code_of(value: Any) -> str:
    """A value as code: by the name that it has in the notebook where it is no plain value."""
    return repr(value) if _plain(value) else name_of(value) or "..."


def _plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_plain, value))
    return value is None or isinstance(value, str | int | float | bool) or is_dataclass(value)


def code_html(code: str) -> str:
    """Code to be read and copied."""
    style = "user-select:all;padding:8px;border:1px solid #8b949e;white-space:pre-wrap;word-break:normal"
    return f'<pre style="{style}" tabindex="0">{html.escape(code)}</pre>'
