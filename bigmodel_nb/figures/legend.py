"""The legend above a picture: in as many columns as fit, in at most two rows; what is too long is cut."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from bigmodel_nb.figures.canvas import FONT_POINTS

MOST_COLUMNS = 4
MOST_ROWS = 2
CUTS = (36, 26, 19, 14, 10, 6)  # letters


def draw_legend(figure: Figure, handles: Sequence[Line2D], color: str) -> Legend:
    """Puts a legend for `handles` (one or more) at the top left of a figure; their labels are plain text."""
    labels = [" ".join(str(handle.get_label()).split()) for handle in handles]
    fewest = ceil(len(labels) / MOST_ROWS)
    for length in (max(map(len, labels)), *CUTS):
        words = [label if len(label) <= length else label[: length - 1] + "…" for label in labels]
        for columns in range(max(MOST_COLUMNS, fewest), fewest - 1, -1):
            legend = _legend(figure, handles, words, columns, color)
            if legend.get_window_extent().x1 <= figure.bbox.x1:
                return legend
            legend.remove()
    return _legend(figure, handles, [""] * len(labels), fewest, color)


def _legend(
    figure: Figure, handles: Sequence[Line2D], words: Sequence[str], columns: int, color: str
) -> Legend:
    legend = figure.legend(
        handles=handles,
        labels=words,
        loc="center left",
        bbox_to_anchor=(0.01, 0.945),
        ncols=columns,
        frameon=False,
        fontsize=FONT_POINTS - 0.5,
        labelcolor=color,
        handlelength=2.8,
        columnspacing=1.1,
        borderpad=0,
        borderaxespad=0.2,
        handletextpad=0.5,
        labelspacing=0.3,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    return legend
