"""What drives the playground: browser ticks while it plays, a step, a reset, or a blocking run."""

from __future__ import annotations

import time

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.experiment import Experiment
from bigmodel_nb.maths.neurons import MOST_EPOCHS
from bigmodel_nb.widgets.controls import button, layout
from bigmodel_nb.widgets.explorer import Explorer, locked
from bigmodel_nb.widgets.playground_controls import PACES, RISING
from bigmodel_nb.widgets.ticking import BY_ITSELF, Ticker

BUSY = 0.085  # seconds of a tick of a tenth that training and drawing may take
RARE, LONGEST = 0.3, 1.0  # ticks farther apart come from a hidden tab; so long it may then train at most


class Playing(Explorer):
    """An explorer that trains an `experiment` in slices. Buttons: `play_button`, `step_button`,
    `reset_button`; `clock` is the `Ticker` whose ticks train."""

    pace: ipywidgets.Dropdown

    def _make_transport(self) -> ipywidgets.HBox:
        self._last_tick, self._drawing = 0.0, 0.03
        self.clock = Ticker(self._tick, interval=100, own_button=True)
        self.play_button = button(_("Play"), "play", _("train, or pause"))
        self.play_button.on_click(lambda _button: self.toggle())
        if not BY_ITSELF:  # the buttons of the clock's own widget are in its place
            self.play_button.layout = layout(display="none")
        self.step_button = button(_("Step"), "step-forward", _("one epoch"))
        self.step_button.on_click(lambda _button: self.step())
        self.reset_button = button(_("Reset"), "fast-backward", _("back to the first weights"))
        self.reset_button.on_click(lambda _button: self.reset())
        # with a layout of its own, since it is hidden while a prediction is asked for
        return ipywidgets.HBox(
            [self.play_button, self.clock.widget, self.step_button, self.reset_button],
            layout={"flex_flow": "row wrap", "align_items": "center", "max_width": "640px"},
        )

    @property
    def experiment(self) -> Experiment:
        """The training that goes on."""
        raise NotImplementedError

    def begin_again(self) -> None:
        """Lets go of the training; the next refresh begins another."""
        raise NotImplementedError

    @property
    def playing(self) -> bool:
        return self.clock.running

    @locked
    def play(self) -> None:
        """Trains with each tick of the browser, until `pause()` or the end."""
        if self.experiment.ended:
            return
        self._last_tick = time.perf_counter()
        self.clock.start()
        self._label()

    @locked
    def pause(self) -> None:
        if self.playing:
            self.clock.stop()
            self._label()
            self.refresh()

    def toggle(self) -> None:
        """What the play button does."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def _label(self) -> None:
        self.play_button.description = _("Pause") if self.playing else _("Play")
        self.play_button.icon = "pause" if self.playing else "play"

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
        before = time.perf_counter()
        self.refresh(moving=True)
        self._drawing = 0.7 * self._drawing + 0.3 * (time.perf_counter() - before)

    def _most(self) -> int | None:
        """How many epochs this tick may train for."""
        most = PACES[self.pace.value]
        if most is not None and self.pace.value == RISING:
            most += self.experiment.epochs // 12
        return most

    def _on_clock(self) -> None:
        if not self.playing:  # else the next tick draws again
            super()._on_clock()
