"""How long a control takes to its new picture, for many controls in one kernel."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.kernels import kernel
from benchmarks.measure import Row

LIMIT = 50  # milliseconds


def redraws(group: str, setup: str, limits: dict[str, int] | None = None) -> Iterator[Row]:
    """A row for each entry of MOVES, a dict that `setup` makes in the kernel: name -> a function that moves a
    control many times and returns the milliseconds. 95th percentiles, under LIMIT or what `limits` says."""
    with kernel() as running:
        for name in running.value(setup + "print(list(MOVES))"):
            slow = statistics.quantiles(running.value(f"print(MOVES[{name!r}]())"), n=20)[-1]
            limit = (limits or {}).get(name, LIMIT)
            title, target = f"{name}, 95th percentile", f"under {limit} ms"
            yield Row(group, title, "ms", slow, None, "", None, target, slow < limit)
