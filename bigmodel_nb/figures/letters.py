"""Letters of any text as a picture can show them."""

from __future__ import annotations

import functools

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

FONT = "DejaVu Sans Mono"  # comes with matplotlib; every letter takes the same room


def drawable_letters(text: str) -> str:
    """`text` with a sign for each letter that has none in the font: ↵ for the end of a line, else ·."""
    return "".join(_drawable(letter) for letter in text)


@functools.lru_cache(maxsize=4096)
def _drawable(letter: str) -> str:
    if letter == "\n":
        return "↵"
    return letter if letter.isprintable() and _font().get_char_index(ord(letter)) else "·"


@functools.cache
def font_file() -> str:
    """Where the font is."""
    return str(font_manager.findfont(FONT))


@functools.cache
def _font() -> FT2Font:
    return FT2Font(font_file())
