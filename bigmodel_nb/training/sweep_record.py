"""What a sweep left behind: every combination that was tried, with the record of its run.

result = sweep(build_mlp, digits, learning_rate=[0.001, 0.01, 0.1], seed=[0, 1, 2])
result.best("val_accuracy").settings
means, deviations, counts = result.grid("val_loss", x="learning_rate")
result.save("runs/sweep.json"); Sweep.load("runs/sweep.json")
"""

from __future__ import annotations

import itertools
import json
import math
import os
import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb.arguments import one_of, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.run import DIVERGED, Run, duration, plain, write_atomically

FORMAT = 1  # of the file; raised where an old reader would misread it
# What is better the larger it is; all else (losses, errors) is better the smaller it is.
GROWING = ("acc", "auc", "precision", "recall", "f1", "r2", "iou", "similarity", "specificity", "sensitivity")


@dataclass
class Member:
    """One combination: its settings, and its run (None before it has begun; the history fills meanwhile)."""

    settings: dict[str, Any]  # of the knobs: {"learning_rate": 0.01, "seed": 0}
    run: Run | None = None

    def __str__(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.settings.items())


@dataclass
class Sweep:
    """The record of one call of `sweep`; `members` are in product order, the last knob changing fastest."""

    knobs: tuple[str, ...]  # the swept names, in the order given
    values: dict[str, list[Any]]  # of each knob
    members: list[Member]
    together: bool = False  # whether members were trained in one graph
    reasons: list[str] = field(default_factory=list)  # what was chosen and met with, in sentences
    seconds: float = 0.0  # from the call to the end, compiling and validation included
    fixed: dict[str, Any] = field(default_factory=dict)  # settings that are the same for all members

    # not part of the record: how the model of a member is made, in this process only
    _model: Callable[[Member, bool], Any] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, values: Mapping[str, list[Any]], **others: Any) -> Sweep:
        """A sweep that has not begun, over all combinations of `values`."""
        combinations = itertools.product(*values.values())
        members = [Member(dict(zip(values, chosen, strict=True))) for chosen in combinations]
        return cls(tuple(values), {name: list(one) for name, one in values.items()}, members, **others)

    # -- figures --------------------------------------------------------------------------

    @property
    def metrics(self) -> list[str]:
        """The names of the quantities that any member has a history of, in the order of the first."""
        runs = [member.run for member in self.members if member.run is not None]
        return list(dict.fromkeys(name for run in runs for name in run.history))

    def value_of(self, member: Member, metric: str) -> float:
        """One figure for a member: a "val_" metric as it was at the member's best epoch (that of the lowest
        validation loss), any other as it was after the last epoch; nan where the member diverged or has
        none yet."""
        run = member.run
        if run is None or run.ended == DIVERGED or not run.history.get(metric):
            return math.nan
        numbers = run.history[metric]
        best = run.best_epoch if metric.startswith("val_") else None
        return float(numbers[-1] if best is None or best > len(numbers) else numbers[best - 1])

    def best(self, metric: str = "val_loss", mode: str | None = None) -> Member:
        """The member whose figure (`value_of`) is best; the first of them, where several are.

        `mode` is "min" or "max"; None reads it off the name: accuracies and their like are the better the
        larger they are, losses and errors the smaller. Raises a ValueError where no member has a figure.
        """
        direction = direction_of(metric) if mode is None else one_of("mode", mode, ("min", "max"))
        figures = [self.value_of(member, metric) for member in self.members]
        known = [place for place, figure in enumerate(figures) if not math.isnan(figure)]
        if not known:
            names = ", ".join(map(repr, self.metrics)) or _("none so far")
            expected = _("a metric that a member which did not diverge has a figure of ({names})")
            raise wrong_value("metric", expected.format(names=names), metric)
        chosen = (min if direction == "min" else max)(known, key=figures.__getitem__)
        return self.members[chosen]

    def grid(
        self, metric: str, x: str, y: str | None = None, at: Mapping[str, Any] | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Means, standard deviations (n - 1; nan where fewer than two) and counts of a metric over members,
        for each pair of values of knobs `x` and `y`: arrays (len(values[y]), len(values[x])).

        Averaged is over seeds and all knobs that `at` ({"dropout": 0.2}) does not hold fast. Members without
        a figure (diverged, or not begun) are left out; where none is left, the mean is nan and the count 0.
        `y` may be None: then there is one row.
        """
        at = dict(at or {})
        for name, knob in {"x": x, **({} if y is None else {"y": y})}.items():
            one_of(name, knob, self.knobs)
        for knob, value in at.items():
            one_of("at", knob, self.knobs)
            if value not in self.values[knob]:
                expected = _("one of {values}").format(values=", ".join(map(repr, self.values[knob])))
                raise wrong_value(f"at[{knob!r}]", expected, value)
        rows = [None] if y is None else self.values[y]
        found: list[list[list[float]]] = [[[] for _column in self.values[x]] for _row in rows]
        for member in self.members:
            if any(member.settings[knob] != value for knob, value in at.items()):
                continue
            figure = self.value_of(member, metric)
            if not math.isnan(figure):
                row = 0 if y is None else rows.index(member.settings[y])
                found[row][self.values[x].index(member.settings[x])].append(figure)

        def each(function: Callable[[list[float]], float], fewest: int) -> np.ndarray:
            return np.array(
                [[function(cell) if len(cell) >= fewest else np.nan for cell in row] for row in found]
            )

        counts = np.array([[len(cell) for cell in row] for row in found])
        return each(np.mean, 1), each(lambda cell: float(np.std(cell, ddof=1)), 2), counts

    def table(self) -> list[dict[str, Any]]:
        """One row for each member: its settings, how its run ended ("" before it began), its epochs, its best
        epoch, and its figure (`value_of`) for each metric."""
        return [
            {
                **member.settings,
                "ended": "" if member.run is None else member.run.ended,
                "epochs": 0 if member.run is None else member.run.epochs,
                "best_epoch": None if member.run is None else member.run.best_epoch,
                **{metric: self.value_of(member, metric) for metric in self.metrics},
            }
            for member in self.members
        ]

    def model(self, member: Member, best: bool = False) -> Any:
        """A new Keras model with the weights that `member` ended with; with `best`, those of its best epoch.

        Raises a ValueError for a member of another sweep, one that has not begun, or a sweep from a file.
        """
        if self._model is None:
            raise wrong_value("self", _("a sweep of this session: a file has no weights"), str(self))
        if not any(member is one for one in self.members) or member.run is None:
            raise wrong_value("member", _("a member of this sweep that has been trained"), member)
        return self._model(member, best)

    # -- words and files ------------------------------------------------------------------

    def __str__(self) -> str:
        ended = [member.run.ended for member in self.members if member.run is not None]
        counts = {_(how): ended.count(how) for how in dict.fromkeys(ended)}
        return _("{count} members over {knobs}: {ended}, in {seconds}").format(
            count=len(self.members),
            knobs=", ".join(self.knobs) or _("no knob"),
            ended=", ".join(f"{count} {how}" for how, count in counts.items()) or _("none begun"),
            seconds=duration(self.seconds),
        )

    def __repr__(self) -> str:
        return f"Sweep: {self}"

    def as_dict(self) -> dict[str, Any]:
        """The record as plain values, for JSON."""
        return {
            "format": FORMAT,
            "values": plain(self.values),
            "fixed": plain(self.fixed),
            "together": self.together,
            "reasons": list(self.reasons),
            "seconds": self.seconds,
            "runs": [None if member.run is None else member.run.as_dict() for member in self.members],
        }

    def save(self, path: str | os.PathLike[str]) -> pathlib.Path:
        """Writes the record as JSON, all of it or nothing; an existing file is replaced."""
        target = pathlib.Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, json.dumps(self.as_dict(), indent=1).encode())
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Sweep:
        """Reads a record; nothing in the file is executed. Raises a ValueError for other files."""
        try:
            return cls.from_dict(json.loads(pathlib.Path(path).read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            raise wrong_value("path", _("a file that Sweep.save wrote"), str(path)) from None

    @classmethod
    def from_dict(cls, record: Any) -> Sweep:
        """The sweep of a record that `as_dict` made. Raises a ValueError or TypeError for anything else."""
        kinds = {"values": dict, "fixed": dict, "together": bool, "reasons": list, "runs": list}
        if not isinstance(record, dict) or record.get("format") != FORMAT:
            raise wrong_type(
                "record", _("a record of a sweep, of format {known}").format(known=FORMAT), record
            )
        for name, kind in kinds.items():
            if not isinstance(record.get(name), kind):
                raise wrong_value("record", _("a record of a sweep"), name)
        values = {name: [_hashable(one) for one in several] for name, several in record["values"].items()}
        found = cls.of(
            values,
            together=record["together"],
            reasons=[str(reason) for reason in record["reasons"]],
            seconds=float(record["seconds"]),
            fixed={name: _hashable(one) for name, one in record["fixed"].items()},
        )
        if len(record["runs"]) != len(found.members):
            raise wrong_value("record", _("a run for each member"), len(record["runs"]))
        for member, run in zip(found.members, record["runs"], strict=True):
            member.run = None if run is None else Run.from_dict(run)
        return found


def direction_of(metric: str) -> str:
    """ "max" for accuracies and their like, "min" for losses and errors."""
    name = metric.removeprefix("val_").lower()
    losses = ("loss", "error", "crossentropy")
    return "max" if any(w in name for w in GROWING) and not any(w in name for w in losses) else "min"


def _hashable(value: Any) -> Any:
    """JSON has lists only; settings such as widths are tuples."""
    return tuple(map(_hashable, value)) if isinstance(value, list) else value
