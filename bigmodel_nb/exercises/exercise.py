"""An exercise: a task, a check, hints in steps, a solution.

An exercise for a chapter states the function that the reader writes and how it is tried:

    def _try_step(step, rng):
        w, gradient = inputs.numbers(rng, 2), inputs.numbers(rng, 2)
        step(w=w, gradient=gradient, rate=0.1).must_equal(w - 0.1 * gradient, Suspect(...), ...)
        return _("What there is to notice now that it works.")

    update_step = Exercise("01/update-step", ..., signature="step(w, gradient, rate)", trial=_try_step, ...)

`check` gives the trial other random inputs each time. Nothing that a reader's function does makes
`check` raise; only an interrupt passes through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bigmodel_nb import arguments, progress
from bigmodel_nb.exercises import unfinished
from bigmodel_nb.exercises.answers import Answers, RightAnswer, WrongAnswer
from bigmodel_nb.exercises.calling import ReaderFunction
from bigmodel_nb.exercises.display import Markdown
from bigmodel_nb.exercises.fault import Fault, Unfinished
from bigmodel_nb.exercises.result import Result
from bigmodel_nb.language import gettext as _

_NOTHING: Any = object()


@dataclass(eq=False, repr=False)
class Exercise:
    """One exercise of a chapter.

    `key` is its name in the progress file ("01/update-step"), `handle` how a reader writes it
    ("descent.update_step"), `kind` a word such as "write" or "repair". `words` is the task in Markdown,
    `template` the code that the notebook holds, `given` whether that code is complete and faulty.
    `signature` is that of the function asked for, "step(w, gradient, rate)"; where it is only a name,
    `trial` gets the answer as it is. `trial(answer, rng)` raises a `Fault` at the first thing that is
    wrong and returns a closing sentence.
    `answers` is "module:name" of the right and wrong answers that the tests try.
    """

    key: str
    title: str
    kind: str
    handle: str
    words: str
    signature: str
    template: str
    hints: tuple[str, ...]
    ours: str
    trial: Callable[[Any, np.random.Generator], str]
    answers: str
    given: bool = False
    _hints_shown: int = field(default=0, init=False)

    def check(self, answer: Any = _NOTHING, *, seed: int | None = None) -> Result:
        """Try `answer` on fresh random inputs, note the outcome in your progress, and say what is wrong
        first. The `seed` of an earlier result tries the same inputs again."""
        seed = (
            int(np.random.default_rng().integers(2**31)) if seed is None else arguments.whole("seed", seed, 0)
        )
        result = self._judge(answer, seed)
        if result.attempted:
            progress.record_result(self.key, result.passed, result.message)
        return result

    def _judge(self, answer: Any, seed: int) -> Result:
        try:
            self._require_attempt(answer)
            subject = ReaderFunction(answer, self.signature) if "(" in self.signature else answer
            message = self.trial(subject, np.random.default_rng(seed))
        except Unfinished as stop:
            return Result(False, False, stop.message, self.title, seed=seed)
        except Fault as fault:
            return Result(
                passed=False,
                attempted=True,
                message=fault.message,
                title=self.title,
                given=fault.given,
                expected=fault.expected,
                received=fault.received,
                line=fault.line,
                next_step=_("Stuck? {handle}.hint()").format(handle=self.handle),
                seed=seed,
            )
        except Exception as error:  # an answer so odd that the check itself stumbles
            message = _("This check cannot make sense of what you gave it ({error}).")
            return Result(False, True, message.format(error=type(error).__name__), self.title, seed=seed)
        return Result(True, True, message, self.title, seed=seed)

    def _require_attempt(self, answer: Any) -> None:
        if answer is _NOTHING:
            raise Unfinished(_("Give the check what you wrote: {call}").format(call=self.call))
        if answer is None or unfinished.holds_dots(answer):
            raise Unfinished(_("Replace the ... and run the cell again."))
        if self.given and unfinished.as_given(answer, self.template):
            raise Unfinished(
                _(
                    "This is still the code as it was given. It runs, and it is wrong: change it and run "
                    "it again."
                )
            )

    @property
    def call(self) -> str:
        """The line that checks the answer: "descent.update_step.check(step)"."""
        return f"{self.handle}.check({self.signature.partition('(')[0]})"

    @property
    def cell(self) -> str:
        """What the notebook's cell holds at first: the template and the line that checks it."""
        return f"{self.template.strip()}\n\n{self.call}"

    def task(self) -> Markdown:
        """What there is to do."""
        return Markdown(
            f"**{self.title}** *({self.kind})*\n\n{self.words}\n\n"
            + _("Check it with `{call}`; `{handle}.hint()` goes one step further each time.").format(
                call=self.call, handle=self.handle
            )
        )

    def hint(self, number: int | None = None) -> Markdown:
        """The next hint, or hint `number`, counted from 1. They go from a question to nearly the line."""
        count = len(self.hints)
        if number is None:
            self._hints_shown = min(self._hints_shown + 1, count)
            number = self._hints_shown
        number = arguments.whole("number", number, 1, count)
        label = _("Hint {number} of {count}").format(number=number, count=count)
        more = (
            ""
            if number < count
            else "\n\n"
            + _("That was the last one. `{handle}.solution()` shows ours.").format(handle=self.handle)
        )
        return Markdown(f"**{label}.** {self.hints[number - 1]}{more}")

    def solution(self) -> Markdown:
        """Our answer, as code. There are others that are right."""
        return Markdown(f"```python\n{self.ours.strip()}\n```")

    def __repr__(self) -> str:
        return repr(self.task())

    def _repr_markdown_(self) -> str:
        return self.task().source

    @property
    def right_answers(self) -> tuple[RightAnswer, ...]:
        """Answers that the check must accept, written differently."""
        return tuple(Answers.load(self.answers).right_ones)

    @property
    def wrong_answers(self) -> tuple[WrongAnswer, ...]:
        """Plausible wrong answers, each with words that the check's message must contain."""
        return tuple(Answers.load(self.answers).wrong_ones)
