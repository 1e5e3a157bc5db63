"""The exercises of chapter 5: what is special about each. What holds for all is in test_chapters.py."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.exercises import recurrence
from bigmodel_nb.maths.recurrence import unroll


def asked_for(exercise, code: str | None = None):
    defined = {"np": np, "recurrence": recurrence}
    exec(compile(code or exercise.ours, "<cell>", "exec"), defined)
    return defined[exercise.signature.partition("(")[0]]


@pytest.mark.parametrize("units", [1, 4])
def test_unrolled_and_stepped_by_hand_they_are_keras_own_layers(keras, units):
    rng = np.random.default_rng(units)
    x = rng.normal(size=(3, 5, 2)).astype(np.float32)
    simple = keras.layers.SimpleRNN(units, return_sequences=True)
    theirs = np.asarray(simple(x))
    np.testing.assert_allclose(
        asked_for(recurrence.unroll_rnn)(x, *simple.get_weights()), theirs, rtol=1e-4, atol=1e-6
    )
    layer = keras.layers.LSTM(units, return_state=True)
    _out, h_theirs, c_theirs = (np.asarray(part) for part in layer(x))
    step, h, c = asked_for(recurrence.lstm_step), np.zeros((3, units)), np.zeros((3, units))
    for t in range(5):
        h, c = step(x[:, t], h, c, *layer.get_weights())
    np.testing.assert_allclose(h, h_theirs, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(c, c_theirs, rtol=1e-4, atol=1e-6)


def test_the_gradient_by_lag_is_that_of_small_changes():
    """Nudge each earlier state and let the network go on from there: the oracle is the definition."""
    rng = np.random.default_rng(3)
    x, W, U, b = (rng.normal(size=shape) for shape in ((1, 6, 2), (2, 3), (3, 3), (3,)))
    states, slope = unroll("simple", x, (W, U, b))[0], rng.normal(size=3)
    norms = asked_for(recurrence.gradient_by_lag)(slope, states, U)
    for lag in range(1, 6):
        t, h, gradient = 5 - lag, states[5 - lag], []
        for unit in range(3):
            ends = [
                unroll("simple", x[:, t + 1 :], (W, U, b), initial=(h + sign * 1e-6 * np.eye(3)[unit])[None])
                for sign in (1, -1)
            ]
            gradient.append((ends[0][0, -1] - ends[1][0, -1]) @ slope / 2e-6)
        assert norms[lag] == pytest.approx(np.linalg.norm(gradient), rel=1e-5)


def test_clipping_is_that_of_keras(keras):
    rng = np.random.default_rng(4)
    gradients = [rng.normal(size=shape).astype(np.float32) for shape in ((2, 3), (3, 3), (3,))]
    start = [keras.Variable(np.zeros_like(part)) for part in gradients]
    optimizer = keras.optimizers.SGD(1.0, global_clipnorm=1.5)
    optimizer.apply(gradients, start)
    for ours, theirs in zip(asked_for(recurrence.clip_by_norm)(gradients, 1.5), start, strict=True):
        np.testing.assert_allclose(ours, -np.asarray(theirs), rtol=1e-5)


def test_bits_are_those_of_the_ladder():
    from bigmodel_nb.maths.ngrams import NGram

    rng = np.random.default_rng(5)
    train, held = rng.integers(7, size=400), rng.integers(7, size=100)
    pairs = NGram(2, smoothing="add-one").fit(train, 7).likelihoods(np.stack([held[:-1], held[1:]], axis=1))
    ours = asked_for(recurrence.bigram_bits)(train, held, 7)
    assert ours == pytest.approx(-np.log2(pairs[:, 1]).mean())


def test_windows_are_those_of_the_course():
    from bigmodel_nb.data import CharacterTokenizer, text_from

    text = text_from("the quick brown fox jumps over the lazy dog; " * 30)
    data = text.encode(CharacterTokenizer.fit(text.train), 8)
    tokens = np.concatenate([data.train.tokens, data.validation.tokens])
    found = asked_for(recurrence.windows)(tokens, 8, len(data.train.tokens))
    for ours, theirs in zip(found, (*data.train, *data.validation), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_temperatures_are_those_of_sampling():
    from bigmodel_nb.maths.sampling import next_probabilities

    logits = np.random.default_rng(6).normal(size=9)
    for temperature in (0, 0.3, 1.0, 2.5):
        ours = asked_for(recurrence.with_temperature)(logits, temperature)
        np.testing.assert_allclose(ours, next_probabilities(logits, temperature=temperature), rtol=1e-6)


def test_repairing_the_windows_one_fault_at_a_time_names_the_next():
    exercise, code, named = recurrence.windows, recurrence.windows.template, []
    assert not exercise.check(asked_for(exercise, code)).attempted
    moved = code.replace("y = x.copy()", "y = tokens[1 : 1 + count * length].reshape(count, length)")
    for part in (code.replace("x.copy()", "x + 0"), moved.replace("// length\n", "// length - 1\n", 1)):
        result = exercise.check(asked_for(exercise, part))
        assert result.attempted and not result.passed
        named.append(result.message)
    assert all("straddles the split" in message for message in named)


def test_persistence_is_worse_than_the_mean_and_a_line_twice_as_good():
    """What the words and hints of the challenge say of this series."""
    values = recurrence.practice_series(3)
    cut = np.lib.stride_tricks.sliding_window_view(values, 84)
    error = {
        "persistence": np.sqrt(np.mean((cut[:, 63] - cut[:, 83]) ** 2)),
        "mean": np.sqrt(np.mean((cut[:, 83] - values.mean()) ** 2)),
    }
    assert 0.45 < error["mean"] / error["persistence"] < 0.65
    result = recurrence.forecaster.check(
        next(case for case in recurrence.forecaster.wrong_answers if case.name == "linear").answer, seed=0
    )
    assert "bend it" in result.message
    with pytest.raises(ValueError, match="seed must be"):
        recurrence.practice_series(-1)
