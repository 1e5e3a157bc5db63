"""A whole training redrawn under a slider: a real Keras model on real data."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.figures.retraining import RetrainingFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.retraining import Curve, Retrainer
from bigmodel_nb.training.run import DIVERGED
from bigmodel_nb.widgets.controls import choice, layout
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing, locked
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show, paged
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.retraining_builders import Builder, checked_builders, takes
from bigmodel_nb.widgets.retraining_words import card_html, described, retraining_cell, speed
from bigmodel_nb.widgets.still import bundles
from bigmodel_nb.widgets.ticking import BY_ITSELF

SLICE = 0.1  # seconds of training between two looks at the page
OPTIMIZERS = ("sgd", "adam", "rmsprop", "adagrad", "adamw")
NAMES = {
    "sgd": "gradient descent",
    "adam": "Adam",
    "rmsprop": "RMSProp",
    "adagrad": "AdaGrad",
    "adamw": "AdamW",
}
MOST_SEEDS = 20


class RetrainingExplorer(Explorer):
    """Loss and accuracy by epoch of a Keras model, trained anew from the same first weights at every change.

    builder: a function that returns a Keras model (default: `models.build_mlp`), or a dict of several by
        name, among which a list chooses. `fields` are passed to it.
    data: as in `fit` (default: `data.digits()`); `validation_data` too.
    learning_rate, weight_decay, optimizer (one of "sgd", "adam", "rmsprop", "adagrad", "adamw"), epochs,
        batch_size: of the training.
    dropout, width: of the models whose builders take `dropout` or `widths`; `width` is the number of units of
        each of its hidden layers. None: what `fields` or the builder say, and no control.
    seed: of first weights, order of examples and masks. seeds: how many seeds are trained in all; the others
        become a band, once the control rests.

    Each is also a control of the same name; with several models, `model` is the list. `show`, `prediction`
    and `theme` as in `DescentExplorer`.

    Keras is loaded, and the first model compiled, when the explorer is shown (or by `settle()`), which takes
    some seconds and is said. What needs more than 0.1 s goes on in slices, epoch by epoch; in a front end
    with ipywidgets 7 it is done at once. A width, an optimizer or a batch size that is new compiles for a
    second or so, and waits until the slider rests.

    Results: `curve`, a `training.retraining.Curve` (a `Run`) with `loss`, `val_loss` and `val_accuracy`;
    `others`, those of the other seeds; `earlier`, that of before the last change; `settle()` waits for them.
    """

    figure: RetrainingFigure
    CONTROLS = (
        "model", "learning_rate", "weight_decay", "dropout", "width", "optimizer", "epochs", "batch_size",
        "seed", "seeds",
    )  # fmt: skip

    @all_or_nothing
    def __init__(
        self,
        builder: Builder | Mapping[str, Builder] | None = None,
        data: Any = None,
        *,
        model: str | None = None,
        validation_data: Any = None,
        learning_rate: float = 0.1,
        weight_decay: float = 0.0,
        dropout: float | None = None,
        width: int | None = None,
        optimizer: str = "sgd",
        epochs: int = 10,
        batch_size: int = 32,
        seed: int = 0,
        seeds: int = 1,
        show: Sequence[str] | None = None,
        prediction: Prediction | None = None,
        theme: str = "light",
        **fields: Any,
    ):
        self.builders = checked_builders(builder)
        shown = checked_show(show, self.CONTROLS)
        arguments.one_of("optimizer", optimizer, OPTIMIZERS)
        first = next(iter(self.builders)) if model is None else model
        arguments.one_of("model", first, self.builders)
        self.data, self.validation_data, self.fields = data, validation_data, fields
        super().__init__()
        self.curve: Curve | None = None
        self.earlier: Curve | None = None
        self.others: list[Curve] = []
        self._retrainers: dict[str, Retrainer] = {}
        self._started = False
        self._wanted: dict[str, Any] | None = None  # the state of the run under way, or done
        self._queue: list[int] = []  # seeds that are still to be trained
        self._running: Retrainer | None = None
        self._rested: Curve | None = None
        self._dragging = self._compiles = self._waits = False
        self.ask(prediction)
        self.model = choice(_("model"), [(name, name) for name in self.builders], first)
        self.learning_rate = Knob(
            "learning_rate", learning_rate, 1e-4, 100, log=True, label=_("learning rate"),
            check=arguments.positive, help=_("how long the steps are"),
        )  # fmt: skip
        self.weight_decay = Knob(
            "weight_decay", weight_decay, 0, 0.2, step=0.002, label=_("weight decay"),
            check=arguments.non_negative,
            help=_("the share of itself that each weight loses in a step, times the learning rate"),
        )  # fmt: skip
        self.dropout = self._optional(
            "dropout", dropout, 0, 0.8, label=_("dropout"), check=_share, step=0.02,
            help=_("the share of hidden units that is silenced in each step"),
        )  # fmt: skip
        self.width = self._optional(
            "width", width, 1, 256, label=_("hidden units"), check=_at_least_one, whole=True,
            help=_("units in each hidden layer; another number is compiled first"),
        )  # fmt: skip
        self.optimizer = choice(_("optimizer"), [(_(NAMES[name]), name) for name in OPTIMIZERS], optimizer)
        self.epochs = Knob("epochs", epochs, 1, 50, whole=True, check=_at_least_one)
        self.batch_size = Knob(
            "batch_size", batch_size, 1, 256, whole=True, label=_("batch size"), check=_at_least_one
        )
        self.seed = Knob("seed", seed, 0, 20, whole=True, check=_at_least_zero)
        self.seeds = Knob("seeds", seeds, 1, 10, whole=True, check=_seeds, help=_("how many are trained"))
        self._facts = ipywidgets.HTML(layout=layout(max_width="640px", min_height="22px"))
        self.theme = theme
        self.figure = RetrainingFigure(self.epochs.value, theme=theme)
        knobs = self._knobs()
        for control in knobs.values():
            control.observe(self.changed, "value")
        self.keep(*knobs.values())
        self.assemble(self._groups() if shown is None else [knobs[name] for name in shown if name in knobs],
                      beneath=[self._facts])  # fmt: skip

    def _optional(self, name: str, value: Any, low: float, high: float, **settings: Any) -> Knob | None:
        return None if value is None else Knob(name, value, low, high, **settings)

    def _knobs(self) -> dict[str, ipywidgets.Widget]:
        found = {name: getattr(self, name) for name in self.CONTROLS}
        if len(self.builders) < 2:
            found.pop("model")
        return {name: control for name, control in found.items() if control is not None}

    def _groups(self) -> list[ipywidgets.Widget]:
        knobs = self._knobs()
        pages = {
            _("Training"): ("model", "learning_rate", "weight_decay"),
            _("Model"): ("dropout", "width"),
            _("Rule and length"): ("optimizer", "batch_size", "epochs"),
            _("Luck"): ("seed", "seeds"),
        }
        filled = {title: [knobs[name] for name in names if name in knobs] for title, names in pages.items()}
        self.pages, widgets = paged({title: page for title, page in filled.items() if page})
        return widgets

    # -- what is trained --------------------------------------------------------------------

    def settings(self) -> dict[str, Any]:
        """What the controls say: the arguments of `Retrainer.run`, but for the seed."""
        found, builder = dict(self.fields), self.builders[self.model.value]
        if self.dropout is not None and takes(builder, "dropout"):
            found["dropout"] = self.dropout.value
        if self.width is not None and takes(builder, "widths"):
            found["widths"] = (self.width.value,) * max(1, len(_listed(self.fields.get("widths", (1,)))))
        for name in ("learning_rate", "weight_decay", "optimizer", "epochs", "batch_size"):
            found[name] = getattr(self, name).value
        return found

    def _retrainer(self) -> Retrainer:
        name = self.model.value
        if name not in self._retrainers:
            data = self.data
            if data is None:
                from bigmodel_nb.data import digits

                data = digits()
            self._retrainers[name] = Retrainer(
                self.builders[name], data, validation_data=self.validation_data
            )
        return self._retrainers[name]

    @property
    def pending(self) -> bool:
        """Whether there is something left to train for the present state."""
        return self._running is not None or bool(self._queue) or self._waits

    def compute(self) -> None:
        if not self._started:
            return
        retrainer, settings = self._retrainer(), self.settings()
        wanted = {**settings, "model": self.model.value, "seed": self.seed.value, "seeds": self.seeds.value}
        if wanted != self._wanted:
            self._waits = self._compiles = False
            if not retrainer.ready(**settings):
                self._waits = self._dragging and BY_ITSELF
                self._compiles = True
            if self._waits:
                return
            self._begin(wanted)
            if self._compiles and BY_ITSELF and not self._blocking:
                return  # first it is said; the next tick compiles
        self._go_on(retrainer, settings)

    _blocking = False  # while code waits for the results

    def _begin(self, wanted: dict[str, Any]) -> None:
        """Forgets the run under way: another one is asked for. Seeds that only are more are added."""
        known = self._wanted and {**self._wanted, "seeds": wanted["seeds"]}
        if known == wanted and self.curve is not None and self._running is None:
            done = range(wanted["seed"], wanted["seed"] + 1 + len(self.others))
            self.others = self.others[: wanted["seeds"] - 1]
            self._queue = list(range(done.stop, wanted["seed"] + wanted["seeds"]))
            self._wanted = wanted
            return
        if self._rested is not None:
            self.earlier, self._rested = self._rested, None
        if self._running is not None:
            self._running.drop()
        self._running, self._wanted = None, None
        self.curve, self.others = None, []
        self._queue = list(range(wanted["seed"], wanted["seed"] + wanted["seeds"]))
        self._wanted = wanted

    def _go_on(self, retrainer: Retrainer, settings: dict[str, Any]) -> None:
        """Trains for a slice; where no tick will come, to the end. While a slider is dragged, one seed."""
        end = time.perf_counter() + SLICE
        try:
            while self._running is not None or self._queue:
                if self._running is None:
                    if self._dragging and BY_ITSELF and self.curve is not None:
                        break
                    curve = retrainer.begin(seed=self._queue.pop(0), **settings)
                    self._running = retrainer
                    if self.curve is None:
                        self.curve = curve
                    else:
                        self.others.append(curve)
                if self._running.advance(max(0.0, end - time.perf_counter())):
                    self._running = None
                self._compiles = False
                if BY_ITSELF and not self._blocking and time.perf_counter() >= end:
                    break
        except BaseException:
            self._running, self._queue, self._wanted = None, [], None
            raise

    # -- when -------------------------------------------------------------------------------

    @locked
    def refresh(self, moving: bool = False) -> None:
        if not self._quiet:
            self._dragging = moving
            super().refresh(moving)

    def _show(self, moving: bool) -> None:
        more = self.pending and self._started
        super()._show(moving or more)
        if not more and not moving and self.curve is not None:
            self._rested = self.curve

    @locked
    def _on_clock(self) -> None:
        resting = not self._dragging and (self._running is not None or self._queue)
        if self._running is not None or resting:
            super().refresh(moving=True)
        else:
            super()._on_clock()

    @locked
    def settle(self) -> None:
        """Loads Keras where that is still to be done, trains to the end, and draws at rest."""
        self._started = self._blocking = True
        try:
            self.refresh()
        finally:
            self._blocking = False

    def still(self) -> bytes:
        """The picture at rest, as PNG bytes."""
        with self._lock:
            if not self._settled or not self._started or self.pending:
                self.settle()
            return bytes(self.image.value)

    def _ipython_display_(self, **kwargs: Any) -> None:
        if self.closed or self._started:
            super()._ipython_display_(**kwargs)
            return
        from IPython.display import display

        # What is coming is on the page before Keras is; the controls follow once they answer. (A live view
        # there that is replaced by another would take the ticks of the page with it.)
        with self._lock:
            words = self.summary_text
            card = card_html(bytes(self.image.value), words, self.figure.width)
            handle = display({"text/plain": words, "text/html": card}, raw=True, display_id=True)
            self.settle()
            live, still = bundles(self, self.still(), self.summary_text, self.figure.width)
            if handle is None:  # outside of a notebook
                display(live, raw=True)
            else:
                handle.update(live, raw=True)
            display(still, raw=True)

    def close(self) -> None:
        """Closes the explorer, and lets go of what was compiled for it."""
        super().close()
        self.__dict__.pop("_retrainers", None)

    # -- what an explorer says --------------------------------------------------------------

    def draw(self, rescale: bool) -> None:
        self.figure.reach(self.epochs.value)
        self.figure.say(self._word())
        hidden = not self.revealed or self.curve is None
        self.figure.update(
            {} if hidden or self.curve is None else self.curve.history,
            earlier=self.earlier.history if self.earlier is not None and self.revealed else None,
            others=[] if hidden else [other.history for other in self.others],
            ran_away=None if hidden else _ran_away(self.curve),
            rescale=rescale,
        )
        self._facts.value = speed(self)

    def _word(self) -> str:
        if not self._started:
            return _("Keras is loading.\nThe first curve takes\nsome seconds.")
        if not self.revealed:
            return _("Predict first.")
        if self._waits:
            return _("Another model:\nlet go, and it is compiled.")
        if self._compiles:
            return _("Compiling another model\nfor a second or two.")
        return ""

    def describe(self) -> str:
        return described(self)

    def longest(self) -> str:
        return described(self, longest=True)

    def code(self) -> str:
        with self._lock:
            return retraining_cell(self)


def _ran_away(curve: Curve | None) -> int | None:
    """The epoch in which a curve ended before its time, counted from 1."""
    return curve.epochs + 1 if curve is not None and curve.ended == DIVERGED else None


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _share(name: str, value: Any) -> float:
    return arguments.between(name, value, 0.0, 1.0, high_open=True)


def _seeds(name: str, value: Any) -> int:
    return arguments.whole(name, value, 1, MOST_SEEDS)


def _at_least_one(name: str, value: Any) -> int:
    return arguments.whole(name, value, 1)


def _at_least_zero(name: str, value: Any) -> int:
    return arguments.whole(name, value, 0)
