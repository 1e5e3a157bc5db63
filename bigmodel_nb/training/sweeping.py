"""`sweep`: train all combinations of some settings, together in one graph where that pays.

    result = sweep(build_mlp, digits(), learning_rate=[0.001, 0.01, 0.1], dropout=[0.0, 0.2], seed=[0, 1, 2])
    result.best("val_accuracy").settings
    model = result.model(result.best())

Every member is trained as `fit` would train it alone: the same first weights and order of batches for a
seed, the same update rule. `Sweeping` is the same in slices, for explorers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from bigmodel_nb.arguments import positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.compiling import check_objective, compile_model
from bigmodel_nb.training.interrupts import StopButton
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.preparing import parts_of
from bigmodel_nb.training.recipe import OF_TRAINING, Recipe
from bigmodel_nb.training.run import Run, duration
from bigmodel_nb.training.sources import as_source
from bigmodel_nb.training.stacking.choosing import divide
from bigmodel_nb.training.steps import steps_itself
from bigmodel_nb.training.streams import Stream
from bigmodel_nb.training.successive import Successive, Task
from bigmodel_nb.training.sweep_record import Member, Sweep
from bigmodel_nb.training.watching import Clock, Line, _place

MOST_MEMBERS = 10_000


def sweep(
    builder: Callable[..., Any],
    data: Any,
    *,
    epochs: int = 10,
    batch_size: Any = 32,
    validation_data: Any = None,
    metrics: Any = None,
    optimizer: Any = "adam",
    patience: int | None = None,
    together: bool | str = "auto",
    watch: Any = True,
    config: Any = None,
    **knobs: Any,
) -> Sweep:
    """Trains a model for each combination of the knobs' values, and returns the record of all of them.

    builder: a function that returns a Keras model, such as `build_mlp`, or one of your own. A loss that it
        compiles the model with is kept; its optimizer is not.
    data, validation_data, metrics: as in `fit`.
    epochs, batch_size: as in `fit`.
    optimizer: a name or a Keras optimizer, of which each member has a copy.
    patience: a member ends once so many epochs in a row brought no lower validation loss (training loss
        where nothing is held out). Its best epoch is kept: `result.model(member, best=True)`.
    together: True for one graph (a ValueError says why not, where that cannot be), False for one after
        another, "auto" for what is faster; `result.reasons` says what was chosen, and why.
    watch: True for a line that is written over, False for nobody, or a function of a `Standing`.
    config: handed to the builder before its other arguments, such as an `MLPConfig` or the name of a size.
    knobs: a list is swept, anything else is the same for all. learning_rate, weight_decay, clip, seed (and
        batch_size and optimizer, where these are lists) are of training; all others go to the builder:
        dropout=[0.0, 0.2], widths=[(32,), (64, 32)].

    A member's first weights are those that the builder gives after `keras.utils.set_random_seed(seed)`; its
    order of examples and its dropout masks are those of `fit(..., seed=seed)`. The reader's own random state
    stays as it was. A member whose loss is no number any more ends there ("diverged") with the weights of the
    last good epoch, and disturbs nobody. An interrupt ends the sweep with what it has.

    Raises a ValueError or TypeError that names the argument, before anything is trained.
    """
    if watch is not True and watch is not False and watch is not None and not callable(watch):
        raise wrong_type("watch", _("True, False or a function of a Standing"), watch)
    sweeping = Sweeping(
        builder, data, epochs=epochs, batch_size=batch_size, validation_data=validation_data, metrics=metrics,
        optimizer=optimizer, patience=patience, together=together, config=config, **knobs,
    )  # fmt: skip
    if watch is True:
        stream = _place()
        watch = None if stream is None else Line(stream)
    clock = Clock(watch or None)
    with StopButton() as button:
        while not sweeping.advance():
            if clock.due:
                clock.tell(Standing(sweeping))  # type: ignore[arg-type]
            if button.pressed:
                sweeping.stop()
    clock.tell(Standing(sweeping))  # type: ignore[arg-type]
    if clock.trouble:
        sweeping.sweep.reasons.append(clock.trouble)
    return sweeping.sweep


class Sweeping:
    """A sweep that somebody else drives, slice by slice. Arguments as in `sweep`.

    sweeping = Sweeping(build_mlp, digits(), learning_rate=[0.01, 0.1])
    while not sweeping.advance(seconds=0.1):
        show(sweeping.sweep)  # its members' runs fill
    """

    def __init__(
        self,
        builder: Callable[..., Any],
        data: Any,
        *,
        epochs: int = 10,
        batch_size: Any = 32,
        validation_data: Any = None,
        metrics: Any = None,
        optimizer: Any = "adam",
        patience: int | None = None,
        together: bool | str = "auto",
        config: Any = None,
        **knobs: Any,
    ):
        began = time.perf_counter()
        epochs = whole("epochs", epochs, 1)
        if patience is not None:
            patience = whole("patience", patience, 1)
        if together != "auto" and not isinstance(together, bool):
            raise wrong_value("together", _("True, False or 'auto'"), together)
        train, held, _unit = parts_of(data, validation_data)
        source = as_source("data", train)
        checked = None if held is None else as_source("validation_data", held)
        if isinstance(checked, Stream) and checked.endless:
            raise wrong_value("validation_data", _("data that have an end"), held)
        swept, fixed = _checked({"optimizer": optimizer, "batch_size": batch_size, **knobs})
        self.sweep = Sweep.of(swept, fixed=fixed)
        self._recipe = Recipe(builder, config, fixed, source)
        self._recipe.check_names([*swept, *fixed])
        self._task = Task(self._recipe, train, held, metrics, epochs, patience, source, checked)
        self._try_each()
        self.sweep._model = self._model_of
        self._parts = self._divided(together)
        self.stopped = False
        self.sweep.seconds = time.perf_counter() - began

    @property
    def finished(self) -> bool:
        return self.stopped or all(part.finished for part in self._parts)

    def advance(self, seconds: float = 0.1) -> bool:
        """Trains for about so long (what compiles, or builds many models, takes longer), and returns whether
        the sweep has ended."""
        seconds = positive("seconds", seconds)
        began = time.perf_counter()
        part = next((part for part in self._parts if not part.finished), None)
        if part is not None and not self.stopped:
            part.advance(seconds)
        self.sweep.seconds += time.perf_counter() - began
        return self.finished

    def stop(self) -> None:
        """Ends the sweep where it is: the members under way keep the weights of that step ("interrupted"),
        those that have not begun have no run."""
        self.stopped = True
        for part in self._parts:
            if not part.finished:
                part.stop()

    def _try_each(self) -> None:
        """One model for each thing that the builder is asked for, so that what is wrong is said now."""
        self._samples: dict[str, Any] = {}
        task = self._task
        for member in self.sweep.members:
            self._recipe.update_rule(member.settings)
            key = self._recipe.key(member.settings)
            if key in self._samples:
                continue
            self._samples[key] = model = self._recipe.model(member.settings)
            if not model.trainable_weights and not steps_itself(model):
                raise wrong_value("builder", _("a function of models with weights to train"), model.name)
            made = self._recipe.optimizer(member.settings)
            compile_model(model, task.source, None, task.metrics, made, None, None)
            if keras.backend.backend() == "tensorflow" and not steps_itself(model):
                check_objective("data", model, task.source)
                if task.held is not None:
                    check_objective("validation_data", model, task.held)

    def _divided(self, together: bool | str) -> list[Any]:
        """What trains the members: groups in one graph each, and one after another what is left."""
        choice = divide(self._task, self.sweep.members, self._samples, together)
        if together is True and choice.rest:
            raise wrong_value("together", _("False or 'auto' ({why})").format(why=choice.reasons[0]), True)
        self.sweep.reasons += choice.reasons
        self.sweep.together = bool(choice.groups)
        return [*choice.groups, *([Successive(self._task, choice.rest)] if choice.rest else [])]

    def _model_of(self, member: Member, best: bool) -> Any:
        """A new model with the weights that a member ended with, or had after its best epoch."""
        part = next(part for part in self._parts if any(one is member for one in part.members))
        run, model = member.run, self._recipe.model(member.settings)
        assert run is not None
        if run._best is None and run.best_epoch is not None:
            found = part.weights(member, True)
            run._best = [found.get(place, one.numpy()) for place, one in enumerate(model.variables)]
        for place, value in part.weights(member, best and run.best_epoch is not None).items():
            model.variables[place].assign(value)
        if run.model is None:
            run.model = model  # `run.restore_best` is about this one
        return model


class Standing:
    """How far a sweep has come, for whoever watches it; `str` of it is one line."""

    def __init__(self, sweeping: Sweeping):
        self.sweep = sweeping.sweep
        self.ended = None if not sweeping.finished else str(self.sweep)
        self.message = ""

    def __str__(self) -> str:
        runs = [member.run for member in self.sweep.members if member.run is not None]
        done = [run for run in runs if run.ended != "running"]
        parts = [_("{done} of {all} members").format(done=len(done), all=len(self.sweep.members))]
        running = [run for run in runs if run.ended == "running"]
        if running:
            parts.append(_("epoch {epoch}").format(epoch=min(run.epochs for run in running) + 1))
        parts += [_best_of(runs)] if any(run.history for run in runs) else []
        parts.append(duration(self.sweep.seconds))
        return ", ".join(parts)


def _best_of(runs: list[Run]) -> str:
    name = "val_loss" if any("val_loss" in run.history for run in runs) else "loss"
    lowest = min((min(run.history[name]) for run in runs if run.history.get(name)), default=float("nan"))
    return _("lowest {name} {value}").format(name=name, value=f"{lowest:.4g}")


def _checked(knobs: dict[str, Any]) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """The swept knobs with their values, and the settings that are the same for all."""
    swept: dict[str, list[Any]] = {}
    fixed: dict[str, Any] = {}
    for name, given in knobs.items():
        several = isinstance(given, list | range) or hasattr(given, "tolist")
        values = list(given.tolist() if hasattr(given, "tolist") else given) if several else [given]
        if not values:
            raise wrong_value(name, _("a list of at least one value"), given)
        check = OF_TRAINING.get(name, _finite)
        values = [check(name, tuple(value) if isinstance(value, list) else value) for value in values]
        for place, value in enumerate(values):
            if any(value == other and type(value) is type(other) for other in values[:place]):
                raise wrong_value(name, _("a list of different values"), given)
        if several:
            swept[name] = values
        else:
            fixed[name] = values[0]
    count = 1
    for name, values in swept.items():
        count *= len(values)
        if count > MOST_MEMBERS:
            expected = _("a list that keeps the sweep at {most} members or fewer").format(most=MOST_MEMBERS)
            raise wrong_value(name, expected, values)
    return swept, fixed


def _finite(name: str, value: Any) -> Any:
    if isinstance(value, float) and not abs(value) < float("inf"):
        raise wrong_value(name, _("a list of finite numbers, or of other settings"), value)
    return value
