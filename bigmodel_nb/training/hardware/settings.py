"""What must be set before TensorFlow starts its devices: memory growth on GPUs, and the number of threads.

TensorFlow fixes both with the first operation of a process. Where that has passed, it is said and left.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.hardware.backends import Backend
from bigmodel_nb.training.hardware.processor import Processor


@dataclass(frozen=True)
class Growth:
    """Whether a GPU's memory is taken as it is needed; `on` is None without a GPU."""

    on: bool | None
    said: str

    def __str__(self) -> str:
        return self.said


@dataclass(frozen=True)
class Threads:
    """`intra`: threads that share one operation; `inter`: operations at once; 0 leaves it to the back end,
    None: not a setting of this back end. `said` gives the reason."""

    intra: int | None
    inter: int | None
    said: str

    def __str__(self) -> str:
        return self.said


def grow_memory(backend: Backend, environment: Mapping[str, str] | None = None) -> Growth:
    """Switches memory growth on for TensorFlow's GPUs: it takes all of a GPU's memory otherwise, and a
    second notebook finds none."""
    environment = os.environ if environment is None else environment
    gpus = [device for device in backend.devices if device.kind == "GPU"]
    if not gpus:
        return Growth(None, _("No GPU is used, so there is no memory of its own to share."))
    if backend.name == "jax":
        if environment.get("XLA_PYTHON_CLIENT_PREALLOCATE", "").lower() in ("false", "0"):
            return Growth(True, _("JAX takes the GPU's memory as it is needed."))
        return Growth(
            False,
            _(
                "JAX takes three quarters of the GPU's memory at once; XLA_PYTHON_CLIENT_PREALLOCATE=false"
                " in the environment, set before the kernel starts, changes that."
            ),
        )
    if backend.name != "tensorflow":
        return Growth(True, _("{title} takes the GPU's memory as it is needed.").format(title=backend.title))
    config = backend.module.config
    try:
        for gpu in config.get_visible_devices("GPU"):  # all or none: TensorFlow refuses a mixture
            if config.experimental.get_memory_growth(gpu) is not True:
                config.experimental.set_memory_growth(gpu, True)
    except RuntimeError:
        return Growth(
            False,
            _(
                "Too late for memory growth: TensorFlow has started its devices and holds nearly all of the"
                " GPU's memory. Restart the kernel and ask for the report before anything is computed."
            ),
        )
    except ValueError as error:  # the reader has divided a GPU into logical devices
        return Growth(False, _("Memory growth cannot be switched on: {error}.").format(error=error))
    return Growth(True, _("Memory growth is on: the GPU's memory is taken as it is needed."))


def choose_threads(
    backend: Backend, processor: Processor, environment: Mapping[str, str] | None = None
) -> Threads:
    """TensorFlow counts the processors that a process may run on and knows nothing of a container's quota;
    so the number is set where the quota is smaller, and left alone otherwise."""
    environment = os.environ if environment is None else environment
    if backend.name != "tensorflow":
        return Threads(None, None, _("{title} chooses its threads itself.").format(title=backend.title))
    threading = backend.module.config.threading
    intra = threading.get_intra_op_parallelism_threads()
    inter = threading.get_inter_op_parallelism_threads()
    named = [n for n in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS") if environment.get(n)]
    if intra or inter or named:
        said = _("Set by you: {intra} in an operation, {inter} operations at once (0: TensorFlow chooses).")
        said = said.format(
            intra=environment.get("TF_NUM_INTRAOP_THREADS") or intra,
            inter=environment.get("TF_NUM_INTEROP_THREADS") or inter,
        )
        return Threads(intra, inter, said)
    allowed, usable = processor.allowed or processor.logical or 1, processor.usable
    if usable >= allowed:
        said = _("Left to TensorFlow, which uses all {usable} processors of this process.")
        return Threads(0, 0, said.format(usable=usable))
    counts = {"usable": usable, "allowed": allowed}
    try:
        threading.set_intra_op_parallelism_threads(usable)
        threading.set_inter_op_parallelism_threads(usable)
    except RuntimeError:
        late = _(
            "Too late to set: TensorFlow has started {allowed} threads, while its container is given the time"
            " of {usable}. Restart the kernel and ask for the report before anything is computed."
        )
        return Threads(0, 0, late.format(**counts))
    why = _("{usable}, not {allowed}: the container is given the time of {usable} processors.")
    return Threads(usable, usable, why.format(**counts))
