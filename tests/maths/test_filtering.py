"""One kernel on one picture: the same numbers as Keras, for every combination; windows, sizes, presets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bigmodel_nb.maths.convolution import output_size, padding_of, window_at
from bigmodel_nb.maths.filtering import apply_kernel, size_formula
from bigmodel_nb.maths.kernels import KERNELS, checked_kernel, resized, response_of_flat


@st.composite
def cases(draw) -> dict:
    side = st.integers(1, 14)
    entries = st.floats(-4, 4, width=32)
    image = draw(arrays.arrays(np.float64, (draw(side), draw(side)), elements=st.floats(0, 1, width=32)))
    kernel = draw(
        arrays.arrays(np.float64, (draw(st.integers(1, 7)), draw(st.integers(1, 7))), elements=entries)
    )
    return {
        "image": image,
        "kernel": kernel,
        "stride": draw(st.integers(1, 4)),
        "padding": draw(st.sampled_from(["valid", "same", 1, 2, 3])),
        "dilation": draw(st.integers(1, 3)),
        "flip": draw(st.booleans()),
        "pooling": draw(st.sampled_from(["none", "max", "average"])),
        "pool_size": draw(st.integers(1, 3)),
    }


def spread(kernel: np.ndarray, dilation: int) -> np.ndarray:
    """A dilated kernel, its gaps filled with zeros: Keras takes stride and dilation not both above 1."""
    wide = np.zeros([dilation * (entries - 1) + 1 for entries in kernel.shape])
    wide[::dilation, ::dilation] = kernel
    return wide


def theirs(keras, case: dict) -> np.ndarray:
    kernel = case["kernel"][::-1, ::-1] if case["flip"] else case["kernel"]
    image, padding, dilation = case["image"], case["padding"], case["dilation"]
    if not isinstance(padding, str):
        image, padding = np.pad(image, padding), "valid"
    if case["stride"] > 1 and dilation > 1:
        kernel, dilation = spread(kernel, dilation), 1
    output = keras.ops.conv(
        image[None, :, :, None].astype("float32"),
        kernel[:, :, None, None].astype("float32"),
        case["stride"],
        padding,
        dilation_rate=dilation,
    )
    if case["pooling"] != "none":
        operation = keras.ops.max_pool if case["pooling"] == "max" else keras.ops.average_pool
        output = operation(output, case["pool_size"], case["pool_size"], "valid")
    return np.asarray(output)[0, :, :, 0]


@settings(max_examples=150)
@given(case=cases())
def test_every_combination_is_what_keras_computes(keras, case):
    sizes = [
        output_size(size, entries, case["stride"], case["padding"], case["dilation"])
        for size, entries in zip(case["image"].shape, case["kernel"].shape, strict=True)
    ]
    if min(sizes) < 1 or (case["pooling"] != "none" and min(sizes) < case["pool_size"]):
        with pytest.raises(ValueError, match=r"does not fit|pool_size must be"):
            apply_kernel(**case)
        return
    result = apply_kernel(**case)
    assert result.output.shape == tuple(sizes)
    ours = result.output if case["pooling"] == "none" else result.pooled
    np.testing.assert_allclose(ours, theirs(keras, case), atol=2e-4)


@settings(max_examples=60)
@given(case=cases(), where=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_the_window_holds_what_was_summed(case, where):
    try:
        result = apply_kernel(**case)
    except ValueError:
        return
    position = tuple(int(part * (size - 1)) for part, size in zip(where, result.output.shape, strict=True))
    window = result.at(position)
    assert (window.pixels * result.kernel).sum() == pytest.approx(result.output[position], abs=1e-9)
    (above, below), (left, right) = result.pads
    padded = np.pad(result.image, ((above, below), (left, right)))
    np.testing.assert_array_equal(padded[np.ix_(window.rows + above, window.columns + left)], window.pixels)
    assert window.rows[-1] - window.rows[0] + 1 == result.spans[0]
    kept = result.pooled_at(position)
    if kept is not None:
        size = result.pool_size
        part = result.output[kept[0] * size : (kept[0] + 1) * size, kept[1] * size : (kept[1] + 1) * size]
        expected = part.max() if result.pooling == "max" else part.mean()
        assert result.pooled[kept] == pytest.approx(expected)
        assert all(kept[axis] * size <= position[axis] < (kept[axis] + 1) * size for axis in (0, 1))


def test_padding_same_puts_the_odd_zero_at_the_end():
    assert padding_of(8, 3, padding="same") == (1, 1)
    assert padding_of(8, 4, padding="same") == (1, 2)
    assert padding_of(8, 3, 2, "same") == (0, 1)
    assert padding_of(8, 3, padding=2) == (2, 2)
    assert padding_of(8, 3) == (0, 0)


def test_formulas_in_numbers():
    assert size_formula(28, 3, 2, "valid", 1) == "floor((28 - 3) / 2) + 1 = 13"
    assert size_formula(28, 5, 1, 2, 2) == "floor((28 + 2·2 - 2·(5 - 1) - 1) / 1) + 1 = 24"
    assert size_formula(28, 5, 3, "same", 2) == "ceil(28 / 3) = 10"


def test_flipping_a_symmetric_kernel_changes_nothing():
    image = np.random.default_rng(1).random((9, 9))
    for name in ("blur", "edges", "Laplacian", "sharpen"):
        plain, turned = (apply_kernel(image, KERNELS[name], flip=flip).output for flip in (False, True))
        np.testing.assert_array_equal(plain, turned)
    plain, turned = (
        apply_kernel(image, KERNELS["Sobel, vertical edges"], flip=flip).output for flip in (False, True)
    )
    np.testing.assert_allclose(plain, -turned)


@pytest.mark.parametrize(
    "name, total",
    [("identity", 1), ("blur", 1), ("Gaussian blur", 1), ("sharpen", 1), ("emboss", 1), ("edges", 0),
     ("Laplacian", 0), ("Sobel, vertical edges", 0), ("Sobel, horizontal edges", 0)],
)  # fmt: skip
def test_presets_on_a_flat_region(name, total):
    assert response_of_flat(KERNELS[name]) == pytest.approx(total)
    flat = apply_kernel(np.full((6, 6), 0.25), KERNELS[name]).output
    np.testing.assert_allclose(flat, 0.25 * total, atol=1e-12)


def test_vertical_edges_answer_to_vertical_edges():
    image = np.zeros((7, 7))
    image[:, 4:] = 1.0
    assert np.abs(apply_kernel(image, KERNELS["Sobel, vertical edges"]).output).max() == 4
    assert np.abs(apply_kernel(image, KERNELS["Sobel, horizontal edges"]).output).max() == 0


def test_a_kernel_in_another_size_keeps_its_middle():
    kernel = np.arange(9.0).reshape(3, 3)
    np.testing.assert_array_equal(resized(kernel, 5, 5)[1:4, 1:4], kernel)
    assert resized(kernel, 5, 5).sum() == kernel.sum()
    np.testing.assert_array_equal(resized(kernel, 1, 1), [[4]])
    assert resized(kernel, 7, 2).shape == (7, 2)


@pytest.mark.parametrize(
    "wrong", [np.ones((8, 3)), np.ones(3), np.ones((0, 3)), "blur", [[np.nan]], [[1e12]], [[1], [2, 3]]]
)
def test_wrong_kernels_are_named(wrong):
    with pytest.raises((ValueError, TypeError), match=r"^kernel must be an array of finite numbers"):
        checked_kernel("kernel", wrong)


def test_wrong_arguments_are_named():
    image, kernel = np.ones((4, 4)), np.ones((3, 3))
    for change, words in (
        ({"image": np.ones(3)}, "image must be"),
        ({"stride": 0}, "stride must be a whole number of 1"),
        ({"dilation": 2}, "kernel spans 5 pixels and does not fit into the height of 4"),
        ({"pooling": "sum"}, "pooling must be one of"),
        ({"pooling": "max", "pool_size": 3}, "pool_size must be at most 2"),
        ({"padding": -1}, "padding must be"),
    ):
        with pytest.raises((ValueError, TypeError), match=words):
            apply_kernel(**({"image": image, "kernel": kernel} | change))
    with pytest.raises(ValueError, match="position must be a whole number from 0 to 1"):
        window_at(image, (3, 3), (2, 0))
