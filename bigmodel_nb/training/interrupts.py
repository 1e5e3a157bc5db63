"""The stop button: an interrupt is remembered and answered between two calls of the compiled loop.

A KeyboardInterrupt raised anywhere could leave half of the weights updated. So while `fit` runs, the signal
only sets a flag. One that comes a second later or more, from readers who cannot wait for a slow call, raises
as usual, but never while weights are being copied (`shielded`). Pressing twice at once is pressing once.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

PATIENCE = 1.0  # seconds after the first press until another one raises


class StopButton:
    """`with StopButton() as stop: ... if stop.pressed: ...`; on other threads nothing can be pressed."""

    def __init__(self) -> None:
        self.pressed = False
        self._before: Any = None
        self._pressed_at = 0.0
        self._shields = 0
        self._owed: tuple[int, Any] | None = None  # a second press that waits for the end of a shield

    def __enter__(self) -> StopButton:
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if callable(before):  # nobody took care of it, or somebody ignores it on purpose: leave it
                self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def _press(self, number: int, frame: Any) -> None:
        if not self.pressed:
            self.pressed, self._pressed_at = True, time.perf_counter()
            outer = getattr(self._before, "__self__", None)
            if isinstance(outer, StopButton):  # a fit within a callback of a fit: both end
                outer.pressed, outer._pressed_at = True, self._pressed_at
        elif time.perf_counter() < self._pressed_at + PATIENCE:
            return
        elif self._shields:
            self._owed = (number, frame)
        else:
            self._before(number, frame)

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """For as long as the block lasts nothing raises; what was owed is raised at its end."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
            if not self._shields and self._owed is not None:
                owed, self._owed = self._owed, None
                self._before(*owed)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
