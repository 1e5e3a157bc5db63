"""The live curve in a studio: retrained whole whenever a knob is turned."""

from __future__ import annotations

from typing import Any

import ipywidgets

from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import truth
from bigmodel_nb.training.foresight import Foreseen
from bigmodel_nb.widgets.controls import button, switch
from bigmodel_nb.widgets.explorer import locked
from bigmodel_nb.widgets.studio.bench import Recipe
from bigmodel_nb.widgets.studio.buttons import INTERVAL
from bigmodel_nb.widgets.studio.driving import Driving
from bigmodel_nb.widgets.studio.preview import LONGEST, SLICE, Preview
from bigmodel_nb.widgets.studio.shelf import Entry
from bigmodel_nb.widgets.ticking import BY_ITSELF, Ticker


class Live(Driving):
    """A `StudioExplorer` with `live`, a switch, and `keep_button`."""

    foreseen: Foreseen
    preview: Preview
    _whole = False  # whether the live curve has come to its end

    def _make_live(self, on: Any) -> None:
        """The controls of the live curve, in `live_row`."""
        self.preview = Preview(self.subject, self.options)
        words = _("the whole run is trained anew whenever a knob is turned; for small models")
        self.live = switch(_("retrain while I turn a knob"), truth("live", on), words)
        self.keep_button = button(_("Keep this curve"), "plus", _("puts the live curve among the runs"))
        self._live_clock = Ticker(self._live_tick, interval=INTERVAL)
        self.live_row = ipywidgets.HBox(
            [self.live, self.keep_button, self._live_clock.widget],
            layout={"flex_flow": "row wrap", "align_items": "center", "min_height": "36px"},
        )
        self.live.observe(self._live_turned, "value")
        self.keep_button.on_click(lambda _button: self.keep_live())

    def _retrain(self, recipe: Recipe) -> None:
        """Begins the run that these settings give, where it is asked for and nothing else goes on."""
        self._live_clock.stop()
        self.keep_button.disabled = not self.live.value
        if not self.live.value or self.busy or not self.revealed:
            self.preview.drop()
            return
        if (self.foreseen.seconds or 0.0) > LONGEST:
            self.preview.drop()
            words = _(
                "about {seconds:.0f} s for a run is too long to retrain at every turn of a knob: press Train"
            )
            raise ValueError(words.format(seconds=self.foreseen.seconds))
        quick = self.preview.ask(recipe)
        if not BY_ITSELF:  # no tick comes to go on
            self.preview.advance(LONGEST)
        elif not quick or not self.preview.advance(SLICE):
            self._live_clock.start()
        self._preparing = BY_ITSELF and not quick

    @locked
    def _live_tick(self) -> None:
        """A slice more; once the curve is whole, a picture at rest."""
        if not self._guarded(self._live_slice):
            self._live_clock.stop()
            self.preview.drop()
        elif self._whole:
            self._live_clock.stop()
            self._show_state()
            self._show(moving=False)
        else:
            self._picture()

    def _live_slice(self) -> None:
        self._whole, self._preparing = self.preview.advance(SLICE), False

    def _live_turned(self, _change: Any) -> None:
        self.refresh()

    def _begun(self) -> None:
        """A run begins: it has the picture to itself."""
        self._live_clock.stop()
        self.preview.drop()

    @locked
    def keep_live(self) -> Entry | None:
        """Puts the live curve among the runs, and returns it; None where there is none."""
        if self.preview.entry is None or not self.preview.advance(LONGEST):
            return None
        live = self.preview.entry
        kept = self.shelf.add(live.run, live.settings, steps_per_epoch=live.steps_per_epoch, about=live.about)
        kept.run.name = kept.name
        self.panel.refresh()
        self.refresh()
        return kept
