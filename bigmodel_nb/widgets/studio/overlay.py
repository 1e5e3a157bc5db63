"""Which runs stand in the picture, and as what."""

from __future__ import annotations

from bigmodel_nb.figures.runs import MOST, Curves
from bigmodel_nb.widgets.studio.shelf import Entry, Shelf
from bigmodel_nb.widgets.studio.words import change_words

LATEST = 4  # runs that are there by themselves: the one in front and those before it


def overlaid(
    shelf: Shelf, front: Entry | None, selected: Entry | None, live: Entry | None = None
) -> list[Entry]:
    """Pinned runs, the selected one and the latest ones, in the order in which they were made, and last the
    one in front and the live curve; of two with the same look the later one."""
    wanted = [entry for entry in (front, selected) if entry is not None]
    wanted += [entry for entry in shelf.entries if entry.pinned]
    if front is not None or live is not None:
        wanted += shelf.entries[::-1][:LATEST]
    chosen: list[Entry] = []
    for entry in wanted:
        fits = len(chosen) < MOST - (live is not None) and (
            entry.pinned or all(entry.look != other.look for other in chosen)
        )
        if entry not in chosen and fits:
            chosen.append(entry)
    ordered = sorted(chosen, key=lambda entry: (entry is front, shelf.entries.index(entry)))
    return ordered if live is None else [*ordered, live]


def curves_of(entry: Entry, front: bool) -> Curves:
    """A run as the picture takes it."""
    run = entry.run
    changes = [(int(step), change_words(name, value)) for step, name, value in entry.changes()]
    return Curves(
        entry.name, entry.look, run.losses, entry.steps_per_epoch, run.history, changes, front
    )  # fmt: skip
