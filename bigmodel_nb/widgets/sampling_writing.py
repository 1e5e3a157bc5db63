"""What makes a `SamplingExplorer` write: browser ticks, one token, or a blocking run."""

from __future__ import annotations

import time
from typing import Any

import ipywidgets
import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.sampling import Choice, drawn
from bigmodel_nb.widgets.explorer import locked
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.played import BUSY, Played

MOST_A_TICK = 5  # tokens, so that a reader can follow
MOST = 10_000  # tokens that can be written


class Writing(Played):
    """An explorer that draws tokens by `choice`. Buttons: `step_button`, `play_button`, `reset_button`;
    `clock` is the `Ticker` whose ticks write; `written` are the tokens."""

    choice: Choice
    seed: Knob
    length: Knob

    def settings(self) -> dict[str, Any]:
        """What a token is drawn with."""
        raise NotImplementedError

    def _make_buttons(self) -> None:
        self._goal = 0
        play = self._make_clock(
            (_("Generate"), "play"), (_("Stop"), "stop"), _("draw token after token, or stop")
        )
        self.step_button = self._button(
            _("One token"), "step-forward", _("draw one token and put it behind"), self.step
        )
        self.reset_button = self._button(
            _("Start again"), "fast-backward", _("back to the prompt, and to the seed"), self.reset
        )
        self._buttons = self._in_a_row([self.step_button, *play, self.reset_button])
        self._page = ipywidgets.HTML(layout={"max_width": "640px"})

    @property
    def steady(self) -> bool:
        """Whether all that was written was drawn with the present settings."""
        return self._drawn_with in (None, self.settings())

    def _begin(self) -> None:
        """Back to the prompt and to the first number of the seed."""
        self.written: list[int] = []
        self.random = np.random.default_rng(self.seed.value)
        self._drawn_with: dict[str, Any] | None = None

    def _write(self) -> None:
        """One token, drawn from the present probabilities; then those of the next."""
        settings = self.settings()
        if self._drawn_with not in (None, settings):
            settings = {}  # none for all of the text
        self._drawn_with = settings
        self.written.append(drawn(self.choice.probabilities, self.random))
        self.compute()

    @locked
    def play(self) -> None:
        """Writes `length` tokens, some with each tick of the browser, until `pause()` or the end."""
        self._goal = min(len(self.written) + self.length.value, MOST)
        if len(self.written) < self._goal:
            self.clock.start()
            self._label()

    @locked
    def step(self) -> None:
        """Writes one token; stops generating."""
        self.pause()
        self.run(1)

    def run(self, tokens: int) -> None:
        """Writes so many tokens and draws; it needs no browser."""
        count = arguments.whole("tokens", tokens, 0, MOST)
        while count and not self.closed:
            with self._lock:  # in slices, so that a pressed button has its turn
                until = time.perf_counter() + BUSY
                while count and len(self.written) < MOST and time.perf_counter() < until:
                    self._write()
                    count -= 1
                if len(self.written) >= MOST:
                    break
        self.refresh()

    @locked
    def reset(self) -> None:
        """Back to the prompt, and to the beginning of what the seed draws."""
        self.pause()
        self._begin()
        self.refresh()

    @locked
    def _tick(self) -> None:
        if self._goal <= len(self.written):  # started by the clock's own button (ipywidgets 7)
            self._goal = min(len(self.written) + self.length.value, MOST)
        until = time.perf_counter() + max(BUSY - self._drawing, 0.01)
        try:
            for _token in range(min(MOST_A_TICK, self._goal - len(self.written))):
                self._write()
                if time.perf_counter() > until:
                    break
        except (ValueError, TypeError) as error:  # what the model puts out is no number any more
            self.pause()
            self.complain(str(error))
            return
        if len(self.written) >= self._goal:
            self.pause()
            return
        self._redraw()
