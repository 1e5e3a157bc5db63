"""The loop of a run on TensorFlow: calls of the compiled loop, and what happens between them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training import checkpoint as checkpoints
from bigmodel_nb.training.interrupts import StopButton
from bigmodel_nb.training.run import DIVERGED, EARLY, FINISHED, INTERRUPTED, Run
from bigmodel_nb.training.watching import Clock, Progress
from bigmodel_nb.training.workers import Worker

COPY_SHARE = 0.01  # of the run's time that copies of the weights may take
SHORTEST = {"snapshot": 1.0, "checkpoint": 10.0}  # seconds between two copies in memory, on disk
EVALUATION_BATCH = 256


@dataclass
class Job:
    """What is to be done: everything `fit` has found out."""

    model: Any
    source: Any
    batches: Any
    validation: Any
    epochs: int
    steps_per_epoch: int
    batch_size: int
    rates: np.ndarray | None
    callbacks: Any
    monitor: str
    seconds_per_call: float
    unit: str
    tokens: int  # in an example; 1 where examples are not texts
    folder: Any = None
    facts: dict[str, Any] | None = None  # what a checkpoint must agree with
    checkpoint_seconds: float = SHORTEST["checkpoint"]


class Loop:
    """One run of a job on a worker, recorded in `run`."""

    def __init__(self, job: Job, worker: Worker, run: Run, clock: Clock, stop: StopButton):
        self.job, self.worker, self.run, self.clock, self.stop = job, worker, run, clock, stop
        self.engine = worker.engine
        self.step = self.epoch = 0
        self.best: list[np.ndarray] | None = None
        self.best_value = np.inf
        self.begun = time.perf_counter()
        self.earlier = dict(run.seconds)  # of the part of the run before it went on
        self.seconds = {"compiling": 0.0, "training": 0.0, "validating": 0.0, "watching": 0.0}
        self._copied = {"snapshot": (self.begun, 0.0), "checkpoint": (self.begun, 0.0)}
        self._good: tuple[int, list[Any]] | None = None
        self._reported = 0
        self._speed: list[tuple[float, int]] = []
        self._epoch_losses: list[tuple[np.ndarray, int]] = []

    @property
    def total(self) -> int:
        return self.job.epochs * self.job.steps_per_epoch

    # -- from start to end ----------------------------------------------------------------

    def go(self) -> None:
        """Trains until the last epoch, an interrupt, a loss that is no number, or a callback's wish."""
        job, run = self.job, self.run
        callbacks = job.callbacks
        self._snapshot()
        ended = FINISHED
        if callbacks:
            callbacks.on_train_begin()
        self._tell()
        while self.epoch < job.epochs and ended == FINISHED:
            if callbacks:
                callbacks.on_epoch_begin(self.epoch)
                self._from_reader()
            ended = self._epoch()
            if ended == FINISHED:
                logs = self._close_epoch()
                if callbacks:
                    self.worker.give_back(job.model)
                    callbacks.on_epoch_end(self.epoch - 1, logs)
                    self._from_reader()
                    if job.model.stop_training:
                        ended = EARLY
                if self.stop.pressed and ended == FINISHED and self.epoch < job.epochs:
                    ended = INTERRUPTED
        run.ended = ended
        if ended == INTERRUPTED:
            run.message = _("Stopped at step {step}; the model has the weights of that step.").format(
                step=self.step
            )
        optimizer = self.worker.model.optimizer
        if getattr(optimizer, "use_ema", False):
            optimizer.finalize_variable_values(self.worker.model.trainable_variables)
        self.worker.give_back(job.model)
        if callbacks:
            callbacks.on_train_end(self._last())
        if job.folder is not None and ended != DIVERGED:
            self.checkpoint()
        self._record()
        self._tell()
        run.notes += [self.clock.trouble] if self.clock.trouble else []

    def _epoch(self) -> str:
        """The steps of one epoch that are still to do."""
        job = self.job
        if not self._epoch_losses:
            self.engine.reset_metrics()
        while self.step < (self.epoch + 1) * job.steps_per_epoch:
            if self.stop.pressed:
                return INTERRUPTED
            left = (self.epoch + 1) * job.steps_per_epoch - self.step
            pace = self.engine.seconds_per_step
            most = 1 if pace is None else max(1, int(job.seconds_per_call / pace))
            tensors, order = job.batches.take(self.step, min(left, most))
            rates = None if job.rates is None else job.rates[self.step : self.step + len(order)]
            start = time.perf_counter()
            losses = self.engine.train(job.source, tensors, order, rates)
            took = time.perf_counter() - start
            if self.engine.compiled_now:
                self.seconds["compiling"] += took
            else:
                self.seconds["training"] += took
            self._pace(took, len(order))
            if not np.isfinite(losses).all():
                return self._diverged(losses)
            self._count(losses, order, took)
            self._between_calls()
        return FINISHED

    def _pace(self, took: float, steps: int) -> None:
        """How long a step takes decides how many go into the next call; one that compiled tells nothing."""
        if not self.engine.compiled_now:
            self.engine.seconds_per_step = took / steps
        elif self.engine.seconds_per_step is None:
            self.engine.seconds_per_step = self.job.seconds_per_call / 8

    def _count(self, losses: np.ndarray, order: np.ndarray, took: float) -> None:
        run, job = self.run, self.job
        run.losses += losses.tolist()
        if job.rates is not None:
            run.rates += job.rates[self.step : self.step + len(order)].tolist()
        self._epoch_losses.append((losses, order.shape[1]))
        self.step += len(order)
        run.steps, run.examples = self.step, run.examples + order.size
        if not self.engine.compiled_now:
            self._speed = [*self._speed[-20:], (took, order.size)]
        if job.callbacks:
            job.callbacks.on_train_batch_end(
                self.step % job.steps_per_epoch or job.steps_per_epoch - 1, {"loss": float(losses[-1])}
            )

    def _between_calls(self) -> None:
        if self._due("snapshot"):
            self._snapshot()
        if self.job.folder is not None and self._due("checkpoint"):
            self.checkpoint()
        if self.clock.due:
            self._tell()

    def _close_epoch(self) -> dict[str, float]:
        """Validates, and writes the epoch down."""
        run, job = self.run, self.job
        total = sum(float(losses.sum(dtype=np.float64)) * size for losses, size in self._epoch_losses)
        count = sum(len(losses) * size for losses, size in self._epoch_losses)
        logs = {"loss": total / count, **self.engine.read_metrics()}
        self._epoch_losses = []
        self.epoch += 1
        if job.validation is not None:
            start = time.perf_counter()
            batch = max(job.batch_size, EVALUATION_BATCH // job.tokens)
            found = self.engine.evaluate(job.validation, batch)
            logs |= {f"val_{name}": value for name, value in found.items()}
            self.seconds["validating"] += time.perf_counter() - start
        for name, value in logs.items():
            run.history.setdefault(name, []).append(value)
        run.epochs = self.epoch
        value = logs.get(job.monitor, np.inf)
        if value < self.best_value:
            self.best_value, run.best_epoch = value, self.epoch
            self.best = [variable.numpy() for variable in self.worker.model.variables]
            run._best = self.best
        return logs

    def _diverged(self, losses: np.ndarray) -> str:
        """Back to the last weights that were good, and what to try."""
        first = self.step + int(np.argmax(~np.isfinite(losses)))
        self.run.losses += losses.tolist()[: first - self.step]
        back = self._back()
        self.run.steps = self.step = first
        self.run.message = _(
            "The loss became {value} at step {step} (epoch {epoch}); the model has its weights of step {back}"
            " again. Try a learning rate ten times smaller, clip=1.0, or look for inputs that are very large."
        ).format(value=losses[~np.isfinite(losses)][0], step=first + 1, epoch=self.epoch + 1, back=back)
        return DIVERGED

    # -- weights ------------------------------------------------------------------------

    def _variables(self) -> list[Any]:
        return [*self.worker.model.variables, *self.worker.model.optimizer.variables]

    def _due(self, what: str) -> bool:
        shortest = self.job.checkpoint_seconds if what == "checkpoint" else SHORTEST[what]
        at, took = self._copied[what]
        return time.perf_counter() - at > max(shortest, took / COPY_SHARE)

    def _snapshot(self) -> None:
        """Keeps a copy of the present weights, if they are finite: they have made no loss yet."""
        start = time.perf_counter()
        values = [variable.numpy() for variable in self._variables()]
        if all(np.isfinite(value).all() for value in values if value.dtype.kind == "f"):
            self._good = (self.step, values)
        now = time.perf_counter()
        self._copied["snapshot"] = (now, now - start)

    def _back(self) -> int:
        assert self._good is not None
        step, values = self._good
        for variable, value in zip(self._variables(), values, strict=True):
            variable.assign(value)
        return step

    def _from_reader(self) -> None:
        """What callbacks have changed in the reader's model: the learning rate, or weights."""
        self.worker.take_over(self.job.model)

    # -- checkpoints ----------------------------------------------------------------------

    def checkpoint(self) -> None:
        """Writes everything to the run's folder."""
        start = time.perf_counter()
        model = self.worker.model
        groups = {
            "model": model.variables,
            "optimizer": model.optimizer.variables,
            "metrics": [variable for metric in self.engine.metrics for variable in metric.variables],
        }
        arrays = {
            f"{name}/{place}": np.asarray(variable.numpy())
            for name, variables in groups.items()
            for place, variable in enumerate(variables)
        }
        arrays |= {f"best/{place}": value for place, value in enumerate(self.best or [])}
        self._record()
        facts = {
            "step": self.step,
            "epoch": self.epoch,
            "best_value": None if np.isinf(self.best_value) else self.best_value,
            "part": [[losses.tolist(), size] for losses, size in self._epoch_losses],
            "run": self.run.as_dict(),
            "job": self.job.facts,
        }
        checkpoints.write(self.job.folder, checkpoints.Checkpoint(arrays, facts))
        now = time.perf_counter()
        self._copied["checkpoint"] = (now, now - start)

    def restore(self, stored: checkpoints.Checkpoint) -> None:
        """Goes on from a checkpoint: weights, optimizer, metrics, place in the data, history."""
        model = self.worker.model
        metrics = [variable for metric in self.engine.metrics for variable in metric.variables]
        for group, variables in (
            ("model", model.variables),
            ("optimizer", model.optimizer.variables),
            ("metrics", metrics),
        ):
            for variable, value in zip(variables, stored.group(group), strict=True):
                variable.assign(value)
        facts = stored.facts
        self.step, self.epoch = facts["step"], facts["epoch"]
        self.best = stored.group("best") or None
        self.run._best = self.best
        self.best_value = np.inf if facts["best_value"] is None else facts["best_value"]
        self._epoch_losses = [(np.array(losses, np.float32), size) for losses, size in facts["part"]]

    # -- words --------------------------------------------------------------------------

    def _record(self) -> None:
        now = {**self.seconds, "watching": self.clock.seconds, "total": time.perf_counter() - self.begun}
        self.run.seconds = {name: value + self.earlier.get(name, 0.0) for name, value in now.items()}

    def _last(self) -> dict[str, float]:
        return {name: values[-1] for name, values in self.run.history.items() if values}

    def _tell(self) -> None:
        if self.clock.watcher is None:
            return
        job, run = self.job, self.run
        recent = run.losses[self._reported :]
        self._reported = len(run.losses)
        took = sum(took for took, _n in self._speed)
        speed = sum(n for _took, n in self._speed) / took if took else None
        self._record()
        left = (self.total - self.step) * job.batch_size / speed if speed else None
        ended = run.ended if run.ended != "running" else None
        self.clock.tell(
            Progress(
                name=run.name,
                step=self.step,
                steps=self.total,
                epoch=min(self.epoch + 1, job.epochs),
                epochs=job.epochs,
                steps_per_epoch=job.steps_per_epoch,
                loss=float(np.mean(recent)) if recent else (run.losses[-1] if run.losses else None),
                rate=float(job.rates[min(self.step, self.total - 1)]) if job.rates is not None else None,
                seconds=run.seconds["total"],
                seconds_left=left,
                examples_per_second=speed * job.tokens if speed else None,
                unit=job.unit,
                losses=run.losses,
                history=run.history,
                notes=run.notes,
                ended=ended,
                message=run.message,
                rates=run.rates,
            )
        )
