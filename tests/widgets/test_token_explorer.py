"""The explorer of tokens: what it counts is what the tokenizers say, and neighbors are those of the table."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from bigmodel_nb.data.tokenizers import BytePairTokenizer, ByteTokenizer, CharacterTokenizer
from bigmodel_nb.maths.embeddings import neighbors
from bigmodel_nb.maths.gpt import GPT
from bigmodel_nb.widgets import TokenExplorer, token_splits
from bigmodel_nb.widgets.token_questions import QUESTIONS

TEXT = "naïve cats, naïve hats 😀\n"
CORPUS = "the cats and the hats and the naïve bats\n" * 20
LETTERS = CharacterTokenizer("abcdefgh")


def small_gpt():
    random = np.random.default_rng(0)
    weights = {"token_embedding/table": random.normal(size=(8, 4)), "positions/table": np.zeros((8, 4))}
    return GPT(weights, num_heads=1, tokenizer=LETTERS)


@pytest.fixture
def explorer(made):
    return made(TokenExplorer(TEXT, corpus=CORPUS, vocabulary_size=280))


def test_tokens_are_those_of_the_tokenizers(explorer):
    pairs = BytePairTokenizer.fit(CORPUS, 280)
    wanted = {"characters": len(TEXT), "bytes": len(TEXT.encode()), "byte pairs": len(pairs.encode(TEXT))}
    assert {name: len(split.shown) for name, split in explorer.splits.items()} == wanted
    for split in explorer.splits.values():
        assert split.lengths.sum() == len(TEXT.encode())
    assert f"bytes: {wanted['bytes']}" in explorer.summary_text
    explorer.split.value = "byte pairs"
    rate = wanted["byte pairs"] / len(TEXT)
    assert f"{rate:.2f} tokens a character" in explorer.summary_text and explorer.message == ""


def test_a_larger_vocabulary_needs_fewer_tokens(explorer, page):
    counts = []
    for size in (256, 262.4, 290):
        page.drags(explorer.vocabulary_size, size)
        counts.append(len(explorer.splits["byte pairs"].shown))
    assert explorer.vocabulary_size.value == 290
    assert counts[0] == len(TEXT.encode()) and counts[0] > counts[1] > counts[2]


@pytest.mark.parametrize("split", ["characters", "bytes", "byte pairs", "your tokenizer"])
def test_the_printed_cell_makes_the_same_state(made, run_cell, split):
    own = CharacterTokenizer.fit(TEXT + CORPUS)
    explorer = made(TokenExplorer(TEXT, split, tokenizer=own, corpus=CORPUS, theme="dark"))
    names, figure = run_cell(explorer.code(), corpus=CORPUS, tokenizer=own)
    assert {k: list(v.shown) for k, v in names["splits"].items()} == {
        k: list(v.shown) for k, v in explorer.splits.items()
    }
    assert figure.encode()[1] == bytes(explorer.image.value)


def test_text_is_read_as_it_is_typed(explorer, page):
    for typed in ("", "$x_1$ \\frac", "日本語 \U0001f600 \x07\t", "a" * 3000):
        page.sends(explorer.text, value=typed)
        assert len(explorer.splits["characters"].shown) == len(typed) and explorer.message == ""
        assert len(explorer.splits["bytes"].shown) == len(typed.encode())
    page.sends(explorer.text, value="a" * 20_001)
    assert "at most 20,000 characters" in explorer.message and len(explorer.text.value) == 3000
    page.sends(explorer.text, value="\ud83d")  # half a pair of UTF-16
    assert "U+D83D" in explorer.message and len(explorer.text.value) == 3000


def test_byte_pairs_without_their_library_are_left_out_and_it_is_said(made, page, monkeypatch):
    monkeypatch.setitem(sys.modules, "tokenizers", None)  # what makes an import fail
    explorer = made(TokenExplorer(TEXT, corpus="never fitted before"))
    assert set(explorer.splits) == {"characters", "bytes"}
    assert "pip install tokenizers" in explorer.summary_text
    page.sends(explorer.split, index=2)
    assert "pip install tokenizers" in explorer.message and explorer.split.value == "characters"


def test_a_text_that_your_tokenizer_cannot_read_is_said(made):
    explorer = made(TokenExplorer("abc", "your tokenizer", tokenizer=LETTERS, corpus=CORPUS))
    explorer.text.value = "abc?"
    assert "never seen: '?'" in explorer.message and explorer.text.value == "abc"
    explorer.split.value = "bytes"
    explorer.text.value = "abc?"
    assert "never seen: '?'" in explorer.summary_text and explorer.message == ""


def test_neighbors_and_map_are_those_of_the_table(made, run_cell):
    model = small_gpt()
    explorer = made(TokenExplorer("abba", model=model, view="embeddings", corpus=CORPUS))
    table = model.weights["token_embedding/table"]
    assert explorer.token.value == 0  # of the text, the first of the most frequent
    explorer.token.value = 5
    near, cosines = neighbors(table, 5)
    np.testing.assert_array_equal(explorer.near, near)
    np.testing.assert_array_equal(explorer.cosines, cosines)
    best = LETTERS.vocabulary[near[0]]
    assert f"Nearest to “f” by cosine: “{best}” ({cosines[0]:.2f})" in explorer.summary_text
    names, figure = run_cell(explorer.code(), model=model)
    np.testing.assert_array_equal(names["near"], near)
    assert figure.encode()[1] == bytes(explorer.image.value)
    model.weights["token_embedding/table"] = table[::-1].copy()  # trained since
    explorer.settle()
    np.testing.assert_array_equal(explorer.near, neighbors(table[::-1], 5)[0])
    explorer.view.value = "tokens"
    assert "4 characters" in explorer.summary_text and explorer.message == ""
    assert explorer._boxes["token"].layout.display == "none"


@pytest.mark.parametrize("kind", ["transformer", "recurrent"])
def test_the_table_of_a_keras_model_is_found(keras, made, kind):
    from bigmodel_nb.models import build_rnn, build_transformer

    if kind == "transformer":
        model = build_transformer("tiny", vocabulary_size=8, context_length=8)
        table = model.get_layer("token_embedding").table
    else:
        model = build_rnn(task="next token", vocabulary_size=8, embedding_width=5)
        table = model.get_layer("embedding").embeddings
    explorer = made(TokenExplorer("abc", tokenizer=LETTERS, model=model, view="embeddings", corpus=CORPUS))
    np.testing.assert_allclose(explorer.table, keras.ops.convert_to_numpy(table), rtol=1e-6)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_hides_the_numbers_until_it_is_answered(made, name):
    explorer = made(TokenExplorer(CORPUS[:40], corpus=CORPUS, prediction=name))
    hidden = bytes(explorer.image.value)
    assert "hidden" in explorer.summary_text
    explorer.prediction.choose("byte pairs" if name == "fewest" else "4")
    assert explorer.prediction.buttons[2 if name == "fewest" else 3].button_style == "success"
    assert bytes(explorer.image.value) != hidden and "40 characters" in explorer.summary_text


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"text": 3}, TypeError, "text must be text"),
        (
            {"text": "a" * 20_001},
            ValueError,
            "text of at most 20,000 characters; received: 20001",
        ),
        ({"split": "words"}, ValueError, "split must be one of"),
        ({"split": "your tokenizer"}, ValueError, "split must be one of"),
        ({"vocabulary_size": 100}, ValueError, "vocabulary_size must be"),
        ({"view": "embeddings"}, ValueError, "view must be one of"),
        ({"tokenizer": "letters"}, TypeError, "tokenizer must be a tokenizer"),
        ({"model": small_gpt(), "tokenizer": ByteTokenizer()}, ValueError, "an embedding of 256 rows"),
        ({"model": small_gpt(), "token": 8}, ValueError, "token must be a whole number from 0 to 7"),
        ({"corpus": 3}, TypeError, "corpus must be text"),
        ({"show": ["view"]}, ValueError, "show must be"),
    ],
)
def test_a_wrong_argument_is_named(models, wrong, error, words):
    before = models()
    with pytest.raises(error) as raised:
        TokenExplorer(**{"text": "abc", "corpus": CORPUS, **wrong})
    assert words in str(raised.value)
    left = {type(one).__name__ for one in models() - before}
    assert not left & {"TokenExplorer", "Knob", "Textarea", "Button", "Dropdown"}


def test_pairs_are_learned_once(made, monkeypatch):
    token_splits._longest.cache_clear()
    fitted = []
    fit = BytePairTokenizer.fit
    monkeypatch.setattr(
        BytePairTokenizer, "fit", classmethod(lambda _cls, *given: fitted.append(given) or fit(*given))
    )
    explorer = made(TokenExplorer("abc", corpus=CORPUS))
    for size in (260, 270, 280):
        explorer.vocabulary_size.value = size
    assert len(fitted) == 1
