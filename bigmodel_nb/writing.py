"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import pathlib
import tempfile
from collections.abc import Callable
from typing import Any, BinaryIO


def write_atomically(path: pathlib.Path, content: bytes | Callable[[BinaryIO], Any]) -> None:
    """Replaces a file by `content`, or by what that writes into the file it is given: a reader, or a crash at
    any moment, sees the old file or the new one. A link stays a link."""
    path = pathlib.Path(os.path.realpath(path))
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                content(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        pathlib.Path(temporary).unlink(missing_ok=True)
        raise
