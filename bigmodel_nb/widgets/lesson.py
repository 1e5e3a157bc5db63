"""Lesson mode: an explorer that shows the few controls that a lesson needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.controls import ToggleButtons, style_of, tooltip

LIMIT = 5


def checked_show(show: Sequence[str] | None, known: Sequence[str]) -> list[str] | None:
    """The names of controls to show; None for all of them. Raises for unknown and for more than five."""
    if show is None:
        return None
    names = list(dict.fromkeys(arguments.some_of("show", show, known)))
    if len(names) > LIMIT:
        expected = _("at most {limit} names of controls").format(limit=LIMIT)
        raise arguments.wrong_value("show", expected, names)
    return names


def paged(pages: Mapping[str, Sequence[ipywidgets.Widget]]) -> tuple[ToggleButtons, list[ipywidgets.Widget]]:
    """Buttons that turn pages of controls, and the pages: one is shown at a time."""
    boxes = {title: ipywidgets.VBox(list(page)) for title, page in pages.items()}
    turner = ToggleButtons(
        options=list(pages),
        style=style_of(ToggleButtons, button_width="auto"),
        **tooltip(_("more controls")),
    )

    def turn(_change=None):
        for title, box in boxes.items():
            box.layout.display = None if title == turner.value else "none"

    turner.observe(turn, "value")
    turn()
    return turner, [turner, *boxes.values()]
