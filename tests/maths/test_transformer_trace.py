"""The whole model in NumPy against Keras's, and what its trace says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths.attention import attention, causal_mask, sinusoidal_positions, window_mask
from bigmodel_nb.maths.transformer import Design, entropy_bits, forward

RANDOM = np.random.default_rng(0)
WIDTH, VOCABULARY = 8, 11


def weights(layers=2, places=9, **more):
    """Named weights of a small model without biases."""
    found = {"token_embedding/table": (VOCABULARY, WIDTH), "positions/table": (places, WIDTH)}
    for n in range(layers):
        found |= {
            f"block_{n}/attention/qkv/kernel": (WIDTH, 3 * WIDTH),
            f"block_{n}/attention/out/kernel": (WIDTH, WIDTH),
            f"block_{n}/feed_forward/up/kernel": (WIDTH, 4 * WIDTH),
            f"block_{n}/feed_forward/down/kernel": (4 * WIDTH, WIDTH),
            f"block_{n}/attention_norm/gamma": (WIDTH,),
            f"block_{n}/feed_forward_norm/gamma": (WIDTH,),
        }
    found |= {"final_norm/gamma": (WIDTH,), **more}
    return {name: RANDOM.normal(size=shape).astype("float32") for name, shape in found.items()}


TOKENS = [3, 1, 4, 1, 5, 9]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"norm": "post", "activation": "relu", "tie_weights": False},
        {"positions": "sinusoidal", "activation": "swiglu", "bias": False},
        {"positions": "rotary", "causal": False},
        {"positions": "none", "causal": False, "num_classes": 3},
        {"lora_rank": 2, "lora_alpha": 3.0, "dropout": 0.2},
    ],
)
def test_the_logits_are_those_of_keras(keras, fields):
    from bigmodel_nb.models import build_transformer
    from bigmodel_nb.models.named_weights import named_weights

    model = build_transformer("tiny", **fields)
    for weight in model.weights:
        weight.assign(weight + 0.2 * RANDOM.normal(size=weight.shape))
    tokens = RANDOM.integers(0, 65, (2, 20))
    theirs = keras.ops.convert_to_numpy(model(tokens))
    trace = forward(named_weights(model), tokens, design=Design.of(model.config))
    np.testing.assert_allclose(trace.logits, theirs, atol=1e-5 * max(1, np.abs(theirs).max()))
    assert trace.logits.dtype == np.float32
    alone = forward(named_weights(model), tokens[1], design=Design.of(model.config))
    np.testing.assert_allclose(alone.logits, trace.logits[1], atol=1e-5)


def test_the_stages_follow_from_one_another():
    trace = forward(weights(), TOKENS, num_heads=2, temperature=0.5)
    assert len(trace.layers) == 2 and trace.embedded.shape == (6, WIDTH) and trace.logits.shape == (6, 11)
    for layer in trace.layers:
        stages = layer.attention
        np.testing.assert_allclose(
            stages.products, layer.query @ np.swapaxes(layer.key, 1, 2), rtol=1e-5, atol=1e-5
        )
        np.testing.assert_allclose(stages.scores, stages.products / 2, rtol=1e-5)  # sqrt(d_head)
        seen = np.tri(6, dtype=bool)
        np.testing.assert_allclose(stages.masked[:, seen], stages.scores[:, seen] / 0.5, rtol=1e-5)
        assert (stages.weights[:, ~seen] == 0).all()
        np.testing.assert_allclose(stages.output, stages.weights @ layer.value, rtol=1e-5, atol=1e-6)


def test_the_lens_ends_at_the_logits_and_begins_at_the_embedding():
    own = weights(**{"logits/kernel": (WIDTH, VOCABULARY)})
    trace = forward(own, TOKENS, num_heads=2)
    np.testing.assert_array_equal(trace.lens(2), trace.logits)
    np.testing.assert_allclose(trace.lens(1, 3), trace.lens(1)[3], rtol=1e-5, atol=1e-6)
    without = {name: value for name, value in own.items() if not name.startswith("block_")}
    np.testing.assert_array_equal(trace.lens(0), forward(without, TOKENS, num_heads=2).logits)
    with pytest.raises(ValueError, match="layer must be a whole number from 0 to 2; received: 3"):
        trace.lens(3)


def test_masks_take_the_place_of_the_models_own():
    own = weights()
    causal = forward(own, TOKENS, num_heads=2)
    np.testing.assert_array_equal(
        forward(own, TOKENS, num_heads=2, mask=causal_mask(6)).logits, causal.logits
    )
    changed = [*TOKENS[:5], 0]
    np.testing.assert_array_equal(forward(own, changed, num_heads=2).logits[:5], causal.logits[:5])
    free = forward(own, TOKENS, num_heads=2, causal=False)
    assert np.abs(forward(own, changed, num_heads=2, causal=False).logits[:5] - free.logits[:5]).max() > 0.01
    narrow = forward(own, TOKENS, num_heads=2, mask=window_mask(6, 1))
    assert (narrow.layers[0].attention.weights == np.eye(6)).all()


def test_positions_are_changed_on_the_fly():
    own = weights()
    base = {"num_heads": 2, "causal": False}
    learned = forward(own, TOKENS, **base)
    np.testing.assert_allclose(learned.embedded - forward(own, TOKENS, **base, strength=0).embedded,
                               own["positions/table"][:6], atol=1e-6)  # fmt: skip
    later = forward(own, TOKENS, **base, start=3)
    np.testing.assert_allclose((later.embedded - learned.embedded)[0], np.subtract(
        own["positions/table"][3], own["positions/table"][0]), atol=1e-6)  # fmt: skip
    waves = forward(own, TOKENS, **base, positions="sinusoidal", base=100.0, start=2)
    rows = own["token_embedding/table"][TOKENS] * 8**0.5 + sinusoidal_positions(6, 8, 2, base=100.0)
    np.testing.assert_allclose(waves.embedded, rows, atol=1e-5)
    turned = forward(own, TOKENS, **base, positions="rotary")
    moved = forward(own, TOKENS, **base, positions="rotary", start=7)
    np.testing.assert_allclose(turned.logits, moved.logits, atol=1e-4)
    assert (
        np.abs(turned.logits - forward(own, TOKENS, **base, positions="rotary", base=10.0).logits).max()
        > 0.01
    )


def test_without_positions_an_encoder_cannot_tell_the_order():
    own, order = weights(), [2, 0, 5, 1, 4, 3]
    there = forward(own, TOKENS, num_heads=2, causal=False, positions="none")
    back = forward(own, np.array(TOKENS)[order], num_heads=2, causal=False, positions="none")
    np.testing.assert_allclose(back.logits, there.logits[order], atol=1e-5)


def test_unscaled_scores_make_attention_pick_one():
    q, k = RANDOM.normal(size=(2, 30, 256))
    plain, unscaled = (entropy_bits(attention(q, k, k, scale=scale).weights).mean() for scale in (None, 1.0))
    assert plain > 3.5 and unscaled < 0.6


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=9), st.floats(0.1, 10))
def test_entropy_is_between_nothing_and_all_alike(scores, temperature):
    row = np.array([scores])
    bits = entropy_bits(attention([[1.0]], row.T, row.T, temperature=temperature).weights)[0]
    assert 0 <= bits <= np.log2(len(scores)) + 1e-9
    assert entropy_bits(np.full((1, 8), 0.125)) == pytest.approx(3)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"tokens": [[[1]]]}, r"tokens must be whole numbers \(T,\) or \(n, T\), each from 0 to 10"),
        ({"tokens": [0.5]}, "tokens must be whole numbers"),
        ({"tokens": [11]}, "tokens must be whole numbers"),
        ({"tokens": []}, "tokens must be whole numbers"),
        ({"tokens": [1] * 10}, "tokens must be at most 9 tokens long from position 0 on"),
        ({"num_heads": None}, "num_heads must be the number of heads"),
        ({"num_heads": 3}, "num_heads must be a divisor of the width"),
        ({"temperature": 0}, "temperature must be a positive number"),
        ({"base": -1}, "base must be a positive number"),
        ({"positions": "learnt"}, "positions must be one of"),
        ({"warmth": 1}, "settings must be one of"),
        ({"mask": [[1.0]]}, "mask must be an array of booleans"),
        ({"weights": {}}, "weights must be the named weights"),
    ],
)
def test_what_is_wrong_is_named(settings, words):
    with pytest.raises((TypeError, ValueError), match=words):
        forward(**{"weights": weights(), "tokens": TOKENS, "num_heads": 2, **settings})


def test_a_table_that_was_not_learned_cannot_be_added():
    own = {name: value for name, value in weights().items() if name != "positions/table"}
    assert forward(own, TOKENS, num_heads=2).design.positions == "none"
    with pytest.raises(ValueError, match="this model has learned no table of positions"):
        forward(own, TOKENS, num_heads=2, positions="learned")
