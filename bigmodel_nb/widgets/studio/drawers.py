"""Boxes of further controls, each behind a button that shows and hides it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ipywidgets

from bigmodel_nb.widgets.controls import Guarded, layout, style_of, tooltip


class ToggleButton(Guarded, ipywidgets.ToggleButton):
    """The core control, guarded."""


class Drawers(ipywidgets.VBox):
    """`buttons[name]` shows the box of that name while it is pressed; `pull(name)` presses it."""

    def __init__(self, boxes: Mapping[str, tuple[str, str, Sequence[ipywidgets.Widget]]], opened: str = ""):
        self.buttons: dict[str, ToggleButton] = {}
        self.boxes: dict[str, ipywidgets.VBox] = {}
        for name, (label, help, parts) in boxes.items():
            self.boxes[name] = ipywidgets.VBox(
                list(parts),
                layout={
                    "display": None if name == opened else "none",
                    "width": "100%",
                    "margin": "0 0 8px 0",
                },
            )
            self.buttons[name] = ToggleButton(
                value=name == opened,
                description=label,
                layout=layout(width="auto"),
                style=style_of(ToggleButton),
                **tooltip(help),
            )
            self.buttons[name].observe(self._turn, "value")
        row = ipywidgets.HBox(list(self.buttons.values()), layout=layout(flex_flow="row wrap"))
        super().__init__(
            [row, *self.boxes.values()], layout={"width": "100%", "max_width": "640px", "margin": "4px 0 0 0"}
        )

    def _turn(self, change) -> None:
        for name, one in self.buttons.items():
            if one is change["owner"]:
                self.boxes[name].layout.display = None if change["new"] else "none"

    def pull(self, name: str) -> None:
        """Shows a box."""
        self.buttons[name].value = True
