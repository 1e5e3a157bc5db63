"""The picture of a fit: samples and curve, errors by complexity, and the weights as bars."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter, NullLocator

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.legend import draw_legend
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.noisy_fits import GRID, TRAINED, Errors, Redrawn, Sample, Spread, WaveFit, wave

HIGH = 2.3  # of the curve's panel, up and down
LOWEST, HIGHEST = 1e-3, 1e2  # of the errors; what is higher leaves the panel
MOST_CURVES = 30
STRONGEST = 1e6  # of the weights, up and down
STEPS = (10, 25, 50, 100, 200, 500)  # widths of the axis of a network's weights


class FitFigure(Picture):
    """Draws `fit` (of `maths.noisy_fits.fit_to`) through `data`, with `errors` by complexity beside it.

    With `redrawn` and `spread` (of `redraw` and `spread_by_complexity`) it shows bias and variance instead:
    the curves of many fits and their mean, and the two by complexity. `fit=None` shows the samples alone.
    A weight that is exactly 0 is a ring on the axis, the others are bars, on an axis that is logarithmic
    beyond 1.
    """

    def __init__(
        self,
        data: Sample,
        fit: WaveFit | None = None,
        errors: Errors | None = None,
        *,
        redrawn: Redrawn | None = None,
        spread: Spread | None = None,
        theme: str = "light",
    ):
        super().__init__(640, 430, theme)
        self.curve = self.panel(0.075, 0.115, 0.465, 0.735)
        self.errors = self.panel(0.660, 0.530, 0.325, 0.320)
        self.bars = self.panel(0.660, 0.115, 0.325, 0.235)
        self.curve.set(xlim=(-1.05, 1.05), ylim=(-HIGH, HIGH), xlabel=r"$x$", ylabel=r"$y$")
        self.curve.yaxis.labelpad = 0
        self.errors.set(yscale="log", ylim=(LOWEST, HIGHEST))
        self.errors.yaxis.set_minor_locator(NullLocator())
        self.bars.set_yscale("symlog", linthresh=1, linscale=0.8)
        self.bars.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        self.bars.yaxis.set_minor_locator(NullLocator())
        self.bars.yaxis.set_major_formatter(FuncFormatter(_tick))
        self.bars.axhline(0, color=self.theme.muted, linewidth=0.8, zorder=2)
        self.bars.set_title(_("weights"), loc="left", pad=4, fontsize=FONT_POINTS, color=self.theme.ink)
        self._make_artists()
        self._looks: tuple = ()
        self.update(data, fit, errors, redrawn=redrawn, spread=spread)

    def _make_artists(self) -> None:
        ink, fit, train, truth = (stroke(index, self.theme) for index in (0, 5, 1, 3))

        def line(axes, style, *, marked=False, **settings) -> Line2D:
            settings = {"color": style.color, "linestyle": style.dash, "linewidth": 1.9} | settings
            if marked:
                settings |= {"marker": style.marker, "markersize": 3.6}
            return self.moves(axes.plot([], [], **settings)[0])

        self._many = LineCollection([], colors=train.color, linewidths=0.8, alpha=0.45, zorder=3)
        self.moves(self.curve.add_collection(self._many))
        self.curve.plot(GRID, wave(GRID), color=truth.color, linestyle=truth.dash, linewidth=1.9, zorder=4)
        self._fit = line(self.curve, fit, zorder=5)
        self._samples = line(
            self.curve, ink, linestyle="none", marker="o", markersize=5, zorder=6,
            markeredgecolor=self.theme.card, markeredgewidth=0.6,
        )  # fmt: skip
        self._floor = line(self.errors, ink, linewidth=1.0, color=self.theme.muted, zorder=2)
        self._first = line(self.errors, train, marked=True, zorder=4)
        self._second = line(self.errors, fit, marked=True, zorder=5)
        self._third = line(self.errors, ink, linewidth=1.1, zorder=3)
        self._cursor = self.moves(
            self.errors.axvline(1, color=self.theme.muted, linewidth=1.0, linestyle=(0, (2, 2)), zorder=3)
        )
        self._weights = LineCollection([], colors=fit.color, zorder=4)
        self.moves(self.bars.add_collection(self._weights))
        self._zeros = line(
            self.bars, ink, linestyle="none", marker="o", markersize=5, markerfacecolor=self.theme.card,
            markeredgewidth=1.2, zorder=5,
        )  # fmt: skip
        self._styles = {"ink": ink, "fit": fit, "train": train, "truth": truth}

    # -- changing -------------------------------------------------------------------------------

    def update(
        self,
        data: Sample,
        fit: WaveFit | None,
        errors: Errors | None,
        *,
        redrawn: Redrawn | None = None,
        spread: Spread | None = None,
        rescale: bool = True,
    ) -> None:
        """Draws another fit in place. `rescale=False` keeps the limits of the weights' axis."""
        for name, value, kind in (
            ("data", data, Sample), ("fit", fit, WaveFit | None), ("errors", errors, Errors | None),
            ("redrawn", redrawn, Redrawn | None), ("spread", spread, Spread | None),
        ):  # fmt: skip
            if not isinstance(value, kind):
                raise arguments.wrong_type(name, _("what maths.noisy_fits makes"), value)
        shown = fit is not None
        many = redrawn is not None
        self._dress(fit.model if fit is not None else "polynomial", many, spread if many else errors)
        self._samples.set_data(data.x, data.y)
        self._samples.set_visible(not many)
        self._fit.set_visible(shown)
        self._many.set_visible(many)
        if redrawn is not None:
            curves = np.clip(redrawn.curves[:MOST_CURVES], -1e3, 1e3)
            self._many.set_segments([np.column_stack([GRID, one]) for one in curves])
            self._fit.set_data(GRID, np.clip(redrawn.curves.mean(axis=0), -1e3, 1e3))
        elif fit is not None:
            self._fit.set_data(GRID, np.clip(fit.curve, -1e3, 1e3))
        self._draw_errors(data, fit, errors, spread if many else None)
        self._draw_weights(fit, rescale)

    def _draw_errors(
        self, data: Sample, fit: WaveFit | None, errors: Errors | None, spread: Spread | None
    ) -> None:
        first = second = third = None
        across = np.zeros(0)
        if spread is not None:
            across, first, second = spread.complexities, spread.variance, spread.bias
            third = spread.variance + spread.bias
        elif errors is not None:
            across, first, second = errors.complexities, errors.train, errors.validation
        for artist, heights in ((self._first, first), (self._second, second), (self._third, third)):
            artist.set_visible(heights is not None)
            if heights is not None:
                artist.set_data(across, np.clip(heights, LOWEST / 10, HIGHEST * 10))
        self._floor.set_visible(spread is None and data.noise > 0)
        if len(across):
            self._floor.set_data([across[0], across[-1]], [data.noise**2] * 2)
        self._cursor.set_visible(fit is not None)
        if fit is not None:
            self._cursor.set_xdata([fit.complexity] * 2)

    def _draw_weights(self, fit: WaveFit | None, rescale: bool) -> None:
        weights = np.zeros(0) if fit is None else np.clip(fit.linear.weights, -STRONGEST, STRONGEST)
        places = np.arange(1, len(weights) + 1)
        alive = weights != 0
        self._weights.set_segments(
            [[(x, 0), (x, y)] for x, y in zip(places[alive], weights[alive], strict=True)]
        )
        self._weights.set_linewidth(float(np.clip(120 / max(len(weights), 1), 0.8, 7)))
        self._zeros.set_data(places[~alive], weights[~alive])
        self._zeros.set_markersize(float(np.clip(60 / max(len(weights), 1), 1.5, 5)))
        if not rescale or fit is None:
            return
        # As wide as for the largest degree, or in steps: a slider then seldom asks for another axis.
        steps = {"polynomial": (15,), TRAINED: (12,)}.get(fit.model, STEPS)
        most = next((one for one in steps if one >= len(weights)), 0)
        right = max(most, len(weights)) + 0.7
        tallest = float(np.abs(weights).max())
        decade = max(1.0, 10 ** np.ceil(np.log10(max(tallest, 1.0))))
        if self.bars.get_xlim() != (0.3, right):
            self.bars.set_xlim(0.3, right)
            self.redraw_all()
        if self.bars.get_ylim() != (-1.5 * decade, 1.5 * decade):
            self.bars.set_ylim(-1.5 * decade, 1.5 * decade)
            marks = [0.0, decade] if decade <= 10 else [0.0, round(decade**0.5), decade]
            self.bars.yaxis.set_major_locator(FixedLocator([-one for one in marks[:0:-1]] + marks))
            self.redraw_all()

    # -- words and axes -------------------------------------------------------------------------

    def _dress(self, model: str, many: bool, table: Any) -> None:
        """Titles, ticks and legend: part of what is kept, and made anew only for another kind of picture."""
        ends = () if table is None else (int(table.complexities[0]), int(table.complexities[-1]))
        looks = (model, many, ends)
        if looks == self._looks:
            return
        self._looks = looks
        units = model != "polynomial"
        words = _("bias² and variance") if many else _("mean squared error")
        self.errors.set_title(words, loc="left", pad=4, fontsize=FONT_POINTS, color=self.theme.ink)
        self.errors.set_xlabel(_("units") if units else _("degree"))
        self.bars.set_xlabel(_("unit") if units else _("power of x"))
        low, high = ends or (1, 15)
        if model == "network":
            self.errors.set(xscale="log", xlim=(low / 1.15, max(high, low + 1) * 1.15))
            ticks = [one for one in (1, 3, 10, 30, 100, 300, 1000) if low <= one <= high]
            self.errors.xaxis.set_major_locator(FixedLocator(ticks))
            self.errors.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
        else:
            self.errors.set(xscale="linear", xlim=(low - 0.5, high + 0.5))
            self.errors.xaxis.set_major_locator(FixedLocator(range(low, high + 1, 2 if high < 20 else 5)))
        self.errors.xaxis.set_minor_locator(NullLocator())
        self.errors.xaxis.set_minor_formatter(NullFormatter())
        self._legend(many)
        self.redraw_all()

    def _legend(self, many: bool) -> None:
        for legend in self.figure.legends[:]:
            legend.remove()
        styles = self._styles

        def handle(name: str, label: str, *, line: bool = True, mark: bool = False) -> Line2D:
            style = styles[name]
            return Line2D(
                [], [], color=style.color, linestyle=style.dash if line else "none", linewidth=1.9,
                marker=style.marker if mark else "", markersize=4.5, label=label,
            )  # fmt: skip

        truth = handle("truth", _("truth"))
        if many:
            handles = [
                handle("fit", _("mean of the fits")), truth, handle("train", _("variance"), mark=True),
                handle("fit", _("bias²"), mark=True), handle("ink", _("their sum")),
            ]  # fmt: skip
        else:
            handles = [
                handle("ink", _("samples"), line=False, mark=True), truth, handle("fit", _("fit")),
                handle("train", _("error in training"), mark=True),
                handle("fit", _("error in validation"), mark=True),
                Line2D([], [], color=self.theme.muted, linewidth=1.0, label=_("noise alone")),
            ]  # fmt: skip
        draw_legend(self.figure, handles, self.theme.ink)


def _tick(value: float, _place: int) -> str:
    if abs(value) >= 1e4:
        return f"{'−' if value < 0 else ''}$10^{round(np.log10(abs(value)))}$"
    return f"{value:,.0f}".replace("-", "−")
