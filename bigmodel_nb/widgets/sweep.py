"""Many settings trained together, under sliders and lists: which are good, and how far to believe it."""

from __future__ import annotations

import time
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
    Dropdown,
    ToggleButtons,
    button,
    choice,
    layout,
    style_of,
    tooltip,
)
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing, locked
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show, paged
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.sweep_cells import best_cell, code_html, sweep_cell
from bigmodel_nb.widgets.sweep_pictures import (
    MAP,
    VIEWS,
    Shown,
    checked_choice,
    checked_knobs,
    epochs_of,
)
from bigmodel_nb.widgets.sweep_questions import same_winner
from bigmodel_nb.widgets.sweep_training import TrainingRow, elapsed, share_done
from bigmodel_nb.widgets.sweep_values import ValuesField, checked_values
from bigmodel_nb.widgets.sweep_words import best_settings, summary

MOST_MEMBERS = 1024
REDRAWN = 0.4  # seconds between two pictures while it trains
ALL = -1  # in a list of values: none is chosen
DEFAULTS: dict[str, Any] = {
    "batch_size": 32, "validation_data": None, "metrics": None, "optimizer": "adam", "patience": None,
    "together": "auto", "config": None,
}  # fmt: skip


class SweepExplorer(Explorer):
    """All combinations of some values of hyperparameters, trained and compared.

    `builder` (such as `models.build_mlp`, or a function of your own that returns a Keras model), `data`, the
    lists of values (`learning_rate=[0.001, 0.01], seed=[0, 1, 2]`), `epochs` and `batch_size`,
    `validation_data`, `metrics`, `optimizer`, `patience`, `together`, `config` are those of
    `training.sweep`. Or `sweep`: a finished one.

    Also arguments and controls: `view`, one of "heat map", "curves", "importance", "parallel"; `metric`, a
    quantity of the history; `across` and `down`, the knobs of the heat map; `chosen`, a dict of knobs and
    values: which cell is framed, what is held fast, whose curves are shown. `studio`: an explorer with a
    method `use(settings)`, which "Use the best" calls.

    `show`, `prediction` (True: "does every seed have the same winner?") and `theme` as in other explorers.

    Controls: `values[knob]`, `epochs`, `view`, `metric`, `across`, `down`, `cell[knob]`, `row` (buttons,
    bar, time left), `best_button`. `train()`, `pause()`, `stop()` do what the buttons do; `run()` trains to
    the end and returns then. Results: `sweep`, a `training.Sweep`; `best`, the settings with the best mean
    over seeds; `used`, what "Use the best" handed on; `summary_text`.
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
        batch_size: int = 32,
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
        self.builder, self.data, self.studio = builder, data, studio
        self.sweep = _checked_sweep(sweep, builder, data, knobs)
        arguments.one_of("view", view, VIEWS)
        if not isinstance(metric, str) or not metric:
            raise arguments.wrong_type("metric", _('a name such as "val_loss"'), metric)
        if sweep is not None and sweep.metrics:
            metric = _known_metric(metric, sweep)
        across, down = checked_knobs(self.sweep, across, down)
        wanted = checked_choice(self.sweep, chosen)
        shown = checked_show(show, self.CONTROLS)
        self.asked = {
            "batch_size": arguments.whole("batch_size", batch_size, 1), "validation_data": validation_data,
            "metrics": metrics, "optimizer": optimizer, "patience": patience, "together": together,
            "config": config,
        }  # fmt: skip
        super().__init__()
        self.theme = theme
        self._sweeping: Any = None
        self._over = sweep is not None  # whether what is shown has ended
        self._drawn = 0.0
        self._pictures: dict[str, Picture] = {}
        self.used: dict[str, Any] | None = None
        if isinstance(prediction, bool):
            prediction = same_winner() if prediction else None
        self.ask(prediction)
        self._make_controls(view, metric, across, down, wanted, epochs_of(sweep) if sweep else epochs)
        self.figure = self._picture()
        self._watch()
        self.keep(self.view, self.metric, self.across, self.down, self.epochs, self.row, self.best_button,
                  self._best_code, *self.values.values(), *self.cell.values())  # fmt: skip
        self.assemble(
            self._groups() if shown is None else self._lesson(shown),
            beneath=self._beneath_picture(shown),
        )

    # -- controls ---------------------------------------------------------------------------

    def _make_controls(self, view, metric, across, down, wanted, epochs) -> None:
        sweep = self.sweep
        self.values = {name: ValuesField(name, sweep.values[name]) for name in sweep.knobs}
        self.epochs = Knob(
            "epochs", epochs, 1, 100, whole=True, check=_at_least_one, help=_("passes over the data")
        )
        self.view = ToggleButtons(
            options=[(_("Heat map"), MAP), (_("Curves"), "curves"), (_("Importance"), "importance"),
                     (_("Parallel"), "parallel")],
            value=view,
            style=style_of(ToggleButtons, button_width="auto"),
            **tooltip(_("what the picture shows")),
        )  # fmt: skip
        names = sweep.metrics or [metric]
        self.metric = choice(
            _("metric"), [(metric_words(name), name) for name in dict.fromkeys([*names, metric])], metric
        )
        knobs = [(words(name), name) for name in sweep.knobs]
        self.across = choice(_("across"), knobs, across, _("the knob whose values go across"))
        nothing = [(_("nothing"), "")]
        self.down = choice(_("down"), nothing + knobs, down or "", _("the knob whose values go down"))
        self.cell = {
            name: Dropdown(
                options=_options(sweep.values[name]),
                value=_place(sweep.values[name], wanted[name]) if name in wanted else ALL,
                description=words(name),
                style=style_of(Dropdown, description_width="132px"),
                layout=layout(width=FULL, max_width="420px"),
                **tooltip(_("which {knob} is chosen").format(knob=words(name))),
            )
            for name in sweep.knobs
        }
        self.row = TrainingRow(self._tick, self._on_train, self.stop)
        self.best_button = button(_("Use the best"), "star", _("the settings with the best mean over seeds"))
        self.best_button.on_click(lambda _button: self.use_best())
        self._best_code = ipywidgets.HTML(layout={"max_width": "640px", "display": "none"})

    def _watch(self) -> None:
        for control in (self.view, self.metric, *self.cell.values()):
            control.observe(self.changed, "value")
        for control in (self.across, self.down):
            control.observe(self._knobs_changed, "value")
        plan: list[Any] = [*self.values.values(), self.epochs]
        for control in plan:
            control.observe(self._plan_changed, "value")

    def _groups(self) -> list[ipywidgets.Widget]:
        pages = {
            _("What is shown"): [self.metric, self.across, self.down],
            _("Which cell"): list(self.cell.values()),
            _("Values to try"): [*self.values.values(), self.epochs],
        }
        self.pages, widgets = paged(pages)
        return [*widgets, self.best_button, self._best_code]

    def _beneath_picture(self, shown: Sequence[str] | None) -> list[ipywidgets.Widget]:
        beneath: list[ipywidgets.Widget] = []
        if shown is None or "view" in shown:
            beneath.append(self.view)
        if (shown is None or "train" in shown) and self.builder is not None:
            beneath.append(self.row)
        return beneath

    def _lesson(self, shown: Sequence[str]) -> list[ipywidgets.Widget]:
        parts = {
            "metric": [self.metric], "across": [self.across], "down": [self.down],
            "cell": list(self.cell.values()), "values": list(self.values.values()), "epochs": [self.epochs],
            "best": [self.best_button, self._best_code],
        }  # fmt: skip
        return [widget for name in shown for widget in parts.get(name, [])]

    # -- what is chosen ---------------------------------------------------------------------

    @property
    def chosen(self) -> dict[str, Any]:
        """The knobs of which a value is chosen, and that value."""
        return {
            name: self.sweep.values[name][one.value] for name, one in self.cell.items() if one.value != ALL
        }

    def planned(self) -> dict[str, list[Any]]:
        """The values that Train begins with."""
        return {name: list(field.value) for name, field in self.values.items()}

    @property
    def is_new(self) -> bool:
        """Whether Train would begin with other values than those shown."""
        return self.planned() != self.sweep.values or self.epochs.value != self.shown_epochs()

    def shown_values(self) -> dict[str, list[Any]]:
        return self.sweep.values

    def shown_epochs(self) -> int:
        """The epochs of the members that are shown."""
        return epochs_of(self.sweep) if self._begun else self.epochs.value

    @property
    def _begun(self) -> bool:
        return self._over or self._sweeping is not None

    @locked
    def _plan_changed(self, change) -> None:
        values = self.planned()
        members = 1
        for several in values.values():
            members *= len(several)
        if members > MOST_MEMBERS:
            reason = _("these would be {n:,} members; at most {most:,} are trained here").format(
                n=members, most=MOST_MEMBERS
            )
            change["owner"].value = change["old"]
            self.complain(reason)
            return
        if not self._begun:
            self._take(Sweep.of(values))
        self.refresh()

    @locked
    def _knobs_changed(self, change) -> None:
        """Across and down are two knobs: whoever names the other's swaps them."""
        if change["new"] and self.across.value == self.down.value:
            other = self.down if change["owner"] is self.across else self.across
            left = [name for name in self.sweep.knobs if name != change["new"]]
            with self.silently():
                other.value = change["old"] or (left[0] if left else "")
        self.changed(change)

    def _take(self, sweep: Sweep) -> None:
        """Shows another sweep over the same knobs."""
        self.sweep = sweep
        with self.silently():
            for name, one in self.cell.items():
                before = (
                    None
                    if one.value == ALL
                    else {place: label for label, place in one.options}.get(one.value)
                )
                options = _options(sweep.values[name])
                if options != list(one.options):
                    one.options = options
                    one.value = next((place for label, place in options if label == before), ALL)

    # -- training ---------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self.row.running

    @property
    def state(self) -> str:
        if self._sweeping is None:
            return "over" if self._over else "new"
        return "running" if self.running else "paused"

    def _on_train(self) -> None:
        if self.running:
            self.pause()
        else:
            self.train()

    @locked
    def train(self) -> None:
        """Trains with each tick of the page; goes on where it was paused, begins anew where it has ended or
        other values are asked for."""
        if self._prepare() and not self._over:
            self.row.start()
            self._show_row()

    @locked
    def pause(self) -> None:
        if self.running:
            self.row.pause()
            self.refresh()

    @locked
    def stop(self) -> None:
        """Ends the training for good. What is known stays; members that were at work are interrupted."""
        self.row.pause()
        if self._sweeping is not None:
            self._end(self._sweeping.stop)
            self.refresh()

    def run(self, seconds: float | None = None) -> Sweep:
        """Trains to the end, or for about so many seconds, and returns the sweep. For cells and scripts."""
        if seconds is not None:
            seconds = arguments.positive("seconds", seconds)
        end = None if seconds is None else time.monotonic() + seconds
        try:
            while self._advance_once(end):
                pass
        finally:
            if not self.closed:
                self.refresh(moving=False) if not self.message else None
        return self.sweep

    @locked
    def _advance_once(self, end: float | None) -> bool:
        """One slice of `run`; whether there is more to do."""
        if self._sweeping is None and (self._over and not self.is_new):
            return False
        if not self._prepare():
            return False
        self._advance(0.1)
        return self._sweeping is not None and (end is None or time.monotonic() < end)

    def _prepare(self) -> bool:
        """Makes the sweep that is asked for, unless it is there; says why it cannot be."""
        if self.builder is None:
            self.complain(_("This sweep came without its builder: it can be looked at, and not trained."))
            return False
        if self._sweeping is not None and not self.is_new:
            return True
        self._drop()
        self.row.show(self.sweep, "preparing")
        from bigmodel_nb import training

        try:
            sweeping = training.Sweeping(
                self.builder, self.data, epochs=self.epochs.value, **self.asked, **self.planned()
            )
        except Exception as error:  # of the reader's builder, too
            self._failed(error)
            return False
        self._sweeping, self._over = sweeping, False
        self.row.forget()
        self._take(sweeping.sweep)
        return True

    @locked
    def _tick(self, seconds: float) -> None:
        if self._sweeping is None:  # started by the button of ipywidgets 7
            if not self._prepare():
                self.row.pause()
                return
        self._advance(seconds)

    def _advance(self, seconds: float) -> None:
        try:
            finished, spent = elapsed(lambda: self._sweeping.advance(seconds))
        except Exception as error:
            self._failed(error)
            return
        self.row.spent(spent, share_done(self.sweep, self.shown_epochs()))
        self._learn_metrics()
        if finished:
            self._end()
            self.refresh()
        elif time.monotonic() - self._drawn >= REDRAWN:
            self.refresh(moving=True)
            self._drawn = time.monotonic()
        else:
            self._show_row()

    def _end(self, stop: Callable[[], Any] | None = None) -> None:
        self.row.pause()
        if stop is not None:
            stop()
        self._sweeping, self._over = None, True
        self._learn_metrics()

    def _drop(self) -> None:
        if self._sweeping is not None:
            self._end(self._sweeping.stop)

    def _failed(self, error: Exception) -> None:
        """The reader's builder or data, most of the time: a sentence, and all as it was."""
        self.row.pause()
        self._sweeping = None
        self._over = any(member.run is not None for member in self.sweep.members)
        self.refresh()
        plain = str(error) if type(error) in (ValueError, TypeError) else f"{type(error).__name__}: {error}"
        self.complain(_("Nothing was trained: {why}").format(why=arguments.received(_Plain(plain), 300)))

    def _learn_metrics(self) -> None:
        """The metrics are known once members have a history."""
        names = self.sweep.metrics
        if names and [name for _label, name in self.metric.options] != names:
            present = self.metric.value
            with self.silently():
                self.metric.options = [(metric_words(name), name) for name in names]
                self.metric.value = _known_metric(present, self.sweep, or_first=True)

    def _show_row(self) -> None:
        waiting = 0
        if self._begun and self.is_new:
            waiting = 1
            for several in self.planned().values():
                waiting *= len(several)
        self.row.show(self.sweep, self.state, epochs=self.shown_epochs(), next_count=waiting)

    def _on_clock(self) -> None:
        if not self.running:  # while it trains, the next picture is on its way
            super()._on_clock()

    # -- the best ---------------------------------------------------------------------------

    @property
    def best(self) -> dict[str, Any] | None:
        """The settings (without the seed) with the best mean over seeds; None while nothing is known."""
        return best_settings(self.shown)

    @locked
    def use_best(self) -> None:
        """Shows the code that trains one model with the best settings, and hands them to the studio."""
        settings = self.best
        if settings is None or not self.revealed:
            self.complain(_("Nothing is known yet: train first."))
            return
        self.used = dict(settings)
        self._best_code.value = code_html(best_cell(self, settings))
        self._best_code.layout.display = None
        if self.studio is not None and callable(getattr(self.studio, "use", None)):
            try:
                self.studio.use(dict(settings))
            except Exception as error:
                self.complain(_("The studio did not take them: {why}").format(why=error))
                return
        self.complain("")

    # -- what an explorer says --------------------------------------------------------------

    def compute(self) -> None:
        sweep = self.sweep
        if not self.revealed:  # what was found out would tell the answer
            sweep = Sweep.of(sweep.values, fixed=sweep.fixed)
        self.shown = Shown(sweep, self.metric.value, self.across.value, self.down.value or None, self.chosen)

    def _picture(self) -> Picture:
        view = self.view.value
        if view not in self._pictures:
            shown = Shown(
                self.sweep, self.metric.value, self.across.value, self.down.value or None, self.chosen
            )
            kind, settings = shown.arguments(view)
            self._pictures[view] = kind(**settings, theme=self.theme)
        return self._pictures[view]

    def draw(self, rescale: bool) -> None:
        self.figure = self._picture()
        _kind, settings = self.shown.arguments(self.view.value)
        if self.view.value == "curves":
            settings["rescale"] = rescale
        self.figure.update(**settings)  # type: ignore[attr-defined]
        self._show_row()

    def describe(self) -> str:
        if not self.revealed:
            return _("What came of it is hidden. Predict, and it is shown.")
        return summary(self.shown, self.view.value, self._over)

    def code(self) -> str:
        with self._lock:
            return sweep_cell(self)

    def close(self) -> None:
        if not self.closed:
            with self._lock:
                sweeping, self._sweeping = self._sweeping, None
                if sweeping is not None:
                    self.row.pause()
                    sweeping.stop()
                self._pictures = {}
        super().close()


class _Plain(str):
    __repr__ = str.__str__


def _checked_sweep(sweep: Any, builder: Any, data: Any, knobs: Mapping[str, Any]) -> Sweep:
    """The sweep to show first: the one given, or one over the given values that has not begun."""
    if sweep is not None:
        if not isinstance(sweep, Sweep) or not sweep.members or not sweep.knobs:
            raise arguments.wrong_type("sweep", _("a Sweep, as training.sweep returns it"), sweep)
        for name in knobs:
            raise arguments.wrong_value(name, _("left out beside a finished sweep"), knobs[name])
        if builder is not None and not callable(builder):
            raise arguments.wrong_type("builder", _("a function that returns a Keras model"), builder)
        return sweep
    if not callable(builder):
        raise arguments.wrong_type(
            "builder", _("a function that returns a Keras model, such as build_mlp"), builder
        )
    if data is None:
        raise arguments.wrong_type("data", _("a data set with a training part, or (x, y)"), data)
    values = {name: checked_values(name, several) for name, several in knobs.items()}
    if not values:
        raise arguments.wrong_value(
            "knobs", _("lists of values to try, such as learning_rate=[0.001, 0.01], seed=[0, 1]"), knobs
        )
    members = 1
    for several in values.values():
        members *= len(several)
    if members > MOST_MEMBERS:
        expected = _("lists with at most {most} combinations").format(most=MOST_MEMBERS)
        raise arguments.wrong_value("knobs", expected, members)
    return Sweep.of(values)


def _known_metric(metric: str, sweep: Sweep, or_first: bool = False) -> str:
    if metric in sweep.metrics:
        return metric
    if metric == "val_loss" or or_first:  # the default, where nothing was held out
        return "loss" if "loss" in sweep.metrics else sweep.metrics[0]
    return arguments.one_of("metric", metric, sweep.metrics)


def _options(values: Sequence[Any]) -> list[tuple[str, int]]:
    return [(_("all"), ALL), *((value_label(value, 40), place) for place, value in enumerate(values))]


def _place(values: Sequence[Any], value: Any) -> int:
    return next(place for place, one in enumerate(values) if one == value)


def _at_least_one(name: str, value: Any) -> int:
    return arguments.whole(name, value, 1)
