"""What Keras computes with, what that was built for, and the accelerators it sees.

`look()` asks the back end of this process. Each `look_at_...` takes the module, so that a test can hand in
one that has four cards. TensorFlow starts no device for it: memory growth can still be chosen afterwards.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.hardware.cards import Card
from bigmodel_nb.training.hardware.precision import Device

TITLES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch", "openvino": "OpenVINO"}


@dataclass(frozen=True)
class Backend:
    """`devices`: accelerators that will be used; `hidden`: names of those that were switched off in this
    process; `gpu_build`: "cuda", "rocm", "metal", "" (built for processors only) or None (not found out);
    `built`: words on the build; `capabilities`: the lowest compute capability that it was built for;
    `cpu_devices`: the number of logical devices that the processor was divided into."""

    name: str
    version: str
    devices: tuple[Device, ...] = ()
    hidden: tuple[str, ...] = ()
    gpu_build: str | None = None
    built: str = ""
    cuda: str = ""
    lowest: tuple[int, int] | None = None
    cpu_devices: int = 1
    unknown: tuple[str, ...] = ()
    module: Any = field(default=None, repr=False, compare=False)

    @property
    def title(self) -> str:
        return TITLES.get(self.name, self.name)


def look(cards: Sequence[Card] = ()) -> Backend:
    """The back end of this process. `cards` tell the memory of a device where the back end does not."""
    import keras

    name = keras.backend.backend()
    looks = {"tensorflow": look_at_tensorflow, "jax": look_at_jax, "torch": look_at_torch}
    if name not in looks:
        unknown = _("What {name} computes on is not known to this course.").format(name=name)
        return Backend(name, "", unknown=(unknown,))
    return looks[name](importlib.import_module(name), cards)


def look_at_tensorflow(tf: Any, cards: Sequence[Card] = ()) -> Backend:
    info, unknown = {}, []
    try:
        info = dict(tf.sysconfig.get_build_info())
    except Exception as error:
        unknown.append(_("TensorFlow does not say what it was built for: {error}.").format(error=error))
    gpu_build: str | None = None
    if info:
        gpu_build = "rocm" if info.get("is_rocm_build") else "cuda" if info.get("is_cuda_build") else ""
    physical = list(tf.config.list_physical_devices("GPU"))
    visible = list(tf.config.get_visible_devices("GPU"))
    devices = []
    for gpu in physical:
        details: dict[str, Any] = {}
        try:
            details = dict(tf.config.experimental.get_device_details(gpu))
        except Exception as error:
            unknown.append(_("TensorFlow tells nothing of {gpu}: {error}.").format(gpu=gpu.name, error=error))
        name = details.get("device_name") or gpu.name.replace("/physical_device:", "")
        capability = details.get("compute_capability") if gpu_build != "rocm" else None
        devices.append(Device(name, "GPU", _memory(name, cards), tuple(capability) if capability else None))
    used = [device for gpu, device in zip(physical, devices, strict=True) if gpu in visible]
    hidden = [device.name for gpu, device in zip(physical, devices, strict=True) if gpu not in visible]
    used += [Device(tpu.name, "TPU") for tpu in tf.config.list_physical_devices("TPU")]
    built = {
        "cuda": _("built for CUDA {cuda} and cuDNN {cudnn}").format(
            cuda=info.get("cuda_version", "?"), cudnn=info.get("cudnn_version", "?")
        ),
        "rocm": _("built for AMD's ROCm"),
        "": _("built for processors only"),
        None: _("built for what, it does not say"),
    }[gpu_build]
    processors = tf.config.list_physical_devices("CPU")
    divided = tf.config.get_logical_device_configuration(processors[0]) if processors else None
    return Backend(
        "tensorflow",
        tf.__version__,
        tuple(used),
        tuple(hidden),
        gpu_build,
        built,
        str(info.get("cuda_version", "")),
        _lowest(info.get("cuda_compute_capabilities", ())),
        len(divided) if divided else 1,
        tuple(unknown),
        tf,
    )


def _lowest(capabilities: Sequence[str]) -> tuple[int, int] | None:
    """The lowest of names such as "sm_60" and "compute_90"."""
    found = []
    for name in capabilities:
        digits = name.partition("_")[2]
        if digits.isdigit() and len(digits) > 1:
            found.append((int(digits[:-1]), int(digits[-1])))
    return min(found, default=None)


def look_at_jax(jax: Any, cards: Sequence[Card] = ()) -> Backend:
    devices, cpus, unknown = [], 1, []
    try:
        found = list(jax.devices())
    except RuntimeError as error:
        found = []
        unknown.append(_("JAX finds no device: {error}.").format(error=error))
    for device in found:
        if device.platform == "cpu":
            continue
        kind = "TPU" if device.platform == "tpu" else "GPU"
        name, words = device.device_kind, str(getattr(device, "compute_capability", "")).split(".")
        capability = (
            (int(words[0]), int(words[1])) if len(words) == 2 and all(map(str.isdigit, words)) else None
        )
        devices.append(Device(name, kind, _memory(name, cards), capability))
    if not devices:
        cpus = max(len(found), 1)
    plugins = [name for name in ("jax_cuda13_plugin", "jax_cuda12_plugin") if _installed(name)]
    build = "cuda" if devices or plugins else ""
    built = _("with its CUDA plug-in") if plugins else "" if devices else _("built for processors only")
    return Backend(
        "jax", jax.__version__, tuple(devices), (), build, built, cpu_devices=cpus, unknown=tuple(unknown)
    )


def look_at_torch(torch: Any, cards: Sequence[Card] = ()) -> Backend:
    version = torch.version
    build = "rocm" if getattr(version, "hip", None) else "cuda" if version.cuda else ""
    built = {
        "cuda": _("built for CUDA {cuda}").format(cuda=version.cuda),
        "rocm": _("built for AMD's ROCm"),
        "": _("built for processors only"),
    }[build]
    devices = []
    if torch.cuda.is_available():
        for place in range(torch.cuda.device_count()):
            card = torch.cuda.get_device_properties(place)
            capability = (card.major, card.minor) if build == "cuda" else None
            devices.append(Device(card.name, "GPU", card.total_memory, capability))
    elif torch.backends.mps.is_available():
        devices.append(Device(_("Apple's graphics processor (MPS)"), "GPU"))
        build, built = "metal", _("built for Apple's Metal")
    return Backend("torch", torch.__version__, tuple(devices), (), build, built, str(version.cuda or ""))


def _memory(name: str, cards: Sequence[Card]) -> int | None:
    """The memory that all cards of this name have; None where they differ or there is none."""
    known = {card.memory for card in cards if card.name.endswith(name) or name.endswith(card.name)}
    return known.pop() if len(known) == 1 else None


def _installed(name: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(name) is not None
