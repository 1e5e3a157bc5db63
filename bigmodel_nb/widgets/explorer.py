"""What every explorer is: controls, a picture, a summary in words, a place for messages.

A subclass makes its controls, calls `assemble`, and says in four methods what it does:

    compute()            the results for the present controls, by calling `maths`; kept on self
    draw(rescale)        brings `self.figure` up to date with the results
    describe()           the summary: what the picture shows, in words
    code()               a notebook cell that makes the same picture without the explorer

Everything else is the same for all and lives here: one refresh under one lock, JPEG while a control
moves and PNG when it rests, errors shown where the reader looks, and closing that frees everything.
"""

from __future__ import annotations

import contextlib
import functools
import html
import threading
import time
from collections.abc import Callable, Sequence

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import Picture
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets import lifetime
from bigmodel_nb.widgets.controls import FULL, Locked, button, close_parts, descendants, text_html
from bigmodel_nb.widgets.prediction import Prediction
from bigmodel_nb.widgets.still import bundles
from bigmodel_nb.widgets.ticking import BY_ITSELF, RUNNING, Ticker

REST = 0.15  # seconds without a change after which a control counts as resting
ALERT = "#c62828"  # at least 4.5 : 1 on JupyterLab's light and, in bold, 3 : 1 on its dark ground


def locked(method: Callable) -> Callable:
    """Runs a method while holding the explorer's lock; nothing runs on a closed explorer."""

    @functools.wraps(method)
    def wrapper(self, *args, **kwargs):
        with self._lock:
            return None if self.closed else method(self, *args, **kwargs)

    return wrapper


def all_or_nothing(init: Callable) -> Callable:
    """For the constructor of an explorer: where it raises, the controls made so far are closed again."""

    @functools.wraps(init)
    def wrapper(self, *args, **kwargs):
        try:
            init(self, *args, **kwargs)
        except BaseException:
            self.close()
            raise

    return wrapper


class Explorer(ipywidgets.VBox):
    """Base class. Public on every explorer:

    `figure`   the picture (a `figures.canvas.Picture`);  `summary_text`  what it shows, in words
    `message`  the latest complaint, "" when all is well
    `settle()` computes and draws at rest, in full quality;  `code()`  the state as a notebook cell
    `close()`  frees every control; closing twice is fine.  `closed`  whether that has happened
    """

    figure: Picture
    closed = True  # until it is made

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.closed = False
        self.message = ""
        self.summary_text = ""
        self.prediction: Prediction | None = None
        self._last_change = 0.0
        self._settled = True
        self._refused = False  # whether the latest refresh failed
        self._quiet = 0  # above zero while code changes several controls at once
        self.image = ipywidgets.Image(
            format="png", layout={"width": "640px", "max_width": FULL, "height": "auto", "margin": "2px 0"}
        )
        # Stretched: a width of 100% and their margins would scroll sideways.
        self._summary = ipywidgets.HTML(layout={"max_width": "640px"})
        self._alert = ipywidgets.HTML(layout={"max_width": "640px", "min_height": "24px"})
        self._code = ipywidgets.HTML(layout={"max_width": "640px", "display": "none"})
        self._kept: list[ipywidgets.Widget] = []
        self.code_button = button(
            _("Show code"), "code", _("the cell that makes this picture without the explorer")
        )
        self.code_button.on_click(self._on_code)
        self._clock = Ticker(self._on_clock, interval=120)
        self._kept.append(self._clock.widget)
        super().__init__(layout={"width": FULL, "max_width": "680px"})
        self.add_class("bigmodel-live")
        lifetime.adopt(self)

    # -- what a subclass says ---------------------------------------------------------------

    def compute(self) -> None:
        raise NotImplementedError

    def draw(self, rescale: bool) -> None:
        raise NotImplementedError

    def describe(self) -> str:
        raise NotImplementedError

    def code(self) -> str:
        raise NotImplementedError

    def longest(self) -> str:
        """A summary as long as it gets while controls move; the page keeps room for it. May be empty."""
        return ""

    # -- putting it together ----------------------------------------------------------------

    def assemble(
        self, controls: Sequence[ipywidgets.Widget], *, beneath: Sequence[ipywidgets.Widget] = ()
    ) -> None:
        """Lays out the explorer: prediction, picture, what is `beneath` it, summary, controls."""
        above = [self.prediction] if self.prediction is not None else []
        self.children = [
            *above,
            self.image,
            *beneath,
            self._summary,
            *controls,
            self._alert,
            ipywidgets.HBox([self.code_button, self._clock.widget]),
            self._code,
        ]
        for widget in descendants(self):
            self._adopt(widget)
        if self.prediction is not None:
            self.prediction.on_reveal(self._on_reveal)
            self._beneath = list(beneath)
            for widget in beneath:  # there is nothing to play yet
                widget.layout.display = "none"
        with self._lock:  # here what maths refuses is an argument of the caller's
            self.compute()
            self._show(moving=False)

    def ask(self, prediction: Prediction | None) -> None:
        """Puts a prediction before the picture; the explorer closes it with the rest."""
        if prediction is None:
            return
        expected = _("a Prediction that no other explorer asks")
        if not isinstance(prediction, Prediction):
            raise arguments.wrong_type("prediction", expected, prediction)
        if prediction.subject is not None:
            raise arguments.wrong_value("prediction", expected, prediction)
        self.prediction = prediction
        prediction.subject = self

    def keep(self, *widgets: ipywidgets.Widget) -> None:
        """Takes charge of controls that are not on the page (yet): their messages and their closing."""
        for widget in widgets:
            for one in descendants(widget):
                self._adopt(one)
                self._kept.append(one)

    def _adopt(self, widget: ipywidgets.Widget) -> None:
        if isinstance(widget, Locked):
            widget.lock = self._lock
        if hasattr(widget, "complain") and widget is not self:
            widget.complain = self.complain

    @property
    def revealed(self) -> bool:
        """False while a prediction is asked for and has not been answered."""
        return self.prediction is None or self.prediction.revealed

    # -- the one refresh --------------------------------------------------------------------

    @locked
    def refresh(self, moving: bool = False) -> None:
        """Controls, maths, figure, picture to the browser. Errors go to the message area."""
        if self._quiet:
            return
        self._refused = True
        try:
            self.compute()
            self._show(moving)
        except (ValueError, TypeError) as error:
            self.complain(str(error))
        except Exception as error:  # ours to mend; the reader gets a sentence, not a traceback
            self.complain(
                _("Something went wrong in this explorer, not in what you did: {kind}: {error}").format(
                    kind=type(error).__name__, error=error
                )
            )
        else:
            self._refused = False
            if self.message:
                self.complain("")

    def _show(self, moving: bool) -> None:
        moving = moving and BY_ITSELF  # else no tick comes to make the picture sharp again
        self.draw(rescale=not moving)
        kind, data = self.figure.encode(moving)
        with self.image.hold_sync():
            self.image.format = kind
            self.image.value = data
        self.summary_text = self.describe()
        self._summary.value = text_html(self.summary_text, role="status", room_for=self.longest())
        self._settled = not moving
        self._last_change = time.monotonic()
        if moving:
            self._clock.start()
        elif self._clock.running:
            self._clock.stop()
        if self._code.value and not moving:
            self._code.value = self._code_html()

    def settle(self) -> None:
        """Computes and draws the present state at rest, as the browser would a moment after a change."""
        self.refresh()

    @locked
    def _on_clock(self) -> None:
        if self._settled:
            self._clock.stop()
        elif time.monotonic() - self._last_change >= REST:
            self.refresh()

    @locked
    def changed(self, change) -> None:
        """Observer for controls: redraws, in motion where the change came from a dragged slider.

        A value that maths refuses is taken back, and the message says why.
        """
        self.refresh(moving=getattr(change["owner"], "dragged", False))
        if self._refused and not self._quiet:
            reason = self.message
            with self.together():
                change["owner"].set_trait(change["name"], change["old"])
            self.complain(reason)

    @contextlib.contextmanager
    def silently(self):
        """`with explorer.silently(): ...` changes controls without redrawing."""
        with self._lock:
            self._quiet += 1
            try:
                yield
            finally:
                self._quiet -= 1

    @contextlib.contextmanager
    def together(self):
        """`with explorer.together(): ...` changes several controls and redraws once, at the end."""
        with self._lock:
            with self.silently():
                yield
            self.refresh()

    # -- words ------------------------------------------------------------------------------

    @locked
    def complain(self, message: str) -> None:
        """Shows a message in the explorer, or takes it away (with an empty one)."""
        self.message = message
        self._alert.value = text_html(message and "⚠ " + message, role="alert", color=ALERT, bold=True)

    def _on_reveal(self) -> None:
        for widget in self._beneath:
            widget.layout.display = None
        self.refresh()

    def _code_html(self) -> str:
        style = "user-select:all;padding:8px;border:1px solid #8b949e;white-space:pre-wrap;word-break:normal"
        return f'<pre style="{style}" tabindex="0">{html.escape(self.code())}</pre>'

    @locked
    def _on_code(self, _button) -> None:
        if self._code.value:
            self._code.value = ""
            self._code.layout.display = "none"
            self.code_button.description = _("Show code")
        else:
            self._code.value = self._code_html()
            self._code.layout.display = None
            self.code_button.description = _("Hide code")

    # -- showing and closing ----------------------------------------------------------------

    def still(self) -> bytes:
        """The picture at rest, as PNG bytes."""
        with self._lock:
            if not self._settled:
                self.refresh()
            return bytes(self.image.value)

    def _ipython_display_(self, **_kwargs) -> None:
        from IPython.display import display

        if self.closed:
            display(
                {"text/plain": _("This explorer was closed. Run its cell again for a new one.")}, raw=True
            )
            return
        with self._lock:
            png, words = self.still(), self.summary_text
        for bundle in bundles(self, png, words, self.figure.width):
            display(bundle, raw=True)

    def close(self) -> None:
        """Closes the explorer and everything in it; the browser lets go of its part, too."""
        if self.closed:  # ipywidgets closes what was never made, too, when Python collects it
            return
        with self._lock:
            self.closed = True
            mine = self._mine()
            for widget in mine:  # else the page ticks on for a moment and finds nobody to tell
                if isinstance(widget, ipywidgets.Play) and getattr(widget, RUNNING):
                    widget.set_trait(RUNNING, False)
            for widget in mine:
                close_parts(widget)
                if widget is not self:
                    widget.close()
            self.__dict__.pop("figure", None)  # megabytes, and Jupyter's Out remembers every explorer shown
            lifetime.forget(self)
            super().close()
            self.__dict__.pop("_ipython_display_", None)  # ipywidgets 7 hides ours, which says it was closed

    def _mine(self) -> list[ipywidgets.Widget]:
        """The explorer and every widget made for it, also where its making was broken off."""
        named = [
            one for part in vars(self).values() for one in (part.values() if type(part) is dict else [part])
        ]
        roots = [self, *self._kept, *(one for one in named if isinstance(one, ipywidgets.Widget))]
        return list({id(one): one for root in roots for one in descendants(root)}.values())
