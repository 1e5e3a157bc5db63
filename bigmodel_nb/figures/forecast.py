"""A forecast in a picture: one of them beside what came, and the errors of all by how far ahead they look.

ForecastFigure(forecast_errors(model, data, horizon=60))
picture.update(errors, example=3)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.legend import draw_legend
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _

LOOKS = {"truth": 0, "model": 5, "linear": 1, "persistence": 2, "mean": 4}
DRAWN = ("model", "linear")  # beside the truth; the others are straight lines
SEEN = 40  # values before the forecast that are shown


class ForecastFigure(Picture):
    """Draws `errors`, which `evaluation.forecast_errors` returns: on the left forecast number `example` of
    those that it keeps, on the right root mean squared errors on a logarithmic axis. `summary` says it in
    words."""

    def __init__(self, errors: Any, *, example: int = 0, theme: str = "light"):
        super().__init__(640, 330, theme)
        self.summary = ""
        self.path = self.panel(0.08, 0.135, 0.42, 0.675)
        self.error = self.panel(0.60, 0.135, 0.37, 0.675)
        self.error.set_yscale("log")
        for axes, words in (
            (self.path, _("one forecast, fed with itself")),
            (self.error, _("error by steps ahead")),
        ):
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            axes.set_xlabel(_("steps ahead"), labelpad=1)
            axes.set_title(words, loc="left", pad=5, fontsize=FONT_POINTS, color=self.theme.ink)
        self.path.axvline(0, color=self.theme.muted, linewidth=0.8, zorder=1)
        self._paths = {name: self._line(self.path, name) for name in ("truth", *DRAWN)}
        self._errors = {name: self._line(self.error, name) for name in LOOKS if name != "truth"}
        names = {
            "truth": _("what came"),
            "model": _("model"),
            "linear": _("linear"),
            "persistence": _("as it is now"),
            "mean": _("mean"),
        }
        handles = []
        for name, line in {**self._errors, "truth": self._paths["truth"]}.items():
            line.set_label(names[name])
            handles.append(line)
        draw_legend(self.figure, handles, self.theme.ink)
        self.update(errors, example=example)

    def _line(self, axes: Any, name: str) -> Any:
        look = stroke(LOOKS[name], self.theme)
        return self.moves(axes.plot([], [], color=look.color, linestyle=look.dash, linewidth=1.7)[0])

    def update(self, errors: Any, *, example: int = 0) -> None:
        """Draws other errors, or another example (counted from 0)."""
        if not all(hasattr(errors, part) for part in ("by_horizon", "paths", "truth", "context")):
            raise arguments.wrong_type("errors", _("what forecast_errors returns"), errors)
        example = arguments.whole("example", example, 0, len(errors.truth) - 1)
        seen, truth = errors.context[example][-SEEN:], errors.truth[example]
        ahead = np.arange(1, len(truth) + 1)
        whole = np.concatenate([seen, truth])
        self._paths["truth"].set_data(np.arange(1 - len(seen), len(truth) + 1), whole)
        for name in DRAWN:  # each goes on from the last value that was seen
            values = np.concatenate([seen[-1:], errors.paths[name][example]])
            self._paths[name].set_data(np.arange(len(values)), values)
        for name, line in self._errors.items():
            line.set_data(ahead, errors.by_horizon[name])
        self._fit(whole, len(seen), errors)
        last = {name: float(values[-1]) for name, values in errors.by_horizon.items()}
        self.summary = _("Root mean squared error {steps} steps ahead: {errors}.").format(
            steps=len(truth), errors=", ".join(f"{_(name)} {value:.3g}" for name, value in last.items())
        )

    def _fit(self, whole: np.ndarray, seen: int, errors: Any) -> None:
        """Limits: a forecast that runs off leaves the picture, the truth does not."""
        low, high = float(whole.min()), float(whole.max())
        space = 0.15 * (high - low) or 1.0
        self.path.set(xlim=(-seen, len(whole) - seen), ylim=(low - space, high + space))
        values = np.concatenate(list(errors.by_horizon.values()))
        values = values[(values > 0) & np.isfinite(values)]
        top = max(3 * float(errors.by_horizon["mean"].max()), float(errors.by_horizon["persistence"].max()))
        bottom = float(values.min()) if len(values) else 0.1
        self.error.set_xlim(0, len(whole) - seen)
        self.error.set_ylim(min(bottom / 1.5, top / 10), max(1.2 * top, 10 * np.finfo(float).tiny))
        self.redraw_all()
