"""Which explorers are alive: running a cell again replaces the explorers of its last run.

Every ipywidgets control lives until it is closed, also when the cell that made it runs again and
nothing refers to it any more. Explorers are therefore remembered by cell, and closed when that cell
makes new ones in a later run.
"""

from __future__ import annotations

import sys
import threading
from typing import Protocol

_lock = threading.Lock()
_alive: dict[str, tuple[int, list[Closable]]] = {}


class Closable(Protocol):
    def close(self) -> None: ...


def running_cell() -> tuple[str, int] | None:
    """A name for the notebook cell that is running, and the number of its run; None outside of one."""
    core = sys.modules.get("IPython.core.getipython")
    shell = core.get_ipython() if core else None
    if shell is None or not hasattr(shell, "get_parent"):
        return None
    try:
        parent = shell.get_parent() or {}
    except (LookupError, AttributeError):
        return None
    if parent.get("header", {}).get("msg_type") != "execute_request":
        return None
    # JupyterLab names the cell. Elsewhere its text has to do.
    cell = parent.get("metadata", {}).get("cellId") or "text:" + parent.get("content", {}).get("code", "")
    return cell, shell.execution_count


def adopt(explorer: Closable) -> None:
    """Remembers `explorer` with the running cell, and closes those of the cell's earlier runs."""
    place = running_cell()
    if place is None:
        return
    cell, run = place
    with _lock:
        earlier_run, explorers = _alive.get(cell, (run, []))
        if earlier_run != run:
            old, explorers = explorers, []
        else:
            old = []
        explorers.append(explorer)
        _alive[cell] = (run, explorers)
    for forgotten in old:
        forgotten.close()


def forget(explorer: Closable) -> None:
    """Lets go of an explorer that was closed."""
    with _lock:
        for cell, (run, explorers) in list(_alive.items()):
            kept = [other for other in explorers if other is not explorer]
            if kept:
                _alive[cell] = (run, kept)
            else:
                del _alive[cell]
