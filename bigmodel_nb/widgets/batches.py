"""Batch, mini-batch and stochastic descent on real data, under sliders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.data.bundled import load_breast_cancer, load_diabetes
from bigmodel_nb.figures.batches import BatchFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.language import ngettext
from bigmodel_nb.maths.data_surfaces import from_data
from bigmodel_nb.maths.knobs import truth
from bigmodel_nb.maths.noise_ball import noise_radius
from bigmodel_nb.maths.regression import BatchPath, Problem, train
from bigmodel_nb.maths.scaling import standardize
from bigmodel_nb.maths.schedules import SCHEDULES, for_steps
from bigmodel_nb.widgets.cells import batches_cell
from bigmodel_nb.widgets.controls import choice, layout, switch
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show, paged
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.transport import Transport
from bigmodel_nb.widgets.words import amount

OWN = "own"
KINDS = ("batch", "mini-batch", "stochastic")
DATA = {
    "diabetes": (load_diabetes, "bmi", "squared"),
    "breast cancer": (load_breast_cancer, "mean radius", "logistic"),
}
RATES = {"diabetes": 0.02, "breast cancer": 0.5}  # at which all three kinds get somewhere
MOST_GRADIENTS = 20_000  # beyond this a redraw is no longer at once


class BatchExplorer(Explorer):
    """Batch, mini-batch and stochastic descent at the same number of per-example gradients.

    The model has one weight and one bias. `data` is "diabetes" (disease progression from body mass
    index, a line by squared error), "breast cancer" (which tumors are benign, from their radius, by
    cross-entropy), or a `maths.regression.Problem` of the reader's own with one feature.

    Arguments, each also a control: `kinds`, some of "batch", "mini-batch", "stochastic"; `rate`, the
    learning rate of all (default: one that suits the data); `batch_size` of the mini-batches; `passes`
    over the data, which sets how many per-example gradients each kind may spend; `schedule` of the rate,
    one of `maths.schedules.SCHEDULES`; `seed` of the shuffling; `zoom`, the neighborhood of the minimum
    only; `position`, the number of gradients spent at the moment shown (default: all).

    `show`, `prediction` and `theme` as in `DescentExplorer`.

    Controls: `data`, `kinds[name]`, `rate`, `batch_size`, `passes`, `schedule`, `seed`, `zoom`,
    `transport`. Results: `paths`, a list of `maths.regression.BatchPath`; `radii`, how far from the
    minimum each keeps moving (None where it ran away); `summary_text`.
    """

    figure: BatchFigure
    CONTROLS = ("data", "kinds", "rate", "batch_size", "passes", "schedule", "seed", "zoom", "play")

    @all_or_nothing
    def __init__(
        self,
        data: str | Problem = "diabetes",
        kinds: Sequence[str] = KINDS,
        rate: float | None = None,
        *,
        batch_size: int = 32,
        passes: int = 3,
        schedule: str = "constant",
        seed: int = 0,
        zoom: bool = False,
        position: int | None = None,
        show: Sequence[str] | None = None,
        prediction: Prediction | None = None,
        theme: str = "light",
    ):
        wanted = arguments.some_of("kinds", kinds, KINDS)
        shown = checked_show(show, self.CONTROLS)
        arguments.one_of("schedule", schedule, SCHEDULES)
        zoom = truth("zoom", zoom)
        if rate is not None:
            arguments.positive("rate", rate)
        self._problems: dict[str, tuple] = {}
        if isinstance(data, Problem):
            name = OWN
            own = (_("your data"), OWN)
            if data.x.shape[1] != 1:
                raise arguments.wrong_value("data", _("a Problem with one feature"), data.x)
            self._problems[OWN] = data, from_data(data.x[:, 0], data.y, data.loss, name=OWN)
        else:
            name, own = arguments.one_of("data", data, DATA), None
        super().__init__()
        self.paths: list[BatchPath] = []
        self.radii: list[float | None] = []
        self._runs: dict[str, tuple[Any, BatchPath]] = {}
        self.ask(prediction)
        options = [(_("diabetes: progression by body mass"), "diabetes")]
        options.append((_("breast cancer: benign by radius"), "breast cancer"))
        self.data = choice(_("data"), [own, *options] if own else options, name, _("what the model learns"))
        self.kinds = {
            kind: switch(kind, kind in wanted, _("show {kind} descent").format(kind=kind)) for kind in KINDS
        }
        self.rate = Knob(
            "learning_rate",
            self._usual_rate() if rate is None else rate,
            1e-4,
            1,
            log=True,
            label=_("learning rate"),
            check=arguments.positive,
            help=_("the learning rate of all kinds"),
        )
        self.batch_size = Knob(
            "batch_size", batch_size, 2, 128, whole=True, label=_("mini-batch size"), check=_at_least_one
        )
        self.passes = Knob(
            "passes", passes, 1, 10, whole=True, label=_("passes over data"), check=self._checked_passes
        )
        self.schedule = choice(_("schedule"), [(title, title) for title in SCHEDULES], schedule)
        self.seed = Knob("seed", seed, 0, 20, whole=True, label=_("seed of shuffling"), check=_at_least_zero)
        self.zoom = switch(_("zoom on the minimum"), zoom, _("the neighborhood of the minimum only"))
        self.transport = Transport(
            self._budget(), stride=max(self._budget() // 50, 1), label=_("gradients spent")
        )
        if position is not None:
            self.transport.position = arguments.whole("position", position, 0, self._budget())
        self.theme = theme
        self.figure = BatchFigure(self.ground()[1], theme=theme)
        self._watch()
        self.keep(
            self.data, self.rate, self.batch_size, self.passes, self.schedule, self.seed, self.zoom,
            self.transport, *self.kinds.values(),
        )  # fmt: skip
        self.assemble(
            self._groups() if shown is None else self._lesson(shown),
            beneath=[self.transport] if shown is None or "play" in shown else [],
        )

    # -- controls ---------------------------------------------------------------------------

    def _checked_passes(self, name: str, value: Any) -> int:
        most = max(MOST_GRADIENTS // len(self.ground()[0]), 1)
        return arguments.whole(name, value, 1, most)

    def _watch(self) -> None:
        self.passes.observe(self._length_changed, "value")
        self.data.observe(self._data_changed, "value")
        self.transport.observe(self.changed, "position")
        watched = (self.rate, self.batch_size, self.schedule, self.seed, self.zoom, *self.kinds.values())
        for control in watched:
            control.observe(self.changed, "value")

    def _usual_rate(self) -> float:
        return RATES.get(self.data.value, self.ground()[1].rate)

    def _data_changed(self, change) -> None:
        with self.silently():
            self.rate.value = self._usual_rate()
        self._length_changed(change)

    def _length_changed(self, change) -> None:
        with self.silently():
            if self.passes.value * len(self.ground()[0]) > MOST_GRADIENTS:
                self.passes.value = max(MOST_GRADIENTS // len(self.ground()[0]), 1)
            self.transport.span(self._budget())
            self.transport.stride = max(self._budget() // 50, 1)
        self.changed(change)

    def _kinds_row(self):
        return ipywidgets.HBox(list(self.kinds.values()), layout=layout(flex_flow="row wrap"))

    def _groups(self) -> list[ipywidgets.Widget]:
        pages = {
            _("Descent"): [self._kinds_row(), self.rate, self.batch_size, self.zoom],
            _("Data and length"): [self.data, self.passes],
            _("Schedule and seed"): [self.schedule, self.seed],
        }
        self.pages, widgets = paged(pages)
        return widgets

    def _lesson(self, shown: Sequence[str]) -> list[ipywidgets.Widget]:
        parts = {
            "data": self.data, "kinds": self._kinds_row(), "rate": self.rate, "batch_size": self.batch_size,
            "passes": self.passes, "schedule": self.schedule, "seed": self.seed, "zoom": self.zoom,
        }  # fmt: skip
        self.keep(*parts.values())
        return [parts[name] for name in shown if name in parts]

    # -- what an explorer says --------------------------------------------------------------

    def ground(self) -> tuple:
        """The problem and its loss surface."""
        name = self.data.value
        if name not in self._problems:
            load, feature, loss = DATA[name]
            rows = load()
            x = standardize(rows.x[:, rows.feature_names.index(feature)])
            surface = from_data(x, rows.y, loss, name=name, **self.names())
            self._problems[name] = Problem(x, rows.y, loss), surface
        return self._problems[name]

    def names(self) -> dict[str, str]:
        """What feature and target are called in the picture."""
        known = {
            "diabetes": {"feature": _("BMI"), "target": _("progression")},
            "breast cancer": {"feature": _("radius"), "target": _("benign")},
        }
        return known.get(self.data.value, {})

    def source(self) -> tuple[str, str, str] | None:
        """Loader, feature and loss of bundled data; None for the reader's own."""
        if self.data.value == OWN:
            return None
        load, feature, loss = DATA[self.data.value]
        return load.__name__, feature, loss

    def _budget(self) -> int:
        return self.passes.value * len(self.ground()[0])

    def chosen(self) -> list[str]:
        """The kinds that are shown."""
        return [kind for kind, box in self.kinds.items() if box.value]

    def _schedule(self, batch_size: int | None):
        rows = len(self.ground()[0])
        steps = self.passes.value * -(-rows // (batch_size or rows))
        return for_steps(self.schedule.value, max(steps, 1))

    def settings(self, kind: str) -> dict[str, Any]:
        """What the controls say to `maths.regression.train` for one kind, besides the problem."""
        size = {"batch": None, "mini-batch": self.batch_size.value, "stochastic": 1}[kind]
        return {
            "batch_size": size,
            "learning_rate": self.rate.value,
            "examples": self._budget(),
            "seed": self.seed.value,
            "schedule": self._schedule(size),
        }

    def compute(self) -> None:
        problem, _surface = self.ground()
        paths = []
        for kind in self.chosen():
            settings = self.settings(kind)
            key = (problem, *settings.values())
            if self._runs.get(kind, (None,))[0] != key:
                self._runs[kind] = key, train(problem, **settings)
            paths.append(self._runs[kind][1])
        self.paths = paths
        self.radii = [noise_radius(path, self._minimum()) for path in paths]

    def _minimum(self) -> tuple[float, float]:
        surface = self.ground()[1]
        return surface.minima[0] if surface.minima else surface.start

    def labels(self) -> list[str]:
        """What the kinds that are shown are called in the picture."""
        names = {"mini-batch": _("mini-batch of {size}").format(size=self.batch_size.value)}
        return [names.get(kind, _(kind)) for kind in self.chosen()]

    def looks(self) -> list[int]:
        """Each kind keeps its color, whichever others are shown."""
        return [KINDS.index(kind) for kind in self.chosen()]

    def draw(self, rescale: bool) -> None:
        self.figure.show_data(self.ground()[1])
        revealed = self.revealed
        self.figure.update(
            self.paths if revealed else [path.until(0) for path in self.paths],
            labels=self.labels(),
            minimum=self._minimum(),
            seen=self.transport.position if revealed else 0,
            most=self._budget(),
            noise_radii=self._rings() if revealed else [],
            looks=self.looks(),
            zoom=self.zoom.value,
            rescale=rescale,
        )

    def _rings(self) -> list[float | None]:
        """Descent on all rows settles, so that only the other two get a ring."""
        pairs = zip(self.paths, self.radii, strict=True)
        return [None if path.kind == "batch" else radius for path, radius in pairs]

    def describe(self) -> str:
        if not self.revealed:
            return _("All stand at the start. Predict, and the descents are shown.")
        if not self.paths:
            return _("No kind is shown. Choose one.")
        seen = self.transport.position
        head = _("After {seen} gradients of single examples").format(seen=seen)
        return (
            head
            + ": "
            + "; ".join(
                self._fate(label, path, radius, seen)
                for label, path, radius in zip(self.labels(), self.paths, self.radii, strict=True)
            )
            + "."
        )

    def _fate(self, label: str, path: BatchPath, radius: float | None, seen: int) -> str:
        here = int((path.examples_seen <= seen).sum()) - 1
        if path.diverged_at is not None and here >= min(path.diverged_at, path.steps):
            return _("{kind} diverged at step {step}").format(kind=label, step=path.diverged_at)
        words = _reached(label, float(path.losses[here]), here)
        if radius is not None and path.batch_size < len(path.problem) and seen >= self._budget():
            words += _lately(radius)
        return words

    def longest(self) -> str:
        most = self._budget()
        fates = [_reached(label, 12345.0, most) + _lately(0.00012) for label in self.labels()]
        return (
            _("After {seen} gradients of single examples").format(seen=most) + ": " + "; ".join(fates) + "."
        )

    def code(self) -> str:
        with self._lock:
            return batches_cell(self)


def _reached(kind: str, loss: float, steps: int) -> str:
    return ngettext(
        "{kind} has a loss of {loss} after {steps} step",
        "{kind} has a loss of {loss} after {steps} steps",
        steps,
    ).format(kind=kind, loss=amount(loss, 4), steps=steps)


def _lately(radius: float) -> str:
    return _(", lately {radius} from the minimum").format(radius=amount(radius, 2))


def _at_least_one(name: str, value: Any) -> int:
    return arguments.whole(name, value, 1)


def _at_least_zero(name: str, value: Any) -> int:
    return arguments.whole(name, value, 0)
