"""`generate` on TensorFlow: what `checks_generation.py` asks of every back end, and what to ask once."""

import gc
import importlib.util
import logging
import weakref
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.data.tokenizers import ByteTokenizer, CharacterTokenizer
from bigmodel_nb.models import build_rnn, build_transformer, generate, next_logits, start_from, writers
from bigmodel_nb.models.window import build_window_mlp

pytestmark = pytest.mark.tensorflow

_spec = importlib.util.spec_from_file_location(
    "checks_generation", Path(__file__).parent / "checks_generation.py"
)
checks = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(checks)


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_on_tensorflow(keras, check):
    check()


@pytest.fixture(scope="module")
def gpt(keras):
    return start_from("transformers")


@pytest.fixture(scope="module")
def write(gpt):
    def written(prompt="The class ", **how):
        return generate(gpt.model, prompt, tokenizer=gpt.tokenizer, **{"length": 40, **how})

    return written


def test_the_seed_decides(write):
    first = write(seed=3)
    assert first == write(seed=3) and first.startswith("The class ") and len(first) == 50
    assert first != write(seed=4)


def test_temperature_0_takes_the_most_probable_each_time(write, gpt):
    text = write(temperature=0, length=6)
    for end in range(len("The class "), len(text)):
        best = next_logits(gpt.model, gpt.tokenizer.encode(text[:end])).argmax()
        assert gpt.tokenizer.vocabulary[best] == text[end]
    assert text == write(temperature=1.0, top_k=1, length=6)


def test_a_reader_hears_every_piece_in_order(write):
    pieces = []
    text = write(stream=pieces.append)
    assert pieces[0] == "The class " and "".join(pieces) == text
    assert max(map(len, pieces[1:])) == 1


def test_true_prints(write, capsys):
    text = write(stream=True, length=5)
    assert capsys.readouterr().out == text


def test_tokens_in_tokens_out(gpt):
    heard = []
    found = generate(gpt.model, gpt.tokenizer.encode("def "), length=9, stream=heard.append)
    assert found.dtype == np.int32 and found.shape == (13,) and heard == found[4:].tolist()


def test_nothing_is_written_where_nothing_is_asked_for(write):
    assert write(length=0) == "The class "


def test_a_stop_text_ends_the_writing_and_is_not_part_of_it(write):
    text = write(seed=3, length=60)
    for stop in (text[15:18], text[17], [text[20:30], "never written"]):
        wanted = stop if isinstance(stop, str) else stop[0]
        end = text.index(wanted, len("The class "))
        pieces = []
        assert write(seed=3, length=60, stop=stop, stream=pieces.append) == text[:end]
        assert "".join(pieces) == text[:end]  # not even its beginning was said


def test_a_stop_text_in_the_prompt_does_not_count(write):
    assert len(write(stop="The class ", length=5)) == 15


def test_bytes_of_one_character_are_said_together(keras):
    model = build_transformer("tiny", vocabulary_size=256)
    pieces = []
    text = generate(model, "é", tokenizer=ByteTokenizer(), length=60, stream=pieces.append, seed=5)
    assert "".join(pieces) == text and text.startswith("é")


def test_the_writer_sees_weights_that_training_has_changed(gpt, keras):
    model = build_transformer("tiny", vocabulary_size=11)
    before = writers.writer_for(model).logits([1, 2, 3])
    for weight in model.weights:
        weight.assign(weight + 0.1)
    after = writers.writer_for(model).logits([1, 2, 3])
    assert np.abs(after - before).max() > 1e-3
    np.testing.assert_allclose(after, next_logits(model, [1, 2, 3]), atol=1e-4)


@pytest.mark.parametrize("positions", ["rotary", "sinusoidal"])
def test_models_that_compute_in_16_bits_write(keras, positions):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build_transformer(**{**checks.SIZES, "num_layers": 1}, positions=positions)
    finally:
        keras.config.set_dtype_policy("float32")
    kept, whole = writers.writer_for(model).logits([1, 2, 3]), next_logits(model, [1, 2, 3])
    np.testing.assert_allclose(kept, whole, atol=0.05 * np.abs(whole).max())


def test_many_models_are_no_reason_to_warn(keras):
    heard = []
    handler = logging.Handler()
    handler.emit = heard.append
    logging.getLogger("tensorflow").addHandler(handler)
    try:
        for width in range(2, 9):
            model = build_rnn(task="next token", vocabulary_size=3, cell="simple", widths=(width,))
            generate(model, [1], length=1)
    finally:
        logging.getLogger("tensorflow").removeHandler(handler)
    assert not heard, heard[0].getMessage()


def test_a_model_that_nobody_needs_goes_with_its_loops(keras):
    model = build_transformer("tiny", vocabulary_size=11)
    loops = writers.writer_for(model).inside
    generate(model, [1], length=3)
    assert writers.writer_for(model).inside is loops and loops.loop() is loops.loop()
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_xla_writes_what_the_plain_loop_writes(keras, monkeypatch):
    model = checks.shaken(build_transformer(**checks.SIZES))
    plain = generate(model, [1], length=20)
    assert not writers.writer_for(model).inside.loop().jit_compile
    monkeypatch.setattr(writers, "XLA_FROM", 0)
    assert generate(model, [1], length=20).tolist() == plain.tolist()
    for loops in (writers.writer_for(model).inside, writers.writer_for(model).beyond):
        assert loops.loop().jit_compile and loops.loop().warm and loops.works


def test_where_xla_fails_the_plain_loop_goes_on(keras, monkeypatch):
    monkeypatch.setattr(writers, "XLA_FROM", 0)
    model = build_transformer("tiny", vocabulary_size=11)
    loops = writers.writer_for(model).inside

    def fails(_state):
        raise RuntimeError("no XLA here")

    monkeypatch.setattr(loops.loop(), "predict_on_batch", fails)
    assert len(generate(model, [1], length=4)) == 5
    assert not loops.works and not loops.loop().jit_compile


def test_any_causal_model_will_do(keras):
    model = build_window_mlp(vocabulary_size=7, window=3, widths=(8,), embedding_width=4)
    assert writers.writer_for(model) is None
    assert generate(model, [1, 2], length=6).shape == (8,)
    np.testing.assert_allclose(next_logits(model, [1, 2, 3, 4]), next_logits(model, [2, 3, 4]), atol=1e-5)


def test_masked_or_stateful_layers_are_not_taken_for_a_chain(keras):
    layers = keras.layers
    for embedding, recurrent in (
        (layers.Embedding(5, 4, mask_zero=True), layers.GRU(3, return_sequences=True)),
        (layers.Embedding(5, 4), layers.Bidirectional(layers.GRU(3, return_sequences=True))),
    ):
        model = keras.Sequential([keras.Input((None,), dtype="int32"), embedding, recurrent, layers.Dense(5)])
        assert writers.writer_for(model) is None


@pytest.mark.parametrize("cache", [True, False])
def test_a_model_that_has_diverged_is_named(keras, cache):
    model = build_transformer("tiny", vocabulary_size=5)
    model.weights[0].assign(model.weights[0] * np.nan)
    with pytest.raises(ValueError, match="model must give finite scores"):
        generate(model, [1], length=2, cache=cache)


@pytest.mark.parametrize(
    "extreme",
    [
        {"temperature": 1e-300},
        {"temperature": 1e300},
        {"top_p": 1e-300},
        {"repetition_penalty": 1e-300},
        {"repetition_penalty": 1e300},
    ],
    ids=str,
)
def test_extreme_settings_write_on(write, extreme):
    assert len(write(length=5, **extreme)) == 15


@pytest.mark.parametrize("how", ["encoder", "bidirectional", "classifier", "numbers"])
def test_a_model_that_cannot_write_is_named(keras, how):
    layers = keras.layers
    model = {
        "encoder": lambda: build_transformer("tiny", causal=False),
        "bidirectional": lambda: keras.Sequential(
            [
                keras.Input((None,), dtype="int32"),
                layers.Embedding(5, 4),
                layers.Bidirectional(layers.GRU(3, return_sequences=True)),
                layers.Dense(5),
            ]
        ),
        "classifier": lambda: build_rnn(task="classify", vocabulary_size=5, num_outputs=2),
        "numbers": lambda: build_rnn(task="forecast"),
    }[how]()
    for call in (generate, next_logits):
        with pytest.raises(ValueError, match=r"^model must be"):
            call(model, [1])


def test_what_is_no_model_is_named(keras):
    with pytest.raises(TypeError, match="model must be a causal Keras model; received: 'gpt'"):
        generate("gpt", [1])


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"prompt": ""}, ValueError, "prompt must be one character or more"),
        ({"prompt": "naïve"}, ValueError, "prompt cannot be encoded: text has 1 character .* 'ï'"),
        ({"prompt": []}, ValueError, "prompt must be a row of one token or more"),
        ({"prompt": [96]}, ValueError, "prompt must be .* from 0 to 95; received: 96"),
        ({"prompt": [-1]}, ValueError, "prompt must be .* received: -1"),
        ({"prompt": [[1]]}, TypeError, "prompt must be a row"),
        ({"prompt": [0.5]}, TypeError, "prompt must be a row"),
        ({"prompt": None}, TypeError, "prompt must be a row"),
        ({"tokenizer": None}, TypeError, "tokenizer must be the tokenizer that the model was trained with"),
        ({"length": -1}, ValueError, "length must be a whole number from 0 to 1000000"),
        ({"temperature": -0.1}, ValueError, "temperature must be zero or a positive number"),
        ({"top_k": 0}, ValueError, "top_k must be"),
        ({"top_p": 0}, ValueError, "top_p must be"),
        ({"repetition_penalty": 0}, ValueError, "repetition_penalty must be a positive number"),
        ({"seed": -1}, ValueError, "seed must be"),
        ({"stop": ""}, ValueError, "stop must be text"),
        ({"stop": 3}, TypeError, "stop must be text"),
        ({"prompt": [1], "stop": "x"}, ValueError, "stop must be None where the prompt is a row of tokens"),
        ({"stream": "yes"}, TypeError, "stream must be a function"),
        ({"cache": "yes"}, TypeError, "cache must be"),
    ],
)
def test_bad_input_is_named(gpt, changed, error, words):
    how = {"prompt": "The ", "tokenizer": gpt.tokenizer, "length": 1, **changed}
    with pytest.raises(error, match=words):
        generate(gpt.model, **how)


def test_a_tokenizer_with_more_tokens_than_the_model_is_named(keras):
    model = build_transformer("tiny", vocabulary_size=3)
    with pytest.raises(ValueError, match=r"tokenizer must be the one .* which has 3 tokens"):
        generate(model, "abcdef", tokenizer=CharacterTokenizer("abcdef"))


@settings(max_examples=25)
@given(value=st.none() | st.text() | st.floats() | st.integers() | st.lists(st.integers()) | st.binary())
def test_hostile_settings_never_get_through(gpt, value):
    for name in ("temperature", "top_k", "top_p", "repetition_penalty", "seed", "length"):
        if name == "length" and isinstance(value, int | float) and 0 < value <= 1_000_000:
            continue  # a length like any other
        try:
            found = generate(gpt.model, [1], **{"length": 0, name: value})
        except (TypeError, ValueError) as error:
            assert str(error).startswith(name)
        else:
            assert found.tolist() == [1]
