"""What a `RetrainingExplorer` says: its summary, its speed, and the cell that does the same by `fit`."""

from __future__ import annotations

import base64
import functools
import html
from typing import TYPE_CHECKING, Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.language import ngettext
from bigmodel_nb.training.run import DIVERGED, duration, label
from bigmodel_nb.widgets.reader import name_of
from bigmodel_nb.widgets.words import amount

if TYPE_CHECKING:
    from bigmodel_nb.training.retraining import Curve
    from bigmodel_nb.widgets.retraining import RetrainingExplorer

KERAS = {"sgd": "SGD", "adam": "Adam", "rmsprop": "RMSprop", "adagrad": "Adagrad", "adamw": "AdamW"}
OWN_DECAY = {"adamw"}  # whose own weight decay is not 0


def described(explorer: RetrainingExplorer, longest: bool = False) -> str:
    """The present curve in words, and the earlier one beside it; as long as that gets, on request."""
    if longest:
        return _PATTERN
    if not explorer._started:
        return _("Keras is loading, and then the first model is compiled. That takes some seconds, once.")
    if not explorer.revealed:
        return _("The curves are ready. Predict, and they are shown.")
    if explorer._waits:
        return _("This is another model. When the slider rests, it is compiled, for a second or two.")
    curve = explorer.curve
    if curve is None:
        return _("Compiling another model; a second or two.") if explorer._compiles else ""
    head = _("Learning rate {rate}: ").format(rate=amount(float(curve.config["learning_rate"])))
    lines = [head + _fate(curve)]
    if explorer.others:
        lines.append(_seeds(explorer))
    if explorer.earlier is not None:
        lines.append(_("Before the last change: {fate}").format(fate=_fate(explorer.earlier, short=True)))
    return "\n".join(lines)


def _fate(curve: Curve, short: bool = False) -> str:
    epochs = curve.config["epochs"]
    if curve.ended == DIVERGED:
        words = _("the loss was no longer a number at step {step}, in epoch {epoch}.")
        return words.format(step=curve.steps + 1, epoch=curve.epochs + 1)
    if not curve.epochs:
        return _("nothing is trained yet.")
    told = _told(curve.history)
    values = [
        f"{_words(name)} {_figure(name, curve.history[name][-1])}" for name in (told[:2] if short else told)
    ]
    if curve.best_epoch is not None and "val_loss" in told and not short:
        values[told.index("val_loss")] += _(" (lowest after epoch {epoch})").format(epoch=curve.best_epoch)
    if short:
        return ", ".join(values) + "."
    when = _("after {epoch} of {epochs} epochs") if curve.epochs < epochs else _("after {epoch} epochs")
    return when.format(epoch=curve.epochs, epochs=epochs) + " " + ", ".join(values) + "."


def _words(name: str) -> str:
    return _("training {quantity}").format(quantity=label(name)) if name == "loss" else label(name)


# Never read, only as long as it gets: the page keeps room for it.
_PATTERN = (
    "Learning rate 0.00123: after 100 of 100 epochs validation accuracy 98.5 %, validation loss 0.1234 "
    "(lowest after epoch 100), training loss 0.1234.\n"
    "Before the last change: validation accuracy 98.5 %, validation loss 0.1234."
)


def _told(history: dict[str, list[float]]) -> list[str]:
    """The best first: metrics of what was held out, its loss, the loss of training."""
    metrics = [name for name in history if name not in ("loss", "val_loss")]
    held = [name for name in metrics if name.startswith("val_")]
    return [*(held or metrics)[:1], *(name for name in ("val_loss", "loss") if name in history)]


def _figure(name: str, value: float) -> str:
    return f"{100 * value:.1f} %" if "accuracy" in name else amount(value, 4)


def _seeds(explorer: RetrainingExplorer) -> str:
    curves = [one for one in (explorer.curve, *explorer.others) if one is not None and one.ended != "running"]
    good = [one for one in curves if one.ended != DIVERGED]
    said = ngettext("{n} seed", "{n} seeds", len(curves)).format(n=len(curves)) + ": "
    if good:
        name = _told(good[0].history)[0]
        ends = [one.history[name][-1] for one in good]
        words = _("{quantity} from {low} to {high}")
        said += words.format(
            quantity=label(name), low=_figure(name, min(ends)), high=_figure(name, max(ends))
        )
    away = len(curves) - len(good)
    if away:
        said += ("; " if good else "") + _("{n} ran away").format(n=away)
    return said + "."


def speed(explorer: RetrainingExplorer) -> str:
    """A line of HTML: how many steps in how much time."""
    curve = explorer.curve
    if curve is None or not explorer.revealed or not curve.steps:
        return ""
    took = curve.seconds["training"] + curve.seconds["compiling"]
    words = ngettext("{steps} step in {time}", "{steps} steps in {time}", curve.steps)
    words = words.format(steps=f"{curve.steps:,}", time=_short(took))
    if curve.seconds["compiling"]:
        words += _(", nearly all of it compiling: the next will be quicker")
    return f'<div style="line-height:1.45;opacity:0.75">{html.escape(words)}</div>'


def card_html(png: bytes, words: str, width: int) -> str:
    """The picture and the words as they stand on the page before there are controls."""
    data = base64.b64encode(png).decode()
    look = f"max-width:100%;width:{width}px;display:block"
    return (
        f'<div class="bigmodel-coming"><img alt="" style="{look}" src="data:image/png;base64,{data}">'
        f'<p role="status" style="margin:2px 0">{html.escape(words)}</p></div>'
    )


def _short(seconds: float) -> str:
    return _("{n} ms").format(n=f"{1000 * seconds:.0f}") if seconds < 1 else duration(seconds)


# -- show code ------------------------------------------------------------------------------------


def retraining_cell(explorer: RetrainingExplorer) -> str:
    """The cell that trains by `fit` what the explorer shows, and draws it."""
    settings = explorer.settings()
    training = {
        name: settings.pop(name) for name in ("learning_rate", "weight_decay", "epochs", "batch_size")
    }
    kind = settings.pop("optimizer")
    rates = f"learning_rate={training['learning_rate']!r}"
    if training["weight_decay"] or kind in OWN_DECAY:
        rates += f", weight_decay={training['weight_decay']!r}"
    found = _builder(explorer.builders[explorer.model.value], settings)
    data, from_data, given = _data(explorer)
    seed, seeds = explorer.seed.value, explorer.seeds.value
    quiet = ", watch=False" if seeds > 1 else ""
    epochs = training["epochs"]
    return (
        f"{from_data}"
        "from bigmodel_nb.figures.retraining import RetrainingFigure\n"
        f"{found[0]}"
        "from bigmodel_nb.training import fit\n"
        "import keras\n\n"
        f"{given}"
        "runs = []\n"
        f"for seed in range({seed}, {seed + seeds}):\n"
        "    keras.utils.set_random_seed(seed)\n"
        f"    network = {found[1]}\n"
        f"    rule = keras.optimizers.{KERAS[kind]}({rates})\n"
        "    runs.append(fit(\n"
        f"        network, {data}, optimizer=rule, epochs={epochs!r},\n"
        f"        batch_size={training['batch_size']!r}, seed=seed{quiet},\n"
        "    ))\n"
        "others = [run.history for run in runs[1:]]\n"
        f"RetrainingFigure({epochs!r}, runs[0].history, others=others, theme={explorer.theme!r})\n"
    )


def _builder(builder: Any, fields: dict[str, Any]) -> tuple[str, str]:
    """The line that imports a builder, and the call that builds the model."""
    while isinstance(builder, functools.partial):
        fields = {**builder.keywords, **fields}
        if builder.args:
            break
        builder = builder.func
    words = ", ".join(f"{name}={value!r}" for name, value in fields.items())
    name = getattr(builder, "__name__", "")
    if getattr(builder, "__module__", "").startswith("bigmodel_nb.models"):
        return f"from bigmodel_nb.models import {name}\n", f"{name}({words})"
    known = name_of(builder) or (name if name.isidentifier() else "")
    return "", f"{known or 'builder'}({words})" + ("" if known else _("  # your own function"))


def _data(explorer: RetrainingExplorer) -> tuple[str, str, str]:
    """What `fit` is given, the line that imports it, and lines where the reader's own has no name."""
    if explorer.data is None:
        data, imported, given = "digits()", "from bigmodel_nb.data import digits\n", ""
    else:
        data, given = _named("data", explorer.data)
        imported = ""
    if explorer.validation_data is None:
        return data, imported, given
    held, missing = _named("validation_data", explorer.validation_data)
    return f"{data}, validation_data={held}", imported, given + missing


def _named(name: str, value: Any) -> tuple[str, str]:
    known = name_of(value)
    words = _("what you gave to the explorer")
    return (known, "") if known else (name, f"{name} = ...  # {words}\n")
