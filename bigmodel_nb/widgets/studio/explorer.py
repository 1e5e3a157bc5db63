"""A control panel over any builder and data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.figures.runs import RunsFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.foresight import Foreseen
from bigmodel_nb.widgets.controls import choice
from bigmodel_nb.widgets.explorer import all_or_nothing, locked
from bigmodel_nb.widgets.lesson import checked_show
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.studio.advice import Advice
from bigmodel_nb.widgets.studio.bench import PACES, Recipe
from bigmodel_nb.widgets.studio.buttons import Driver
from bigmodel_nb.widgets.studio.costs import Costs
from bigmodel_nb.widgets.studio.drawers import Drawers
from bigmodel_nb.widgets.studio.driving import LIVE
from bigmodel_nb.widgets.studio.living import Live
from bigmodel_nb.widgets.studio.overlay import curves_of, overlaid
from bigmodel_nb.widgets.studio.panel import RunsPanel
from bigmodel_nb.widgets.studio.script import script_of
from bigmodel_nb.widgets.studio.settings import TRAINING, Settings
from bigmodel_nb.widgets.studio.shelf import Entry, Shelf
from bigmodel_nb.widgets.studio.subject import Subject
from bigmodel_nb.widgets.studio.words import facts_html, fate, foreseen_words


class StudioExplorer(Live):
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
    pace: "full speed", "an epoch a tick" or "a step a tick"; the page ticks up to ten times a second.
    live: whether the whole run is trained anew, and its curve redrawn, whenever a knob is turned; for small
        models.
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
        pace: str = "full speed",
        live: bool = False,
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
        self.foreseen = Foreseen(None)
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
        self.pace = choice(
            _("pace"), [(_(one), one) for one in PACES], arguments.one_of("pace", pace, PACES),
            _("how much is trained between two pictures: slower is easier to follow"),
        )  # fmt: skip
        self._make_live(live)
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
        boxes = {
            "more": (
                _("More knobs"),
                _("the other settings of the model and its training"),
                [*more, self.pace],
            )
        }
        boxes["runs"] = (_("Runs"), _("all runs: compare, name, pin, save"), [self.panel])
        boxes["advice"] = (
            _("Advice"),
            _("a learning rate for this model, and what training costs"),
            [self.advice],
        )
        if shown is not None:
            boxes.pop("more")
            self.keep(self.panel, self.advice, self.pace)
            boxes.pop("advice")
        self.drawers = Drawers(boxes)
        if shown is not None and not self.live.value:
            self.keep(self.live_row)
            return [self._facts, *main, self.drawers]
        return [self._facts, self.live_row, *main, self.drawers]

    # -- what an explorer says --------------------------------------------------------------

    def recipe(self) -> Recipe:
        """What the controls say."""
        return self.settings.recipe()

    def compute(self) -> None:
        recipe = self.recipe()
        try:
            self.foreseen = self.costs.of(recipe)
            words = foreseen_words(self.foreseen)
        except (ValueError, TypeError) as error:  # of the reader's builder
            self.foreseen, words = Foreseen(None), f"⚠ {error}"
        self._facts.value = facts_html(" · ".join([words, *self._waiting(recipe)]))
        self._steer()
        self._retrain(recipe)
        self._show_state()

    def _waiting(self, recipe: Recipe) -> list[str]:
        """What was turned during a run and cannot be taken up by it."""
        if not self.busy or self.bench is None:
            return []
        now, then = recipe.flat(), self.bench.recipe.flat()
        taken = [*LIVE, *(["dropout"] if self.bench.session.dropout is not None else [])]
        names = [name for name in now if now[name] != then[name] and name not in taken]
        names = [name.replace("_", " ") for name in names]
        return [_("for the next run: {names}").format(names=", ".join(names))] if names else []

    def draw(self, rescale: bool) -> None:
        if rescale:
            self._steer_dropout()
        live = self.preview.entry
        entries = overlaid(self.shelf, self.front, self.panel.selected, live) if self.revealed else []
        foremost = live or self.front
        epochs = self.controls["epochs"].value
        if self.bench is not None and live is None:
            epochs = self.bench.recipe.epochs
        self.figure.update(
            [curves_of(entry, entry is foremost) for entry in entries], epochs=epochs, rescale=rescale
        )

    def describe(self) -> str:
        if not self.revealed:
            return _("Predict, then train: the curves are shown.")
        if self.driver.ticker.running and self.front is not None:
            return _("{name} is training.").format(name=self.front.name)
        entries = overlaid(self.shelf, self.front, self.panel.selected, self.preview.entry)
        if not entries:
            return _("No run yet. Press Train.")
        return "; ".join(fate(entry) for entry in entries[::-1][:3]) + "."

    def code(self, name: str | None = None) -> str:
        """A cell that reproduces the numbers of a run (default: the selected one, else that in front; before
        the first, of the run that Train would begin)."""
        with self._lock:
            entry = self.shelf[name] if name is not None else self.panel.selected
            entry = entry or self.preview.entry or self.front
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
