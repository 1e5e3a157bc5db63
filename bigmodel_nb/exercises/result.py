"""What a check says: right, not yet, or not attempted yet; and why."""

from __future__ import annotations

from dataclasses import dataclass

from bigmodel_nb.exercises import display
from bigmodel_nb.language import gettext as _


@dataclass(frozen=True, repr=False)
class Result:
    """The outcome of one check; a notebook shows it as a box.

    `message` is the first thing that is wrong. `given` is the input that shows it, as code that can be
    pasted; `expected` and `received` are what should have come back and what did; `line` is
    where your function raised an error. The same `seed` given
    to `check` tries the same inputs again.
    """

    passed: bool
    attempted: bool
    message: str
    title: str = ""
    given: str = ""
    expected: str = ""
    received: str = ""
    line: str = ""
    next_step: str = ""
    seed: int | None = None

    @property
    def box(self) -> display.Box:
        if self.passed:
            color, sign, word = display.GREEN, "✓", _("Right")
        elif self.attempted:
            color, sign, word = display.RED, "✗", _("Not yet")
        else:
            color, sign, word = display.GRAY, "○", _("Not attempted yet")
        labeled = [
            (_("Tried"), self.given),
            (_("Expected"), self.expected),
            (_("Yours"), self.received),
            (_("Line"), self.line),
        ]
        return display.Box(
            color,
            sign,
            word,
            self.title,
            (self.message,),
            tuple((label, code) for label, code in labeled if code),
            self.next_step,
        )

    def __repr__(self) -> str:
        return repr(self.box)

    def _repr_html_(self) -> str:
        return self.box._repr_html_()
