"""A control panel over any builder and data set."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.figures.runs import RunsFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.foresight import Foreseen
from bigmodel_nb.training.run import DIVERGED, Run
from bigmodel_nb.widgets.controls import text_html
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing, locked
from bigmodel_nb.widgets.lesson import checked_show
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.studio.advice import Advice
from bigmodel_nb.widgets.studio.bench import Bench, Recipe
from bigmodel_nb.widgets.studio.buttons import ENDED, GOING, PAUSED, READY, Driver
from bigmodel_nb.widgets.studio.costs import Costs
from bigmodel_nb.widgets.studio.drawers import Drawers
from bigmodel_nb.widgets.studio.overlay import curves_of, overlaid
from bigmodel_nb.widgets.studio.panel import RunsPanel
from bigmodel_nb.widgets.studio.script import script_of
from bigmodel_nb.widgets.studio.settings import TRAINING, Settings
from bigmodel_nb.widgets.studio.shelf import Entry, Shelf
from bigmodel_nb.widgets.studio.subject import BuilderError, Subject
from bigmodel_nb.widgets.studio.words import facts_html, fate

LIVE = ("learning_rate", "weight_decay")  # that a run takes up at once while it goes on
DRAWN_EVERY, SHARE = 0.2, 0.35  # seconds between two pictures; share of the time that goes into them


class StudioExplorer(Explorer):
    """Trains what `builder` builds on `data`, under controls.

    builder: a builder of `bigmodel_nb.models` (`build_mlp`), whose record gives the controls; or a function
        of the reader's own that returns a Keras model: its keyword defaults become the controls. What the
        data decide (`input_shape`, `num_outputs`, `num_classes`, `vocabulary_size`, `context_length`) is
        passed on.
    data: as for `training.fit`. `validation_data`, `loss`, `metrics` as there.
    config: a record or the name of a size to start from. `settings`: values for settings of the builder.
    learning_rate, weight_decay, optimizer (one of "sgd", "momentum", "rmsprop", "adagrad", "adam", "adamw",
        "nadam", "lion"), batch_size, epochs, seed: of training; the seed also draws the first weights.
    show: the names of at most five controls (lesson mode), of the builder or of training.
    metric: what stands on the right of the picture; prediction, theme: as in `DescentExplorer`.

    Controls: `controls[name]`, `driver` (its buttons and `ticker`), `panel` (the runs), `advice`. Results:
    `shelf` (all runs of the sitting, `training.Run` in each entry), `run` and `model` of the run in front,
    `foreseen`. Methods: `run_steps(steps)` trains without a page and returns the `Run`; `train()`, `pause()`,
    `step()`, `stop()`, `reset()` do what the buttons do; `code(name)` reproduces a run; `save(folder)`,
    `load(folder)`, `shelf.to_csv()`, `shelf.to_json()`.
    """

    figure: RunsFigure

    @all_or_nothing
    def __init__(
        self,
        builder: Any,
        data: Any,
        *,
        validation_data: Any = None,
        loss: Any = None,
        metrics: Any = None,
        config: Any = None,
        settings: dict[str, Any] | None = None,
        learning_rate: float = 0.001,
        weight_decay: float = 0.0,
        optimizer: str = "adam",
        batch_size: int = 32,
        epochs: int = 10,
        seed: int = 0,
        show: Sequence[str] | None = None,
        metric: str | None = None,
        prediction: Prediction | None = None,
        theme: str = "light",
    ):
        self.subject = Subject(builder, data, config, settings)
        shown = checked_show(show, [*(field.name for field in self.subject.fields), *TRAINING])
        super().__init__()
        given = {"validation_data": validation_data, "loss": loss, "metrics": metrics}
        self.options = {name: value for name, value in given.items() if value is not None}
        self.shelf = Shelf()
        self.bench: Bench | None = None
        self.front: Entry | None = None
        self.foreseen = Foreseen(None)
        self._began = self._drawing = self._next_picture = 0.0
        self.ask(prediction)
        self.theme = theme
        training = (learning_rate, weight_decay, optimizer, batch_size, epochs, seed)
        self.settings = Settings(self.subject, dict(zip(TRAINING, training, strict=True)))
        self.controls = self.settings.controls
        self.costs = Costs(self.subject, self.options)
        self.figure = RunsFigure(self.controls["epochs"].value, metric=metric, theme=theme)
        self.driver = Driver(self._tick, self._flipped)
        self.panel = RunsPanel(self)
        self.advice = Advice(self)
        self._facts = ipywidgets.HTML(layout={"max_width": "640px"})
        for control in self.controls.values():
            control.observe(self.changed, "value")
        for name, press in {
            "train": self.train_or_pause, "step": self.step, "stop": self.stop, "reset": self.reset,
        }.items():  # fmt: skip
            getattr(self.driver, f"{name}_button").on_click(lambda _button, press=press: press())
        self.keep(*self.controls.values(), self.driver)
        self.assemble(self._layout(shown), beneath=[self.driver])

    def _layout(self, shown: list[str] | None) -> list[ipywidgets.Widget]:
        main, more = self.settings.arranged(shown)
        boxes = {"more": (_("More knobs"), _("the other settings of the model and its training"), more)}
        boxes["runs"] = (_("Runs"), _("all runs: compare, name, pin, save"), [self.panel])
        boxes["advice"] = (
            _("Advice"),
            _("a learning rate for this model, and what training costs"),
            [self.advice],
        )
        if shown is not None:
            boxes.pop("more")
            self.keep(self.panel, self.advice)
            boxes.pop("advice")
        self.drawers = Drawers(boxes)
        return [self._facts, *main, self.drawers]

    # -- what an explorer says --------------------------------------------------------------

    def recipe(self) -> Recipe:
        """What the controls say."""
        return self.settings.recipe()

    def compute(self) -> None:
        recipe = self.recipe()
        self.foreseen = self.costs.of(recipe)
        self._facts.value = facts_html(self.costs.words(self.foreseen, recipe.epochs))
        self._steer()
        self._show_state()

    def draw(self, rescale: bool) -> None:
        if rescale:
            self._steer_dropout()
        entries = overlaid(self.shelf, self.front, self.panel.selected) if self.revealed else []
        epochs = self.bench.recipe.epochs if self.bench is not None else self.controls["epochs"].value
        self.figure.update(
            [curves_of(entry, entry is self.front) for entry in entries], epochs=epochs, rescale=rescale
        )

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

    def describe(self) -> str:
        if not self.revealed:
            return _("Predict, then train: the curves are shown.")
        if self.driver.ticker.running and self.front is not None:
            return _("{name} is training.").format(name=self.front.name)
        entries = overlaid(self.shelf, self.front, self.panel.selected)
        if not entries:
            return _("No run yet. Press Train.")
        return "; ".join(fate(entry) for entry in entries[::-1][:3]) + "."

    def code(self, name: str | None = None) -> str:
        """A cell that reproduces the numbers of a run (default: the selected one, else that in front; before
        the first, of the run that Train would begin)."""
        with self._lock:
            entry = self.shelf[name] if name is not None else self.panel.selected or self.front
            if entry is None:
                return script_of(self.subject, self.recipe(), options=self.options)
            return self._script(entry)

    def _script(self, entry: Entry) -> str:
        recipe = entry.about.get("recipe")
        if recipe is None or entry.about.get("builder") != self.subject.name:
            return _("# {name} was made elsewhere; its record says: {settings}").format(
                name=entry.name, settings=entry.settings
            )
        recipe = Recipe.from_dict(recipe)
        stopped = entry.run.steps if entry.run.ended in ("interrupted", "running") else None
        return script_of(
            self.subject, recipe, changes=entry.changes(), stopped_at=stopped, options=self.options
        )

    # -- the shelf --------------------------------------------------------------------------

    def use(self, settings: dict[str, Any]) -> None:
        """Turns the knobs to the settings of a run, as far as there are such knobs."""
        with self.together():
            for name, value in settings.items():
                if name in self.controls:
                    self.controls[name].value = value

    @locked
    def remove(self, name: str) -> None:
        """Takes a run from the shelf; one that goes on is ended first."""
        entry = self.shelf[name]
        if entry is self.front:
            self.driver.ticker.stop()
            self.bench = self.front = None
        self.shelf.remove(entry)
        self.panel.refresh()
        self.refresh()

    def save(self, folder: Any) -> list[Any]:
        """Writes each run as a file that `Run.load` reads."""
        with self._lock:
            return self.shelf.save(folder)

    @locked
    def load(self, folder: Any) -> list[Entry]:
        """Puts the runs of a folder on the shelf."""
        added = self.shelf.load(folder)
        self.panel.refresh()
        self.refresh()
        return added

    # -- the run that goes on ---------------------------------------------------------------

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
        self.driver.ticker.start()
        if not self.busy:
            self.driver.show(GOING, _("preparing: the first run loads TensorFlow and compiles"))

    @locked
    def pause(self) -> None:
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
            self.bench = Bench(self.subject, recipe, self.options)
            about = {"recipe": recipe.as_dict(), "builder": self.subject.name}
            self.front = self.shelf.add(
                self.bench.run, recipe.flat(), steps_per_epoch=self.bench.session.steps_per_epoch, about=about
            )
            self.front.run.name = self.front.name
            self._began, self._drawing, self._next_picture = time.perf_counter(), 0.0, 0.0
            self.panel.refresh()
        return self.bench

    def _guarded(self, act: Any) -> bool:
        """Whether it went well; what goes wrong is said, and nothing goes on by itself."""
        try:
            act()
        except (BuilderError, ValueError, TypeError) as error:
            words = str(error)
        except Exception as error:  # of the reader's layers, or of a memory that is full
            words = _("Training raised {kind}: {what}").format(
                kind=type(error).__name__, what=str(error).strip().split("\n")[0][:300]
            )
        else:
            return True
        self.driver.ticker.stop()
        self.bench = self.bench if self.bench is not None and not self.bench.finished else None
        self._show_state()
        self.complain(words)
        return False

    @locked
    def _tick(self) -> None:
        if not self._guarded(lambda: self._bench().tick()):
            return
        assert self.bench is not None
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
        if bench is None:
            self.driver.show(GOING if running else READY, _("preparing") if running else _("ready"))
            return
        state = ENDED if bench.finished else GOING if running else PAUSED
        session = bench.session
        self.driver.show(state, bench.words(running), session.step, session.steps, bench.run.ended)
