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

PRECISIONS = ("auto", "float32", "mixed_bfloat16", "mixed_float16")

# work: (without XLA, XLA on the step inside a plain loop, XLA around the whole loop), milliseconds a step
XLA_TABLE: dict[str, tuple[float, float, float]] = {
    "GPT, 4 layers of width 128, batch 12 x 64": (65.0, 41.0, 37.0),
    "CNN on 8 x 8 images, batch 32": (1.8, 1.8, 14.0),
    "CNN on 28 x 28 images, batch 128": (26.0, 55.0, 847.0),
}
# Floating-point operations of a run from which XLA on a CPU wins back its compiling: it saves about a third
# of the step, compiling a small GPT costs about 4 s more, and two cores do about 50 GFLOP/s.
WORTH_COMPILING = 1e12


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
    xla: bool | str = "auto",
    precision: str = "auto",
    seconds_per_call: float = 0.1,
) -> Plan:
    """The plan for `steps` steps of `batch_size` examples; what is not "auto" is taken as it is."""
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
    use, why = _xla(model, xla, bool(gpus), batch_size, steps)
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
    return "float32", _("precision: float32, as the model was built")


def _xla(model: Any, asked: bool | str, gpu: bool, batch_size: int, steps: int) -> tuple[bool, str]:
    if isinstance(asked, bool):
        return asked, (_("XLA: on, as asked for") if asked else _("XLA: off, as asked for"))
    one_of("xla", asked, ("auto",))
    kinds = [type(layer).__name__ for layer in model._flatten_layers()]
    if not gpu and any("Conv" in kind or "Pooling" in kind for kind in kinds):
        return False, _("XLA: off; on a CPU it makes convolutions slower")
    if any(kind in RECURRENT for kind in kinds):
        return False, _("XLA: off; a loop over time within the loop over steps gains nothing from it")
    work = work_of(model, batch_size) * steps
    if work < WORTH_COMPILING:
        return False, _("XLA: off; so short a run would not win back the seconds that it compiles")
    return True, _("XLA: on for the step; matrix products gain a third, and the run is long enough")


RECURRENT = ("RNN", "SimpleRNN", "LSTM", "GRU", "Bidirectional")


def work_of(model: Any, batch_size: int) -> float:
    """About how many floating-point operations a training step takes: six for each weight of a matrix product
    and each row that meets it (Kaplan et al., 2020, "Scaling laws for neural language models")."""
    positions = 1
    for output in getattr(model, "outputs", None) or ():
        for size in output.shape[1:-1]:
            positions *= size or 1
    matrices = sum(
        weight.shape[0] * weight.shape[-1] if len(weight.shape) == 2 else 0
        for layer in model._flatten_layers()
        if type(layer).__name__ != "Embedding" and not getattr(layer, "_layers", None)
        for weight in layer.trainable_weights
    )
    return 6.0 * matrices * positions * batch_size
