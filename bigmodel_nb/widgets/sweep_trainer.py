"""The half of a SweepExplorer that trains: by ticks of the page, or in one go from a cell."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.interrupts import StopButton
from bigmodel_nb.training.sweep_record import Sweep
from bigmodel_nb.widgets.explorer import Explorer, locked
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.sweep_pictures import epochs_of
from bigmodel_nb.widgets.sweep_training import SLICE, TrainingRow, share_done
from bigmodel_nb.widgets.sweep_values import ValuesField

REDRAWN = 0.4  # seconds between two pictures while it trains
MOST_MEMBERS = 1024


class SweepTrainer(Explorer):
    """`sweep` fills while it trains. `train()`, `pause()` and `stop()` do what the buttons do; `run()` trains
    to the end and returns then; `state` is "new", "running", "paused" or "over"."""

    builder: Callable[..., Any] | None
    data: Any
    sweep: Sweep
    fixed: dict[str, Any]  # settings that are the same for all members
    asked: dict[str, Any]  # other arguments of `training.sweep`
    values: dict[str, ValuesField]
    epochs: Knob
    row: TrainingRow
    _sweeping: Any = None  # what trains, as long as there is something left to train
    _over = False  # whether what is shown has ended
    _epochs_shown = 0
    _drawn = 0.0

    def show_values(self, sweep: Sweep) -> None:
        """Shows another sweep over the same knobs."""
        raise NotImplementedError

    def learn_metrics(self) -> None:
        """Offers the metrics that the members have a history of."""
        raise NotImplementedError

    # -- what is asked for ------------------------------------------------------------------

    @property
    def state(self) -> str:
        if self._sweeping is None:
            return "over" if self._over else "new"
        return "running" if self.row.running else "paused"

    @property
    def begun(self) -> bool:
        return self._over or self._sweeping is not None

    def planned(self) -> dict[str, list[Any]]:
        """The values that Train begins with."""
        return {name: list(field.value) for name, field in self.values.items()}

    @property
    def differs(self) -> bool:
        """Whether Train would begin with other values, or epochs, than those shown."""
        return self.planned() != self.sweep.values or self.epochs.value != self.shown_epochs()

    def shown_epochs(self) -> int:
        """The epochs of the members that are shown."""
        return self._epochs_shown or (epochs_of(self.sweep) if self._over else self.epochs.value)

    @locked
    def plan_changed(self, change: Any) -> None:
        """Observer for the lists of values and the epochs."""
        members = count_of(self.planned())
        if members > MOST_MEMBERS:
            change["owner"].value = change["old"]
            self.complain(
                _("These would be {n} members; at most {most} are trained here.").format(
                    n=f"{members:,}", most=f"{MOST_MEMBERS:,}"
                )
            )
            return
        if not self.begun:
            self.show_values(Sweep.of(self.planned(), fixed=self.fixed))
        self.refresh()

    # -- what the buttons do ----------------------------------------------------------------

    def toggle(self) -> None:
        if self.row.running:
            self.pause()
        else:
            self.train()

    @locked
    def train(self) -> None:
        """Trains with each tick of the page. Goes on where it was paused; begins anew where the sweep has
        ended or other values are asked for."""
        if self._prepare():
            self.row.start()
            self.refresh(moving=True)

    @locked
    def pause(self) -> None:
        if self.row.running:
            self.row.pause()
            self.refresh()

    @locked
    def stop(self) -> None:
        """Ends the training for good. What is known stays; members that were at work are interrupted."""
        self.row.pause()
        if self._sweeping is not None:
            self._sweeping.stop()
            self._end()
            self.refresh()

    def run(self, seconds: float | None = None) -> Sweep:
        """Trains to the end, or for about so many seconds, and returns the sweep. For cells and scripts; an
        interrupt pauses it. What has ended stays as it is, unless other values are asked for."""
        if seconds is not None:
            seconds = arguments.positive("seconds", seconds)
        end = math.inf if seconds is None else time.monotonic() + seconds
        if self.state == "over" and not self.differs:
            return self.sweep
        with StopButton() as button:
            while self._slice_of_run() and time.monotonic() < end and not button.pressed:
                pass
        if not self.closed and not self.message:
            self.refresh()
        return self.sweep

    @locked
    def _slice_of_run(self) -> bool:
        """Whether there is more to do."""
        if not self._prepare():
            return False
        self._advance(SLICE)
        return self._sweeping is not None

    # -- slices -----------------------------------------------------------------------------

    def _prepare(self) -> bool:
        """Makes the sweep that is asked for, unless it is there; says why it cannot be."""
        if self._sweeping is not None and not self.differs:
            return True
        if self.builder is None:
            self.complain(_("This sweep came without its builder: it can be looked at, and not trained."))
            return False
        if self._sweeping is not None:
            self._sweeping.stop()
            self._end()
        epochs = self.epochs.value
        self.row.show(self.sweep, "preparing", epochs=epochs)
        from bigmodel_nb import training

        try:
            given = {**self.asked, **self.fixed, **self.planned()}
            sweeping = training.Sweeping(self.builder, self.data, epochs=epochs, **given)
        except Exception as error:  # of the reader's builder, too
            self._failed(error)
            return False
        self._sweeping, self._over, self._epochs_shown = sweeping, False, epochs
        self.row.forget()
        self.show_values(sweeping.sweep)
        return True

    @locked
    def tick(self, seconds: float) -> None:
        """What a tick of the page does."""
        # In ipywidgets 7 the Play widget's own button is what starts it.
        if self._sweeping is None and not self._prepare():
            self.row.pause()
            return
        self._advance(seconds)

    def _advance(self, seconds: float) -> None:
        start = time.perf_counter()
        try:
            finished = self._sweeping.advance(seconds)
        except Exception as error:
            self._sweeping.stop()
            self._end()
            self._failed(error)
            return
        self.row.spent(time.perf_counter() - start, share_done(self.sweep, self.shown_epochs()))
        self.learn_metrics()
        if finished:
            self._end()
            self.refresh()
        elif time.monotonic() - self._drawn >= REDRAWN:
            self.refresh(moving=True)
            self._drawn = time.monotonic()
        else:
            self.show_row()

    def _end(self) -> None:
        self.row.pause()
        self._sweeping, self._over = None, any(member.run is not None for member in self.sweep.members)
        self.learn_metrics()

    def _failed(self, error: Exception) -> None:
        """A sentence in the explorer, and what was shown stays: most of the time it is about the builder."""
        self.row.pause()
        self.refresh()
        said = str(error) if isinstance(error, ValueError | TypeError) else f"{type(error).__name__}: {error}"
        said = " ".join(said.split())
        self.complain(
            _("It cannot be trained: {why}").format(why=said if len(said) < 320 else said[:320] + "…")
        )

    def show_row(self) -> None:
        other = count_of(self.planned()) if self.begun and self.differs else 0
        self.row.show(self.sweep, self.state, epochs=self.shown_epochs(), other=other)

    def _on_clock(self) -> None:
        if not self.row.running:  # while it trains, the next picture is on its way
            super()._on_clock()

    def close(self) -> None:
        if not self.closed:
            with self._lock:
                sweeping, self._sweeping = self._sweeping, None
                if sweeping is not None:
                    sweeping.stop()
        super().close()


def count_of(values: Mapping[str, list[Any]]) -> int:
    """How many combinations there are."""
    return math.prod(len(several) for several in values.values())
