"""A picture: drawn once, then updated; bytes of the right kind and size; matplotlib without pyplot."""

from __future__ import annotations

import io
import pkgutil

import numpy as np
import pytest
from PIL import Image

import bigmodel_nb.figures
from bigmodel_nb.figures.canvas import Picture


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.fixture
def picture():
    made = Picture(640, 300)
    axes = made.panel(0.1, 0.1, 0.8, 0.8)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    made.axes = axes
    (made.line,) = axes.plot([0, 1], [0, 1], color="#000000")
    made.moves(made.line)
    return made


def test_png_at_rest_and_jpeg_in_motion_at_twice_the_css_size(picture):
    for moving, kind in ((False, "png"), (True, "jpeg")):
        said, data = picture.encode(moving)
        image = opened(data)
        assert said == kind == image.format.lower()
        assert image.size == (1280, 600) and image.mode == "RGB"


def test_no_picture_is_wider_than_a_notebook():
    assert opened(Picture(2000, 100).encode()[1]).size == (1280, 200)
    assert opened(Picture(320, 100).encode()[1]).size == (640, 200)


def test_a_notebook_shows_it_at_its_css_size(picture):
    data, size = picture._repr_png_()
    assert data == picture.encode()[1] and size == {"width": 640, "height": 300}


def test_saving_writes_the_same_png(picture, tmp_path):
    picture.save(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes() == picture.encode()[1]


def test_what_moves_is_drawn_anew_and_the_rest_is_kept(picture, monkeypatch):
    drawn = []
    draw = picture.canvas.draw
    monkeypatch.setattr(picture.canvas, "draw", lambda: (drawn.append(1), draw())[1])
    first = picture.encode()[1]
    picture.line.set_data([0, 1], [1, 0])
    second = picture.encode()[1]
    picture.line.set_data([0, 1], [0, 1])
    assert picture.encode()[1] == first != second
    assert drawn == [1]
    picture.axes.set_xlim(0, 2)
    stale = picture.encode()[1]
    assert drawn == [1], "the fixed part is kept until it is said that it changed"
    picture.redraw_all()
    assert picture.encode()[1] != stale and drawn == [1, 1]


def test_what_is_invisible_is_not_drawn(picture):
    whole = picture.encode()[1]
    picture.line.set_visible(False)
    assert picture.encode()[1] != whole


def test_higher_artists_are_drawn_later(picture):
    (over,) = picture.axes.plot([0, 1], [0, 1], color="#ff0000", linewidth=9, zorder=9)
    picture.moves(over)
    picture._moving.reverse()
    red = (np.asarray(opened(picture.encode()[1])) == [255, 0, 0]).all(axis=-1).sum()
    over.set_zorder(0)
    black = np.asarray(opened(picture.encode()[1]))
    assert red > (black == [255, 0, 0]).all(axis=-1).sum()


def test_the_card_is_opaque_in_both_themes():
    for theme, color in (("light", (255, 255, 255)), ("dark", (0x16, 0x19, 0x1D))):
        assert opened(Picture(100, 100, theme).encode()[1]).getpixel((0, 0)) == color


def test_a_wrong_theme_is_named():
    with pytest.raises(ValueError, match="theme must be one of 'light', 'dark'; received: 'red'"):
        Picture(theme="red")


def test_no_figure_imports_pyplot_or_a_framework(python):
    modules = [
        module.name for module in pkgutil.walk_packages(bigmodel_nb.figures.__path__, "bigmodel_nb.figures.")
    ]
    assert len(modules) >= 8
    python(
        f"import sys, importlib\nfor name in {modules}: importlib.import_module(name)\n"
        "from bigmodel_nb.figures.descent import DescentFigure\n"
        "from bigmodel_nb.maths.surfaces import bowl\n"
        "DescentFigure(bowl()).encode()\n"
        "heavy = {'matplotlib.pyplot', 'ipywidgets', 'IPython', 'keras', 'tensorflow', 'sklearn'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
