"""What every widget that is updated from a running cell has in common: its two outputs, and its end."""

from __future__ import annotations

from typing import Any

import ipywidgets

from bigmodel_nb.widgets import lifetime
from bigmodel_nb.widgets.controls import FULL, close_parts, descendants


class OnPage(ipywidgets.VBox):
    """A column that shows itself with a still beside it (see `still`), and leaves the last still behind.

    Subclasses say in `_bundles` what the two outputs are. `close()` frees it; closing twice is fine.
    """

    closed = True  # until there is something to close

    def __init__(self, children: list[ipywidgets.Widget]):
        self.closed = False
        self._shown: list[Any] = []  # handles of the outputs on the page
        super().__init__(children, layout={"width": FULL, "max_width": "680px"})
        self.add_class("bigmodel-live")
        lifetime.adopt(self)

    def _bundles(self) -> tuple[dict[str, Any], dict[str, Any]]:
        raise NotImplementedError

    def _leave_still(self) -> None:
        """Puts the present picture in place of the still in the notebook."""
        for handle, bundle in zip(self._shown, self._bundles(), strict=False):
            handle.update(bundle, raw=True)

    def _ipython_display_(self, **_kwargs: Any) -> None:
        from IPython.display import display

        if not self.closed:
            handles = [display(bundle, raw=True, display_id=True) for bundle in self._bundles()]
            self._shown = [handle for handle in handles if handle is not None]  # None outside of a notebook

    def close(self) -> None:
        """Takes it off the page; the last still stays in the notebook."""
        if self.closed:
            return
        self.closed = True
        for widget in list(descendants(self)):
            close_parts(widget)
            if widget is not self:
                widget.close()
        lifetime.forget(self)
        super().close()
