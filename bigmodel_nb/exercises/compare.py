"""Naming what is wrong with a number or an array: a known misconception, or how far off it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bigmodel_nb.exercises import values
from bigmodel_nb.language import gettext as _


@dataclass(frozen=True)
class Suspect:
    """A misconception that readers are known to have: what it gives here, and what to say to it."""

    value: Any
    message: str


@dataclass(frozen=True)
class Case:
    """One input to try, what must come back for it, and what the known misconceptions give."""

    inputs: dict[str, Any]
    expected: Any
    suspects: Sequence[Suspect] = ()

    @property
    def tells_apart(self) -> bool:
        """Whether no misconception is right by chance here, and no two of them look alike."""
        for place, suspect in enumerate(self.suspects):
            if values.same(suspect.value, self.expected):
                return False
            for other in self.suspects[:place]:
                if other.message != suspect.message and values.same(suspect.value, other.value):
                    return False
        return True


def telling(draw: Callable[[], Case]) -> Case:
    """A case from `draw` that tells the misconceptions apart; it is drawn again until one does."""
    for _attempt in range(1000):
        case = draw()
        if case.tells_apart:
            return case
    raise RuntimeError("no input tells the misconceptions apart")


def difference(value: Any, expected: Any, suspects: Sequence[Suspect] = (), name: str = "") -> str:
    """A sentence on how `value` differs from `expected`; the first of `suspects` that gives `value`."""
    what = name or _("your answer")
    received = values.as_numbers(value)
    wanted = np.asarray(expected, dtype=np.float64)
    if received is None:
        return _("{what} is not made of numbers.").format(what=_capital(what))
    for suspect in suspects:
        if values.same(received, suspect.value):
            return suspect.message
    if received.shape != wanted.shape:
        return _("{what} has shape {shape}; {expected} is expected.").format(
            what=_capital(what), shape=received.shape, expected=wanted.shape
        )
    if not np.isfinite(received).all():
        return _("{what} contains numbers that are not finite (nan or inf).").format(what=_capital(what))
    if values.same(-received, wanted):
        return _("{what} has the opposite sign.").format(what=_capital(what))
    factor = _factor(received, wanted)
    if factor is not None:
        return _("{what} is {factor:.4g} times what is expected.").format(what=_capital(what), factor=factor)
    if received.ndim == 0:
        return _("{what} is not what is expected.").format(what=_capital(what))
    wrong = int(np.sum(np.abs(received - wanted) > 1e-5 * np.max(np.abs(wanted), initial=1e-12)))
    return _("{what} differs from what is expected in {wrong} of {size} numbers.").format(
        what=_capital(what), wrong=wrong, size=received.size
    )


def _factor(received: np.ndarray, wanted: np.ndarray) -> float | None:
    """The number that all of `wanted` has been multiplied by, if it is one for all."""
    square = float(np.sum(wanted * wanted))
    if square == 0 or wanted.size < 2:
        return None
    with np.errstate(all="ignore"):
        factor = float(np.sum(received * wanted)) / square
        return factor if factor and values.same(received, factor * wanted) else None


def _capital(what: str) -> str:
    return what[:1].upper() + what[1:] if " " in what else what
