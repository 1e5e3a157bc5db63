"""How a run will be computed, chosen once, with reasons.

    plan = choose(model, batch_size=32, steps=450)
    print(plan)

Measured on two CPU cores, milliseconds a step (`make bench ONLY=xla` makes the table anew): see `XLA_TABLE`.
There XLA pays for matrix products, never for convolutions; and it has to win back what compiling costs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from bigmodel_nb.arguments import one_of
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.counting import BACKWARD, count, kinds_of_work

PRECISIONS = ("auto", "float32", "mixed_bfloat16", "mixed_float16")

# work: (without XLA, XLA on the step inside a plain loop, XLA around the whole loop), milliseconds a step.
# For LSTM and GRU XLA around the loop was not tried: unrolled in time they compiled for minutes.
XLA_TABLE: dict[str, tuple[float, float, float | None]] = {
    "GPT, 4 layers of width 128, batch 12 x 64": (65.0, 41.0, 37.0),
    "CNN on 8 x 8 images, batch 32": (1.8, 1.8, 14.0),
    "CNN on 28 x 28 images, batch 128": (26.0, 55.0, 847.0),
}
# Floating-point operations of a run from which XLA on a CPU wins back its compiling (3 to 7 s): it saves
# about a third of a GPT's step and half of an LSTM's or GRU's, at 30 to 60 GFLOP/s.
WORTH_COMPILING = {"matrix products": 1e12, "recurrence": 3e11}


@dataclass(frozen=True)
class Plan:
    """Device, precision, XLA or not, threads; `reasons` has a sentence for each."""

    backend: str
    device: str
    precision: str
    xla: bool
    seconds_per_call: float = 0.1  # how long Python is away: display, stop button and checkpoints wait for it
    threads: int | None = None  # of TensorFlow within an operation; None: TensorFlow's own choice
    reasons: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return "\n".join(self.reasons)

    def as_dict(self) -> dict[str, Any]:
        """The plan as plain values, for JSON."""
        return {**asdict(self), "reasons": list(self.reasons)}


def choose(
    model: Any,
    *,
    batch_size: int,
    steps: int,
    length: int | None = None,
    xla: bool | str = "auto",
    precision: str = "auto",
    seconds_per_call: float = 0.1,
) -> Plan:
    """The plan for `steps` steps of `batch_size` examples; what is not "auto" is taken as it is. `length` is
    that of a sequence, where the model takes any."""
    import keras

    backend = keras.backend.backend()
    one_of("precision", precision, PRECISIONS)
    if backend != "tensorflow":
        reason = _("Keras runs on {backend}: its own model.fit does the training").format(backend=backend)
        return Plan(backend, "default", "float32", False, seconds_per_call, None, (reason,))
    import tensorflow as tf

    gpus = tf.config.get_visible_devices("GPU")
    reasons = []
    if gpus:
        device = "GPU"
        reasons.append(_("device: the GPU that TensorFlow sees"))
    else:
        device = "CPU"
        reasons.append(_("device: the CPU; TensorFlow sees no GPU"))
    kind, why = _precision(model, precision, bool(gpus))
    reasons.append(why)
    use, why = _xla(model, xla, bool(gpus), batch_size * steps, length)
    reasons.append(why)
    threads = tf.config.threading.get_intra_op_parallelism_threads() or None
    return Plan(backend, device, kind, use, seconds_per_call, threads, tuple(reasons))


def _precision(model: Any, asked: str, gpu: bool) -> tuple[str, str]:
    own = model.dtype_policy.name
    if asked != "auto":
        return asked, _("precision: {kind}, as asked for").format(kind=asked)
    if own != "float32":
        return own, _("precision: {kind}, as the model was built").format(kind=own)
    if not gpu:
        return "float32", _("precision: float32; CPUs gain nothing from less")
    from bigmodel_nb.training.hardware import choose_precision, report

    chosen = choose_precision(*report(try_xla=False).devices)
    return chosen.policy, _("precision: {kind}; {reasons}").format(
        kind=chosen.policy, reasons=" ".join(chosen.reasons)
    )


def _xla(model: Any, asked: bool | str, gpu: bool, examples: int, length: int | None) -> tuple[bool, str]:
    if isinstance(asked, bool):
        return asked, (_("XLA: on, as asked for") if asked else _("XLA: off, as asked for"))
    one_of("xla", asked, ("auto",))
    kinds = kinds_of_work(model)
    if not gpu and "convolutions" in kinds:
        return False, _("XLA: off; on a CPU it makes convolutions slower")
    recurrent = "recurrence" in kinds
    work = BACKWARD * count(model, length).forward * examples
    if work < WORTH_COMPILING["recurrence" if recurrent else "matrix products"]:
        return False, _("XLA: off; so short a run would not win back the seconds that it compiles")
    if recurrent:
        return True, _("XLA: on for the step; it halves a loop over time, and the run is long enough")
    return True, _("XLA: on for the step; matrix products gain a third, and the run is long enough")
