"""The run that goes on: started from settings, advanced by ticks, changed, paused, ended."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.run import Run, duration
from bigmodel_nb.widgets.studio.subject import Subject

# name in the studio -> (class in keras.optimizers, settings beside rate and decay)
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "rmsprop": ("RMSprop", {}),
    "adagrad": ("Adagrad", {}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "nadam": ("Nadam", {}),
    "lion": ("Lion", {}),
}
FULL, EPOCH, STEP = PACES = ("full speed", "an epoch a tick", "a step a tick")
SLICE = 0.08  # seconds of training in a tick
RARE, LONGEST = 0.45, 1.0  # seconds between ticks of a hidden page, and the slices it gets then


@dataclass
class Recipe:
    """What a run is made from: settings of the builder, and those of training."""

    settings: dict[str, Any]
    learning_rate: float
    weight_decay: float
    optimizer: str
    batch_size: int
    epochs: int
    seed: int

    def training(self) -> dict[str, Any]:
        """The settings of training, by name."""
        return {
            name: getattr(self, name)
            for name in ("learning_rate", "weight_decay", "optimizer", "batch_size", "epochs", "seed")
        }

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values, for JSON."""
        return {**self.training(), "settings": dict(self.settings)}

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Recipe:
        """The recipe that `as_dict` wrote; lists become tuples again."""
        settings = {name: _tuples(value) for name, value in record["settings"].items()}
        return cls(**{**record, "settings": settings})

    def flat(self) -> dict[str, Any]:
        """All settings by name, for tables and comparisons."""
        return {**self.training(), **self.settings}


@dataclass
class Bench:
    """One run of `recipe` on the subject's data: a `training.session.Session`, made with the model."""

    subject: Subject
    recipe: Recipe
    options: dict[str, Any] = field(default_factory=dict)  # loss, metrics, validation_data

    def __post_init__(self) -> None:
        from bigmodel_nb.training.session import Session

        recipe = self.recipe
        self.model = self.subject.build(recipe.settings, recipe.seed)
        self.session = Session(
            self.model,
            self.subject.data,
            optimizer=optimizer_of(recipe),
            batch_size=recipe.batch_size,
            epochs=recipe.epochs,
            seed=recipe.seed,
            **self.options,
        )
        self._ticked_at: float | None = None

    @property
    def run(self) -> Run:
        return self.session.record

    @property
    def finished(self) -> bool:
        return self.session.finished

    def tick(self, pace: str = FULL) -> bool:
        """A slice of training; a longer one where ticks come rarely. Returns whether the run goes on."""
        now = time.perf_counter()
        if pace != FULL:
            self.session.run(self.session.steps_per_epoch if pace == EPOCH else 1)
            return not self.session.finished
        idle = 0.0 if self._ticked_at is None else now - self._ticked_at
        going = self.session.advance(SLICE if idle < RARE else min(idle, LONGEST))
        self._ticked_at = time.perf_counter()
        return going

    def rest(self) -> None:
        """The ticks have stopped: the next one comes late for a reason."""
        self._ticked_at = None

    def words(self, running: bool) -> str:
        """How far it has come, its speed and the time left."""
        session, run = self.session, self.run
        epoch = min(run.epochs + 1, self.recipe.epochs)
        parts = [
            _("epoch {epoch} of {epochs}").format(epoch=epoch, epochs=self.recipe.epochs),
            _("step {step} of {steps}").format(step=f"{session.step:,}", steps=f"{session.steps:,}"),
        ]
        if session.step and not session.finished:
            speed = session.progress.examples_per_second
            if speed:
                unit = _("{speed} tokens/s") if session.progress.unit == "tokens" else _("{speed} examples/s")
                parts.append(unit.format(speed=f"{speed:,.0f}"))
        if session.finished:
            took = duration(run.seconds.get("total", 0.0))
            parts.append(_("{ended} after {time}").format(ended=_(run.ended), time=took))
        elif running and session.seconds_left is not None:
            parts.append(_("{time} left").format(time=duration(session.seconds_left)))
        elif not running:
            parts.append(_("paused"))
        return " · ".join(parts)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def optimizer_of(recipe: Recipe) -> Any:
    """A new Keras optimizer, as the recipe says."""
    from bigmodel_nb.training.later import keras

    kind, extra = OPTIMIZERS[recipe.optimizer]
    return getattr(keras.optimizers, kind)(
        learning_rate=recipe.learning_rate, weight_decay=recipe.weight_decay, **extra
    )
