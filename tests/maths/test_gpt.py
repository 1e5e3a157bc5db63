"""The GPT in NumPy against Keras's, and what it keeps against what it computes anew."""

import numpy as np
import pytest

from bigmodel_nb.data import shipped_gpt
from bigmodel_nb.maths.gpt import GPT

SIZES = {"vocabulary_size": 11, "context_length": 12, "num_layers": 2, "num_heads": 2, "d_model": 16}
VARIANTS = {
    "gpt": {},
    "rotary, swiglu, untied": {"positions": "rotary", "activation": "swiglu", "tie_weights": False},
    "post-norm, sinusoidal": {"positions": "sinusoidal", "norm": "post", "activation": "relu"},
    "no positions, no biases": {"positions": "none", "bias": False},
    "lora": {"lora_rank": 2},
}


@pytest.fixture(scope="module")
def writer():
    return shipped_gpt()


@pytest.mark.parametrize("name", VARIANTS)
def test_it_computes_what_keras_computes(keras, name):
    from bigmodel_nb.models import build_transformer
    from bigmodel_nb.models.named_weights import named_weights

    model, random = build_transformer(**SIZES, **VARIANTS[name]), np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(random.normal(0.1, 0.4, weight.shape))
    config = model.config
    ours = GPT(
        named_weights(model), num_heads=2, activation=config.activation, positions=config.positions,
        context_length=12,
    )  # fmt: skip
    tokens = random.integers(0, 11, 12)
    theirs = keras.ops.convert_to_numpy(model(tokens[None]))[0]
    np.testing.assert_allclose(ours.logits(tokens), theirs, rtol=1e-4, atol=1e-4)


def test_the_shipped_weights_write_alike_in_numpy_and_keras(keras, writer):
    from bigmodel_nb.models import generate, next_logits, start_from

    start = start_from("transformers")
    tokens = start.tokenizer.encode("The class of an object ")
    np.testing.assert_allclose(
        writer.logits(tokens)[-1], next_logits(start.model, tokens), rtol=1e-4, atol=1e-4
    )
    how = {"length": 30, "temperature": 0.8, "top_k": 20, "top_p": 0.9, "seed": 1}
    text = generate(start.model, "An object ", tokenizer=start.tokenizer, repetition_penalty=1.2, **how)
    assert writer.write("An object ", repetition_penalty=1.2, **how) == text


def test_what_is_kept_gives_what_a_whole_pass_gives(writer):
    tokens = writer.tokenizer.encode("If a class defines this method, it is called")
    whole = writer.logits(tokens)
    np.testing.assert_allclose(writer.begin(tokens[:5]), whole[4], atol=1e-3)
    for place in range(5, len(tokens)):
        np.testing.assert_allclose(writer.step(tokens[place]), whole[place], atol=1e-3)


def test_beyond_the_window_the_last_tokens_count(writer):
    tokens = np.random.default_rng(0).integers(0, 96, writer.context_length + 3)
    scores = writer.begin(tokens[:-2])
    for token in tokens[-2:]:
        scores = writer.step(token)
    np.testing.assert_allclose(scores, writer.logits(tokens[3:])[-1], atol=1e-3)


def test_it_has_learned_its_text(writer):
    """Words of the manual cost less than the same characters in disorder, and both as much as they should."""
    from bigmodel_nb.maths.losses import softmax

    def bits(text):
        tokens = writer.tokenizer.encode(text)
        chances = softmax(writer.logits(tokens[:-1]))[np.arange(len(tokens) - 1), tokens[1:]]
        return -np.log2(chances).mean()

    text = "The expression is evaluated and the result is bound to the name."
    assert bits(text) < 2.2 < 5 < bits("".join(np.random.default_rng(0).permutation(list(text))))


def test_writing_is_decided_by_the_seed_and_heard_piece_by_piece(writer):
    pieces = []
    text = writer.write("The class ", 30, seed=2, stream=pieces.append)
    assert text == writer.write("The class ", 30, seed=2) != writer.write("The class ", 30, seed=3)
    assert len(text) == 40 and "".join(pieces) == text and len(pieces) == 31


def test_a_stop_text_ends_it(writer):
    text = writer.write("The class ", 30, seed=2)
    assert writer.write("The class ", 30, seed=2, stop=text[20:23]) == text[: text.index(text[20:23], 10)]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda gpt: gpt.write("", 3), "prompt must be one character or more"),
        (lambda gpt: gpt.write("é", 3), "prompt cannot be encoded"),
        (lambda gpt: gpt.write("a", -3), "length must be"),
        (lambda gpt: gpt.logits([96]), "tokens must be"),
        (lambda gpt: gpt.logits([0] * 129), "tokens must be at most 128 tokens"),
        (lambda gpt: gpt.begin([]), "tokens must be"),
        (lambda gpt: gpt.step(96), "token must be"),
        (lambda gpt: GPT({}, num_heads=2), "weights must be a mapping"),
        (lambda gpt: GPT(gpt.weights, num_heads=3), "num_heads must be a divisor"),
        (lambda gpt: GPT(gpt.weights, num_heads=4, positions="far"), "positions must be"),
        (lambda gpt: GPT(gpt.weights, num_heads=4, context_length=129), "context_length must be"),
    ],
)
def test_bad_input_is_named(writer, call, words):
    with pytest.raises(ValueError, match=words):
        call(writer)
