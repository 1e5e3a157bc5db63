"""The translator against the arithmetic of `maths/attention.py`, and what it may not see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.maths import attention as oracle
from bigmodel_nb.models.translation import (
    TranslationConfig,
    build_translator,
    looked_at,
    shifted,
    translate,
)

SMALL = TranslationConfig(
    vocabulary_size=11, source_length=7, target_length=5, num_layers=2, num_heads=2, d_model=16
)


@pytest.fixture(scope="module")
def model(keras):
    """Every weight far from where it began: biases are not zero, norms not one."""
    made, random = build_translator(SMALL), np.random.default_rng(4)
    for weight in made.weights:
        weight.assign(random.normal(0.3, 0.4, weight.shape))
    return made


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(5)
    return random.integers(0, 11, (3, 7)), random.integers(0, 11, (3, 5))


def cross(x, memory, w, prefix):
    """Cross-attention with two heads, and its weights."""

    def linear(values, name):
        return values @ w[f"{prefix}/{name}/kernel"] + w[f"{prefix}/{name}/bias"]

    key, value = np.split(linear(memory, "key_value"), 2, axis=-1)
    q, k, v = (oracle.split_heads(part, 2) for part in (linear(x, "query"), key, value))
    result = oracle.attention(q, k, v)
    return linear(oracle.merge_heads(result.output), "out"), result.weights


def by_hand(model, source, before):
    """The logits, and the weights of the last cross-attention."""
    from bigmodel_nb.models.named_weights import named_weights

    w = named_weights(model)
    table = w["token_embedding/table"]

    def part(prefix):
        return {name.removeprefix(prefix): value for name, value in w.items() if name.startswith(prefix)}

    def norm(values, name):
        return oracle.layer_norm(values, w[f"{name}/gamma"], w[f"{name}/beta"])

    memory = table[source] + w["source_positions/table"]
    for i in range(2):
        memory = oracle.block(memory, part(f"encoder_{i}/"), 2)
    memory = norm(memory, "encoder_norm")
    x = table[before] + w["target_positions/table"][: before.shape[1]]
    looked = None
    for i in range(2):
        own = part(f"decoder_{i}/")
        zero = {**own, **{n: np.zeros_like(v) for n, v in own.items() if n.startswith("feed_forward/")}}
        x = oracle.block(
            x, zero, 2, mask=oracle.causal_mask(x.shape[1])
        )  # its feed-forward part adds nothing
        added, looked = cross(norm(x, f"decoder_{i}/cross_norm"), memory, w, f"decoder_{i}/cross")
        x = x + added
        quiet = {**own, "attention/out/kernel": 0 * own["attention/out/kernel"]}
        quiet["attention/out/bias"] = 0 * own["attention/out/bias"]
        x = oracle.block(x, quiet, 2)  # and here its attention
    return norm(x, "decoder_norm") @ table.T, looked


@pytest.mark.tensorflow
class TestTranslator:
    def test_it_computes_what_the_formulas_say(self, model, rows):
        expected, looked = by_hand(model, *rows)
        np.testing.assert_allclose(np.array(model(rows)), expected, rtol=1e-4, atol=1e-4)
        found = looked_at(model, *rows)
        assert found.shape == (3, 2, 5, 7)
        np.testing.assert_allclose(found, looked, atol=1e-5)
        assert np.abs(looked_at(model, *rows, layer=0) - found).max() > 1e-3

    def test_parameters_are_those_of_the_closed_form(self, model):
        assert model.count_params() == model.config.parameter_count

    def test_what_is_written_later_is_hidden_and_all_that_was_read_is_seen(self, model, rows):
        source, before = rows
        usual = np.array(model((source, before)))
        for place in range(1, 5):
            changed = before.copy()
            changed[:, place] = (changed[:, place] + 1) % 11
            found = np.array(model((source, changed)))
            np.testing.assert_allclose(found[:, :place], usual[:, :place], atol=1e-5)
            assert (np.abs(found[:, place:] - usual[:, place:]).max(axis=(0, 2)) > 1e-3).all()
        for place in range(7):
            changed = source.copy()
            changed[:, place] = (changed[:, place] + 1) % 11
            found = np.array(model((changed, before)))
            assert (np.abs(found - usual).max(axis=(0, 2)) > 1e-4).all()

    def test_translating_takes_the_likeliest_token_each_time(self, model, rows):
        source = rows[0]
        written = translate(model, source, start=3)
        logits = np.array(model((source, shifted(written, 3))))
        np.testing.assert_array_equal(written, logits.argmax(axis=-1))

    def test_it_learns(self, keras):
        from bigmodel_nb.training import fit

        keras.utils.set_random_seed(0)
        model = build_translator(vocabulary_size=6, source_length=4, target_length=4, d_model=16)
        x = np.random.default_rng(0).integers(0, 5, (1000, 4))
        run = fit(model, ((x, shifted(x, 5)), x), epochs=20, batch_size=50, learning_rate=0.01, watch=False)
        assert run.history["loss"][-1] < 0.1
        assert (translate(model, x[:50], start=5) == x[:50]).mean() > 0.95

    def test_saved_and_loaded_it_is_the_same(self, keras, model, rows, tmp_path):
        model.save(tmp_path / "t.keras")
        again = keras.models.load_model(tmp_path / "t.keras")
        np.testing.assert_allclose(np.array(again(rows)), np.array(model(rows)), atol=1e-6)
        assert again.config == model.config

    def test_what_is_no_translator_and_what_does_not_fit(self, keras, model):
        with pytest.raises(TypeError, match=r"^model must be a model that build_translator has made"):
            translate(keras.Sequential(), np.zeros((1, 7), int), start=0)
        with pytest.raises(ValueError, match=r"^source must be rows of 7 tokens"):
            translate(model, np.zeros((1, 6), int), start=0)
        with pytest.raises(TypeError, match=r"^source must be whole numbers"):
            translate(model, np.zeros((1, 7)), start=0)
        with pytest.raises(ValueError, match=r"^layer must be a whole number from -2 to 1"):
            looked_at(model, np.zeros((1, 7), int), np.zeros((1, 5), int), layer=2)


def test_shifted():
    np.testing.assert_array_equal(shifted([[1, 2, 3], [4, 5, 6]], 9), [[9, 1, 2], [9, 4, 5]])
    with pytest.raises(TypeError, match=r"^target must be whole numbers"):
        shifted([[0.5]], 0)
    with pytest.raises(ValueError, match=r"^start must be "):
        shifted([[1]], -1)


@given(
    st.dictionaries(
        st.sampled_from(["vocabulary_size", "num_layers", "num_heads", "d_model"]),
        st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=3)),
        max_size=2,
    )
)
def test_any_fields_make_a_config_or_a_sentence(fields):
    try:
        config = TranslationConfig(**fields)
    except (TypeError, ValueError) as error:
        assert "received" in str(error)
    else:
        assert config.parameter_count > 0


def test_heads_divide_the_width():
    with pytest.raises(
        ValueError, match=r"^num_heads must be a divisor of d_model, which is 30; received: 4"
    ):
        TranslationConfig(d_model=30, num_heads=4)
