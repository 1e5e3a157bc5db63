"""A small network that learns to divide the plane, under sliders: trained in NumPy while you watch."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing, locked
from bigmodel_nb.widgets.lesson import checked_show, paged
from bigmodel_nb.widgets.options import offer
from bigmodel_nb.widgets.playground_cells import keras_cell, numpy_cell, settings_words, state_line
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.ticking import BY_ITSELF, Ticker
from bigmodel_nb.widgets.words import amount

BUSY = 0.085  # seconds of a tick of a tenth that training and drawing may take
RARE, LONGEST = 0.3, 1.0  # ticks farther apart come from a hidden tab; so long it may then train at most
MOST_EPOCHS = 20_000  # that a constructor trains for
MOST_RUNS = 6
SOURCES = {"numpy": numpy_cell, "keras": keras_cell, "one line": state_line}


@dataclass
class EarlierRun:
    """A run that was ended by a reset or another setting: what it was, and what came of it."""

    number: int
    settings: str
    epochs: int
    train_loss: float
    test_loss: float
    test_losses: list[float] = field(repr=False)


class PlaygroundExplorer(Explorer):
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

    `show`, `prediction` and `theme` as in `DescentExplorer`. `run(epochs)` trains and draws, and needs no
    browser; `play()` and `pause()` do what the button does.
    Results: `experiment` (a `maths.experiment.Experiment`), `runs` (earlier ones), `summary_text`.
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
        unit: str = make.OUTPUT,
        weight_from: str = make.NOTHING,
        discretize: bool = False,
        show_test: bool = True,
        pace: str = "fast",
        source: str = "numpy",
        show: Sequence[str] | None = None,
        prediction: Prediction | None = None,
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
        self.ask(prediction)
        self.runs: list[EarlierRun] = []
        self._numbers = 0
        self._experiment: Experiment | None = None
        self._key: tuple | None = None
        self._last_tick, self._drawing = 0.0, 0.03
        self.source = source
        make.make_data(self, data, make.noise_of(data) if noise is None else noise, n, share, seed)
        make.make_network(self, names, widths, activation, initializer)
        make.make_training(
            self, rate, optimizer, make.usual_loss(data) if loss is None else loss, batch_size, pace
        )
        make.make_regularization(self, l1, l2, dropout, patience)
        make.make_looks(self, discretize, show_test)
        actions = {
            "play": self.toggle, "step": self.step, "reset": self.reset, "forget": self.forget,
            "anew": self.anew,
        }  # fmt: skip
        make.make_transport(self, actions)
        self.clock = Ticker(self._tick, interval=100, own_button=True)
        if not BY_ITSELF:  # the buttons of the clock's own widget are in its place
            self.play_button.layout = make.layout(display="none")
        self.theme = theme
        self._parts = self._made_parts()
        self.keep(*(one for part in self._parts.values() for one in part), self.clock.widget)
        self._compute_run()
        self._offer_units()
        self._choose_unit(unit, weight_from)
        self.figure = PlaygroundFigure(self.experiment, **self._scene(), theme=theme)
        self._watch()
        self.assemble(
            self._groups() if shown is None else self._lesson(shown),
            beneath=[self._transport] if shown is None or "play" in shown else [],
        )

    # -- controls ---------------------------------------------------------------------------

    def _made_parts(self) -> dict[str, list[ipywidgets.Widget]]:
        """Name of a control -> what is on the page for it."""
        self._transport = make.row([self.play_button, self.clock.widget, self.step_button, self.reset_button])
        self._runs_words = ipywidgets.HTML(layout={"max_width": "640px"})
        parts: dict[str, list[ipywidgets.Widget]] = {
            "inputs": [make.row(list(self.inputs.values()))],
            "hidden": [self.depth, *self.widths],
            "seed": [self.seed, self.anew_button],
            "weight": [self.weight_from, self.weight],
            "runs": [self._runs_words, self.forget_button],
            "play": [self._transport],
        }
        for name in self.CONTROLS:
            parts.setdefault(name, [getattr(self, name)])
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
        self.unit.observe(self._unit_changed, "value")
        for part in (self.weight_from, self.discretize, self.show_test, self.pace):
            part.observe(self.changed, "value")
        self.weight.observe(self._weight_changed, "value")

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
            self._offer_weights()
        self.changed(change)

    @locked
    def _weight_changed(self, change) -> None:
        place = self.weight_place()
        if self._quiet or place is None:
            return
        self.experiment.change(place, self.weight.value)
        self.changed(change)

    def _offer_units(self) -> None:
        """The lists of units and weights follow the network; what is still there stays chosen."""
        options = [(_("output"), make.OUTPUT), *((name, name) for name in self.chosen_inputs())]
        title = _("layer {layer}, unit {unit}")
        for layer, width in enumerate(self.hidden(), 1):
            options += [
                (title.format(layer=layer, unit=unit), f"{layer}.{unit}") for unit in range(1, width + 1)
            ]
        offer(self.unit, options)
        self._offer_weights()
        for place, knob in enumerate(self.widths):
            knob.layout.display = None if place < self.depth.value else "none"

    def _offer_weights(self) -> None:
        offer(self.weight_from, [(_("none"), make.NOTHING), *((_(one), one) for one in self._sources())])

    def _sources(self) -> list[str]:
        """What the unit shown has weights for."""
        layer = self._layer()
        if layer is None:
            return []
        before = self.chosen_inputs() if layer == 0 else [str(n + 1) for n in range(self.hidden()[layer - 1])]
        return [*before, make.BIAS]

    def _layer(self) -> int | None:
        """The layer of the unit shown, counted from 0; None for an input."""
        name = self.unit.value
        if name == make.OUTPUT:
            return self.depth.value
        return int(name.split(".")[0]) - 1 if "." in name else None

    def _choose_unit(self, unit: str, weight_from: str) -> None:
        arguments.one_of("unit", unit, [value for _title, value in self.unit.options])
        self.unit.value = unit
        self._offer_weights()
        arguments.one_of("weight_from", weight_from, [value for _title, value in self.weight_from.options])
        self.weight_from.value = weight_from

    def weight_place(self) -> tuple[int, int, int] | None:
        """The weight chosen: (layer, from, to), counted from 0; None where none is."""
        layer, source = self._layer(), self.weight_from.value
        if layer is None or source == make.NOTHING:
            return None
        unit = 0 if self.unit.value == make.OUTPUT else int(self.unit.value.split(".")[1]) - 1
        return layer, self._sources().index(source), unit

    # -- the run ----------------------------------------------------------------------------

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
            self._keep_run()
            self._key, self._experiment = key, experiment
            self.began_with = {name: getattr(self, name).value for name in make.LIVE}
            self._settings = settings_words(self)
            experiment.run(self._goal)
            self._goal, self._planned = 0, ()
            with self.silently():
                for name, what in make.LIVE.items():  # changes on the way were made
                    getattr(self, name).value = getattr(experiment.training, what)
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

    def _keep_run(self) -> None:
        """The run so far is kept for comparison, if it came to anything."""
        old = self._experiment
        if old is None or not old.epochs:
            return
        self._numbers += 1
        run = EarlierRun(
            self._numbers, self._settings, old.epochs, old.train_losses[-1],
            old.test_losses[-1], old.test_losses,
        )  # fmt: skip
        self.runs = [*self.runs, run][-MOST_RUNS:]

    # -- what the reader does ---------------------------------------------------------------

    @property
    def playing(self) -> bool:
        return self.clock.running

    @locked
    def play(self) -> None:
        """Trains with each tick of the browser, until `pause()` or the end."""
        if self.experiment.ended:
            return
        self._last_tick = time.perf_counter()
        self.clock.start()
        self._label()

    @locked
    def pause(self) -> None:
        if self.playing:
            self.clock.stop()
            self._label()
            self.refresh()

    def toggle(self) -> None:
        """What the play button does."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def _label(self) -> None:
        self.play_button.description = _("Pause") if self.playing else _("Play")
        self.play_button.icon = "pause" if self.playing else "play"

    @locked
    def step(self) -> None:
        """One epoch; stops playing."""
        self.pause()
        self.experiment.run(1)
        self.refresh()

    def run(self, epochs: int) -> None:
        """Trains for so many epochs and draws; it needs no browser."""
        epochs = arguments.whole("epochs", epochs, 0, 100_000)
        goal = None
        while not self.closed:
            with self._lock:  # in slices, so that a pressed button has its turn
                goal = self.experiment.epochs + epochs if goal is None else goal
                left = goal - self.experiment.epochs
                if left <= 0 or self.experiment.ended:
                    break
                self.experiment.advance(0.1, most=left)
        self.refresh()

    @locked
    def reset(self) -> None:
        """Back to the first weights; the run so far is kept for comparison."""
        self.pause()
        self._key = None
        self.refresh()

    @locked
    def anew(self) -> None:
        """New points and weights, of the next seed."""
        self.seed.value += 1

    @locked
    def forget(self) -> None:
        """Lets go of the earlier runs."""
        self.runs = []
        self.refresh()

    @locked
    def _tick(self) -> None:
        now = time.perf_counter()
        gap, self._last_tick = now - self._last_tick, now
        slice_ = min(0.8 * gap, LONGEST) if gap > RARE else max(BUSY - self._drawing, 0.02)
        self.experiment.advance(slice_, most=make.PACES[self.pace.value])
        if self.experiment.ended:
            self.pause()
            return
        before = time.perf_counter()
        self.refresh(moving=True)
        self._drawing = 0.7 * self._drawing + 0.3 * (time.perf_counter() - before)

    def _on_clock(self) -> None:
        if not self.playing:  # else the next tick draws again
            super()._on_clock()

    # -- what an explorer says --------------------------------------------------------------

    def compute(self) -> None:
        earlier = self._key
        self._compute_run()
        if self._key != earlier:
            with self.silently():
                self._offer_units()
        place = self.weight_place()
        with self.silently():
            if place is not None:
                layer, source, unit = place
                value = float(self.experiment.training.weights[layer][source, unit])
                self.weight.value = value if abs(value) < 1e300 else 0.0

    def _scene(self) -> dict[str, Any]:
        name = self.unit.value
        unit: Any = tuple(int(one) - 1 for one in name.split(".")) if "." in name else name
        return {
            "inputs": self.chosen_inputs(), "train": self._points.train, "test": self._points.test,
            "unit": unit, "weight": self.weight_place(), "discretize": self.discretize.value,
            "show_test": self.show_test.value, "earlier": [run.test_losses for run in self.runs],
        }  # fmt: skip

    def draw(self, rescale: bool) -> None:
        self.figure.update(self.experiment, **self._scene(), rescale=rescale)

    def describe(self) -> str:
        experiment, points = self.experiment, self._points
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

    def code(self) -> str:
        with self._lock:
            return SOURCES[self.source](self)
