"""Training where Keras runs on JAX or PyTorch: `model.fit` behind the signature of `fit`, the same record."""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.interrupts import StopButton
from bigmodel_nb.training.run import DIVERGED, EARLY, FINISHED, INTERRUPTED, Run
from bigmodel_nb.training.streams import Stream
from bigmodel_nb.training.twins import random_state_kept
from bigmodel_nb.training.watching import Clock, Progress
from bigmodel_nb.training.workers import seed_dropout


class Watch(keras.callbacks.Callback):
    """Keeps the record of a run, shows it, and ends it at an interrupt or a loss that is no number."""

    def __init__(self, run: Run, clock: Clock, stop: StopButton, total: int, per_epoch: int, monitor: str):
        super().__init__()
        self.run, self.clock, self.stop, self.monitor = run, clock, stop, monitor
        self.total, self.per_epoch = total, per_epoch
        self.begun, self.best = time.perf_counter(), np.inf
        self.ended = FINISHED

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.run.steps += 1
        if not np.isfinite((logs or {}).get("loss", 0.0)):
            self._end(DIVERGED, _("The loss became no number at step {step}.").format(step=self.run.steps))
        elif self.stop.pressed:
            self._end(INTERRUPTED, _("Stopped at step {step}.").format(step=self.run.steps))
        if self.clock.due:
            self.tell()

    def _end(self, ended: str, message: str) -> None:
        self.ended, self.run.message = ended, message
        self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.ended != FINISHED:
            return
        values = {name: float(value) for name, value in (logs or {}).items()}
        for name, value in values.items():
            self.run.history.setdefault(name, []).append(value)
        self.run.epochs = epoch + 1
        if values.get(self.monitor, np.inf) < self.best:
            self.best, self.run.best_epoch = values[self.monitor], epoch + 1
            self.run._best = [keras.ops.convert_to_numpy(variable) for variable in self.model.variables]
        if self.stop.pressed:
            self._end(INTERRUPTED, _("Stopped at step {step}.").format(step=self.run.steps))

    def tell(self, ended: str | None = None) -> None:
        run, seconds = self.run, time.perf_counter() - self.begun
        left = seconds / run.steps * (self.total - run.steps) if run.steps else None
        self.clock.tell(
            Progress(
                name=run.name,
                step=run.steps,
                steps=self.total,
                epoch=min(run.epochs + 1, max(1, self.total // self.per_epoch)),
                epochs=self.total // self.per_epoch,
                steps_per_epoch=self.per_epoch,
                loss=run.history["loss"][-1] if run.history.get("loss") else None,
                rate=None,
                seconds=seconds,
                seconds_left=left,
                examples_per_second=None,
                unit="examples",
                losses=(),
                history=run.history,
                notes=run.notes,
                ended=ended,
                message=run.message,
            )
        )


class Rates(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rate of each step, read off a vector."""

    def __init__(self, rates: np.ndarray, first: int):
        self.rates, self.first = keras.ops.convert_to_tensor(rates), first

    def __call__(self, step: Any) -> Any:
        place = keras.ops.clip(keras.ops.cast(step, "int32") - self.first, 0, len(self.rates) - 1)
        return keras.ops.take(self.rates, place)

    def get_config(self) -> dict[str, Any]:
        """As Keras asks for it; rates belong to one run and are not written down."""
        return {}


def fit_elsewhere(
    model: Any,
    source: Any,
    validation: Any,
    run: Run,
    clock: Clock,
    stop: StopButton,
    *,
    epochs: int,
    steps_per_epoch: int,
    batch_size: int,
    shuffle: bool,
    seed: int,
    callbacks: list[Any],
    rates: np.ndarray | None = None,
) -> None:
    """Trains by `model.fit` and fills `run`."""
    began = time.perf_counter()
    monitor = "val_loss" if validation is not None else "loss"
    watch = Watch(run, clock, stop, epochs * steps_per_epoch, steps_per_epoch, monitor)
    optimizer, own_rate = model.optimizer, None
    seed_dropout(model, seed)
    watch.tell()
    with random_state_kept():
        keras.utils.set_random_seed(seed)
        if rates is not None and len(rates):
            own_rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
            _set_rate(optimizer, Rates(rates, int(optimizer.iterations)))
        try:
            model.fit(
                **_arguments(source),
                validation_data=None if validation is None else _held_out(validation),
                epochs=epochs,
                batch_size=None if isinstance(source, Stream) else batch_size,
                steps_per_epoch=steps_per_epoch if isinstance(source, Stream) else None,
                shuffle=shuffle,
                verbose=0,
                callbacks=[*callbacks, watch],
            )
        finally:
            if own_rate is not None:
                _set_rate(optimizer, own_rate)
    run.rates = [] if rates is None else rates[: run.steps].tolist()
    run.examples = run.steps * batch_size
    asked = model.stop_training and watch.ended == FINISHED and run.epochs < epochs
    run.ended = EARLY if asked else watch.ended
    run.seconds = {"total": time.perf_counter() - began, "watching": clock.seconds}
    watch.tell(run.ended)


def _set_rate(optimizer: Any, rate: Any) -> None:
    """A rate or a schedule; Keras lets only a new optimizer change from one to the other."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if isinstance(rate, float):
        inner._learning_rate = inner._kept_rate
        inner.learning_rate = rate
    else:
        inner._kept_rate = inner._learning_rate
        inner._learning_rate = rate


def _arguments(source: Any) -> dict[str, Any]:
    if isinstance(source, Stream):
        return {"x": source.data}
    x, y, weight = source.sample(len(source))
    return {"x": x, "y": y, "sample_weight": weight}


def _held_out(validation: Any) -> Any:
    if isinstance(validation, Stream):
        return validation.data
    return tuple(part for part in validation.sample(len(validation)) if part is not None)
