"""Chapter 4's pictures: what is drawn is what was computed; updated in place or anew, it is the same."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bigmodel_nb.data import gray_picture
from bigmodel_nb.figures.convolution import ConvolutionFigure
from bigmodel_nb.figures.feature_maps import FeatureMapFigure
from bigmodel_nb.figures.mosaic import mosaic
from bigmodel_nb.figures.number_grid import short
from bigmodel_nb.figures.receptive_field import ReceptiveFieldFigure
from bigmodel_nb.maths.filtering import apply_kernel
from bigmodel_nb.maths.kernels import KERNELS

BARS = gray_picture("bars")
RESULTS = [
    apply_kernel(BARS, KERNELS["edges"], padding="same", pooling="max"),
    apply_kernel(gray_picture("flower"), KERNELS["sharpen"], stride=2),
    apply_kernel(gray_picture("digit"), -np.ones((2, 7)), padding=3, dilation=2),
    apply_kernel(np.ones((1, 1)), [[2.0]]),
]


def test_updated_in_place_or_drawn_anew():
    used = ConvolutionFigure(RESULTS[0])
    for result, hidden, filled in itertools.product(RESULTS, (False, True), (None, 1)):
        place = tuple(size // 2 for size in result.output.shape)
        used.update(result, position=place, hidden=hidden, filled=filled)
        fresh = ConvolutionFigure(result, position=place, hidden=hidden, filled=filled)
        assert used.encode() == fresh.encode()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("result", RESULTS)
def test_every_word_lies_within_the_picture(theme, result):
    figure = ConvolutionFigure(result, theme=theme)
    figure.encode()
    renderer, whole = figure.canvas.get_renderer(), figure.figure.bbox
    texts = [*figure.figure.texts, *(axes.title for axes in figure.figure.axes if axes.get_visible())]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()]
    for words, box in boxes:
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1 and whole.y0 <= box.y0 and box.y1 <= whole.y1, words
    for (words, box), (other, place) in itertools.combinations(boxes, 2):
        assert not box.overlaps(place), (words, other)


def test_hidden_tells_nothing_of_the_output():
    one, other = (apply_kernel(BARS, KERNELS["blur"], flip=flip) for flip in (False, True))
    changed = apply_kernel(BARS, KERNELS["blur"])
    changed.output[:] = 7.0
    pictures = [ConvolutionFigure(result, hidden=True).encode() for result in (one, other, changed)]
    assert pictures[0] == pictures[1] == pictures[2]


def test_the_grids_hold_window_kernel_and_products():
    result = RESULTS[1]
    figure = ConvolutionFigure(result, position=(3, 4))
    window = result.at((3, 4)).pixels
    np.testing.assert_array_equal(figure._seen.values, window)
    np.testing.assert_array_equal(figure._kernel.values, result.kernel)
    np.testing.assert_array_equal(figure._products.values, window * result.kernel)
    assert figure._total.get_text() == short(float(result.output[3, 4]))


@pytest.mark.parametrize(
    "value, wide, narrow",
    [(0.0, "0", "0"), (-0.0, "0", "0"), (-0.194, "-0.19", "-.19"), (1.25, "1.25", "1.2"),
     (12.34, "12.3", "12.3"), (-123.4, "-123", "-123"), (2.0, "2", "2"),
     (1234567.0, "1e6", "1e6"), (0.0004, "4e-4", "4e-4")],
)  # fmt: skip
def test_numbers_fit_into_their_cells(value, wide, narrow):
    assert (short(value), short(value, narrow=True)) == (wide, narrow)


@pytest.mark.parametrize(
    "count, height, width", [(1, 5, 5), (6, 28, 28), (120, 1, 1), (7, 2, 9), (64, 14, 14)]
)
def test_a_mosaic_holds_every_tile(count, height, width):
    tiles = np.random.default_rng(0).random((count, height, width, 4))
    made = mosaic(tiles, (0.0, 0.0, 0.0, 1.0))
    times = made.tile[0] // height
    for number, tile in enumerate(tiles):
        top, left = made.corner(number)
        part = made.colors[top : top + made.tile[0] : times, left : left + made.tile[1] : times]
        np.testing.assert_array_equal(part, tile)


def test_maps_heat_and_examples_updated_in_place():
    random = np.random.default_rng(1)
    image, maps, heat = random.random((9, 12)), random.normal(size=(5, 6, 11)), random.random((9, 12))
    bars = [("seven", 3.2, True), ("one", -1.0, False)]
    states = [
        {"maps": maps, "channel": 10, "single": maps[..., 10], "bars": bars, "title": "maps"},
        {"heat": heat, "single": heat, "bars": bars},
        {"heat": heat - 0.5},
        {
            "examples": [image] * 4,
            "captions": list("abcd"),
            "boxes": [(0, 0, 3, 4), None, (2, 2, 5, 5), None],
        },
        {"maps": np.zeros((1, 1, 40)), "channel": 3},
        {"title": "?"},
    ]
    used = FeatureMapFigure(image, **states[0])
    for state in [*states, *states[::-1]]:
        used.update(image, **state)
        assert used.encode() == FeatureMapFigure(image, **state).encode()
    assert len({FeatureMapFigure(image, **state).encode()[1] for state in states}) == len(states)
    with pytest.raises(ValueError, match="channel must be a whole number from 0 to 10"):
        used.update(image, maps=maps, channel=11)


def test_fields_updated_in_place():
    sizes = {"a": (3, 3), "b": (7, 5), "c": None, "d": (12, 12)}
    states = [
        {"layer": "a", "picture": (12, 12), "map_shape": (12, 12), "unit": (1, 2), "rows": (0, 2),
         "columns": (1, 3)},
        {"layer": "c", "picture": (12, 12), "map_shape": (2, 3), "unit": (1, 2)},
        {"layer": "d", "picture": (12, 12), "map_shape": None, "rows": (0, 11), "columns": (0, 11)},
        {"layer": "b", "picture": (12, 12), "map_shape": (6, 6), "rows": (0, -1), "columns": (0, 1),
         "slopes": np.eye(12)},
        {"layer": "b", "picture": (12, 12), "map_shape": (6, 6), "hidden": True, "image": np.eye(12)},
    ]  # fmt: skip
    used = ReceptiveFieldFigure(sizes, **states[0])
    for state in [*states, *states[::-1]]:
        used.update(sizes, **state)
        assert used.encode() == ReceptiveFieldFigure(sizes, **state).encode()
    with pytest.raises(ValueError, match="layer must be one of 'a', 'b'"):
        used.update(sizes, **(states[0] | {"layer": "z"}))
