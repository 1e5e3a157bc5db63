"""Tokenizers give back exactly what they took, in any script, and say what they cannot take."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.data import tokenizers
from bigmodel_nb.data.tokenizers import BytePairTokenizer, ByteTokenizer, CharacterTokenizer, Tokenizer, load

ENGLISH = "To be, or not to be, that is the question:\nWhether 'tis nobler in the mind to suffer\n" * 8
CHINESE = "道可道，非常道。名可名，非常名。\n無名天地之始；有名萬物之母。\n" * 8
MIXED = "naïve café — 你好 😀 e\u0301 \u2028 \x00\r\n\t Ġ <|endoftext|> [UNK] \ud7ff\ue000\U0010ffff"
ANY = st.text(st.characters(exclude_categories=("Cs",)))  # every character, but no half ones

FITTED = {
    "characters": CharacterTokenizer.fit(ENGLISH),
    "bytes": ByteTokenizer.fit(ENGLISH),
    "byte pairs": BytePairTokenizer.fit(ENGLISH, 300),
}
each = pytest.mark.parametrize("kind", FITTED)
of_bytes = pytest.mark.parametrize("kind", ["bytes", "byte pairs"])


class TestThereAndBack:
    @each
    def test_what_it_was_fitted_to(self, kind):
        ours = FITTED[kind]
        numbers = ours.encode(ENGLISH)
        assert numbers.dtype == np.int32 and numbers.ndim == 1
        assert ours.decode(numbers) == ours.decode(numbers.tolist()) == ENGLISH
        assert numbers.min() >= 0 and numbers.max() < ours.vocabulary_size == len(ours.vocabulary)

    @given(ANY)
    def test_characters_of_any_text(self, text):
        if text:
            ours = CharacterTokenizer.fit(text)
            assert ours.decode(ours.encode(text)) == text and set(ours.vocabulary) == set(text)

    @of_bytes
    @given(text=ANY)
    def test_any_text_whatever_it_was_fitted_to(self, kind, text):
        assert FITTED[kind].decode(FITTED[kind].encode(text)) == text

    @given(ANY, ANY)
    def test_byte_pairs_fitted_to_any_text(self, fitted, text):
        ours = BytePairTokenizer.fit(fitted, 270)
        assert ours.decode(ours.encode(text)) == text

    @of_bytes
    @pytest.mark.parametrize("text", ["", " ", CHINESE, MIXED])
    def test_other_scripts_and_odd_characters(self, kind, text):
        assert FITTED[kind].decode(FITTED[kind].encode(text)) == text

    @each
    def test_nothing(self, kind):
        assert FITTED[kind].encode("").shape == (0,) and FITTED[kind].decode([]) == ""

    @each
    @given(st.data())
    def test_any_numbers_decode(self, kind, data):
        ours = FITTED[kind]
        numbers = data.draw(st.lists(st.integers(0, ours.vocabulary_size - 1)))
        assert isinstance(ours.decode(numbers), str)


class TestVocabulary:
    def test_characters_stand_in_the_order_of_their_code_points(self):
        assert CharacterTokenizer.fit("cab 你a").vocabulary == (" ", "a", "b", "c", "你")
        np.testing.assert_array_equal(CharacterTokenizer.fit("cab").encode("abc"), [0, 1, 2])

    def test_bytes_are_those_of_utf8(self):
        assert ByteTokenizer().encode("é").tolist() == [0xC3, 0xA9]
        assert ByteTokenizer().vocabulary[65] == "A" and ByteTokenizer().vocabulary[10] == "<0A>"
        assert len(set(ByteTokenizer().vocabulary)) == 256

    def test_half_a_character_is_shown_as_such(self):
        assert ByteTokenizer().decode([65, 0xC3]) == "A\ufffd"

    def test_byte_pairs_begin_with_what_is_frequent(self):
        ours = BytePairTokenizer.fit("ababab ababab", 258)
        assert ours.vocabulary_size == 258 and ours.vocabulary[256] == "ab"
        assert ours.encode("ab").tolist() == [256]

    def test_byte_pairs_stop_where_nothing_repeats(self):
        assert BytePairTokenizer.fit("abcdefg", 10_000).vocabulary_size == 256
        assert BytePairTokenizer.fit("", 300).vocabulary_size == 256

    def test_byte_pairs_are_the_same_each_time(self):
        first, second = (BytePairTokenizer.fit(CHINESE + ENGLISH, 400) for _ in range(2))
        assert first.vocabulary == second.vocabulary

    @pytest.mark.parametrize("text, shorter", [(ENGLISH, 1), (CHINESE, 3)])
    def test_byte_pairs_need_fewer_tokens_than_bytes(self, text, shorter):
        ours = BytePairTokenizer.fit(text, 500)
        assert len(ours.encode(text)) * shorter < len(ByteTokenizer().encode(text))

    @each
    def test_each_is_a_tokenizer(self, kind):
        ours = FITTED[kind]
        assert isinstance(ours, Tokenizer) and ours.kind == kind
        assert repr(ours) == f"{type(ours).__name__}(vocabulary_size={ours.vocabulary_size})"


class TestUnknownCharacters:
    def test_are_named(self):
        message = (
            r"^text has 2 characters that the tokenizer has never seen: '你', '好'\. Fit one with unknown"
        )
        with pytest.raises(ValueError, match=message):
            FITTED["characters"].encode("to be 你好你")

    def test_one_alone(self):
        with pytest.raises(
            ValueError, match=r"^text has 1 character that the tokenizer has never seen: 'Z'\."
        ):
            FITTED["characters"].encode("Z")

    def test_only_the_first_ten_are_named(self):
        with pytest.raises(ValueError, match=r"has 26 characters .*'J' …\. "):
            CharacterTokenizer.fit("a").encode("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

    def test_can_be_read_as_one(self):
        ours = CharacterTokenizer.fit("ab", unknown="\ufffd")
        assert ours.vocabulary == ("a", "b", "\ufffd")
        assert ours.decode(ours.encode("a你b")) == "a\ufffdb"


@each
def test_saved_and_loaded_it_is_the_same(kind, tmp_path):
    ours = FITTED[kind]
    path = ours.save(tmp_path / "tokenizer.json")
    again = load(str(path))
    assert type(again) is type(ours) and again.vocabulary == ours.vocabulary
    np.testing.assert_array_equal(again.encode(ENGLISH), ours.encode(ENGLISH))
    assert json.loads(path.read_text("utf-8"))["kind"] == kind


def test_what_stands_for_the_unknown_is_saved(tmp_path):
    again = load(CharacterTokenizer.fit("ab你", unknown="?").save(tmp_path / "tokenizer.json"))
    assert again.decode(again.encode("z")) == "?" and "你" in again.vocabulary


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe\x00",
        b'{"format": 2, "kind": "bytes"}',
        b'{"format": 1, "kind": "words"}',
        b'{"format": 1, "kind": "characters", "characters": ["ab"], "unknown": null}',
        b'{"format": 1, "kind": "characters", "characters": 5, "unknown": null}',
        b'{"format": 1, "kind": "byte pairs", "model": {}}',
        b"[" * 100_000,
    ],
)
def test_a_file_that_holds_none(tmp_path, content):
    path = tmp_path / "other.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="holds no tokenizer that this package saved"):
        load(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nothing.json")


class TestArguments:
    @each
    @pytest.mark.parametrize("wrong", [None, 5, b"bytes", ["a"]])
    def test_text(self, kind, wrong):
        for function in (FITTED[kind].encode, type(FITTED[kind]).fit):
            with pytest.raises(TypeError, match=r"^text must be text; received: "):
                function(wrong)

    @of_bytes
    def test_half_a_pair_is_no_character(self, kind):
        with pytest.raises(ValueError, match=r"at 1 stands U\+D800, which is none"):
            FITTED[kind].encode("a\ud800")

    @each
    @pytest.mark.parametrize("wrong", ["ab", [0.5], [[1, 2]], None, [-1], [10**6], [2**70], [[1], [2, 3]]])
    def test_numbers(self, kind, wrong):
        with pytest.raises(
            (TypeError, ValueError), match=r"^numbers must be a row of token numbers from 0 to"
        ):
            FITTED[kind].decode(wrong)

    @pytest.mark.parametrize("wrong", [255, 0, -1, 300.5, "many", None, True, 10**9])
    def test_vocabulary_size(self, wrong):
        with pytest.raises(
            (TypeError, ValueError), match=r"^vocabulary_size must be a whole number from 256"
        ):
            BytePairTokenizer.fit("text", wrong)

    @pytest.mark.parametrize("wrong", ["", "ab", 5])
    def test_unknown(self, wrong):
        with pytest.raises(ValueError, match=r"^unknown must be one character, or None"):
            CharacterTokenizer.fit("ab", unknown=wrong)

    def test_no_characters(self):
        with pytest.raises(ValueError, match=r"^characters must be text of one character or more"):
            CharacterTokenizer.fit("")

    def test_a_model_of_another_kind(self):
        with pytest.raises(TypeError, match=r"use BytePairTokenizer\.fit"):
            BytePairTokenizer("some text")


def test_the_library_is_loaded_when_pairs_are_needed(python):
    code = (
        "import sys\nfrom bigmodel_nb.data.tokenizers import *\nByteTokenizer().encode('a')\n"
        "print('tokenizers' in sys.modules)\nBytePairTokenizer.fit('a')\nprint('tokenizers' in sys.modules)\n"
        "print(sorted({'huggingface_hub', 'tensorflow', 'keras', 'transformers'} & set(sys.modules)))"
    )
    assert python(code).stdout.split() == ["False", "True", "[]"]
    assert tokenizers.__all__


@pytest.mark.parametrize("size", [256, 257, 280, 300])
def test_shortened_byte_pairs_are_those_that_stopped_earlier(size):
    ours, fitted = FITTED["byte pairs"].shortened(size), BytePairTokenizer.fit(ENGLISH, size)
    assert ours.vocabulary == fitted.vocabulary
    np.testing.assert_array_equal(ours.encode(ENGLISH), fitted.encode(ENGLISH))


def test_byte_pairs_cannot_be_shortened_to_more():
    with pytest.raises(ValueError, match="vocabulary_size must be a whole number from 256 to"):
        FITTED["byte pairs"].shortened(301)
