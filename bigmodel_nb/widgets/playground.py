"""A small network that learns to divide the plane, under sliders: trained in NumPy while you watch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.data.playground import MAKERS, QUANTITIES, Points, playground_points
from bigmodel_nb.figures.playground import PlaygroundFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.experiment import Experiment
from bigmodel_nb.maths.features import checked_inputs, features
from bigmodel_nb.maths.knobs import truth
from bigmodel_nb.maths.neurons import Network
from bigmodel_nb.maths.optimizers import OPTIMIZERS
from bigmodel_nb.widgets import playground_controls as make
from bigmodel_nb.widgets.explorer import all_or_nothing, locked
from bigmodel_nb.widgets.lesson import checked_show, paged
from bigmodel_nb.widgets.playground_cells import keras_cell, numpy_cell, settings_words, state_line
from bigmodel_nb.widgets.playground_playing import Playing
from bigmodel_nb.widgets.playground_runs import EarlierRun, EarlierRuns
from bigmodel_nb.widgets.playground_units import NOTHING, OUTPUT, UnitChoice
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.words import amount

MOST_EPOCHS = 20_000  # that a constructor trains for
SOURCES = {"numpy": numpy_cell, "keras": keras_cell, "one line": state_line}


class PlaygroundExplorer(Playing):
    """A network of up to six layers of eight units learns to tell points of the plane apart.

    Arguments, each also a control. The points: `data`, one of `data.playground.MAKERS`; `noise` (default:
    one that suits the data), `n` points (20 to 5,000), `share` of them to train on, `seed` of points,
    weights and order. The network: `inputs`, some of `maths.features.FEATURES`; `hidden`, the units of each
    layer; `activation`; `initializer`. The training: `rate`; `optimizer`; `loss` (default: binary
    cross-entropy, for quantities squared error); `batch_size`; `l1`, `l2`, `dropout`; `patience` of early
    stopping, 0 for none. `epochs` are trained at the start; `changes` are made on the way, as in
    `maths.experiment.Experiment`. What is shown: `unit`, whose map is enlarged: "output", an input, or "2.1"
    for unit 1 of layer 2; `weight_from`, an input of that unit by name, or "bias"; `discretize`;
    `show_test`; `pace`; `source`, the kind of code shown: "numpy", "keras" or "one line".

    With the loss "binary cross-entropy" the network's output is a score and the classes are 0 and 1; with
    the others the output is the tanh of a score and the classes are -1 and 1.

    `show`, `prediction` (True for "how many will be right?", which `epochs` answer) and `theme` as in
    `DescentExplorer`. `run(epochs)` trains and draws, and needs no
    browser; `play()` and `pause()` do what the button does.
    Results: `experiment` (a `maths.experiment.Experiment`), `runs` (earlier ones, a list of `EarlierRun`),
    `summary_text`.
    """

    figure: PlaygroundFigure
    CONTROLS = (
        "data", "noise", "n", "share", "seed", "inputs", "hidden", "activation", "initializer", "rate",
        "optimizer", "loss", "batch_size", "l1", "l2", "dropout", "patience", "unit", "weight", "discretize",
        "show_test", "pace", "runs", "play",
    )  # fmt: skip

    @all_or_nothing
    def __init__(
        self,
        data: str = "circle",
        hidden: Sequence[int] = (4, 2),
        inputs: Sequence[str] = ("x1", "x2"),
        *,
        activation: str = "tanh",
        rate: float = 0.03,
        optimizer: str = "gradient descent",
        loss: str | None = None,
        batch_size: int = 10,
        l1: float = 0.0,
        l2: float = 0.0,
        dropout: float = 0.0,
        patience: int = 0,
        initializer: str = "glorot uniform",
        noise: float | None = None,
        n: int = 500,
        share: float = 0.5,
        seed: int = 0,
        epochs: int = 0,
        changes: Sequence[tuple] = (),
        unit: str = OUTPUT,
        weight_from: str = NOTHING,
        discretize: bool = False,
        show_test: bool = True,
        pace: str = make.RISING,
        source: str = "numpy",
        show: Sequence[str] | None = None,
        prediction: Prediction | bool | None = None,
        theme: str = "light",
    ):
        arguments.one_of("data", data, MAKERS)
        widths, names = make.checked_hidden(hidden), checked_inputs(inputs)
        shown = checked_show(show, self.CONTROLS)
        known: dict[str, tuple[Any, Iterable[str]]] = {
            "activation": (activation, make.ACTIVATIONS), "optimizer": (optimizer, OPTIMIZERS),
            "initializer": (initializer, make.INITIALIZERS), "pace": (pace, make.PACES),
            "source": (source, SOURCES),
        }  # fmt: skip
        for name, (value, choices) in known.items():
            arguments.one_of(name, value, choices)
        if loss is not None:
            arguments.one_of("loss", loss, make.USABLE)
        discretize, show_test = truth("discretize", discretize), truth("show_test", show_test)
        self._goal = arguments.whole("epochs", epochs, 0, MOST_EPOCHS)
        self._planned = changes
        super().__init__()
        self.ask(
            (_will_it_learn(self._goal) if prediction else None)
            if isinstance(prediction, bool)
            else prediction
        )
        self._experiment: Experiment | None = None
        self._key: tuple | None = None
        self._settings = ""
        self.earlier, self.looks = EarlierRuns(), UnitChoice()
        self.unit, self.weight_from = self.looks.unit, self.looks.weight_from
        self.weight = self.looks.weight
        self.keep(self.earlier.box, self.unit, self.looks.box)
        self.earlier.forget_button.on_click(lambda _button: self.forget())
        make.make_data(self, data, make.noise_of(data) if noise is None else noise, n, share, seed)
        make.make_network(self, names, widths, activation, initializer)
        self.keep(*self.widths)
        make.make_training(
            self, rate, optimizer, make.usual_loss(data) if loss is None else loss, batch_size, pace
        )
        make.make_regularization(self, l1, l2, dropout, patience)
        make.make_looks(self, discretize, show_test)
        self.source = make.source_choice(source)
        self.anew_button.on_click(lambda _button: self.anew())
        self._transport = self._make_transport()
        self.theme = theme
        self._parts = self._made_parts()
        self.keep(*(one for part in self._parts.values() for one in part), self.source)
        self._compute_run()
        self._follow()
        self.looks.choose(unit, weight_from)
        self.figure = PlaygroundFigure(self.experiment, **self._scene(), theme=theme)
        self._watch()
        self.assemble(
            self._groups() if shown is None else self._lesson(shown),
            beneath=[self._transport] if shown is None or "play" in shown else [],
        )
        self._source_box = ipywidgets.VBox([self.source], layout={"display": "none"})
        *above, code = self.children
        self.children = [*above, self._source_box, code]

    # -- controls ---------------------------------------------------------------------------

    def _made_parts(self) -> dict[str, list[ipywidgets.Widget]]:
        """Name of a control -> what is on the page for it."""
        parts: dict[str, list[ipywidgets.Widget]] = {
            "inputs": [make.row(list(self.inputs.values()))],
            "hidden": [self.depth, *self.widths],
            "seed": [self.seed, self.anew_button],
            "unit": [self.looks.unit],
            "weight": [self.looks.box],
            "runs": [self.earlier.box],
            "play": [self._transport],
        }
        for name in self.CONTROLS:
            if name not in parts:
                parts[name] = [getattr(self, name)]
        return parts

    def _groups(self) -> list[ipywidgets.Widget]:
        pages = {
            _("Network"): ("inputs", "hidden", "activation", "initializer"),
            _("Data"): ("data", "noise", "n", "share", "seed"),
            _("Training"): ("rate", "batch_size", "optimizer", "loss", "pace"),
            _("Regularization"): ("l1", "l2", "dropout", "patience"),
            _("Look and change"): ("unit", "weight", "discretize", "show_test"),
            _("Earlier runs"): ("runs",),
        }
        self.pages, widgets = paged(
            {title: [one for name in names for one in self._parts[name]] for title, names in pages.items()}
        )
        return widgets

    def _lesson(self, shown: Sequence[str]) -> list[ipywidgets.Widget]:
        return [one for name in shown if name != "play" for one in self._parts[name]]

    def _watch(self) -> None:
        for name in make.STRUCTURE:
            if name != "data":
                getattr(self, name).observe(self._restructured, "value")
        self.data.observe(self._data_changed, "value")
        for part in (*self.inputs.values(), *self.widths):
            part.observe(self._restructured, "value")
        for name in make.LIVE:
            getattr(self, name).observe(self.changed, "value")
        self.looks.unit.observe(self._unit_changed, "value")
        for part in (self.looks.weight_from, self.discretize, self.show_test, self.pace):
            part.observe(self.changed, "value")
        self.source.observe(self._source_changed, "value")
        self.looks.weight.observe(self._weight_changed, "value")

    def _restructured(self, change) -> None:
        if not self._quiet:
            self.pause()
        self.changed(change)

    def _data_changed(self, change) -> None:
        with self.silently():  # other data want their own noise, and a loss that fits
            self.noise.value = make.noise_of(change["new"])
            if (change["new"] in QUANTITIES) != (change["old"] in QUANTITIES):
                self.loss.value = make.usual_loss(change["new"])
        self._restructured(change)

    def _unit_changed(self, change) -> None:
        with self.silently():
            self.looks.follow_unit()
        self.changed(change)

    @locked
    def _weight_changed(self, change) -> None:
        place = self.looks.place()
        if self._quiet:
            return
        if place is not None:
            self.experiment.change(place, self.looks.weight.value)
        self.changed(change)

    def _follow(self) -> None:
        """What there is to choose from follows the network."""
        self.looks.follow(self.chosen_inputs(), self.hidden())
        for place, knob in enumerate(self.widths):
            knob.layout.display = None if place < self.depth.value else "none"

    @locked
    def _source_changed(self, _change) -> None:
        if self._code.value:
            self._code.value = self._code_html()

    @locked
    def _on_code(self, one) -> None:
        super()._on_code(one)
        self._source_box.layout.display = None if self._code.value else "none"

    @locked
    def anew(self) -> None:
        """New points and weights, of the next seed."""
        self.seed.value += 1

    @locked
    def forget(self) -> None:
        """Lets go of the earlier runs."""
        self.earlier.forget()
        self.refresh()

    # -- the run ----------------------------------------------------------------------------

    @property
    def runs(self) -> list[EarlierRun]:
        """The runs that were ended, the latest last."""
        return self.earlier.runs

    def begin_again(self) -> None:
        self._key = None

    @property
    def experiment(self) -> Experiment:
        assert self._experiment is not None
        return self._experiment

    def chosen_inputs(self) -> list[str]:
        """What the network is shown."""
        return [name for name, box in self.inputs.items() if box.value]

    def hidden(self) -> tuple[int, ...]:
        """The units of each hidden layer."""
        return tuple(knob.value for knob in self.widths[: self.depth.value])

    def _setting(self) -> tuple:
        return (
            tuple(self.chosen_inputs()),
            self.hidden(),
            *(getattr(self, name).value for name in make.STRUCTURE),
        )

    def _compute_run(self) -> None:
        key = self._setting()
        if key != self._key:
            experiment = self._begun()  # what is wrong is refused here, before anything is given up
            self.earlier.keep(self._experiment, self._settings)
            self._key, self._experiment = key, experiment
            self.began_with = {name: getattr(self, name).value for name in make.LIVE}
            self._settings = settings_words(self)
            self._planned = ()
            return
        training = self.experiment.training
        for name, what in make.LIVE.items():
            value = getattr(self, name).value
            if getattr(training, what) == value:
                continue
            if self.experiment.epochs:
                self.experiment.change(what, value)
            else:
                setattr(training, what, value)
                self.began_with[name] = value

    def _reach_goal(self) -> None:
        """The epochs that the constructor was asked for; what changed on the way shows in the controls."""
        self.experiment.run(self._goal)
        self._goal = 0
        with self.silently():
            for name, what in make.LIVE.items():
                getattr(self, name).value = getattr(self.experiment.training, what)

    def points(self) -> Points:
        """The points of the present settings."""
        return playground_points(
            self.data.value, self.n.value, noise=self.noise.value, share=self.share.value,
            seed=self.seed.value, validation=self.patience.value > 0,
        )  # fmt: skip

    def _begun(self) -> Experiment:
        points, names = self.points(), self.chosen_inputs()
        seen = checked_inputs(names)
        signed = points.task == "classification" and self.loss.value != make.YES_OR_NO
        if points.task == "regression" and self.loss.value == make.YES_OR_NO:
            raise arguments.wrong_value(
                "loss", _("one of quantities, such as 'squared error'"), self.loss.value
            )
        start = Network.initial(
            [len(seen), *self.hidden(), 1],
            activation=self.activation.value,
            output="tanh" if signed else "linear",
            loss=self.loss.value,
            initializer=self.initializer.value,
            seed=self.seed.value,
            l1=self.l1.value,
            l2=self.l2.value,
            dropout=self.dropout.value,
        )
        parts = [points.train, points.test, *([points.validation] if points.validation else [])]
        pairs = [(features(x, seen), 2 * y - 1 if signed else y) for x, y in parts]
        experiment = Experiment(
            start,
            *pairs[:2],
            batch_size=self.batch_size.value,
            optimizer=OPTIMIZERS[self.optimizer.value](learning_rate=self.rate.value),
            seed=self.seed.value,
            validation=pairs[2] if points.validation else None,
            patience=self.patience.value,
            changes=self._planned,
        )
        self._points = points
        self.start = start
        return experiment

    # -- what an explorer says --------------------------------------------------------------

    def compute(self) -> None:
        earlier = self._key
        self._compute_run()
        if self._goal and self.revealed:
            self._reach_goal()
        if self._key != earlier:
            with self.silently():
                self._follow()
        with self.silently():
            self.looks.show(self.experiment.training.weights)

    def _scene(self) -> dict[str, Any]:
        return {
            "inputs": self.chosen_inputs(), "train": self._points.train, "test": self._points.test,
            "unit": self.looks.shown(), "weight": self.looks.place(), "discretize": self.discretize.value,
            "show_test": self.show_test.value, "earlier": [run.test_losses for run in self.runs],
        }  # fmt: skip

    def draw(self, rescale: bool) -> None:
        self.figure.update(self.experiment, **self._scene(), rescale=rescale)

    def describe(self) -> str:
        experiment, points = self.experiment, self._points
        if not self.revealed:
            return _("A network of {count} parameters, not trained yet. Predict, and it is.").format(
                count=self.start.count
            )
        words = _(
            "After {epochs} epochs the loss is {train} on training points and {test} on test points"
        ).format(
            epochs=f"{experiment.epochs:,}",
            train=amount(experiment.train_losses[-1]),
            test=amount(experiment.test_losses[-1]),
        )
        if points.task == "classification":
            right = experiment.right()
            words += _("; {train:.1%} and {test:.1%} of them are classified right").format(
                train=right[0], test=right[1]
            )
        words += _(". The network has {count} parameters.").format(count=self.start.count)
        return words + self._end()

    def _end(self) -> str:
        experiment = self.experiment
        if experiment.diverged:
            return " " + _(
                "It diverged: its weights are too large for numbers. Reset, and try a smaller rate."
            )
        if experiment.stopped:
            return " " + _("It stopped early and went back to epoch {best}.").format(
                best=experiment.best_epoch
            )
        return ""

    def longest(self) -> str:
        return self.describe() + " 0.000123" if self.revealed else ""

    def code(self) -> str:
        with self._lock:
            return SOURCES[self.source.value](self)


def _will_it_learn(epochs: int) -> Prediction:
    """The question of `prediction=True`; the run of `epochs` epochs answers it."""

    def truth(explorer: PlaygroundExplorer) -> str:
        explorer.settle()  # trains
        right = explorer.experiment.right()[1]
        return options[0] if right > 0.95 else options[1] if right > 0.8 else options[2]

    options = [_("more than 95 %"), _("80 to 95 %"), _("less")]
    question = _("After {epochs} epochs, how many of the test points will it classify right?")
    return Prediction("playground/will-it-learn", question.format(epochs=epochs), options, truth=truth)
