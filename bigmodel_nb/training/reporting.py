"""What a run says of itself while it goes on: its times, its speed, and the `Progress` that watchers get."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from bigmodel_nb.training.run import Run
from bigmodel_nb.training.watching import Clock, Progress

if TYPE_CHECKING:
    from bigmodel_nb.training.loop import Job

CALLS = 21  # the latest of them give the speed


class Reporter:
    """Keeps the times of a run in `run.seconds` and tells its watcher, when the clock says so.

    `seconds` are those of this part of the run; what an earlier part took, before it was stopped, is added.
    """

    def __init__(self, job: Job, run: Run, clock: Clock):
        self.job, self.run, self.clock = job, run, clock
        self.begun = time.perf_counter()
        self.seconds = {"compiling": 0.0, "training": 0.0, "validating": 0.0, "watching": 0.0}
        self._earlier = dict(run.seconds)
        self._reported = 0  # losses that the watcher has been told
        self._speed: list[tuple[float, int]] = []

    def count(self, took: float, examples: int) -> None:
        """One more call of the compiled loop: seconds, and the examples that it took."""
        self._speed = [*self._speed[-CALLS + 1 :], (took, examples)]

    def record(self) -> None:
        """Writes the times down."""
        now = {**self.seconds, "watching": self.clock.seconds, "total": time.perf_counter() - self.begun}
        self.run.seconds = {name: value + self._earlier.get(name, 0.0) for name, value in now.items()}

    def tell(self, step: int, epoch: int) -> None:
        """Tells the watcher, if there is one, how far the run has come, and the run if the watcher failed."""
        if self.clock.watcher is None:
            return
        self.clock.tell(self.progress(step, epoch))
        if self.clock.trouble and self.clock.trouble not in self.run.notes:
            self.run.notes.append(self.clock.trouble)

    def progress(self, step: int, epoch: int) -> Progress:
        """How far the run has come. `loss` is the mean since this was asked the last time."""
        job, run = self.job, self.run
        recent = run.losses[self._reported :]
        self._reported = len(run.losses)
        took = sum(took for took, _n in self._speed)
        speed = sum(n for _took, n in self._speed) / took if took else None
        self.record()
        left = (job.steps - step) * job.batch_size / speed if speed else None
        return Progress(
            name=run.name,
            step=step,
            steps=job.steps,
            epoch=min(epoch + 1, job.epochs),
            epochs=job.epochs,
            steps_per_epoch=job.steps_per_epoch,
            loss=float(np.mean(recent)) if recent else (run.losses[-1] if run.losses else None),
            rate=self._rate(step),
            seconds=run.seconds["total"],
            seconds_left=left,
            examples_per_second=speed * job.tokens if speed else None,
            unit=job.unit,
            losses=run.losses,
            history=run.history,
            notes=run.notes,
            ended=run.ended if run.ended != "running" else None,
            message=run.message,
            rates=run.rates,
        )

    def _rate(self, step: int) -> float | None:
        rates = self.job.rates
        return float(rates[min(step, len(rates) - 1)]) if rates is not None and len(rates) else None
