"""Play, pause, step and rewind through the steps of a computed run."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets
import traitlets

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.controls import Button, Knob, tooltip
from bigmodel_nb.widgets.ticking import Ticker

FRAMES = 60  # a whole run plays in about this many ticks


class Transport(ipywidgets.VBox):
    """`position` is the step shown, from 0 to `last`. Playing moves it by browser ticks.

    Public controls: `play` (a core Play widget), `step_button`, `rewind_button`, `end_button`, and
    `slider`, a `Knob` whose number box takes a step by its number. `moving` is True while it plays.
    """

    position = traitlets.Int(0)

    def __init__(self, last: int, interval: int = 100):
        self.last = last
        self.moving = False
        self.dragged = False  # what `Explorer.changed` asks of the control that changed
        self._ticker = Ticker(
            self._advance, interval=interval, on_start=self._started, on_pause=self._paused, on_stop=self.rewind
        )
        self.play = self._ticker.widget
        self.step_button = self._button(_("Step"), "step-forward", lambda _b: self.step(), _("one step on"))
        self.rewind_button = self._button(_("Rewind"), "fast-backward", lambda _b: self.rewind(), _("to step 0"))
        self.end_button = self._button(_("End"), "fast-forward", lambda _b: self.to_end(), _("to the last step"))
        self.slider = Knob(
            "step", last, 0, last, label=_("step shown"), whole=True, check=self._checked, help=_("the step shown")
        )
        super().__init__(
            [
                ipywidgets.HBox(
                    [self.play, self.step_button, self.rewind_button, self.end_button],
                    layout={"flex_flow": "row wrap", "align_items": "center"},
                ),
                self.slider,
            ],
            layout={"width": "100%", "max_width": "640px"},
        )
        self.position = last
        self.slider.observe(self._from_slider, "value")

    @staticmethod
    def _button(label: str, icon: str, on_click: Callable, help: str):
        button = Button(description=label, icon=icon, layout={"width": "auto"}, **tooltip(help))
        button.on_click(on_click)
        return button

    def _checked(self, name, value):
        return arguments.whole(name, value, 0, self.last)

    # -- what the reader does ---------------------------------------------------------------

    def step(self) -> None:
        """One step on; stops playing."""
        self.pause()
        self._go(min(self.position + 1, self.last))

    def rewind(self) -> None:
        """Back to step 0; stops playing."""
        self.pause()
        self._go(0)

    def to_end(self) -> None:
        """To the last step; stops playing."""
        self.pause()
        self._go(self.last)

    def pause(self) -> None:
        self.moving = False
        if self._ticker.running:
            self._ticker.stop()

    def span(self, last: int) -> None:
        """The run now has `last` steps. Whoever was at its end stays at its end."""
        at_end = self.position >= self.last
        self.last = last
        goal = last if at_end else min(self.position, last)
        if self.position != goal:
            self.position = goal
        if self.slider.value > last:
            self.slider.value = last
        self.slider.span(0, max(last, 1))
        self._mirror()

    # -- moving -----------------------------------------------------------------------------

    def _go(self, position: int, moving: bool = False) -> None:
        self.dragged = moving
        try:
            self.position = position
        finally:
            self.dragged = False
        self._mirror()

    def _mirror(self) -> None:
        if self.slider.value != self.position:
            self.slider.value = self.position

    def _from_slider(self, change) -> None:
        if change["new"] == self.position:
            return
        self.pause()
        self._go(change["new"], moving=self.slider.dragged)

    def _started(self) -> None:
        self.moving = True
        if self.position >= self.last:
            self._go(0, moving=True)

    def _paused(self) -> None:
        self.moving = False
        self._go(self.position)

    def _advance(self) -> None:
        if not self.moving:
            return  # a tick that was under way when the reader paused
        goal = min(self.position + max(1, round(self.last / FRAMES)), self.last)
        if goal >= self.last:
            self.pause()
        self._go(goal, moving=goal < self.last)
