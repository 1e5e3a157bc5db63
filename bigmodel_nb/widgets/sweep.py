"""Many settings trained together, under sliders and lists: which are good, and how far to believe it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import Picture
from bigmodel_nb.figures.sweep_labels import metric_words, value_label, words
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.sweep_record import Sweep
from bigmodel_nb.widgets.controls import (
    FULL,
    LABEL_WIDTH,
    Dropdown,
    ToggleButtons,
    button,
    choice,
    layout,
    style_of,
    tooltip,
)
from bigmodel_nb.widgets.explorer import all_or_nothing, locked
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show, paged
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.sweep_arguments import USUAL, first_sweep, known_metric
from bigmodel_nb.widgets.sweep_cells import best_cell, code_html, sweep_cell
from bigmodel_nb.widgets.sweep_pictures import (
    CURVES,
    MAP,
    VIEWS,
    Shown,
    checked_choice,
    checked_knobs,
    epochs_of,
)
from bigmodel_nb.widgets.sweep_questions import same_winner
from bigmodel_nb.widgets.sweep_trainer import SweepTrainer
from bigmodel_nb.widgets.sweep_training import TrainingRow
from bigmodel_nb.widgets.sweep_values import ValuesField
from bigmodel_nb.widgets.sweep_words import best_settings, longest, summary

ALL = -1  # in a list of values: none is chosen


class SweepExplorer(SweepTrainer):
    """All combinations of some values of hyperparameters, trained and compared.

    `builder` (such as `models.build_mlp`, or a function of your own that returns a Keras model), `data`, the
    lists of values (`learning_rate=[0.001, 0.01], seed=[0, 1, 2]`), settings that are the same for all
    (`widths=(64,)`), `epochs`, `batch_size`, `validation_data`, `metrics`, `optimizer`, `patience`,
    `together` and `config` are those of `training.sweep`. Or `sweep`: a finished one, with its builder and
    data where more is to be trained.

    Also arguments and controls: `view`, one of "heat map", "curves", "importance", "parallel"; `metric`, a
    quantity of the history; `across` and `down`, the knobs of the heat map; `chosen`, a dict of knobs and
    values: which cell is framed, what is held fast, whose curves are shown. `studio`: an explorer with a
    method `use(settings)`, which "Use the best" calls.

    `show`, `prediction` (True: "will each seed crown the same settings?") and `theme` as in other explorers.

    Controls: `values[knob]`, `epochs`, `view`, `metric`, `across`, `down`, `cell[knob]`, `row` (buttons,
    bar, time left), `best_button`. Results: `sweep`, a `training.Sweep`; `best`, the settings with the best
    mean over seeds; `used`, what "Use the best" handed on; `summary_text`.
    """

    figure: Picture
    CONTROLS = ("train", "view", "metric", "across", "down", "cell", "values", "epochs", "best")

    @all_or_nothing
    def __init__(
        self,
        builder: Callable[..., Any] | None = None,
        data: Any = None,
        *,
        sweep: Sweep | None = None,
        epochs: int = 10,
        batch_size: Any = 32,
        validation_data: Any = None,
        metrics: Any = None,
        optimizer: Any = "adam",
        patience: int | None = None,
        together: bool | str = "auto",
        config: Any = None,
        view: str = MAP,
        metric: str = "val_loss",
        across: str | None = None,
        down: str | None = None,
        chosen: Mapping[str, Any] | None = None,
        studio: Any = None,
        show: Sequence[str] | None = None,
        prediction: Prediction | bool | None = None,
        theme: str = "light",
        **knobs: Any,
    ):
        given = {"optimizer": optimizer, "batch_size": batch_size, **knobs}
        self.sweep = first_sweep(sweep, builder, data, given)
        self.builder, self.data, self.studio, self.theme = builder, data, studio, theme
        self.fixed = {**(USUAL if sweep is not None else {}), **self.sweep.fixed}
        self.fixed = {name: value for name, value in self.fixed.items() if name not in self.sweep.knobs}
        arguments.one_of("view", view, VIEWS)
        metric = known_metric(metric, self.sweep)
        across, down = checked_knobs(self.sweep, across, down)
        wanted = checked_choice(self.sweep, chosen)
        shown = checked_show(show, self.CONTROLS)
        self.asked = {
            "validation_data": validation_data, "metrics": metrics, "patience": patience,
            "together": together, "config": config,
        }  # fmt: skip
        super().__init__()
        self._over = any(member.run is not None for member in self.sweep.members)
        self._pictures: dict[str, Picture] = {}
        self.used: dict[str, Any] | None = None
        if isinstance(prediction, bool):
            prediction = same_winner() if prediction else None
        self.ask(prediction)
        self._make_plan(epochs_of(self.sweep) if self._over else epochs)
        self._make_view(view, metric, across, down, wanted)
        self.row = TrainingRow(self.tick, self.toggle, self.stop)
        self._watch()
        self.keep(
            self.view, self.metric, self.across, self.down, self.epochs, self.row, self.best_button,
            self._best_code, *self.values.values(), *self.cell.values(),
        )  # fmt: skip
        self.assemble(
            self._groups() if shown is None else self._lesson(shown), beneath=self._beneath_picture(shown)
        )

    # -- controls ---------------------------------------------------------------------------

    def _make_plan(self, epochs: int) -> None:
        self.values = {name: ValuesField(name, several) for name, several in self.sweep.values.items()}
        self.epochs = Knob(
            "epochs", epochs, 1, 100, whole=True, check=_at_least_one, help=_("passes over the data")
        )
        self.best_button = button(
            _("Use the best"), "star", _("code for the settings with the best mean over seeds")
        )
        self.best_button.on_click(lambda _button: self.use_best())
        self._best_code = ipywidgets.HTML(layout={"max_width": "640px", "display": "none"})

    def _make_view(
        self, view: str, metric: str, across: str, down: str | None, chosen: Mapping[str, Any]
    ) -> None:
        titles = (_("Heat map"), _("Curves"), _("Importance"), _("Parallel"))
        self.view = ToggleButtons(
            options=list(zip(titles, VIEWS, strict=True)),
            value=view,
            style=style_of(ToggleButtons, button_width="auto"),
            **tooltip(_("what the picture shows")),
        )
        names = dict.fromkeys([*self.sweep.metrics, metric])
        self.metric = choice(_("metric"), [(metric_words(name), name) for name in names], metric)
        knobs = [(words(name), name) for name in self.sweep.knobs]
        self.across = choice(_("across"), knobs, across, _("the knob whose values go across"))
        rows = [(_("nothing"), ""), *knobs]
        self.down = choice(_("down"), rows, down or "", _("the knob whose values go down"))
        self.cell = {
            name: Dropdown(
                options=_options(several),
                value=several.index(chosen[name]) if name in chosen else ALL,
                description=words(name),
                style=style_of(Dropdown, description_width=LABEL_WIDTH),
                layout=layout(width=FULL, max_width="420px"),
                **tooltip(_("{knob}: which value is chosen").format(knob=words(name))),
            )
            for name, several in self.sweep.values.items()
        }

    def _watch(self) -> None:
        for control in (self.view, self.metric, *self.cell.values()):
            control.observe(self.changed, "value")
        for control in (self.across, self.down):
            control.observe(self._knobs_changed, "value")
        plan: list[Any] = [*self.values.values(), self.epochs]
        for control in plan:
            control.observe(self.plan_changed, "value")

    def _groups(self) -> list[ipywidgets.Widget]:
        pages = {
            _("What is shown"): [self.metric, self.across, self.down],
            _("Which cell"): list(self.cell.values()),
        }
        if self.builder is not None:
            pages[_("Values to try")] = [*self.values.values(), self.epochs]
        self.pages, widgets = paged(pages)
        return [*widgets, ipywidgets.HBox([self.best_button]), self._best_code]

    def _beneath_picture(self, shown: Sequence[str] | None) -> list[ipywidgets.Widget]:
        beneath: list[ipywidgets.Widget] = []
        if shown is None or "view" in shown:
            beneath.append(self.view)
        if (shown is None or "train" in shown) and self.builder is not None:
            beneath.append(self.row)
        return beneath

    def _lesson(self, shown: Sequence[str]) -> list[ipywidgets.Widget]:
        parts: dict[str, list[ipywidgets.Widget]] = {
            "metric": [self.metric], "across": [self.across], "down": [self.down],
            "cell": list(self.cell.values()), "values": list(self.values.values()), "epochs": [self.epochs],
            "best": [ipywidgets.HBox([self.best_button]), self._best_code],
        }  # fmt: skip
        return [widget for name in shown for widget in parts.get(name, [])]

    # -- what is chosen ---------------------------------------------------------------------

    @property
    def chosen(self) -> dict[str, Any]:
        """The knobs of which a value is chosen, and that value."""
        chosen = {name: one.value for name, one in self.cell.items() if one.value != ALL}
        return {name: self.sweep.values[name][place] for name, place in chosen.items()}

    @locked
    def _knobs_changed(self, change) -> None:
        """Across and down are two knobs: who takes the other's gives it its own."""
        if change["new"] and self.across.value == self.down.value:
            other = self.down if change["owner"] is self.across else self.across
            left = [name for name in self.sweep.knobs if name != change["new"]]
            with self.silently():
                if change["old"] or other is self.down:
                    other.value = change["old"]
                elif left:
                    other.value = left[0]
                else:  # there is one knob only, and it goes across
                    change["owner"].value = ""
        self.changed(change)

    def show_values(self, sweep: Sweep) -> None:
        self.sweep = sweep
        with self.silently():
            for name, one in self.cell.items():
                options = _options(sweep.values[name])
                if options != list(one.options):
                    before = {place: label for label, place in one.options}[one.value]
                    one.options = options
                    one.value = next((place for label, place in options if label == before), ALL)

    def learn_metrics(self) -> None:
        names = self.sweep.metrics
        if names and [name for _label, name in self.metric.options] != names:
            present = known_metric(self.metric.value, self.sweep, or_first=True)
            with self.silently():
                self.metric.options = [(metric_words(name), name) for name in names]
                self.metric.value = present

    # -- the best ---------------------------------------------------------------------------

    @property
    def best(self) -> dict[str, Any] | None:
        """The settings (without the seed) with the best mean over seeds; None while nothing is known."""
        return best_settings(self.shown)

    @locked
    def use_best(self) -> None:
        """Shows the code that trains one model with the best settings, and hands them to the studio."""
        settings = self.best
        if settings is None:
            self.complain(_("Nothing is known yet: train first."))
            return
        self.used = dict(settings)
        self._best_code.value = code_html(best_cell(self, settings))
        self._best_code.layout.display = None
        self.complain("")
        if callable(getattr(self.studio, "use", None)):
            try:
                self.studio.use(dict(settings))
            except Exception as error:
                self.complain(_("The studio did not take these settings: {why}").format(why=error))

    # -- what an explorer says --------------------------------------------------------------

    def compute(self) -> None:
        sweep = self.sweep
        if not self.revealed:  # what came of it would tell the answer
            sweep = Sweep.of(sweep.values, fixed=sweep.fixed)
        self.shown = Shown(
            sweep,
            self.metric.value,
            self.across.value,
            self.down.value or None,
            self.chosen,
            self.shown_epochs(),
        )

    def draw(self, rescale: bool) -> None:
        view = self.view.value
        kind, settings = self.shown.arguments(view)
        if view not in self._pictures:
            self._pictures[view] = kind(**settings, theme=self.theme)
        elif view == CURVES:
            self._pictures[view].update(**settings, rescale=rescale)  # type: ignore[attr-defined]
        else:
            self._pictures[view].update(**settings)  # type: ignore[attr-defined]
        self.figure = self._pictures[view]
        self.show_row()

    def describe(self) -> str:
        if not self.revealed:
            return _("What came of it is hidden. Predict, and it is shown.")
        return summary(self.shown, self.view.value, self.state == "over")

    def longest(self) -> str:
        return longest(self.shown)

    def code(self) -> str:
        with self._lock:
            return sweep_cell(self)

    def close(self) -> None:
        super().close()
        self._pictures = {}


def _options(values: Sequence[Any]) -> list[tuple[str, int]]:
    return [(_("all"), ALL), *((value_label(value, 40), place) for place, value in enumerate(values))]


def _at_least_one(name: str, value: Any) -> int:
    return arguments.whole(name, value, 1)
