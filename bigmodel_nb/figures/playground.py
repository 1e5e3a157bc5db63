"""The picture of the playground: the network with a map for each unit, one map enlarged, and the curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS, SCALE, Picture
from bigmodel_nb.figures.inputs import drawable
from bigmodel_nb.figures.limits import limits_for
from bigmodel_nb.figures.playground_net import SMALL, NetDrawing
from bigmodel_nb.figures.shades import ENDS, Tiles, shade_table, shaded, smooth
from bigmodel_nb.figures.theme import stroke
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.experiment import Experiment
from bigmodel_nb.maths.features import features, plane

OUTPUT = "output"
REACH = 6.0  # the plane goes from -6 to 6
GRID = 56  # cells a side; the maps of units show every other one
HEIGHT = 424
MAP_LEFT, MAP_TOP, MAP_SIDE = 406, 24, 228  # CSS pixels
MOST_EARLIER = 3
MOST_POINTS = 400  # of a curve

Pair = tuple[Any, Any]


class PlaygroundFigure(Picture):
    """Draws an `Experiment` on points of the plane, which its network sees as `inputs` (of `FEATURES`).

    `train` and `test` are the points, x (n, 2) and y (n,): classes 0 and 1, or quantities from -1
    to 1. `unit` is what the large map shows: "output", an input by name, or
    (layer, number) of a hidden unit, from 0. `weight` (layer, from, to) is marked. `discretize` shows only
    the sign. `earlier` are test losses of earlier runs, the latest last; up to 3 are drawn.
    """

    def __init__(
        self,
        experiment: Experiment,
        inputs: Sequence[str],
        train: Pair,
        test: Pair,
        *,
        theme: str = "light",
        **settings: Any,
    ):
        super().__init__(640, HEIGHT, theme)
        self.net = NetDrawing(self, (MAP_LEFT - 3, MAP_TOP + MAP_SIDE / 2))
        self._table = shade_table(self.theme)
        self.map = self.panel(
            MAP_LEFT / self.width,
            1 - (MAP_TOP + MAP_SIDE) / HEIGHT,
            MAP_SIDE / self.width,
            MAP_SIDE / HEIGHT,
            grid=False,
        )
        self.map.set(
            xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=(-5, 0, 5), yticks=(), facecolor="none"
        )
        self.map.tick_params(labelsize=FONT_POINTS - 2, pad=1, length=2)
        self._enlarged = Tiles()
        self._enlarged.set_zorder(0.5)
        self.map.add_artist(self._enlarged)
        self.moves(self._enlarged)
        self._title = self.moves(
            self.map.set_title("", loc="left", pad=5, fontsize=FONT_POINTS, color=self.theme.ink)
        )
        self._points = [self._point_artist(look) for look in range(4)]
        self._quantities = [self._quantity_artist(hollow) for hollow in (False, True)]
        self.curves = self.panel(0.700, 0.075, 0.275, 0.20)
        self.curves.tick_params(labelsize=FONT_POINTS - 2, pad=1.5)
        self.curves.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        self.curves.yaxis.set_major_locator(MaxNLocator(3))
        self._loss_words = self.moves(
            self.curves.set_title("", loc="right", pad=4, fontsize=FONT_POINTS - 1, color=self.theme.ink)
        )
        self._lines = [self._curve(*look) for look in self._looks()]
        self._limits: tuple | None = None
        self._shown_points: tuple | None = None
        self.update(experiment, inputs, train, test, **settings)

    def _point_artist(self, look: int):
        """Class 0 and 1 of training points, filled; then those of test points, hollow."""
        color, marker = ENDS[self.theme.name][look % 2], "os"[look % 2]
        hollow = look >= 2
        line = self.map.plot(
            [], [], marker, markersize=3.4 if hollow else 3.8,
            markerfacecolor=self.theme.panel if hollow else color,
            markeredgecolor=color if hollow else self.theme.panel, markeredgewidth=1.1 if hollow else 0.7,
        )[0]  # fmt: skip
        line.set_zorder(2 if hollow else 3)
        return self.moves(line)

    def _quantity_artist(self, test: bool):
        """Points colored by a quantity; those of test are small and have an edge of ink."""
        edge = self.theme.ink if test else self.theme.panel
        dots = self.map.scatter([], [], s=9 if test else 15, linewidths=0.8 if test else 0.7, edgecolors=edge)
        dots.set_zorder(2 if test else 3)
        return self.moves(dots)

    def _looks(self) -> list[tuple]:
        """Training, test, and earlier runs: color, dash, width."""
        blue, gray = stroke(1, self.theme).color, self.theme.muted
        dots = [(gray, (0, (1, 1.5 + place)), 1.0) for place in range(MOST_EARLIER)]
        return [(self.theme.ink, "-", 1.5), (blue, (0, (5, 1.6)), 1.5), *dots]

    def _curve(self, color: str, dash: Any, width: float):
        return self.moves(self.curves.plot([], [], color=color, linestyle=dash, linewidth=width)[0])

    # -- bringing it up to date -------------------------------------------------------------

    def update(
        self,
        experiment: Experiment,
        inputs: Sequence[str],
        train: Pair,
        test: Pair,
        *,
        unit: str | tuple[int, int] = OUTPUT,
        weight: tuple[int, int, int] | None = None,
        discretize: bool = False,
        show_test: bool = True,
        earlier: Sequence[Sequence[float]] = (),
        rescale: bool = True,
    ) -> None:
        """Draws another moment, or another experiment, in place. `rescale=False` keeps the limits of the
        curves as long as they hold what is drawn."""
        network = experiment.training._network
        self.net.arrange(inputs, network.sizes[1:-1])
        seen = features(plane(REACH, GRID), inputs)
        layers = [seen.T, *experiment.values(seen)]
        maps = [
            _scaled(layer, network.loss, last=place == len(layers) - 1).reshape(-1, GRID, GRID)
            for place, layer in enumerate(layers)
        ]
        chosen = _place(unit, inputs, network.sizes)
        half = GRID // SMALL
        small = [
            np.sign(layer[:, ::half, ::half]) if discretize else layer[:, ::half, ::half]
            for layer in maps[:-1]
        ]
        self.net.show(small, experiment.training.weights, unit=chosen, weight=weight)
        large = smooth(maps[-1][0] if chosen is None else maps[chosen[0]][chosen[1]], MAP_SIDE * SCALE)
        colors = shaded(np.sign(large) if discretize else large, self._table)
        self._enlarged.tiles = [(MAP_LEFT * SCALE, (HEIGHT - MAP_TOP - MAP_SIDE) * SCALE, colors)]
        self._title.set_text(_title(unit, inputs, experiment.epochs))
        self._show_points(train, test if show_test else None)
        self._show_curves(experiment, list(earlier)[-MOST_EARLIER:], rescale)

    def _show_points(self, train: Pair, test: Pair | None) -> None:
        quantities = not set(np.unique(train[1])) <= {0.0, 1.0}
        for place, part in enumerate((train, test)):
            x, y = (np.zeros((0, 2)), np.zeros(0)) if part is None else map(np.asarray, part)
            for kind in range(2):
                mine = (y == kind) if not quantities else np.zeros(len(y), bool)
                self._points[2 * place + kind].set_data(x[mine, 0], x[mine, 1])
            dots = self._quantities[place]
            dots.set_visible(quantities)
            if quantities:
                dots.set_offsets(x)
                dots.set_facecolors(shaded(y, self._table) / 255)

    def _show_curves(self, experiment: Experiment, earlier: list, rescale: bool) -> None:
        rows = [experiment.train_losses, experiment.test_losses, *earlier]
        rows += [[]] * (len(self._lines) - len(rows))
        top = 0.0
        for line, losses in zip(self._lines, rows, strict=True):
            across, up = _thinned(losses)
            line.set_data(across, drawable(up))
            finite = up[np.isfinite(up)]
            top = max(top, float(np.quantile(finite, 0.98)) if len(finite) else 0.0)
        last = max(len(row) for row in rows) - 1
        self._fit(last, top if top > 0 else 1.0, rescale)
        self._loss_words.set_text(
            _("loss: train {train:.3g} —  test {test:.3g} - -").format(
                train=experiment.train_losses[-1], test=experiment.test_losses[-1]
            )
        )

    def _fit(self, last: int, top: float, rescale: bool) -> None:
        width = 10
        while width < last:  # 10, 20, 50, 100, ...: rarely, since then all is drawn anew
            width = width * 5 // 2 if str(width)[0] == "2" else width * 2
        old = self._limits
        low, high = limits_for(0.0, min(top, 1e30), None if old is None or rescale else old[1], closer=False)
        limits = (width if old is None or rescale else max(width, old[0]), (low, high))
        if limits != old:
            self._limits = limits
            self.curves.set(xlim=(0, limits[0]), ylim=limits[1])
            self.redraw_all()


def _scaled(values: np.ndarray, loss: str, *, last: bool) -> np.ndarray:
    """What is colored: scores of classes as probability, between -1 and 1; all else as it is."""
    return np.tanh(0.5 * values) if last and loss == "binary cross-entropy" else values


def _place(unit: Any, inputs: Sequence[str], sizes: Sequence[int]) -> tuple[int, int] | None:
    """The column and the number of a unit; None for the output."""
    if isinstance(unit, str):
        name = arguments.one_of("unit", unit, [OUTPUT, *inputs])
        return None if name == OUTPUT else (0, list(inputs).index(name))
    expected = _("{output}, an input, or (layer, number) of a hidden unit, from 0").format(
        output=repr(OUTPUT)
    )
    try:
        layer, number = unit
    except (TypeError, ValueError):
        raise arguments.wrong_value("unit", expected, unit) from None
    if len(sizes) < 3:
        raise arguments.wrong_value("unit", expected, unit)
    layer = arguments.whole("unit", layer, 0, len(sizes) - 3)
    return layer + 1, arguments.whole("unit", number, 0, sizes[layer + 1] - 1)


def _title(unit: str | tuple[int, int], inputs: Sequence[str], epochs: int) -> str:
    words = (
        unit
        if isinstance(unit, str)
        else _("layer {layer}, unit {number}").format(layer=unit[0] + 1, number=unit[1] + 1)
    )
    return _("{what} after {epochs} epochs").format(what=_(words), epochs=f"{epochs:,}")


def _thinned(losses: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """At most some hundreds of points of a curve, its last one among them."""
    count = len(losses)
    if count <= MOST_POINTS:
        return np.arange(count), np.asarray(losses, float)
    step = -(-count // MOST_POINTS)
    places = np.append(np.arange(0, count - 1, step), count - 1)
    return places, np.array([losses[place] for place in places])
