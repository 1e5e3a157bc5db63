"""Recurrent cells: by hand, against Keras, and with hostile arguments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths.recurrence import GATES, gru_step, lstm_step, simple_step, unroll

RANDOM = np.random.default_rng(6)
N, STEPS, INPUTS, UNITS = 3, 7, 4, 5
SEQUENCES = RANDOM.normal(size=(N, STEPS, INPUTS)).astype("float32")
H, C = RANDOM.normal(size=(2, N, UNITS)).astype("float32")


def weights_of(cell, reset_after=True):
    columns = GATES[cell] * UNITS
    bias = (2, columns) if cell == "gru" and reset_after else (columns,)
    return [
        RANDOM.normal(0, 0.5, shape).astype("float32")
        for shape in ((INPUTS, columns), (UNITS, columns), bias)
    ]


def keras_layer(keras, cell, reset_after=True, **options):
    kind = {"simple": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    if cell == "gru":
        options["reset_after"] = reset_after
    layer = kind(UNITS, return_sequences=True, **options)
    layer.build(SEQUENCES.shape)
    return layer


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize(
    ("cell", "reset_after"), [("simple", True), ("lstm", True), ("gru", True), ("gru", False)]
)
def test_it_is_what_keras_computes(keras, cell, reset_after, backward):
    layer = keras_layer(keras, cell, reset_after, go_backwards=backward)
    weights = weights_of(cell, reset_after)
    layer.set_weights(weights)
    initial = (H, C) if cell == "lstm" else H
    ours = unroll(cell, SEQUENCES, weights, initial=initial, backward=backward, reset_after=reset_after)
    theirs = np.asarray(layer(SEQUENCES, initial_state=list(initial) if cell == "lstm" else [initial]))
    np.testing.assert_allclose(ours, theirs[:, ::-1] if backward else theirs, atol=1e-5)
    assert (
        np.abs(ours - unroll(cell, SEQUENCES, weights, reset_after=reset_after, backward=backward)).max()
        > 0.01
    )


@pytest.mark.parametrize("cell", GATES)
def test_a_layer_begins_at_zero_and_its_weights_fit(keras, cell):
    layer = keras_layer(keras, cell)
    np.testing.assert_allclose(unroll(cell, SEQUENCES, layer.get_weights()), layer(SEQUENCES), atol=1e-5)


def test_steps_make_the_whole():
    for cell, step in {"simple": simple_step, "gru": gru_step}.items():
        weights, h = weights_of(cell), np.zeros((N, UNITS))
        states = unroll(cell, SEQUENCES, weights)
        for place in range(STEPS):
            h = step(SEQUENCES[:, place], h, *weights)
            np.testing.assert_allclose(states[:, place], h, atol=1e-6)
    weights = weights_of("lstm")
    h, c = H, C
    states = unroll("lstm", SEQUENCES, weights, initial=(H, C))
    for place in range(STEPS):
        h, c = lstm_step(SEQUENCES[:, place], h, c, *weights)
        np.testing.assert_allclose(states[:, place], h, atol=1e-6)


def test_gates_by_hand():
    """Gates forced open or shut by their bias: what is kept and what is let in."""
    zeros, shut, open_ = np.zeros((1, 1)), -50.0, 50.0
    lstm = np.zeros((1, 4)), np.zeros((1, 4))
    h, c = lstm_step(zeros, zeros, [[0.7]], *lstm, [shut, open_, 1.0, open_])  # i, f, g, o
    assert c == pytest.approx(0.7) and h == pytest.approx(np.tanh(0.7))  # kept, nothing let in
    h, c = lstm_step(zeros, zeros, [[0.7]], *lstm, [open_, shut, 1.0, shut])
    assert c == pytest.approx(np.tanh(1.0)) and h == pytest.approx(0.0, abs=1e-12)  # replaced, not shown
    gru = np.zeros((1, 3)), np.zeros((1, 3))
    kept = gru_step(zeros, [[0.7]], *gru, [[open_, 0.0, 1.0], [0.0, 0.0, 0.0]])  # z, r, g
    replaced = gru_step(zeros, [[0.7]], *gru, [[shut, 0.0, 1.0], [0.0, 0.0, 0.0]])
    assert kept == pytest.approx(0.7) and replaced == pytest.approx(np.tanh(1.0))
    assert simple_step([[2.0]], [[3.0]], [[0.1]], [[0.2]], [0.3]) == pytest.approx(np.tanh(1.1))


@pytest.mark.parametrize("cell", GATES)
def test_the_past_is_all_that_a_state_knows(cell):
    weights = weights_of(cell)
    changed = SEQUENCES.copy()
    changed[:, 4] += 1
    difference = np.abs(unroll(cell, changed, weights) - unroll(cell, SEQUENCES, weights)).max(axis=(0, 2))
    assert (difference[:4] == 0).all() and (difference[4:] > 0).all()
    difference = unroll(cell, changed, weights, backward=True) - unroll(
        cell, SEQUENCES, weights, backward=True
    )
    assert (difference[:, 5:] == 0).all() and (difference[:, :5] != 0).any(axis=(0, 2)).all()


@given(st.floats(-1e30, 1e30), st.sampled_from(sorted(GATES)))
def test_states_stay_within_one_whatever_comes_in(size, cell):
    states = unroll(cell, SEQUENCES.astype("float64") * size, weights_of(cell))
    assert (np.abs(states) <= 1).all()


SIMPLE, LSTM, GRU = (weights_of(cell) for cell in ("simple", "lstm", "gru"))
WRONG = [
    (unroll, ("rnn", SEQUENCES, SIMPLE), {}, ValueError, "cell must be one of 'simple', 'lstm', 'gru'"),
    (unroll, ("lstm", SEQUENCES, SIMPLE), {}, ValueError, r"recurrent_kernel must be .*\(units, 4 units\)"),
    (unroll, ("simple", SEQUENCES[0], SIMPLE), {}, ValueError, r"sequences must be .*\(n, steps, 4\)"),
    (
        unroll,
        ("simple", SEQUENCES, SIMPLE[:2]),
        {},
        ValueError,
        r"weights must be \(kernel, recurrent_kernel, b",
    ),
    (unroll, ("simple", SEQUENCES, 3), {}, TypeError, r"weights must be \(kernel, recurrent_kernel, bias\)"),
    (unroll, ("gru", SEQUENCES, GRU), {"reset_after": False}, ValueError, r"bias must be .*\(15,\)"),
    (unroll, ("gru", SEQUENCES, GRU), {"reset_after": 1}, TypeError, "reset_after must be True or False"),
    (unroll, ("gru", SEQUENCES, GRU), {"initial": H[:2]}, ValueError, r"initial must be .*\(3, 5\)"),
    (unroll, ("lstm", SEQUENCES, LSTM), {"initial": H}, ValueError, r"initial must be the pair \(h, c\)"),
    (simple_step, (SEQUENCES[:, 0, :2], H, *SIMPLE), {}, ValueError, r"x must be .*\(n, 4\)"),
    (simple_step, (SEQUENCES[:, 0], H[:, :2], *SIMPLE), {}, ValueError, r"h must be .*\(n, 5\)"),
    (
        simple_step,
        (SEQUENCES[:, 0], H, SIMPLE[0][:, :2], *SIMPLE[1:]),
        {},
        ValueError,
        r"kernel must be .*inputs, 5",
    ),
]


@pytest.mark.parametrize(("function", "arguments", "options", "kind", "words"), WRONG)
def test_wrong_arguments_are_named(function, arguments, options, kind, words):
    with pytest.raises(kind, match=words):
        function(*arguments, **options)
