"""The folder of a run with a name: the checkpoint that it goes on from, and its record."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from contextlib import contextmanager

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training import checkpoint as checkpoints
from bigmodel_nb.training.run import Run


class Keeper:
    """Writes what a run leaves in `folder`; None keeps nothing. A disk that fails is said once in
    `run.notes`, and training goes on."""

    def __init__(self, folder: pathlib.Path | None, run: Run):
        self.folder, self.run = folder, run

    def checkpoint(self, checkpoint: checkpoints.Checkpoint) -> None:
        """Replaces the checkpoint, whole or not at all."""
        if self.folder is not None:
            with self._if_possible():
                checkpoints.write(self.folder, checkpoint)

    def record(self) -> None:
        """Writes the record alone, for those who look at it (`list_runs`); nothing goes on from it."""
        if self.folder is not None:
            with self._if_possible():
                self.run.save(self.folder / "run.json")

    @contextmanager
    def _if_possible(self) -> Iterator[None]:
        try:
            yield
        except (OSError, MemoryError) as error:
            note = _("The run could not be kept in {folder} ({error}); training went on.").format(
                folder=self.folder, error=error
            )
            if note not in self.run.notes:
                self.run.notes.append(note)
