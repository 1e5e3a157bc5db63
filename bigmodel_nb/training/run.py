"""What a training left behind: plain lists and numbers, and the way back to the best weights.

run = fit(model, data, epochs=10)
run                                  # one line: what, how long, how good
run.history["val_accuracy"]          # one number for each epoch
run.save("runs/digits.json"); Run.load("runs/digits.json")
"""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.writing import write_atomically

FINISHED, INTERRUPTED, DIVERGED, EARLY = "finished", "interrupted", "diverged", "stopped early"
FORMAT = 1  # of the file; raised where an old reader would misread it


@dataclass
class Run:
    """The record of one call of `fit`; of all calls, where a run with a name went on."""

    name: str = ""  # that it is kept under; "" for a run that is not kept
    ended: str = FINISHED  # or "interrupted", "diverged", "stopped early"; "running" in a killed run's file
    message: str = ""  # why it ended, and what to try
    # One list for each quantity, one number for each epoch: "loss" (the mean over the epoch's examples, each
    # as it was met), metrics, and "val_" of these after the epoch.
    history: dict[str, list[float]] = field(default_factory=dict)
    losses: list[float] = field(default_factory=list)  # of each step: the mean over its batch
    rates: list[float] = field(default_factory=list)  # of each step, where a schedule set them
    epochs: int = 0  # finished ones
    steps: int = 0  # whose losses are numbers
    examples: int = 0  # that were looked at, each as often as it was
    best_epoch: int | None = None  # counted from 1: that of `restore_best`
    config: dict[str, Any] = field(default_factory=dict)  # model, loss, optimizer, what `fit` was asked for
    plan: dict[str, Any] = field(default_factory=dict)  # device, precision, XLA and why: `plan.Plan`
    seed: int = 0  # of the order of examples and of dropout
    versions: dict[str, str] = field(default_factory=dict)  # of Python, Keras, its back end, this package
    hardware: dict[str, Any] = field(default_factory=dict)  # what the machine has: `hardware.report`
    # "compiling" (the first calls of loops, the steps in them included), "training", "validating",
    # "watching", and "total", in which there is also what lies between these.
    seconds: dict[str, float] = field(default_factory=dict)
    fingerprint: str = ""  # of the training data: equal data have equal ones
    cost: Any = None  # what it took: `cost.cost_of`
    notes: list[str] = field(default_factory=list)  # what was inferred, chosen and met with, in sentences

    # not part of the record: what lives in this process only
    model: Any = field(default=None, repr=False, compare=False)
    _best: Any = field(default=None, repr=False, compare=False)

    def restore_best(self) -> None:
        """Puts the weights of the best epoch into the model: that of the lowest validation loss, or of the
        lowest training loss where nothing was held out.

        Raises a ValueError where there are none: a run that was loaded from a file, or ended before its
        first epoch.
        """
        if self.model is None or self._best is None:
            expected = _("a run of this session that has finished an epoch")
            raise wrong_value("run", expected, self.name or self.ended)
        for variable, value in zip(self.model.variables, self._best, strict=True):
            variable.assign(value)

    # -- words --------------------------------------------------------------------------

    def __str__(self) -> str:
        parts = [
            _("{ended} after {epochs} epochs ({steps} steps) in {seconds}").format(
                ended=_(self.ended),
                epochs=self.epochs,
                steps=self.steps,
                seconds=duration(self.seconds.get("total", 0.0)),
            )
        ]
        parts += [f"{label(name)} {values[-1]:.4g}" for name, values in self.history.items() if values]
        return "; ".join(parts) + "." + (f" {self.message}" if self.message else "")

    def __repr__(self) -> str:
        return f"Run: {self}"

    # -- files --------------------------------------------------------------------------

    def as_dict(self) -> dict[str, Any]:
        """The record as plain values, for JSON; not-a-number becomes None."""
        record = {
            part.name: getattr(self, part.name)
            for part in fields(self)
            if part.name not in ("model", "_best", "cost")
        }
        cost = self.cost
        record["cost"] = asdict(cost) if hasattr(cost, "__dataclass_fields__") else cost
        return {"format": FORMAT, **plain(record)}

    def save(self, path: str | os.PathLike[str]) -> pathlib.Path:
        """Writes the record as JSON, all of it or nothing; an existing file is replaced."""
        target = pathlib.Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, json.dumps(self.as_dict(), indent=1).encode())
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Run:
        """Reads a record; nothing in the file is executed. Raises a ValueError for other files."""
        try:
            return cls.from_dict(json.loads(pathlib.Path(path).read_text(encoding="utf-8")))
        except ValueError:
            raise wrong_value("path", _("a file that Run.save wrote"), str(path)) from None

    @classmethod
    def from_dict(cls, record: Any) -> Run:
        """The run of a record that `as_dict` made. Raises a ValueError for anything else."""
        if not isinstance(record, dict):
            raise wrong_value("record", _("a record of a run"), record)
        known = {part.name: part for part in fields(cls) if part.name not in ("model", "_best")}
        given = {name: value for name, value in record.items() if name != "format"}
        empty = cls()
        for name, value in given.items():
            like = getattr(empty, name, None)
            if name not in known or not (like is None or isinstance(value, _kinds(like))):
                raise wrong_value("record", _("a record of a run"), name)
        if record.get("format") != FORMAT:
            raise wrong_value(
                "record", _("a record of format {known}").format(known=FORMAT), record.get("format")
            )
        run = cls(**given)
        run.history = {name: _numbers(values) for name, values in run.history.items()}
        run.losses, run.rates = _numbers(run.losses), _numbers(run.rates)
        return run


def runs_folder() -> pathlib.Path:
    """Where runs are kept: BIGMODEL_RUNS, or a folder `runs` where the notebook runs."""
    return pathlib.Path(os.environ.get("BIGMODEL_RUNS") or "runs").expanduser()


def list_runs(folder: str | os.PathLike[str] | None = None) -> list[Run]:
    """The runs that were saved in `folder` (default: `runs_folder()`), oldest first; other files are passed
    over."""
    found = []
    where = runs_folder() if folder is None else pathlib.Path(folder)
    for path in sorted(where.glob("**/*.json"), key=lambda path: path.stat().st_mtime):
        try:
            found.append(Run.load(path))
        except (ValueError, OSError):
            continue
    return found


def compare_runs(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """One row for each run: its name, how it ended, its last and best figures, and those settings in which
    the runs differ."""
    if isinstance(runs, Run) or not all(isinstance(run, Run) for run in runs):
        raise wrong_type("runs", _("a list of Run"), runs)
    settings = sorted({name for run in runs for name in run.config})
    differing = [name for name in settings if len({repr(run.config.get(name)) for run in runs}) > 1]
    rows = []
    for run in runs:
        row: dict[str, Any] = {"name": run.name, "ended": run.ended, "epochs": run.epochs}
        row |= {name: run.config.get(name) for name in differing}
        row |= {name: values[-1] for name, values in run.history.items() if values}
        row["seconds"] = run.seconds.get("total", 0.0)
        rows.append(row)
    return rows


def duration(seconds: float) -> str:
    """Seconds in words: "0.42 s", "38 s", "3 min 20 s", "2 h 05 min"."""
    if seconds < 10:
        return _("{seconds} s").format(seconds=f"{seconds:.2g}")
    if seconds < 120:
        return _("{seconds} s").format(seconds=f"{seconds:.0f}")
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    return _("{hours} h {minutes} min").format(hours=minutes // 60, minutes=f"{minutes % 60:02d}")


def label(name: str) -> str:
    """The name of a quantity in words: "val_mean_absolute_error" is "validation mean absolute error"."""
    words = name.removeprefix("val_").replace("_", " ")
    return _("validation {quantity}").format(quantity=words) if name.startswith("val_") else words


def plain(value: Any) -> Any:
    """What JSON knows: not-a-number and infinities become None, whatever else is strange becomes text."""
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _kinds(like: Any) -> Any:
    return type(like) if not isinstance(like, float) else (int, float)


def _numbers(values: Any) -> list[float]:
    if not isinstance(values, list) or not all(
        value is None or isinstance(value, int | float) for value in values
    ):
        raise wrong_value("record", _("a record of a run"), values)
    return [float("nan") if value is None else float(value) for value in values]
