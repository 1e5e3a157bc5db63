"""`fit`: train any Keras model on this machine, watched, stoppable and resumable.

    run = fit(model, data, epochs=10)                  # a data set with parts: the validation part is watched
    run = fit(model, (x, y), validation_data=(u, v), learning_rate=3e-4, schedule="cosine")
    run = fit(model, data, epochs=50, resume="night")  # goes on where it stopped, also after a crash

The weights end up in `model`, the record in the `Run`. On TensorFlow many steps go into one compiled call
(`engine`, `loop`); the result is that of `model.fit` on the same batches. On JAX and PyTorch Keras's own
`model.fit` does the work (`elsewhere`).
"""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from bigmodel_nb.arguments import positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training import checkpoint as checkpoints
from bigmodel_nb.training.callback_state import listener
from bigmodel_nb.training.compiling import (
    check_objective,
    compile_model,
    compiled_as_before,
    fixed_batch,
    has_schedule,
)
from bigmodel_nb.training.cost import cost_of
from bigmodel_nb.training.hardware import report
from bigmodel_nb.training.interrupts import StopButton
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.loop import Job, Loop
from bigmodel_nb.training.plan import choose
from bigmodel_nb.training.preparing import build_on, length_of, parts_of
from bigmodel_nb.training.recording import fingerprint, settings_of, versions
from bigmodel_nb.training.resuming import is_finished, job_of, run_so_far, same_job
from bigmodel_nb.training.run import Run
from bigmodel_nb.training.schedules import rates_for
from bigmodel_nb.training.sources import Texts, as_source
from bigmodel_nb.training.steps import steps_itself
from bigmodel_nb.training.streams import Stream
from bigmodel_nb.training.watching import Clock, watcher_for
from bigmodel_nb.training.workers import lock_of, seed_dropout, worker_for


def fit(
    model: Any,
    data: Any,
    *,
    validation_data: Any = None,
    loss: Any = None,
    metrics: Any = None,
    optimizer: Any = None,
    learning_rate: float | None = None,
    schedule: Any = None,
    clip: float | None = None,
    epochs: int = 10,
    steps_per_epoch: int | None = None,
    batch_size: int = 32,
    shuffle: bool = True,
    class_weight: dict[int, float] | None = None,
    callbacks: Sequence[Any] = (),
    seed: int = 0,
    watch: Any = True,
    resume: str | None = None,
    restart: bool = False,
    checkpoint_seconds: float = 10.0,
    xla: bool | str = "auto",
    precision: str = "auto",
    seconds_per_call: float = 0.1,
) -> Run:
    """Trains `model` (a built or buildable Keras model) on `data` and returns the record of it.

    data: a data set with `train` and `validation` parts, one part, (x, y), (x, y, sample_weight), windows of
        a text, a tf.data.Dataset or keras PyDataset of batches. x has one row for each example.
    validation_data: the same kinds; default: the validation part of `data`, if it has one.
    loss, metrics: as in `model.compile`; default: those the model was compiled with, else inferred from its
        output and the targets, and said in `run.notes`.
    optimizer: a name or a Keras optimizer; default: the one the model was compiled with, else "adam".
    learning_rate: default: the optimizer's own.
    schedule: a name ("cosine", "one-cycle", ...), one of `maths.schedules`, or a function from a step to a
        rate; see `schedules.rates_for`.
    clip: the largest global norm of a gradient; default: no limit.
    epochs: passes over the data, or multiples of `steps_per_epoch` where that is given.
    shuffle: whether each pass has an order of its own, drawn from `seed` and the number of the pass.
    callbacks: Keras callbacks; they run at the ends of epochs and of calls of the compiled loop.
    seed: of the order of examples and of dropout. The initial weights are the model's own.
    watch: True for the live panel (or a line in a terminal), False for nobody, or a function of a
        `Progress`.
    resume: a name; the run is kept under it in `runs_folder()` and goes on where it stopped. A finished run
        is loaded and not trained again, which is said; `restart=True` trains it anew.
    xla, precision, seconds_per_call: "auto" or what the plan shall say; see `plan`.

    An interrupt ends the run and loses nothing. A loss that is no number ends it with the last good weights.

    Raises a ValueError or TypeError that names the argument, before anything is trained.
    """
    began = time.perf_counter()
    epochs, batch_size = whole("epochs", epochs, 0), whole("batch_size", batch_size, 1)
    seed = whole("seed", seed, 0)
    if steps_per_epoch is not None:
        steps_per_epoch = whole("steps_per_epoch", steps_per_epoch, 1)
    for name, value in {"learning_rate": learning_rate, "clip": clip}.items():
        if value is not None:
            positive(name, value)
    seconds_per_call = positive("seconds_per_call", seconds_per_call)
    checkpoint_seconds = positive("checkpoint_seconds", checkpoint_seconds)
    folder = None if resume is None else checkpoints.place_of(resume)
    watcher = watcher_for(watch)
    if not isinstance(model, keras.Model):
        raise wrong_type("model", _("a Keras model"), model)
    train, validation, unit = parts_of(data, validation_data)
    source = as_source("data", train, class_weight=class_weight)
    checked = None if validation is None else as_source("validation_data", validation)

    if isinstance(checked, Stream) and checked.endless:
        raise wrong_value("validation_data", _("data that have an end"), validation)
    callbacks = _checked_callbacks(callbacks)
    for name, value in {"shuffle": shuffle, "restart": restart}.items():
        if not isinstance(value, bool | np.bool_):
            raise wrong_type(name, _("True or False"), value)

    with lock_of(model), checkpoints.claimed(folder), StopButton() as stop:
        stored = None if folder is None or restart else checkpoints.read(folder)
        build_on(model, source)
        if checked is not None:
            build_on(model, checked, "validation_data")
        if not model.trainable_weights and not steps_itself(model):
            raise wrong_value("model", _("a model with weights to train"), model.name)
        fixed = fixed_batch(model)
        if fixed is not None and (
            batch_size != fixed or any(len(part) % fixed for part in (source, checked or ()))
        ):
            expected = _("{size}, since the model was built for batches of it, and data that divide by it")
            raise wrong_value("batch_size", expected.format(size=fixed), batch_size)
        used = model.compiled and model.optimizer is not None and model.optimizer.built
        with compiled_as_before(model):
            notes = compile_model(model, source, loss, metrics, optimizer, learning_rate, clip)
            if keras.backend.backend() == "tensorflow" and not steps_itself(model):
                check_objective("data", model, source)
                if checked is not None:
                    check_objective("validation_data", model, checked)
            batches = source.batches(batch_size, seed, bool(shuffle))
            per_epoch = steps_per_epoch or batches.steps_per_pass
            rates = _rates(model, schedule, epochs * per_epoch)
            plan = choose(
                model,
                batch_size=batch_size,
                steps=epochs * per_epoch,
                length=length_of(source),
                xla=stored.facts["run"]["plan"]["xla"] if stored is not None and xla == "auto" else xla,
                precision=precision,
                seconds_per_call=seconds_per_call,
            )
            run = Run(
                name=resume or "",
                ended="running",
                config=settings_of(model, epochs, steps_per_epoch, batch_size, schedule, clip, shuffle),
                plan=plan.as_dict(),
                seed=seed,
                versions=versions(),
                hardware={"system": platform.system(), **report(try_xla=False).to_dict()},
                fingerprint=fingerprint(source),
                notes=[*notes, *plan.reasons],
                model=model,
            )
            facts = job_of(
                model,
                run,
                data=_known_of(source),
                validation=None if checked is None else _known_of(checked),
                epochs=epochs,
                steps_per_epoch=per_epoch,
                rates=rates,
            )
            if stored is not None:
                if used and learning_rate is None and optimizer is None:
                    # The model has been trained in this session: its rate may be what a callback made of it.
                    facts["learning rate"] = stored.facts["job"]["learning rate"]
                same_job(stored, facts, resume)
                run = run_so_far(stored, run, epochs)
        clock = Clock(watcher)
        if plan.backend != "tensorflow":
            _elsewhere(
                model, source, checked, run, clock, stop, callbacks, epochs, per_epoch, batch_size, shuffle,
                rates,
            )  # fmt: skip
            return run
        callback_list = _callbacks(callbacks, model, epochs, per_epoch)
        job = Job(
            model=model,
            source=source,
            batches=batches,
            validation=checked,
            epochs=epochs,
            steps_per_epoch=per_epoch,
            batch_size=batch_size,
            rates=rates,
            callbacks=callback_list,
            monitor="val_loss" if checked is not None else "loss",
            seconds_per_call=plan.seconds_per_call,
            unit=unit,
            tokens=source.length if isinstance(source, Texts) else 1,
            folder=folder,
            facts=facts,
            checkpoint_seconds=checkpoint_seconds,
        )
        with worker_for(
            model, source.sample(fixed_batch(model) or 2), xla=plan.xla, precision=plan.precision
        ) as worker:
            worker.take_over(model)
            if stored is None:
                seed_dropout(worker.model, seed)
            loop = Loop(job, worker, run, clock, stop)
            loop.report.begun = began
            if stored is not None:
                loop.restore(stored)
            if stored is not None and is_finished(stored, epochs):
                loop.show_finished()
            else:
                loop.go()
        run.cost = _cost(model, run, source)
        loop.keep.record()
    return run


def _cost(model: Any, run: Run, source: Any) -> Any:
    """What the run took; None where it cannot be counted, since a record must not fail for that."""
    seconds = run.seconds.get("training", 0.0)
    if not run.examples or not seconds:
        return None
    try:
        return cost_of(model, examples=run.examples, seconds=seconds, length=length_of(source))
    except Exception as error:
        run.notes.append(_("The cost of the run is not known: {error}").format(error=error))
        return None


# -- what is trained on -----------------------------------------------------------------------


def _known_of(source: Any) -> dict[str, Any]:
    examples = source.length if isinstance(source, Stream) else len(source)
    return {"examples": examples, "fingerprint": fingerprint(source)}


def _rates(model: Any, schedule: Any, steps: int) -> np.ndarray | None:
    if schedule is None:
        return None
    optimizer = model.optimizer
    if has_schedule(optimizer):
        raise wrong_value("schedule", _("None, since the optimizer follows a schedule of its own"), schedule)
    return rates_for(schedule, float(optimizer.learning_rate), steps) if steps else np.zeros(0, np.float32)


def _checked_callbacks(callbacks: Any) -> list[Any]:
    if isinstance(callbacks, keras.callbacks.Callback):
        return [callbacks]
    if not isinstance(callbacks, list | tuple) or not all(
        isinstance(callback, keras.callbacks.Callback) for callback in callbacks
    ):
        raise wrong_type("callbacks", _("a list of Keras callbacks"), callbacks)
    return list(callbacks)


def _callbacks(callbacks: list[Any], model: Any, epochs: int, steps: int) -> Any:
    if not callbacks:
        return None
    model.stop_training = False
    return keras.callbacks.CallbackList(
        [*callbacks, listener()],
        add_history=False,
        add_progbar=False,
        model=model,
        epochs=epochs,
        steps=steps,
        verbose=0,
    )


def _elsewhere(
    model: Any, source: Any, validation: Any, run: Run, clock: Clock, stop: StopButton, callbacks: Any,
    epochs: int, per_epoch: int, batch_size: int, shuffle: bool, rates: np.ndarray | None,
) -> None:  # fmt: skip
    """Training on JAX or PyTorch by `model.fit`, and no checkpoints of ours."""
    from bigmodel_nb.training.elsewhere import fit_elsewhere

    if run.name:
        expected = _("None where Keras runs on {backend}: checkpoints want TensorFlow")
        raise wrong_value("resume", expected.format(backend=keras.backend.backend()), run.name)
    whole_passes = isinstance(source, Stream) or per_epoch == -(-len(source) // min(batch_size, len(source)))
    if not whole_passes:
        raise wrong_value("steps_per_epoch", _("None where Keras does not run on TensorFlow"), per_epoch)
    fit_elsewhere(
        model, source, validation, run, clock, stop, epochs=epochs, steps_per_epoch=per_epoch,
        batch_size=batch_size, shuffle=bool(shuffle), seed=run.seed, callbacks=list(callbacks), rates=rates,
    )  # fmt: skip
