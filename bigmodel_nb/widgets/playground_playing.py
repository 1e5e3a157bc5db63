"""What drives the playground: browser ticks while it plays, a step, a reset, or a blocking run."""

from __future__ import annotations

import time

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.experiment import Experiment
from bigmodel_nb.maths.neurons import MOST_EPOCHS
from bigmodel_nb.widgets.explorer import locked
from bigmodel_nb.widgets.played import BUSY, Played
from bigmodel_nb.widgets.playground_controls import PACES, RISING

RARE, LONGEST = 0.3, 1.0  # ticks farther apart come from a hidden tab; so long it may then train at most


class Playing(Played):
    """An explorer that trains an `experiment` in slices. Buttons: `play_button`, `step_button`,
    `reset_button`; `clock` is the `Ticker` whose ticks train."""

    pace: ipywidgets.Dropdown

    def _make_transport(self) -> ipywidgets.HBox:
        self._last_tick = 0.0
        play = self._make_clock((_("Play"), "play"), (_("Pause"), "pause"), _("train, or pause"))
        self.step_button = self._button(_("Step"), "step-forward", _("one epoch"), self.step)
        self.reset_button = self._button(
            _("Reset"), "fast-backward", _("back to the first weights"), self.reset
        )
        return self._in_a_row([*play, self.step_button, self.reset_button])

    @property
    def experiment(self) -> Experiment:
        """The training that goes on."""
        raise NotImplementedError

    def begin_again(self) -> None:
        """Lets go of the training; the next refresh begins another."""
        raise NotImplementedError

    @locked
    def play(self) -> None:
        """Trains with each tick of the browser, until `pause()` or the end."""
        if self.experiment.ended:
            return
        self._last_tick = time.perf_counter()
        self.clock.start()
        self._label()

    @locked
    def step(self) -> None:
        """One epoch; stops playing."""
        self.pause()
        self.experiment.run(1)
        self.refresh()

    def run(self, epochs: int) -> None:
        """Trains for so many epochs and draws; it needs no browser."""
        epochs = arguments.whole("epochs", epochs, 0, MOST_EPOCHS)
        goal = None
        while not self.closed:
            with self._lock:  # in slices, so that a pressed button has its turn
                goal = self.experiment.epochs + epochs if goal is None else goal
                left = goal - self.experiment.epochs
                if left <= 0 or self.experiment.ended:
                    break
                self.experiment.advance(0.1, most=left)
        self.refresh()

    @locked
    def reset(self) -> None:
        """Back to the first weights; the run so far is kept for comparison."""
        self.pause()
        self.begin_again()
        self.refresh()

    @locked
    def _tick(self) -> None:
        now = time.perf_counter()
        gap, self._last_tick = now - self._last_tick, now
        slice_ = min(0.8 * gap, LONGEST) if gap > RARE else max(BUSY - self._drawing, 0.02)
        self.experiment.advance(slice_, most=self._most())
        if self.experiment.ended:
            self.pause()
            return
        self._redraw()

    def _most(self) -> int | None:
        """How many epochs this tick may train for."""
        most = PACES[self.pace.value]
        if most is not None and self.pace.value == RISING:
            most += self.experiment.epochs // 12
        return most
