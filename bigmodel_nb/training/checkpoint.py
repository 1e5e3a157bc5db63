"""Checkpoints: everything that a run needs to go on, in one file that is always whole.

A checkpoint is a zip of arrays (`numpy.savez`, no pickled objects) and one JSON text. It is written beside
the old one and then put in its place, so that a crash at any moment leaves the old one or the new one.
Loading executes nothing.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.run import runs_folder
from bigmodel_nb.writing import write_atomically

FORMAT = 1
FILE = "checkpoint.npz"
NEEDED = {"step", "epoch", "best_value", "part", "callbacks", "run", "job"}


@dataclass
class Checkpoint:
    """`arrays` by name ("model/0", "optimizer/3", "best/1"), `facts` as plain JSON values."""

    arrays: dict[str, np.ndarray]
    facts: dict[str, Any]

    def group(self, name: str) -> list[np.ndarray]:
        """The arrays of one group in order."""
        count = sum(key.startswith(f"{name}/") for key in self.arrays)
        return [self.arrays[f"{name}/{place}"] for place in range(count)]


def place_of(name: str) -> pathlib.Path:
    """The folder of the run `name` in `runs_folder()`."""
    expected = _("a name of letters, digits, dots, dashes and underscores, such as 'digits-1'")
    if not isinstance(name, str):
        raise wrong_type("resume", expected, name)
    if not re.fullmatch(r"[\w][\w.\- ]{0,99}", name) or name.endswith((".", " ")):
        raise wrong_value("resume", expected, name)
    return runs_folder() / name


def write(folder: pathlib.Path, checkpoint: Checkpoint) -> None:
    """Writes the checkpoint of a run; the one before is replaced at once or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".*.part"):  # of processes that were killed while writing
        left.unlink(missing_ok=True)
    facts = json.dumps({"format": FORMAT, **checkpoint.facts})
    everything: dict[str, Any] = {"facts": np.frombuffer(facts.encode(), np.uint8), **checkpoint.arrays}
    write_atomically(folder / FILE, lambda file: np.savez(file, **everything))


def read(folder: pathlib.Path) -> Checkpoint | None:
    """The checkpoint in a folder; None where there is none. Raises a ValueError where it cannot be read."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        with zipfile.ZipFile(path) as members:
            if members.testzip() is not None:
                raise ValueError("damaged")
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        facts = json.loads(arrays.pop("facts").tobytes().decode())
        version = facts.pop("format")
        if version == FORMAT and not NEEDED <= set(facts):
            raise ValueError("incomplete")
    except Exception as error:  # whatever a damaged zip makes zipfile, zlib, NumPy and json raise
        expected = _("a run whose checkpoint can be read; {path} is damaged or no checkpoint. {way_out}")
        raise wrong_value("resume", expected.format(path=path, way_out=_way_out()), folder.name) from error
    if version != FORMAT:
        expected = _(
            "a run that this version of the course can read; {path} is of format {version}, not {known}. "
            "{way_out}"
        )
        raise wrong_value(
            "resume",
            expected.format(path=path, version=version, known=FORMAT, way_out=_way_out()),
            folder.name,
        )
    return Checkpoint(arrays, facts)


def _way_out() -> str:
    return _("It was left as it is: move it away, choose another name, or replace it with restart=True")


@contextmanager
def claimed(folder: pathlib.Path | None) -> Iterator[None]:
    """While the block lasts no other fit, here or in another process, has the run of this folder.

    The claim ends with the process, however that ends. Raises a ValueError where somebody else has it.
    """
    handle = None if folder is None else _opened(folder)
    try:
        if folder is not None and handle is not None:
            import fcntl

            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                expected = _("a run that nothing else is training right now")
                raise wrong_value("resume", expected, folder.name) from None
            except OSError:  # a file system without locks: one has to do without
                pass
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _opened(folder: pathlib.Path) -> int | None:
    """A handle of a folder, made where it is missing; None where there are no such handles (Windows) or the
    folder cannot be made, which the first checkpoint will say."""
    if os.name != "posix":
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder, os.O_RDONLY)
    except OSError:
        return None
