"""A sweep as a picture: what each of the four views shows of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import Picture
from bigmodel_nb.figures.sweep_curves import MOST, SweepCurve, SweepCurves
from bigmodel_nb.figures.sweep_importance import SweepImportance
from bigmodel_nb.figures.sweep_labels import value_label, words
from bigmodel_nb.figures.sweep_map import SweepMap
from bigmodel_nb.figures.sweep_parallel import SweepParallel
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.importance import Importance, importance, spread
from bigmodel_nb.training.run import DIVERGED
from bigmodel_nb.training.sweep_record import Member, Sweep, direction_of

SEED = "seed"
MAP, CURVES, IMPORTANCE, PARALLEL = VIEWS = ("heat map", "curves", "importance", "parallel")


def sweep_picture(
    sweep: Sweep,
    view: str = MAP,
    *,
    metric: str = "val_loss",
    across: str | None = None,
    down: str | None = None,
    chosen: Mapping[str, Any] | None = None,
    theme: str = "light",
) -> Picture:
    """The picture of a sweep in one of four views: "heat map", "curves", "importance", "parallel".

    metric: a quantity in the members' history, such as "val_loss".
    across, down: the knobs of the heat map; default: the first two. Importance shows the means of `across`.
    chosen: {knob: value}: what a heat map frames or holds fast, and which members the other views show.
    """
    if not isinstance(sweep, Sweep):
        raise arguments.wrong_type("sweep", _("a Sweep, as sweep returns it"), sweep)
    view = arguments.one_of("view", view, VIEWS)
    across, down = checked_knobs(sweep, across, down)
    shown = Shown(sweep, metric, across, down, checked_choice(sweep, chosen))
    kind, settings = shown.arguments(view)
    return kind(**settings, theme=theme)


def checked_knobs(sweep: Sweep, across: str | None, down: str | None) -> tuple[str, str | None]:
    """The knobs of the heat map; what is not named is the first that is left, seeds last."""
    order = sorted(sweep.knobs, key=lambda name: (name == SEED, len(sweep.values[name]) < 2))
    for name, knob in {"across": across, "down": down}.items():
        if knob is not None:
            arguments.one_of(name, knob, sweep.knobs)
    across = across or next(name for name in order if name != down or len(order) == 1)
    if down == across:
        raise arguments.wrong_value("down", _("another knob than across"), down)
    left = [name for name in order if name != across and name != SEED]
    return across, down or (left[0] if left else None)


def checked_choice(sweep: Sweep, chosen: Mapping[str, Any] | None) -> dict[str, Any]:
    """`chosen` as a dict of knobs and values of the sweep."""
    if chosen is None:
        return {}
    expected = _("a dict of knobs and one of their values, such as {example}").format(
        example={name: values[0] for name, values in list(sweep.values.items())[:1]}
    )
    if not isinstance(chosen, Mapping):
        raise arguments.wrong_type("chosen", expected, chosen)
    for name, value in chosen.items():
        if name not in sweep.knobs or not any(value is one or value == one for one in sweep.values[name]):
            raise arguments.wrong_value("chosen", expected, dict(chosen))
    return dict(chosen)


class Shown:
    """What is to be seen of a sweep: a metric, two knobs, and the values that are chosen.

    `figures` is the metric of each member, an axis for each knob; nan where it diverged or has none yet.
    `lost` (of the same shape) says which diverged.
    """

    def __init__(
        self,
        sweep: Sweep,
        metric: str,
        across: str,
        down: str | None,
        chosen: Mapping[str, Any],
        epochs: int | None = None,
    ):
        self.epochs = epochs or epochs_of(sweep)
        self.sweep, self.metric, self.across, self.down, self.chosen = sweep, metric, across, down, chosen
        self.mode = direction_of(metric)
        self.shape = tuple(len(sweep.values[name]) for name in sweep.knobs)
        figures = [sweep.value_of(member, metric) for member in sweep.members]
        self.figures = _finite(np.array(figures, dtype=float)).reshape(self.shape)
        self.lost = np.array([diverged(member) for member in sweep.members]).reshape(self.shape)
        self.seeds = sweep.knobs.index(SEED) if SEED in sweep.knobs else None

    # -- what the figures come to -----------------------------------------------------------

    @property
    def settings(self) -> tuple[str, ...]:
        """The knobs without the seed."""
        return tuple(name for name in self.sweep.knobs if name != SEED)

    def over_seeds(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean, standard deviation and count of each setting (an axis for each knob but the seed)."""
        if self.seeds is None:
            return self.figures, np.full(self.shape, np.nan), np.isfinite(self.figures).astype(int)
        return spread(self.figures, (self.seeds,))

    def importance(self) -> Importance | None:
        """None before two members have figures. Whatever diverged counts as the worst that did not."""
        if np.isfinite(self.figures).sum() < 2:
            return None
        worst = np.nanmax(self.figures) if self.mode == "min" else np.nanmin(self.figures)
        known = np.where(self.lost, worst, self.figures)
        several = self.seeds is not None and self.shape[self.seeds] > 1 and len(self.shape) > 1
        return importance(known, chance=self.seeds if several else None)

    def is_chosen(self, member: Member) -> bool:
        return all(member.settings[name] == value for name, value in self.chosen.items())

    # -- views ------------------------------------------------------------------------------

    def arguments(self, view: str) -> tuple[type, dict[str, Any]]:
        """The kind of picture, and what it is given."""
        kinds = {
            MAP: (SweepMap, self._map),
            CURVES: (SweepCurves, self._curves),
            IMPORTANCE: (SweepImportance, self._importance),
            PARALLEL: (SweepParallel, self._parallel),
        }
        kind, settings = kinds[view]
        return kind, settings()

    def _map(self) -> dict[str, Any]:
        sweep, down = self.sweep, self.down
        held = {name: value for name, value in self.chosen.items() if name not in (self.across, down)}
        means, deviations, counts = sweep.grid(self.metric, self.across, down, held)
        lost = np.zeros(means.shape)
        columns = sweep.values[self.across]
        rows = sweep.values[down] if down else [None]
        for member in sweep.members:
            if diverged(member) and all(member.settings[name] == value for name, value in held.items()):
                row = rows.index(member.settings[down]) if down else 0
                lost[row, columns.index(member.settings[self.across])] += 1
        framed = (
            rows.index(self.chosen[down]) if down and down in self.chosen else None,
            columns.index(self.chosen[self.across]) if self.across in self.chosen else None,
        )
        return {
            "means": _finite(means),
            "deviations": _finite(deviations),
            "counts": counts,
            "diverged": lost,
            "across": (self.across, columns),
            "down": (down, rows) if down else None,
            "metric": self.metric,
            "mode": self.mode,
            "chosen": None if framed == (None, None) else framed,
            "note": self._note(held),
        }

    def _note(self, held: Mapping[str, Any]) -> str:
        """Over what the mean in a cell is taken, and what is held fast."""
        hidden = [
            name
            for name in self.sweep.knobs
            if name not in (self.across, self.down, *held) and len(self.sweep.values[name]) > 1
        ]
        parts = []
        if hidden:
            many = math.prod(len(self.sweep.values[name]) for name in hidden)
            if hidden == [SEED]:
                parts.append(_("mean ± deviation of {n} seeds").format(n=many))
            else:
                parts.append(
                    _("mean ± deviation of {n} members each (all of {knobs})").format(
                        n=many, knobs=", ".join(map(words, hidden))
                    )
                )
        parts += [f"{words(name)} {value_label(value)}" for name, value in held.items()]
        return ", ".join(parts)

    def groups(self) -> list[tuple[dict[str, Any], list[Member]]]:
        """The chosen settings with their members, one for each seed; the best first."""
        found: dict[str, tuple[dict[str, Any], list[Member]]] = {}
        for member in self.sweep.members:
            if self.is_chosen(member):
                settings = {name: member.settings[name] for name in self.settings}
                found.setdefault(repr(settings), (settings, []))[1].append(member)
        worst = math.inf if self.mode == "min" else -math.inf

        def rank(group) -> float:
            known = [self.sweep.value_of(member, self.metric) for member in group[1]]
            known = [figure for figure in known if math.isfinite(figure)]
            mean = sum(known) / len(known) if known else worst
            return mean if self.mode == "min" else -mean

        return sorted(found.values(), key=rank)

    def _curves(self) -> dict[str, Any]:
        groups = self.groups()
        shown = groups[:MOST]
        differing = [
            name for name in self.settings if len({repr(settings[name]) for settings, _all in shown}) > 1
        ]
        metric = self.metric.removeprefix("val_")
        by = ", ".join(map(words, differing)) if len(differing) > 1 else ""
        curves = []
        for settings, members in shown:
            if len(differing) > 1:  # whole names would have no room in the legend
                label = ", ".join(value_label(settings[name]) for name in differing)
            else:
                label = settings_words({name: settings[name] for name in differing or settings})
            runs = [member.run.history for member in members if member.run is not None]
            curves.append(
                SweepCurve(
                    label or _("all members"),
                    [run.get(metric, []) for run in runs],
                    [run.get(f"val_{metric}", []) for run in runs],
                )
            )
        return {"curves": curves, "metric": metric, "epochs": self.epochs, "by": by}

    def _importance(self) -> dict[str, Any]:
        knobs = [(name, self.sweep.values[name]) for name in self.sweep.knobs]
        return {"knobs": knobs, "found": self.importance(), "about": self.across, "metric": self.metric}

    def _parallel(self) -> dict[str, Any]:
        names = self.settings or self.sweep.knobs
        knobs = [(name, self.sweep.values[name]) for name in names]
        figures = self.over_seeds()[0] if self.settings else self.figures
        lost = self.lost if self.seeds is None or not self.settings else self.lost.all(axis=self.seeds)
        places = np.array(list(np.ndindex(figures.shape))).reshape(-1, len(names))
        bright = [
            all(
                values[place] == self.chosen[name]
                for (name, values), place in zip(knobs, row, strict=True)
                if name in self.chosen
            )
            for row in places
        ]
        return {
            "knobs": knobs,
            "places": places,
            "figures": figures.reshape(-1),
            "diverged": lost.reshape(-1),
            "bright": bright,
            "metric": self.metric,
            "mode": self.mode,
        }


def diverged(member: Member) -> bool:
    return member.run is not None and member.run.ended == DIVERGED


def epochs_of(sweep: Sweep) -> int:
    """How many epochs the members were to be trained; where no record says so, the longest run."""
    runs = [member.run for member in sweep.members if member.run is not None]
    asked = [run.config.get("epochs") for run in runs]
    longest = [len(numbers) for run in runs for numbers in run.history.values()]
    return max([1, *longest, *(one for one in asked if isinstance(one, int))])


def settings_words(settings: Mapping[str, Any]) -> str:
    """{"learning_rate": 0.01, "dropout": 0} is "learning rate 0.01, dropout 0"."""
    return ", ".join(f"{words(name)} {value_label(value)}" for name, value in settings.items())


def _finite(values: np.ndarray) -> np.ndarray:
    """Without infinities: a loss of infinity is no figure."""
    return np.where(np.isfinite(values), values, np.nan)
