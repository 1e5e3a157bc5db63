"""A sweep in sentences: the best settings and what to think of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bigmodel_nb.figures.sweep_labels import best_place, metric_words, words
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.importance import luck
from bigmodel_nb.widgets.sweep_pictures import CURVES, IMPORTANCE, MOST, Shown, settings_words
from bigmodel_nb.widgets.words import amount


def best_settings(shown: Shown) -> dict[str, Any] | None:
    """The settings (without the seed) whose mean over seeds is best; None while there is no figure."""
    place = best_place(shown.over_seeds()[0], shown.mode) if shown.settings else None
    if place is None:
        return None
    return {name: shown.sweep.values[name][at] for name, at in zip(shown.settings, place, strict=True)}


def scatter(shown: Shown) -> float:
    """The standard deviation between seeds of the same settings: the median over settings, since those that
    barely learn scatter a hundred times as much. nan without seeds."""
    _means, deviations, _counts = shown.over_seeds()
    known = deviations[np.isfinite(deviations)]
    return float(np.median(known)) if len(known) else math.nan


def winners(shown: Shown) -> list[int]:
    """For each seed with which every setting has a figure: the number of its best setting."""
    if shown.seeds is None:
        return []
    rows = np.moveaxis(shown.figures, shown.seeds, 0).reshape(shown.shape[shown.seeds], -1)
    known = [row for row in rows if np.isfinite(row).any()]
    best = np.argmin if shown.mode == "min" else np.argmax
    worst = math.inf if shown.mode == "min" else -math.inf
    return [int(best(np.where(np.isfinite(row), row, worst))) for row in known]


def summary(shown: Shown, view: str, ended: bool) -> str:
    """What there is to see: the best settings with their spread, what diverged, how far to believe it."""
    sweep = shown.sweep
    begun = sum(member.run is not None for member in sweep.members)
    if not begun:
        return _("{count} members over {knobs}; none is trained yet.").format(
            count=len(sweep.members), knobs=", ".join(map(words, sweep.knobs))
        )
    parts = [_best(shown)]
    lost = int(shown.lost.sum())
    if lost:
        parts.append(_lost_words(lost, len(sweep.members)))
    waiting = int((~np.isfinite(shown.figures) & ~shown.lost).sum())
    if waiting and not ended:
        parts.append(_("{n} have no figure yet.").format(n=waiting))
    if view == IMPORTANCE:
        parts.append(_importance(shown))
    elif view == CURVES:
        parts.append(_curves(shown))
    if ended:
        parts.append(_caution(shown))
    return " ".join(part for part in parts if part)


def longest(shown: Shown) -> str:
    """A summary as long as it gets while the sweep fills."""
    longest_of = {
        name: max(several, key=lambda one: len(str(one))) for name, several in shown.sweep.values.items()
    }
    settings = settings_words({name: longest_of[name] for name in shown.settings})
    parts = [_best_words(len(shown.sweep.members), settings, metric_words(shown.metric), "0.12345")]
    parts.append(_spread_words("0.0123", len(shown.sweep.members)) + ".")
    return "".join(parts) + " " + _lost_words(len(shown.sweep.members), len(shown.sweep.members))


def _best(shown: Shown) -> str:
    settings = best_settings(shown)
    if settings is None:
        return _("No member has a {metric} yet.").format(metric=metric_words(shown.metric))
    means, deviations, counts = shown.over_seeds()
    place = best_place(means, shown.mode)
    mean, deviation = float(means[place]), float(deviations[place])
    said = _best_words(means.size, settings_words(settings), metric_words(shown.metric), amount(mean, 3))
    if math.isfinite(deviation):
        said += _spread_words(amount(deviation, 2), int(counts[place]))
    return said + "."


def _best_words(count: int, settings: str, metric: str, mean: str) -> str:
    return _("Best of {n} settings: {settings}, {metric} {mean}").format(
        n=count, settings=settings, metric=metric, mean=mean
    )


def _spread_words(deviation: str, seeds: int) -> str:
    return _(" ± {deviation} over {n} seeds").format(deviation=deviation, n=seeds)


def _lost_words(lost: int, count: int) -> str:
    return _("{n} of {all} members diverged.").format(n=lost, all=count)


def _caution(shown: Shown) -> str:
    """The best of many looks better than it is, and by how much."""
    means, _deviations, counts = shown.over_seeds()
    several, noise = int(np.isfinite(means).sum()), scatter(shown)
    if several < 2:
        return ""
    said = _("The best of many looks better than it is")
    if math.isfinite(noise):
        gain = luck(several, noise, max(1, round(float(counts[counts > 0].mean()))))
        said += _(
            ": were all {n} settings equally good, luck alone would put the best about {gain} "
            "ahead of their mean"
        ).format(n=several, gain=amount(gain, 2))
    else:
        said += _(", and one seed each does not tell by how much")
    return said + _(". Choose by validation; open the test set once, for the one you chose.")


def _importance(shown: Shown) -> str:
    found = shown.importance()
    if found is None or not found.variance:
        return _("Nothing to compare yet.")
    order = np.argsort(-found.shares)
    parts = [
        f"{words(shown.sweep.knobs[place])} {found.shares[place]:.0%}"
        for place in order
        if not (found.chance and place == shown.seeds)
    ]
    if len(shown.sweep.knobs) > 1:
        parts.append(_("in combination {share}").format(share=f"{found.together:.0%}"))
    if found.chance:
        parts.append(_("seeds {share}").format(share=f"{found.chance:.0%}"))
    said = _("Share of the variance: {parts}.").format(parts=", ".join(parts))
    return said + (_(" Diverged members count as the worst that did not.") if shown.lost.any() else "")


def _curves(shown: Shown) -> str:
    groups = shown.groups()
    if len(groups) == 1:
        figures = [shown.sweep.value_of(member, shown.metric) for member in groups[0][1]]
        told = ", ".join(amount(figure, 3) if math.isfinite(figure) else "–" for figure in figures)
        return _("Shown is {settings}: {metric} {figures}.").format(
            settings=settings_words(groups[0][0]), metric=metric_words(shown.metric), figures=told
        )
    if len(groups) > MOST:
        return _("Shown are the best {n} of {all} settings.").format(n=MOST, all=len(groups))
    return ""
