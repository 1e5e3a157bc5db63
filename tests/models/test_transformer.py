"""Transformers on TensorFlow: what `checks_transformer.py` asks of every back end, and what to ask once."""

import dataclasses
import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.models import TransformerConfig, build_transformer, count_parameters

_spec = importlib.util.spec_from_file_location(
    "checks_transformer", Path(__file__).parent / "checks_transformer.py"
)
checks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(checks)


@pytest.mark.tensorflow
@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_on_tensorflow(keras, check):
    check()


@pytest.mark.parametrize(
    ("size", "published"),
    [
        ("gpt2-small", 124_439_808),
        ("gpt2-medium", 354_823_168),
        ("gpt2-large", 774_030_080),
        ("gpt2-xl", 1_557_611_200),
    ],
)
def test_gpt2_has_the_parameters_of_the_published_weights(size, published):
    assert count_parameters(TransformerConfig.of_size(size)) == published


def test_nanogpt_has_the_parameters_that_its_script_prints():
    """ "number of parameters: 0.80M", which leaves out the table of positions."""
    config = TransformerConfig.of_size("nanogpt-cpu")
    assert count_parameters(config) - config.context_length * config.d_model == 795_904


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"d_model": 30, "num_heads": 4}, "num_heads must be a divisor of d_model, which is 30; received: 4"),
        ({"d_model": 12, "num_heads": 4, "positions": "rotary"}, "rotary positions turn pairs"),
        ({"d_model": 9, "num_heads": 3, "positions": "sinusoidal"}, "d_model must be even"),
        ({"positions": "absolute"}, "positions must be one of 'learned', 'sinusoidal', 'rotary', 'none'"),
        ({"dropout": 1.0}, "dropout must be a number from 0 to 1 (excluded)"),
        ({"vocabulary_size": 0}, "vocabulary_size must be a whole number from 1"),
        ({"lora_rank": -1}, "lora_rank must be a whole number from 0"),
        ({"lora_alpha": 0}, "lora_alpha must be a positive number"),
    ],
)
def test_a_hostile_field_is_named(fields, words):
    with pytest.raises(ValueError) as raised:
        TransformerConfig(**fields)
    assert words in str(raised.value)


@given(
    st.dictionaries(
        st.sampled_from([field.name for field in dataclasses.fields(TransformerConfig)]),
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
        max_size=3,
    )
)
def test_any_fields_make_a_config_or_a_sentence(fields):
    try:
        config = TransformerConfig(**fields)
    except (TypeError, ValueError) as error:
        assert "received" in str(error)
    else:
        assert count_parameters(config) >= 0


@pytest.mark.tensorflow
class TestTransformer:
    def test_weights_begin_as_in_gpt2(self, keras):
        keras.utils.set_random_seed(0)
        for scaled in (True, False):
            model = build_transformer(num_layers=8, scale_residual=scaled)
            block = model.get_layer("block_3")
            last = 0.02 / math.sqrt(16) if scaled else 0.02
            for layer, stddev in (
                (block.attention.qkv, 0.02),
                (block.attention.out, last),
                (block.feed_forward.up, 0.02),
                (block.feed_forward.down, last),
            ):
                assert np.std(layer.kernel) == pytest.approx(stddev, rel=0.03), layer.path
                assert not np.any(layer.bias)
            assert np.std(model.get_layer("token_embedding").table) == pytest.approx(0.02, rel=0.03)

    def test_an_untrained_model_guesses_evenly(self, keras):
        keras.utils.set_random_seed(0)
        # not the tokens themselves: with one table to read and write, those score higher from the start
        x, y = np.random.default_rng(0).integers(0, 65, (2, 4, 64))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        assert float(loss(y, build_transformer()(x))) == pytest.approx(math.log(65), abs=0.1)

    def test_layers_have_their_names(self, keras):
        names = [layer.name for layer in build_transformer("tiny").layers]
        assert names == ["tokens", "token_embedding", "positions", "block_0", "block_1", "final_norm"]
        untied = build_transformer("tiny", positions="none", tie_weights=False, norm="post")
        names = [layer.name for layer in untied.layers]
        assert names == ["tokens", "token_embedding", "block_0", "block_1", "logits"]

    def test_a_model_can_be_compiled_with_xla(self, keras):
        import tensorflow as tf

        for fields in ({}, {"positions": "rotary", "activation": "swiglu", "dropout": 0.1}):
            model, x = build_transformer("tiny", **fields), tf.zeros((2, 8), tf.int32)
            compiled = tf.function(lambda x, model=model: model(x, training=True), jit_compile=True)(x)
            assert compiled.shape == (2, 8, 65)
            if not fields:
                np.testing.assert_allclose(compiled, model(x), atol=1e-5)

    def test_dropout_works_in_training_only(self, keras):
        model, x = build_transformer("tiny", dropout=0.5), np.zeros((1, 8), "int32")
        np.testing.assert_array_equal(model(x), model(x, training=False))
        assert (np.asarray(model(x, training=True)) != np.asarray(model(x))).any()

    def test_more_tokens_than_it_has_positions_for_is_an_error(self, keras):
        model = build_transformer("tiny", context_length=8)
        with pytest.raises(ValueError, match="at most 8 tokens long"):
            model(np.zeros((1, 9), "int32"))

    def test_outputs_are_in_float32_where_layers_compute_in_16_bits(self, keras):
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy("mixed_bfloat16")
        try:
            for fields in ({}, {"tie_weights": False}, {"num_classes": 3, "causal": False}):
                model = build_transformer("tiny", **fields)
                assert model(np.zeros((1, 4), "int32")).dtype == model.output.dtype == "float32"
                assert model.get_layer("block_0").attention.qkv.compute_dtype == "bfloat16"
        finally:
            keras.config.set_dtype_policy(before)

    def test_lora_is_refused_where_it_is_already(self, keras):
        from bigmodel_nb.models.fine_tuning import enable_lora

        with pytest.raises(ValueError, match=r"without LoRA; merge_lora"):
            enable_lora(build_transformer("tiny", lora_rank=2))
        with pytest.raises(TypeError, match="a model that build_transformer has made"):
            enable_lora(keras.Sequential())
