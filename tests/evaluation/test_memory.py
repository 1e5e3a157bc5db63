"""What recurrent layers remember: the states that Keras computes, and where a unit is excited."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.evaluation import exciting_positions, outputs_of, traces
from bigmodel_nb.models import build_rnn


@pytest.mark.parametrize("cell", ["simple", "lstm", "gru"])
def test_states_are_those_of_the_model(keras, cell):
    keras.utils.set_random_seed(3)
    model = build_rnn(task="next token", vocabulary_size=11, cell=cell, widths=(7, 5), dropout=0.3)
    tokens = np.random.default_rng(0).integers(0, 11, (2, 30))
    seen, theirs = traces(model, tokens), outputs_of(model, tokens)
    assert list(seen) == ["recurrent1", "recurrent2"]
    for name, run in seen.items():
        np.testing.assert_allclose(run.states, theirs[name], atol=1e-5)


def test_numbers_and_a_last_state_alone(keras):
    model = build_rnn(task="forecast", input_shape=(None, 1), cell="lstm", widths=(4,))
    x = np.random.default_rng(0).normal(size=(3, 9, 1))
    states = traces(model, x)["recurrent1"].states
    np.testing.assert_allclose(states[:, -1], outputs_of(model, x)["recurrent1"], atol=1e-5)


def test_models_that_it_cannot_read_are_named(keras):
    layers = keras.layers
    both = build_rnn(task="classify", input_shape=(5, 1), bidirectional=True)
    with pytest.raises(ValueError, match=r"model must be a model with SimpleRNN.*Bidirectional"):
        traces(both, np.zeros((1, 5, 1)))
    relu = keras.Sequential([keras.Input((5, 1)), layers.LSTM(3, activation="relu")])
    with pytest.raises(ValueError, match=r"tanh, sigmoid .*: activation"):
        traces(relu, np.zeros((1, 5, 1)))
    mixed = keras.Sequential([keras.Input((5, 2)), layers.Dense(3, name="first"), layers.GRU(3)])
    with pytest.raises(ValueError, match="first is a Dense"):
        traces(mixed, np.zeros((1, 5, 2)))


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=60), st.integers(1, 8), st.integers(1, 12))
def test_exciting_positions_are_the_largest_and_apart(values, count, apart):
    found = exciting_positions(values, count, apart)
    assert values[found[0]] == max(values) and len(found) <= count
    assert [values[place] for place in found] == sorted((values[place] for place in found), reverse=True)
    assert all(abs(a - b) >= apart for a in found for b in found if a != b)


def test_activations_of_one_unit_are_asked_for():
    with pytest.raises(ValueError, match="activations must be the activations of one unit"):
        exciting_positions(np.zeros((3, 4)))
