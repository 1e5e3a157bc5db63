"""Earlier runs of the playground, kept for comparison."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

import ipywidgets

from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.experiment import Experiment
from bigmodel_nb.widgets.controls import button, layout
from bigmodel_nb.widgets.words import amount

MOST_RUNS = 6


@dataclass(frozen=True)
class EarlierRun:
    """A run that was ended by a reset or another setting: what it was, and what came of it."""

    number: int
    settings: str
    epochs: int
    train_loss: float
    test_loss: float
    test_losses: list[float] = field(repr=False)


class EarlierRuns:
    """The latest runs that were ended. `box` lists them, with a button to forget them."""

    def __init__(self) -> None:
        self.runs: list[EarlierRun] = []
        self._number = 0
        self._words = ipywidgets.HTML()
        self.forget_button = button(_("Forget earlier runs"), "trash")
        self.box = ipywidgets.VBox(
            [self._words, ipywidgets.HBox([self.forget_button])], layout=layout(max_width="640px")
        )
        self._say()

    def keep(self, experiment: Experiment | None, settings: str) -> None:
        """Keeps a run, if it came to anything."""
        if experiment is None or not experiment.epochs:
            return
        self._number += 1
        run = EarlierRun(
            self._number, settings, experiment.epochs, experiment.train_losses[-1],
            experiment.test_losses[-1], experiment.test_losses,
        )  # fmt: skip
        self.runs = [*self.runs, run][-MOST_RUNS:]
        self._say()

    def forget(self) -> None:
        self.runs = []
        self._say()

    def _say(self) -> None:
        heads = (_("run"), _("epochs"), _("train"), _("test"), _("settings"))
        if not self.runs:
            words = _("No earlier run yet: a reset, or another setting, keeps the run that it ends.")
            self._words.value = f'<div style="line-height:1.45">{html.escape(words)}</div>'
            return
        cell = '<td style="padding:2px 10px 2px 0;vertical-align:top">'
        rows = [
            (run.number, f"{run.epochs:,}", amount(run.train_loss), amount(run.test_loss), run.settings)
            for run in reversed(self.runs)
        ]
        lines = "".join(
            "<tr>" + "".join(f"{cell}{html.escape(str(one))}</td>" for one in row) + "</tr>"
            for row in (heads, *rows)
        )
        note = html.escape(_("The test losses of the last three are dotted in the picture."))
        self._words.value = f'<table style="line-height:1.35">{lines}</table><div>{note}</div>'
