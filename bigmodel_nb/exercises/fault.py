"""How a check ends early: at the first thing that is wrong, or because nothing is there to judge."""

from __future__ import annotations


class Fault(Exception):
    """The first thing that is wrong with an answer, in the reader's terms.

    `given` is the input as code that can be pasted; `expected` and `received` are short texts;
    `line` is the line of the reader's code on which an error arose.
    """

    def __init__(
        self, message: str, *, given: str = "", expected: str = "", received: str = "", line: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.given = given
        self.expected = expected
        self.received = received
        self.line = line


class Unfinished(Exception):
    """There is no attempt yet: the template is as it was, or a `...` is left in it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
