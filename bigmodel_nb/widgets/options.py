"""A list whose options change with another control."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets


def offer(chooser: ipywidgets.Dropdown, options: Sequence[tuple[str, str]]) -> None:
    """Gives a list other options; what was chosen stays chosen where it can, else it is the first."""
    if tuple(options) == tuple(chooser.options):
        return
    kept = chooser.value
    chooser.options = list(options)  # chooses the first
    if kept in [value for _title, value in options]:
        chooser.value = kept
