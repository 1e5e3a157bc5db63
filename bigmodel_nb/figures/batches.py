"""The picture of batch, mini-batch and stochastic descent, at the same number of gradients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.patches import Ellipse
from matplotlib.patheffects import withStroke

from bigmodel_nb import arguments
from bigmodel_nb.figures.inputs import checked_labels, checked_paths, drawable
from bigmodel_nb.figures.race import RaceFigure, RaceLine
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.regression import BatchPath
from bigmodel_nb.maths.surfaces import Surface

MOST_KINDS = 3
LOOKS = (0, 1, 5)  # batch: ink; mini-batch: blue, dashed; stochastic: vermilion


class BatchFigure(RaceFigure):
    """Draws `paths` (of `maths.regression.train`, for a model of one weight and one bias) over `surface`.

    `labels` names them; `seen` is how many per-example gradients are spent at the moment shown
    (default: all). `minimum` (2,) is where the loss is smallest. The upper curve is the loss on all
    data, the lower one the distance from the minimum, both by per-example gradients spent. Rings of
    `noise_radii` around the minimum show where each path keeps moving; None leaves one out.
    """

    line_width = 1.1

    def __init__(
        self,
        surface: Surface,
        paths: Sequence[BatchPath] = (),
        *,
        labels: Sequence[str] = (),
        minimum: tuple[float, float] = (0.0, 0.0),
        seen: float | None = None,
        noise_radii: Sequence[float | None] = (),
        looks: Sequence[int] | None = None,
        most: float | None = None,
        zoom: bool = False,
        theme: str = "light",
    ):
        super().__init__(
            surface,
            most=LOOKS[-1] + 1,
            upper=_("loss on all data"),
            lower=_("distance from minimum"),
            across=_("gradients of single examples"),
            theme=theme,
        )
        self._whole = surface
        self._rings = [self._ring(look) for look in LOOKS]
        self.update(
            paths, labels=labels, minimum=minimum, seen=seen, noise_radii=noise_radii, looks=looks, most=most,
            zoom=zoom,
        )  # fmt: skip

    def _ring(self, look: int) -> Ellipse:
        style = self._artists[look].look
        ring = Ellipse(
            (0, 0), 0, 0, fill=False, edgecolor=self.theme.ink, linestyle=style.dash, linewidth=1.5
        )
        ring.set(zorder=5, path_effects=[withStroke(linewidth=3.5, foreground=self.theme.card)])
        self.map.add_patch(ring)
        return self.moves(ring)

    def update(
        self,
        paths: Sequence[BatchPath],
        *,
        labels: Sequence[str] = (),
        minimum: tuple[float, float] = (0.0, 0.0),
        seen: float | None = None,
        noise_radii: Sequence[float | None] = (),
        looks: Sequence[int] | None = None,
        most: float | None = None,
        zoom: bool = False,
        rescale: bool = True,
    ) -> None:
        """Draws other paths in place. `looks` (0 to 2) keeps each kind's look when some are left out;
        `most` is the number of gradients of the run (default: that of the longest path); `zoom` shows the
        neighborhood of the minimum. `rescale=False` keeps all limits, which a moving control wants."""
        paths = checked_paths(paths, BatchPath, MOST_KINDS)
        places = list(range(len(paths))) if looks is None else _checked_looks(looks, len(paths))
        names = checked_labels(labels, len(paths)) if labels else [""] * len(paths)
        minimum = arguments.point("minimum", minimum)
        noise_radii = _checked_radii(noise_radii)
        if most is None:
            most = max((float(path.examples_seen[-1]) for path in paths), default=1.0)
        most = arguments.non_negative("most", most)
        seen = most if seen is None else min(arguments.non_negative("seen", seen), most)
        distances = [np.hypot(*(path.points - np.asarray(minimum)).T) for path in paths]
        if rescale:
            self._rescale(paths, distances, most)
            self._zoom(minimum, [radius for radius in noise_radii if radius] if zoom else [])
        lines = []
        for path, name, place, distance in zip(paths, names, places, distances, strict=True):
            here = int(np.searchsorted(path.examples_seen, seen, side="right")) - 1
            lines.append(
                RaceLine(
                    label=name,
                    look=LOOKS[place],
                    points=path.points,
                    here=max(here, 0),
                    upper=(path.examples_seen, path.losses),
                    lower=(path.examples_seen, distance),
                    mark=(float(path.examples_seen[max(here, 0)]), float(path.losses[max(here, 0)])),
                    faint=path.diverged_at is not None,
                )
            )
        counter = _("{seen} of {most} gradients").format(seen=round(seen), most=round(most)) if paths else ""
        self.draw_lines(lines, seen if 0 < seen < most else None, counter)
        radii = dict(zip(places, noise_radii, strict=False))
        for place, ring in enumerate(self._rings):
            radius = radii.get(place)
            ring.set_visible(radius is not None)
            if radius is not None:
                ring.set(center=minimum, width=2 * radius, height=2 * radius)

    def show_data(self, surface: Surface) -> None:
        """Puts the loss of other data under the paths."""
        if surface is not self._whole:
            self._whole = surface
            self.show_surface(surface)

    def _zoom(self, minimum: tuple[float, float], radii: Sequence[float]) -> None:
        """The map shows the neighborhood of the minimum that holds these rings, or all of it for none."""
        if not radii:
            self.show_surface(self._whole)
            return
        half = float(f"{2.5 * max(radii):.1g}")  # rounded, so that a little less noise keeps the map
        x, y = minimum
        near = (x - half, x + half, y - half, y + half)
        if self.surface is self._whole or self.surface.limits != near:
            self.show_surface(replace(self._whole, limits=near))

    def _rescale(self, paths: Sequence[BatchPath], distances: Sequence[np.ndarray], most: float) -> None:
        self.fit_across(most)
        losses = drawable(np.concatenate([path.losses for path in paths]) if paths else np.array([1.0]))
        ceiling = 3 * max([float(drawable(path.losses[0])) for path in paths] or [1.0])
        losses = np.clip(losses, 0.0, ceiling)
        self.fit_up(self.upper, float(losses.min()), float(losses.max()), log=False)
        far = drawable(np.concatenate(distances) if paths else np.array([1.0]))
        start = max([float(distance[0]) for distance in distances] or [1.0]) or 1.0
        low = float(np.min(far[far > 0], initial=start))
        self.fit_up(self.lower, max(low, 1e-4 * start), min(float(far.max()), 10 * start), log=True)


def _checked_looks(looks: Any, count: int) -> list[int]:
    expected = _("a list of {count} different numbers from 0 to {last}").format(
        count=count, last=len(LOOKS) - 1
    )
    if not isinstance(looks, Sequence) or isinstance(looks, str):
        raise arguments.wrong_type("looks", expected, looks)
    places = [arguments.whole("looks", place, 0, len(LOOKS) - 1) for place in looks]
    if len(places) != count or len(set(places)) != count:
        raise arguments.wrong_value("looks", expected, looks)
    return places


def _checked_radii(radii: Any) -> list[float | None]:
    if isinstance(radii, str) or not isinstance(radii, Iterable):
        raise arguments.wrong_type("noise_radii", _("a list of numbers or None, one for each path"), radii)
    return [None if radius is None else arguments.non_negative("noise_radii", radius) for radius in radii]
