"""The ladder as a table: a row for each rung, in a notebook and in print."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping

from bigmodel_nb.language import gettext as _
from bigmodel_nb.training.ladder.rungs import Rung
from bigmodel_nb.training.run import duration
from bigmodel_nb.training.units import operations

CELL = "padding:2px 8px;white-space:nowrap;vertical-align:top;border-bottom:1px solid rgba(128,128,128,.3)"
SAMPLE = (
    "padding:2px 8px;text-align:left;font-family:monospace;white-space:normal;min-width:14em;max-width:24em;"
    "overflow-wrap:anywhere;vertical-align:top;border-bottom:1px solid rgba(128,128,128,.3)"
)


class Table:
    """The rungs as rows, in the order they were made of; prints as text, and as a table in a notebook.

    The best is marked: bold, and with a star."""

    def __init__(self, rungs: Mapping[str, Rung], title: str = "", samples: int = 60):
        self.rungs = tuple(rungs.values())
        self.title, self.samples = title, samples

    def __len__(self) -> int:
        return len(self.rungs)

    def __iter__(self) -> Iterator[Rung]:
        return iter(self.rungs)

    @property
    def _heads(self) -> tuple[str, ...]:
        return (
            _("rung"),
            _("bits"),
            _("parameters"),
            _("time"),
            _("operations"),
            _("sees"),
            _("what it writes"),
        )

    def _cells(self) -> list[tuple[str, ...]]:
        best = min((rung.bits for rung in self.rungs), default=0.0)
        return [
            (
                rung.name + (" ★" if rung.bits == best else ""),
                f"{rung.bits:.3f}",
                f"{rung.parameters:,}",
                duration(rung.seconds) if rung.seconds else "–",
                operations(rung.flops).replace("FLOP", "").strip() if rung.flops else "–",
                f"{rung.sees}",
                _shown(rung.sample, self.samples),
            )
            for rung in self.rungs
        ]

    def __str__(self) -> str:
        lines = [self._heads, *self._cells()]
        wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = [
            "  ".join(
                f"{cell:{width}}" if place in (0, 6) else f"{cell:>{width}}"
                for place, (cell, width) in enumerate(zip(line, wide, strict=True))
            ).rstrip()
            for line in lines
        ]
        return "\n".join([*([self.title] if self.title else []), *text])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        heads = "".join(
            f'<th style="{CELL};text-align:{"left" if place in (0, 6) else "right"}">{html.escape(head)}</th>'
            for place, head in enumerate(self._heads)
        )
        rows = []
        for cells in self._cells():
            bold = ";font-weight:600" if cells[0].endswith("★") else ""
            made = [
                f'<td style="{CELL};text-align:{"left" if place == 0 else "right"}{bold}">'
                f"{html.escape(cell)}</td>"
                for place, cell in enumerate(cells[:-1])
            ]
            made.append(f'<td style="{SAMPLE}">{html.escape(cells[-1])}</td>')
            rows.append(f"<tr>{''.join(made)}</tr>")
        title = f'<div style="opacity:.8">{html.escape(self.title)}</div>' if self.title else ""
        return (
            f'{title}<table style="border-collapse:collapse;line-height:1.4"><thead><tr>{heads}</tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table>"
        )


def _shown(sample: str, most: int) -> str:
    """The first characters of a sample, in one line."""
    text = sample.replace("\n", "↵")
    return text if len(text) <= most else text[: most - 1] + "…"
