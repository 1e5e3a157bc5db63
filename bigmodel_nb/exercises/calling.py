"""Calling a reader's function, which may do anything, and comparing what it returns.

    step = ReaderFunction(answer, "step(w, gradient, rate)")
    call = step(w=w, gradient=gradient, rate=0.1)
    call.must_equal(w - 0.1 * gradient, Suspect(w + 0.1 * gradient, "Your step walks uphill: ..."))

Whatever goes wrong leaves as a `Fault` or as `Unfinished`; only an interrupt passes through.
"""

from __future__ import annotations

import inspect
import itertools
import linecache
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.exercises import unfinished, values
from bigmodel_nb.exercises.compare import Case, Suspect, difference
from bigmodel_nb.exercises.fault import Fault, Unfinished
from bigmodel_nb.language import gettext as _


class ReaderFunction:
    """The reader's function, to be called by keyword in the order of `signature`, "name(a, b)"."""

    def __init__(self, answer: Any, signature: str) -> None:
        self.answer = answer
        self.signature = signature
        name, rest = signature.rstrip(")").split("(")
        self.parameters = [part.strip() for part in rest.split(",")]
        if not callable(answer):
            raise Fault(
                _("This check calls your function, so give it the function itself: check({name}).").format(
                    name=name
                ),
                expected=_("a function {signature}").format(signature=signature),
                received=arguments.received(answer),
            )
        theirs = getattr(answer, "__name__", "")
        self.name = theirs if isinstance(theirs, str) and theirs.isidentifier() else name
        self._check_parameters()

    def _check_parameters(self) -> None:
        try:
            theirs = inspect.signature(self.answer)
        except Exception:  # built-in functions have none
            self.by_name = False
            return
        self.by_name = _binds(theirs, **dict.fromkeys(self.parameters))
        if not _binds(theirs, *self.parameters):
            raise Fault(
                _("Your function must take {count} arguments, in this order: {names}.").format(
                    count=len(self.parameters), names=", ".join(self.parameters)
                ),
                expected=self.signature,
                received=f"{self.name}{theirs}"[:200],
            )

    def __call__(self, /, **inputs: Any) -> Call:
        return self._call(inputs, lambda value: value)

    def try_case(self, case: Case) -> None:
        """Call it with the inputs of `case`; a Fault unless it returns what is expected there."""
        self(**case.inputs).must_equal(case.expected, *case.suspects)

    def collect(self, most: int, /, **inputs: Any) -> Call:
        """As a call, for a function that returns or yields several things: at most so many, as a list."""

        def collected(value: Any) -> Any:
            return value if value is None or value is ... else list(itertools.islice(iter(value), most))

        return self._call(inputs, collected)

    def _call(self, inputs: dict[str, Any], finish: Callable[[Any], Any]) -> Call:
        handed = {name: values.hand(value) for name, value in inputs.items()}
        try:
            with np.errstate(all="ignore"):
                value = finish(self.answer(*handed.values()))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise self._raised(error, inputs) from None
        call = Call(self, inputs, value)
        call.check_returned()
        for name, shown in inputs.items():
            before = values.plain(shown)
            if isinstance(before, np.ndarray) and not np.array_equal(before, handed[name]):
                raise call.fault(
                    _(
                        "Your function changes {name} in place: the caller's own array is different "
                        "afterwards. Leave it as it is and compute a new one."
                    ).format(name=name),
                    expected=_("{name} as it was: {value}").format(name=name, value=values.text(before)),
                    received=_("{name} afterwards: {value}").format(
                        name=name, value=values.text(handed[name])
                    ),
                )
        return call

    def given(self, inputs: dict[str, Any]) -> str:
        """The call as code that can be pasted."""
        lines = []
        for name, value in inputs.items():
            start = f"{name}=" if self.by_name else ""
            note = "" if self.by_name else f"  # {name}"
            lines.append(f"    {start}{values.code(value, indent=4 + len(start))},{note}\n")
        return f"{self.name}(\n{''.join(lines)})"

    def _raised(self, error: BaseException, inputs: dict[str, Any]) -> Exception:
        if unfinished.about_dots(error):
            return Unfinished(_("Replace the ... and run the cell again."))
        try:
            words = " ".join(str(error).split())[:300]
        except Exception:
            words = ""
        kind = type(error).__name__
        message = _("Your function raised {error}.").format(error=f"{kind}: {words}".rstrip(": ."))
        return Fault(message, given=self.given(inputs), line=self._line(error))

    def _line(self, error: BaseException) -> str:
        """The line of the reader's own code on which `error` arose, if it can be told."""
        code = getattr(self.answer, "__code__", None)
        found = ""
        for frame, number in traceback.walk_tb(error.__traceback__):
            if code is not None and frame.f_code.co_filename == code.co_filename:
                line = linecache.getline(code.co_filename, number, frame.f_globals).strip()
                found = f"{number}: {line}" if line else str(number)
        return found


class Call:
    """One call of the reader's function: its inputs and what came back."""

    def __init__(self, function: ReaderFunction, inputs: dict[str, Any], value: Any) -> None:
        self.function = function
        self.inputs = inputs
        self.value = value

    @property
    def code(self) -> str:
        """The call as code that can be pasted."""
        return self.function.given(self.inputs)

    def fault(self, message: str, *, expected: str = "", received: str = "") -> Fault:
        return Fault(message, given=self.code, expected=expected, received=received)

    def check_returned(self) -> None:
        """Refuse what cannot be an answer: nothing at all, a `...`, something still to be awaited."""
        if unfinished.holds_dots(self.value):
            raise Unfinished(_("Replace the ... and run the cell again."))
        if self.value is None:
            if unfinished.empty_body(self.function.answer):
                raise Unfinished(_("Replace the ... and run the cell again."))
            raise self.fault(
                _("Your function returns nothing (None). Is the return missing?"), received="None"
            )
        if inspect.iscoroutine(self.value):
            self.value.close()
            raise self.fault(_("Your function is declared with async: leave that word out."))

    def must_equal(self, expected: Any, *suspects: Suspect) -> None:
        """Raise a Fault unless the function returned `expected`; the first suspect that fits is named."""
        self.part_must_equal(self.value, expected, *suspects)

    def part_must_equal(self, value: Any, expected: Any, *suspects: Suspect, name: str = "") -> None:
        """The same for one part, called `name`, of what was returned."""
        if values.same(value, expected):
            return
        message = difference(value, expected, suspects, name)
        shown = values.texts(expected, value)
        label = f"{name} = " if name else ""
        raise self.fault(message, expected=label + shown[0], received=label + shown[1])

    def parts(self, *names: str) -> list[Any]:
        """What was returned, as so many things; a Fault where it is not."""
        parts = _as_list(self.value)
        if len(parts) != len(names):
            raise self.fault(
                _("Your function must return {count} things: return {names}.").format(
                    count=len(names), names=", ".join(names)
                ),
                expected=f"({', '.join(names)})",
                received=values.text(self.value),
            )
        for name, part in zip(names, parts, strict=True):
            if part is None:
                raise self.fault(_("{name} comes back as None.").format(name=name), received=f"{name} = None")
        return parts


def _as_list(value: Any) -> list[Any]:
    """The parts of a tuple, a list or a stack of arrays; of anything else, the thing itself."""
    if isinstance(value, tuple | list):
        return list(value)
    stack = values.as_numbers(value)
    return list(stack) if stack is not None and stack.ndim > 1 else [value]


def _binds(theirs: inspect.Signature, *positional: Any, **named: Any) -> bool:
    try:
        theirs.bind(*positional, **named)
    except TypeError:
        return False
    return True
