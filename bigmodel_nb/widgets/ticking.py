"""Time, driven by the browser: each tick of a `Play` widget is one call, and the kernel counts.

No threads: a tick is a message like any other, so stop, pause and step work wherever widgets do.
Tick values are not used, since a busy page skips some; ticks that arrive after a stop are ignored.
ipywidgets 7 calls the running flag `_playing`, ipywidgets 8 calls it `playing`.
"""

from __future__ import annotations

from collections.abc import Callable

from bigmodel_nb.widgets.controls import Play, layout

RUNNING = "playing" if "playing" in Play.class_trait_names() else "_playing"
ENDLESS = 1_000_000_000
# In ipywidgets 7 the page begins to tick only at a click on the Play widget's own button.
BY_ITSELF = RUNNING == "playing"


class Ticker:
    """Calls `on_tick()` every `interval` milliseconds while it runs. `widget` must be on the page.
    With `own_button`, the widget's buttons are in sight where nothing else can start it (ipywidgets 7).

    The Play widget itself stays hidden: its buttons carry signs without names, which a screen reader
    cannot read out. Explorers have buttons of their own that start and stop the ticking.
    """

    def __init__(self, on_tick: Callable[[], None], *, interval: int, own_button: bool = False):
        look = {} if own_button and not BY_ITSELF else {"display": "none"}
        self.widget = Play(
            value=0, min=0, max=ENDLESS, interval=interval, show_repeat=False, layout=layout(**look)
        )
        self._on_tick = on_tick
        self.widget.observe(self._ticked, "value")

    @property
    def running(self) -> bool:
        return bool(getattr(self.widget, RUNNING))

    def start(self) -> None:
        self.widget.set_trait(RUNNING, True)

    def stop(self) -> None:
        self.widget.set_trait(RUNNING, False)

    def _ticked(self, _change) -> None:
        if self.running:  # else a tick that was under way when it was stopped
            self._on_tick()
