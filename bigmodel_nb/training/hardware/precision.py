"""In how many bits to compute, and why.

Graphics processors multiply matrices of 16-bit numbers many times faster than those of 32-bit ones.
bfloat16 has the range of float32, so nothing over- or underflows that would not there; float16 has a
smaller range, and small gradients become zero unless the loss is scaled up before them and they down
afterwards. Weights, optimizer state and the model's outputs stay in float32 in either case.
Source: P. Micikevicius and others, 2018, "Mixed precision training".
"""

from __future__ import annotations

from dataclasses import dataclass

from bigmodel_nb.language import gettext as _

BFLOAT16_FROM = (8, 0)  # NVIDIA's Ampere: the first with tensor cores for bfloat16
FLOAT16_FROM = (7, 0)  # Volta: the first with tensor cores for float16


@dataclass(frozen=True)
class Device:
    """What a back end computes on. `kind`: "CPU", "GPU" or "TPU"; `memory` in bytes and NVIDIA's compute
    `capability`, such as (8, 0), are None where they could not be found out."""

    name: str
    kind: str = "GPU"
    memory: int | None = None
    capability: tuple[int, int] | None = None

    def __str__(self) -> str:
        said = [self.name]
        said.append(
            _("memory unknown")
            if self.memory is None
            else _("{memory:.1f} GB").format(memory=self.memory / 1e9)
        )
        if self.kind == "GPU":
            said.append(
                _("compute capability unknown")
                if self.capability is None
                else _("compute capability {major}.{minor}").format(
                    major=self.capability[0], minor=self.capability[1]
                )
            )
        return ", ".join(said)


@dataclass(frozen=True)
class Precision:
    """`policy` is the name of a Keras dtype policy ("float32", "mixed_bfloat16", "mixed_float16"), `compute`
    the type of the products, `outputs` that of the model's outputs, `loss_scaling` whether gradients need it;
    `reasons` are sentences."""

    policy: str
    compute: str
    loss_scaling: bool
    reasons: tuple[str, ...]
    outputs: str = "float32"

    def __str__(self) -> str:
        return f"{self.policy}: " + " ".join(self.reasons)


def choose_precision(*devices: Device) -> Precision:
    """The precision for a model that computes on these devices at once; none means the processor.

    bfloat16 on TPUs and on NVIDIA GPUs from compute capability 8.0, float16 with loss scaling at 7.x,
    else float32. Among several devices the weakest decides, since all get the same model.
    """
    accelerators = [device for device in devices if device.kind != "CPU"]
    if not accelerators:
        return _float32(
            _("The processor computes: float32, since 16 bits save time only where the hardware has them.")
        )
    choices = [_for_one(device) for device in accelerators]
    order = ("float32", "mixed_float16", "mixed_bfloat16")
    chosen = min(choices, key=lambda choice: order.index(choice.policy))
    if len({choice.policy for choice in choices}) > 1:
        more = _("The devices differ; what the weakest of them can do is used on all.")
        return Precision(chosen.policy, chosen.compute, chosen.loss_scaling, (*chosen.reasons, more))
    return chosen


def _for_one(device: Device) -> Precision:
    kept = _("Weights and outputs stay in float32.")
    if device.kind == "TPU":
        return Precision(
            "mixed_bfloat16",
            "bfloat16",
            False,
            (_("{name} multiplies in bfloat16.").format(name=device.name), kept),
        )
    if device.capability is None:
        return _float32(
            _(
                "The compute capability of {name} could not be found out: float32, which is always right."
            ).format(name=device.name)
        )
    said = {"name": device.name, "major": device.capability[0], "minor": device.capability[1]}
    if device.capability >= BFLOAT16_FROM:
        why = _(
            "{name} has compute capability {major}.{minor}, and from 8.0 on bfloat16 is fast; it has the"
            " range of float32, so the loss needs no scaling."
        ).format(**said)
        return Precision("mixed_bfloat16", "bfloat16", False, (why, kept))
    if device.capability >= FLOAT16_FROM:
        why = _(
            "{name} has compute capability {major}.{minor}: float16 is fast and bfloat16 is not. float16 has"
            " a small range, so the loss is scaled lest small gradients become zero."
        ).format(**said)
        return Precision("mixed_float16", "float16", True, (why, kept))
    return _float32(
        _(
            "{name} has compute capability {major}.{minor}: float32, since fast 16-bit products begin at 7.0."
        ).format(**said)
    )


def _float32(why: str) -> Precision:
    return Precision("float32", "float32", False, (why,))
