"""Arrays in tuples, lists and dicts, as models with several inputs take them; None stands for no array."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def leaves(parts: Any) -> list[Any]:
    """The arrays of a nested structure, in order."""
    return list(_leaves(parts))


def _leaves(parts: Any) -> Iterator[Any]:
    if isinstance(parts, dict):
        parts = tuple(parts.values())
    if isinstance(parts, tuple | list):
        for part in parts:
            yield from _leaves(part)
    elif parts is not None:
        yield parts


def each(function: Callable, parts: Any, *others: Any) -> Any:
    """The same structure with `function` of each array (and of those at its place in `others`)."""
    if parts is None:
        return None
    if isinstance(parts, dict):
        return {
            name: each(function, part, *(other[name] for other in others)) for name, part in parts.items()
        }
    if isinstance(parts, tuple | list):
        return tuple(each(function, part, *(other[i] for other in others)) for i, part in enumerate(parts))
    return function(parts, *others)


def signature(parts: Any) -> Any:
    """Structure, shapes but for the number of rows, and types: what a compiled loop depends on."""
    if isinstance(parts, dict):
        return tuple((name, signature(part)) for name, part in parts.items())
    if isinstance(parts, tuple | list):
        return tuple(signature(part) for part in parts)
    if parts is None:
        return None
    dtype = getattr(parts.dtype, "name", str(parts.dtype))
    return tuple(parts.shape[1:]), dtype
