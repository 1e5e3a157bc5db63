"""A number under a slider with a number box beside it."""

from __future__ import annotations

import contextlib
import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import ipywidgets
import traitlets

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.controls import (
    FULL,
    LABEL_WIDTH,
    Complaint,
    FloatLogSlider,
    FloatSlider,
    IntSlider,
    Locked,
    Number,
    Text,
    layout,
    style_of,
    tell,
    tooltip,
)

ECHO = 3.0  # seconds within which a page may still answer to what its slider was told


class Knob(Locked, ipywidgets.HBox):
    """A number under a slider with a number box beside it.

    `value` is the number itself (a float, or an int with `whole=True`). The slider spans `low` to
    `high`; the box is not bound to them. `check(name, value)` from `bigmodel_nb.arguments`, or a
    function like it, says which numbers are right: setting a wrong one from code raises its error,
    typing one calls `complain` with its message, and the last good value stays.

    `dragged` is True while the latest change came from the slider: then more changes may follow.
    """

    value = Number()
    complain: Complaint | None = None

    def __init__(
        self,
        name: str,
        value: float,
        low: float,
        high: float,
        *,
        label: str | None = None,
        log: bool = False,
        whole: bool = False,
        step: float | None = None,
        check: Callable[[str, Any], float] | None = None,
        help: str = "",
    ):
        self.name = name
        self.dragged = False
        self._syncing = False
        self._told: deque[float] = deque(maxlen=1000)  # where the slider was put, latest last
        self._told_at = 0.0
        self._log, self._whole = log, whole
        self._check = check or (arguments.whole if whole else arguments.number)
        value = self._check(name, value)  # before there is a widget that would have to be closed again
        common = {
            "description": label or name.replace("_", " "),
            "readout": False,
            "continuous_update": True,
            "style": style_of(FloatSlider, description_width=LABEL_WIDTH),
            "layout": layout(flex="1 1 200px", width="auto", min_width="200px"),
            **tooltip(help or label or name),
        }
        if log:
            common |= {"base": 10, "min": math.log10(low), "max": math.log10(high), "step": step or 0.02}
            self.slider = FloatLogSlider(value=low, **common)
        elif whole:
            self.slider = IntSlider(
                value=int(low), min=int(low), max=int(high), step=int(step or 1), **common
            )
        else:
            self.slider = FloatSlider(
                value=low, min=low, max=high, step=step or float(f"{(high - low) / 200:.1g}"), **common
            )
        self.box = Text(
            continuous_update=False,
            # The label takes no room and is there for screen readers.
            description=_("{label}, number").format(label=label or name.replace("_", " ")),
            layout=layout(width="96px", flex="0 0 auto"),
            style=style_of(Text, description_width="0px"),
            **tooltip(
                _("{label}: type a number and press Enter").format(label=label or name.replace("_", " "))
            ),
        )
        super().__init__(
            [self.slider, self.box], layout={"width": FULL, "max_width": "640px", "align_items": "center"}
        )
        self.value = value
        self._show()
        self.slider.complain = self.box.complain = self._complain
        self.slider.observe(self._from_slider, "value")
        self.box.observe(self._from_box, "value")

    # -- the number -------------------------------------------------------------------------

    @traitlets.validate("value")
    def _validated(self, proposal):
        return self._check(self.name, proposal["value"])

    @traitlets.observe("value")
    def _shown(self, _change):
        if hasattr(self, "box"):
            self._show(slider=not self.dragged)

    def _text(self) -> str:
        return str(self.value) if self._whole else f"{self.value:.6g}"

    def _show(self, slider: bool = True) -> None:
        """Both show the number. A slider in the reader's hand is left alone: it would jump there."""
        with self._silently():
            low, high = self.slider.min, self.slider.max
            if self._log:
                low, high = 10**low, 10**high
            if slider:
                self.slider.value = min(max(self.value, low), high)
                self._told.append(self._place(self.value))
                self._told_at = time.monotonic()
            self.box.value = self._text()

    @contextlib.contextmanager
    def _silently(self):
        """The slider and the box follow the number, and are not mistaken for the reader meanwhile."""
        with self.lock:
            self._syncing = True
            try:
                yield
            finally:
                self._syncing = False

    def span(self, low: float, high: float, value: float | None = None) -> None:
        """Lets the slider span another range, and takes another value where one is given. Not for
        logarithmic knobs."""
        # In one message: between two, the page would put the old value into the new range and say so.
        with self._silently(), self.slider.hold_sync():
            # A page may still put the new value into the old range, or the old value into the new one.
            coming, leaving = self.value if value is None else value, self.value
            self._told.append(self._place(coming))
            if low > self.slider.max:
                self.slider.max = high
                self.slider.min = low
            else:
                self.slider.min = low
                self.slider.max = high
            self._told.append(self._place(leaving))
            if value is not None:
                self.value = value
            self._show()

    # -- from the page ----------------------------------------------------------------------

    def _complain(self, message: str) -> None:
        tell(self, message)

    def _take(self, value: Any) -> None:
        unchanged = value == self.value
        try:
            self.value = value
        except (ValueError, TypeError) as error:
            self._show()
            self._complain(str(error))
        else:
            if self.value != value:  # the explorer took it back
                self._show()
            elif unchanged:  # else whoever looks at the new value has the word
                self._complain("")

    def _is_echo(self, number: float) -> bool:
        """Whether nobody moved the slider there: a page that is told 0.123456 answers with the nearest
        step of its slider, unasked, and perhaps when the value is another one already."""
        if not math.isfinite(number):
            return False
        here, near = self._place(number), 1e-6 * self.slider.step
        if math.isclose(here, self._place(self.value), abs_tol=near):
            return True
        if self._whole or time.monotonic() - self._told_at > ECHO:
            return False
        late = any(math.isclose(here, place, abs_tol=near) for place in self._told)
        if late:
            self._show()
        return late

    def _place(self, number: float) -> float:
        """The step of the slider, or its end, that is nearest to a number."""
        low, high, step = self.slider.min, self.slider.max, self.slider.step
        if self._log:
            number = math.log10(min(max(number, 10**low), 10**high))
        number = min(max(number, low), high)
        nearest = low + round((number - low) / step) * step
        return high if high - number < abs(nearest - number) else nearest

    def _from_slider(self, change) -> None:
        if self._syncing or self._is_echo(change["new"]):
            return
        self._told.clear()
        number = change["new"]
        if not self._whole and isinstance(number, float) and math.isfinite(number):
            number = float(f"{number:.3g}")  # a slider position is no claim to more digits
        self.dragged = True
        try:
            self._take(number)
        finally:
            self.dragged = False

    def _from_box(self, change) -> None:
        if self._syncing:
            return
        text = change["new"].strip()
        if text == self._text():
            return
        try:
            number = int(text) if self._whole else float(text)
        except ValueError:
            try:
                number = float(text)  # a fraction where a whole number belongs gets the sentence for that
            except ValueError:
                number = text
        self._take(number)
        self._show()
