"""What a training took, after it; what it will take, before it, is `estimating`, whose names are here too.

estimate(model, data, epochs=10)                 # parameters, memory, operations, minutes
cost_of(model, examples=15_000, seconds=12.3)    # operations, share of the machine's best, energy
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bigmodel_nb.arguments import positive, whole, wrong_type
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.counting import BACKWARD, built, count
from bigmodel_nb.training.estimating import Estimate, estimate
from bigmodel_nb.training.peak import Peak, known_peak, measured_peak
from bigmodel_nb.training.run import duration
from bigmodel_nb.training.units import energy, operations

__all__ = ["Cost", "Estimate", "Peak", "cost_of", "estimate", "measured_peak"]

WATTS_PER_CORE = 12.0  # L. Lannelongue and others, 2021, "Green algorithms": a core of an average processor
WATTS_OF_GPU = 250.0
LONG = 10.0  # seconds: after so long a run, the third of a second that measuring the peak takes is small


@dataclass(frozen=True)
class Cost:
    """What a training took: seconds, operations, the share of the machine's best that it reached
    (`utilization`, None where the best was not measured), and energy in kWh, by an assumed power in watts."""

    seconds: float
    examples: int
    flops: float
    flops_per_second: float
    peak: float | None
    utilization: float | None
    watts: float
    kwh: float
    assumptions: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "assumptions": list(self.assumptions)}

    def __repr__(self) -> str:
        share = (
            _("the machine's best was not measured")
            if self.utilization is None
            else _("{share:.2g} % of the machine's best").format(share=100 * self.utilization)
        )
        lines = [
            _("time    {time}, {examples:,} examples").format(
                time=duration(self.seconds), examples=self.examples
            ),
            _("work    {flops}, {rate}/s: {share}").format(
                flops=operations(self.flops), rate=operations(self.flops_per_second), share=share
            ),
            _("energy  about {energy} at {watts:g} W").format(energy=energy(self.kwh), watts=self.watts),
        ]
        return "\n".join([*lines, *(f"  - {sentence}" for sentence in self.assumptions)])


def cost_of(
    model: Any,
    *,
    examples: int,
    seconds: float,
    length: int | None = None,
    watts: float | None = None,
    peak: Peak | None = None,
) -> Cost:
    """What it took to train `model` on `examples` examples (each pass counted anew) in `seconds`.

    `length` stands for axes of unknown length. `watts`: the power drawn; default: 12 W for each core in use
    and, with GPUs, their power limits. `peak`: the machine's best; default: what `measured_peak` found, which
    is called where the run took 10 s or more.
    """
    model = built("model", model)
    examples, seconds = whole("examples", examples, 0), positive("seconds", seconds)
    length = None if length is None else whole("length", length, 1)
    if peak is None:
        peak = known_peak() or (measured_peak() if seconds >= LONG else None)
    elif not isinstance(peak, Peak):
        raise wrong_type("peak", _("what measured_peak() returns"), peak)
    found = count(model, length)
    assumptions = [*found.notes]
    if watts is None:
        watts, said = _power()
        assumptions.append(said)
    else:
        watts = positive("watts", watts)
    if peak is not None:
        assumptions.append(_("The machine's best: {peak}.").format(peak=peak))
    flops = float(BACKWARD * found.forward * examples)
    rate = flops / seconds
    return Cost(
        seconds=seconds,
        examples=examples,
        flops=flops,
        flops_per_second=rate,
        peak=None if peak is None else peak.flops,
        utilization=None if peak is None else rate / peak.flops,
        watts=watts,
        kwh=watts * seconds / 3.6e6,
        assumptions=tuple(assumptions),
    )


def _power() -> tuple[float, str]:
    """Watts, and the assumption in words."""
    from bigmodel_nb.training.hardware.backends import look
    from bigmodel_nb.training.hardware.cards import find_cards
    from bigmodel_nb.training.hardware.processor import find_processor

    cards = find_cards().cards
    gpus = [device for device in look(cards).devices if device.kind == "GPU"]
    cores = find_processor().usable
    if not gpus:
        said = _("Energy: {cores} cores in use at {each:g} W each; an assumption, not a measurement.")
        return WATTS_PER_CORE * cores, said.format(cores=cores, each=WATTS_PER_CORE)
    limits = [card.watts for card in cards if card.watts]
    total = sum(limits[: len(gpus)]) + WATTS_OF_GPU * max(len(gpus) - len(limits), 0) + WATTS_PER_CORE
    said = _(
        "Energy: GPUs at their power limit ({watts:g} W with one core); an assumption, not a measurement."
    )
    return total, said.format(watts=total)
