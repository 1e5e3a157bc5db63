"""Checkpoints: everything that a run needs to go on, in one file that is always whole.

A checkpoint is a zip of arrays (`numpy.savez`, no pickled objects) and one JSON text. It is written beside
the old one and then put in its place, so that a crash at any moment leaves the old one or the new one.
Loading executes nothing.
"""

from __future__ import annotations

import io
import json
import pathlib
import re
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.run import runs_folder, write_atomically

FORMAT = 1


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
    for left in folder.glob(".checkpoint.npz.*.part"):  # of processes that were killed while writing
        left.unlink(missing_ok=True)
    buffer = io.BytesIO()
    facts = json.dumps({"format": FORMAT, **checkpoint.facts})
    everything: dict[str, Any] = {"facts": np.frombuffer(facts.encode(), np.uint8), **checkpoint.arrays}
    np.savez(buffer, **everything)
    write_atomically(folder / "checkpoint.npz", buffer.getvalue())


def read(folder: pathlib.Path) -> Checkpoint | None:
    """The checkpoint in a folder; None where there is none. Raises a ValueError where it cannot be read."""
    path = folder / "checkpoint.npz"
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        facts = json.loads(arrays.pop("facts").tobytes().decode())
        if facts.pop("format") != FORMAT:
            raise ValueError("format")
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, EOFError) as error:
        expected = _("a run whose checkpoint can be read ({path} cannot; move it away to start anew)")
        raise wrong_value("resume", expected.format(path=path), folder.name) from error
    return Checkpoint(arrays, facts)


def differences(stored: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """In words, where two configurations differ."""
    found = []
    for name in sorted({*stored, *now}):
        if stored.get(name) != now.get(name):
            found.append(
                _("{name} was {before} and is {now}").format(
                    name=name, before=_short(stored.get(name)), now=_short(now.get(name))
                )
            )
    return found


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
