"""`python -m benchmarks [GROUP ...]`: measures, prints a table, keeps `results/latest.json`."""

from __future__ import annotations

import importlib
import sys

from benchmarks.charts import draw_all
from benchmarks.measure import RESULTS, keep, machine, table

GROUPS = (
    "explorers",
    "generation",
    "recurrent",
    "retraining",
    "training",
    "training_loss",
    "sweep",
    "watching",
    "xla",
)


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        print(f"ONLY must be one of {', '.join(GROUPS)}; received: {' '.join(unknown)}", file=sys.stderr)
        return 2
    print(f"{machine()}. Medians; a ratio above 1 means that ours is better.", flush=True)
    for name in names or GROUPS:
        rows = []
        for row in importlib.import_module(f"benchmarks.{name}").measure():
            rows.append(row)
            print(f"  measured: {row.name}", file=sys.stderr, flush=True)
        keep(rows)
        print(f"\n{name}\n{table(rows)}", flush=True)
    draw_all()
    print(f"\nKept in {RESULTS.relative_to(RESULTS.parent.parent.parent)}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
