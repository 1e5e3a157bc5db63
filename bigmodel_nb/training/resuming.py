"""Runs with a name: what a stored run must have in common with the one asked for, and how it goes on.

A run goes on bit for bit only with the same model, data and settings. So these are written down with each
checkpoint, and another model, other data or another setting are refused with the difference in words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from bigmodel_nb.arguments import received, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.checkpoint import Checkpoint
from bigmodel_nb.training.run import EARLY, FINISHED, Run, plain
from bigmodel_nb.training.sharing import without_names

MOST_NAMED = 4  # differences; of more the first are named
# What a layer's settings hold but a run that goes on does not depend on: first weights come from the file.
PASSING = ("name", "seed", "trainable", "dtype", "build_config", "batch_shape")
# What follows from another difference is not named beside it.
FOLLOWS = {
    "optimizer settings": ("optimizer",),
    "metrics": ("loss",),
    "steps per epoch": ("batch size", "data"),
    "learning rate": ("schedule",),
    "schedule": ("batch size", "data", "steps per epoch"),
}


def layers_of(model: Any) -> list[dict[str, Any]]:
    """Name, kind, shapes of weights and settings of each layer, as plain values."""
    return [
        {
            "name": layer.name,
            "kind": type(layer).__name__,
            "shapes": [list(weight.shape) for weight in layer.weights],
            "settings": _settings(layer),
        }
        for layer in model.layers
    ]


def _settings(layer: Any) -> dict[str, Any]:
    """The settings of a layer without names (automatic ones count the layers of a session) and beginnings."""
    import keras

    try:
        config = without_names(keras.saving.serialize_keras_object(layer))["config"]
        return json.loads(json.dumps(_kept(config)))
    except Exception:  # a layer of the reader's own that cannot be written down
        return {}


def _kept(part: Any) -> Any:
    if isinstance(part, dict):
        return {
            str(name): _kept(value)
            for name, value in part.items()
            if name not in PASSING and not str(name).endswith("_initializer")
        }
    return [_kept(value) for value in part] if isinstance(part, list | tuple) else part


def job_of(
    model: Any,
    run: Run,
    *,
    data: dict[str, Any],
    validation: dict[str, Any] | None,
    epochs: int,
    steps_per_epoch: int,
    rates: np.ndarray | None,
) -> dict[str, Any]:
    """What a stored run must agree with, as plain values. `data` and `validation`: what is known of them."""
    config = run.config
    names = ("loss", "metrics", "optimizer", "optimizer_settings", "batch_size", "shuffle")
    return plain(
        {
            "model": layers_of(model),
            "data": data,
            "validation data": validation,
            **{name.replace("_", " "): config.get(name) for name in names},
            "learning rate": config.get("learning_rate") if rates is None else None,
            "steps per epoch": steps_per_epoch,
            "seed": run.seed,
            "XLA": run.plan.get("xla"),
            "precision": run.plan.get("precision"),
            "schedule": None
            if rates is None
            else {
                "name": config.get("schedule"),
                "epochs": epochs,
                "rates": hashlib.blake2b(rates.tobytes(), digest_size=8).hexdigest(),
            },
        }
    )


def same_job(stored: Checkpoint, job: dict[str, Any], name: str | None) -> None:
    """Refuses to go on with another model, other data or other settings than the run began with."""
    found = differences(stored.facts["job"], job)
    if found:
        named = "; ".join(found[:MOST_NAMED])
        if len(found) > MOST_NAMED:
            named += "; " + _("and {count} more differences").format(count=len(found) - MOST_NAMED)
        expected = _(
            "the name of a run of this model, these data and these settings: {differences}. "
            "Another name begins a new run, restart=True begins this one anew"
        )
        raise wrong_value("resume", expected.format(differences=named), name)


def differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """In words, where two jobs differ."""
    special: dict[str, Callable[[Any, Any], list[str]]] = {
        "model": _models,
        "schedule": _schedules,
        "data": lambda one, other: _data(_("the data"), one, other),
        "validation data": lambda one, other: _data(_("the validation data"), one, other),
        "optimizer settings": lambda one, other: _named(_("the optimizer's {name}"), one, other),
    }
    found: list[str] = []
    for name in [*now, *(name for name in before if name not in now)]:
        one, other = before.get(name), now.get(name)
        if one != other and not any(before.get(cause) != now.get(cause) for cause in FOLLOWS.get(name, ())):
            words = special.get(name)
            found += words(one, other) if words else [_changed(name, one, other)]
    return found


def _changed(name: str, before: Any, now: Any) -> str:
    return _("{name} was {before} and is {now}").format(name=name, before=received(before), now=received(now))


def _named(name: str, before: Any, now: Any) -> list[str]:
    before, now = before or {}, now or {}
    return [
        _changed(name.format(name=key), before.get(key), now.get(key))
        for key in sorted({*before, *now})
        if before.get(key) != now.get(key)
    ]


def _models(before: Any, now: Any) -> list[str]:
    if len(before) != len(now):
        return [_("the model had {before} layers and has {now}").format(before=len(before), now=len(now))]
    found = []
    for one, other in zip(before, now, strict=True):
        layer = _("layer {name}").format(name=other["name"])
        if one["kind"] != other["kind"]:
            found.append(_changed(layer, one["kind"], other["kind"]))
        elif one["shapes"] != other["shapes"]:
            pairs = zip(one["shapes"], other["shapes"], strict=False)
            shapes = next((pair for pair in pairs if pair[0] != pair[1]), (one["shapes"], other["shapes"]))
            found.append(
                _("{layer} had weights of shape {before} and has {now}").format(
                    layer=layer, before=_shape(shapes[0]), now=_shape(shapes[1])
                )
            )
        elif one["settings"] != other["settings"]:
            name = _("{name} of {layer}").format(name="{name}", layer=layer)
            found += _named(name, one["settings"], other["settings"])
    return found


def _shape(shape: list[Any]) -> str:
    if any(isinstance(part, list) for part in shape):
        return ", ".join(map(_shape, shape)) or _("none")
    return " × ".join(map(str, shape)) or "1"


def _data(name: str, before: Any, now: Any) -> list[str]:
    if before is None or now is None:
        return [
            _("{name} were there and are missing").format(name=name)
            if now is None
            else _("{name} were missing and are there").format(name=name)
        ]
    if before["examples"] != now["examples"]:
        return [
            _("{name} had {before} examples and have {now}").format(
                name=name, before=before["examples"], now=now["examples"]
            )
        ]
    return [_("{name} are others, though as many").format(name=name)]


def _schedules(before: Any, now: Any) -> list[str]:
    if before is None or now is None or before["name"] != now["name"]:
        names = [part and part["name"] for part in (before, now)]
        return [_changed(_("schedule"), *names)]
    if before["epochs"] != now["epochs"]:
        return [
            _(
                "the schedule {name} was laid out for {before} epochs and would be another for {now}: "
                "its rates of the steps already taken would have been others"
            ).format(name=now["name"], before=before["epochs"], now=now["epochs"])
        ]
    return [_("the rates of the schedule {name} are others").format(name=now["name"])]


def is_finished(stored: Checkpoint, epochs: int) -> bool:
    """Whether there is nothing left to train: the run has had its epochs, or ended early on its own wish."""
    record = stored.facts["run"]
    if record["ended"] == EARLY:
        return epochs <= record["config"]["epochs"]
    return record["ended"] == FINISHED and record["epochs"] >= epochs


def run_so_far(stored: Checkpoint, new: Run, epochs: int) -> Run:
    """The record of the stored run, to be gone on with as `new` was asked for."""
    run = Run.from_dict(stored.facts["run"])
    steps = stored.group("steps")
    run.losses, run.rates = steps[0].tolist(), steps[1].tolist()
    if is_finished(stored, epochs):
        note = _(
            "This run was finished before: its weights were loaded and nothing was trained. "
            "Ask for more epochs to go on, or for restart=True to train anew."
        )
    else:
        note = _("Gone on with at step {step}, after {epochs} epochs.").format(
            step=run.steps, epochs=run.epochs
        )
        run.ended = "running"
        run.config = {**run.config, "epochs": new.config["epochs"]}
    run.notes = [*run.notes, note]
    changed = [
        f"{name} {before} → {new.versions[name]}"
        for name, before in run.versions.items()
        if new.versions.get(name, before) != before
    ]
    if changed:
        run.notes.append(
            _(
                "Versions have changed since it began ({changes}): its end may differ in the last digits."
            ).format(changes=", ".join(changed))
        )
    run.message, run.model = note, new.model
    return run
