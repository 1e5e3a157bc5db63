"""The picture of a recurrent layer that reads a sequence: states and gates as heat maps through time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.letters import drawable_letters
from bigmodel_nb.figures.pixels import Pixels
from bigmodel_nb.figures.shades import shade_table, shaded
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.through_time import Trace

WIDTH, HEIGHT = 640, 440
LEFT, ACROSS = 0.145, 0.835  # where steps begin, and what all of them take, as parts of the picture
TOP, BOTTOM, GAP = 0.915, 0.335, 0.014  # of the heat maps
MEMORY_REACH = 3.0  # a memory is no more bounded than a sum; what is beyond has the strongest color
MOST_LETTERS = 66  # steps that are named below
# which rows there are, by kind of cell
ROWS = {
    "simple": ("state",),
    "lstm": ("state", "memory", "forget", "input", "output", "candidate"),
    "gru": ("state", "update", "reset", "candidate"),
}
KEEPS = {"lstm": "forget", "gru": "update"}  # the gate that keeps the state where it is near 1
LINES = {"state": 0, "kept": 1}  # the looks of what is drawn of the chosen unit


class StateFigure(Picture):
    """Draws a `maths.through_time.Trace` of one sequence: a row of colors for each unit, a column for each
    step up to `position`; below, the chosen `unit` alone.

    `labels` (steps,) are what was read, one short text for each step; `first` is the number of the first
    step, where a part of a longer sequence is shown.
    """

    def __init__(
        self,
        run: Trace,
        labels: Sequence[str],
        *,
        position: int | None = None,
        unit: int = 0,
        first: int = 0,
        theme: str = "light",
    ):
        super().__init__(WIDTH, HEIGHT, theme)
        self._cell, self._units, self._first = "", 0, -1
        self._named: tuple[str, ...] = ()
        self._table = shade_table(self.theme) / 255
        most = max(map(len, ROWS.values()))
        self.rows = [self.panel(LEFT, 0, ACROSS, 0.1, grid=False) for _row in range(most)]
        self.line = self.panel(LEFT, 0.10, ACROSS, 0.168)
        self._maps = [self.moves(Pixels(axes)) for axes in self.rows]
        chosen = stroke(5, self.theme).color
        for axes in self.rows:
            axes.set(xticks=[], yticks=[])
        self._names = [
            axes.text(
                -0.032, 0.5, "", transform=axes.transAxes, ha="right", va="center",
                fontsize=FONT_POINTS, color=self.theme.ink,
            )
            for axes in self.rows
        ]  # fmt: skip
        self._now = [
            self.moves(axes.axvline(0, color=chosen, linewidth=1.5)) for axes in (*self.rows, self.line)
        ]
        self._marks = [
            self.moves(axes.plot([0], [0.5], ">", color=chosen, markersize=6, clip_on=False, zorder=6)[0])
            for axes in self.rows
        ]
        self._curves = {}
        for name, number in LINES.items():
            one = stroke(number, self.theme)
            drawn = self.line.plot([], [], color=one.color, linestyle=one.dash, linewidth=1.6)[0]
            self._curves[name] = self.moves(drawn)
        self._title = self._words(LEFT, 0.965, "left")
        self._kept = self._words(LEFT + ACROSS, 0.304, "right")
        self._kept.set_color(stroke(LINES["kept"], self.theme).color)
        self._alone = self._words(LEFT, 0.304, "left")
        self.figure.text(
            LEFT + ACROSS, 0.965, _("orange: below 0, blue: above 0"), ha="right", va="center",
            fontsize=FONT_POINTS - 1, color=self.theme.muted,
        )  # fmt: skip
        self.line.set_ylim(-1.12, 1.12)
        self.line.set_yticks([-1, 0, 1])
        self.line.grid(False, axis="x")
        self.line.tick_params(axis="x", length=0)
        self.update(run, labels, position=position, unit=unit, first=first)

    def _words(self, x: float, y: float, side: str):
        return self.moves(
            self.figure.text(
                x, y, "", ha=side, va="center", fontsize=FONT_POINTS, color=self.theme.ink, parse_math=False
            )
        )

    # -- another state ----------------------------------------------------------------------

    def update(
        self,
        run: Trace,
        labels: Sequence[str],
        *,
        position: int | None = None,
        unit: int = 0,
        first: int = 0,
        rescale: bool = True,
    ) -> None:
        """Draws another trace or step in place. `rescale` changes nothing: colors have fixed limits."""
        steps = run.steps
        position = steps - 1 if position is None else arguments.whole("position", position, 0, steps - 1)
        unit = arguments.whole("unit", unit, 0, run.units - 1)
        labels = [drawable_letters(label) for label in labels]
        self._lay_out(run, tuple(labels), first)
        for row, name in enumerate(ROWS[self._cell]):
            values = _values(run, name).T.copy()
            values[:, position + 1 :] = 0
            self._maps[row].show(shaded(values, self._table), (0.0, 0.0, 1.0, 1.0))
            self._marks[row].set_data([-0.5 - 0.013 * steps], [unit])
        for line in self._now:
            line.set_xdata([position, position])
        seen = np.arange(position + 1)
        self._curves["state"].set_data(seen, run.states[0, : position + 1, unit])
        keeps = KEEPS.get(self._cell)
        self._curves["kept"].set_visible(keeps is not None)
        self._kept.set_text("")
        if keeps is not None:
            kept = run.gates[keeps][0, : position + 1, unit]
            self._curves["kept"].set_data(seen, kept)
            self._kept.set_text(_("- - {gate} gate: {value:.2f}").format(gate=_(keeps), value=kept[-1]))
        self._alone.set_text(
            _("unit {unit}, state {value:+.2f}").format(unit=unit, value=run.states[0, position, unit])
        )
        self._title.set_text(
            _("step {step}: “{label}”").format(
                step=first + position, label=labels[position].strip() or labels[position]
            )
        )

    def _lay_out(self, run: Trace, labels: tuple[str, ...], first: int) -> None:
        """Rows, limits and the letters below: they are part of what is kept."""
        if (run.cell, labels, run.units, first) == (self._cell, self._named, self._units, self._first):
            return
        self._cell, self._named, self._units, self._first = run.cell, labels, run.units, first
        names, steps = ROWS[run.cell], run.steps
        high = (TOP - BOTTOM - GAP * (len(names) - 1)) / len(names)
        for row, axes in enumerate(self.rows):
            shown = row < len(names)
            axes.set_visible(shown)
            self._maps[row].set_visible(shown)
            self._marks[row].set_visible(shown)
            self._now[row].set_visible(shown)
            if shown:
                axes.set_position((LEFT, TOP - high - row * (high + GAP), ACROSS, high))
                axes.set(xlim=(-0.5, steps - 0.5), ylim=(run.units - 0.5, -0.5))
                self._names[row].set_text(_name(names[row]))
        self.line.set_xlim(-0.5, steps - 0.5)
        if steps <= MOST_LETTERS:
            self.line.set_xticks(range(steps))
            words = self.line.set_xticklabels(labels, fontsize=FONT_POINTS - 1.5, family="monospace")
            for word in words:
                word.set_parse_math(False)
            if max(map(len, labels)) > 2:  # numbers or pieces of words: only some of them fit
                every = max(1, steps // 10)
                self.line.set_xticks(range(0, steps, every))
                for word in self.line.set_xticklabels(labels[::every], fontsize=FONT_POINTS - 2):
                    word.set_parse_math(False)
        else:
            every = 10 * max(1, round(steps / 100))
            self.line.set_xticks(range(0, steps, every))
            self.line.set_xticklabels([str(first + place) for place in range(0, steps, every)])
        self.redraw_all()


def _values(run: Trace, name: str) -> np.ndarray:
    """(steps, units) of what a row shows, from -1 to 1: of gates themselves, of the rest signed roots, since
    most of it is near 0."""
    if name == "state":
        values = run.states[0]
    elif name == "memory":
        assert run.memory is not None
        values = run.memory[0] / MEMORY_REACH
    elif name == "candidate":
        values = run.gates[name][0]
    else:
        return run.gates[name][0]
    return np.sign(values) * np.sqrt(np.abs(values))


def _name(row: str) -> str:
    names = {
        "state": _("state h"), "memory": _("memory c"), "forget": _("forget"), "input": _("input"),
        "output": _("output"), "candidate": _("candidate"), "update": _("update"), "reset": _("reset"),
    }  # fmt: skip
    return names[row]
