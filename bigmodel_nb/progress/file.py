"""One small JSON file that several kernels and threads change without losing anything.

A change is a function of the content. It is applied to the file as it is at that moment, under a
lock, and the whole file is replaced at once. Changes that cannot be written wait in memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime

from bigmodel_nb.language import gettext as _
from bigmodel_nb.writing import write_atomically

Content = dict[str, dict[str, dict]]  # kind -> key -> fields, each a text, a number, a truth value or None

KINDS = ("predictions", "results")
_FORMAT = 1
_LOCK_SECONDS = 5.0  # far longer than a write takes; a kernel that is suspended must not hold up this one

_lock = threading.RLock()
_waiting: dict[pathlib.Path, list[Callable[[Content], None]]] = {}
_told: set[pathlib.Path] = set()


def content(where: pathlib.Path) -> Content:
    """What is in the file, and on top of it what could not be written yet. A dict of your own."""
    with _lock:
        try:
            found, _intact = _read(where)
        except OSError:
            found = _empty()
        for change_waiting in _waiting.get(where, ()):
            change_waiting(found)
        return found


def change(where: pathlib.Path, function: Callable[[Content], None]) -> None:
    """Apply `function` to the content of the file, or keep it until the file can be written."""
    with _lock:
        waiting = _waiting.setdefault(where, [])
        waiting.append(function)
        try:
            with _alone(where):
                found, intact = _read(where)
                if not intact:
                    _set_aside(where)
                for each in waiting:
                    each(found)
                _write(where, found)
        except OSError as error:
            _tell(where, error)
        else:
            _waiting.pop(where, None)


def copy(where: pathlib.Path) -> pathlib.Path | None:
    """A copy of the file beside it, or None where there is no file or no room."""
    with contextlib.suppress(OSError):
        as_it_is = where.read_bytes()
        spare = _unused(where, "backup")
        spare.write_bytes(as_it_is)
        return spare
    return None


def _tell(where: pathlib.Path, error: OSError) -> None:
    if where in _told:
        return
    _told.add(where)
    print(
        _(
            "Your progress cannot be written to {path} ({reason}). It is kept for as long as this notebook "
            "runs. To keep it for good, set BIGMODEL_PROGRESS to a file that can be written."
        ).format(path=where, reason=error.strerror or error)
    )


def _empty() -> Content:
    return {kind: {} for kind in KINDS}


def _read(where: pathlib.Path) -> tuple[Content, bool]:
    """The content, and whether that is all the file holds (False: some of it makes no sense)."""
    if where.exists() and not where.is_file():
        raise OSError(_("this is not a file"))  # a folder, or a device, which must not be replaced
    try:
        text = where.read_bytes()
        stored = json.loads(text) if text.strip() else {}
    except FileNotFoundError:
        return _empty(), True
    except (ValueError, RecursionError):
        return _empty(), False
    found = _empty()
    if not isinstance(stored, dict):
        return found, False
    for kind in KINDS:
        entries = stored.get(kind, {})
        for key, fields in entries.items() if isinstance(entries, dict) else ():
            if isinstance(fields, dict):
                found[kind][key] = {name: value for name, value in fields.items() if _is_scalar(value)}
    return found, stored == {} or stored == {"format": _FORMAT, **found}


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _write(where: pathlib.Path, found: Content) -> None:
    text = json.dumps({"format": _FORMAT, **found}, indent=1) + "\n"
    write_atomically(where, text.encode())


def _set_aside(where: pathlib.Path) -> None:
    spare = _unused(where, "unreadable")
    os.replace(where, spare)
    print(
        _(
            "Your progress file {path} holds something that this package did not write. It is now called "
            "{spare}, and a new file takes over what could be read."
        ).format(path=where, spare=spare.name)
    )


def _unused(where: pathlib.Path, word: str) -> pathlib.Path:
    """A free name beside `where`, such as progress.backup-20260131-120000.json."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    number = 1
    spare = where.with_name(f"{where.stem}.{word}-{stamp}{where.suffix}")
    while spare.exists():
        number += 1
        spare = where.with_name(f"{where.stem}.{word}-{stamp}-{number}{where.suffix}")
    return spare


@contextlib.contextmanager
def _alone(where: pathlib.Path) -> Iterator[None]:
    """Keep other kernels from changing the file during the block."""
    where.parent.mkdir(parents=True, exist_ok=True)
    with open(where.with_name(where.name + ".lock"), "ab") as handle:
        deadline = time.monotonic() + _LOCK_SECONDS
        while not _locked(handle.fileno()):
            if time.monotonic() > deadline:
                raise TimeoutError(_("another notebook is holding it"))
            time.sleep(0.02)
        yield  # closing the handle gives the lock back


def _locked(descriptor: int) -> bool:
    """Take the lock if it is free. Where the file system knows no locks, go on without one."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass
    return True
