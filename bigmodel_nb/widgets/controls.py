"""The controls that explorers are made of: core ipywidgets, made safe and given number boxes.

A front end can send a control anything: letters where a number belongs, NaN, an index that does not
exist. A plain ipywidgets control raises then, inside the kernel's message loop, where no reader looks.
The controls here tell their explorer instead, and go back to the last good value.
"""

from __future__ import annotations

import contextlib
import html
import math
import threading
from collections.abc import Callable
from typing import Any

import ipywidgets
import traitlets

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _

LABEL_WIDTH = "132px"
FULL = "100%"

Complaint = Callable[[str], None]


def tell(widget: ipywidgets.Widget, message: str) -> None:
    """Gives a message to whoever listens to this control (its explorer), if anyone does."""
    listener = getattr(widget, "complain", None)
    if listener is not None:
        listener(message)


class Guarded:
    """Mixin: what a front end sends and the control refuses becomes a message, not a traceback.

    `lock` is the explorer's once the control belongs to one: messages may be handled on a second
    thread while a cell runs, and one message is handled whole before the next thing happens.
    """

    complain: Complaint | None = None
    lock = threading.RLock()

    def _handle_msg(self, msg) -> None:
        with self.lock:
            super()._handle_msg(msg)

    def set_state(self, sync_data: dict[str, Any]) -> None:
        before = {key: getattr(self, key) for key in sync_data if self.has_trait(key)}
        try:
            super().set_state(sync_data)
        except Exception as error:
            for key, value in before.items():
                if getattr(self, key) is not value:
                    self.set_trait(key, value)
            # ValueError carries our own sentences; other errors are worded for programmers.
            plain = str(error) if type(error) is ValueError else arguments.received(sync_data)
            tell(self, _("This control cannot take that value: {what}").format(what=plain))
        # Told even when nothing changed here: the page may show what was refused.
        if any(getattr(self, key) != sync_data[key] for key in before):
            self.send_state(list(before))


def _guarded(core: type) -> type:
    return type(core.__name__, (Guarded, core), {"__doc__": core.__doc__, "__module__": __name__})


Button = _guarded(ipywidgets.Button)
Checkbox = _guarded(ipywidgets.Checkbox)
Dropdown = _guarded(ipywidgets.Dropdown)
FloatLogSlider = _guarded(ipywidgets.FloatLogSlider)
FloatSlider = _guarded(ipywidgets.FloatSlider)
IntSlider = _guarded(ipywidgets.IntSlider)
Play = _guarded(ipywidgets.Play)
Text = _guarded(ipywidgets.Text)
ToggleButtons = _guarded(ipywidgets.ToggleButtons)


def tooltip(text: str) -> dict[str, str]:
    """The keyword that gives a control its tooltip, which ipywidgets 7 and 8 name differently."""
    name = "tooltip" if "tooltip" in ipywidgets.Text.class_trait_names() else "description_tooltip"
    return {name: text}


_shared: dict[tuple, ipywidgets.Widget] = {}


def shared(kind: type, **settings: Any) -> ipywidgets.Widget:
    """One layout or style for all controls that look the same, kept as long as the kernel lives.

    Each layout and style is a widget of its own, which the browser has to build; sharing them halves
    what an explorer costs to open. `is_shared` tells a closing explorer to leave them.
    """
    key = (kind, tuple(sorted(settings.items())))
    with Guarded.lock:
        if key not in _shared or _shared[key].comm is None:
            _shared[key] = kind(**settings)
        return _shared[key]


def is_shared(widget: ipywidgets.Widget) -> bool:
    """Whether other explorers may use this layout or style, too."""
    return any(widget is one for one in _shared.values())


def layout(**settings: Any) -> ipywidgets.Layout:
    """A shared layout. A control whose layout changes later wants one of its own."""
    return shared(ipywidgets.Layout, **settings)


def style_of(control: type, **settings: Any) -> ipywidgets.Widget:
    """A shared style of the kind that a control uses."""
    return shared(control.style.klass, **settings)


def button(label: str, icon: str = "", help: str = "", **settings: Any) -> ipywidgets.Button:
    """A button as wide as its label."""
    return Button(
        description=label, icon=icon, layout=layout(width="auto"), style=style_of(Button), **settings,
        **tooltip(help or label),
    )  # fmt: skip


def switch(label: str, on: bool, help: str = "") -> ipywidgets.Checkbox:
    """A checkbox as wide as its label."""
    return Checkbox(
        value=on, description=label, indent=False, layout=layout(width="auto", margin="0 14px 0 0"),
        style=style_of(Checkbox, description_width="initial"), **tooltip(help or label),
    )  # fmt: skip


def text_html(text: str, *, role: str, color: str = "inherit", bold: bool = False) -> str:
    """A short text as HTML that a screen reader announces (`role` is "status" or "alert")."""
    if not text:
        return ""
    weight = "600" if bold else "inherit"
    return (
        f'<div role="{role}" style="line-height:1.45;white-space:pre-line;color:{color};font-weight:{weight}">'
        f"{html.escape(text)}</div>"
    )


def choice(label: str, options: list[tuple[str, str]], value: str, help: str = "") -> ipywidgets.Dropdown:
    """A labeled drop-down list. `options` are (what is shown, value)."""
    return Dropdown(
        options=options,
        value=value,
        description=label,
        style=style_of(Dropdown, description_width=LABEL_WIDTH),
        layout=layout(width=FULL, max_width="420px"),
        **tooltip(help or label),
    )


class Knob(ipywidgets.HBox):
    """A number under a slider with a number box beside it.

    `value` is the number itself (a float, or an int with `whole=True`). The slider spans `low` to
    `high`; the box is not bound to them. `check(name, value)` from `bigmodel_nb.arguments`, or a
    function like it, says which numbers are right: setting a wrong one from code raises its error,
    typing one calls `complain` with its message, and the last good value stays.

    `dragged` is True while the latest change came from the slider: then more changes may follow.
    """

    value = traitlets.Any()
    complain: Complaint | None = None
    lock = Guarded.lock

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
        self._log, self._whole = log, whole
        self._check = check or (arguments.whole if whole else arguments.number)
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
            self.slider = IntSlider(value=int(low), min=int(low), max=int(high), step=int(step or 1), **common)
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
            **tooltip(_("{label}: type a number and press Enter").format(label=label or name.replace("_", " "))),
        )
        # Set before the parent exists, so that the first value is checked like any other.
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
            self._show()

    def _text(self) -> str:
        return str(self.value) if self._whole else f"{self.value:.6g}"

    def _show(self) -> None:
        with self._silently():
            low, high = self.slider.min, self.slider.max
            if self._log:
                low, high = 10**low, 10**high
            self.slider.value = min(max(self.value, low), high)
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

    def span(self, low: float, high: float) -> None:
        """Lets the slider span another range; the value stays. Not for logarithmic knobs."""
        with self._silently():
            if low > self.slider.max:
                self.slider.max = high
                self.slider.min = low
            else:
                self.slider.min = low
                self.slider.max = high
        self._show()

    # -- from the page ----------------------------------------------------------------------

    def _complain(self, message: str) -> None:
        tell(self, message)

    def _take(self, value: Any) -> None:
        try:
            self.value = value
        except (ValueError, TypeError) as error:
            self._show()
            self._complain(str(error))

    def _from_slider(self, change) -> None:
        if self._syncing:
            return
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
