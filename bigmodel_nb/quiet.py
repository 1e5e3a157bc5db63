"""TensorFlow's start-up messages, kept from the reader.

When TensorFlow is first imported it writes a dozen lines about CUDA libraries, oneDNN and its own
log to file descriptor 2: below Python, so that no `logging` setting reaches them, and some of them
whatever TF_CPP_MIN_LOG_LEVEL says. In a notebook they turn the first cell red and read like errors.

`install()`, which `import bigmodel_nb` calls, sets TF_CPP_MIN_LOG_LEVEL to 3 and, while TensorFlow
is being imported, sends descriptor 2 to a temporary file. Afterwards whatever is not in
TensorFlow's log format goes to descriptor 2 as usual; so does everything where the import fails,
and a fatal line always. `captured()` returns what was held back.

To see it all, set TF_CPP_MIN_LOG_LEVEL yourself (0 is everything) before importing bigmodel_nb:
a setting that is already there is left alone, and then nothing is captured either.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SETTING = "TF_CPP_MIN_LOG_LEVEL"
# Child processes inherit the setting; this mark tells them that it is ours and not the user's.
OURS = "BIGMODEL_TF_LOG_LEVEL"

# Lines of TensorFlow's and absl's C++ log: "2026-01-31 12:00:00.123456: I path.cc:12] text" and
# "I0000 00:00:1700000000.123456    1234 path.cc:12] text". Fatal ones (F) are not in the pattern.
_LOG_LINE = (
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] \S+:\d+\] "
    r"|[IWE]\d{4} \d\d:\d\d:[\d.]+\s+\d+ \S+:\d+\] "
    r"|WARNING: All log messages before absl::InitializeLog\(\)"
    # second lines of messages of the kinds above
    r"|To enable the following instructions: "
    r"|Skipping registering GPU devices\.\.\."
)

_captured: list[str] = []
_compiling = threading.Lock()


def captured() -> list[str]:
    """The lines that were held back while TensorFlow was imported, oldest first."""
    return list(_captured)


def install() -> None:
    """Keep TensorFlow's start-up messages from the reader, unless the user's environment says
    how much TensorFlow should log. Calling it again changes nothing."""
    if os.environ.get(SETTING) != os.environ.get(OURS):
        return  # the user's own setting
    if "tensorflow" in sys.modules or any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    os.environ[SETTING] = os.environ[OURS] = "3"
    sys.meta_path.insert(0, _Finder())


@contextmanager
def compiling() -> Iterator[None]:
    """For what makes TensorFlow compile: some of its versions say so on descriptor 2, whatever its log level,
    with a warning in front. Held back as during the import, unless the user's environment says how much
    TensorFlow should log."""
    ours = SETTING in os.environ and os.environ[SETTING] == os.environ.get(OURS)
    if not ours or not _compiling.acquire(blocking=False):  # one at a time: descriptor 2 is everybody's
        yield
        return
    try:
        with _held_back():
            yield
    finally:
        _compiling.release()


class _Finder:
    """Finds `tensorflow` as the other finders do, and has its first successful import captured."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != "tensorflow":
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec = find(name, path, target)
            if spec is not None:
                self._wrap(spec.loader)
                return spec
        return None

    def _wrap(self, loader: Any) -> None:
        original = getattr(loader, "exec_module", None)
        if original is None:
            return

        def exec_module(module: Any) -> None:
            with _held_back():
                original(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)

        try:
            loader.exec_module = exec_module  # on this one instance; its class stays as it is
        except AttributeError:
            pass  # a loader that cannot be changed: the messages show, the import works


@contextmanager
def _held_back() -> Iterator[None]:
    """Hold descriptor 2 back during the block, then replay what is not TensorFlow's log."""
    import tempfile

    saved = -1
    try:
        saved = os.dup(2)
        file = tempfile.TemporaryFile()
        _flush()
        os.dup2(file.fileno(), 2)
    except OSError:  # no descriptor 2 (pythonw), or nowhere to put a file: let it be
        if saved >= 0:
            os.close(saved)
        yield
        return
    succeeded = False
    try:
        yield
        succeeded = True
    finally:
        _flush()
        os.dup2(saved, 2)
        os.close(saved)
        with file:
            file.seek(0)
            text = file.read()
        _replay(text, everything=not succeeded)


def _flush() -> None:
    try:
        sys.stderr.flush()
    except Exception:  # sys.stderr may be None, closed, or a notebook's own object
        pass


def _replay(text: bytes, everything: bool) -> None:
    import re

    log_line = re.compile(_LOG_LINE)
    shown = []
    for line in text.splitlines(keepends=True):
        readable = line.decode("utf-8", "replace")
        if log_line.match(readable):
            _captured.append(readable.rstrip("\r\n"))
            if not everything:
                continue
        shown.append(line)
    rest = b"".join(shown)
    try:
        while rest:
            rest = rest[os.write(2, rest) :]
    except OSError:
        pass
