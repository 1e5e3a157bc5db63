"""Telling a template that nobody has filled in yet from an answer."""

from __future__ import annotations

import dis
from types import CodeType
from typing import Any

_NO_WORK = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP"}


def holds_dots(value: Any, depth: int = 3) -> bool:
    """Whether `value` is `...`, or a list, tuple or dict that holds it."""
    if value is ...:
        return True
    if depth and isinstance(value, list | tuple):
        return any(holds_dots(part, depth - 1) for part in value)
    if depth and isinstance(value, dict):
        return any(holds_dots(part, depth - 1) for part in value.values())
    return False


def about_dots(error: BaseException) -> bool:
    """Whether `error` comes of computing with a `...`, or says that nothing is implemented."""
    try:
        return isinstance(error, NotImplementedError) or "ellipsis" in str(error).lower()
    except Exception:  # an error whose text cannot be had
        return False


def empty_body(function: Any) -> bool:
    """Whether `function` does nothing at all, or returns without a value while a `...` is left in it."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return False
    return ... in _constants(code) or all(step.opname in _NO_WORK for step in dis.get_instructions(code))


def _constants(code: CodeType) -> list:
    return [constant for constant in code.co_consts if constant is ...]


def as_given(function: Any, template: str) -> bool:
    """Whether `function` is, instruction by instruction, the one in `template`."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return False
    module = compile(template, "<template>", "exec")
    return any(isinstance(part, CodeType) and _same_code(code, part) for part in module.co_consts)


def _same_code(a: CodeType, b: CodeType) -> bool:
    if (a.co_code, a.co_names, a.co_varnames) != (b.co_code, b.co_names, b.co_varnames):
        return False
    if len(a.co_consts) != len(b.co_consts):
        return False
    return all(
        _same_code(x, y)
        if isinstance(x, CodeType) and isinstance(y, CodeType)
        else (type(x), x) == (type(y), y)
        for x, y in zip(a.co_consts, b.co_consts, strict=True)
    )
