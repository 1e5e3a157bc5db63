"""Why a graphics card that is there is not used, and what mends it.

The order of the questions is that of `bigmodel doctor`: the driver, what hides the card, the operating
system, then the back end's own build and libraries.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.hardware.backends import Backend
from bigmodel_nb.training.hardware.cards import Card, Evidence

# CUDA's main version: the first driver that runs it (NVIDIA's "CUDA compatibility" tables).
FIRST_DRIVER = {"12": (525, 60), "13": (580, 0)}
# The libraries that TensorFlow built for CUDA 12 opens when it starts; without one it sees no GPU.
LIBRARIES = (
    "libcudart.so.12",
    "libcublas.so.12",
    "libcublasLt.so.12",
    "libcufft.so.11",
    "libcusolver.so.11",
    "libcusparse.so.12",
    "libcudnn.so.9",
)


@dataclass(frozen=True)
class Unused:
    """A card that is there and not used: `why`, and `mend`, a command or an instruction, or None."""

    name: str
    why: str
    mend: str | None = None

    def __str__(self) -> str:
        said = _("{name} is there and is not used: {why}.").format(name=self.name, why=self.why)
        return said if self.mend is None else said + " " + _("Mend it: {mend}.").format(mend=self.mend)


def unused(
    evidence: Evidence,
    backend: Backend,
    environment: Mapping[str, str] | None = None,
    system: str = sys.platform,
    *,
    missing: Callable[[], list[str]] | None = None,
    log: tuple[str, ...] | None = None,
) -> tuple[Unused, ...]:
    """The cards that the back end does not use. `missing` gives the CUDA libraries that cannot be found,
    `log` what TensorFlow wrote when it was imported."""
    environment = os.environ if environment is None else environment
    if log is None:
        log = _log()
    found = [
        Unused(
            name,
            _("it was switched off in this process, by tf.config.set_visible_devices"),
            _("restart the kernel"),
        )
        for name in backend.hidden
    ]
    seen = sum(device.kind == "GPU" for device in backend.devices) + len(backend.hidden)
    nvidia = [card for card in evidence.cards if card.vendor == "NVIDIA"]
    others = [card for card in evidence.cards if card.vendor != "NVIDIA"]
    if backend.gpu_build in ("rocm", "metal"):  # what is seen are the others
        others = others[seen:]
    elif seen and len(nvidia) > seen:
        hidden = environment.get("CUDA_VISIBLE_DEVICES")
        names = _("{count} of {all} cards of NVIDIA's").format(count=len(nvidia) - seen, all=len(nvidia))
        if hidden is not None:
            why = _("CUDA_VISIBLE_DEVICES is {value!r}").format(value=hidden)
            found.append(Unused(names, why, _unset("CUDA_VISIBLE_DEVICES")))
        else:
            why = _("{title} sees {seen}; why could not be found out").format(title=backend.title, seen=seen)
            found.append(Unused(names, why))
    elif not seen:
        found += [
            _nvidia(card, evidence, nvidia, backend, environment, system, missing, log) for card in nvidia
        ]
    found += [_other(card, backend) for card in others]
    return tuple(found)


def _nvidia(card, evidence, cards, backend, environment, system, missing, log) -> Unused:
    """The first of the known reasons that holds for a card that the back end does not see."""
    title, name = backend.title, card.name
    if evidence.trouble:
        return Unused(name, evidence.trouble, _("install NVIDIA's driver anew and restart the computer"))
    value = environment.get("CUDA_VISIBLE_DEVICES")
    if value is not None and _hides(value, len(cards)):
        why = _("CUDA_VISIBLE_DEVICES is {value!r}, which hides it").format(value=value)
        return Unused(name, why, _unset("CUDA_VISIBLE_DEVICES"))
    chosen = environment.get("JAX_PLATFORMS", "")
    if backend.name == "jax" and chosen and not {"cuda", "gpu"} & set(chosen.split(",")):
        return Unused(
            name,
            _("JAX_PLATFORMS is {value!r}").format(value=chosen),
            _unset("JAX_PLATFORMS"),
        )
    if system == "win32" and backend.name == "tensorflow":
        return Unused(name, _("on Windows TensorFlow uses it in WSL2 only"), "wsl --install")
    if backend.gpu_build is None:
        return Unused(name, _("what {title} was built for could not be found out").format(title=title))
    if backend.gpu_build != "cuda":
        return Unused(
            name, _("this {title} was built without CUDA").format(title=title), _install(backend.name)
        )
    if card.capability and backend.lowest and card.capability < backend.lowest:
        why = _("its compute capability is {a}.{b}, and this {title} was built for {c}.{d} or higher").format(
            a=card.capability[0], b=card.capability[1], title=title, c=backend.lowest[0], d=backend.lowest[1]
        )
        return Unused(name, why, _("none: a newer card, or Google Colab (bigmodel colab --out FOLDER)"))
    first = FIRST_DRIVER.get(backend.cuda.partition(".")[0])
    if card.driver and first and _version(card.driver) < first:
        why = _("its driver {driver} is too old for CUDA {cuda}, which needs {first} or newer").format(
            driver=card.driver, cuda=backend.cuda, first=".".join(map(str, first))
        )
        return Unused(name, why, _("install a newer driver of NVIDIA's and restart the computer"))
    if backend.name == "tensorflow" and (lacking := (missing or missing_libraries)()):
        why = _("CUDA's libraries are missing: {names}").format(names=", ".join(lacking))
        return Unused(name, why, _install("tensorflow"))
    why = _("why could not be found out")
    if told := [line for line in log if "cuda" in line.lower() or "gpu" in line.lower()]:
        why = _("{title} wrote: {line}").format(title=title, line=told[-1].partition("] ")[2] or told[-1])
    mend = _("start with TF_CPP_MIN_LOG_LEVEL=0 in the environment and read what TensorFlow writes on import")
    return Unused(name, why, mend if backend.name == "tensorflow" else None)


def _other(card: Card, backend: Backend) -> Unused:
    title = backend.title
    if card.vendor == "Apple":
        if backend.name == "tensorflow":
            why = _("TensorFlow has no plug-in for it that loads with TensorFlow 2.20 or newer")
            mend = _(
                "none: stay on the processor, or use Google Colab (bigmodel colab --out FOLDER); do not"
                " install tensorflow-metal: with its last version (1.2.0) TensorFlow 2.20 cannot be imported"
            )
            return Unused(card.name, why, mend)
        return Unused(card.name, _("this {title} does not use it").format(title=title))
    return Unused(
        card.name, _("this {title} was not built for {vendor}").format(title=title, vendor=card.vendor)
    )


def _hides(value: str, count: int) -> bool:
    """CUDA reads the list up to the first entry that is no card. Names (GPU-...) are not looked into."""
    first = value.split(",")[0].strip()
    if first.startswith(("GPU-", "MIG-")):
        return False
    return not first.isdigit() or int(first) >= count


def _install(backend: str) -> str:
    commands = {
        "tensorflow": 'pip install "tensorflow[and-cuda]"',
        "jax": 'pip install "jax[cuda12]"',
        "torch": _("install PyTorch for CUDA as https://pytorch.org/get-started says"),
    }
    command = commands.get(backend, _("install {name} with CUDA").format(name=backend))
    return _("{command}, then restart the kernel").format(command=command)


def _unset(name: str) -> str:
    return _("unset {name}, then restart the kernel").format(name=name)


def missing_libraries(folders: tuple[Path, ...] | None = None) -> list[str]:
    """Which of `LIBRARIES` are neither in pip's nvidia packages nor where the system looks."""
    import ctypes
    import importlib.util

    if folders is None:
        spec = importlib.util.find_spec("nvidia")
        places = list(spec.submodule_search_locations or ()) if spec else []
        folders = tuple(folder for place in places for folder in Path(place).glob("*/lib"))
    lacking = []
    for name in LIBRARIES:
        if any((folder / name).exists() for folder in folders):
            continue
        try:
            ctypes.CDLL(name)
        except OSError:
            lacking.append(name)
    return lacking


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _log() -> tuple[str, ...]:
    from bigmodel_nb import quiet

    return tuple(quiet.captured())
