"""A kernel over an image: what is shown is what maths computes, and can be made again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bigmodel_nb import progress
from bigmodel_nb.data import gray_picture
from bigmodel_nb.maths.filtering import apply_kernel
from bigmodel_nb.maths.kernels import KERNELS
from bigmodel_nb.widgets import ConvolutionExplorer, Prediction
from bigmodel_nb.widgets.ticking import BY_ITSELF


@st.composite
def states(draw) -> dict:
    """Arguments of a ConvolutionExplorer whose kernel fits: every control in a place of its own."""
    rows = st.integers(1, 4)
    entries = st.sampled_from([-2.0, -1.0, 0.0, 0.25, 1 / 9, 3.5])
    height, width = draw(rows), draw(rows)
    own = draw(st.lists(st.lists(entries, min_size=width, max_size=width), min_size=height, max_size=height))
    return {
        "image": draw(st.sampled_from(["bars", "flower"])),
        "kernel": draw(st.sampled_from([*KERNELS, own])),
        "stride": draw(st.integers(1, 3)),
        "padding": draw(st.sampled_from(["valid", "same", 2])),
        "dilation": draw(st.integers(1, 2)),
        "flip": draw(st.booleans()),
        "pooling": draw(st.sampled_from(["none", "max", "average"])),
        "pool_size": draw(st.integers(1, 2)),
        "pixels": draw(st.integers(30, 40)),
        "position": (draw(st.integers(0, 3)), draw(st.integers(0, 3))),
    }


def apply(explorer: ConvolutionExplorer, state: dict) -> None:
    """Moves the controls of an explorer into a state."""
    explorer.picture.value = state["image"]
    kernel = state["kernel"]
    explorer.kernel.value = KERNELS[kernel] if isinstance(kernel, str) else kernel
    for name in ("stride", "padding", "dilation", "flip", "pooling", "pool_size", "pixels"):
        getattr(explorer, name).value = state[name]


@pytest.fixture(scope="module")
def well_used():
    """One explorer that goes through all examples: what came before must not show."""
    explorer = ConvolutionExplorer()
    yield explorer
    explorer.close()


@settings(max_examples=12)
@given(state=states())
def test_any_state_is_computed_drawn_and_printed(well_used, run_cell, state):
    with well_used.together():
        apply(well_used, state)
    well_used.row.value, well_used.column.value = state["position"]
    assert well_used.message == ""
    rest = {
        name: value for name, value in state.items() if name not in ("image", "kernel", "pixels", "position")
    }
    kernel = KERNELS[state["kernel"]] if isinstance(state["kernel"], str) else np.array(state["kernel"])
    expected = apply_kernel(gray_picture(state["image"], pixels=state["pixels"]), kernel, **rest)
    np.testing.assert_array_equal(well_used.result.output, expected.output)
    names, figure = run_cell(well_used.code())
    np.testing.assert_array_equal(names["filtered"].output, expected.output)
    assert figure.encode()[1] == well_used.still()
    fresh = ConvolutionExplorer(**state)
    try:
        assert fresh.summary_text == well_used.summary_text and fresh.code() == well_used.code()
        assert fresh.still() == well_used.still()
    finally:
        fresh.close()


def test_the_sum_is_spelled_out(made):
    explorer = made(ConvolutionExplorer(np.arange(9.0).reshape(3, 3) / 8, [[1, 0], [0, -1]], position=(1, 0)))
    assert explorer.summary_text == (
        "Image 3 × 3, kernel 2 × 2. Output height floor((3 - 2) / 1) + 1 = 2, "
        "width floor((3 - 2) / 1) + 1 = 2. At row 1, column 0: 0.38·1 + 0.88·(-1) = -0.5."
    )
    explorer.flip.value = True
    assert "0.38·(-1) + 0.88·1 = 0.5" in explorer.summary_text
    explorer.pooling.value = "max"
    assert "Pooled to 1 × 1." in explorer.summary_text


def test_a_kernel_is_edited_number_by_number(page, made):
    explorer = made(ConvolutionExplorer("digit", "identity"))
    np.testing.assert_array_equal(explorer.result.output, explorer.result.image[1:-1, 1:-1])
    page.sends(explorer.kernel.boxes[0][2], value="-1/9")
    assert explorer.kernel.value[0][2] == -1 / 9 and explorer.kernel.preset.value == "own"
    assert explorer.kernel.boxes[0][2].value == "-1/9"
    page.sends(explorer.kernel.boxes[0][2], value="0")
    assert explorer.kernel.preset.value == "identity"
    for wrong in ("x", "nan", "1/0", "1e9", ""):
        page.sends(explorer.kernel.boxes[1][1], value=wrong)
        assert explorer.message.startswith("kernel, row 2, column 2 must be a number from -1e+06 to 1e+06")
        assert explorer.kernel.boxes[1][1].value == "1" and explorer.kernel.value[1][1] == 1
    page.sends(explorer.kernel.size, index=4)
    assert (
        explorer.message == "" and explorer.kernel.kernel.shape == (5, 5) and explorer.kernel.value[2][2] == 1
    )
    assert [len(row) for row in explorer.kernel.boxes] == [5] * 5
    page.sends(explorer.kernel.preset, index=list(KERNELS).index("blur"))
    assert explorer.kernel.boxes[0][0].value == "1/9" and explorer.kernel.size.value == (3, 3)


def test_what_does_not_fit_is_said_and_taken_back(page, made):
    explorer = made(ConvolutionExplorer("digit", "edges"))
    page.types(explorer.dilation, "4")
    assert explorer.message.startswith("The kernel spans 9 pixels and does not fit into the height of 8 once")
    assert explorer.dilation.value == 1 and explorer.result.output.shape == (6, 6)
    page.types(explorer.stride, "0")
    assert explorer.message.startswith("stride must be a whole number from 1 to 32")
    page.types(explorer.row, "6")
    assert explorer.message.startswith("row must be a whole number from 0 to 5")


def test_the_window_moves_by_row_and_column_and_plays(page, made, moving):
    explorer = made(ConvolutionExplorer("digit", "blur", position=(0, 0)))
    page.drags(explorer.column, 3)
    assert explorer.position == (0, 3) and explorer.image.format == moving
    page.types(explorer.row, "2")
    assert explorer.position == (2, 3) and explorer.transport.position == 15
    explorer.transport.rewind()
    explorer.transport.play()
    page.ticks(explorer.transport.clock, 8)
    assert explorer.position == (1, 2) and explorer.filled() == 9
    assert explorer.figure._images[1].get_array().mask.sum() == 36 - 9, "the output grows"
    assert "filled=9" in explorer.code()
    explorer.transport.pause()
    assert explorer.filled() is None and not np.ma.is_masked(explorer.figure._images[1].get_array())
    explorer.transport.step()
    assert explorer.position == (1, 3)
    if BY_ITSELF:
        explorer.transport.play()
        page.ticks(explorer.transport.clock, 60)
        assert explorer.position == (5, 5) and not explorer.transport.playing


def test_the_window_stays_where_it_is_in_the_image(page, made):
    explorer = made(ConvolutionExplorer("bars", "blur", padding="same", position=(12, 20)))
    page.types(explorer.stride, "2")
    assert explorer.result.output.shape == (12, 12) and explorer.position == (6, 10)
    assert explorer.row.slider.max == 11


def test_images_of_the_readers_own(made, run_cell, tmp_path, monkeypatch):
    photo = np.random.default_rng(0).integers(0, 256, (50, 30, 3), dtype=np.uint8)
    explorer = made(ConvolutionExplorer(photo, pixels=25))
    assert explorer.picture.value == "own" and explorer.result.image.shape == (25, 15)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    other = made(ConvolutionExplorer(tmp_path / "photo.png", pixels=25))
    np.testing.assert_allclose(other.result.image, explorer.result.image)
    _names, figure = run_cell(other.code())
    assert figure.encode()[1] == other.still()
    explorer.picture.value = "digit"
    explorer.picture.value = "own"
    np.testing.assert_array_equal(explorer.result.image, other.result.image)


QUESTIONS = [
    ({"prediction": "size", "image": "digit", "stride": 2}, "3 × 3"),
    ({"prediction": "size", "image": "bars", "stride": 3, "padding": 1}, "8 × 8"),
    ({"prediction": "flip", "kernel": "edges"}, "it stays the same"),
    ({"prediction": "flip", "kernel": "Sobel, vertical edges"}, "its signs turn"),
    ({"prediction": "flip", "kernel": "emboss"}, "it changes otherwise"),
    ({"prediction": "flat", "kernel": "Laplacian"}, "0"),
    ({"prediction": "flat", "kernel": "sharpen"}, "the same brightness"),
    ({"prediction": "flat", "kernel": [[1.0, 1.0]]}, "something else"),
]


@pytest.mark.parametrize("arguments, truth", QUESTIONS)
def test_the_output_is_hidden_until_the_reader_has_predicted(page, made, arguments, truth):
    explorer = made(ConvolutionExplorer(**arguments))
    hidden = explorer.still()
    assert explorer.summary_text.endswith("The output is hidden. Predict, and it is shown.")
    assert "hidden=True" in explorer.code()
    options = explorer.prediction.options
    assert truth in options and len(options) >= 3
    page.clicks(explorer.prediction.buttons[options.index(truth)])
    (kept,) = progress.predictions("04")
    assert kept["correct"] is True and explorer.still() != hidden and "Output height" in explorer.summary_text


def test_lesson_mode(made):
    explorer = made(ConvolutionExplorer(show=["kernel", "stride", "play"]))
    assert explorer.kernel in explorer.children and explorer.transport in explorer.children
    assert explorer.padding not in explorer.children
    plain = made(ConvolutionExplorer(show=["stride"]))
    assert plain.transport not in plain.children


def test_wrong_arguments_are_named_and_leave_no_widgets(models):
    ConvolutionExplorer(
        "digit", np.ones((7, 7)), padding=3, prediction="flat"
    ).close()  # makes what all share
    before = models()
    for arguments, words in (
        ({"image": "nowhere.png"}, "image must be one of 'digit'"),
        ({"kernel": "magic"}, "kernel must be one of 'identity'"),
        ({"kernel": np.ones((8, 8))}, "kernel must be an array"),
        ({"stride": 0}, "stride must be"),
        ({"padding": "full"}, "padding must be one of"),
        ({"padding": True}, "padding must be one of"),
        ({"dilation": 2.5}, "dilation must be"),
        ({"flip": "yes"}, "flip must be"),
        ({"pooling": "sum"}, "pooling must be one of"),
        ({"pool_size": 0}, "pool_size must be"),
        ({"pixels": 7}, "pixels must be"),
        ({"number": -1}, "number must be"),
        ({"position": (1, 99)}, "position must be a row from 0 to 61 and a column from 0 to 93"),
        ({"position": 3}, "position must be two finite numbers"),
        ({"show": ["rate"]}, "show must be"),
        ({"prediction": "who"}, "prediction must be one of 'size'"),
        ({"prediction": 3}, "prediction must be a Prediction"),
        ({"theme": "pink"}, "theme must be"),
    ):
        with pytest.raises((ValueError, TypeError), match=words):
            ConvolutionExplorer(**arguments)
        assert models() == before, arguments
    mine = Prediction("04/mine", "Is it so?", ["yes", "no"], truth="yes")
    ConvolutionExplorer(prediction=mine).close()
    assert models() == before
