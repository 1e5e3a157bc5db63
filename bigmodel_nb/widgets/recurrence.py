"""How a network remembers: states and gates step by step, gradients through time, the reader's own units."""

from __future__ import annotations

from typing import Any

import ipywidgets
import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.evaluation.memory import exciting_positions
from bigmodel_nb.figures.canvas import Picture
from bigmodel_nb.figures.gradient_paths import GradientFigure, cell_name
from bigmodel_nb.figures.recurrence import KEEPS, StateFigure
from bigmodel_nb.figures.theme import theme_named
from bigmodel_nb.figures.unit_text import UnitTextFigure
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.gradient_paths import (
    UNITS,
    GradientPath,
    as_inputs,
    gradient_path,
    gradient_paths,
    step_labels,
)
from bigmodel_nb.maths.recurrence import GATES
from bigmodel_nb.maths.recurrent_weights import initial_weights
from bigmodel_nb.maths.through_time import Trace, trace
from bigmodel_nb.widgets.explorer import Explorer, all_or_nothing
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.lesson import checked_show, paged
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.recurrence_cells import recurrence_cell
from bigmodel_nb.widgets.recurrence_controls import knobs, lists, sequence_box
from bigmodel_nb.widgets.recurrence_questions import QUESTIONS, recurrence_question
from bigmodel_nb.widgets.recurrence_reading import LONGEST, Reading, as_sequence, as_typed
from bigmodel_nb.widgets.recurrence_words import summary
from bigmodel_nb.widgets.transport import Transport

VIEWS = ("states", "gradients", "unit")
PAGE = 60  # steps of a long text that are shown at once
EXAMPLE = "to be or not to be, that is the question "


class RecurrenceExplorer(Explorer):
    """A recurrent layer that reads a sequence, step by step: hidden states and gates as heat maps, how much
    of a gradient comes back to each step, and where in a text one unit is excited.

    Arguments, each also a control: `cell`, "simple", "lstm" or "gru"; `sequence`, a text or numbers (a list,
    or text such as "0.5, 1, -2"), repeated or cut to `length` steps (1 to 400); `view`, "states",
    "gradients" (all three cells side by side) or "unit" (`unit` over the text); `radius`, the spectral radius
    of the recurrent matrix, in gated cells of each block; `forget_bias`, the bias of the gate that keeps (an
    LSTM's forget gate, a GRU's update gate); `clip`, the largest norm of all weights' gradient, 0 for no
    limit; `unit`; `position`, the step shown, the last by default. The cells have `units` units and weights
    drawn from `seed`. The loss hands a slope of length 1 in a random direction to the last state.

    With `model`, a chain of an embedding and recurrent layers such as a trained `build_rnn`, it shows that
    model at work, in its recurrent `layer` (a name; the last by default). It reads `text` through `tokenizer`
    (at most 4,000 tokens), or whatever is typed; a model of numbers reads `sequence`. `cell`, `length`,
    `radius` and `forget_bias` are the model's then and are not shown. `settle()` reads changed weights.

    `show` and `theme` as in `DescentExplorer`. `prediction` is a `Prediction`, "radius", "forget" or
    "clipping"; until it is answered no gradient is shown.

    Controls: `cell`, `sequence`, `view`, `length`, `radius`, `forget_bias`, `clip`, `unit`, `layer`,
    `transport`. Results: `run` (a `maths.through_time.Trace`), `paths` (by cell, in the view "gradients"),
    `places` (in the view "unit"), `summary_text`.
    """

    CONTROLS = (
        "view", "cell", "sequence", "length", "radius", "forget_bias", "clip", "unit", "layer", "play",
    )  # fmt: skip
    OF_UNTRAINED = ("cell", "length", "radius", "forget_bias")

    @all_or_nothing
    def __init__(
        self,
        cell: str = "simple",
        sequence: Any = EXAMPLE,
        *,
        view: str | None = None,
        length: int = 50,
        radius: float = 1.0,
        forget_bias: float = 1.0,
        clip: float = 0.0,
        unit: int = 0,
        position: int | None = None,
        units: int = UNITS,
        seed: int = 0,
        model: Any = None,
        text: str | None = None,
        tokenizer: Any = None,
        layer: str | None = None,
        show: Any = None,
        prediction: Prediction | str | None = None,
        theme: str = "light",
    ):
        shown = checked_show(show, self.CONTROLS)
        arguments.one_of("cell", cell, GATES)
        default = "gradients" if prediction is not None else "unit" if text is not None else "states"
        view = default if view is None else arguments.one_of("view", view, VIEWS)
        self.units, self.seed = arguments.whole("units", units, 1, 512), arguments.whole("seed", seed, 0)
        theme_named(theme)
        self.theme, self.text = theme, text
        self.reading = None if model is None else Reading(model, tokenizer)
        self._check_text(text, tokenizer)
        self.read: Any = text
        if text is None:
            check = self._read_by_model if self.reading else as_sequence
            self.read = check("sequence", sequence)
        length = arguments.whole("length", length, 1, LONGEST)
        radius, clip = arguments.non_negative("radius", radius), arguments.non_negative("clip", clip)
        forget_bias = arguments.number("forget_bias", forget_bias)
        layers = self.reading.layers if self.reading else ["-"]
        chosen = layers[-1] if layer is None and layers else arguments.one_of("layer", layer or "", layers)
        self.paths: dict[str, GradientPath] = {}
        self.places: list[int] = []
        self.inputs: np.ndarray = np.zeros((1, 1, 1))
        self.pieces: list[str] = []
        self._figures: dict[str, Picture] = {}
        self._asked: dict[str, Any] = {}
        super().__init__()
        if isinstance(prediction, str):
            name = arguments.one_of("prediction", prediction, QUESTIONS)
            if self.reading:
                expected = _("a Prediction of your own where there is a model")
                raise arguments.wrong_value("prediction", expected, name)
            prediction = recurrence_question(name, radius, length)
        self.ask(prediction)
        self.view, self.cell, self.layer = lists(view, cell, layers, chosen)
        self.sequence = sequence_box(as_typed(self.read) if text is None else "", another=text is not None)
        self.length, self.radius, self.forget_bias, self.clip = knobs(length, radius, forget_bias, clip)
        self.run: Trace = self._look()
        self.unit = Knob(
            "unit", unit, 0, max(self.run.units - 1, 1), whole=True, check=self._unit,
            help=_("the unit that is marked"),
        )  # fmt: skip
        last = self.run.steps - 1
        self.transport = Transport(last)
        if position is not None:
            self.transport.position = arguments.whole("position", position, 0, last)
        controls: tuple[Any, ...] = (
            self.view, self.cell, self.sequence, self.length, self.radius, self.forget_bias, self.clip,
            self.unit, self.layer,
        )  # fmt: skip
        for control in controls:
            control.observe(self.changed, "value")
        self.transport.observe(self.changed, "position")
        self.keep(*controls, self.transport)
        parts = dict(zip(self.CONTROLS, (*controls, self.transport), strict=True))
        self._lay_out(parts, shown)

    def _check_text(self, text: Any, tokenizer: Any) -> None:
        if text is not None and not isinstance(text, str):
            raise arguments.wrong_type("text", _("a text"), text)
        if text is not None and (self.reading is None or not hasattr(tokenizer, "encode")):
            expected = _(
                "None unless there are a model and a tokenizer to read it; give model= and tokenizer="
            )
            raise arguments.wrong_value("text", expected, text)

    def _lay_out(self, parts: dict[str, Any], shown: list[str] | None) -> None:
        hidden = self.OF_UNTRAINED if self.reading else ("layer",)
        if self.reading and len(self.reading.layers) == 1:
            hidden = (*hidden, "layer")
        offered = [name for name in (shown or self.CONTROLS) if name not in hidden]
        transport = [parts["play"]] if "play" in offered else []
        wanted = [parts[name] for name in offered if name != "play"]
        if shown is None and not self.reading:
            pages = {
                _("What is read"): [self.view, self.cell, self.sequence, self.length, self.unit],
                _("How it begins"): [self.radius, self.forget_bias, self.clip],
            }
            _turner, wanted = paged(pages)
        self.compute()
        self.figure = self._figure()
        self.assemble(wanted, beneath=[ipywidgets.VBox(transport)] if transport else [])

    # -- controls ---------------------------------------------------------------------------

    def _unit(self, name: str, value: Any) -> int:
        return arguments.whole(name, value, 0, self.run.units - 1)

    def settings(self) -> dict[str, Any]:
        """What untrained cells are made with, as `maths.gradient_paths.gradient_paths` takes it."""
        return {
            "radius": self.radius.value, "forget_bias": self.forget_bias.value, "clip": self.clip.value,
            "units": self.units, "seed": self.seed,
        }  # fmt: skip

    def window(self) -> tuple[int, int]:
        """The first step that is shown, and the one after the last."""
        steps = self.run.steps
        if not self.reading:
            return 0, steps
        first = self.transport.position // PAGE * PAGE
        return first, min(first + PAGE, steps)

    def title(self) -> str:
        """What stands above the text in the view of one unit."""
        if self.reading:
            return _("unit {unit} of {layer}").format(unit=self.unit.value, layer=self.layer.value)
        return _("unit {unit} of an untrained {cell}").format(
            unit=self.unit.value, cell=cell_name(self.cell.value)
        )

    # -- what an explorer says --------------------------------------------------------------

    def _look(self) -> Trace:
        """Reads the sequence with the present cell, or with the reader's model."""
        typed = self.sequence.value
        if self.reading:
            read: Any = self.text
            if self.text is None or typed.strip():
                read = self._read_by_model("sequence", typed)
            runs = self.reading.read(read)
            self.read, self.pieces = read, self.reading.pieces
            return runs[self.layer.value]
        read = as_sequence("sequence", typed)
        settings = self.settings()
        length, cell = self.length.value, self.cell.value
        made = {name: settings[name] for name in ("radius", "forget_bias", "seed")}
        key = (as_typed(read), length)
        if self._asked.get("inputs") != key:
            self._asked["inputs"] = key
            self.inputs, self.pieces = as_inputs(read, length), step_labels(read, length)
        self.read = read
        asked = (*key, cell, *made.values())
        if self._asked.get("run") != asked:
            self._asked["run"] = asked
            weights = initial_weights(cell, self.inputs.shape[2], self.units, **made)
            self._run = trace(cell, self.inputs, weights)
        return self._run

    def _read_by_model(self, name: str, value: Any) -> str | list[float]:
        """A text for a model with a tokenizer, numbers for one without."""
        assert self.reading is not None
        if hasattr(self.reading.tokenizer, "encode"):
            if isinstance(value, str):
                return value
            raise arguments.wrong_type(name, _("a text, for a model with a tokenizer"), value)
        sequence = as_sequence(name, value)
        if isinstance(sequence, str):
            expected = _("numbers such as 0.5, 1, -2 for a model without tokenizer")
            raise arguments.wrong_value(name, expected, value)
        return sequence

    def compute(self) -> None:
        run = self._look()
        if run is not self.run:
            self.run = run
            with self.silently():
                self.transport.span(run.steps - 1)
                most = run.units - 1
                self.unit.span(0, max(most, 1), min(self.unit.value, most))
        view = self.view.value
        of_gradients = view == "gradients"
        for control, needed in (
            (self.clip, of_gradients), (self.cell, not of_gradients), (self.unit, not of_gradients),
        ):  # fmt: skip
            control.layout.display = None if needed else "none"
        if of_gradients:
            self._follow()
        elif view == "unit":
            asked = (run, self.unit.value)
            if self._asked.get("places") != asked:
                self._asked["places"] = asked
                self.places = exciting_positions(run.states[0, :, self.unit.value])

    def _follow(self) -> None:
        """The gradient's way back, in all cells or in the reader's."""
        if self.reading:
            window = self.window()
            asked: tuple = (self.run, window, self.clip.value)
            if self._asked.get("paths") != asked:
                part = self.run.part(*window)
                self.paths = {self.run.cell: gradient_path(part, clip=self.clip.value, seed=self.seed)}
        else:
            asked = (*self._asked["inputs"], *self.settings().values())
            if self._asked.get("paths") != asked:
                self.paths = gradient_paths(self.inputs, **self.settings())
        self._asked["paths"] = asked

    def _figure(self) -> Picture:
        """The picture of the present view, up to date but for limits."""
        view = self.view.value
        if view not in self._figures:
            kind = {"states": StateFigure, "gradients": GradientFigure, "unit": UnitTextFigure}[view]
            arrays, options = self._drawn()
            options.pop("answers", None)
            self._figures[view] = kind(*arrays, **options, theme=self.theme)
        return self._figures[view]

    def _drawn(self) -> tuple[tuple, dict[str, Any]]:
        first, end = self.window()
        place = {"position": self.transport.position - first, "first": first}
        view, unit = self.view.value, self.unit.value
        if view == "gradients":
            return (self.paths,), place | {"answers": self.revealed}
        if view == "states":
            part = self.run if (first, end) == (0, self.run.steps) else self.run.part(first, end)
            return (part, self.pieces[first:end]), place | {"unit": unit}
        return (self.pieces, self.run.states[0, :, unit]), {
            "position": self.transport.position, "places": self.places, "title": self.title(),
        }  # fmt: skip

    def draw(self, rescale: bool) -> None:
        self.figure = self._figure()
        arrays, options = self._drawn()
        self.figure.update(*arrays, **options, rescale=rescale)  # type: ignore[attr-defined]

    def kept(self) -> str | None:
        """The name of the gate that keeps, None in a simple cell."""
        return KEEPS.get(self.run.cell)

    def describe(self) -> str:
        return summary(self)

    def longest(self) -> str:
        return self.describe() + " 0.0001" * 2

    def code(self) -> str:
        with self._lock:
            return recurrence_cell(self)
