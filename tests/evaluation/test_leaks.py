"""A causal model passes, and each way to leak is seen."""

import numpy as np
import pytest

from bigmodel_nb.evaluation import FutureLeak, future_leak
from bigmodel_nb.maths.transformer import forward

RANDOM = np.random.default_rng(0)
TOKENS = RANDOM.integers(0, 9, 12)


def weights(width=8, size=9):
    shapes = {
        "token_embedding/table": (size, width), "positions/table": (20, width), "final_norm/gamma": (width,),
        "block_0/attention/qkv/kernel": (width, 3 * width), "block_0/attention/out/kernel": (width, width),
        "block_0/feed_forward/up/kernel": (width, width), "block_0/feed_forward/down/kernel": (width, width),
        "block_0/attention_norm/gamma": (width,), "block_0/feed_forward_norm/gamma": (width,),
    }  # fmt: skip
    return {name: RANDOM.normal(size=shape) for name, shape in shapes.items()}


WEIGHTS = weights()


def model(**settings):
    return lambda tokens: forward(WEIGHTS, tokens, num_heads=2, **settings).logits


def test_a_causal_model_does_not_leak():
    leak = future_leak(model(), TOKENS)
    assert leak.worst < 1e-10 and not leak.leaks and "does not see" in repr(leak)
    assert np.tril(leak.matrix, -1)[2:].max() > 0.1, "what comes before is seen"
    assert leak.by_position.shape == (12,)


def test_a_model_without_a_mask_leaks_everywhere():
    leak = future_leak(model(causal=False), TOKENS)
    assert leak.leaks and (leak.by_position[:-1] > 1e-3).all() and leak.by_position[-1] == 0


def test_one_place_that_sees_one_token_ahead_is_found():
    mask = np.tri(12, dtype=bool)
    mask[4, 5] = True
    leak = future_leak(model(mask=mask), TOKENS)
    assert np.flatnonzero(leak.by_position > 1e-6).tolist() == [4]
    assert leak.leaks and leak.matrix[4, 5] == leak.worst and "it sees later tokens" in repr(leak)


def test_keras_models(keras):
    from bigmodel_nb.models import build_rnn, build_transformer

    tokens = RANDOM.integers(0, 65, 16)
    for causal in (build_transformer("tiny"), build_rnn("tiny", task="next token", vocabulary_size=65)):
        assert not future_leak(causal, tokens).leaks
    assert future_leak(build_transformer("tiny", causal=False), tokens).leaks
    ahead = build_rnn("tiny", task="next token", vocabulary_size=65)
    assert future_leak(lambda x: keras.ops.roll(ahead(x), -1, axis=1), tokens).leaks


@pytest.mark.parametrize(
    ("given", "tokens", "words"),
    [
        (model(), [1], "tokens must be 2 to 256 whole numbers"),
        (model(), [1, 1, 1], "not all alike"),
        (model(), [0.5, 1.0], "tokens must be"),
        (model(), [[1, 2]], "tokens must be"),
        (3, [1, 2], "model must be a model, or a function"),
        (lambda tokens: tokens, [1, 2], "model must be one that gives logits"),
    ],
)
def test_what_is_wrong_is_named(given, tokens, words):
    with pytest.raises((TypeError, ValueError), match=words):
        future_leak(given, tokens)
    assert isinstance(future_leak(model(), [1, 2]), FutureLeak)
