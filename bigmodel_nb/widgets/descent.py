"""The race of optimizers over a loss surface, under sliders."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.figures.descent import DescentFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.descent import OPTIMIZERS, Path, descend
from bigmodel_nb.maths.schedules import SCHEDULES, for_steps
from bigmodel_nb.maths.surfaces import SURFACES, Surface, bowl
from bigmodel_nb.widgets.cells import descent_cell
from bigmodel_nb.widgets.controls import choice, switch
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show, paged
from bigmodel_nb.widgets.optimizer_knobs import OptimizerKnobs
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.transport import Transport
from bigmodel_nb.widgets.words import amount

OWN = "own"  # the surface that was handed in
NOBODY = "nobody"
MOST_STEPS = 5_000  # beyond this a redraw is no longer at once


class DescentExplorer(Explorer):
    """Races optimizers over a loss surface.

    Arguments, each also a control: `surface`, one of `maths.surfaces.SURFACES` by name or a `Surface`
    (such as `surfaces.from_data(x, y)`); `racers`, names from `maths.descent.OPTIMIZERS`; `rate`, the
    learning rate of all (default: one that suits the surface); `knobs`, values for single optimizers,
    `{"Adam": {"beta_1": 0.5}}`, a learning rate of its own included; `condition` of the bowl; `start`,
    two numbers; `noise`, the standard deviation added to each gradient component; `seed`; `steps`, 1
    to 5000; `schedule`, one of `maths.schedules.SCHEDULES`; `position`, the step shown (default: the
    last); `arrows`, the racer whose gradient, momentum and step are drawn.

    `show` is lesson mode: up to five names of controls, the others stay hidden. `prediction` is asked
    before the paths are revealed: a `Prediction`, or True for "who will be lowest?".
    `theme` is "light" or "dark".

    Controls: `surface`, `condition`, `racers[name]`, `rate`, `knobs[name][field]`, `knobs_of`,
    `start_1`, `start_2`, `noise`, `seed`, `steps`, `schedule`, `arrows`, `transport`.
    Results: `paths`, a list of `maths.descent.Path`, and `summary_text`.
    """

    figure: DescentFigure
    CONTROLS = (
        "surface",
        "condition",
        "racers",
        "rate",
        "steps",
        "start",
        "noise",
        "seed",
        "schedule",
        "knobs",
        "arrows",
        "play",
    )

    @all_or_nothing
    def __init__(
        self,
        surface: str | Surface = "bowl",
        racers: Sequence[str] = ("gradient descent", "momentum", "Adam"),
        rate: float | None = None,
        *,
        knobs: Mapping[str, Mapping[str, float]] | None = None,
        condition: float = 10.0,
        start: Sequence[float] | None = None,
        noise: float = 0.0,
        seed: int = 0,
        steps: int = 100,
        schedule: str = "constant",
        position: int | None = None,
        arrows: str | None = None,
        show: Sequence[str] | None = None,
        prediction: Prediction | bool | None = None,
        theme: str = "light",
    ):
        wanted = list(dict.fromkeys(arguments.some_of("racers", racers, OPTIMIZERS)))
        shown = checked_show(show, self.CONTROLS)
        self.own = surface if isinstance(surface, Surface) else None
        name = OWN if self.own is not None else arguments.one_of("surface", surface, SURFACES)
        steps = _steps("steps", steps)
        position = steps if position is None else arguments.whole("position", position, 0, steps)
        if rate is not None:
            arguments.positive("rate", rate)
        arguments.one_of("schedule", schedule, SCHEDULES)
        if arrows is not None:
            arguments.one_of("arrows", arrows, OPTIMIZERS)
        super().__init__()
        self.paths: list[Path] = []
        self._runs: dict[str, tuple[Any, Path]] = {}
        self._surfaces: dict[Any, Surface] = {}
        if prediction is True and not wanted:
            raise arguments.wrong_value("racers", _("at least one name where a prediction is asked"), wanted)
        if isinstance(prediction, bool):
            prediction = _who_is_lowest(wanted) if prediction else None
        self.ask(prediction)

        self.condition = Knob(
            "condition",
            condition,
            1,
            1000,
            log=True,
            label=_("condition number"),
            check=_at_least_one,
            help=_("the largest curvature of the bowl over the smallest"),
        )
        self.surface = choice(_("surface"), self._surface_options(), name, _("the loss surface to walk on"))
        ground = self.ground()
        where = ground.start if start is None else arguments.point("start", start)
        left, right, bottom, top = ground.limits
        self.racers = {
            title: switch(title, title in wanted, _("let {name} race").format(name=title))
            for title in OPTIMIZERS
        }
        self.rate = Knob(
            "learning_rate",
            ground.rate if rate is None else rate,
            1e-4,
            10,
            log=True,
            label=_("learning rate (all)") if shown is None or len(wanted) > 1 else _("learning rate"),
            check=arguments.positive,
            help=_("the learning rate of every racer"),
        )
        self.knobs = OptimizerKnobs(self.rate.value, self._knobs_made)
        self.knobs_of = choice(
            _("knobs of"),
            [(title, title) for title in OPTIMIZERS],
            wanted[0] if wanted else next(iter(OPTIMIZERS)),
            _("whose knobs are shown below"),
        )
        self.start_1 = Knob(
            "start_1", where[0], left, right, label=_("start w1"), help=_("where all racers start")
        )
        self.start_2 = Knob(
            "start_2", where[1], bottom, top, label=_("start w2"), help=_("where all racers start")
        )
        self.noise = Knob(
            "noise",
            noise,
            0,
            5,
            label=_("gradient noise"),
            check=arguments.non_negative,
            help=_("standard deviation of what is added to each gradient component"),
        )
        self.seed = Knob("seed", seed, 0, 20, whole=True, label=_("seed of the noise"), check=_seed)
        self.steps = Knob("steps", steps, 1, 300, whole=True, label=_("steps"), check=_steps)
        self.schedule = choice(
            _("schedule"),
            [(title, title) for title in SCHEDULES],
            schedule,
            _("how the learning rate changes from step to step"),
        )
        self.arrows = choice(
            _("arrows of"),
            [(_("nobody"), NOBODY), *((title, title) for title in OPTIMIZERS)],
            arrows or NOBODY,
            _("whose gradient, momentum and step are drawn as arrows"),
        )
        self.transport = Transport(steps)
        self.transport.position = position
        with self.silently():  # there is no figure yet, and a refresh that fails would take the values back
            self._set_knobs({} if knobs is None else knobs)
        self.theme = theme
        self.figure = DescentFigure(ground, theme=theme)
        self._watch()
        self.keep(
            self.surface,
            self.condition,
            self.rate,
            self.knobs_of,
            self.start_1,
            self.start_2,
            self.noise,
            self.seed,
            self.steps,
            self.schedule,
            self.arrows,
            self.transport,
            *self.racers.values(),
        )
        self.assemble(
            self._groups() if shown is None else self._lesson(shown),
            beneath=[self.transport] if shown is None or "play" in shown else [],
        )

    # -- controls ---------------------------------------------------------------------------

    def _surface_options(self) -> list[tuple[str, str]]:
        titles = {
            "bowl": _("quadratic bowl"),
            "rosenbrock": "Rosenbrock",
            "himmelblau": "Himmelblau",
            "beale": "Beale",
            "saddle": _("saddle"),
            "plateau": _("plateau"),
            "rastrigin": _("many minima (Rastrigin)"),
        }
        own = [] if self.own is None else [(self.own.title, OWN)]
        return own + [(titles.get(name, name), name) for name in SURFACES]

    def _knobs_made(self, knobs: Sequence[ipywidgets.Widget]) -> None:
        self.keep(*knobs)
        for knob in knobs:
            knob.observe(self.changed, "value")

    def _set_knobs(self, knobs: Mapping[str, Mapping[str, float]]) -> None:
        expected = _("values by optimizer and name, such as {example}").format(
            example='{"Adam": {"beta_1": 0.5}}'
        )
        if not isinstance(knobs, Mapping):
            raise arguments.wrong_type("knobs", expected, knobs)
        for name, values in knobs.items():
            arguments.one_of("knobs", name, OPTIMIZERS)
            if not isinstance(values, Mapping):
                raise arguments.wrong_type("knobs", expected, knobs)
            for field in values:
                arguments.one_of(f"knobs[{name!r}]", field, self.knobs[name])
            checked = dataclasses.replace(self.knobs.optimizer(name), **values)
            for field in values:
                self.knobs[name][field].value = getattr(checked, field)

    def _watch(self) -> None:
        self.surface.observe(self._surface_changed, "value")
        self.condition.observe(self.changed, "value")
        self.rate.observe(self._rate_changed, "value")
        self.knobs_of.observe(self._knobs_shown, "value")
        self.steps.observe(self._steps_changed, "value")
        self.transport.observe(self.changed, "position")
        for control in (
            self.start_1,
            self.start_2,
            self.noise,
            self.seed,
            self.schedule,
            self.arrows,
            *self.racers.values(),
        ):
            control.observe(self.changed, "value")

    def _surface_changed(self, change) -> None:
        ground = self.ground()
        with self.together():  # another surface wants its own start and its own rate
            left, right, bottom, top = ground.limits
            self.start_1.span(left, right, ground.start[0])
            self.start_2.span(bottom, top, ground.start[1])
            self.rate.value = ground.rate
            self.condition.layout.display = None if change["new"] == "bowl" else "none"

    def _rate_changed(self, change) -> None:
        with self.silently():
            self.knobs.set_rate(change["new"])
        self.changed(change)

    def _steps_changed(self, change) -> None:
        with self.silently():
            self.transport.span(change["new"])
        self.changed(change)

    def _knobs_shown(self, _change=None) -> None:
        self._knob_box.children = list(self.knobs[self.knobs_of.value].values())

    # -- layout -----------------------------------------------------------------------------

    def _racer_row(self):
        return ipywidgets.HBox(
            list(self.racers.values()), layout={"flex_flow": "row wrap", "max_width": "640px"}
        )

    def _groups(self) -> list[ipywidgets.Widget]:
        self._knob_box = ipywidgets.VBox()
        self._knobs_shown()
        self.condition.layout.display = None if self.surface.value == "bowl" else "none"
        pages = {
            _("Race"): [self.surface, self.condition, self._racer_row(), self.rate, self.steps],
            _("Start and noise"): [self.start_1, self.start_2, self.noise, self.seed],
            _("Schedule and arrows"): [self.schedule, self.arrows],
            _("Single optimizers"): [self.knobs_of, self._knob_box],
        }
        self.pages, widgets = paged(pages)
        return widgets

    def _lesson(self, shown: Sequence[str]) -> list[ipywidgets.Widget]:
        self._knob_box = ipywidgets.VBox()
        self._knobs_shown()
        racer_row = self._racer_row()
        self.keep(racer_row, self._knob_box)  # also where they are not shown
        parts = {
            "surface": [self.surface],
            "condition": [self.condition],
            "racers": [racer_row],
            "rate": [self.rate],
            "steps": [self.steps],
            "start": [self.start_1, self.start_2],
            "noise": [self.noise],
            "seed": [self.seed],
            "schedule": [self.schedule],
            "knobs": [self.knobs_of, self._knob_box],
            "arrows": [self.arrows],
            "play": [],
        }
        return [widget for name in shown for widget in parts[name]]

    # -- what an explorer says --------------------------------------------------------------

    def ground(self) -> Surface:
        """The surface that the race runs on."""
        name = self.surface.value
        if name == OWN:
            assert self.own is not None  # the list offers it only then
            return self.own
        key = (name, self.condition.value if name == "bowl" else None)
        if key not in self._surfaces:
            self._surfaces.clear()
            self._surfaces[key] = bowl(self.condition.value) if name == "bowl" else SURFACES[name]()
        return self._surfaces[key]

    def optimizers(self) -> list:
        """The optimizers that race, as the controls say."""
        return [self.knobs.optimizer(name) for name, box in self.racers.items() if box.value]

    def settings(self) -> dict[str, Any]:
        """What the controls say to `maths.descent.descend`, besides surface and optimizer."""
        return {
            "start": (self.start_1.value, self.start_2.value),
            "steps": self.steps.value,
            "schedule": for_steps(self.schedule.value, self.steps.value),
            "noise": self.noise.value,
            "seed": self.seed.value,
        }

    def compute(self) -> None:
        ground, settings = self.ground(), self.settings()
        paths = []
        for optimizer in self.optimizers():
            key = (ground, optimizer, *settings.values())
            if self._runs.get(optimizer.name, (None,))[0] != key:
                self._runs[optimizer.name] = key, descend(ground, optimizer, **settings)
            paths.append(self._runs[optimizer.name][1])
        self.paths = paths

    def draw(self, rescale: bool) -> None:
        self.figure.show_surface(self.ground())
        names = [path.optimizer.name for path in self.paths]
        arrows = names.index(self.arrows.value) if self.arrows.value in names else None
        if not self.revealed:
            starts = [path.until(0) for path in self.paths]
            self.figure.update(starts, step=0, steps=self.steps.value, rescale=rescale)
            return
        self.figure.update(
            self.paths, step=self.transport.position, arrows=arrows, steps=self.steps.value, rescale=rescale
        )

    def describe(self) -> str:
        if not self.revealed:
            return _("All stand at the start. Predict, and the race is shown.")
        if not self.paths:
            return _("Nobody races. Choose an optimizer.")
        steps, position = self.steps.value, self.transport.position
        head = (
            _("After {steps} steps").format(steps=steps)
            if position >= steps
            else _("At step {step} of {steps}").format(step=position, steps=steps)
        )
        return f"{head}: " + "; ".join(_fate(path, position) for path in self.paths) + "."

    def longest(self) -> str:
        last = self.steps.value
        fates = [_diverged(path.optimizer.name, last) for path in self.paths]
        return _("At step {step} of {steps}").format(step=last, steps=last) + ": " + "; ".join(fates) + "."

    def code(self) -> str:
        with self._lock:
            return descent_cell(self)


# -- checks and words ---------------------------------------------------------------------------


def _at_least_one(name: str, value: Any) -> float:
    return arguments.between(name, value, 1, 1e6)


def _steps(name: str, value: Any) -> int:
    return arguments.whole(name, value, 1, MOST_STEPS)


def _seed(name: str, value: Any) -> int:
    return arguments.whole(name, value, 0)


def _fate(path: Path, position: int) -> str:
    name = path.optimizer.name
    if path.diverged_at is not None and position >= path.diverged_at:
        return _diverged(name, path.diverged_at)
    loss = float(path.values[min(position, path.steps)])
    return _("{name} reached {loss}").format(name=name, loss=amount(loss))


def _diverged(name: str, step: int) -> str:
    return _("{name} diverged at step {step}").format(name=name, step=step)


def _who_is_lowest(racers: Sequence[str]) -> Prediction:
    def truth(explorer: DescentExplorer) -> str | None:
        finished = [path for path in explorer.paths if path.diverged_at is None]
        return min(finished, key=lambda path: path.final_value).optimizer.name if finished else None

    return Prediction("descent/who-is-lowest", _("Who will stand lowest at the end?"), racers, truth=truth)
