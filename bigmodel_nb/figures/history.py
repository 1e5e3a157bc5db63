"""The history of a run: one number an epoch for each quantity, for drawing and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bigmodel_nb.figures.inputs import drawable
from bigmodel_nb.figures.trace import Trace
from bigmodel_nb.language import gettext as _


def finite_or_gap(values: Sequence[float | None]) -> np.ndarray:
    """For drawing: what is not finite leaves a gap."""
    numbers = np.array([np.nan if value is None else value for value in values], float)
    return np.where(np.isfinite(numbers), drawable(numbers), np.nan)


def summary_of(trace: Trace, shown: str, history: Mapping[str, Sequence[float]]) -> str:
    """What a picture of the losses of steps and of the quantity `shown` says."""
    parts = []
    if trace.length:
        smooth = trace.smoothed()
        now = smooth[np.isfinite(smooth)][-1:]
        words = _("Loss {first} at first, {now} at step {steps}")
        parts.append(
            words.format(
                first=_number(trace.first),
                now=_number(now[0] if len(now) else trace.last),
                steps=f"{trace.length:,}",
            )
        )
    epochs = max((len(values) for values in history.values()), default=0)
    if epochs:
        after = [
            f"{_words(name)} {_number(history[name][-1])}"
            for name in dict.fromkeys(("loss", "val_loss", shown, f"val_{shown}"))
            if history.get(name)
        ]
        words = _("epoch {epoch}: ") if parts else _("Epoch {epoch}: ")
        parts.append(words.format(epoch=epochs) + ", ".join(after))
    held = finite_or_gap(history.get("val_loss", ()))
    if len(held) > 1 and np.isfinite(held).any():
        best = int(np.argmin(np.where(np.isfinite(held), held, np.inf)))
        words = _("lowest validation loss {best} after epoch {epoch}")
        parts.append(words.format(best=_number(held[best]), epoch=best + 1))
    return "; ".join(parts) + "." if parts else _("No step is done yet.")


def _words(name: str) -> str:
    words = name.removeprefix("val_").replace("_", " ")
    return _("validation {quantity}").format(quantity=words) if name.startswith("val_") else words


def _number(value: float | None) -> str:
    value = float("nan") if value is None else value
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.4g}"
