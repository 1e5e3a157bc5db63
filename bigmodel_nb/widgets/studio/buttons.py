"""The row that drives a run: train and pause, step, stop, reset; how far it has come."""

from __future__ import annotations

import html
from collections.abc import Callable

import ipywidgets

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.controls import button, layout
from bigmodel_nb.widgets.ticking import BY_ITSELF, RUNNING, Ticker

READY, GOING, PAUSED, ENDED = "ready", "going", "paused", "ended"
INTERVAL = 100  # milliseconds between two ticks
STYLES = {"finished": "success", "interrupted": "warning", "diverged": "danger"}


class Driver(ipywidgets.VBox):
    """`ticker` calls `on_tick` while a run goes on. In ipywidgets 7 only a click on the page's own Play
    widget starts its ticks: there its buttons stand in the place of "Train"."""

    def __init__(self, on_tick: Callable[[], None], on_flip: Callable[[], None]):
        self.ticker = Ticker(on_tick, interval=INTERVAL, own_button=True)
        self.train_button = button(_("Train"), "play", _("train, pause, continue"), button_style="primary")
        self.step_button = button(_("Step"), "step-forward", _("one step of the optimizer"))
        self.stop_button = button(_("Stop"), "stop", _("end this run here, and keep it"))
        self.reset_button = button(_("Reset"), "undo", _("throw this run away and begin anew"))
        if not BY_ITSELF:
            self.train_button.layout = layout(display="none")
        self.bar = ipywidgets.IntProgress(
            0, 0, 1, layout=layout(flex="1 1 auto", width="auto", height="14px", margin="2px 2px 2px 2px")
        )
        self.status = ipywidgets.HTML(layout=layout(max_width="640px", min_height="24px"))
        self._state = ""
        super().__init__(
            [
                ipywidgets.HBox(
                    [
                        self.train_button, self.ticker.widget, self.step_button, self.stop_button,
                        self.reset_button,
                    ],
                    layout=layout(flex_flow="row wrap", align_items="center"),
                ),
                ipywidgets.HBox([self.bar], layout=layout(max_width="640px")),
                self.status,
            ],
            layout={"width": "100%", "max_width": "640px"},
        )  # fmt: skip
        self.ticker.widget.observe(lambda _change: on_flip(), RUNNING)

    def show(self, state: str, words: str, step: int = 0, steps: int = 1, ended: str = "") -> None:
        """What the buttons offer, and how far the run has come."""
        if state != self._state:
            self._state = state
            label = {GOING: _("Pause"), PAUSED: _("Continue")}.get(state, _("Train"))
            self.train_button.description = label
            self.train_button.icon = "pause" if state == GOING else "play"
            self.stop_button.disabled = state not in (GOING, PAUSED)
            self.reset_button.disabled = state == READY
        with self.bar.hold_sync():
            self.bar.max, self.bar.value = max(1, steps), step
            self.bar.bar_style = STYLES.get(ended, "")
        self.status.value = f'<div style="line-height:1.45">{html.escape(words)}</div>'
