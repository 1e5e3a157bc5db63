"""A run in slices: trained for a moment whenever somebody asks, and changed while it goes on.

    session = Session(model, data, learning_rate=0.1, epochs=20)    # bigmodel_nb.training.Session
    session.advance(seconds=0.1)        # what a page's tick does
    session.learning_rate = 0.01        # from the next step on
    session.run(steps=100)              # what a cell does; run() goes on to the end
    session.record                      # a Run whose history fills

It is the run of `fit`, by the same loop (`loop.Loop.calls`): left alone, it comes to the same numbers.
Between two slices the model has the weights of its last step, whoever else trains or asks it; the compiled
loop is free for others meanwhile.
"""

from __future__ import annotations

import platform
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from bigmodel_nb.arguments import non_negative, positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.compiling import (
    check_objective,
    compile_model,
    compiled_as_before,
    fixed_batch,
    has_schedule,
)
from bigmodel_nb.training.decay import decay_of, decays
from bigmodel_nb.training.hardware import report
from bigmodel_nb.training.interrupts import StopButton
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.loop import Job, Loop, _assign
from bigmodel_nb.training.plan import choose
from bigmodel_nb.training.preparing import build_on, length_of, parts_of
from bigmodel_nb.training.recording import fingerprint, settings_of, versions
from bigmodel_nb.training.run import INTERRUPTED, Run
from bigmodel_nb.training.sources import Texts, as_source
from bigmodel_nb.training.steps import steps_itself
from bigmodel_nb.training.streams import Stream
from bigmodel_nb.training.watching import Clock, Progress
from bigmodel_nb.training.workers import PLACE, Worker, lock_of, seed_dropout, worker_for

SHORTEST_CALL = 0.005  # seconds: a slice that is nearly over is not filled up with calls of single steps
IDLE = 1.0  # seconds between two slices after which the pace of before counts no more


class Session:
    """A run of `model` on `data` that others drive, slice by slice.

    Arguments as in `fit`; `weight_decay` (default: the optimizer's own, else 0) as Keras's optimizers know
    it. `record` is the run's record, `finished` whether it has ended, `step` how many steps are done. Raises
    what `fit` raises, before anything is trained.

    `learning_rate` and `weight_decay` can be set at any time, `dropout` where the model has such layers, and
    hold from the next step on; `record.config["changes"]` lists them as [step, name, value].
    """

    def __init__(
        self,
        model: Any,
        data: Any,
        *,
        validation_data: Any = None,
        loss: Any = None,
        metrics: Any = None,
        optimizer: Any = None,
        learning_rate: float | None = None,
        weight_decay: float | None = None,
        clip: float | None = None,
        epochs: int = 10,
        batch_size: int = 32,
        seed: int = 0,
    ):
        epochs, batch_size = whole("epochs", epochs, 1), whole("batch_size", batch_size, 1)
        seed = whole("seed", seed, 0)
        for name, value in {"learning_rate": learning_rate, "clip": clip}.items():
            if value is not None:
                positive(name, value)
        if weight_decay is not None:
            weight_decay = non_negative("weight_decay", weight_decay)
        if not isinstance(model, keras.Model):
            raise wrong_type("model", _("a Keras model"), model)
        if keras.backend.backend() != "tensorflow":
            raise wrong_value("model", _("a model on TensorFlow"), keras.backend.backend())
        train, validation, unit = parts_of(data, validation_data)
        source = as_source("data", train)
        checked = None if validation is None else as_source("validation_data", validation)
        if isinstance(checked, Stream) and checked.endless:
            raise wrong_value("validation_data", _("data that have an end"), validation)
        self.model, self._source, self._seed = model, source, seed
        with lock_of(model), compiled_as_before(model):
            build_on(model, source)
            if checked is not None:
                build_on(model, checked, "validation_data")
            if not model.trainable_weights and not steps_itself(model):
                raise wrong_value("model", _("a model with weights to train"), model.name)
            notes = compile_model(model, source, loss, metrics, optimizer, learning_rate, clip)
            self._give_decay(weight_decay)
            if not steps_itself(model):
                check_objective("data", model, source)
                if checked is not None:
                    check_objective("validation_data", model, checked)
        batches = source.batches(batch_size, seed, True)
        per_epoch = batches.steps_per_pass
        self._plan = choose(model, batch_size=batch_size, steps=epochs * per_epoch, length=length_of(source))
        self.record = Run(
            ended="running",
            config=settings_of(model, epochs, None, batch_size, None, clip, True)
            | {"weight_decay": decay_of(model.optimizer), "changes": []},
            plan=self._plan.as_dict(),
            seed=seed,
            versions=versions(),
            hardware={"system": platform.system(), **report(try_xla=False).to_dict()},
            fingerprint=fingerprint(source),
            notes=[*notes, *self._plan.reasons],
            model=model,
        )
        self._job = Job(
            model=model,
            source=source,
            batches=batches,
            validation=checked,
            epochs=epochs,
            steps_per_epoch=per_epoch,
            batch_size=batch_size,
            rates=None,
            callbacks=None,
            monitor="val_loss" if checked is not None else "loss",
            seconds_per_call=self._plan.seconds_per_call,
            unit=unit,
            tokens=source.length if isinstance(source, Texts) else 1,
        )
        self._stop = StopButton()
        self._worker: Worker | None = None
        self._loop: Loop | None = None
        self._calls: Iterator[None] = iter(())
        self._held: list[Any] = []  # what the worker knows and the model does not, between two slices
        self._left_at = time.perf_counter()
        self._pace: deque[tuple[float, int]] = deque(maxlen=40)

    # -- what it is ---------------------------------------------------------------------

    @property
    def finished(self) -> bool:
        """Whether the run has ended, in whatever way: `record.ended` says which."""
        return self.record.ended != "running"

    @property
    def step(self) -> int:
        """How many steps are done."""
        return self.record.steps

    @property
    def steps(self) -> int:
        """Of the whole run."""
        return self._job.steps

    @property
    def steps_per_epoch(self) -> int:
        return self._job.steps_per_epoch

    @property
    def progress(self) -> Progress:
        """How far it has come; the time left is that of the last slices, pauses between them included."""
        if self._loop is None:
            raise wrong_value("session", _("one that has begun"), self.step)
        return self._loop.report.progress(self._loop.step, self._loop.epoch)

    @property
    def seconds_left(self) -> float | None:
        """An estimate by the clock on the wall, as slices have come lately; None where it is not known."""
        if self.finished or len(self._pace) < 2:
            return None
        (before, first), (now, last) = self._pace[0], self._pace[-1]
        return None if last <= first else (now - before) / (last - first) * (self.steps - last)

    # -- training -----------------------------------------------------------------------

    def advance(self, seconds: float = 0.1) -> bool:
        """Trains for about so long, at least one step; the first time compiles, which takes longer. Returns
        whether the run goes on. Where somebody else is training the model right now, nothing is done."""
        seconds = positive("seconds", seconds)
        lock = lock_of(self.model)
        if self.finished or not lock.acquire(blocking=False):
            return not self.finished
        try:
            self._slice(seconds=seconds)
        finally:
            lock.release()
        return not self.finished

    def run(self, steps: int | None = None) -> Run:
        """Trains `steps` more steps, default all that are left, before it returns the record. An interrupt
        pauses: the session can go on from there."""
        steps = self.steps if steps is None else whole("steps", steps, 1)
        with lock_of(self.model):
            if not self.finished:
                self._slice(until=self.step + steps)
        return self.record

    def stop(self) -> None:
        """Ends the run where it is; the model keeps the weights of that step, the record says so."""
        with lock_of(self.model):
            if not self.finished:
                self._stop.pressed = True
                self._slice(until=self.step)

    def _slice(self, seconds: float | None = None, until: int | None = None) -> None:
        """Calls of the loop for so many seconds, or up to a step."""
        worker = self._own_worker()
        if not worker.lock.acquire(blocking=until is not None):
            return  # a run of the same architecture is under way
        began = time.perf_counter()
        try:
            loop = self._taken_over(worker)
            loop.report.begun += began - self._left_at
            loop.pause_at = until
            with StopButton() as button:
                while next(self._calls, self) is None:
                    now = time.perf_counter()
                    if button.pressed or (until is not None and self.step >= until):
                        break
                    if seconds is not None:
                        left = began + seconds - now
                        if left < max(SHORTEST_CALL, worker.engine.seconds_per_step or 0):
                            break
                        self._job.seconds_per_call = left
                    else:
                        self._job.seconds_per_call = self._plan.seconds_per_call
        except BaseException as error:
            if self.record.ended == "running":  # such as memory that is full
                self.record.ended = INTERRUPTED
                self.record.message = f"{type(error).__name__}: {str(error)[:200]}"
            raise
        finally:
            worker.give_back(self.model)
            self._held = [variable.numpy() for variable in self._own_state(worker)]
            self._left_at = time.perf_counter()
            worker.lock.release()
        if self._pace and began - self._pace[-1][0] > IDLE:
            self._pace.clear()
        self._pace.append((self._left_at, self.step))
        loop.report.record()

    def _own_worker(self) -> Worker:
        """The twin that trains in the model's place; it stays the same, as long as dropout does."""
        if self._worker is None:
            sample = self._source.sample(fixed_batch(self.model) or 2)
            plan = self._plan
            with worker_for(self.model, sample, xla=plan.xla, precision=plan.precision) as worker:
                self._worker = worker
        return self._worker

    def _taken_over(self, worker: Worker) -> Loop:
        """The loop, with what the model and the session know."""
        worker.take_over(self.model)
        self._job.seconds_per_call = self._plan.seconds_per_call
        if self._loop is None:
            seed_dropout(worker.model, self._seed)
            self._loop = Loop(self._job, worker, self.record, Clock(None), self._stop)
            self._loop.report.begun = self._left_at
            self._calls = self._loop.calls()
        else:
            if self._loop.worker is not worker:
                self._loop.move_to(worker)
            _assign(self._own_state(worker), self._held)
        return self._loop

    @staticmethod
    def _own_state(worker: Worker) -> list[Any]:
        metrics = [variable for metric in worker.engine.metrics for variable in metric.variables]
        return [*metrics, *(variable for variable, _first in worker.scale)]

    # -- what can change while it runs --------------------------------------------------

    @property
    def learning_rate(self) -> float:
        return float(self.model.optimizer.learning_rate)

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        value = positive("learning_rate", value)
        with lock_of(self.model):
            if has_schedule(self.model.optimizer):
                expected = _("left alone, since the optimizer follows a schedule of its own")
                raise wrong_value("learning_rate", expected, value)
            self.model.optimizer.learning_rate = value
            self._note("learning_rate", value)

    @property
    def weight_decay(self) -> float | None:
        """None where the optimizer has none of the usual kind."""
        return decay_of(self.model.optimizer)

    @weight_decay.setter
    def weight_decay(self, value: float) -> None:
        value = non_negative("weight_decay", value)
        with lock_of(self.model):
            if not decays(self.model.optimizer):
                expected = _("left alone, since {optimizer} has none that can be changed")
                name = type(self.model.optimizer).__name__
                raise wrong_value("weight_decay", expected.format(optimizer=name), value)
            self.model.optimizer.weight_decay = value
            if self._worker is not None and not self._worker.twin:
                self._compile_again()  # a model that works in person has taken the number in
            self._note("weight_decay", value)

    @property
    def dropout(self) -> float | None:
        """The share that the model's dropout layers silence; None where it has none."""
        rates = [layer.rate for layer in self._dropouts()]
        return float(rates[0]) if rates else None

    @dropout.setter
    def dropout(self, value: float) -> None:
        expected = _("a number above 0 and below 1, for a model that has dropout layers")
        if not 0 < positive("dropout", value) < 1 or not self._dropouts():
            raise wrong_value("dropout", expected, value)
        with lock_of(self.model):
            for layer in self._dropouts():
                layer.rate = float(value)
            self._compile_again()
            self._note("dropout", float(value))

    def _dropouts(self) -> list[Any]:
        layers = self.model._flatten_layers()
        return [layer for layer in layers if isinstance(layer, keras.layers.Dropout) and layer.rate > 0]

    def _compile_again(self) -> None:
        self._worker = None
        self.model.__dict__.pop(PLACE, None)

    def _note(self, name: str, value: float) -> None:
        """Writes a change down; what is set again before the next step replaces what was set before."""
        changes = self.record.config["changes"]
        changes[:] = [one for one in changes if one[:2] != [self.step, name]]
        changes.append([self.step, name, value])

    def _give_decay(self, weight_decay: float | None) -> None:
        """Weight decay of 0 where there was none: then it is one that can be changed."""
        optimizer = self.model.optimizer
        if weight_decay is None and getattr(optimizer, "weight_decay", None) is not None:
            return
        before = optimizer.weight_decay
        optimizer.weight_decay = weight_decay or 0.0
        if not decays(optimizer):
            optimizer.weight_decay = before
            if weight_decay:
                expected = _("None, since {optimizer} has none that can be changed")
                name = type(optimizer).__name__
                raise wrong_value("weight_decay", expected.format(optimizer=name), weight_decay)
