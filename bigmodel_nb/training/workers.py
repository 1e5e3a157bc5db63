"""Compiled loops that outlive a model: kept by architecture, fed with the weights of whatever model has it.

Compiling takes a second and, in TensorFlow, leaves memory behind for good. So `fit` does not compile loops
for the reader's model but for a twin of it, made from the same configuration. The twin takes over the
weights (and the optimizer's), is trained, and gives them back. The next model of the same architecture finds
its loops compiled; a new learning rate is a new value of a variable.

A model that cannot be made from its configuration, or that trains itself (`train_step`), works in person.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.compiling import carry_exclusions
from bigmodel_nb.training.decay import decay_of, steered
from bigmodel_nb.training.engine import Engine
from bigmodel_nb.training.fused_lstm import fuse_lstms
from bigmodel_nb.training.sharing import key_of
from bigmodel_nb.training.twins import random_state_kept, twin_of

MOST = 6  # architectures whose loops are kept

_workers: OrderedDict[str, Worker] = OrderedDict()
_in_person: weakref.WeakSet[Any] = weakref.WeakSet()  # models that have their worker in PLACE
PLACE = "_bigmodel_worker"  # an attribute of the model, so that both are let go of together
_keeping = threading.RLock()
_locks: weakref.WeakKeyDictionary[Any, threading.RLock] = weakref.WeakKeyDictionary()


def lock_of(model: Any) -> threading.RLock:
    """The one lock of a model: whoever trains it or reads its weights while others may train it holds it."""
    with _keeping:
        return _locks.setdefault(model, threading.RLock())


class Worker:
    """A model that is trained in place of others, and its compiled loops."""

    def __init__(self, model: Any, sample: Any, *, xla: bool, twin: bool, scales: bool = False):
        self.model, self.twin = model, twin
        self.lock = threading.RLock()
        model._symbolic_build(data_batch=sample)
        self.engine = Engine(model, xla=xla)
        self._scales = scales
        self._decay = steered(self.optimizer) if twin else None  # before anything is compiled
        # What a new optimizer starts from; its rate is set by whoever trains.
        self.fresh = [variable.numpy() for variable in self.optimizer.variables] if twin else []
        # What scales the loss belongs to the precision and not to the reader's optimizer.
        own = {id(variable) for variable in self.optimizer.variables}
        self.scale = [
            (variable, variable.numpy()) for variable in model.optimizer.variables if id(variable) not in own
        ]

    @property
    def optimizer(self) -> Any:
        """The optimizer that stands for the reader's: without the loss scaling that a twin may have."""
        optimizer = self.model.optimizer
        return optimizer.inner_optimizer if self._scales else optimizer

    def take_over(self, model: Any) -> None:
        """Takes over the weights of `model`, and its optimizer's where it has begun."""
        if not self.twin:
            return
        for ours, theirs in zip(self.model.variables, model.variables, strict=True):
            ours.assign(theirs.value)
        mine, optimizer = self.optimizer, model.optimizer
        values = [variable.value for variable in optimizer.variables] if optimizer.built else self._new(model)
        for variable, value in zip(mine.variables, values, strict=True):
            variable.assign(value)
        if self._decay is not None:
            self._decay.assign(decay_of(optimizer))
        if not optimizer.built and not _follows_schedule(mine):
            mine.learning_rate.assign(optimizer.learning_rate)

    def _new(self, model: Any) -> list[Any]:
        """What the optimizer of `model` starts from; some start from the weights."""
        if not any(value.ndim and value.any() for value in self.fresh):
            return self.fresh
        with random_state_kept():
            copy = type(model.optimizer).from_config(model.optimizer.get_config())
            copy.build(model.trainable_variables)
        return [variable.value for variable in copy.variables]

    def give_back(self, model: Any) -> None:
        """Gives the weights, and the optimizer's, to `model`."""
        if not self.twin:
            return
        for ours, theirs in zip(self.model.variables, model.variables, strict=True):
            theirs.assign(ours.value)
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        for ours, theirs in zip(self.optimizer.variables, model.optimizer.variables, strict=True):
            theirs.assign(ours.value)


@contextmanager
def worker_for(model: Any, sample: Any, *, xla: bool, precision: str = "float32") -> Iterator[Worker]:
    """A worker for a compiled and built `model`, for as long as the block lasts; nobody else has it."""
    key = key_of(model, sample, xla, precision)
    worker = None
    with _keeping:
        if key is not None:
            worker = _workers.get(key)
            if worker is not None and worker.lock.acquire(blocking=False):
                _workers.move_to_end(key)
            else:
                worker = _twin(model, sample, xla, precision)
                if worker is not None:
                    worker.lock.acquire()
                    _workers[key] = worker
                    while len(_workers) > MOST:
                        _workers.popitem(last=False)
        if worker is None:
            if precision not in ("float32", model.dtype_policy.name):
                expected = _("'auto', since this model cannot be made anew; build it in that precision")
                raise wrong_value("precision", expected, precision)
            known = model.__dict__.get(PLACE)
            state = (model._compile_config, [variable.trainable for variable in model.variables], xla)
            if known is None or known[0][0] is not state[0] or known[0][1:] != state[1:]:
                known = (state, Worker(model, sample, xla=xla, twin=False))
                model.__dict__[PLACE] = known  # past Keras, which would track it
                _in_person.add(model)
            worker = known[1]
            worker.lock.acquire()
    try:
        for variable, value in worker.scale:  # of the loss: each run begins with the same
            variable.assign(value)
        yield worker
    finally:
        worker.lock.release()


def forget_workers() -> None:
    """Lets go of all compiled loops."""
    with _keeping:
        _workers.clear()
        for model in _in_person:
            model.__dict__.pop(PLACE, None)
        _in_person.clear()


def _twin(model: Any, sample: Any, xla: bool, precision: str) -> Worker | None:
    """A worker of its own, compiled as `model` is; None where Keras cannot make one.

    In float16 its loss is scaled up before gradients are taken, since small ones would be zero (Micikevicius
    et al., 2018, "Mixed precision training"); the reader's optimizer knows nothing of that.
    """
    import keras

    with random_state_kept():
        twin = twin_of(model, precision)
        if twin is None:
            return None
        try:
            twin.compile_from_config(model.get_compile_config())
            carry_exclusions(
                model.optimizer, model.trainable_variables, twin.optimizer, twin.trainable_variables
            )
            if xla and keras.backend.backend() == "tensorflow":
                fuse_lstms(twin)
            scales = precision == "mixed_float16" and not _scales_loss(twin.optimizer)
            if scales:
                twin.optimizer = keras.optimizers.LossScaleOptimizer(twin.optimizer)
            return Worker(twin, sample, xla=xla, twin=True, scales=scales)
        except Exception:  # a loss or metric of the reader's own that cannot be made anew
            return None


def _scales_loss(optimizer: Any) -> bool:
    import keras

    return isinstance(optimizer, keras.optimizers.LossScaleOptimizer)


def _follows_schedule(optimizer: Any) -> bool:
    import keras

    return isinstance(optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule)


def seed_dropout(model: Any, seed: int) -> None:
    """Sets the state of every seed generator in `model`, so that the same seed draws the same masks."""
    generators = [
        generator for layer in model._flatten_layers() for generator in getattr(layer, "_seed_generators", [])
    ]
    for place, generator in enumerate(generators):
        drawn = np.random.default_rng([seed, place]).integers(0, 2**31, 2)
        generator.state.assign(drawn.astype("uint32"))
