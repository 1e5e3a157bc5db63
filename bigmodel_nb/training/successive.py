"""Members of a sweep one after another, each by the compiled loop of `fit`, in slices."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.recipe import Recipe
from bigmodel_nb.training.run import EARLY, INTERRUPTED, Run
from bigmodel_nb.training.session import Session
from bigmodel_nb.training.sweep_record import Member


@dataclass
class Task:
    """What every member of a sweep is trained on, and for how long."""

    recipe: Recipe
    data: Any
    validation_data: Any
    metrics: Any
    epochs: int
    patience: int | None
    source: Any  # of `data`, and of `validation_data` or None
    held: Any

    def session(self, settings: Mapping[str, Any], model: Any) -> Session:
        """The run of a member, not yet begun."""
        chosen = self.recipe.all_of(settings)
        return Session(
            model,
            self.data,
            validation_data=self.validation_data,
            metrics=self.metrics,
            optimizer=self.recipe.optimizer(settings),
            epochs=self.epochs,
            batch_size=chosen["batch_size"],
            seed=chosen.get("seed", 0),
        )


class Successive:
    """Trains `members` of a task in their order; their runs fill meanwhile."""

    def __init__(self, task: Task, members: Sequence[Member]):
        self.task, self.members = task, list(members)
        self.steps = self.done = 0  # of the member under way
        self._place = 0
        self._session: Session | None = None

    @property
    def finished(self) -> bool:
        return self._place == len(self.members)

    def advance(self, seconds: float) -> None:
        """Trains for about so long; where Keras does not run on TensorFlow, until the end of a member."""
        until = time.perf_counter() + seconds
        while not self.finished:
            if keras.backend.backend() != "tensorflow":
                self._whole(self.members[self._place])
            else:
                self._slice(self.members[self._place], max(until - time.perf_counter(), 0.001))
            if time.perf_counter() >= until:
                return

    def stop(self) -> None:
        """Ends the member under way where it is, and begins no other."""
        if self._session is not None:
            self._session.stop()
            self._session = None
        self._place = len(self.members)

    def weights(self, member: Member, best: bool) -> dict[int, Any]:
        """The weights that a member ended with, or had after its best epoch, by their places among its
        model's variables."""
        assert member.run is not None
        if best and member.run._best is not None:
            return dict(enumerate(member.run._best))
        return {place: variable.numpy() for place, variable in enumerate(member.run.model.variables)}

    def _slice(self, member: Member, seconds: float) -> None:
        if self._session is None:
            self._session = self.task.session(member.settings, self.task.recipe.model(member.settings))
            member.run = self._session.record
        session = self._session
        if self.task.patience is None:
            session.advance(seconds)
        else:  # a slice must not go past the epoch after which a run may have to end
            session._slice(seconds, (session.step // session.steps_per_epoch + 1) * session.steps_per_epoch)
        run = session.record
        if not session.finished and is_enough(run, self.task.patience):
            session.stop()
            run.ended, run.message = EARLY, patience_lost(run)
        self.done, self.steps = session.step, session.steps
        if session.finished:
            self._place, self._session = self._place + 1, None

    def _whole(self, member: Member) -> None:
        from bigmodel_nb.training.fitting import fit

        task, chosen = self.task, self.task.recipe.all_of(member.settings)
        monitor = "loss" if task.validation_data is None else "val_loss"
        stops = (
            [] if task.patience is None else [keras.callbacks.EarlyStopping(monitor, patience=task.patience)]
        )
        member.run = fit(
            task.recipe.model(member.settings),
            task.data,
            validation_data=task.validation_data,
            metrics=task.metrics,
            optimizer=task.recipe.optimizer(member.settings),
            epochs=task.epochs,
            batch_size=chosen["batch_size"],
            seed=chosen.get("seed", 0),
            callbacks=stops,
            watch=False,
        )
        self._place = len(self.members) if member.run.ended == INTERRUPTED else self._place + 1


def is_enough(run: Run, patience: int | None) -> bool:
    """Whether the last `patience` epochs have brought nothing better than the best before them."""
    return patience is not None and run.best_epoch is not None and run.epochs - run.best_epoch >= patience


def patience_lost(run: Run) -> str:
    return _("Stopped early: nothing better since epoch {epoch}.").format(epoch=run.best_epoch)
