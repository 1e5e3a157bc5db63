"""Weights by name: all of them, as they are, with thin matrices merged."""

import numpy as np
import pytest

from bigmodel_nb.models import build_mlp, build_transformer, enable_lora, merge_lora
from bigmodel_nb.models.named_weights import named_weights

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize(
    "fields", [{}, {"norm": "post", "tie_weights": False, "dropout": 0.1, "bias": False}]
)
def test_each_weight_by_its_name(keras, fields):
    model = build_transformer("tiny", **fields)
    found = named_weights(model)
    assert len(found) == len(model.weights) and sum(map(np.size, found.values())) == model.count_params()
    kernel = model.get_layer("block_1").attention.qkv.kernel
    np.testing.assert_array_equal(found["block_1/attention/qkv/kernel"], keras.ops.convert_to_numpy(kernel))
    found["token_embedding/table"] += 1  # a copy
    assert np.abs(named_weights(model)["token_embedding/table"]).max() < 1


def test_thin_matrices_are_merged(keras):
    tuned = enable_lora(build_transformer("tiny"), rank=3, alpha=5)
    for weight in tuned.weights:
        if "lora" in weight.path:
            weight.assign(keras.random.normal(weight.shape, seed=1))
    ours, merged = named_weights(tuned), named_weights(merge_lora(tuned))
    assert ours.keys() == merged.keys()
    for name in ours:
        np.testing.assert_allclose(ours[name], merged[name], atol=1e-5)


def test_what_has_no_weights_is_refused(keras):
    assert named_weights(build_mlp())
    with pytest.raises(TypeError, match="model must be a Keras model; received: 'tiny'"):
        named_weights("tiny")
    with pytest.raises(ValueError, match="model must be built"):
        named_weights(keras.Sequential([keras.layers.Dense(2)]))
