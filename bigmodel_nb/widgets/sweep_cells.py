"""Show code, and the line that uses the best: a sweep as the cells that make it again."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.reader import name_of

if TYPE_CHECKING:
    from bigmodel_nb.widgets.sweep import SweepExplorer

# What `fit` takes beside the model; weight decay belongs to the optimizer, all else to the builder.
TRAINING = ("learning_rate", "clip", "batch_size", "seed")
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
    settings += [f"{name}={value}" for name, value in asked(explorer).items()]
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
    model = {name: value for name, value in settings.items() if name not in (*TRAINING, "weight_decay")}
    fit = {name: settings[name] for name in TRAINING if name in settings}
    fit |= {"epochs": explorer.epochs.value}
    if "batch_size" not in fit and explorer.asked["batch_size"] != 32:
        fit["batch_size"] = explorer.asked["batch_size"]
    decay, optimizer = settings.get("weight_decay"), explorer.asked["optimizer"]
    written = [f"{name}={value!r}" for name, value in fit.items()]
    lines = [*imports, "from bigmodel_nb.training import fit"]
    if decay is not None:
        kind = OPTIMIZERS.get(str(optimizer).lower(), "...")
        lines.append("import keras")
        written.insert(0, f"optimizer=keras.optimizers.{kind}(weight_decay={decay!r})")
    elif optimizer != "adam":
        written.insert(0, f"optimizer={optimizer!r}")
    if explorer.asked["config"] is not None:
        model = {"config": explorer.asked["config"], **model}
    made = ", ".join(
        f"{value!r}" if name == "config" else f"{name}={value!r}" for name, value in model.items()
    )
    call = f"run = fit({builder}({made}), {data}, {', '.join(written)})"
    return "\n".join([*sorted(lines), "", *given, call]) + "\n"


def _given(explorer: SweepExplorer) -> tuple[list[str], list[str], str, str]:
    """Lines that import the builder, lines for what only the reader can put in, and what builder and data
    are called then."""
    imports, lines = [], []
    builder = name_of(explorer.builder) if explorer.builder is not None else None
    name, module = (getattr(explorer.builder, part, "") or "" for part in ("__name__", "__module__"))
    if builder is None and module.startswith("bigmodel_nb.models") and name.isidentifier():
        imports, builder = [f"from bigmodel_nb.models import {name}"], name
    if builder is None:
        builder = "builder"
        lines.append("builder = ...  # " + _("put the function here that you gave to the explorer"))
    data = name_of(explorer.data) if explorer.data is not None else None
    if data is None:
        data = "data"
        lines.append("data = ...  # " + _("put the data here that you gave to the explorer"))
    return imports, lines, builder, data


def asked(explorer: SweepExplorer) -> dict[str, str]:
    """What else the sweep was asked for, where it differs from the defaults, as code."""
    from bigmodel_nb.widgets.sweep import DEFAULTS

    found = {"epochs": repr(explorer.shown_epochs())}
    for name, usual in DEFAULTS.items():
        value = explorer.asked[name]
        if value is not usual and not (isinstance(value, str | int) and value == usual):
            found[name] = name_of(value) or (repr(value) if _plain(value) else "...")
    return found


def _plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_plain, value))
    return value is None or isinstance(value, str | int | float | bool)


def code_html(code: str) -> str:
    """Code to be read and copied."""
    style = "user-select:all;padding:8px;border:1px solid #8b949e;white-space:pre-wrap;word-break:normal"
    return f'<pre style="{style}" tabindex="0">{html.escape(code)}</pre>'
