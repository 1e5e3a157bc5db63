"""The stop button: an interrupt is remembered and answered between two calls of the compiled loop.

A KeyboardInterrupt raised anywhere could leave half of the weights updated. So while `fit` runs, the signal
only sets a flag. A second one, for readers who cannot wait for a slow call, raises as usual.
"""

from __future__ import annotations

import signal
import threading
from types import TracebackType
from typing import Any


class StopButton:
    """`with StopButton() as stop: ... if stop.pressed: ...`; on other threads nothing can be pressed."""

    def __init__(self) -> None:
        self.pressed = False
        self._before: Any = None

    def __enter__(self) -> StopButton:
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if callable(before):  # nobody took care of it, or somebody ignores it on purpose: leave it
                self._before = signal.signal(signal.SIGINT, self._press)
        return self

    def _press(self, number: int, frame: Any) -> None:
        if self.pressed and callable(self._before):
            self._before(number, frame)
        self.pressed = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
