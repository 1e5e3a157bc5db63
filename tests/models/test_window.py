"""The window MLP: what it sees and cannot see, its parameters, and the arithmetic of a window by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.models import WindowConfig, build_window_mlp, count_parameters, layer_table

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def model(keras):
    keras.utils.set_random_seed(2)
    return build_window_mlp(
        vocabulary_size=7, window=3, embedding_width=4, widths=(6, 5), activation="tanh", dropout=0.2
    )


TOKENS = np.random.default_rng(0).integers(0, 7, (2, 10))


def test_step_by_step_it_is_dense_layers_on_the_last_rows(model):
    table, kernel1, bias1, kernel2, bias2, kernel, bias = model.get_weights()
    rows = np.concatenate([np.zeros((2, 2, 4)), table[TOKENS]], axis=1)  # zeros before the beginning
    expected = np.zeros((2, 10, 7))
    for step in range(10):
        joined = rows[:, step : step + 3].reshape(2, 12)
        hidden = np.tanh(joined @ kernel1.reshape(12, 6) + bias1)
        expected[:, step] = np.tanh(hidden @ kernel2[0] + bias2) @ kernel + bias
    np.testing.assert_allclose(np.asarray(model(TOKENS)), expected, atol=1e-5)


def test_it_sees_its_window_and_nothing_else(model):
    before = np.asarray(model(TOKENS))
    changed = TOKENS.copy()
    changed[:, 4] = (changed[:, 4] + 1) % 7
    moved = np.abs(np.asarray(model(changed)) - before).max(axis=(0, 2)) > 0
    assert moved.tolist() == [step in (4, 5, 6) for step in range(10)]


def test_parameters_and_operations_are_those_of_the_closed_form(model):
    config = WindowConfig(vocabulary_size=7, window=3, embedding_width=4, widths=(6, 5))
    assert count_parameters(config) == model.count_params() == 7 * 4 + 13 * 6 + 7 * 5 + 6 * 7
    table = layer_table(model, length=10)
    assert not table.unknown and table.flops == 10 * 2 * (12 * 6 + 6 * 5 + 5 * 7)


@pytest.mark.parametrize(
    "fields", [{"window": 0}, {"vocabulary_size": 0}, {"widths": ()}, {"activation": "hard"}, {"dropout": 1}]
)
def test_errors_name_the_field(fields):
    with pytest.raises((ValueError, TypeError), match=next(iter(fields))):
        WindowConfig(**fields)
