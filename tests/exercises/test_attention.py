"""The exercises of chapter 6: what is special about each. What holds for all is in test_chapters.py."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.exercises import attention
from bigmodel_nb.exercises.attention import predictions
from bigmodel_nb.exercises.attention.leaks import KINDS, LENGTH, LOSS, VOCABULARY
from bigmodel_nb.maths import attention as maths

RNG = np.random.default_rng


def asked_for(exercise, code: str | None = None):
    defined = {"np": np, "attention": attention}
    exec(compile(code or exercise.ours, "<cell>", "exec"), defined)
    return defined[exercise.signature.partition("(")[0]]


def test_attention_masks_and_heads_are_those_of_the_course():
    q, k, v = RNG(0).normal(size=(3, 5, 4))
    ours = maths.attention(q, k, v)
    np.testing.assert_allclose(asked_for(attention.attend)(q, k, v), ours.output)
    np.testing.assert_allclose(
        asked_for(attention.causal_weights)(ours.scores),
        maths.attention(q, k, v, maths.causal_mask(5)).weights,
        atol=1e-12,
    )
    x = RNG(1).normal(size=(2, 3, 8))
    np.testing.assert_array_equal(asked_for(attention.into_heads)(x, 4), maths.split_heads(x, 4))


def test_heads_are_those_of_keras(keras):
    """The width of a projection is cut as `MultiHeadAttention` cuts it: consecutive numbers make a head."""
    x = RNG(0).normal(size=(2, 5, 6)).astype(np.float32)
    layer = keras.layers.MultiHeadAttention(num_heads=3, key_dim=2, use_bias=False)
    theirs = np.asarray(layer(x, x, use_causal_mask=True))
    W = [np.asarray(weight) for weight in layer.get_weights()]  # (6, 3, 2) thrice, (3, 2, 6)
    into_heads, weights_of = asked_for(attention.into_heads), asked_for(attention.causal_weights)
    q, k, v = (into_heads(x @ matrix.reshape(6, 6), 3) for matrix in W[:3])
    out = np.zeros_like(theirs)
    for n in range(2):
        for head in range(3):
            weights = weights_of(q[n, head] @ k[n, head].T / np.sqrt(2))
            out[n] += weights @ v[n, head] @ W[3][head]
    np.testing.assert_allclose(out, theirs, atol=1e-5)


def test_layer_norm_is_keras_own(keras):
    rng = RNG(2)
    x, (gamma, beta) = rng.normal(size=(2, 3, 6)).astype(np.float32), rng.normal(size=(2, 6))
    layer = keras.layers.LayerNormalization(epsilon=1e-3)
    layer.build(x.shape)
    layer.set_weights([gamma, beta])
    ours = asked_for(attention.normalize_tokens)(x, gamma, beta, 1e-3)
    np.testing.assert_allclose(ours, np.asarray(layer(x)), atol=1e-5)


def test_repairing_the_positions_one_fault_at_a_time_names_the_next():
    exercise, code, named = attention.sinusoids, attention.sinusoids.template, []
    repairs = {
        "token of the vocabulary": ("np.arange(vocabulary_size)", "np.arange(context_length)"),
        "share one angle": ("2 * column / width", "2 * (column // 2) / width"),
    }
    assert not exercise.check(asked_for(exercise, code)).attempted
    result = exercise.check(asked_for(exercise, code.replace("np.where(", "1.0 * np.where(")))
    while not result.passed:
        [(phrase, change)] = [item for item in repairs.items() if item[0] in result.message]
        named.append(phrase)
        code = code.replace(*change)
        result = exercise.check(asked_for(exercise, code))
    assert named == list(repairs)
    np.testing.assert_allclose(
        asked_for(exercise, code)(50, 9, 6), maths.sinusoidal_positions(9, 6), atol=1e-12
    )


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5, 0.9, 0.999, 1.0])
def test_top_p_keeps_the_fewest_that_reach_it(p):
    for seed in range(50):
        probabilities = RNG(seed).dirichlet(np.ones(12))
        kept = asked_for(attention.keep_top_p)(probabilities, p)
        assert kept.sum() == pytest.approx(1) and (kept >= 0).all()
        of_them = probabilities[kept > 0]
        assert of_them.sum() >= p - 1e-12
        assert of_them.sum() - of_them.min() < p
        assert probabilities[kept == 0].max(initial=0) <= of_them.min()


def test_a_text_through_the_cache_is_attention_over_all_of_it():
    rng, step = RNG(3), asked_for(attention.cached_step)
    x, positions, W = rng.normal(size=(6, 4)), rng.normal(size=(9, 4)), rng.normal(size=(3, 4, 4))
    keys = values = np.zeros((0, 4))
    outputs = []
    for token in x:
        output, keys, values = step(token, positions, keys, values, W)
        outputs.append(output)
    q, k, v = ((x + positions[:6]) @ matrix for matrix in W)
    np.testing.assert_allclose(outputs, maths.attention(q, k, v, maths.causal_mask(6)).output)
    np.testing.assert_allclose([keys, values], [k, v])


def test_all_practice_models_have_the_same_loss_and_only_one_kind_is_honest():
    for number in range(40):
        logits, tokens = attention.practice_model(number)
        scores = logits(tokens)[:-1]
        shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        loss = -np.log(shares[np.arange(len(tokens) - 1), tokens[1:]]).mean()
        assert loss == pytest.approx(LOSS, abs=0.02)
        leaks = logits.leaks()
        assert all(t < j for t, j in leaks)
        assert (KINDS[number % 5] == "honest") == (not leaks)
    again, same = attention.practice_model(39)
    np.testing.assert_array_equal(same, tokens)
    np.testing.assert_array_equal(again(same), logits(tokens))
    assert repr(logits) == "logits(tokens)"


def test_a_practice_model_changes_where_it_leaks_and_nowhere_else():
    for number in range(5):
        logits, tokens = attention.practice_model(number)
        before, sees = logits(tokens), set()
        for j in range(LENGTH):
            for new in range(VOCABULARY):
                changed = tokens.copy()
                changed[j] = new
                rows = np.flatnonzero((logits(changed) != before).any(axis=1))
                assert new != tokens[j] or rows.size == 0
                assert new == tokens[j] or {t for t in rows if t < j} == {
                    t for t, other in logits.leaks() if other == j
                }
                sees |= {(int(t), j) for t in rows if t < j}
        assert sees == logits.leaks()


@pytest.mark.parametrize(
    "tokens", [[0] * (LENGTH + 1), [VOCABULARY] * LENGTH, [-1] * LENGTH, [0.5] * LENGTH, "a"]
)
def test_a_practice_model_says_what_tokens_it_takes(tokens):
    with pytest.raises(ValueError, match=f"tokens must be {LENGTH} whole numbers below {VOCABULARY}"):
        attention.practice_model(0)[0](tokens)


def test_questions_have_keys_of_their_own_and_a_truth_among_their_options():
    asked = [value for name, value in vars(predictions).items() if isinstance(value, dict) and name[0] != "_"]
    assert len({question["key"] for question in asked}) == len(asked) == 7
    for question in asked:
        assert question["key"].startswith("06/") and question["truth"] in question["options"]
        assert len(set(question["options"])) == len(question["options"]) >= 3
    assert sum(range(1, 201)) == 20_100


def test_what_an_encoder_without_positions_can_reach_at_best():
    """Bet on the digit that occurs most often in the 16: right about one time in four."""
    digits = RNG(0).integers(0, 10, (4000, 16))
    most = np.array([np.bincount(row).max() for row in digits])
    assert 0.2 < most.mean() / 16 < 0.3
