"""Any learning-rate schedule as one vector: the rate of every step of a run, made before the run starts.

    rates_for("one-cycle", 0.3, 1000)                       # (1000,) float32
    rates_for(WarmupCosine(warmup=50, steps=1000), 0.3, 1000)
    rates_for(lambda step: 0.1 / (1 + step), None, 1000)
    rates_for(keras.optimizers.schedules.CosineDecay(0.1, 1000), None, 1000)

A compiled loop then takes its rates from memory: no Python between two steps, nothing traced anew where
the schedule changes. A schedule that must see the loss cannot be written down beforehand and is refused.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from bigmodel_nb.arguments import positive, received, whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.schedules import SCHEDULES, ReduceOnPlateau, Schedule, for_steps


def rates_for(schedule: Any, base: float | None, steps: int) -> np.ndarray:
    """The learning rates of steps 0 to steps - 1: (steps,) float32, finite and not negative.

    `schedule`: None (the same rate at every step); the name of one of `maths.schedules` ("cosine",
    "one-cycle", ...), with settings that suit a run of `steps` steps; one of its objects; a Keras
    `LearningRateSchedule`; or a function of your own from a step (int, from 0) to a rate.
    `base` is the rate that names and objects of ours scale; functions and Keras schedules have rates
    of their own, and `base` may be None. Errors: TypeError and ValueError, in the words of `arguments`.
    """
    steps = whole("steps", steps, 1)
    if schedule is None:
        return np.full(steps, positive("base", base), np.float32)
    if isinstance(schedule, str) and schedule in SCHEDULES:
        schedule = for_steps(schedule, steps)
    if isinstance(schedule, Schedule):
        return _checked(_ours(schedule, positive("base", base), steps), schedule)
    _refuse_what_follows_the_loss(schedule)
    if _is_keras_schedule(schedule):
        return _checked(_keras(schedule, steps), schedule)
    if callable(schedule) and not isinstance(schedule, type):
        return _checked([schedule(step) for step in range(steps)], schedule)
    names = [name for name in SCHEDULES if name != ReduceOnPlateau.name]
    expected = _(
        "None, one of {names}, an object such as WarmupCosine(warmup=10, steps=100), a Keras"
        " LearningRateSchedule or a function from a step to a rate"
    ).format(names=", ".join(map(repr, names)))
    raise (wrong_value if isinstance(schedule, str) else wrong_type)("schedule", expected, schedule)


def _ours(schedule: Schedule, base: float, steps: int) -> list[float]:
    if schedule.needs_loss:
        raise _needs_loss(schedule)
    rate_at = schedule.follow(base)
    return [rate_at(step, None) for step in range(steps)]


def _refuse_what_follows_the_loss(schedule: Any) -> None:
    """Callbacks and PyTorch-like names of plateau schedules: their place is `callbacks`."""
    keras = sys.modules.get("keras")
    if keras is not None and isinstance(schedule, keras.callbacks.Callback):
        raise TypeError(
            _(
                "schedule must not be a callback; received: {value}. Pass it in callbacks=[...] instead"
            ).format(value=received(schedule))
        )
    if isinstance(schedule, str) and "plateau" in schedule.lower():
        raise _needs_loss(schedule)


def _needs_loss(schedule: Any) -> ValueError:
    return ValueError(
        _(
            "schedule must be known before the run; received: {value}, which follows the loss. Use"
            " callbacks=[keras.callbacks.ReduceLROnPlateau()], which looks at the loss after each epoch"
        ).format(value=received(schedule))
    )


def _is_keras_schedule(schedule: Any) -> bool:
    keras = sys.modules.get("keras")  # an object of Keras cannot be here without Keras
    return keras is not None and isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule)


def _keras(schedule: Any, steps: int) -> Any:
    """A Keras schedule at every step. On TensorFlow the loop is compiled: one step at a time in Python
    takes about a millisecond, which a run of 100,000 steps would wait two minutes for."""
    import keras

    if keras.backend.backend() == "tensorflow" and steps > 32:
        import tensorflow as tf

        def every(numbers):
            return tf.map_fn(lambda step: tf.cast(schedule(step), tf.float32), numbers, tf.float32)

        try:
            return tf.function(every)(tf.range(steps)).numpy()
        except Exception:  # a reader's own schedule, written for one number at a time
            pass
    return [float(keras.ops.convert_to_numpy(schedule(step))) for step in range(steps)]


def _checked(rates: Any, schedule: Any) -> np.ndarray:
    """The rates as a vector of float32; the first that cannot be one is named by its step."""
    for step, rate in enumerate(rates):
        try:
            plain = float(rate)
        except (TypeError, ValueError):
            plain = np.nan
        if not 0.0 <= plain < np.inf:
            expected = _("a schedule whose rates are finite and not negative; it gives {rate} at step {step}")
            raise wrong_value("schedule", expected.format(rate=received(rate), step=step), schedule)
    return np.asarray([float(rate) for rate in rates], np.float32)
