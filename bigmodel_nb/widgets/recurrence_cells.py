"""Show code for a `RecurrenceExplorer`: the cell that computes and draws its state without the explorer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.reader import name_of

if TYPE_CHECKING:
    from bigmodel_nb.widgets.recurrence import RecurrenceExplorer


def recurrence_cell(explorer: RecurrenceExplorer) -> str:
    """The cell for the present state."""
    view, theme = explorer.view.value, explorer.theme
    first, end = explorer.window()
    at, unit = explorer.transport.position - first, explorer.unit.value
    head, body = _trained(explorer) if explorer.reading else _untrained(explorer)
    if view == "gradients":
        if explorer.reading:
            head |= {"maths.gradient_paths": ["gradient_path"]}
            cell = explorer.run.cell
            settings = f"clip={explorer.clip.value!r}, seed={explorer.seed}"
            body += f"norm_paths = {{{cell!r}: gradient_path(layer_run.part({first}, {end}), {settings})}}\n"
        else:
            head["maths.gradient_paths"].append("gradient_paths")
            head.pop("maths.recurrent_weights"), head.pop("maths.through_time")
            head["maths.gradient_paths"].remove("step_labels")
            body = body.split("layer_run")[0].replace(_labels(explorer), "")
            settings = ", ".join(f"{name}={value!r}" for name, value in explorer.settings().items())
            body += f"norm_paths = gradient_paths(layer_inputs, {settings})\n"
        head["figures.gradient_paths"] = ["GradientFigure"]
        drawn = f"GradientFigure(norm_paths, position={at}, first={first}, theme={theme!r})\n"
    elif view == "states":
        head["figures.recurrence"] = ["StateFigure"]
        drawn = (
            f"StateFigure(\n    layer_run.part({first}, {end}), pieces[{first}:{end}], position={at}, "
            f"unit={unit}, first={first},\n    theme={theme!r},\n)\n"
        )
    else:
        head["figures.unit_text"] = ["UnitTextFigure"]
        head.setdefault("evaluation", []).append("exciting_positions")
        body += f"activations = layer_run.states[0, :, {unit}]\n"
        drawn = (
            f"UnitTextFigure(\n    pieces, activations, position={explorer.transport.position}, "
            f"places=exciting_positions(activations),\n    title={explorer.title()!r}, theme={theme!r},\n)\n"
        )
    lines = [
        f"from bigmodel_nb.{module} import {', '.join(sorted(names))}\n"
        for module, names in sorted(head.items())
    ]
    return "".join(lines) + "\n" + body + drawn


def _labels(explorer: RecurrenceExplorer) -> str:
    return f"pieces = step_labels(read, {explorer.length.value})\n"


def _untrained(explorer: RecurrenceExplorer) -> tuple[dict[str, list[str]], str]:
    settings, kind = explorer.settings(), explorer.cell.value
    chosen = ", ".join(f"{name}={settings[name]!r}" for name in ("radius", "forget_bias", "seed"))
    body = (
        f"read = {explorer.read!r}\n"
        f"layer_inputs = as_inputs(read, {explorer.length.value})\n"
        + _labels(explorer)
        + f"layer_run = trace(\n    {kind!r}, layer_inputs,\n"
        f"    initial_weights({kind!r}, layer_inputs.shape[2], {settings['units']}, {chosen}),\n"
        ")\n"
    )
    return {
        "maths.gradient_paths": ["as_inputs", "step_labels"],
        "maths.recurrent_weights": ["initial_weights"],
        "maths.through_time": ["trace"],
    }, body


def _trained(explorer: RecurrenceExplorer) -> tuple[dict[str, list[str]], str]:
    reading = explorer.reading
    assert reading is not None
    model, tokenizer = name_of(reading.model), name_of(reading.tokenizer)
    note = ""
    if model is None or (tokenizer is None and isinstance(explorer.read, str)):
        note = "# " + _("model and tokenizer are those that you gave to the explorer") + "\n"
    model, tokenizer = model or "model", tokenizer or "tokenizer"
    layer = explorer.layer.value
    if isinstance(explorer.read, str):
        text = name_of(explorer.text) if explorer.read is explorer.text else None
        body = (
            f"{note}read = {text or repr(explorer.read)}\n"
            f"layer_run = traces({model}, {tokenizer}.encode(read)[None])[{layer!r}]\n"
            f"pieces = [{tokenizer}.decode([token]) for token in {tokenizer}.encode(read)]\n"
        )
        return {"evaluation": ["traces"]}, body
    body = (
        f"{note}read = np.array({explorer.read!r}, 'float32')\n"
        f"layer_run = traces({model}, read[None, :, None])[{layer!r}]\n"
        "pieces = [f'{one:.3g} ' for one in read]\n"
    )
    return {"evaluation": ["traces"]}, "import numpy as np\n\n" + body
