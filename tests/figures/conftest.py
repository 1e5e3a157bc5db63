"""Where the words of a picture stand."""

from __future__ import annotations

import itertools

import pytest
from matplotlib.transforms import Bbox

from bigmodel_nb.figures.race import RaceFigure


def _words(picture: RaceFigure) -> list[tuple[str, Bbox]]:
    """Every text outside of the axes that is drawn, and the box that it takes."""
    picture.encode()
    renderer, texts = picture.canvas.get_renderer(), []
    for axes in (picture.map, picture.upper, picture.lower):
        texts += [axes.title, axes._left_title, axes._right_title]
        for axis in (axes.xaxis, axes.yaxis):
            texts += [axis.label, axis.offsetText, *(tick.label1 for tick in axis._update_ticks())]
    for legend in picture.figure.legends:
        texts += legend.get_texts()
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in texts
        if text.get_text() and text.get_visible()
    ]


@pytest.fixture(scope="session")
def well_laid_out():
    """`well_laid_out(picture)`: every word lies within the picture, and none on another."""

    def check(picture: RaceFigure) -> bool:
        words, whole = _words(picture), picture.figure.bbox
        assert len(words) > 12
        for text, box in words:
            assert whole.x0 <= box.x0 and box.x1 <= whole.x1, text
            assert whole.y0 <= box.y0 and box.y1 <= whole.y1, text
        for (text, box), (other, place) in itertools.combinations(words, 2):
            assert not box.overlaps(place), (text, other)
        legends = [legend.get_window_extent() for legend in picture.figure.legends]
        assert all(box.x1 <= whole.x1 and box.y1 <= whole.y1 for box in legends)
        return True

    return check
