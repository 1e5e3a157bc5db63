"""Training again and again with another setting, fast enough to follow a slider.

    again = Retrainer(build_mlp, digits(), epochs=10, optimizer="sgd", widths=(32,))
    curve = again.run(learning_rate=0.1)              # the first call compiles: a second or two
    curve = again.run(learning_rate=0.11)             # milliseconds
    curve.val_loss, curve.val_accuracy                # one number for each epoch, those of `fit`

Learning rate, weight decay and dropout are variables of one compiled loop (`whole_run`). Everything else
(widths, the optimizer, the batch size) makes another one, and the latest few are kept. (TensorFlow keeps some
memory of each for good: 4 MB without XLA, 7 to 15 with it.) The same seed is the same first weights, order of
examples and masks, so only the knob differs: the numbers are those of

    keras.utils.set_random_seed(seed)
    run = fit(builder(...), data, optimizer=..., epochs=10, batch_size=32, seed=seed)
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import non_negative, positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import share_below_one
from bigmodel_nb.training.preparing import parts_of
from bigmodel_nb.training.retrained import Retrained
from bigmodel_nb.training.run import DIVERGED, FINISHED, Run
from bigmodel_nb.training.sources import as_source
from bigmodel_nb.training.streams import Stream

KEPT = 4  # compiled loops; each is an architecture, an optimizer and a batch size


@dataclass
class Curve(Run):
    """The record of a retraining, a `Run`; `config` holds its knobs, `ended` is "running" before the end."""

    @property
    def loss(self) -> list[float]:
        """The training loss of each epoch: the mean over its examples, each as it was met."""
        return self.history.get("loss", [])

    @property
    def val_loss(self) -> list[float]:
        """The loss of what was held out, after each epoch."""
        return self.history.get("val_loss", [])

    @property
    def val_accuracy(self) -> list[float]:
        """The share of what was held out that was right, after each epoch."""
        return self.history.get("val_accuracy", [])


class Retrainer:
    """Trains models of `builder` on `data`, each run as fast as this machine can.

    builder: a function that returns a Keras model, such as `build_mlp`. Knobs that are not of training are
        its arguments.
    data, validation_data, loss, metrics: as in `fit`; the data must lie in memory.
    epochs, batch_size, and `knobs`: what `run` uses where it is not told otherwise.
    optimizer: a name or a Keras optimizer, of which each run has a copy. clip: as in `fit`.
    xla: whether the loop is given to XLA; "auto": where that is faster.

    Raises a ValueError or TypeError that names the argument. Needs TensorFlow as Keras's back end.
    """

    def __init__(
        self,
        builder: Callable[..., Any],
        data: Any,
        *,
        epochs: int = 10,
        batch_size: int = 32,
        validation_data: Any = None,
        loss: Any = None,
        metrics: Any = None,
        optimizer: Any = "adam",
        clip: float | None = None,
        xla: bool | str = "auto",
        **knobs: Any,
    ):
        if not callable(builder):
            raise wrong_type("builder", _("a function that returns a Keras model"), builder)
        if xla != "auto" and not isinstance(xla, bool):
            raise wrong_value("xla", _("True, False or 'auto'"), xla)
        self.builder, self.loss, self.metrics, self.xla = builder, loss, metrics, xla
        train, held, _unit = parts_of(data, validation_data)
        self.source = _in_memory("data", train)
        self.held = None if held is None else _in_memory("validation_data", held)
        self.knobs = {
            "epochs": epochs, "batch_size": batch_size, "optimizer": optimizer, "clip": clip, **knobs,
        }  # fmt: skip
        self.curve: Curve | None = None
        self._kept: OrderedDict[str, Retrained] = OrderedDict()
        self._under_way: tuple[Retrained, Any, int] | None = None
        self._checked(self.knobs)

    # -- a run ------------------------------------------------------------------------------

    def run(self, *, seed: int = 0, **knobs: Any) -> Curve:
        """A whole run: `learning_rate`, `weight_decay`, `clip`, `optimizer`, `epochs`, `batch_size`, and
        arguments of the builder."""
        curve = self.begin(seed=seed, **knobs)
        while not self.advance(float("inf")):
            pass
        return curve

    def begin(self, *, seed: int = 0, **knobs: Any) -> Curve:
        """Begins a run, and drops the one that was under way. `advance` fills the curve."""
        chosen = self._checked({**self.knobs, **knobs})
        seed = whole("seed", seed, 0)
        self._under_way = None
        compiled = self._compiled(chosen)
        compiled.start(
            seed,
            learning_rate=chosen.get("learning_rate"),
            weight_decay=chosen.get("weight_decay"),
            dropout=chosen.get("dropout"),
        )
        config = {name: value for name, value in chosen.items() if value is not None}
        self.curve = Curve(ended="running", config=config, seed=seed)
        self.curve.seconds = {"compiling": 0.0, "training": 0.0}
        batches = self.source.batches(chosen["batch_size"], seed, True)
        self._under_way = (compiled, batches, chosen["epochs"])
        return self.curve

    def advance(self, seconds: float = 0.1) -> bool:
        """Trains for about so long, at least an epoch. True: the run has ended, or there is none."""
        if self._under_way is None:
            return True
        curve, (compiled, batches, epochs) = self.curve, self._under_way
        assert curve is not None
        end = time.perf_counter() + seconds
        while curve.ended == "running":
            most = min(epochs - curve.epochs, compiled.affordable(end - time.perf_counter()))
            found = compiled.epochs(batches, curve.epochs, most)
            curve.seconds["compiling" if found.compiled else "training"] += found.seconds
            _take_in(curve, found, epochs, self.source, batches.batch_size)
            if time.perf_counter() + compiled.pace >= end:
                break
        if curve.ended != "running":
            self._under_way = None
        return self._under_way is None

    def drop(self) -> None:
        """Ends the run under way; what it has shown stays in its curve."""
        self._under_way = None

    def ready(self, **knobs: Any) -> bool:
        """Whether the loop for these knobs is compiled already."""
        known = self._known(self._checked({**self.knobs, **knobs}))
        return known is not None and known.loop.warm

    def seconds_for(self, **knobs: Any) -> float | None:
        """How long a run with these knobs takes; None where that is not known yet."""
        chosen = self._checked({**self.knobs, **knobs})
        known = self._known(chosen)
        return known.pace * chosen["epochs"] if known is not None and known.pace else None

    # -- knobs ------------------------------------------------------------------------------

    def _checked(self, knobs: dict[str, Any]) -> dict[str, Any]:
        chosen = dict(knobs)
        for name in ("epochs", "batch_size"):
            chosen[name] = whole(name, chosen[name], 1)
        for name in ("learning_rate", "clip"):
            if chosen.get(name) is not None:
                chosen[name] = positive(name, chosen[name])
        if chosen.get("weight_decay") is not None:
            chosen["weight_decay"] = non_negative("weight_decay", chosen["weight_decay"])
        if chosen.get("dropout") is not None:
            chosen["dropout"] = share_below_one("dropout", chosen["dropout"])
        return chosen

    def _compiled(self, chosen: dict[str, Any]) -> Retrained:
        known = self._known(chosen)
        if known is not None:
            return known
        fields = {name: value for name, value in chosen.items() if name not in OF_TRAINING}
        made = Retrained(self, fields, chosen)
        self._kept[_key(chosen, exactly=made.dropout is None)] = made
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return made

    def _known(self, chosen: dict[str, Any]) -> Retrained | None:
        """The loop for these knobs, where there is one: for any rate of dropout, or for this one."""
        for key in (_key(chosen), _key(chosen, exactly=True)):
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        return None


OF_TRAINING = ("epochs", "batch_size", "optimizer", "clip", "learning_rate", "weight_decay")


def _key(chosen: dict[str, Any], exactly: bool = False) -> str:
    """What has to be compiled anew: all but the variables of the loop, of which dropout is one unless
    `exactly`."""
    fixed = {name: value for name, value in chosen.items() if name not in ("epochs", "learning_rate")}
    fixed["weight_decay"] = chosen.get("weight_decay") is not None
    if chosen.get("dropout") and not exactly:  # without any, there are no layers for it
        fixed["dropout"] = True
    return json.dumps(fixed, sort_keys=True, default=repr)


def _in_memory(name: str, data: Any) -> Any:
    source = as_source(name, data)
    if isinstance(source, Stream) or not source.resident:
        raise wrong_value(name, _("arrays that fit into memory, or windows of a text"), data)
    return source


def _take_in(curve: Curve, found: Any, epochs: int, source: Any, batch_size: int) -> None:
    """Writes epochs down as `fit` does; one that ran away ends the curve before itself."""
    sizes = np.minimum(batch_size, len(source) - np.arange(0, len(source), batch_size))
    for place, losses in enumerate(found.losses):
        logs = {name: float(values[place]) for name, values in found.logs.items()}
        good = np.isfinite(losses)
        steps = len(losses) if good.all() else int(np.argmin(good))
        curve.losses += losses[:steps].tolist()
        curve.steps += steps
        curve.examples += int(sizes[:steps].sum())
        last = curve.epochs + 1 == epochs
        sound = bool(found.finite[place]) or (np.isfinite(logs.get("val_loss", np.nan)) and not last)
        if steps < len(losses) or not sound:
            curve.ended = DIVERGED
            what = losses[steps] if steps < len(losses) else None
            curve.message = (
                _("The weights were no longer finite after step {step} (epoch {epoch})")
                if what is None
                else _("The loss became {value} at step {step} (epoch {epoch})")
            ).format(value=what, step=curve.steps + (what is not None), epoch=curve.epochs + 1) + "."
            return
        mean = float(np.dot(losses.astype(np.float64), sizes) / sizes.sum())
        for name, value in {"loss": mean, **logs}.items():
            curve.history.setdefault(name, []).append(value)
        curve.epochs += 1
        watched = curve.history.get("val_loss", curve.history["loss"])
        if curve.best_epoch is None or watched[-1] < watched[curve.best_epoch - 1]:
            curve.best_epoch = curve.epochs
    if curve.epochs == epochs:
        curve.ended = FINISHED
