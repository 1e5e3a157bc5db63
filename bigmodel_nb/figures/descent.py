"""The picture of optimizers racing: paths over a loss surface, loss and learning rate by step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import FancyArrowPatch

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import FONT_POINTS
from bigmodel_nb.figures.inputs import checked_labels, checked_paths, drawable
from bigmodel_nb.figures.race import RaceFigure, RaceLine
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.descent import OPTIMIZERS, Path
from bigmodel_nb.maths.surfaces import Surface

MOST_RACERS = len(OPTIMIZERS)
CEILING = 30  # times the loss at the start: a diverging path must not flatten the others
LONGEST_ARROW = 0.24  # of the map's width


class DescentFigure(RaceFigure):
    """Draws `paths` (of `maths.descent.descend`) over `surface`, up to `step` (default: to the end).

    `labels` names the paths (default: their optimizers); `arrows` is the index of the path whose
    gradient, momentum and step are drawn as arrows at `step`, or None; `steps` is the length of the run
    (default: the longest path). Up to seven paths. 640 by 430 CSS pixels.
    """

    def __init__(
        self,
        surface: Surface,
        paths: Sequence[Path] = (),
        *,
        labels: Sequence[str] | None = None,
        step: int | None = None,
        arrows: int | None = None,
        steps: int | None = None,
        theme: str = "light",
    ):
        super().__init__(
            surface,
            most=MOST_RACERS,
            upper=_("loss by step"),
            lower=_("learning rate by step"),
            across=_("step"),
            theme=theme,
        )
        self._arrows = [self._arrow(dash) for dash in ((0, (3, 1.5)), (0, (1, 1.2)), (0, ()))]
        self.update(paths, labels=labels, step=step, arrows=arrows, steps=steps)

    def _arrow(self, dash):
        arrow = FancyArrowPatch(
            (0, 0),
            (0, 0),
            arrowstyle="-|>",
            mutation_scale=11,
            linewidth=1.6,
            linestyle=dash,
            color=self.theme.ink,
            shrinkA=0,
            shrinkB=0,
            zorder=7,
            visible=False,
        )
        self.map.add_patch(arrow)
        label = self.map.text(
            0,
            0,
            "",
            fontsize=FONT_POINTS - 1,
            color=self.theme.ink,
            ha="center",
            va="center",
            zorder=8,
            visible=False,
            clip_on=True,
            bbox={"facecolor": self.theme.card, "edgecolor": "none", "alpha": 0.75, "pad": 1},
        )
        return self.moves(arrow), self.moves(label)

    def update(
        self,
        paths: Sequence[Path],
        *,
        labels: Sequence[str] | None = None,
        step: int | None = None,
        arrows: int | None = None,
        steps: int | None = None,
        rescale: bool = True,
    ) -> None:
        """Draws other paths in place. `steps` is the length of the run (default: the longest path);
        `rescale=False` keeps the limits, which a moving control wants."""
        paths = checked_paths(paths, Path, MOST_RACERS)
        names = [path.optimizer.name for path in paths]
        shown = names if labels is None else checked_labels(labels, len(paths))
        longest = max((path.steps for path in paths), default=0)
        last = longest if steps is None else arguments.whole("steps", steps, 0)
        step = last if step is None else min(arguments.whole("step", step, 0), last)
        if arrows is not None:
            arrows = arguments.whole("arrows", arrows, 0, len(paths) - 1)
        if rescale:
            self._rescale(paths, last)
        lines = [
            self._line(path, label, look, step)
            for path, label, look in zip(paths, shown, _looks(names), strict=True)
        ]
        counter = _("step {step} of {steps}").format(step=step, steps=last) if paths else ""
        self.draw_lines(lines, step if 0 < step < last else None, counter)
        self._draw_arrows(None if arrows is None else paths[arrows], step)

    @staticmethod
    def _line(path: Path, label: str, look: int, step: int) -> RaceLine:
        here = min(step, path.steps)
        return RaceLine(
            label=label,
            look=look,
            points=path.points,
            here=here,
            upper=(np.arange(len(path.values)), path.values),
            lower=(np.arange(len(path.rates)), path.rates),
            mark=(here, float(path.values[here])),
            faint=path.diverged_at is not None,
        )

    def _rescale(self, paths: Sequence[Path], last: int) -> None:
        self.fit_across(last)
        losses = drawable(np.concatenate([path.values for path in paths]) if paths else np.array([1.0]))
        ceiling = CEILING * max([abs(float(drawable(path.values[0]))) for path in paths] or [1.0])
        losses = np.clip(losses, -ceiling, ceiling)
        low, high = float(losses.min()), float(losses.max())
        self.fit_up(self.upper, low, high, log=low >= 0 and high > 20 * low)
        base = np.array([path.optimizer.learning_rate for path in paths] or [1.0])
        rates = drawable(np.concatenate([base, *(path.rates for path in paths)]))
        rates = rates[rates > 0]
        peak = float(rates.max())
        self.fit_up(self.lower, max(float(rates.min()), peak * 1e-4), peak, log=True, floor=1e-300)

    def _draw_arrows(self, path: Path | None, step: int) -> None:
        """Downhill gradient, momentum and the step taken. Directions are as seen on the map; lengths
        are relative to the longest of their kind on the path, on a square-root scale."""
        for arrow, label in self._arrows:
            arrow.set_visible(False)
            label.set_visible(False)
        if path is None or path.steps == 0:
            return
        here = min(step, path.steps - 1)
        left, right, bottom, top = self.surface.limits
        size = np.array([right - left, top - bottom])
        start = path.points[here]
        kinds = ((_("downhill"), -path.gradients), (_("momentum"), path.memories), (_("step"), path.updates))
        for (arrow, label), (name, vectors) in zip(self._arrows, kinds, strict=True):
            shares = vectors / size
            lengths = np.hypot(shares[:, 0], shares[:, 1])
            longest = float(lengths.max())
            if not (np.isfinite(longest) and lengths[here] > 0):
                continue
            toward = shares[here] / lengths[here]
            length = max(LONGEST_ARROW * np.sqrt(lengths[here] / longest), 0.03)
            arrow.set_positions(start, start + toward * length * size)
            label.set_position(start + toward * (length + 0.02) * size)
            label.set_ha("left" if toward[0] > 0.3 else "right" if toward[0] < -0.3 else "center")
            label.set_va("bottom" if toward[1] > 0.3 else "top" if toward[1] < -0.3 else "center")
            label.set_text(name)
            arrow.set_visible(True)
            label.set_visible(True)


def _looks(names: Sequence[str]) -> list[int]:
    """Each optimizer keeps its look in every race; several of one kind are told apart by place."""
    order = list(OPTIMIZERS)
    if len(set(names)) == len(names) and all(name in order for name in names):
        return [order.index(name) for name in names]
    return list(range(len(names)))
