"""Text of any script in a picture: what the font has no sign for is written as its code."""

from __future__ import annotations

import functools

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

MONO = "DejaVu Sans Mono"  # comes with matplotlib
ADVANCE = 0.602  # the width of each of its letters, as a share of the size


@functools.cache
def _font() -> FT2Font:
    return FT2Font(font_manager.findfont(MONO))


@functools.cache
def _known(character: str) -> bool:
    return character.isprintable() and _font().get_char_index(ord(character)) != 0


def drawable_text(text: str) -> str:
    """`text` with what the font lacks as its code: "a😀" becomes "aU+1F600". Half a pair of UTF-16, too."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(one if _known(one) else f"U+{ord(one):04X}" for one in text)


def shortened(text: str, most: int) -> str:
    """`text` of at most so many letters; what is cut off is a sign of omission."""
    return text if len(text) <= most else text[: most - 1] + "…"
