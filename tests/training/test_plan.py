"""How a run will be computed: what decides about XLA, and the memory that data may take."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.models import build_cnn, build_mlp, build_rnn, build_transformer
from bigmodel_nb.training import sources
from bigmodel_nb.training.hardware import Memory
from bigmodel_nb.training.plan import choose

pytestmark = pytest.mark.tensorflow

LONG, SHORT = 10**7, 10


@pytest.mark.parametrize(
    "make, length, steps, xla, words",
    [
        (lambda: build_mlp("tiny", input_shape=(64,)), 64, LONG, True, "matrix products gain"),
        (lambda: build_mlp("tiny", input_shape=(64,)), 64, SHORT, False, "would not win back"),
        (lambda: build_cnn("tiny", input_shape=(8, 8, 1)), 8, LONG, False, "makes convolutions slower"),
        (lambda: build_rnn("tiny", input_shape=(None, 3)), 50, LONG, True, "halves a loop over time"),
        (lambda: build_rnn("tiny", input_shape=(None, 3)), 50, SHORT, False, "would not win back"),
        (lambda: build_transformer("tiny"), 32, LONG, True, "matrix products gain"),
    ],
)
def test_xla_is_for_long_runs_without_convolutions(keras, make, length, steps, xla, words):
    plan = choose(make(), batch_size=32, steps=steps, length=length)
    assert plan.xla is xla and words in plan.reasons[-1]


def test_a_pooling_over_time_is_no_convolution(keras):
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((50,)), layers.Embedding(99, 64), layers.GlobalAveragePooling1D(), layers.Dense(9)]
    )
    assert choose(model, batch_size=32, steps=10**9, length=50).xla


def test_what_is_asked_for_is_taken(keras):
    model = build_cnn("tiny", input_shape=(8, 8, 1))
    assert choose(model, batch_size=32, steps=1, xla=True).xla
    assert choose(model, batch_size=32, steps=1, precision="mixed_bfloat16").precision == "mixed_bfloat16"
    for wrong in ("on", "AUTO"):
        with pytest.raises(ValueError, match="xla must be"):
            choose(model, batch_size=32, steps=1, xla=wrong)


def test_data_stay_where_they_are_when_a_container_has_no_room(monkeypatch):
    """What counts is what the container leaves, not what the machine has."""
    x, y = np.zeros((100, 10), np.float32), np.zeros(100, np.int32)
    for available, resident in ((10**9, True), (10_000, False), (None, True)):
        memory = Memory(64 * 10**9, available, available)
        monkeypatch.setattr(sources, "find_memory", lambda memory=memory: memory)
        assert sources.as_source("data", (x, y)).resident is resident
