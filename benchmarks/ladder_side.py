"""What each rung of the ladder takes, from the call to its row: `python -m benchmarks.ladder_side`.

One JSON object: for each rung the seconds of the whole call, those of training, the steps and the bits.
"""

from __future__ import annotations

import json
import time

from bigmodel_nb.data import python_manual
from bigmodel_nb.training.ladder import COUNTED, Ladder

SECONDS = {"window MLP": 6, "simple RNN": 8, "GRU": 14, "LSTM": 14, "Transformer": 30}


def main() -> None:
    ladder = Ladder(python_manual(), path=False)
    found = {}
    for rung in (*COUNTED, *SECONDS):
        began = time.perf_counter()
        budget = {"seconds": SECONDS[rung], "watch": False} if rung in SECONDS else {}
        row = ladder.climb(rung, **budget)
        took = time.perf_counter() - began
        found[rung] = {"call": took, "training": row.seconds, "steps": row.steps, "bits": row.bits}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
