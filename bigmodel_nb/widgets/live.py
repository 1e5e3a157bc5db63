"""A picture that is updated while a cell runs, from the cell itself: no thread, no callback, no timer.

    with LivePicture(LearningFigure(epochs=20)) as live:
        for ...:
            live.update([curve])

It works wherever widgets do. What is in the saved notebook is the last picture.
"""

from __future__ import annotations

from typing import Any

import ipywidgets

from bigmodel_nb import arguments
from bigmodel_nb.figures.canvas import Picture
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.controls import FULL, text_html
from bigmodel_nb.widgets.on_page import OnPage
from bigmodel_nb.widgets.still import bundles


class LivePicture(OnPage):
    """Shows `figure`, a `Picture` with an `update` and, where it can say what it shows, a `summary`.

    `with` shows it; `update(...)` passes its arguments on to the figure and shows the result at once, in
    the quality of a moving picture; at the end of the block, also where it was interrupted, the picture
    comes to rest. `summary_text` is what the picture shows, in words. `close()` frees it.
    """

    figure: Picture

    def __init__(self, figure: Picture):
        if not isinstance(figure, Picture) or not callable(getattr(figure, "update", None)):
            raise arguments.wrong_type(
                "figure", _("a picture with an update, such as LearningFigure(20)"), figure
            )
        self.figure = figure
        self.summary_text = ""
        self.image = ipywidgets.Image(
            format="png",
            layout={"width": f"{figure.width}px", "max_width": FULL, "height": "auto", "margin": "2px 0"},
        )
        self._summary = ipywidgets.HTML(layout={"max_width": "640px"})  # stretched, without a scroll bar
        super().__init__([self.image, self._summary])
        self._show(moving=False)

    def update(self, *args: Any, **settings: Any) -> None:
        """What the figure's `update` does, on the page at once."""
        self.figure.update(*args, **settings)  # type: ignore[attr-defined]
        self._show(moving=True)

    def rest(self) -> None:
        """Shows the present picture in full quality and leaves it in the notebook."""
        self._show(moving=False)
        self._leave_still()

    def _bundles(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return bundles(self, self.image.value, self.summary_text, self.figure.width)

    def __enter__(self) -> LivePicture:
        self._ipython_display_()
        return self

    def __exit__(self, *_error: object) -> None:
        if not self.closed:
            self.rest()

    def _show(self, moving: bool) -> None:
        if self.closed:
            return
        kind, data = self.figure.encode(moving)
        with self.image.hold_sync():
            self.image.format = kind
            self.image.value = data
        self.summary_text = getattr(self.figure, "summary", "")
        self._summary.value = text_html(self.summary_text, role="status")

    def _ipython_display_(self, **settings: Any) -> None:
        self._show(moving=False)
        super()._ipython_display_(**settings)
