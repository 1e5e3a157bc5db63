"""Explorers whose work goes on with the ticks of the page: a button that plays and pauses, and the time a
tick has.

The playground trains so, and the sampling explorer writes. What one tick does is theirs.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import ipywidgets

from bigmodel_nb.widgets.controls import button, layout
from bigmodel_nb.widgets.explorer import Explorer, locked
from bigmodel_nb.widgets.ticking import BY_ITSELF, Ticker

BUSY = 0.085  # seconds of a tick of a tenth that work and drawing may take


class Played(Explorer):
    """`clock` is the `Ticker` whose ticks work; `play_button` starts and stops it. A subclass has `play()`
    and `_tick()`."""

    def _make_clock(self, idle: tuple[str, str], busy: tuple[str, str], help: str) -> list[ipywidgets.Widget]:
        """The button and the clock's own widget; `idle` and `busy` are what the button says, and its icon."""
        self._faces = (idle, busy)
        self._drawing = 0.03  # seconds that a picture takes, about
        self.clock = Ticker(self._tick, interval=100, own_button=True)
        self.play_button = self._button(*idle, help, self.toggle)
        if not BY_ITSELF:  # the buttons of the clock's own widget are in its place
            self.play_button.layout = layout(display="none")
        return [self.play_button, self.clock.widget]

    @staticmethod
    def _button(label: str, icon: str, help: str, act: Callable[[], None]) -> ipywidgets.Button:
        """A button that does something."""
        made = button(label, icon, help)
        made.on_click(lambda _button: act())
        return made

    @staticmethod
    def _in_a_row(widgets: list[ipywidgets.Widget]) -> ipywidgets.HBox:
        # with a layout of its own, since it may be hidden while a prediction is asked for
        return ipywidgets.HBox(
            widgets, layout={"flex_flow": "row wrap", "align_items": "center", "max_width": "640px"}
        )

    @property
    def playing(self) -> bool:
        return self.clock.running

    def play(self) -> None:
        """Works with each tick of the browser, until `pause()` or the end."""
        raise NotImplementedError

    def _tick(self) -> None:
        raise NotImplementedError

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
        self.play_button.description, self.play_button.icon = self._faces[self.playing]

    def _redraw(self) -> None:
        """A picture in motion; how long it took is known to the next tick."""
        before = time.perf_counter()
        self.refresh(moving=True)
        self._drawing = 0.7 * self._drawing + 0.3 * (time.perf_counter() - before)

    def _on_clock(self) -> None:
        if not self.playing:  # else the next tick draws again
            super()._on_clock()
