"""Time, driven by the browser: each tick of a `Play` widget is one call, and the kernel counts.

No threads: a tick is a message like any other, so stop, pause and step work wherever widgets do.
Tick values are not used, since a busy page skips some; ticks that arrive after a stop are ignored.
ipywidgets 7 calls the running flag `_playing`, ipywidgets 8 calls it `playing`.
"""

from __future__ import annotations

from collections.abc import Callable

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.controls import Play, tooltip

RUNNING = "playing" if "playing" in Play.class_trait_names() else "_playing"
ENDLESS = 1_000_000_000


class Ticker:
    """Calls `on_tick()` every `interval` milliseconds while `running`.

    `widget` is the Play widget: shown, it is the reader's play, pause and stop button; hidden, it is
    a clock that code starts and stops. `on_stop()` is called when the reader presses stop.
    """

    def __init__(
        self,
        on_tick: Callable[[], None],
        *,
        interval: int,
        hidden: bool = False,
        on_start: Callable[[], None] | None = None,
        on_pause: Callable[[], None] | None = None,
        on_stop: Callable[[], None] | None = None,
    ):
        extra = {"show_repeat": False} if "show_repeat" in Play.class_trait_names() else {}
        self.widget = Play(
            value=0,
            min=0,
            max=ENDLESS,
            interval=interval,
            layout={"display": "none"} if hidden else {"width": "auto"},
            **extra,
            **tooltip(_("play, pause, stop")),
        )
        self._on_tick, self._on_start, self._on_pause, self._on_stop = on_tick, on_start, on_pause, on_stop
        self._by_code = False
        self.widget.observe(self._ticked, "value")
        self.widget.observe(self._switched, RUNNING)

    @property
    def running(self) -> bool:
        return bool(getattr(self.widget, RUNNING))

    def start(self) -> None:
        self._switch(True)

    def stop(self) -> None:
        self._switch(False)

    def _switch(self, running: bool) -> None:
        self._by_code = True
        try:
            self.widget.set_trait(RUNNING, running)
        finally:
            self._by_code = False

    def _switched(self, change) -> None:
        if self._by_code:
            return
        listener = self._on_start if change["new"] else self._on_pause
        if listener is not None:
            listener()

    def _ticked(self, change) -> None:
        if self._by_code:
            return
        if self.running and change["new"] > change["old"]:
            self._on_tick()
        elif change["new"] == 0 and self._on_stop is not None:
            self._on_stop()  # the stop button sends the value back to its start
