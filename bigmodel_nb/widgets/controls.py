"""The controls that explorers are made of: core ipywidgets, made safe and given number boxes.

A front end can send a control anything: letters where a number belongs, NaN, an index that does not
exist. A plain ipywidgets control raises then, inside the kernel's message loop, where no reader looks.
The controls here tell their explorer instead, and go back to the last good value.
"""

from __future__ import annotations

import html
import threading
from collections.abc import Callable, Iterable
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


class Locked:
    """Base: what code sets is handled whole, with all that follows from it, before the next thing happens.

    `lock` is the explorer's once the control belongs to one: messages may be handled on a second
    thread while a cell runs.
    """

    lock = threading.RLock()

    def __setattr__(self, name: str, value: Any) -> None:
        with self.lock:
            super().__setattr__(name, value)


class Guarded(Locked, ipywidgets.Widget):
    """Base: what a front end sends and the control refuses becomes a message, not a traceback.

    Like what code sets, a message is handled whole before the next thing happens.
    """

    complain: Complaint | None = None

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

    def send_state(self, key: str | Iterable[str] | None = None) -> None:
        # A page acts on one name after the other: a range has to be there before the value in it, which
        # would be clipped to the old one and reported as the reader's.
        if key is not None and not isinstance(key, str):
            key = sorted(key, key=lambda name: (name == "value", name))
        super().send_state(key)


class Number(traitlets.TraitType):
    """A trait whose owner judges what is a right number. None is not."""

    default_value = 0
    info_text = "a number"


class OneOf(Guarded):
    """Base of the controls in which one of the options is always chosen."""

    def __setattr__(self, name: str, value: Any) -> None:
        # traitlets asks no validator about None where None is allowed at all. What a page sends comes
        # here, too: the value follows the index.
        if value is None and name in ("index", "label", "value"):
            raise traitlets.TraitError(_("one of the options must be chosen"))
        super().__setattr__(name, value)


class Button(Guarded, ipywidgets.Button):
    """The core control, guarded."""


class Checkbox(Guarded, ipywidgets.Checkbox):
    """The core control, guarded."""


class Dropdown(OneOf, ipywidgets.Dropdown):
    """The core control, guarded."""


class FloatLogSlider(Guarded, ipywidgets.FloatLogSlider):
    """The core control, guarded."""


class FloatSlider(Guarded, ipywidgets.FloatSlider):
    """The core control, guarded."""


class IntSlider(Guarded, ipywidgets.IntSlider):
    """The core control, guarded."""


class Play(Guarded, ipywidgets.Play):
    """The core control, guarded."""


class Text(Guarded, ipywidgets.Text):
    """The core control, guarded."""


class ToggleButtons(OneOf, ipywidgets.ToggleButtons):
    """The core control, guarded."""


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


def descendants(widget: ipywidgets.Widget) -> Iterable[ipywidgets.Widget]:
    """A widget and all widgets inside it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from descendants(child)


def close_parts(widget: ipywidgets.Widget) -> None:
    """Closes what only this widget has (layout and style), and lets go of whoever observes it."""
    for part in ("layout", "style"):
        owned = getattr(widget, part, None)
        if isinstance(owned, ipywidgets.Widget) and not is_shared(owned):
            owned.close()
    widget.unobserve_all()


def layout(**settings: Any) -> ipywidgets.Layout:
    """A shared layout. A control whose layout changes later wants one of its own."""
    return shared(ipywidgets.Layout, **settings)


def style_of(control: Any, **settings: Any) -> ipywidgets.Widget:
    """A shared style of the kind that a control uses."""
    return shared(control.style.klass, **settings)


def button(label: str, icon: str = "", help: str = "", **settings: Any) -> ipywidgets.Button:
    """A button as wide as its label."""
    return Button(
        description=label,
        icon=icon,
        layout=layout(width="auto"),
        style=style_of(Button),
        tooltip=help or label,  # so called in ipywidgets 7 also
        **settings,
    )


def switch(label: str, on: bool, help: str = "") -> ipywidgets.Checkbox:
    """A checkbox as wide as its label."""
    return Checkbox(
        value=on,
        description=label,
        indent=False,
        layout=layout(width="auto", margin="0 14px 0 0"),
        style=style_of(Checkbox, description_width="initial"),
        **tooltip(help or label),
    )


def text_html(text: str, *, role: str, color: str = "inherit", bold: bool = False, room_for: str = "") -> str:
    """A short text as HTML that a screen reader announces (`role` is "status" or "alert").

    It takes as many lines as `room_for` would, so that what stands beneath stays where it is when the
    text changes.
    """
    if not text:
        return ""
    weight = "600" if bold else "inherit"
    style = f"line-height:1.45;white-space:pre-line;color:{color};font-weight:{weight}"
    said = f'<div role="{role}" style="{style};grid-area:1/1">{html.escape(text)}</div>'
    if not room_for:
        return said
    unseen = f'<div aria-hidden="true" style="{style};grid-area:1/1;visibility:hidden">'
    return f'<div style="display:grid">{said}{unseen}{html.escape(room_for)}</div></div>'


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
