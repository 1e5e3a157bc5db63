"""Large and small quantities as a reader says them."""

from __future__ import annotations


def operations(count: float) -> str:
    """1.23e9 as "1.23 GFLOP"."""
    for power, prefix in ((18, "E"), (15, "P"), (12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if count >= 10**power:
            return f"{count / 10**power:.3g} {prefix}FLOP"
    return f"{count:.3g} FLOP"


def size(count_of_bytes: float) -> str:
    """2,500,000 as "2.5 MB"."""
    for power, unit in ((12, "TB"), (9, "GB"), (6, "MB"), (3, "kB")):
        if count_of_bytes >= 10**power:
            return f"{count_of_bytes / 10**power:.3g} {unit}"
    return f"{count_of_bytes:.0f} B"


def energy(kwh: float) -> str:
    """Kilowatt-hours, or watt-hours where there are few."""
    return f"{kwh:.3g} kWh" if kwh >= 0.1 else f"{kwh * 1e3:.2g} Wh"
