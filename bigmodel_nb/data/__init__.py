"""Data sets, each as one small record that cannot be changed: rows, targets, names, source and license.

    bundled     three real data sets that are on this computer already: no network, no download
    dataset     the record itself

Nothing here trains, draws or loads a framework.
"""

from __future__ import annotations

import importlib
from types import ModuleType

_MODULES = ("bundled", "dataset")


def __getattr__(name: str) -> ModuleType:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
