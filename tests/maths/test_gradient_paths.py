"""How recurrent layers begin, and how much of a gradient comes back: by formula and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths.gradient_paths import as_inputs, gradient_path, gradient_paths, step_labels, unit_slope
from bigmodel_nb.maths.recurrent_weights import initial_weights, recurrent_matrix, spectral_radius
from bigmodel_nb.maths.through_time import backward, trace


@given(st.integers(1, 20), st.floats(0, 5), st.integers(0, 50))
def test_a_recurrent_matrix_scales_each_vector_by_its_radius(units, radius, seed):
    matrix = recurrent_matrix(units, radius, seed)
    assert spectral_radius(matrix) == pytest.approx(radius, abs=1e-9)
    np.testing.assert_allclose(matrix @ matrix.T, radius**2 * np.eye(units), atol=1e-9)


def test_the_spectral_radius_is_not_the_norm():
    assert spectral_radius([[0.5, 100.0], [0.0, -0.7]]) == pytest.approx(0.7)


@pytest.mark.parametrize("cell", ["simple", "lstm", "gru"])
def test_weights_have_the_shapes_and_the_biases_of_keras(keras, cell):
    layer = {"simple": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell](6)
    layer.build((None, 5, 3))
    theirs = layer.get_weights()
    ours = initial_weights(cell, 3, 6, forget_bias=0.0 if cell == "gru" else 1.0)
    assert [one.shape for one in ours] == [one.shape for one in theirs]
    np.testing.assert_array_equal(ours[2], theirs[2])
    for block in np.split(ours[1], ours[1].shape[1] // 6, axis=1):
        assert spectral_radius(block) == pytest.approx(1.0)


def test_the_forget_bias_opens_the_gate_that_keeps():
    inputs = as_inputs("abcab", 30)
    for cell, gate in {"lstm": "forget", "gru": "update"}.items():
        kept = [
            trace(cell, inputs, initial_weights(cell, 3, 8, forget_bias=bias)).gates[gate].mean()
            for bias in (-3.0, 0.0, 3.0)
        ]
        assert kept[0] < 0.15 < 0.35 < kept[1] < 0.65 < 0.85 < kept[2]


def test_text_and_numbers_become_inputs():
    np.testing.assert_array_equal(as_inputs("ba"), [[[0, 1], [1, 0]]])
    np.testing.assert_array_equal(as_inputs("ba", 3)[0].argmax(axis=1), [1, 0, 1])
    np.testing.assert_array_equal(as_inputs([1, 2.5, -3], 2), [[[1.0], [2.5]]])
    assert step_labels("ba", 3) == ["b", "a", "b"] and step_labels([1, 0.25]) == ["1 ", "0.25 "]
    assert np.linalg.norm(unit_slope(9, 4)) == pytest.approx(1.0)


def test_a_linear_simple_cell_shrinks_by_its_radius_at_each_step():
    """With inputs of 0 all states are 0, where tanh has slope 1: radius^k after k steps."""
    path = gradient_paths(as_inputs([0.0], 51), cells=["simple"], radius=0.9)["simple"]
    np.testing.assert_allclose(path.norms, 0.9 ** np.arange(50, -1, -1.0), rtol=1e-9)
    assert path.factor == 1


def test_vanishing_exploding_and_a_memory():
    inputs = as_inputs("to be or not to be ", 60)
    small, large = (gradient_paths(inputs, radius=radius)["simple"].norms[0] for radius in (0.5, 4.0))
    assert small < 1e-15 and large > 1e3
    shut, open_ = (gradient_paths(inputs, forget_bias=bias)["lstm"].norms[0] for bias in (0.0, 3.0))
    assert shut < 1e-7 and open_ > 1e5 * shut


def test_clipping_scales_a_path_and_does_not_bend_it():
    inputs = as_inputs("to be or not to be ", 40)
    free = gradient_paths(inputs, radius=3.0)["simple"]
    clipped = gradient_paths(inputs, radius=3.0, clip=1.0)["simple"]
    assert free.weight_norm > 1 and clipped.weight_norm == free.weight_norm
    assert clipped.factor == pytest.approx(1 / free.weight_norm)
    np.testing.assert_allclose(clipped.norms, free.norms / free.weight_norm)
    np.testing.assert_array_equal(clipped.unclipped, free.norms)
    left_alone = gradient_paths(inputs, radius=0.5, clip=100.0)["simple"]
    assert left_alone.factor == 1


def test_the_path_is_what_backward_finds():
    run = trace("lstm", as_inputs("abc", 12), initial_weights("lstm", 3, 24))
    np.testing.assert_array_equal(
        gradient_path(run, seed=2).norms, backward(run, unit_slope(24, 2)).carried_norms
    )


WRONG = [
    (spectral_radius, ([[1.0, 2.0]],), {}, ValueError, "matrix must be a square matrix"),
    (recurrent_matrix, (3, -1.0), {}, ValueError, "radius must be"),
    (initial_weights, ("rnn", 3, 3), {}, ValueError, "cell must be one of"),
    (initial_weights, ("lstm", 3, 3), {"forget_bias": np.nan}, ValueError, "forget_bias must be"),
    (as_inputs, ("",), {}, ValueError, "sequence must be a text, or a list"),
    (as_inputs, ([[1.0]],), {}, ValueError, "sequence must be a text, or a list"),
    (as_inputs, ("ab", 0), {}, ValueError, "length must be"),
    (gradient_paths, (as_inputs("ab"),), {"clip": -1}, ValueError, "clip must be"),
    (gradient_path, ("ab",), {}, TypeError, "run must be a trace of one sequence"),
]


@pytest.mark.parametrize(("function", "arguments", "options", "kind", "words"), WRONG)
def test_wrong_arguments_are_named(function, arguments, options, kind, words):
    with pytest.raises(kind, match=words):
        function(*arguments, **options)
