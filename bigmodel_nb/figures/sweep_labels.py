"""What the pictures of a sweep share: short labels, and colors by which the better stands out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgb

from bigmodel_nb.figures.theme import Theme
from bigmodel_nb.language import gettext as _

LONGEST = 14  # letters of a value on an axis
# One hue, from what the ground is made of to what stands out most on it: order is seen by lightness alone.
RAMPS = {
    "light": ("#f0f4f7", "#b9d7e8", "#5ba3cf", "#1f6fa8", "#073f6b"),
    "dark": ("#222a32", "#1f4b6b", "#2f79ab", "#63b3e4", "#c4e8ff"),
}
REACH = 4.0  # of the distance from the best to the middle one: beyond it all have the color of the worst


def words(name: str) -> str:
    """A name of Python as people write it: "weight_decay" is "weight decay"."""
    return name.replace("_", " ")


def metric_words(metric: str) -> str:
    """ "val_loss" is "validation loss"; what was measured in training is called so."""
    held = metric.startswith("val_")
    said = _("validation {quantity}") if held else _("training {quantity}")
    return said.format(quantity=words(metric.removeprefix("val_")))


def value_label(value: Any, longest: int = LONGEST) -> str:
    """A value of a knob on an axis: 0.001, relu, 64×32; what is too long is cut."""
    if isinstance(value, tuple | list):
        text = "×".join(value_label(one) for one in value) or _("none")
    elif isinstance(value, float):
        text = f"{value:.3g}"
    else:
        text = str(value)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def short(number: float, digits: int = 3) -> str:
    """A result in a cell, with three digits: 0.213, 12.3, 1,230, 1.2e+09."""
    size = abs(number)
    if 10**digits - 0.5 <= size < 1e6:
        return f"{number:,.0f}"
    plain = size >= 1e6 or size < 1e-4
    return f"{number:.{digits}g}" if plain else f"{number:#.{digits}g}".rstrip(".")


def ramp(theme: Theme) -> LinearSegmentedColormap:
    """From the worst (0) to the best (1)."""
    return LinearSegmentedColormap.from_list("better", RAMPS[theme.name])


def ink_on(color: Any) -> str:
    """Black or white, whichever is easier to read on a color (WCAG's relative luminance)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)
    )
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"


def goodness(values: Any, mode: str) -> np.ndarray:
    """From 0 (worst, and all that are far behind) to 1 (best); nan stays nan. `mode` is "min" or "max"."""
    numbers = np.asarray(values, dtype=float)
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return np.full(numbers.shape, np.nan)
    behind = numbers - known.min() if mode == "min" else known.max() - numbers
    away = behind[np.isfinite(behind)]
    furthest = min(float(away.max()), REACH * float(np.median(away)) or np.inf)
    if furthest <= 0:
        return np.where(np.isfinite(numbers), 1.0, np.nan)
    with np.errstate(invalid="ignore"):
        return np.clip(1 - behind / furthest, 0, 1)


def best_place(values: Any, mode: str) -> tuple[int, ...] | None:
    """Where the best of the known values stands; None where none is known."""
    numbers = np.asarray(values, dtype=float)
    if not np.isfinite(numbers).any():
        return None
    worst = np.inf if mode == "min" else -np.inf
    known = np.where(np.isfinite(numbers), numbers, worst)
    place = np.argmin(known) if mode == "min" else np.argmax(known)
    return tuple(int(one) for one in np.unravel_index(place, numbers.shape))


def letters(labels: Sequence[str]) -> int:
    """The length of the longest."""
    return max(map(len, labels), default=0)
