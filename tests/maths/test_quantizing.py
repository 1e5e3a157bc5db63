"""Weights in 8 bits: what rounding may change, and what it may not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from bigmodel_nb.maths.quantizing import dequantized, quantized


@given(
    w=arrays(np.float32, array_shapes(min_dims=2, max_dims=2), elements=st.floats(-100, 100, width=16)),
    axis=st.integers(0, 1),
)
def test_each_weight_moves_by_half_a_step_at_most(w, axis):
    numbers, scale = quantized(w, axis)
    assert numbers.dtype == np.int8 and numbers.shape == w.shape
    assert scale.dtype == np.float32 and scale.shape[axis] == 1 and (scale > 0).all()
    moved = np.abs(dequantized(numbers, scale) - w)
    assert (moved <= 0.51 * scale).all()


def test_each_column_has_a_factor_of_its_own():
    numbers, scale = quantized([[1.0, 0.0, 100.0], [-0.5, 0.0, 50.0]])
    np.testing.assert_array_equal(numbers, [[127, 0, 127], [-64, 0, 64]])
    np.testing.assert_allclose(scale, [[1 / 127, 1, 100 / 127]], rtol=1e-6)


@pytest.mark.parametrize(
    ("w", "axis", "words"), [([1.0], 0, "w must be a matrix"), ([[1.0]], 2, "axis must be")]
)
def test_bad_input_is_named(w, axis, words):
    with pytest.raises(ValueError, match=words):
        quantized(w, axis)
