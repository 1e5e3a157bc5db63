"""The loop of a run on TensorFlow: calls of the compiled loop, and what happens between them."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training import checkpoint as checkpoints
from bigmodel_nb.training.callback_state import put_back, state_of, watches_batches
from bigmodel_nb.training.interrupts import StopButton
from bigmodel_nb.training.keeping import Keeper
from bigmodel_nb.training.objective import is_mean_over_examples
from bigmodel_nb.training.reporting import Reporter
from bigmodel_nb.training.run import DIVERGED, EARLY, FINISHED, INTERRUPTED, Run
from bigmodel_nb.training.snapshots import Snapshots
from bigmodel_nb.training.sources import Batches
from bigmodel_nb.training.watching import Clock
from bigmodel_nb.training.workers import Worker

COPY_SHARE = 0.01  # of the run's time that copies of the weights may take
SHORTEST = {"snapshot": 0.25, "checkpoint": 10.0}  # seconds between two copies in memory, on disk
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

    @property
    def steps(self) -> int:
        """Of the whole run."""
        return self.epochs * self.steps_per_epoch


class Loop:
    """One run of a job on a worker, recorded in `run`."""

    def __init__(self, job: Job, worker: Worker, run: Run, clock: Clock, stop: StopButton):
        self.job, self.worker, self.run, self.clock, self.stop = job, worker, run, clock, stop
        self.engine = worker.engine
        self.step = self.epoch = 0
        self.pause_at: int | None = None  # a step that a call ends at, whatever the clock says
        self.best: list[np.ndarray] | None = None
        self.best_value = np.inf
        self.report, self.keep = Reporter(job, run, clock), Keeper(job.folder, run)
        self._copied = dict.fromkeys(SHORTEST, (self.report.begun, 0.0))
        self.snapshots = Snapshots([*worker.model.variables, *worker.model.optimizer.variables])
        self._stored: checkpoints.Checkpoint | None = None  # that this run goes on from
        larger = EVALUATION_BATCH // job.tokens if is_mean_over_examples(worker.model) else 1
        self._evaluation_batch = max(job.batch_size, larger)
        # Copying weights to and fro is for callbacks that may look at them after a batch.
        self._batches_watched = any(map(watches_batches, job.callbacks.callbacks if job.callbacks else []))
        # A schedule sets the rate of each step; afterwards the optimizer has its own again.
        self._own_rate = None if job.rates is None else float(worker.model.optimizer.learning_rate)
        self._epoch_losses: list[tuple[np.ndarray, int]] = []
        if isinstance(job.batches, Batches):
            job.batches.uneven = job.source.resident and not self.engine.xla

    # -- from start to end ----------------------------------------------------------------

    def go(self) -> None:
        """Trains until the last epoch, an interrupt, a loss that is no number, or a callback's wish."""
        for _call in self.calls():
            pass

    def calls(self) -> Iterator[None]:
        """The same, a call of the compiled loop at a time: whoever asks for the next one decides when it is
        made (`session`), and may set `pause_at` and `job.seconds_per_call` before."""
        try:
            self._finish((yield from self._train()))
        except GeneratorExit:  # nobody asks for more: the weights are where the last call's owner put them
            raise
        except BaseException:  # a second interrupt, or a callback's own error: the model gets what there is
            self._hand_over()
            raise

    def _train(self) -> Generator[None, None, str]:
        job = self.job
        callbacks = job.callbacks
        self.snapshots.start(self.step)
        if job.folder is not None and self._stored is None:
            self.checkpoint()  # from here on a rerun begins with the same weights
        if callbacks:
            self._to_reader()
            callbacks.on_train_begin()
        self._remember(callbacks.callbacks if callbacks else [])
        self.report.tell(self.step, self.epoch)
        while self.epoch < job.epochs:
            if callbacks:
                callbacks.on_epoch_begin(self.epoch)
                self._from_reader()
            ended = yield from self._epoch()
            if ended != FINISHED:
                return ended
            if self.step == self.job.steps and not self.snapshots.finite():
                return self._weights_lost()
            logs = self._close_epoch()
            if logs is None:
                return INTERRUPTED if self.snapshots.finite() else self._weights_lost()
            if callbacks and job.model.stop_training:
                return EARLY
            if self.stop.pressed and self.epoch < job.epochs:
                return INTERRUPTED
            if self.epoch < job.epochs:
                yield
        return FINISHED

    def _finish(self, ended: str) -> None:
        """Hands the weights over, lets callbacks finish, and writes everything down."""
        job, run, callbacks = self.job, self.run, self.job.callbacks
        if ended != DIVERGED and not self.snapshots.finite():
            ended = self._weights_lost()
        run.ended = ended
        if ended == INTERRUPTED:
            run.message = _("Stopped at step {step}; the model has the weights of that step.").format(
                step=self.step
            )
        arrays = self._arrays() if job.folder is not None else {}
        if ended in (FINISHED, EARLY) and job.epochs > 0:  # averages replace weights, as in Keras
            worker = self.worker.model
            worker.optimizer.finalize_variable_values(worker.trainable_variables)
        self._hand_over()
        if callbacks:
            callbacks.on_train_end({name: values[-1] for name, values in run.history.items() if values})
            self._from_reader()
        if job.folder is not None:
            # One goes on from the state before callbacks and averages; what the model has now may differ.
            last = {f"model/{n}": variable.numpy() for n, variable in enumerate(self.worker.model.variables)}
            if any(not np.array_equal(value, arrays[name]) for name, value in last.items()):
                arrays |= {name.replace("model", "final"): value for name, value in last.items()}
            self.checkpoint(arrays)
        self.report.record()
        self.report.tell(self.step, self.epoch)

    def show_finished(self) -> None:
        """Loads a run that was finished before: its last weights, and nothing is trained."""
        assert self._stored is not None
        final = self._stored.group("final")
        if final:
            _assign(self.worker.model.variables, final)
        self._hand_over()
        self.report.record()
        self.report.tell(self.step, self.epoch)

    def _epoch(self) -> Generator[None, None, str]:
        """The steps of one epoch that are still to do."""
        job = self.job
        if not self._epoch_losses:
            self.engine.reset_metrics()
        while self.step < (self.epoch + 1) * job.steps_per_epoch:
            if self.stop.pressed:
                return INTERRUPTED
            left = (self.epoch + 1) * job.steps_per_epoch - self.step
            if self.pause_at is not None and self.pause_at > self.step:
                left = min(left, self.pause_at - self.step)
            pace = self.engine.seconds_per_step
            most = 1 if pace is None else max(1, int(job.seconds_per_call / pace))
            tensors, order = job.batches.take(self.step, min(left, most))
            rates = None if job.rates is None else job.rates[self.step : self.step + len(order)]
            start = time.perf_counter()
            losses = self.engine.train(job.source, tensors, order, rates)
            took = time.perf_counter() - start
            if self.engine.compiled_now:
                self.report.seconds["compiling"] += took
            else:
                self.report.seconds["training"] += took
            self._pace(took, len(order))
            if np.isfinite(losses[0]):
                self.snapshots.proven()
            if not np.isfinite(losses).all():
                return self._diverged(losses)
            self._count(losses, order, took)
            self._between_calls()
            if job.callbacks and job.model.stop_training:
                break  # and the epoch is closed as it is, as in Keras
            if self.step < (self.epoch + 1) * job.steps_per_epoch:
                yield
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
        size = order.shape[1]
        missing = int((order[-1] < 0).sum())
        if missing:  # the last batch is a smaller one
            self._epoch_losses += [(losses[:-1], size), (losses[-1:], size - missing)]
        else:
            self._epoch_losses.append((losses, size))
        self.step += len(order)
        examples = order.size - missing
        run.steps, run.examples = self.step, run.examples + examples
        if not self.engine.compiled_now:
            self.report.count(took, examples)
        if job.callbacks:
            if self._batches_watched:
                self._to_reader()
            place = (self.step - 1) % job.steps_per_epoch
            job.callbacks.on_train_batch_end(place, {"loss": float(losses[-1])})
            if self._batches_watched:
                self._from_reader()

    def _between_calls(self) -> None:
        if self._due("snapshot"):
            start = time.perf_counter()
            self.snapshots.take(self.step)
            now = time.perf_counter()
            self._copied["snapshot"] = (now, now - start)
        if self.job.folder is not None and self._due("checkpoint"):
            self.checkpoint()
        if self.clock.due:
            self.report.tell(self.step, self.epoch)

    def _close_epoch(self) -> dict[str, float] | None:
        """Validates, and writes the epoch down; None where that was interrupted, or the weights are lost."""
        run, job = self.run, self.job
        total = sum(float(losses.sum(dtype=np.float64)) * size for losses, size in self._epoch_losses)
        count = sum(len(losses) * size for losses, size in self._epoch_losses)
        logs = self.engine.epoch_logs(total / count)
        if job.validation is not None:
            found = self._validate()
            if found is None or not (np.isfinite(found.get("loss", np.nan)) or self.snapshots.finite()):
                return None
            logs |= {f"val_{name}": value for name, value in found.items()}
        self._epoch_losses = []
        self.epoch += 1
        run.epochs = self.epoch
        value = logs.get(job.monitor, np.inf)
        if value < self.best_value:
            self.best_value, run.best_epoch = value, self.epoch
            self.best = [variable.numpy() for variable in self.worker.model.variables]
            run._best = self.best
        if job.callbacks:  # these may add to what is written down, such as the learning rate
            self._to_reader()
            job.callbacks.on_epoch_end(self.epoch - 1, logs)
            self._from_reader()
            logs = job.callbacks.callbacks[-1].logs
        for name, number in logs.items():
            run.history.setdefault(name, []).append(number)
        return logs

    def _validate(self) -> dict[str, float] | None:
        """Loss and metrics of the validation part; None where it was interrupted, and then the metrics of
        the epoch are what they were, so that it can be closed when the run goes on."""
        job, start = self.job, time.perf_counter()
        kept = [variable.numpy() for variable in self._metrics()]
        found = self.engine.evaluate(
            job.validation,
            self._evaluation_batch,
            seconds_per_call=job.seconds_per_call,
            stopped=self._stopped_meanwhile,
        )
        if found is None:
            _assign(self._metrics(), kept)
        self.report.seconds["validating"] += time.perf_counter() - start
        return found

    def _stopped_meanwhile(self) -> bool:
        if self.clock.due:
            self.report.tell(self.step, self.epoch)
        return self.stop.pressed

    def _diverged(self, losses: np.ndarray) -> str:
        """Back to the last weights that were good, and what to try."""
        first = self.step + int(np.argmax(~np.isfinite(losses)))
        self.run.losses += losses.tolist()[: first - self.step]
        if self.job.rates is not None:
            self.run.rates += self.job.rates[self.step : first].tolist()
        self.run.examples += (first - self.step) * self.job.batch_size
        self.run.steps = self.step = first
        value = losses[~np.isfinite(losses)][0]
        self._go_back(_("The loss became {value} at step {step} (epoch {epoch})"), value, first + 1)
        return DIVERGED

    def _weights_lost(self) -> str:
        """The weights are no longer finite, though no loss has shown it yet."""
        self._go_back(
            _("The weights were no longer finite after step {step} (epoch {epoch})"), None, self.step
        )
        return DIVERGED

    def _go_back(self, what: str, value: Any, step: int) -> None:
        with self.stop.shielded():
            back = self.snapshots.back()
        parts = [
            what.format(value=value, step=step, epoch=self.epoch + 1),
            _("; the model has its weights of step {back} again.").format(back=back),
        ]
        if not self.snapshots.sound:
            parts.append(" " + _("They were not finite when the run began: make the model anew."))
        elif step == 1:
            parts.append(
                " " + _("No step was good: look for targets or inputs that are very large, or at the loss.")
            )
        parts.append(" " + _("Try a learning rate ten times smaller, or clip=1.0."))
        if self.run.best_epoch is not None:
            parts.append(
                " "
                + _("run.restore_best() gives the weights of epoch {epoch}.").format(
                    epoch=self.run.best_epoch
                )
            )
        self.run.message = "".join(parts)

    # -- weights ------------------------------------------------------------------------

    def move_to(self, worker: Worker) -> None:
        """Goes on with another worker, which has taken over the same weights."""
        self.worker, self.engine = worker, worker.engine
        self.snapshots.variables = [*worker.model.variables, *worker.model.optimizer.variables]

    def _due(self, what: str) -> bool:
        shortest = self.job.checkpoint_seconds if what == "checkpoint" else SHORTEST[what]
        at, took = self._copied[what]
        return time.perf_counter() - at > max(shortest, took / COPY_SHARE)

    def _metrics(self) -> list[Any]:
        return [variable for metric in self.engine.metrics for variable in metric.variables]

    def _from_reader(self) -> None:
        """What callbacks have changed in the reader's model: the learning rate, or weights."""
        with self.stop.shielded():
            self.worker.take_over(self.job.model)

    def _to_reader(self) -> None:
        with self.stop.shielded():
            self.worker.give_back(self.job.model)

    def _hand_over(self) -> None:
        """Gives the weights to the reader's model for good."""
        with self.stop.shielded():
            if self._own_rate is not None:
                self.worker.model.optimizer.learning_rate = self._own_rate
            self.worker.give_back(self.job.model)

    # -- checkpoints ----------------------------------------------------------------------

    def _arrays(self) -> dict[str, np.ndarray]:
        """All that a run of this state needs to go on, by name."""
        groups = {
            "model": self.worker.model.variables,
            "optimizer": self.worker.model.optimizer.variables,
            "metrics": self._metrics(),
        }
        arrays = {
            f"{name}/{place}": np.asarray(variable.numpy())
            for name, variables in groups.items()
            for place, variable in enumerate(variables)
        }
        return arrays | {f"best/{place}": value for place, value in enumerate(self.best or [])}

    def checkpoint(self, arrays: dict[str, np.ndarray] | None = None) -> None:
        """Writes everything to the run's folder. Where that fails, the run goes on and says so."""
        start = time.perf_counter()
        job, run = self.job, self.run
        arrays = self._arrays() if arrays is None else arrays
        callbacks, remembered = state_of(job.callbacks.callbacks if job.callbacks else [])
        self.report.record()
        record = run.as_dict()
        facts = {
            "step": self.step,
            "epoch": self.epoch,
            "best_value": None if np.isinf(self.best_value) else self.best_value,
            "part": [size for _losses, size in self._epoch_losses],
            "callbacks": callbacks,
            "run": {**record, "losses": [], "rates": []},
            "job": job.facts,
        }
        arrays = {
            **arrays,
            **remembered,
            **{f"part/{place}": losses for place, (losses, _size) in enumerate(self._epoch_losses)},
            "steps/0": np.array(run.losses, np.float64),
            "steps/1": np.array(run.rates, np.float64),
        }
        # Weights that have run off to infinity are nothing to go on from; the file before is.
        if run.ended != DIVERGED and self.snapshots.finite():
            self.keep.checkpoint(checkpoints.Checkpoint(arrays, facts))
        self.keep.record()
        now = time.perf_counter()
        self._copied["checkpoint"] = (now, now - start)

    def restore(self, stored: checkpoints.Checkpoint) -> None:
        """Goes on from a checkpoint: weights, optimizer, metrics, place in the data, history."""
        model, facts = self.worker.model, stored.facts
        with self.stop.shielded():
            _assign(model.variables, stored.group("model"))
            _assign(model.optimizer.variables, stored.group("optimizer"))
            _assign(self._metrics(), stored.group("metrics"))
        self._stored = stored
        self.step, self.epoch = facts["step"], facts["epoch"]
        self.best = stored.group("best") or None
        self.run._best = self.best
        self.best_value = np.inf if facts["best_value"] is None else facts["best_value"]
        self._epoch_losses = list(zip(stored.group("part"), facts["part"], strict=True))
        self._to_reader()

    def _remember(self, callbacks: list[Any]) -> None:
        """Callbacks have forgotten what they knew before the run was stopped, or have changed the model."""
        stored = self._stored
        if stored is not None and not put_back(callbacks, stored.facts["callbacks"], stored.group):
            self.run.notes.append(
                _("The callbacks are others than before: what those remembered is forgotten.")
            )
        if callbacks:
            self._from_reader()


def _assign(variables: Any, values: Any) -> None:
    for variable, value in zip(variables, values, strict=True):
        kind = variable.numpy().dtype
        variable.assign(value if value.dtype.kind != "V" else value.view(kind))  # bfloat16, as files know it
