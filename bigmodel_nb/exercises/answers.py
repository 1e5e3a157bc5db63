"""Answers that readers plausibly give, kept beside an exercise and tried by the tests.

step = Answers()

@step.right
def in_one_line(w, gradient, rate): ...

@step.wrong("walks uphill")
def plus_sign(w, gradient, rate): ...
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Answer = TypeVar("Answer", bound=Callable[..., Any])


@dataclass(frozen=True)
class RightAnswer:
    name: str
    answer: Any


@dataclass(frozen=True)
class WrongAnswer:
    name: str
    answer: Any
    phrase: str  # what the check's message must contain


@dataclass
class Answers:
    """The right and the wrong answers to one exercise."""

    right_ones: list[RightAnswer] = field(default_factory=list)
    wrong_ones: list[WrongAnswer] = field(default_factory=list)

    @staticmethod
    def load(place: str) -> Answers:
        """The answers at "module:name"."""
        module, name = place.split(":")
        return getattr(importlib.import_module(module), name)

    def right(self, function: Answer) -> Answer:
        self.right_ones.append(RightAnswer(_name(function), function))
        return function

    def wrong(self, phrase: str) -> Callable[[Answer], Answer]:
        def keep(function: Answer) -> Answer:
            self.wrong_ones.append(WrongAnswer(_name(function), function, phrase))
            return function

        return keep

    def right_value(self, name: str, value: Any) -> None:
        """An answer that is not a function."""
        self.right_ones.append(RightAnswer(name, value))

    def wrong_value(self, name: str, value: Any, phrase: str) -> None:
        self.wrong_ones.append(WrongAnswer(name, value, phrase))


def _name(function: Callable) -> str:
    return function.__name__.replace("_", " ").strip()
