"""Convolution and pooling: by hand, against Keras, against measured slopes, and with hostile arguments."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths.convolution import (
    convolve,
    cross_correlate,
    cross_correlate_gradients,
    output_size,
    pool,
    receptive_field,
)

RANDOM = np.random.default_rng(4)
IMAGES = RANDOM.normal(size=(2, 9, 8, 3))
KERNEL = RANDOM.normal(size=(3, 2, 3, 4))
BIAS = RANDOM.normal(size=4)
CASES = [
    {"stride": stride, "padding": padding, "dilation": dilation}
    for stride in (1, 2, (3, 2))
    for padding in ("valid", "same")
    for dilation in (1, 2, (1, 3))
    if stride == 1 or dilation == 1  # Keras allows only one of them
]


def test_a_sum_of_products_at_each_place():
    image = np.arange(12.0).reshape(1, 3, 4, 1)
    kernel = np.array([[1.0, 0.0], [0.0, -1.0]])[:, :, None, None]
    np.testing.assert_array_equal(cross_correlate(image, kernel, [0.5])[0, :, :, 0], np.full((2, 3), -4.5))
    np.testing.assert_array_equal(convolve(image, kernel)[0, :, :, 0], np.full((2, 3), 5.0))


def test_the_formula_of_the_docstring():
    s, d = 2, 2
    outputs = cross_correlate(IMAGES, KERNEL, BIAS, stride=s, dilation=d)
    assert outputs.shape == (2, 3, 3, 4)
    for n, i, j, f in np.ndindex(outputs.shape):
        total = BIAS[f]
        for a, b, c in np.ndindex(KERNEL.shape[:3]):
            total += IMAGES[n, i * s + a * d, j * s + b * d, c] * KERNEL[a, b, c, f]
        assert outputs[n, i, j, f] == pytest.approx(total)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_what_keras_computes(keras, case):
    images, kernel, bias = (part.astype("float32") for part in (IMAGES, KERNEL, BIAS))
    stride, dilation = case["stride"], case["dilation"]
    theirs = keras.ops.conv(images, kernel, stride, case["padding"], dilation_rate=dilation) + bias
    np.testing.assert_allclose(cross_correlate(images, kernel, bias, **case), theirs, atol=1e-5)


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("size", "stride"), [(2, None), (3, 2), ((2, 3), (1, 3)), ((3, 1), (2, 1))])
def test_it_pools_as_keras_does(keras, kind, padding, size, stride):
    operation = keras.ops.max_pool if kind == "max" else keras.ops.average_pool
    theirs = operation(IMAGES.astype("float32") - 9, size, stride, padding)
    ours = pool(IMAGES - 9, size, stride=stride, padding=padding, kind=kind)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_zeros_can_be_added_by_number():
    padded = np.pad(IMAGES, ((0, 0), (2, 2), (1, 1), (0, 0)))
    expected = cross_correlate(padded, KERNEL, stride=2)
    np.testing.assert_array_equal(cross_correlate(IMAGES, KERNEL, stride=2, padding=(2, 1)), expected)


@pytest.mark.parametrize("case", [*CASES, {"stride": 2, "dilation": 2, "padding": 1}], ids=str)
def test_gradients_are_the_measured_slopes(case, numeric_gradient):
    images, kernel = IMAGES[:1, :7, :6, :2], KERNEL[:, :, :2, :2]
    weights = RANDOM.normal(size=cross_correlate(images, kernel, **case).shape)
    for_images, for_kernel, for_bias = cross_correlate_gradients(images, kernel, weights, **case)

    def loss(images, kernel):
        return (weights * cross_correlate(images, kernel, **case)).sum()

    measured = numeric_gradient(lambda flat: loss(flat.reshape(images.shape), kernel), images.ravel())
    np.testing.assert_allclose(for_images.ravel(), measured, atol=1e-6)
    measured = numeric_gradient(lambda flat: loss(images, flat.reshape(kernel.shape)), kernel.ravel())
    np.testing.assert_allclose(for_kernel.ravel(), measured, atol=1e-6)
    np.testing.assert_allclose(for_bias, weights.sum(axis=(0, 1, 2)))


sizes = st.integers(1, 30)


@given(
    sizes, st.integers(1, 6), st.integers(1, 4), st.integers(1, 4), st.sampled_from(["valid", "same", 0, 2])
)
def test_the_output_size_is_that_of_the_output(size, kernel, stride, dilation, padding):
    expected = output_size(size, kernel, stride, padding, dilation)
    image, weights = np.ones((1, size, 1, 1)), np.ones((kernel, 1, 1, 1))
    options = {"stride": (stride, 1), "dilation": (dilation, 1)}
    options["padding"] = padding if isinstance(padding, str) else (padding, 0)
    if expected == 0:
        with pytest.raises(
            ValueError, match=r"the kernel spans .* along the height, and the padded image has"
        ):
            cross_correlate(image, weights, **options)
    else:
        assert cross_correlate(image, weights, **options).shape == (1, expected, 1, 1)


def test_sizes_that_a_reader_may_get_wrong():
    assert output_size(28, 3, 2) == 13  # floor((28 - 3) / 2) + 1, not 13.5
    assert output_size(28, 3, 2, "same") == 14
    assert output_size(28, 5, dilation=2) == 20  # the kernel spans 9
    assert output_size(224, 7, 2, padding=3) == 112
    assert output_size(2, 5) == 0


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 2)), min_size=1, max_size=3))
def test_the_receptive_field_is_what_one_output_sees(layers):
    """Every pixel that can change one output, found by changing it."""
    size = 64
    image = np.eye(size)[:, :, None, None]  # one image for each pixel in which a 1 stands

    values = image
    for kernel, stride, dilation in layers:
        ones = np.ones((kernel, 1, 1, 1))
        values = cross_correlate(values, ones, stride=(stride, 1), dilation=(dilation, 1))
    seen = np.flatnonzero(values[:, 0, 0, 0])
    assert seen.max() - seen.min() + 1 == receptive_field(layers)


def test_two_small_kernels_see_what_a_large_one_sees():
    assert receptive_field([(3, 1), (3, 1)]) == receptive_field([(5, 1)]) == 5
    assert receptive_field([(3, 1), (2, 2), (3, 1)]) == 8
    assert receptive_field([]) == 1


WRONG = [
    (
        cross_correlate,
        (IMAGES[0], KERNEL),
        {},
        ValueError,
        r"images must be an array .* of shape \(n, height",
    ),
    (
        cross_correlate,
        (IMAGES, KERNEL[:, :, :2]),
        {},
        ValueError,
        r"kernel must be .*\(height, width, 3, fil",
    ),
    (cross_correlate, (IMAGES, KERNEL, [1.0]), {}, ValueError, r"bias must be .* of shape \(4,\)"),
    (cross_correlate, (IMAGES, KERNEL), {"stride": 0}, ValueError, "stride must be a whole number of 1"),
    (
        cross_correlate,
        (IMAGES, KERNEL),
        {"stride": (1, 1, 1)},
        ValueError,
        "stride must be .* or two of them",
    ),
    (cross_correlate, (IMAGES, KERNEL), {"padding": "full"}, ValueError, "padding must be one of 'valid'"),
    (cross_correlate, (IMAGES, KERNEL), {"padding": -1}, ValueError, "padding must be a whole number of 0"),
    (
        cross_correlate,
        (IMAGES, KERNEL),
        {"dilation": 1.5},
        ValueError,
        "dilation must be a whole number of 1",
    ),
    (cross_correlate, (IMAGES * math.nan, KERNEL), {}, ValueError, "images must be .* finite"),
    (cross_correlate_gradients, (IMAGES, KERNEL, IMAGES), {}, ValueError, r"slopes .* \(2, 7, 7, 4\)"),
    (pool, (IMAGES, 2), {"kind": "min"}, ValueError, "kind must be one of 'max', 'average'"),
    (pool, (IMAGES, 2), {"padding": 2}, ValueError, "padding must be smaller than the windows"),
    (output_size, (28, 0), {}, ValueError, "kernel must be a whole number of 1 or more"),
    (output_size, (28, 3, 1, "sane"), {}, ValueError, "padding must be one of 'valid', 'same'"),
    (receptive_field, (3,), {}, TypeError, r"layers must be a list of \(kernel, stride\)"),
    (receptive_field, ([(3,)],), {}, ValueError, r"layers must be a list of \(kernel, stride\)"),
]


@pytest.mark.parametrize(("function", "arguments", "options", "kind", "words"), WRONG)
def test_wrong_arguments_are_named(function, arguments, options, kind, words):
    with pytest.raises(kind, match=words):
        function(*arguments, **options)
