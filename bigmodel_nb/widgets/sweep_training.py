"""The row that trains a sweep: buttons, a bar, the time left. Ticks of the page drive it, in short slices."""

from __future__ import annotations

import html
import math
import time
from collections.abc import Callable

import ipywidgets

from bigmodel_nb.language import gettext as _
from bigmodel_nb.language import ngettext
from bigmodel_nb.training.run import DIVERGED, EARLY, INTERRUPTED, duration
from bigmodel_nb.training.sweep_record import Member, Sweep
from bigmodel_nb.widgets.controls import button, layout
from bigmodel_nb.widgets.ticking import BY_ITSELF, Ticker
from bigmodel_nb.widgets.training import notes_html

SLICE = 0.1  # seconds of training in a tick
LONGEST = 0.5  # seconds of training in a tick where the page, out of sight, ticks rarely


def share_done(sweep: Sweep, epochs: int) -> float:
    """How much of a sweep is trained, from 0 to 1: epochs of members; one that has ended counts as whole."""
    return sum(_share(member, epochs) for member in sweep.members) / max(1, len(sweep.members))


def _share(member: Member, epochs: int) -> float:
    run = member.run
    if run is None:
        return 0.0
    longest = max((len(values) for values in run.history.values()), default=0)
    if run.ended in (EARLY, DIVERGED, INTERRUPTED):
        return 1.0
    return min(1.0, max(run.epochs, longest) / epochs)


class TrainingRow(ipywidgets.VBox):
    """`train_button` (train, pause, go on), `stop_button`, `bar`, and what is going on, in words (`said`).

    `on_tick(seconds)` is called with the seconds to train for, as long as it runs; `on_train()` and
    `on_stop()` are what the buttons do.
    """

    def __init__(
        self, on_tick: Callable[[float], None], on_train: Callable[[], None], on_stop: Callable[[], None]
    ):
        self._on_tick = on_tick
        self._ticked = 0.0
        self._spent = self._first = 0.0  # seconds of training, and those before the first share was done
        self._before = 0.0  # the share that was done then
        self.clock = Ticker(self._tick, interval=20, own_button=True)
        self.train_button = button(_("Train"), "play", _("train, pause and go on"))
        self.stop_button = button(_("Stop"), "stop", _("end the training for good; what is known stays"))
        self.train_button.on_click(lambda _button: on_train())
        self.stop_button.on_click(lambda _button: on_stop())
        self.bar = ipywidgets.IntProgress(
            0, 0, 1000, layout=layout(flex="1 1 120px", width="auto", height="16px")
        )
        self._words = ipywidgets.HTML(layout=layout(flex="0 1 auto", margin="0"))
        self._notes = ipywidgets.HTML(layout=layout(margin="0"))
        self.said = ""
        super().__init__(
            [
                ipywidgets.HBox(
                    [self.train_button, self.clock.widget, self.stop_button, self.bar],
                    layout={"align_items": "center", "flex_flow": "row wrap"},
                ),
                self._words,
                self._notes,
            ],
            layout={"width": "100%", "max_width": "640px"},
        )

    # -- time -------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self.clock.running

    def start(self) -> None:
        self._ticked = time.monotonic()
        self.clock.start()

    def pause(self) -> None:
        self.clock.stop()

    def _tick(self) -> None:
        now = time.monotonic()
        # Ticks come rarely from a page out of sight: then each has to do more.
        gap, self._ticked = now - self._ticked, now
        self._on_tick(SLICE if gap < 3 * SLICE else min(LONGEST, gap / 2))
        self._ticked = time.monotonic()

    def forget(self) -> None:
        """A new sweep: nothing is known of its pace."""
        self._spent = self._first = self._before = 0.0

    def spent(self, seconds: float, share: float) -> None:
        """So many more seconds went into training, and this share is done now."""
        self._spent += seconds
        if not self._before:
            self._first, self._before = self._spent, share

    def seconds_left(self, share: float) -> float:
        """nan while nothing is known of the pace."""
        if not 0 < self._before < share:
            return math.nan
        return (1 - share) * (self._spent - self._first) / (share - self._before)

    # -- words ------------------------------------------------------------------------------

    def show(self, sweep: Sweep, state: str, *, epochs: int, other: int = 0) -> None:
        """`state` is "new", "preparing", "running", "paused" or "over"; `other` the number of members that
        Train would begin with, where these are not those shown."""
        running = state in ("running", "preparing")
        share = share_done(sweep, epochs)
        labels = {"running": _("Pause"), "preparing": _("Pause"), "paused": _("Go on")}
        if state == "over":
            labels["over"] = _("Train again")
        if other and not running:
            labels = {}
        self.train_button.description = labels.get(state, _("Train"))
        self.train_button.icon = "pause" if running else "play"
        self.stop_button.disabled = state not in ("running", "preparing", "paused")
        self.bar.value = round(1000 * share)
        self.bar.bar_style = {"over": "success", "paused": "warning"}.get(state, "")
        self.said = self._about(sweep, state, share, epochs, other)
        self._notes.value = notes_html(sweep.reasons)
        self._words.value = f'<div style="line-height:1.45;opacity:0.8">{html.escape(self.said)}</div>'

    def _about(self, sweep: Sweep, state: str, share: float, epochs: int, other: int) -> str:
        count = len(sweep.members)
        parts = []
        if state == "new":
            parts.append(
                ngettext("{n} member, not trained yet", "{n} members, not trained yet", count).format(n=count)
            )
        elif state == "preparing":
            parts.append(_("preparing {n} members").format(n=count))
        else:
            over = sum(_share(member, epochs) >= 1 for member in sweep.members)
            if state != "over" and sweep.together:
                words = _("{n} members at once, epoch {epoch} of {epochs}")
                parts.append(words.format(n=count, epoch=round(share * epochs), epochs=epochs))
            else:
                parts.append(_("{over} of {n} members done").format(over=over, n=count))
            if state == "over":
                parts.append(_("in {time}").format(time=duration(sweep.seconds)) if sweep.seconds else "")
            elif state == "paused":
                parts.append(_("paused"))
            else:
                left = self.seconds_left(share)
                parts.append(_("{time} left").format(time=duration(left)) if math.isfinite(left) else "")
        if other:
            parts.append(_("Train begins anew, with {n} members").format(n=other))
        return " · ".join(part for part in parts if part) + (
            "" if BY_ITSELF or state not in ("new", "paused") else _(" · the arrow beside trains it")
        )
