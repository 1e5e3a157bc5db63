"""Two questions before a run: which learning rate, and how large a batch fits.

    found = find_learning_rate(model, data)
    found.valley, found.steepest, found.minimum_tenth     # three suggestions
    find_batch_size(model, data)                          # the largest power of two that fits

The model, its optimizer and the random states are afterwards as they were before.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb.arguments import positive, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.compiling import compile_model
from bigmodel_nb.training.later import keras
from bigmodel_nb.training.nested import each
from bigmodel_nb.training.preparing import build_on, parts_of
from bigmodel_nb.training.sources import as_source, free_memory
from bigmodel_nb.training.twins import random_state_kept, twin_of
from bigmodel_nb.training.workers import lock_of, seed_dropout, worker_for

SMOOTHING = 0.9  # the weight of the past in the running mean of the losses
TOO_HIGH = 4.0  # times the lowest smoothed loss: the test ends there
STEPS_PER_CALL = 10


@dataclass(frozen=True)
class LearningRates:
    """What a range test found. `rates`, `losses` and `smoothed` have one number for each step taken.

    valley: two thirds (on the log scale) into the longest stretch along which the smoothed loss falls.
    steepest: where it falls fastest.
    minimum_tenth: a tenth of the rate at which it is lowest.
    """

    valley: float
    steepest: float
    minimum_tenth: float
    rates: np.ndarray = field(repr=False)
    losses: np.ndarray = field(repr=False)
    smoothed: np.ndarray = field(repr=False)

    def __str__(self) -> str:
        return _("valley {valley:.2g}, steepest {steepest:.2g}, minimum / 10 {tenth:.2g}").format(
            valley=self.valley, steepest=self.steepest, tenth=self.minimum_tenth
        )


def find_learning_rate(
    model: Any,
    data: Any,
    *,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 100,
    batch_size: int = 32,
    loss: Any = None,
    optimizer: Any = None,
    seed: int = 0,
) -> LearningRates:
    """Takes `steps` steps while the learning rate grows from `lowest` to `highest` on a log scale, and reads
    the losses; ends early where the smoothed loss is four times its lowest, or no number any more.

    data, loss, optimizer: as in `fit`. Source: L. N. Smith, 2017, "Cyclical learning rates for training
    neural networks". Raises what `fit` raises, and a ValueError where the loss never fell.
    """
    lowest, highest = positive("lowest", lowest), positive("highest", highest)
    if highest <= lowest:
        raise wrong_value("highest", _("a rate above lowest, {lowest}").format(lowest=lowest), highest)
    steps, batch_size = whole("steps", steps, 10), whole("batch_size", batch_size, 1)
    seed = whole("seed", seed, 0)
    if not isinstance(model, keras.Model):
        raise wrong_type("model", _("a Keras model"), model)
    if keras.backend.backend() != "tensorflow":
        raise wrong_value("model", _("a model on TensorFlow"), keras.backend.backend())
    source = as_source("data", parts_of(data, None)[0])
    with lock_of(model), random_state_kept():
        build_on(model, source)
        copy = _copied(model)
        compile_model(copy, source, loss, None, optimizer, None, None)
        if isinstance(copy.optimizer._learning_rate, keras.optimizers.schedules.LearningRateSchedule):
            expected = _("an optimizer with one learning rate, not a schedule")
            raise wrong_value("optimizer", expected, copy.optimizer)
        rates = np.geomspace(lowest, highest, steps).astype(np.float32)
        with worker_for(copy, source.sample(2), xla=False) as worker:
            worker.take_over(copy)
            seed_dropout(worker.model, seed)
            losses = _range_test(worker.engine, source, source.batches(batch_size, seed, True), rates)
    return suggest(rates[: len(losses)], losses)


def _copied(model: Any) -> Any:
    """A twin with the same weights, compiled as the model is, whose optimizer has begun nothing."""
    copy = twin_of(model)
    if copy is None:
        expected = _("a model that Keras can make anew from its configuration (get_config)")
        raise wrong_value("model", expected, model.name)
    for ours, theirs in zip(copy.variables, model.variables, strict=True):
        ours.assign(theirs.value)
    if model.compiled:
        copy.compile_from_config(model.get_compile_config())
    return copy


def _range_test(engine: Any, source: Any, batches: Any, rates: np.ndarray) -> np.ndarray:
    losses: list[float] = []
    while len(losses) < len(rates):
        first = len(losses)
        tensors, order = batches.take(first, min(STEPS_PER_CALL, len(rates) - first))
        losses += engine.train(source, tensors, order, rates[first : first + len(order)]).tolist()
        kept = _usable(np.array(losses))
        if kept < len(losses):
            return np.array(losses[:kept])
    return np.array(losses)


def _usable(losses: np.ndarray) -> int:
    """How many of the losses come before the test has gone too far."""
    smoothed = smooth(losses)
    lowest = np.minimum.accumulate(np.where(np.isfinite(smoothed), smoothed, np.inf))
    with np.errstate(invalid="ignore"):
        bad = ~np.isfinite(losses) | (smoothed > TOO_HIGH * lowest)
    return int(bad.argmax()) if bad.any() else len(losses)


def smooth(losses: np.ndarray) -> np.ndarray:
    """The running mean (n,) of losses (n,), corrected for its start as in Adam."""
    mean, out = 0.0, np.empty(len(losses))
    for step, loss in enumerate(losses):
        mean = SMOOTHING * mean + (1 - SMOOTHING) * loss
        out[step] = mean / (1 - SMOOTHING ** (step + 1))
    return out


def suggest(rates: np.ndarray, losses: np.ndarray) -> LearningRates:
    """Three suggestions from rates (n,) on a log scale and the losses (n,) met at them.

    Raises a ValueError where fewer than five losses are numbers, or the loss never fell.
    """
    if len(losses) < 5:
        expected = _("a lower rate: the loss ran away within {n} steps").format(n=len(losses) + 1)
        raise wrong_value("lowest", expected, float(rates[0]) if len(rates) else None)
    smoothed = smooth(losses)
    slope = np.gradient(smoothed, np.log(rates))
    lowest = int(smoothed.argmin())
    if lowest == 0 or not (slope < 0).any():
        raise wrong_value("data", _("a model and data whose loss falls at some rate"), _("it only rose"))
    first, last = _longest_fall(smoothed)
    return LearningRates(
        valley=float(np.exp(np.log(rates[first]) + 2 / 3 * np.log(rates[last] / rates[first]))),
        steepest=float(rates[int(slope[: lowest + 1].argmin())]),
        minimum_tenth=float(rates[lowest] / 10),
        rates=rates,
        losses=losses,
        smoothed=smoothed,
    )


def _longest_fall(values: np.ndarray) -> tuple[int, int]:
    """The longest stretch along which values fall from each entry to the next: first and last place."""
    best, start = (0, 0), 0
    for place in range(1, len(values) + 1):
        if place == len(values) or values[place] >= values[place - 1]:
            if place - 1 - start > best[1] - best[0]:
                best = (start, place - 1)
            start = place
    return best


# -- the largest batch ------------------------------------------------------------------------


def find_batch_size(
    model: Any,
    data: Any,
    *,
    loss: Any = None,
    optimizer: Any = None,
    most: int = 65536,
    memory: float | None = None,
    seconds: float = 120.0,
) -> int:
    """The largest power of two, at most `most` and the number of examples, of which a training step fits.

    A child process takes two steps at each size, doubling it; so running out of memory ends the child and not
    the kernel. memory: bytes that the process may take, default 80 % of what is free (on a GPU the device
    itself says when it is full). seconds: the longest the search may take; the largest size that worked by
    then is the answer. Raises a ValueError where not even one example fits, or the model cannot be saved.
    """
    most = whole("most", most, 1)
    limit = 0.8 * free_memory() if memory is None else positive("memory", memory)
    seconds = positive("seconds", seconds)
    if not isinstance(model, keras.Model):
        raise wrong_type("model", _("a Keras model"), model)
    source = as_source("data", parts_of(data, None)[0])
    with lock_of(model), random_state_kept(), tempfile.TemporaryDirectory() as folder:
        build_on(model, source)
        copy = _copied(model)
        compile_model(copy, source, loss, None, optimizer, None, None)
        path = pathlib.Path(folder) / "model.keras"
        copy.save(path)
        x, y, _weight = source.sample(1)
        arrays = {f"x/{i}": part for i, part in enumerate(_flat(x))} | {
            f"y/{i}": p for i, p in enumerate(_flat(y))
        }
        np.savez(path.with_suffix(".npz"), **arrays)
        top = min(most, 1 << (len(source).bit_length() - 1))
        code = [sys.executable, "-m", "bigmodel_nb.training.probe", str(path), str(top), str(limit)]
        try:
            answer = subprocess.run(code, capture_output=True, text=True, timeout=seconds).stdout
        except subprocess.TimeoutExpired as slow:
            answer = (slow.stdout or b"").decode()
    sizes = [json.loads(line)["batch_size"] for line in answer.splitlines() if line.startswith("{")]
    if not sizes:
        raise wrong_value("memory", _("enough for a step on one example"), f"{limit / 2**20:.0f} MB")
    return max(sizes)


def _flat(parts: Any) -> list[Any]:
    found: list[Any] = []
    each(found.append, parts)
    return found
