"""Under- and over-fitting, and what L1, L2 and more data do about it, under sliders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.figures.fits import FitFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.language import ngettext
from bigmodel_nb.maths.noisy_fits import (
    COMPLEXITIES,
    MODELS,
    TRAINED,
    Errors,
    Redrawn,
    Sample,
    Spread,
    WaveFit,
    errors_by_complexity,
    fit_to,
    redraw,
    sample,
    spread_by_complexity,
)
from bigmodel_nb.widgets.controls import choice
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing
from bigmodel_nb.widgets.fits_cells import fits_cell
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show, paged
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.words import amount

VIEWS = ("fit", "bias and variance")
FREE = 1e-6  # the left end of the sliders of L1 and L2: off
MOST_DEGREE, MOST_UNITS, MOST_WIDTH = (COMPLEXITIES[kind][-1] for kind in ("polynomial", TRAINED, "network"))
MOST_POINTS = 500


class FitExplorer(Explorer):
    """A model fitted to noisy samples of a wave: its curve, its errors by complexity, its weights.

    Arguments, each also a control: `model`, "polynomial", "trained network" (one hidden layer of tanh
    units, all weights learned), or "network" (hidden weights stay as they were drawn, so that the output
    weights have an exact best and the layer may be wide); `degree` (1 to 15) of the polynomial, `units` (1
    to 12) of the trained network, `width` (1 to 200) of the other; `l1` and `l2`, the prices of the weights
    in the loss mean((prediction - y)^2) + l1 sum |w| + l2 sum w^2 (a trained network has no l1); `points`,
    the number of samples; `noise`, their standard deviation; `seed` of the samples and of the hidden layer;
    `view`, "fit" or "bias and variance", which draws the noise many times anew (30 times; with an L1 price,
    or where a network is trained, 5).

    `show` names the controls of a lesson (at most five of `CONTROLS`), `prediction` is asked first, `theme`
    is "light" or "dark".

    Controls: `view`, `model`, `degree`, `units`, `width`, `l1`, `l2`, `points`, `noise`, `seed`. Results:
    `data`, `fit`, `errors`, and in the second view `redrawn` and `spread` (of `maths.noisy_fits`);
    `summary_text`.
    """

    figure: FitFigure
    CONTROLS = ("view", "model", "complexity", "l1", "l2", "points", "noise", "seed")

    @all_or_nothing
    def __init__(
        self,
        model: str = "polynomial",
        *,
        degree: int = 9,
        units: int = 5,
        width: int = 20,
        l1: float = 0.0,
        l2: float = 0.0,
        points: int = 10,
        noise: float = 0.3,
        seed: int = 0,
        view: str = "fit",
        show: Sequence[str] | None = None,
        prediction: Prediction | None = None,
        theme: str = "light",
    ):
        arguments.one_of("model", model, MODELS)
        arguments.one_of("view", view, VIEWS)
        shown = checked_show(show, self.CONTROLS)
        if model == TRAINED and _price("l1", l1):
            raise arguments.wrong_value("l1", _("0 for a trained network: give l2"), l1)
        super().__init__()
        self.data: Sample
        self.fit: WaveFit
        self.errors: Errors
        self.redrawn: Redrawn | None = None
        self.spread: Spread | None = None
        self._known: dict[str, tuple[Any, Any]] = {}
        self.ask(prediction)
        self._make_controls(model, degree, units, width, l1, l2, points, noise, seed, view)
        self.theme = theme
        self.figure = FitFigure(sample(points, noise, seed), theme=theme)
        self.model.observe(self._model_changed, "value")
        for control in self._controls()[2:]:  # model and view are watched otherwise
            control.observe(self.changed, "value")
        self.view.observe(self.changed, "value")
        self.keep(*self._controls())
        self._show_complexity()
        self.assemble(self._groups() if shown is None else self._lesson(shown))

    # -- controls ---------------------------------------------------------------------------

    def _make_controls(self, model, degree, units, width, l1, l2, points, noise, seed, view) -> None:
        views = [(_("one fit"), "fit"), (_("bias and variance"), "bias and variance")]
        self.view = choice(_("view"), views, view, _("one fit, or many on redrawn data"))
        models = [
            (_("polynomial"), "polynomial"), (_("network, trained"), TRAINED),
            (_("network, hidden layer random"), "network"),
        ]  # fmt: skip
        self.model = choice(_("model"), models, model, _("what is fitted"))
        self.degree = Knob(
            "degree", degree, 1, MOST_DEGREE, whole=True, check=_whole(1, MOST_DEGREE),
            help=_("the highest power of x"),
        )  # fmt: skip
        self.units = Knob(
            "units", units, 1, MOST_UNITS, whole=True, check=_whole(1, MOST_UNITS), help=_("hidden units")
        )
        self.width = Knob(
            "width", width, 1, MOST_WIDTH, whole=True, check=_whole(1, MOST_WIDTH), help=_("hidden units")
        )
        off = _("; the left end is off")
        self.l1 = Knob(
            "l1", l1, FREE, 1, log=True, label="L1", check=_price, help=_("times the sum of |w|") + off
        )
        self.l2 = Knob(
            "l2", l2, FREE, 1, log=True, label="L2", check=_price, help=_("times the sum of w²") + off
        )
        self.points = Knob(
            "points",
            points,
            4,
            100,
            whole=True,
            check=_whole(2, MOST_POINTS),
            help=_("samples to learn from"),
        )
        self.noise = Knob(
            "noise", noise, 0, 1, check=arguments.non_negative, help=_("standard deviation of the noise")
        )
        self.seed = Knob(
            "seed", seed, 0, 20, whole=True, label=_("seed"), check=_whole(0, None), help=_("another draw")
        )

    def _controls(self) -> list[ipywidgets.Widget]:
        return [
            self.view, self.model, self.degree, self.units, self.width, self.l1, self.l2, self.points,
            self.noise, self.seed,
        ]  # fmt: skip

    def _model_changed(self, change) -> None:
        self._show_complexity()
        self.changed(change)

    def _show_complexity(self) -> None:
        for model, knob in self._complexities().items():
            knob.layout.display = None if model == self.model.value else "none"
        self.l1.layout.display = "none" if self.model.value == TRAINED else None

    def _complexities(self) -> dict[str, Knob]:
        return {"polynomial": self.degree, TRAINED: self.units, "network": self.width}

    def _groups(self) -> list[ipywidgets.Widget]:
        pages = {
            _("Model"): [self.model, *self._complexities().values(), self.l1, self.l2],
            _("Data"): [self.points, self.noise, self.seed],
            _("View"): [self.view],
        }
        self.pages, widgets = paged(pages)
        return widgets

    def _lesson(self, shown: Sequence[str]) -> list[ipywidgets.Widget]:
        parts = {
            "view": [self.view], "model": [self.model], "complexity": [*self._complexities().values()],
            "l1": [self.l1], "l2": [self.l2], "points": [self.points], "noise": [self.noise],
            "seed": [self.seed],
        }  # fmt: skip
        return [widget for name in shown for widget in parts[name]]

    # -- what an explorer says --------------------------------------------------------------

    @property
    def complexity(self) -> int:
        """The degree of the polynomial, or the number of hidden units."""
        return self._complexities()[self.model.value].value

    @property
    def prices(self) -> dict[str, Any]:
        """What the weights of the present model cost: l1 and l2."""
        trained = self.model.value == TRAINED
        return {"l1": 0.0 if trained else self.l1.value, "l2": self.l2.value}

    def compute(self) -> None:
        drawn = {"n": self.points.value, "noise": self.noise.value, "seed": self.seed.value}
        self.data = self._once("data", tuple(drawn.values()), lambda: sample(**drawn))
        model, prices = self.model.value, self.prices
        state = (self.data, model, *prices.values())
        self.fit = fit_to(self.data, model, self.complexity, **prices)
        self.errors = self._once("errors", state, lambda: errors_by_complexity(self.data, model, **prices))
        self.redrawn = self.spread = None
        if self.view.value == "bias and variance":
            self.redrawn = redraw(self.data, model, self.complexity, **prices)
            self.spread = self._once(
                "spread", state, lambda: spread_by_complexity(self.data, model, **prices)
            )

    def _once(self, name: str, state: tuple, make) -> Any:
        """What `make` gives for a state, made only where the state is another one."""
        if self._known.get(name, (None,))[0] != state:
            self._known[name] = state, make()
        return self._known[name][1]

    def draw(self, rescale: bool) -> None:
        if not self.revealed:
            self.figure.update(self.data, None, None)
            return
        self.figure.update(
            self.data, self.fit, self.errors, redrawn=self.redrawn, spread=self.spread, rescale=rescale
        )

    def describe(self) -> str:
        if not self.revealed:
            words = _("{n} samples of the dotted wave. Predict, and the fit is shown.")
            return words.format(n=len(self.data))
        name = self._name()
        if self.redrawn is not None:
            return _(
                "{model}, fitted to {count} redrawn data sets of {n} samples: squared bias {bias}, variance "
                "{variance}."
            ).format(
                model=name, count=len(self.redrawn.curves), n=len(self.data), bias=amount(self.redrawn.bias),
                variance=amount(self.redrawn.variance),
            )  # fmt: skip
        zeros, count = self.fit.linear.zeros, len(self.fit.linear.weights)
        words = _(
            "{model} on {n} samples: error {train} in training, {validation} in validation (noise alone: "
            "{noise}). Lowest in validation: {best}. {zeros} of {count} weights are exactly 0."
        )
        return words.format(
            model=name, n=len(self.data), train=_error(self.fit.train_error),
            validation=_error(self.fit.validation_error), noise=amount(self.data.noise**2),
            best=self._of_complexity(self.errors.best), zeros=zeros, count=count,
        )  # fmt: skip

    def _name(self) -> str:
        if self.model.value == TRAINED:
            units = ngettext("Network of {n} trained unit", "Network of {n} trained units", self.complexity)
            return units.format(n=self.complexity)
        if self.model.value == "network":
            units = ngettext("Network of {n} random unit", "Network of {n} random units", self.complexity)
            return units.format(n=self.complexity)
        return _("Polynomial of degree {n}").format(n=self.complexity)

    def _of_complexity(self, number: int) -> str:
        if self.model.value != "polynomial":
            return ngettext("{n} unit", "{n} units", number).format(n=number)
        return _("degree {n}").format(n=number)

    def longest(self) -> str:
        if not self.revealed:
            return ""
        return _(
            "Network of 100 random units on 100 samples: error 0.00123 in training, 12,345 in validation "
            "(noise alone: 0.09). Lowest in validation: 100 units. 100 of 100 weights are exactly 0."
        )

    def code(self) -> str:
        with self._lock:
            return fits_cell(self)


def _error(value: float) -> str:
    return _("0 but for rounding") if value < 1e-12 else amount(value)


def _whole(low: int, high: int | None):
    return lambda name, value: arguments.whole(name, value, low, high)


def _price(name: str, value: Any) -> float:
    """Zero or a positive number; what is at the left end of the slider is no price at all."""
    price = arguments.non_negative(name, value)
    return price if price > FREE else 0.0
