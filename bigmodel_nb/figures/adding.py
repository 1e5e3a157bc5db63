"""Where each cell stops learning: its error by the length of the sequence, on a logarithmic axis.

AddingFigure(adding_errors(lengths=(10, 30, 60)))
"""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.legend import draw_legend
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _

LOOKS = {"simple": 5, "lstm": 1, "gru": 3}
BASELINE = 1 / 6  # of answering 1 to everything


class AddingFigure(Picture):
    """Draws `errors`, {cell: {length: mean squared error}}, one line for each cell, and a dotted one where
    nothing has been learned. `summary` says it in words."""

    def __init__(self, errors: Mapping[str, Mapping[int, float]], *, theme: str = "light"):
        super().__init__(640, 300, theme)
        self.summary = ""
        self.axes = self.panel(0.11, 0.15, 0.86, 0.66)
        self.axes.set(xscale="log", yscale="log")
        self.axes.set_xlabel(_("length of the sequence"), labelpad=1)
        self.axes.set_title(
            _("mean squared error on the adding problem"),
            loc="left",
            pad=5,
            fontsize=FONT_POINTS,
            color=self.theme.ink,
        )
        self.axes.axhline(BASELINE, color=self.theme.muted, linewidth=1.2, linestyle=(0, (1, 2)))
        self._lines = {}
        for cell, index in LOOKS.items():
            look = stroke(index, self.theme)
            self._lines[cell] = self.moves(
                self.axes.plot(
                    [],
                    [],
                    color=look.color,
                    linestyle=look.dash,
                    marker=look.marker,
                    linewidth=1.8,
                    label=cell,
                )[0]
            )
        names = {"simple": _("simple RNN"), "lstm": _("LSTM"), "gru": _("GRU")}
        for cell, line in self._lines.items():
            line.set_label(names[cell])
        dotted = self.axes.plot([], [], color=self.theme.muted, linewidth=1.2, linestyle=(0, (1, 2)))[0]
        dotted.set_label(_("nothing learned (1/6)"))
        draw_legend(self.figure, [*self._lines.values(), dotted], self.theme.ink)
        self.update(errors)

    def update(self, errors: Mapping[str, Mapping[int, float]]) -> None:
        """Draws other errors, in place."""
        if (
            not isinstance(errors, Mapping)
            or not errors
            or not all(isinstance(v, Mapping) for v in errors.values())
        ):
            expected = _("errors by cell and length, as adding_errors returns them")
            raise arguments.wrong_type("errors", expected, errors)
        for cell in errors:
            arguments.one_of("errors", cell, LOOKS)
        for cell, line in self._lines.items():
            found = sorted(errors.get(cell, {}).items())
            line.set_data([length for length, _error in found], [error for _length, error in found])
        lengths = sorted({length for of in errors.values() for length in of})
        values = [error for of in errors.values() for error in of.values()]
        self.axes.set_xlim(lengths[0] / 1.2, lengths[-1] * 1.2)
        self.axes.set_ylim(min([*values, BASELINE / 10]) / 2, max([*values, BASELINE]) * 2)
        self.axes.xaxis.set_major_locator(FixedLocator(lengths))
        self.axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
        self.axes.xaxis.set_minor_locator(NullLocator())
        self.redraw_all()
        learned = {
            cell: max((length for length, error in of.items() if error < BASELINE / 10), default=0)
            for cell, of in errors.items()
        }
        self.summary = _("The longest sequence learned: {cells}.").format(
            cells=", ".join(
                f"{cell} {length}" if length else f"{cell} none" for cell, length in learned.items()
            )
        )
