"""The shelf as a table: a swatch of each run's line, its name, the settings that differ, how good it was."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

from bigmodel_nb.figures.theme import stroke, theme_named
from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.run import duration
from bigmodel_nb.widgets.studio.shelf import Entry, Shelf
from bigmodel_nb.widgets.studio.words import said

MOST_SETTINGS, MOST_METRICS = 4, 3
MOST_ROWS = 60  # in the page at a time; the filter finds the others
CELL = "padding:2px 8px;white-space:nowrap;border-bottom:1px solid rgba(128,128,128,.3)"


def table_html(shelf: Shelf, rows: Sequence[Entry], marked: Entry | None, theme: str) -> str:
    """Rows of the shelf as HTML; the best value of each metric is bold, `marked` has an arrow."""
    if not shelf.entries:
        return ""
    settings = shelf.differing()[:MOST_SETTINGS]
    metrics = [name for name in shelf.metrics() if name.startswith("val_")] or shelf.metrics()
    metrics = metrics[:MOST_METRICS]
    best = {name: shelf.best(_at_best(name)) for name in metrics}
    heads = ["", _("run"), *settings, *metrics, _("ended"), _("time")]
    lines = [_line("th", [(head.replace("val_", "val. ").replace("_", " "), False) for head in heads])]
    for entry in rows[:MOST_ROWS]:
        cells = [(_figure(entry.value_of(_at_best(name))), best[name] is entry) for name in metrics]
        time = entry.run.seconds.get("total", 0.0)
        texts = [
            (
                ("▸ " if entry is marked else "") + entry.name + (" 📌" if entry.pinned else ""),
                entry is marked,
            ),
            *((said(entry.settings.get(name, "")), False) for name in settings),
            *cells,
            (_(entry.run.ended), False),
            (duration(time) if time else "", False),
        ]
        lines.append(_line("td", texts, swatch(entry.look, theme)))
    more = len(rows) - MOST_ROWS
    note = _("{count} more: the filter finds them").format(count=more) if more > 0 else ""
    none = _("No run passes the filter.") if not rows else ""
    if any(name.startswith("val_") for name in metrics) and rows and not note:
        note = _("Validation figures (val.) are those of each run's best epoch.")
    return (
        f'<table style="border-collapse:collapse;line-height:1.4">{"".join(lines)}</table>'
        f'<div style="opacity:.75;line-height:1.6">{html.escape(note or none)}</div>'
    )


def _at_best(name: str) -> str:
    return f"best {name}" if name.startswith("val_") else name


def _line(tag: str, texts: Sequence[tuple[str, bool]], first: str = "") -> str:
    cells = [f'<td style="{CELL}">{first}</td>'] if first else []
    for text, bold in texts:
        weight = ";font-weight:600" if bold or tag == "th" else ""
        cells.append(f'<{tag} style="{CELL};text-align:left{weight}">{html.escape(text)}</{tag}>')
    return f"<tr>{''.join(cells)}</tr>"


def swatch(look: int, theme: str) -> str:
    """A short piece of the run's line, with its dash."""
    line = stroke(look, theme_named(theme))
    dash = " ".join(f"{2 * part:g}" for part in line.dash[1]) if line.dash[1] else ""
    ground = theme_named(theme).card
    return (
        f'<svg width="34" height="12" style="background:{ground};border-radius:3px;vertical-align:middle">'
        f'<line x1="2" y1="6" x2="32" y2="6" stroke="{line.color}" stroke-width="2.5" '
        f'stroke-dasharray="{dash}"/></svg>'
    )


def _figure(value: Any) -> str:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return "–"
    return f"{value:.4g}"
