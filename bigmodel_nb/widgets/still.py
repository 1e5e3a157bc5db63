"""The still picture beside a live one: what GitHub, nbviewer, PDF and a notebook without its kernel show."""

from __future__ import annotations

import base64
import html
from typing import Any

import ipywidgets

from bigmodel_nb.language import gettext as _

# The still picture is a second output. JupyterLab shows "model not found" in place of a widget whose
# kernel is gone; there the rules below hide that line and show the still. Where the widget is alive,
# and in front ends that these rules do not fit, the still stays hidden.
STILL = """<style>
.jp-OutputArea-child:not(:has(.bigmodel-live)):has(+ .jp-OutputArea-child .bigmodel-still)
{{ display: none; }}
.jp-OutputArea-child:not(:has(.bigmodel-live)) + .jp-OutputArea-child .bigmodel-still
{{ display: block !important; }}
</style>
<div class="bigmodel-still" style="display:none">
<img alt="{alt}" style="max-width:100%;width:{width}px" src="data:image/png;base64,{data}">
<p>{note}</p></div>"""


def bundles(
    widget: ipywidgets.Widget, png: bytes, words: str, width: int, note: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two outputs to display, raw, one after the other: the live widget and its still.

    `png` is its picture, `width` CSS pixels wide, and `words` say what it shows.
    `note` stands below the still; by default that running the cell makes it answer.
    """
    data = base64.b64encode(png).decode()
    live = {
        "text/plain": words or type(widget).__name__,
        "image/png": data,
        "application/vnd.jupyter.widget-view+json": {
            "version_major": 2,
            "version_minor": 0,
            "model_id": widget.model_id,
        },
    }
    note = html.escape(note or _("A saved picture. Run the cell to make it answer."))
    return live, {"text/html": STILL.format(alt=html.escape(words), width=width, data=data, note=note)}
