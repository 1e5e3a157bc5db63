"""The explorer of the next token: it shows what maths computes, and asks the model once for each text."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.data.tokenizers import BytePairTokenizer, ByteTokenizer, CharacterTokenizer
from bigmodel_nb.maths.sampling import RECENT, choose, draw
from bigmodel_nb.widgets import SamplingExplorer
from bigmodel_nb.widgets.sampling_questions import QUESTIONS
from bigmodel_nb.widgets.token_words import from_one_line, labels, one_line

LETTERS = CharacterTokenizer("\n abcdefghij$<")
THREE = {"temperature": 0.7, "top_k": 3, "top_p": 0.8, "repetition_penalty": 1.3}


class Bigrams:
    """A stand-in for a GPT in NumPy: the logits after a token are its row of a table."""

    context_length = 4
    tokenizer = LETTERS

    def __init__(self):
        size = len(LETTERS.vocabulary)
        self.table = np.random.default_rng(1).normal(0, 2, (size, size))
        self.tokens: list[int] = []
        self.begun = 0

    def logits(self, tokens):
        assert len(tokens) <= 4
        return self.table[tokens]

    def begin(self, tokens):
        self.tokens, self.begun = list(tokens), self.begun + 1
        return self.table[tokens[-1]]

    def step(self, token):
        self.tokens.append(token)
        return self.table[token]


@pytest.fixture
def explorer(made):
    return made(SamplingExplorer(Bigrams(), prompt="abc\n"))


def test_what_is_shown_is_what_maths_computes(explorer):
    model = explorer.next.model
    with explorer.together():
        for name, value in THREE.items():
            getattr(explorer, name).value = value
    tokens = LETTERS.encode("abc\n")
    wanted = choose(model.table[tokens[-1]], **THREE, recent=tokens)
    np.testing.assert_array_equal(explorer.choice.probabilities, wanted.probabilities)
    stay = explorer.choice.in_top_p.sum()
    assert f"{stay} stay" in explorer.summary_text and explorer.message == ""
    assert explorer.choice.full[tokens].sum() < choose(model.table[tokens[-1]]).full[tokens].sum()


def test_a_slider_does_not_ask_the_model(explorer, page):
    assert explorer.next.asked == 1
    page.drags(explorer.temperature, 0.5, 1.5, 0)
    page.drags(explorer.top_k, 2.3)
    assert explorer.top_k.value == 2  # between two numbers of a scale of logarithms
    page.drags(explorer.top_p, 0.4)
    page.drags(explorer.repetition_penalty, 1.5)
    assert explorer.next.asked == 1
    explorer.settle()  # the model may have been trained since
    assert explorer.next.asked == 2


def test_what_is_written_is_what_a_loop_in_numpy_draws(explorer):
    with explorer.together():
        for name, value in THREE.items():
            getattr(explorer, name).value = value
    explorer.run(80)
    random, tokens = np.random.default_rng(0), LETTERS.encode("abc\n")
    for _step in range(80):
        token = draw(explorer.next.model.table[tokens[-1]], random, recent=tokens[-RECENT:], **THREE)
        tokens = np.append(tokens, token)
    assert explorer.text == LETTERS.decode(tokens) and len(explorer.written) == 80
    assert explorer.next.model.begun == 2  # once to count its scores; it went on token by token
    before = explorer.text
    explorer.reset()
    assert explorer.text == "abc\n"
    explorer.run(80)
    assert explorer.text == before
    explorer.seed.value = 5
    explorer.run(80)
    assert explorer.text != before


def test_the_page_writes_by_ticks_until_the_length_is_reached(explorer, page):
    explorer.length.value = 12
    page.clicks(explorer.play_button)
    assert explorer.playing and explorer.play_button.description == "Stop"
    page.ticks(explorer.clock)
    assert 1 <= len(explorer.written) <= 5 and explorer.playing
    page.ticks(explorer.clock, 20)
    assert len(explorer.written) == 12 and not explorer.playing
    page.clicks(explorer.step_button)
    assert len(explorer.written) == 13
    page.clicks(explorer.play_button)
    page.clicks(explorer.play_button)
    assert not explorer.playing
    page.clicks(explorer.reset_button)
    assert explorer.written == []


def test_the_text_is_escaped_and_stands_beneath_the_picture(explorer):
    explorer.prompt.value = "<$a"
    assert "&lt;$a" in explorer._page.value and explorer.text == "<$a"


@pytest.mark.parametrize(("typed", "words"), [("xyz", "never seen"), ("", "one character or more")])
def test_a_prompt_that_cannot_be_read_is_taken_back(explorer, page, typed, words):
    page.sends(explorer.prompt, value=typed)
    assert words in explorer.message
    assert explorer.prompt.value == "abc↵" and explorer.text == "abc\n"
    page.sends(explorer.prompt, value="b↵a")
    assert explorer.text == "b\na" and explorer.message == ""


def test_a_wrong_number_is_said(explorer, page):
    for knob, typed, words in (
        (explorer.temperature, "-1", "temperature must be zero or a positive number"),
        (explorer.top_k, "0", "top_k must be a whole number from 1"),
        (explorer.top_k, "2.5", "top_k must be a whole number from 1"),
        (explorer.top_p, "0", "top_p must be a number from 0 (excluded) to 1"),
        (explorer.repetition_penalty, "0", "repetition_penalty must be a positive number"),
        (explorer.seed, "-1", "seed must be"),
    ):
        before = knob.value
        page.types(knob, typed)
        assert words in explorer.message and knob.value == before


def test_a_model_that_puts_out_no_numbers_is_said(explorer, page):
    explorer.next.model.table[:] = np.nan
    page.clicks(explorer.play_button)
    page.ticks(explorer.clock, 2)
    assert "logits must be" in explorer.message and not explorer.playing


@pytest.mark.parametrize("written", [0, 5])
@pytest.mark.parametrize("steady", [True, False])
def test_the_printed_cell_makes_the_same_state(made, run_cell, monkeypatch, steady, written):
    model = Bigrams()
    explorer = made(SamplingExplorer(model, prompt="ab$", **THREE, seed=3, theme="dark"))
    explorer.run(written)
    if not steady:
        explorer.temperature.value = 1.1
        explorer.run(written)
    names, figure = run_cell(explorer.code(), model=model)
    np.testing.assert_array_equal(names["seen_tokens"], explorer.tokens)
    np.testing.assert_array_equal(names["choice"].probabilities, explorer.choice.probabilities)
    assert figure.encode()[1] == bytes(explorer.image.value)
    assert ("draw(" in explorer.code()) == (steady and written > 0)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_hides_everything_until_it_is_answered(made, name):
    explorer = made(SamplingExplorer(Bigrams(), prompt="abc", prediction=name))
    hidden = bytes(explorer.image.value)
    assert "hidden" in explorer.summary_text and explorer._buttons.layout.display == "none"
    explorer.prediction.choose(explorer.prediction.truth)
    assert bytes(explorer.image.value) != hidden and "most probable" in explorer.summary_text
    assert explorer._buttons.layout.display is None


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"prompt": ""}, ValueError, "prompt must be text of one character or more"),
        ({"prompt": 3}, TypeError, "prompt must be"),
        ({"tokenizer": ByteTokenizer()}, ValueError, "tokenizer must be that of the model"),
        ({"tokenizer": "letters"}, TypeError, "tokenizer must be the tokenizer"),
        ({"top_k": 0}, ValueError, "top_k must be"),
        ({"prediction": "?"}, ValueError, "prediction must be one of"),
        ({"show": ["steps"]}, ValueError, "show must be"),
    ],
)
def test_a_wrong_argument_is_named(models, wrong, error, words):
    before = models()
    with pytest.raises(error, match=words):
        SamplingExplorer(**{"model": Bigrams(), "prompt": "abc", **wrong})
    left = {type(one).__name__ for one in models() - before}
    assert not left & {"SamplingExplorer", "Knob", "Text", "Button"}


def test_a_gpt_goes_on_from_what_it_has_read_and_says_the_same(made):
    explorer = made(SamplingExplorer(prompt="The "))
    gpt = explorer.next.model
    for count in (3, gpt.context_length):  # within the context, and beyond it
        explorer.run(count)
        shown = gpt.logits(explorer.tokens[-gpt.context_length :])[-1]
        np.testing.assert_allclose(explorer.next.logits(explorer.tokens), shown, atol=1e-4)
    gpt.begin([1, 2, 3])  # somebody else has used it
    explorer.run(1)
    shown = gpt.logits(explorer.tokens[-gpt.context_length :])[-1]
    np.testing.assert_allclose(explorer.next.logits(explorer.tokens), shown, atol=1e-4)


@pytest.mark.parametrize("kind", ["transformer", "recurrent"])
def test_any_causal_keras_model_is_read_and_its_cell_generates_the_same(keras, made, run_cell, kind):
    from bigmodel_nb.models import build_rnn, build_transformer, generation

    keras.utils.set_random_seed(0)
    size = len(LETTERS.vocabulary)
    if kind == "transformer":
        model = build_transformer("tiny", vocabulary_size=size, context_length=8)
    else:
        model = build_rnn(task="next token", vocabulary_size=size, cell="simple", widths=(8,))
    explorer = made(SamplingExplorer(model, LETTERS, "abcdefgh", **THREE))
    explorer.run(4)
    assert explorer.next.asked == 5
    names, _figure = run_cell(explorer.code(), model=model, tokenizer=LETTERS)
    np.testing.assert_array_equal(names["seen_tokens"], explorer.tokens)
    np.testing.assert_allclose(names["choice"].full, explorer.choice.full, atol=1e-5)
    assert RECENT == generation.RECENT
    model.set_weights([0.5 * weights for weights in model.get_weights()])
    before = explorer.choice.full
    explorer.settle()
    assert np.abs(explorer.choice.full - before).max() > 1e-4


def test_signs_of_tokens_can_be_seen_and_read_back():
    assert labels(LETTERS, LETTERS.encode("a \n")) == ["a", "␣", "↵"]
    assert from_one_line(one_line("a b\n\tc")) == "a b\n\tc" and "\n" not in one_line("a\n")
    pairs = BytePairTokenizer.fit("the cat, the hat\n" * 9 + "你", 270)
    text = "the cat\n你é\x07"
    said = labels(pairs, pairs.encode(text))
    assert "␣cat" in "".join(said) and "↵" in "".join(said) and "<07>" in said
    assert "<C3>" in said and "Ġ" not in "".join(said)
    assert len(labels(pairs)) == len(pairs.vocabulary)
