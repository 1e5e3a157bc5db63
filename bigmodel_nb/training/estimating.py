"""What a training will take, before it starts: parameters, memory, operations, minutes.

    estimate(model, data, epochs=10)
    estimate(model, data, epochs=10, measure=True)   # minutes from a few real steps of a copy
    estimate(model, steps=5000, batch_size=64)       # without data

Operations are counted as products and sums of numbers (a multiply-add is two). A training step takes three
times those of the forward pass: one forward, two backward (gradients of weights and of inputs; J. Kaplan
and others, 2020, "Scaling laws for neural language models", section 2.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from bigmodel_nb.arguments import whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.counting import BACKWARD, built, count, kinds_of_work, optimizer_bytes
from bigmodel_nb.training.peak import measured_peak
from bigmodel_nb.training.plan import choose
from bigmodel_nb.training.run import duration
from bigmodel_nb.training.units import operations, size

# The share of the measured peak that a step reaches, and the seconds that it takes beside its arithmetic, by
# the layers that do the work. With these, two dense networks, two convolutional ones, an LSTM and a GPT came
# within 1.7 times of what they took in `fit` on two cores; on a GPU they were not measured.
PACE = {"matrix products": (0.4, 1.5e-4), "convolutions": (0.5, 1e-3), "recurrence": (0.3, 1e-3)}
TRIAL = 0.3  # seconds that a trial of real steps should take


@dataclass(frozen=True)
class Estimate:
    """Bytes, operations (FLOP) and seconds. `steps` is None where neither data nor steps were given, and so
    are then `flops` and `seconds`, which belong to the whole run; `flops_per_step` is for one batch.
    `assumptions` are sentences."""

    parameters: int
    trainable: int
    batch_size: int
    weights: int
    gradients: int
    optimizer_state: int
    activations: int
    flops_per_step: float
    steps: int | None
    flops: float | None
    seconds: float | None
    seconds_per_step: float
    measured: bool
    assumptions: tuple[str, ...] = ()

    @property
    def memory(self) -> int:
        """Bytes for weights, gradients, optimizer state and the activations of one batch."""
        return self.weights + self.gradients + self.optimizer_state + self.activations

    @property
    def minutes(self) -> float | None:
        return None if self.seconds is None else self.seconds / 60

    def __repr__(self) -> str:
        lines = [
            _("parameters   {all:,} ({trainable:,} trained)").format(
                all=self.parameters, trainable=self.trainable
            ),
            _(
                "memory       {total}: weights {weights}, gradients {gradients}, optimizer {optimizer}, "
                "activations of a batch of {batch} {activations}"
            ).format(
                total=size(self.memory),
                weights=size(self.weights),
                gradients=size(self.gradients),
                optimizer=size(self.optimizer_state),
                batch=self.batch_size,
                activations=size(self.activations),
            ),
            _("work         {step} a step").format(step=operations(self.flops_per_step)),
        ]
        if self.steps is not None and self.flops is not None and self.seconds is not None:
            lines[-1] += _(", {flops} in {steps:,} steps").format(
                flops=operations(self.flops), steps=self.steps
            )
            how = _("measured") if self.measured else _("a rough figure: half or double is possible")
            lines.append(_("time         {time} ({how})").format(time=duration(self.seconds), how=how))
        return "\n".join([*lines, *(f"  - {sentence}" for sentence in self.assumptions)])


def estimate(
    model: Any,
    data: Any = None,
    *,
    epochs: int = 10,
    batch_size: int = 32,
    optimizer: Any = None,
    steps: int | None = None,
    measure: bool = False,
) -> Estimate:
    """What training `model` (a built Keras model) will take on this machine.

    `data`: as for `fit`. `steps`: the number of steps of the whole run, in place of data and epochs.
    `optimizer`: a name or a Keras optimizer; default: the one the model was compiled with, else "adam".
    `measure`: time a few real steps of a copy of the model, which needs data; the model is not changed.
    Without it, seconds come from the machine's measured best (about a third of a second, once) and a share
    of it that such layers usually reach.

    Raises TypeError and ValueError that name the argument.
    """
    model = built("model", model)
    epochs, batch_size = whole("epochs", epochs, 1), whole("batch_size", batch_size, 1)
    steps = None if steps is None else whole("steps", steps, 1)
    optimizer = _optimizer(model, optimizer)
    if measure and data is None:
        raise wrong_value("data", _("given where measure=True: real steps need examples"), data)
    examples = _Examples(data, batch_size)
    if steps is None and examples.steps_per_epoch is not None:
        steps = epochs * examples.steps_per_epoch
    found = count(model, examples.length)
    per_step = float(BACKWARD * found.forward * min(batch_size, examples.n or batch_size))
    total = None
    assumptions = [
        *found.notes,
        _("A step takes {times} times the operations of a forward pass.").format(times=BACKWARD),
        _("Activations are the outputs of all layers; what a layer keeps within itself is not counted."),
    ]
    if steps is not None:
        total = per_step * steps
        if examples.n and examples.steps_per_epoch:  # the last batch of an epoch is smaller
            total = BACKWARD * found.forward * examples.n * steps / examples.steps_per_epoch
        if examples.validation and examples.steps_per_epoch:
            passes = steps / examples.steps_per_epoch
            total += found.forward * examples.validation * passes
            assumptions.append(_("The validation part is gone through once in an epoch."))
    if measure:
        each = _measured_step(model, data, batch_size, optimizer, steps)
        assumptions.append(_("The time of a step was measured on a copy of the model; compiling is extra."))
    else:
        peak, kind = measured_peak(), _slowest(kinds_of_work(model))
        share, overhead = PACE[kind]
        each = per_step / (peak.flops * share) + overhead
        assumptions.append(
            _(
                "Time: {share:.0%} of {peak} for {kind}, and {overhead:g} ms a step beside the arithmetic;"
                " compiling is extra. measure=True times real steps."
            ).format(share=share, peak=peak, kind=_(kind), overhead=overhead * 1e3)
        )
    seconds = None
    if steps is not None and total is not None:  # validation and smaller batches in proportion
        seconds = each * (total / per_step if per_step else steps)
    return Estimate(
        parameters=found.parameters,
        trainable=found.trainable,
        batch_size=batch_size,
        weights=found.weights,
        gradients=found.gradients,
        optimizer_state=optimizer_bytes(optimizer, model.trainable_variables),
        activations=found.activations * batch_size,
        flops_per_step=per_step,
        steps=steps,
        flops=total,
        seconds=seconds,
        seconds_per_step=each,
        measured=bool(measure),
        assumptions=tuple(assumptions),
    )


class _Examples:
    """How much data there is, as far as the data say: examples `n`, `steps_per_epoch`, `length` of a
    sequence, and examples of the `validation` part."""

    def __init__(self, data: Any, batch_size: int):
        from bigmodel_nb.training.sources import as_source
        from bigmodel_nb.training.streams import is_stream

        self.n = self.steps_per_epoch = self.length = None
        self.validation = 0
        if data is None:
            return
        train = data
        if hasattr(data, "train") and hasattr(data, "validation"):
            train, self.validation = data.train, len(data.validation)
        if is_stream(train):
            batches = int(train.cardinality()) if hasattr(train, "cardinality") else len(train)
            self.steps_per_epoch = batches if batches > 0 else None
            return
        source = as_source("data", train)
        self.n = len(source)
        self.steps_per_epoch = math.ceil(self.n / batch_size)
        x = source.sample(1)[0]
        if hasattr(x, "shape") and len(x.shape) > 1:
            self.length = int(x.shape[1])


def _optimizer(model: Any, optimizer: Any) -> Any:
    import keras

    if optimizer is None:
        optimizer = getattr(model, "optimizer", None) or "adam"
    if isinstance(optimizer, keras.optimizers.Optimizer):
        return optimizer
    expected = _("the name of a Keras optimizer, such as 'adam', or a Keras optimizer")
    if not isinstance(optimizer, str):
        raise wrong_type("optimizer", expected, optimizer)
    try:
        return keras.optimizers.get(optimizer)
    except ValueError:
        raise wrong_value("optimizer", expected, optimizer) from None


def _slowest(kinds: set[str]) -> str:
    return next(kind for kind in ("recurrence", "convolutions", "matrix products") if kind in kinds)


def _measured_step(model: Any, data: Any, batch_size: int, optimizer: Any, steps: int | None) -> float:
    """Seconds of a step: `fit` on a copy, by the plan of the whole run, once everything is compiled."""
    import keras

    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    settings: dict[str, Any] = {"batch_size": batch_size, "epochs": 1, "watch": False}
    if model.compiled:
        copy.compile_from_config(model.get_compile_config())
    else:
        settings["optimizer"] = type(optimizer).from_config(optimizer.get_config())
    train = data.train if hasattr(data, "train") and hasattr(data, "validation") else data
    if keras.backend.backend() == "tensorflow":
        settings["xla"] = choose(model, batch_size=batch_size, steps=steps or 1).xla
    _trial(copy, train, 2, settings)  # compiles
    settings.pop("optimizer", None)  # the copy has it now
    trials, each = 10, math.inf
    for _repeat in range(3):
        each = min(each, _trial(copy, train, trials, settings))
        trials = min(max(10, int(TRIAL / each)), 2000)
    return each


def _trial(copy: Any, train: Any, steps: int, settings: dict[str, Any]) -> float:
    """Seconds of one of `steps` real steps of the copy."""
    from bigmodel_nb.training.fitting import fit
    from bigmodel_nb.training.sources import as_source
    from bigmodel_nb.training.streams import is_stream

    if "xla" in settings:
        run = fit(copy, train, steps_per_epoch=steps, **settings)
        return run.seconds["training"] / max(run.steps, 1)
    if not is_stream(train):  # on the other back ends an epoch is all there is, so there is less
        x, y, weight = as_source("data", train).sample(steps * settings["batch_size"])
        train = (x, y) if weight is None else (x, y, weight)
    run = fit(copy, train, **settings)
    return run.seconds["total"] / max(run.steps, 1)
