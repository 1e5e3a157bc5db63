"""A learning rate for this model, and what training costs: asked for, since both compute for a moment."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import ipywidgets

from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.controls import button, layout
from bigmodel_nb.widgets.studio.bench import optimizer_of

if TYPE_CHECKING:
    from bigmodel_nb.widgets.studio.explorer import StudioExplorer

SUGGESTIONS = ("valley", "steepest", "minimum_tenth")


class Advice(ipywidgets.VBox):
    """`find_button` runs `training.find_learning_rate`; `use_buttons[name]` takes a suggestion over.
    `estimate_button` runs `training.estimate` with real steps. `found`, `estimated`: what they said."""

    def __init__(self, studio: StudioExplorer):
        self._studio = studio
        self.found: Any = None
        self.estimated: Any = None
        self.find_button = button(
            _("Find learning rate"), "search", _("a hundred steps with a growing learning rate, on a copy")
        )
        self.estimate_button = button(
            _("Estimate"), "clock-o", _("parameters, memory, operations, and the time of real steps")
        )
        self.use_buttons = {
            name: button(_("use {name}").format(name=name.replace("_", " "))) for name in SUGGESTIONS
        }
        self._said = ipywidgets.HTML(layout=layout(max_width="640px"))
        self._uses = ipywidgets.HBox(
            list(self.use_buttons.values()), layout={"display": "none", "flex_flow": "row wrap"}
        )
        super().__init__(
            [
                ipywidgets.HBox(
                    [self.find_button, self.estimate_button], layout=layout(flex_flow="row wrap")
                ),
                self._said,
                self._uses,
            ],
            layout={"width": "100%", "max_width": "640px"},
        )
        self.find_button.on_click(lambda _button: self.find())
        self.estimate_button.on_click(lambda _button: self.estimate())
        for name, one in self.use_buttons.items():
            one.on_click(lambda _button, name=name: self.use(name))

    def find(self) -> None:
        """Asks for learning rates, with the builder's present settings."""
        with self._studio._lock:
            if not self._studio.closed:
                self._studio._guarded(self._find)

    def _find(self) -> None:
        from bigmodel_nb.training.finders import find_learning_rate

        studio, recipe = self._studio, self._studio.recipe()
        found = find_learning_rate(
            studio.subject.build(recipe.settings, recipe.seed),
            studio.subject.data,
            batch_size=recipe.batch_size,
            loss=studio.options.get("loss"),
            optimizer=optimizer_of(recipe),
            seed=recipe.seed,
        )
        self.found = found
        for name, one in self.use_buttons.items():
            words = _("use {rate} ({name})")
            one.description = words.format(rate=f"{getattr(found, name):.2g}", name=name.replace("_", " "))
        self._uses.layout.display = None
        self._say(
            _(
                "While the learning rate grew to {highest}, the loss was lowest at {lowest}. A rate below "
                "that trains well: the valley is a good first guess."
            ).format(highest=f"{found.rates[-1]:.2g}", lowest=f"{10 * found.minimum_tenth:.2g}")
        )

    def use(self, name: str) -> None:
        """Turns the learning rate to a suggestion."""
        if self.found is not None:
            self._studio.controls["learning_rate"].value = float(f"{getattr(self.found, name):.3g}")

    def estimate(self) -> None:
        """Times real steps of a copy, and says what the run will take."""
        with self._studio._lock:
            if not self._studio.closed:
                self._studio._guarded(self._estimate)

    def _estimate(self) -> None:
        from bigmodel_nb.training.cost import estimate

        studio, recipe = self._studio, self._studio.recipe()
        self.estimated = estimate(
            studio.subject.build(recipe.settings, recipe.seed),
            studio.subject.data,
            epochs=recipe.epochs,
            batch_size=recipe.batch_size,
            optimizer=optimizer_of(recipe),
            measure=True,
        )
        self._say(repr(self.estimated), plain=True)
        studio.refresh()

    def _say(self, words: str, plain: bool = False) -> None:
        style = "line-height:1.45;white-space:pre-wrap" + (";font-family:monospace" if plain else "")
        self._said.value = f'<div style="{style}" role="status">{html.escape(words)}</div>'
