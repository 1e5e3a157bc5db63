"""Who watches a run: whatever is called with a `Progress` now and then.

`fit` calls its watcher by the clock: at most four times a second, and so rarely that watching takes no more
than 1.2 % of the run, after a head start. Loading `bigmodel_nb.widgets` makes the live panel the default; a
terminal gets one line that is written over, and so does a cell of a notebook where the panel is not loaded;
anything else (a script's output in a file, a test) gets nothing.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bigmodel_nb.arguments import wrong_type
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.run import duration, label

SHARE, SHORTEST = 0.012, 0.25  # of the run's time; seconds between two calls
HEAD_START = 0.3  # seconds that do not count: what watches has to show itself first


@dataclass(frozen=True)
class Progress:
    """How far a run has come. `losses` holds the loss of every step so far, `history` the finished epochs.

    `loss` is the mean over the steps since the last time, `rate` the learning rate now, `seconds_left` an
    estimate; `ended` is None while the run goes on, then as in `Run`.
    """

    name: str
    step: int
    steps: int
    epoch: int
    epochs: int
    steps_per_epoch: int
    loss: float | None
    rate: float | None
    seconds: float
    seconds_left: float | None
    examples_per_second: float | None
    unit: str  # "examples" or "tokens"
    losses: Sequence[float] = field(repr=False)
    history: dict[str, list[float]] = field(repr=False)
    notes: Sequence[str] = ()
    ended: str | None = None
    message: str = ""
    rates: Sequence[float] = field(default=(), repr=False)  # of every step, where a schedule sets them

    def __str__(self) -> str:
        parts = [
            _("epoch {epoch} of {epochs}").format(epoch=self.epoch, epochs=self.epochs),
            _("step {step} of {steps}").format(step=self.step, steps=self.steps),
        ]
        if self.loss is not None:
            parts.append(_("loss {loss}").format(loss=f"{self.loss:.4g}"))
        parts += [
            f"{label(name)} {values[-1]:.4g}"
            for name, values in self.history.items()
            if values and name.startswith("val_")
        ]
        if self.examples_per_second:
            speed = f"{self.examples_per_second:,.0f}"
            parts.append(
                _("{speed} tokens/s").format(speed=speed)
                if self.unit == "tokens"
                else _("{speed} examples/s").format(speed=speed)
            )
        if self.ended is None and self.seconds_left is not None:
            parts.append(_("{time} left").format(time=duration(self.seconds_left)))
        return ", ".join(parts)


Watcher = Callable[[Progress], Any]
_default: Callable[[], Watcher | None] | None = None


def set_default(make: Callable[[], Watcher | None] | None) -> None:
    """`make()` will be asked for a watcher at the start of each run that is not told who watches; None as its
    answer leaves it to the terminal."""
    global _default
    _default = make


def watcher_for(watch: Any) -> Watcher | None:
    """The watcher that `fit`'s argument `watch` names: True for the default, False or None for nobody."""
    if watch is False or watch is None:
        return None
    if watch is True:
        made = _default() if _default is not None else None
        stream = _place()
        return made or (None if stream is None else Line(stream))
    if not callable(watch):
        raise wrong_type("watch", _("True, False or a function of a Progress"), watch)
    return watch


def _place() -> Any:
    """Where a line can be written over: a terminal, or what a notebook's cell prints; else None."""
    if getattr(sys.stderr, "isatty", lambda: False)():
        return sys.stderr
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return sys.stdout if getattr(shell, "kernel", None) is not None else None


def _columns(stream: Any) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):  # no terminal, or one that does not say
        return 80


class Line:
    """One line of a terminal or a cell, written over as the run goes on; at the end how it ended."""

    def __init__(self, stream: Any = None) -> None:
        self._stream = stream
        self._width = 0

    def __call__(self, progress: Progress) -> None:
        stream = sys.stderr if self._stream is None else self._stream
        columns = _columns(stream) - 1  # a longer line would break, and stay
        text = str(progress)
        text = text if len(text) <= columns else text[: columns - 1] + "…"
        end = ""
        if progress.ended is not None:
            end = "\n" + (f"{_(progress.ended)}. {progress.message}\n" if progress.message else "")
        stream.write("\r" + text.ljust(min(self._width, columns)) + end)
        stream.flush()
        self._width = len(text)


class Clock:
    """Calls a watcher when it is time. A watcher that raises is told so once, and no longer called."""

    def __init__(self, watcher: Watcher | None):
        self.watcher = watcher
        self.seconds = 0.0  # spent in the watcher
        self.trouble = ""
        self._began = time.perf_counter()
        self._next = 0.0

    @property
    def due(self) -> bool:
        return self.watcher is not None and time.perf_counter() >= self._next

    def tell(self, progress: Progress) -> None:
        if self.watcher is None:
            return
        start = time.perf_counter()
        try:
            self.watcher(progress)
        except Exception as error:  # the reader's own function; the run is worth more
            self.watcher = None
            self.trouble = _("watch was no longer called; it raised {kind}: {error}").format(
                kind=type(error).__name__, error=error
            )
        now = time.perf_counter()
        self.seconds += now - start
        self._next = max(now + SHORTEST, self._began + (self.seconds - HEAD_START) / SHARE)
