"""Attention, positions and layer norm against their properties, and against Keras."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths import attention as a

RANDOM = np.random.default_rng(0)


def test_weights_are_shares_and_output_is_their_mean():
    q, k, v = RANDOM.normal(size=(3, 2, 5, 4))
    result = a.attention(q, k, v)
    np.testing.assert_allclose(result.weights.sum(axis=-1), 1)
    np.testing.assert_allclose(result.scores, np.einsum("btd,bsd->bts", q, k) / 2)  # sqrt(4)
    np.testing.assert_allclose(result.output, np.einsum("bts,bsd->btd", result.weights, v))


def test_what_is_masked_weighs_nothing():
    x = RANDOM.normal(size=(6, 4))
    weights = a.attention(x, x, x, a.window_mask(6, 2)).weights
    seen = np.abs(np.subtract.outer(np.arange(6), np.arange(6)) - 0.5) < 1  # itself and the one before
    assert (weights[~seen] == 0).all() and (weights[seen] > 0).all()
    assert a.attention(x, x, x, a.causal_mask(6)).weights[0, 0] == 1


@pytest.mark.parametrize(
    ("mask", "error", "words"),
    [
        (np.eye(3), TypeError, "True where a query sees a key"),
        (np.zeros((3, 3), bool), ValueError, "True at least once in each row"),
        (np.ones((4, 3), bool), ValueError, "of shape (3, 3)"),
    ],
)
def test_a_wrong_mask_is_said(mask, error, words):
    x = RANDOM.normal(size=(3, 2))
    with pytest.raises(error) as raised:
        a.attention(x, x, x, mask)
    assert words in str(raised.value)


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 4))
def test_heads_are_merged_as_they_were_split(heads, length, width):
    x = np.arange(2 * length * heads * width, dtype=float).reshape(2, length, -1)
    parts = a.split_heads(x, heads)
    assert parts.shape == (2, heads, length, width)
    np.testing.assert_array_equal(parts[:, -1], x[..., -width:])
    np.testing.assert_array_equal(a.merge_heads(parts), x)


def test_heads_that_do_not_divide_the_width_are_said():
    with pytest.raises(ValueError, match="num_heads must be a divisor of the width, which is 6; received: 4"):
        a.split_heads(np.ones((2, 6)), 4)


def test_sinusoidal_positions_are_those_of_the_paper():
    table = a.sinusoidal_positions(7, 6)
    assert table[0].tolist() == [0, 1, 0, 1, 0, 1]
    assert table[3, 2] == pytest.approx(np.sin(3 / 10000 ** (2 / 6)))
    assert table[3, 3] == pytest.approx(np.cos(3 / 10000 ** (2 / 6)))
    np.testing.assert_allclose(a.sinusoidal_positions(3, 6, start=4), table[4:])


def test_products_after_turning_depend_on_the_distance_alone():
    q, k = RANDOM.normal(size=(2, 8))
    queries, keys = a.rotary(np.tile(q, (9, 1))), a.rotary(np.tile(k, (9, 1)))
    products = queries @ keys.T
    for distance in range(-3, 4):
        diagonal = np.diagonal(products, distance)
        np.testing.assert_allclose(diagonal, diagonal[0])
    np.testing.assert_allclose(np.linalg.norm(queries, axis=1), np.linalg.norm(q))
    np.testing.assert_allclose(a.rotary(np.tile(q, (2, 1)), start=5), queries[5:7])


def test_layer_norm_is_over_each_row():
    x = RANDOM.normal(3, 2, (4, 50))
    y = a.layer_norm(x)
    np.testing.assert_allclose(y.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=1), 1, atol=1e-4)
    np.testing.assert_array_equal(a.layer_norm(x[1:2]), y[1:2])


def test_attention_and_layer_norm_are_those_of_keras(keras):
    x = RANDOM.normal(size=(2, 5, 12)).astype("float32")
    layer = keras.layers.MultiHeadAttention(num_heads=3, key_dim=4)
    theirs = np.asarray(layer(x, x, use_causal_mask=True))
    wq, bq, wk, bk, wv, bv, wo, bo = layer.get_weights()
    parts = [np.einsum("ntd,dhk->nhtk", x, w) + b[:, None] for w, b in ((wq, bq), (wk, bk), (wv, bv))]
    ours = a.merge_heads(a.attention(*parts, a.causal_mask(5)).output) @ wo.reshape(12, 12) + bo
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    norm = keras.layers.LayerNormalization(epsilon=1e-5)
    np.testing.assert_allclose(a.layer_norm(x), np.asarray(norm(x)), atol=1e-5)
