"""A mask written as text, row by row: "3: 1, 2; 4: 0-4"."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.language import gettext as _

_ROW = re.compile(r"^\s*(\d+)\s*:\s*(.*?)\s*$", re.DOTALL)
_PART = re.compile(r"^(\d+)(?:-(\d+))?$")


def mask_rows(text: Any, mask: np.ndarray) -> np.ndarray:
    """`mask` (T, T) of booleans with the rows that `text` names: "3: 1, 2" lets token 3 see tokens 1 and 2
    and nothing else, "3: 0-2" those from 0 to 2, "3: all" every one. Rows are separated by ";" or line ends,
    tokens are counted from 0; rows that are not named stay as they are in `mask`."""
    expected = _('rows such as "3: 1, 2; 4: 0-4", of tokens from 0 to {last}').format(last=len(mask) - 1)
    if not isinstance(text, str):
        raise wrong_type("rows", expected, text)
    changed = np.array(mask, dtype=bool)
    for part in re.split(r"[;\n]", text):
        if not part.strip():
            continue
        found = _ROW.match(part)
        if found is None or len(found.group(1)) > 6 or int(found.group(1)) >= len(mask):
            raise wrong_value("rows", expected, part.strip())
        changed[int(found.group(1))] = _seen(found.group(2), part, len(mask), expected)
    return changed


def _seen(text: str, part: str, length: int, expected: str) -> np.ndarray:
    seen = np.zeros(length, dtype=bool)
    if text == "all":
        return ~seen
    for one in re.split(r"[,\s]+", text.strip()):
        found = _PART.match(one)
        ends = [int(end) for end in found.groups() if end and len(end) < 7] if found else []
        if not ends or not 0 <= ends[0] <= ends[-1] < length:
            raise wrong_value("rows", expected, part.strip())
        seen[ends[0] : ends[-1] + 1] = True
    return seen
