"""The picture of the ladder: what stands where, and that marks differ by more than their color."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from bigmodel_nb.figures.ladder import MARKERS, MOST, LadderFigure


def rung(name: str, bits: float, flops: float, **more) -> SimpleNamespace:
    return SimpleNamespace(name=name, bits=bits, flops=flops, **more)


ROWS = [
    rung("uniform", 6.5, 0.0),
    rung("n-gram", 2.0, 1e6),
    rung("LSTM", 2.3, 4e11, course=((2e11, 2.6), (4e11, 2.3))),
    rung("my own", 1.9, 1e12),
]


def shown(artists) -> list[tuple[float, float]]:
    points = [artist.get_data() for artist in artists if artist.get_visible()]
    return [(float(x[0]), float(y[0])) for x, y in points if len(x)]


def test_each_rung_stands_on_the_left_and_what_was_learned_on_the_right():
    picture = LadderFigure(ROWS)
    assert shown(picture._marks) == [(6.5, 0), (2.0, 1), (2.3, 2), (1.9, 3)]
    assert shown(picture._points) == [(1e6, 2.0), (4e11, 2.3), (1e12, 1.9)]
    assert picture.right.get_xscale() == "log"
    assert [label.get_text() for label in picture.left.get_yticklabels()] == [row.name for row in ROWS]
    for x, y in shown(picture._points):
        assert picture.right.get_xlim()[0] < x < picture.right.get_xlim()[1]
        assert picture.right.get_ylim()[0] < y < picture.right.get_ylim()[1]
    assert "my own" in picture.summary.rsplit(".", 2)[-2]


def test_the_way_of_a_training_is_a_line():
    picture = LadderFigure(ROWS)
    x, y = picture._ways[2].get_data()
    assert list(x) == [2e11, 4e11] and list(y) == [2.6, 2.3]
    assert picture.right.get_ylim()[1] > 2.6


def test_markers_differ_where_colors_do_not():
    assert len(set(MARKERS.values())) == len(MARKERS)
    picture = LadderFigure([rung(name, 2.0, 1e9) for name in (*MARKERS, "one", "two")])
    looks = [mark.get_marker() for mark in picture._marks if mark.get_visible()]
    assert len(set(looks)) == len(looks)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_rung_more_is_drawn_in_place(theme):
    picture = LadderFigure([], theme=theme)
    before = picture.encode()[1]
    assert picture.summary
    picture.update(ROWS[:2])
    two = picture.encode()[1]
    picture.update(SimpleNamespace(rows=ROWS))
    assert len({before, two, picture.encode()[1]}) == 3
    picture.update([])
    assert np.all([not mark.get_visible() for mark in picture._marks])


def test_errors_name_the_argument():
    for rows in (["LSTM"], [rung("a", 1, 1)] * (MOST + 1)):
        with pytest.raises((ValueError, TypeError), match="rows"):
            LadderFigure(rows)
    with pytest.raises((ValueError, TypeError), match="bits"):
        LadderFigure([rung("a", -1, 1)])
