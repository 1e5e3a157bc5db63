"""Training: the machine and what it can do, the run itself, and what it costs.

    hardware    what this computer offers: report(), and the precision chosen for it, with reasons
    fitting     the run itself: fit(model, data) -> Run
    finders     which learning rate, and how large a batch fits
    run         the record that a run leaves behind
    retraining  training again and again, fast enough to follow a slider
    session     the same run in slices, and changed while it goes on: Session(model, data).advance(0.1)
    foresight   what a training will take, from the record of a model alone
    watching    who watches a run
    plan        how a run is computed, chosen once, with reasons
    checkpoint  what a run needs to go on after a crash
    cost        what a run will take (estimate), and what it took (cost_of)
    schedules   any learning-rate schedule as one vector of rates
    sweeping    many settings trained together: sweep(builder, data, learning_rate=[...]) -> Sweep
    ladder      language models from counting to a transformer, in one table: Ladder(text).climb("LSTM")
    sweep_record  the record that a sweep leaves behind

`training` returns records; pictures of them are drawn elsewhere. Importing it loads no framework.
"""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = (
    "checkpoint",
    "cost",
    "finders",
    "fitting",
    "hardware",
    "ladder",
    "plan",
    "retraining",
    "run",
    "schedules",
    "session",
    "watching",
)
_NAMES = {
    "Ladder": "ladder",
    "Progress": "watching",
    "Retrainer": "retraining",
    "Run": "run",
    "Session": "session",
    "Sweep": "sweep_record",
    "Sweeping": "sweeping",
    "choose_precision": "hardware",
    "compare_runs": "run",
    "cost_of": "cost",
    "estimate": "cost",
    "find_batch_size": "finders",
    "find_learning_rate": "finders",
    "fit": "fitting",
    "list_runs": "run",
    "rates_for": "schedules",
    "report": "hardware",
    "sweep": "sweeping",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"{__name__}.{_NAMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_NAMES})
