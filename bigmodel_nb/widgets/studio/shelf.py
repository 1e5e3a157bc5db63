"""The runs of a sitting: named, pinned, sorted, filtered, compared, saved and exported.

A shelf holds records (`training.Run`), which are small. Weights are large: only the latest run, the best
one and those that are pinned keep their models.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import pathlib
import re
from dataclasses import dataclass, field
from typing import Any

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.run import Run, list_runs, plain

ORDER = (1, 5, 3, 6, 4, 2)  # of the looks of `figures.theme.stroke`: neighbors differ most
LOOKS = len(ORDER)
MOST_PINNED = LOOKS - 2  # beside them stand the run that goes on and the one that is selected
MOST_LOSSES = 20_000  # of the steps of a run that is no longer in front; longer ones keep every n-th
CONDITION = re.compile(r"(\w+)\s*(<=|>=|!=|<|>|=)\s*(\S+)")


@dataclass
class Entry:
    """A run on the shelf. `settings` are all that it was made from, by name; `model` is None once its
    weights were let go."""

    name: str
    run: Run
    settings: dict[str, Any]
    look: int = 0
    pinned: bool = False
    steps_per_epoch: int = 1
    about: dict[str, Any] = field(default_factory=dict)  # for the code that reproduces it

    @property
    def model(self) -> Any:
        return self.run.model

    def value_of(self, column: str) -> Any:
        """What a column of the table says: a setting, "name", "ended", "seconds" or "epochs", else the last
        value of a quantity, that of "best val_loss" at the best epoch."""
        plainly = {
            "name": self.name,
            "ended": self.run.ended,
            "epochs": self.run.epochs,
            "seconds": self.run.seconds.get("total", 0.0),
        }
        if column in plainly:
            return plainly[column]
        if column in self.settings:
            return self.settings[column]
        values = self.run.history.get(column.removeprefix("best "))
        if not values:
            return math.nan
        best = self.run.best_epoch
        return values[best - 1] if column.startswith("best ") and best else values[-1]

    def changes(self) -> list[list[Any]]:
        """[step, name, value] of what was turned while the run went on."""
        return list(self.run.config.get("changes") or [])


class Shelf:
    """Entries in the order in which they were made."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._made = 0

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, name: str) -> Entry:
        for entry in self.entries:
            if entry.name == name:
                return entry
        raise arguments.wrong_value("name", _("the name of a run on the shelf"), name)

    def add(self, run: Run, settings: dict[str, Any], **others: Any) -> Entry:
        """Puts a run on the shelf; its name is that of the run, else the next number."""
        self._made += 1
        name = self._free(run.name or _("run {number}").format(number=self._made))
        entry = Entry(name, run, settings, look=self._look(), **others)
        self.entries.append(entry)
        self.let_go()
        return entry

    def _free(self, name: str) -> str:
        """The name, with a number where another run has it."""
        known, number, free = {entry.name for entry in self.entries}, 1, name
        while free in known:
            number += 1
            free = f"{name} ({number})"
        return free

    def _look(self) -> int:
        """The next color, past those of pinned runs."""
        taken = {entry.look for entry in self.entries if entry.pinned}
        last = ORDER.index(self.entries[-1].look) if self.entries else -1
        order = [ORDER[(last + step) % LOOKS] for step in range(1, LOOKS + 1)]
        return next((look for look in order if look not in taken), order[0])

    # -- what a reader does -------------------------------------------------------------

    def rename(self, entry: Entry, name: str) -> None:
        """Another name: no empty one, and none that another run has."""
        name = str(name).strip()
        if not name or any(other.name == name for other in self.entries if other is not entry):
            raise arguments.wrong_value("name", _("a name that no other run has"), name)
        entry.name = entry.run.name = name

    def pin(self, entry: Entry, pinned: bool = True) -> None:
        """Pinned runs stay in the picture and keep their weights; there are at most four."""
        count = sum(other.pinned for other in self.entries if other is not entry)
        if pinned and count >= MOST_PINNED:
            expected = _("at most {most}: unpin another one first").format(most=MOST_PINNED)
            raise arguments.wrong_value("pinned runs", expected, count + 1)
        entry.pinned = pinned
        if pinned:
            self.distinguish(entry, self.entries[-1])
        self.let_go()

    def distinguish(self, entry: Entry, *others: Entry | None) -> None:
        """Gives a run another look where a pinned one, or one of `others`, has its own."""
        pinned = [other for other in self.entries if other.pinned]
        taken = {other.look for other in [*pinned, *others] if other is not None and other is not entry}
        if entry.look in taken:
            entry.look = next((look for look in ORDER if look not in taken), entry.look)

    def remove(self, entry: Entry) -> None:
        self.entries.remove(entry)

    def let_go(self) -> None:
        """Lets go of the weights of all runs but the latest, the best and those that are pinned, and of
        losses that are too many to be drawn."""
        best = self.best()
        for entry in self.entries[:-1]:
            if entry.pinned or entry is best:
                continue
            entry.run.model = entry.run._best = None
            thin = -(-len(entry.run.losses) // MOST_LOSSES)
            if thin > 1:
                entry.run.losses = entry.run.losses[::thin]
                entry.steps_per_epoch = max(1, entry.steps_per_epoch // thin)

    def best(self, column: str = "best val_loss") -> Entry | None:
        """The entry with the lowest value, of losses, or the highest, of accuracies."""
        values = [(_number(entry.value_of(column)), entry) for entry in self.entries]
        rows = [(value, entry) for value, entry in values if value is not None]
        if not rows:
            return None
        extreme = (max if higher_is_better(column) else min)(value for value, _entry in rows)
        return next(entry for value, entry in rows if value == extreme)

    def differing(self) -> list[str]:
        """The settings in which the runs differ, in the order of the settings."""
        names = dict.fromkeys(name for entry in self.entries for name in entry.settings)
        return [name for name in names if len({repr(entry.settings.get(name)) for entry in self.entries}) > 1]

    def metrics(self) -> list[str]:
        """The quantities that runs have a history of."""
        return list(dict.fromkeys(name for entry in self.entries for name in entry.run.history))

    def rows(self, sort: str = "", filter: str = "", down: bool = False) -> list[Entry]:
        """The entries that pass the filter, in the order of a column; those without a value come last.

        A filter is made of words that must occur in name, end or settings, and of conditions such as
        learning_rate>0.01, val_accuracy>=0.9 or optimizer=adam.
        """
        found = [entry for entry in self.entries if _passes(entry, filter)]
        if not sort:
            return found[::-1] if down else found
        known = [entry for entry in found if not _is_nothing(entry.value_of(sort))]
        if all(_number(entry.value_of(sort)) is not None for entry in known):
            known.sort(key=lambda entry: float(entry.value_of(sort)), reverse=down)
        else:
            known.sort(key=lambda entry: str(entry.value_of(sort)), reverse=down)
        return known + [entry for entry in found if entry not in known]

    # -- files --------------------------------------------------------------------------

    def table(self) -> list[dict[str, Any]]:
        """One row for each run: name, how it ended, all settings, the last value of each quantity."""
        names = dict.fromkeys(name for entry in self.entries for name in entry.settings)
        columns = ["name", "ended", "epochs", *names, *self.metrics(), "best val_loss", "seconds"]
        return [{column: entry.value_of(column) for column in columns} for entry in self.entries]

    def to_csv(self) -> str:
        """The table as comma-separated values."""
        rows, out = self.table(), io.StringIO()
        if rows:
            writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return out.getvalue()

    def to_json(self) -> str:
        """The records of all runs, whole: what `Run.from_dict` reads."""
        return json.dumps([record_of(entry).as_dict() for entry in self.entries], indent=1)

    def save(self, folder: str | os.PathLike[str]) -> list[pathlib.Path]:
        """Writes each run as a file that `Run.load` reads. Returns the files."""
        where, files = pathlib.Path(folder), list[pathlib.Path]()
        for entry in self.entries:
            stem = re.sub(r"[^\w.-]+", "-", entry.name).strip("-.") or "run"
            number = sum(file.stem == stem for file in files)
            files.append(record_of(entry).save(where / f"{stem}{f'-{number + 1}' if number else ''}.json"))
        return files

    def load(self, folder: str | os.PathLike[str]) -> list[Entry]:
        """Puts the runs of a folder on the shelf, as far as they are not there; other files are passed
        over. Runs that `fit` saved are shown with the settings that their record has."""
        known = {(entry.name, tuple(entry.run.losses[:50])) for entry in self.entries}
        added = []
        for run in list_runs(folder):
            about = run.config.get("studio") or {}
            settings = {name: _hashable(value) for name, value in (about.get("settings") or {}).items()}
            if not settings:
                settings = {
                    name: run.config[name] for name in ("learning_rate", "batch_size") if name in run.config
                }
            if (run.name, tuple(run.losses[:50])) in known:
                continue
            per_epoch = int(about.get("steps_per_epoch") or max(1, run.steps // max(run.epochs, 1)))
            added.append(self.add(run, settings, steps_per_epoch=per_epoch, about=dict(about)))
        return added


def record_of(entry: Entry) -> Run:
    """The run with its name and what the studio knows of it, to be written."""
    run = entry.run
    run.name = entry.name
    run.config["studio"] = plain(
        {**entry.about, "settings": entry.settings, "steps_per_epoch": entry.steps_per_epoch}
    )
    return run


def higher_is_better(column: str) -> bool:
    """Whether a quantity is the better the larger it is, by its name."""
    name = column.removeprefix("best ").removeprefix("val_").lower()
    growing = ("accuracy", "auc", "precision", "recall", "f1", "iou", "r2")
    return any(word in name for word in growing) and "loss" not in name and "error" not in name


def _passes(entry: Entry, filter: str) -> bool:
    conditions = CONDITION.findall(filter)
    words = CONDITION.sub(" ", filter).lower().split()
    text = " ".join(
        [entry.name, entry.run.ended, *(f"{name}={value}" for name, value in entry.settings.items())]
    ).lower()
    return all(word in text for word in words) and all(
        _holds(entry.value_of(name), sign, wanted) for name, sign, wanted in conditions
    )


def _holds(value: Any, sign: str, wanted: str) -> bool:
    try:
        left: Any = float(value)
        right: Any = float(wanted)
    except (TypeError, ValueError):
        left, right = str(value).lower(), wanted.lower()
    if sign in ("=", "!="):
        return (left == right) == (sign == "=")
    if isinstance(left, str):
        return False
    return {"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[sign]


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list) else value
