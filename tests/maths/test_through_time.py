"""Back-propagation through time: against Keras, against differences, and with hostile arguments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths.recurrence import GATES, unroll
from bigmodel_nb.maths.through_time import GATE_NAMES, back_one_step, backward, clip_by_global_norm, trace

CELLS = [("simple", True), ("lstm", True), ("gru", True), ("gru", False)]
SHAPES = [(3, 7, 4, 5), (1, 1, 1, 1), (2, 40, 3, 8)]


def made(cell, shape, reset_after=True, seed=3):
    """Sequences, weights, first states and slopes, in float64."""
    random = np.random.default_rng(seed)
    n, steps, inputs, units = shape
    columns = GATES[cell] * units
    bias = (2, columns) if cell == "gru" and reset_after else (columns,)
    weights = [random.normal(0, 0.5, size) for size in ((inputs, columns), (units, columns), bias)]
    h, c = random.normal(0, 0.5, (2, n, units))
    return (
        random.normal(size=(n, steps, inputs)),
        weights,
        (h, c) if cell == "lstm" else h,
        random.normal(size=(n, steps, units)),
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("cell", "reset_after"), CELLS)
def test_it_is_what_keras_computes_forward_and_backward(keras, cell, reset_after, shape):
    import tensorflow as tf

    sequences, weights, initial, slopes = made(cell, shape, reset_after)
    kind = {"simple": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    options = {"reset_after": reset_after} if cell == "gru" else {}
    layer = kind(shape[3], return_sequences=True, dtype="float64", **options)
    layer.build(sequences.shape)
    layer.set_weights(weights)
    x = tf.constant(sequences)
    first = [tf.constant(one) for one in (initial if cell == "lstm" else (initial,))]
    with tf.GradientTape() as tape:
        tape.watch(x)
        states = layer(x, initial_state=first)
        loss = tf.reduce_sum(states * slopes)
    theirs = tape.gradient(loss, [*layer.trainable_weights, x])

    run = trace(cell, sequences, weights, initial, reset_after=reset_after)
    np.testing.assert_allclose(run.states, states, atol=1e-10)
    found = backward(run, slopes)
    for ours, keras_says in zip([*found.weights, found.inputs], theirs, strict=True):
        np.testing.assert_allclose(ours, keras_says, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(("cell", "reset_after"), CELLS)
def test_what_is_kept_is_what_unroll_computes(cell, reset_after):
    sequences, weights, initial, _slopes = made(cell, (3, 7, 4, 5), reset_after)
    run = trace(cell, sequences, weights, initial, reset_after=reset_after)
    np.testing.assert_allclose(
        run.states, unroll(cell, sequences, weights, initial=initial, reset_after=reset_after), atol=1e-12
    )
    assert tuple(run.gates) == GATE_NAMES[cell] and run.units == 5 and run.steps == 7
    for name, values in run.gates.items():
        assert values.shape == run.states.shape
        assert (values > (-1 if name == "candidate" else 0)).all() and (values < 1).all()
    np.testing.assert_array_equal(run.before[:, 1:], run.states[:, :-1])


def test_gates_and_memory_make_the_states():
    sequences, weights, initial, _slopes = made("lstm", (3, 7, 4, 5))
    run = trace("lstm", sequences, weights, initial)
    i, f, g, o = run.gates.values()
    earlier = np.concatenate([initial[1][:, None], run.memory[:, :-1]], axis=1)
    np.testing.assert_allclose(run.memory, f * earlier + i * g, atol=1e-12)
    np.testing.assert_allclose(run.states, o * np.tanh(run.memory), atol=1e-12)
    sequences, weights, initial, _slopes = made("gru", (3, 7, 4, 5))
    run = trace("gru", sequences, weights, initial)
    z, g = run.gates["update"], run.gates["candidate"]
    np.testing.assert_allclose(run.states, z * run.before + (1 - z) * g, atol=1e-12)
    assert run.memory is None


@pytest.mark.parametrize(("cell", "reset_after"), CELLS)
def test_slopes_by_states_and_memory_are_those_of_differences(cell, reset_after):
    """A state is changed a little where it is handed on: what the rest of the sequence makes of it."""
    sequences, weights, initial, slopes = made(cell, (1, 6, 2, 3), reset_after)
    run = trace(cell, sequences, weights, initial, reset_after=reset_after)
    found = backward(run, slopes)

    def loss(step, h, c):
        start = (h, c) if cell == "lstm" else h
        rest = trace(cell, sequences[:, step + 1 :], weights, start, reset_after=reset_after)
        return (slopes[:, step] * h).sum() + (slopes[:, step + 1 :] * rest.states).sum()

    step, small = 2, 1e-6
    h = run.states[:, step]
    c = run.memory[:, step] if cell == "lstm" else h
    for unit in range(3):
        nudge = np.zeros_like(h)
        nudge[0, unit] = small
        by_h = (loss(step, h + nudge, c) - loss(step, h - nudge, c)) / (2 * small)
        # An LSTM's memory reaches this step's own state, too; here it is changed after that.
        assert found.states[0, step, unit] == pytest.approx(by_h, rel=1e-5, abs=1e-8)
        if cell == "lstm":
            own = found.states[0, step, unit] * run.gates["output"][0, step, unit]
            own *= 1 - np.tanh(c[0, unit]) ** 2
            by_c = (loss(step, h, c + nudge) - loss(step, h, c - nudge)) / (2 * small)
            assert found.memory[0, step, unit] - own == pytest.approx(by_c, rel=1e-5, abs=1e-8)


def test_the_last_step_alone_and_the_norms():
    sequences, weights, _initial, slopes = made("lstm", (2, 9, 3, 4))
    run = trace("lstm", sequences, weights)
    all_of_them = np.zeros_like(slopes)
    all_of_them[:, -1] = slopes[:, -1]
    one, other = backward(run, slopes[:, -1]), backward(run, all_of_them)
    np.testing.assert_array_equal(one.kernel, other.kernel)
    assert one.norms.shape == (9,)
    assert one.norms[-1] == pytest.approx(np.linalg.norm(slopes[:, -1]))
    assert one.norms[3] == pytest.approx(np.linalg.norm(one.states[:, 3]))
    assert one.carried_norms[3] == pytest.approx(
        np.sqrt((one.states[:, 3] ** 2).sum() + (one.memory[:, 3] ** 2).sum())
    )
    simple = backward(trace("simple", sequences, made("simple", (2, 9, 3, 4))[1]), slopes)
    np.testing.assert_array_equal(simple.norms, simple.carried_norms)


@pytest.mark.parametrize(("cell", "reset_after"), CELLS)
def test_a_part_goes_on_from_the_state_before_it(cell, reset_after):
    sequences, weights, initial, slopes = made(cell, (2, 9, 3, 4), reset_after)
    run = trace(cell, sequences, weights, initial, reset_after=reset_after)
    part = run.part(3, 7)
    start = part.initial if cell == "lstm" else part.initial[0]
    again = trace(cell, sequences[:, 3:7], weights, start, reset_after=reset_after)
    np.testing.assert_allclose(again.states, run.states[:, 3:7], atol=1e-12)
    np.testing.assert_allclose(
        backward(part, slopes[:, 3]).kernel, backward(again, slopes[:, 3]).kernel, atol=1e-12
    )
    assert (run.part(0, 9).states == run.states).all()


def test_one_step_back_by_hand():
    sequences, weights, _initial, slopes = made("simple", (2, 9, 3, 4))
    run = trace("simple", sequences, weights)
    found = backward(run, slopes[:, -1])
    slope = slopes[:, -1]
    for step in reversed(range(1, 9)):
        slope = back_one_step(slope, run.states[:, step], weights[1])
        np.testing.assert_allclose(slope, found.states[:, step - 1], atol=1e-12)
    # U[0, 1] is how much the first unit says to the second: the slope comes back from the second.
    assert back_one_step([0.0, 1.0], [0.0, 0.5], [[0.0, 2.0], [0.0, 0.0]]) == pytest.approx([1.5, 0.0])


def test_precision_is_kept():
    sequences, weights, _initial, slopes = made("gru", (2, 5, 3, 4))
    narrow = [one.astype("float32") for one in weights]
    run = trace("gru", sequences.astype("float32"), narrow)
    found = backward(run, slopes.astype("float32"))
    assert {one.dtype for one in (run.states, *run.gates.values(), found.kernel, found.inputs)} == {
        np.dtype("float32")
    }


def test_clipping_shortens_all_by_one_factor_and_lengthens_nothing():
    gradients = [np.array([[3.0, 0.0]]), np.array([4.0])]
    clipped, norm = clip_by_global_norm(gradients, 1.0)
    assert norm == pytest.approx(5.0)
    assert clipped[0] == pytest.approx(gradients[0] / 5) and clipped[1] == pytest.approx(gradients[1] / 5)
    left, _norm = clip_by_global_norm(gradients, 10.0)
    assert (left[0] == gradients[0]).all() and (left[1] == gradients[1]).all()
    zero, norm = clip_by_global_norm([np.zeros(3)], 1.0)
    assert norm == 0 and (zero[0] == 0).all()


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6), st.floats(1e-3, 1e3))
def test_clipped_gradients_are_never_longer_than_the_limit(entries, limit):
    clipped, norm = clip_by_global_norm([np.array(entries), np.array(entries[:1])], limit)
    length = np.sqrt(sum((one**2).sum() for one in clipped))
    assert length <= max(limit, 0) * (1 + 1e-9) or length == pytest.approx(norm)
    assert length <= norm * (1 + 1e-9)


SEQUENCES, WEIGHTS, _INITIAL, SLOPES = made("simple", (3, 7, 4, 5))
RUN = trace("simple", SEQUENCES, WEIGHTS)
WRONG = [
    (trace, ("rnn", SEQUENCES, WEIGHTS), ValueError, "cell must be one of 'simple', 'lstm', 'gru'"),
    (trace, ("simple", SEQUENCES[0], WEIGHTS), ValueError, r"sequences must be .*\(n, steps, 4\)"),
    (trace, ("simple", SEQUENCES * np.nan, WEIGHTS), ValueError, "sequences must be .*finite"),
    (trace, ("lstm", SEQUENCES, WEIGHTS), ValueError, "recurrent_kernel must be"),
    (trace, ("simple", SEQUENCES, WEIGHTS, SLOPES[:, 0, :2]), ValueError, "initial must be"),
    (backward, (RUN, SLOPES[:, :3]), ValueError, r"slopes must be .*\(3, 7, 5\) or, for the last .*\(3, 5\)"),
    (backward, (RUN, SLOPES * np.inf), ValueError, "slopes must be"),
    (backward, (RUN.states, SLOPES), TypeError, "trace must be what trace"),
    (back_one_step, (SLOPES[0, 0], SLOPES[0, 0, :2], WEIGHTS[1]), ValueError, r"h must be .*\(n, 5\)"),
    (back_one_step, (SLOPES[0, 0], SLOPES[0, 0], WEIGHTS[0]), ValueError, "recurrent_kernel must be"),
    (RUN.part, (4, 4), ValueError, "end must be a step after first, 4"),
    (RUN.part, (0, 8), ValueError, "end must be"),
    (clip_by_global_norm, ([SLOPES], 0), ValueError, "limit must be"),
    (clip_by_global_norm, (SLOPES, 1.0), TypeError, "gradients must be a list of arrays"),
]


@pytest.mark.parametrize(("function", "arguments", "kind", "words"), WRONG)
def test_wrong_arguments_are_named(function, arguments, kind, words):
    with pytest.raises(kind, match=words):
        function(*arguments)
