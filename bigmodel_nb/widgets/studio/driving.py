"""How a studio's run goes on: by the page's ticks, by single steps, or by a call that waits."""

from __future__ import annotations

import time
from typing import Any

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.run import DIVERGED, Run
from bigmodel_nb.widgets.controls import text_html
from bigmodel_nb.widgets.explorer import Explorer, locked
from bigmodel_nb.widgets.studio.bench import Bench, Recipe
from bigmodel_nb.widgets.studio.buttons import ENDED, GOING, PAUSED, READY, Driver
from bigmodel_nb.widgets.studio.costs import Costs
from bigmodel_nb.widgets.studio.panel import RunsPanel
from bigmodel_nb.widgets.studio.shelf import Entry, Shelf
from bigmodel_nb.widgets.studio.subject import Subject

LIVE = ("learning_rate", "weight_decay")  # that a run takes up at once while it goes on
DRAWN_EVERY, SHARE = 0.2, 0.35  # seconds between two pictures; share of the time that goes into them


class Driving(Explorer):
    """What a `StudioExplorer` does with the run on its bench; the knobs and the picture are elsewhere."""

    subject: Subject
    options: dict[str, Any]
    controls: dict[str, Any]
    shelf: Shelf
    driver: Driver
    panel: RunsPanel
    costs: Costs
    pace: Any
    bench: Bench | None = None  # the run that goes on, or that was the last to
    front: Entry | None = None  # the same on the shelf
    _preparing = False  # whether what comes next takes some seconds
    _began = _drawing = _next_picture = 0.0

    def recipe(self) -> Recipe:
        """What the controls say."""
        raise NotImplementedError

    # -- the run in front -------------------------------------------------------------------

    @property
    def run(self) -> Run | None:
        """The record of the run in front."""
        return None if self.front is None else self.front.run

    @property
    def model(self) -> Any:
        """The Keras model of the run in front."""
        return None if self.front is None else self.front.model

    @property
    def busy(self) -> bool:
        """Whether a run has begun and not ended."""
        return self.bench is not None and not self.bench.finished

    def train_or_pause(self) -> None:
        """What the button does."""
        if self.driver.ticker.running:
            self.pause()
        else:
            self.train()

    @locked
    def train(self) -> None:
        """Begins a run with the present settings, or goes on with a paused one: at each tick of the page."""
        self._preparing = not self.busy
        self.driver.ticker.start()
        self._show_state()

    @locked
    def pause(self) -> None:
        self._preparing = False
        self.driver.ticker.stop()
        self.refresh()

    def step(self) -> Run | None:
        """One step of the optimizer."""
        return self.run_steps(1)

    @locked
    def run_steps(self, steps: int | None = None) -> Run | None:
        """Trains `steps` steps (default: all that are left) before it returns the record; no page is needed.
        After the end of a run it begins the next one. An error of the builder is shown and gives None."""
        if steps is not None:
            steps = arguments.whole("steps", steps, 1)
        self._preparing = False
        self.driver.ticker.stop()
        if not self._guarded(lambda: self._bench().session.run(steps)):
            return None
        self._noted()
        return self.run

    @locked
    def stop(self) -> None:
        """Ends the run where it is; it stays on the shelf."""
        self.driver.ticker.stop()
        if self.busy and self.bench is not None:
            self._guarded(self.bench.session.stop)
        self._noted()

    @locked
    def reset(self) -> None:
        """Takes the run away, also from the shelf where it had not ended: the next one begins anew."""
        self.driver.ticker.stop()
        if self.busy and self.front is not None:
            self.shelf.remove(self.front)
        self.bench = self.front = None
        self.panel.refresh()
        self.refresh()

    def _bench(self) -> Bench:
        """The run that goes on, or a new one."""
        if self.bench is None or self.bench.finished:
            recipe = self.recipe()
            self._begun()
            self.bench = Bench(self.subject, recipe, self.options)
            about = {"recipe": recipe.as_dict(), "builder": self.subject.name}
            self.front = self.shelf.add(
                self.bench.run, recipe.flat(), steps_per_epoch=self.bench.session.steps_per_epoch, about=about
            )
            self.front.run.name = self.front.name
            self._began, self._drawing, self._next_picture = time.perf_counter(), 0.0, 0.0
            self.panel.refresh()
        return self.bench

    def _begun(self) -> None:
        """A run begins."""

    def _guarded(self, act: Any) -> bool:
        """Whether it went well; what goes wrong is said, and nothing goes on by itself."""
        try:
            act()
        except (ValueError, TypeError) as error:
            words = str(error)
        except Exception as error:  # of the reader's layers, or of a memory that is full
            words = _("Training raised {kind}: {what}").format(
                kind=type(error).__name__, what=str(error).strip().split("\n")[0][:300]
            )
        else:
            return True
        self._preparing = False
        self.driver.ticker.stop()
        self.bench = self.bench if self.bench is not None and not self.bench.finished else None
        self._show_state()
        self.complain(words)
        return False

    @locked
    def _tick(self) -> None:
        if not self._guarded(lambda: self._bench().tick(self.pace.value)):
            return
        assert self.bench is not None
        self._preparing = False
        if self.message and self.run is not None and not self.run.message:
            self.complain("")
        if self.bench.finished:
            self.driver.ticker.stop()
            self._noted()
            return
        self._show_state()
        start = time.perf_counter()
        if start >= self._next_picture:
            self._picture()
            now = time.perf_counter()
            self._drawing += now - start
            self._next_picture = max(now + DRAWN_EVERY, self._began + self._drawing / SHARE)

    def _picture(self) -> None:
        """The curves in motion; words and controls stay."""
        self.draw(rescale=False)
        kind, data = self.figure.encode(moving=True)
        with self.image.hold_sync():
            self.image.format, self.image.value = kind, data
        self._settled = False
        words = self.describe()
        if words != self.summary_text:
            self.summary_text = words
            self._summary.value = text_html(words, role="status", room_for=self.longest())

    def _noted(self) -> None:
        """What follows from the end of a run."""
        if self.bench is not None and self.bench.finished:
            self.costs.learn(self.bench)
            self.shelf.let_go()
        self.panel.refresh()
        self.refresh()
        if self.run is not None and self.run.ended == DIVERGED:
            self.complain(self.run.message)

    @locked
    def _flipped(self) -> None:
        """The page, or a button, started or stopped the ticks."""
        if not self.driver.ticker.running:
            if self.bench is not None:
                self.bench.rest()
            if not self._settled:
                self.refresh()
        self._show_state()

    def _show_state(self) -> None:
        bench, running = self.bench, self.driver.ticker.running
        if self._preparing or (bench is None and running):
            words = _("preparing: the first run loads TensorFlow and compiles")
            self.driver.show(GOING if running else READY, words)
            return
        if bench is None:
            self.driver.show(READY, _("ready"))
            return
        state = ENDED if bench.finished else GOING if running else PAUSED
        session = bench.session
        self.driver.show(state, bench.words(running), session.step, session.steps, bench.run.ended)

    # -- knobs that a run takes up ----------------------------------------------------------

    def _steer(self) -> None:
        """A run that goes on takes up the knobs that can be turned meanwhile."""
        if self.busy and self.bench is not None:
            for name in LIVE:
                value, session = self.controls[name].value, self.bench.session
                now = getattr(session, name)
                if now is not None and abs(now - value) > 1e-6 * max(abs(value), 1e-12):
                    setattr(session, name, value)

    def _steer_dropout(self) -> None:
        """Another dropout is compiled, which takes a moment: only once its knob rests."""
        control = self.controls.get("dropout")
        if self.busy and self.bench is not None and control is not None:
            now, wanted = self.bench.session.dropout, control.value
            if now is not None and 0 < wanted < 1 and abs(now - wanted) > 1e-9:
                self.bench.session.dropout = wanted
