"""The picture of a small graph of numbers: values that go forward, slopes that come back."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.patches import FancyBboxPatch

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, Picture
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.backprop import Graph, Passes

WIDE, HIGH = 74.0, 56.0  # of a node, in CSS pixels
LEFT, TOP, ROW = 44.0, 42.0, 112.0  # the middle of column 0 and row 0, and the distance of rows
HEIGHT = 330


def steps_of(graph: Graph) -> int:
    """How many steps there are: each operation once forward and once backward."""
    return 2 * sum(bool(node.operation) for node in graph.nodes)


class BackpropFigure(Picture):
    """Draws the `passes` of a `graph` after `step` steps (default: all of `steps_of`). `edge`, (source,
    target), is marked."""

    def __init__(
        self,
        graph: Graph,
        passes: Passes,
        *,
        edge: tuple[str, str] | None = None,
        step: int | None = None,
        theme: str = "light",
    ):
        super().__init__(640, HEIGHT, theme)
        self.axes = self.panel(0, 0, 1, 1, grid=False)
        self.axes.set(xlim=(0, self.width), ylim=(HEIGHT, 0), facecolor="none")
        self.axes.axis("off")
        self._back = stroke(5, self.theme).color
        self._graph: Graph | None = None
        self._made: list[Any] = []
        self._marked = self.moves(
            self.axes.plot(
                [], [], color=self._back, linewidth=9, alpha=0.35, solid_capstyle="round", zorder=1.5
            )[0]
        )
        ink = _("white") if self.theme.name == "dark" else _("black")
        said = _("{ink}, above or left of a line: the value that goes on").format(ink=ink)
        self.axes.text(12, HEIGHT - 10, said, color=self.theme.ink, fontsize=FONT_POINTS - 1.5)
        self.axes.text(
            self.width - 12, HEIGHT - 10, _("orange: the slope of the loss that comes back"),
            color=self._back, ha="right", fontsize=FONT_POINTS - 1.5,
        )  # fmt: skip
        self.update(graph, passes, edge=edge, step=step)

    # -- what stays -------------------------------------------------------------------------

    def _draw_graph(self, graph: Graph) -> None:
        if graph is self._graph:
            return
        for artist in self._made:
            artist.remove()
        self._moving = [artist for artist in self._moving if artist not in self._made]
        self._made, self._graph = [], graph
        across = (self.width - 2 * LEFT) / max(node.column for node in graph.nodes)
        self._place = {
            node.name: np.array([LEFT + across * node.column, TOP + ROW * node.row]) for node in graph.nodes
        }
        self._values: dict[str, Any] = {}
        self._slopes: dict[str, Any] = {}
        self._forward: dict[tuple[str, str], Any] = {}
        self._backward: dict[tuple[str, str], Any] = {}
        for source, target in graph.edges:
            self._draw_edge(source, target)
        for node in graph.nodes:
            self._draw_node(node.name, graph.formula(node.name))
        self.redraw_all()

    def _draw_edge(self, source: str, target: str) -> None:
        start, end = self._ends(source, target)
        look = {"arrowstyle": "-|>", "color": self.theme.muted, "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
        self._made.append(self.axes.annotate("", tuple(end), tuple(start), zorder=2, arrowprops=look))
        along = (end - start) / np.hypot(*(end - start))
        aside = np.array([along[1], -along[0]])  # upward of a line to the right
        if abs(along[0]) < 0.01:
            aside = np.array([-1.0, 0.0])
        distance = 12 + 11 * abs(aside[0])  # words are wider than high
        middle = (start + end) / 2
        above, below = middle + distance * aside, middle - distance * aside
        self._forward[source, target] = self._word(above[0], above[1], self.theme.ink)
        self._backward[source, target] = self._word(below[0], below[1], self._back)

    def _ends(self, source: str, target: str) -> tuple[np.ndarray, np.ndarray]:
        """Where an edge leaves its source and where it meets its target."""
        start, end = self._place[source], self._place[target]
        if abs(end[0] - start[0]) < WIDE:  # above one another
            down = np.sign(end[1] - start[1])
            away = np.array([0, down * HIGH / 2])
            return start + away, end - away
        return start + np.array([WIDE / 2, 0]), end - np.array([WIDE / 2, 0])

    def _draw_node(self, name: str, formula: str) -> None:
        x, y = self._place[name]
        box = FancyBboxPatch(
            (x - WIDE / 2 + 3, y - HIGH / 2 + 3), WIDE - 6, HIGH - 6, boxstyle="round,pad=3,rounding_size=7",
            facecolor=self.theme.panel, edgecolor=self.theme.ink if formula else self.theme.muted,
            linestyle="-" if formula else (0, (3, 2)), linewidth=1.2, zorder=3,
        )  # fmt: skip
        self._made.append(self.axes.add_patch(box))
        title = f"{name} = {formula}" if formula else name
        small = FONT_POINTS - (2.5 if len(title) > 10 else 1.5)
        if len(title) > 13:
            title, small = f"{name} =\n{formula}", FONT_POINTS - 3
        self._made.append(
            self.axes.text(
                x, y - HIGH / 2 + 11, title, ha="center", va="center", fontsize=small, color=self.theme.ink,
                parse_math=False, zorder=4, linespacing=0.9,
            )
        )  # fmt: skip
        self._values[name] = self._word(x, y + 6, self.theme.ink, weight="bold")
        self._slopes[name] = self._word(x, y + 20, self._back)

    def _word(self, x: float, y: float, color: str, weight: str = "normal"):
        word = self.axes.text(
            x,
            y,
            "",
            ha="center",
            va="center",
            fontsize=FONT_POINTS - 1.5,
            color=color,
            weight=weight,
            zorder=5,
        )
        self._made.append(self.moves(word))
        return word

    # -- what changes -----------------------------------------------------------------------

    def update(
        self,
        graph: Graph,
        passes: Passes,
        *,
        edge: tuple[str, str] | None = None,
        step: int | None = None,
        rescale: bool = True,
    ) -> None:
        """Draws other numbers, or another graph, in place."""
        most = steps_of(graph)
        step = most if step is None else arguments.whole("step", step, 0, most)
        self._draw_graph(graph)
        forward, back = reached(graph, step)
        for name, word in self._values.items():
            word.set_text(_number(passes.values[name]) if name in forward else "")
        for name, word in self._slopes.items():
            known = bool(back) and all(target in back for source, target in graph.edges if source == name)
            word.set_text(_number(passes.slopes[name]) if known else "")
        for one in passes.edges:
            place = one.source, one.target
            self._forward[place].set_text(_number(one.forward) if one.target in forward else "")
            self._backward[place].set_text(_number(one.back) if one.target in back else "")
        self._marked.set_data([], [])
        if edge is not None:
            arguments.one_of("edge", f"{edge[0]} → {edge[1]}", [one.name for one in passes.edges])
            self._marked.set_data(*np.array(self._ends(*edge)).T)


def reached(graph: Graph, step: int) -> tuple[set[str], set[str]]:
    """The nodes that have a value after so many steps, and those that have sent slopes back."""
    computed = [node.name for node in graph.nodes if node.operation]
    forward = {node.name for node in graph.nodes if not node.operation} | set(computed[:step])
    back = set(computed[len(computed) - max(step - len(computed), 0) :])
    return forward, back


def _number(value: float) -> str:
    if value == 0:
        return "0"
    return f"{value:.3g}" if 1e-3 <= abs(value) < 1e4 else f"{value:.1e}"
