"""Colors, dashes and markers: one look for all pictures, light and dark.

The line colors are those of Okabe and Ito ("Color Universal Design", 2008), which readers with the
common kinds of color blindness can tell apart. Every line also has a dash and a marker of its own,
so that color is never the only thing that tells two lines apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from bigmodel_nb import arguments


@dataclass(frozen=True)
class Theme:
    """What a picture is painted with. All colors are `#rrggbb`."""

    name: str
    card: str  # the opaque ground of the whole picture
    panel: str  # the ground of one axes
    ink: str  # text, and the line that needs no color
    muted: str  # ticks, frames, captions
    grid: str
    low: str  # filled contours run from `low`, where the loss is small, ...
    high: str  # ... to `high`
    contour_line: str


LIGHT = Theme("light", "#ffffff", "#ffffff", "#1b1f24", "#4d5661", "#e3e7eb", "#fbfcfd", "#b3bfcb", "#8b97a3")
DARK = Theme("dark", "#16191d", "#1c2025", "#f2f4f6", "#b6bec8", "#343b44", "#1a1e23", "#4b5763", "#66727f")
THEMES = {"light": LIGHT, "dark": DARK}


def theme_named(name: str) -> Theme:
    """The theme called `name`, "light" or "dark"."""
    return THEMES[arguments.one_of("theme", name, THEMES)]


@dataclass(frozen=True)
class Stroke:
    """How one line is told from the others: by color, and again by dash and by marker."""

    color: str
    dash: tuple  # matplotlib's (offset, (on, off, ...)), or (0, ()) for a solid line
    marker: str


_SOLID = (0, ())
_STROKES = (
    ("", _SOLID, "o"),  # ink
    ("#0072b2", (0, (5, 1.6)), "s"),
    ("#56b4e9", (0, (5, 1.4, 1.2, 1.4)), "^"),
    ("#009e73", (0, (1.4, 1.2)), "D"),
    ("#cc79a7", (0, (3, 1.2, 1, 1.2, 1, 1.2)), "v"),
    ("#d55e00", _SOLID, "P"),
    ("#e69f00", (0, (8, 1.6)), "X"),
)
# On the dark card the deep blue, green and vermilion are lifted to keep a contrast of 4.5 or more.
_LIFTED = {"#0072b2": "#4aa8e8", "#56b4e9": "#a5dcff", "#009e73": "#2cc79a", "#d55e00": "#ff8340"}


def stroke(index: int, theme: Theme) -> Stroke:
    """The look of line number `index` (from 0; seven looks, then they repeat)."""
    color, dash, marker = _STROKES[index % len(_STROKES)]
    if not color:
        color = theme.ink
    elif theme.name == "dark":
        color = _LIFTED.get(color, color)
    return Stroke(color, dash, marker)
