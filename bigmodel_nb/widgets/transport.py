"""Play, pause, step and rewind through the steps of a computed run."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets
import traitlets

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.controls import Locked, Number, button, layout
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.ticking import BY_ITSELF, Ticker

FRAMES = 60  # a whole run plays in about this many ticks


class Transport(Locked, ipywidgets.VBox):
    """`position` is the step shown, from 0 to `last`. Playing moves it by browser ticks.

    Public controls: the buttons `play_button` (play and pause), `step_button`, `rewind_button` and
    `end_button`, and `slider`, a `Knob` whose number box takes a step by its number. `playing` says
    whether it plays; `clock` is the `Ticker` whose ticks move it.
    """

    position = Number()

    def __init__(
        self, last: int, *, stride: int = 1, interval: int = 100, label: str = "", frames: int = FRAMES
    ):
        self.last, self.stride, self.frames = last, stride, frames
        self.dragged = False  # what `Explorer.changed` asks of the control that changed
        self.clock = Ticker(self._advance, interval=interval, own_button=True)
        self.play_button = self._button(_("Play"), "play", lambda _b: self.toggle(), _("play or pause"))
        if not BY_ITSELF:  # the buttons of the clock's own widget are in its place
            self.play_button.layout = layout(display="none")
        self.step_button = self._button(_("Step"), "step-forward", lambda _b: self.step(), _("one step on"))
        self.rewind_button = self._button(
            _("Rewind"), "fast-backward", lambda _b: self.rewind(), _("to step 0")
        )
        self.end_button = self._button(
            _("End"), "fast-forward", lambda _b: self.to_end(), _("to the last step")
        )
        self.slider = Knob(
            "step",
            last,
            0,
            last,
            label=label or _("step shown"),
            whole=True,
            check=self._checked,
            help=_("the step shown"),
        )
        super().__init__(
            [
                ipywidgets.HBox(
                    [
                        self.play_button,
                        self.clock.widget,
                        self.step_button,
                        self.rewind_button,
                        self.end_button,
                    ],
                    layout={"flex_flow": "row wrap", "align_items": "center"},
                ),
                self.slider,
            ],
            layout={"width": "100%", "max_width": "640px"},
        )
        self.position = last
        self.slider.observe(self._from_slider, "value")

    @traitlets.validate("position")
    def _valid_position(self, proposal):
        return arguments.whole("position", proposal["value"], 0, self.last)

    @traitlets.observe("position")
    def _mirror(self, change) -> None:
        self.slider.value = change["new"]

    @staticmethod
    def _button(label: str, icon: str, on_click: Callable, help: str):
        made = button(label, icon, help)
        made.on_click(on_click)
        return made

    def _checked(self, name, value):
        return arguments.whole(name, value, 0, self.last)

    # -- what the reader does ---------------------------------------------------------------

    @property
    def playing(self) -> bool:
        return self.clock.running

    def play(self) -> None:
        """Moves on with each tick of the browser; from step 0 where it stands at the end."""
        if self.position >= self.last:
            self._go(0, moving=True)
        self.clock.start()
        self._label()

    def pause(self) -> None:
        if self.playing:
            self.clock.stop()
            self._label()

    def toggle(self) -> None:
        """What the play button does."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def _label(self) -> None:
        self.play_button.description = _("Pause") if self.playing else _("Play")
        self.play_button.icon = "pause" if self.playing else "play"

    def step(self) -> None:
        """One stride on; stops playing."""
        self.pause()
        self._go(min(self.position + self.stride, self.last))

    def rewind(self) -> None:
        """Back to step 0; stops playing."""
        self.pause()
        self._go(0)

    def to_end(self) -> None:
        """To the last step; stops playing."""
        self.pause()
        self._go(self.last)

    def span(self, last: int) -> None:
        """The run now has `last` steps. Whoever was at its end stays at its end."""
        at_end = self.position >= self.last
        self.last = last
        self.position = last if at_end else min(self.position, last)
        if self.position >= last:
            self.pause()
        self.slider.span(0, max(last, 1))

    # -- moving -----------------------------------------------------------------------------

    def _go(self, position: int, moving: bool = False) -> None:
        self.dragged = moving
        try:
            self.position = position
        finally:
            self.dragged = False

    def _from_slider(self, change) -> None:
        if change["new"] == self.position:
            return
        self.pause()
        self._go(change["new"], moving=self.slider.dragged)

    def _advance(self) -> None:
        if self.position >= self.last and not BY_ITSELF:  # started at the end by the widget's own button
            self._go(0, moving=True)
            return
        goal = min(self.position + max(1, round(self.last / self.frames)), self.last)
        if goal >= self.last:
            self.pause()
        self._go(goal, moving=goal < self.last)
