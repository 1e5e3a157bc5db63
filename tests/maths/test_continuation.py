"""Tokens become text piece by piece, and a stop text ends it wherever its pieces fall."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.data.tokenizers import ByteTokenizer, CharacterTokenizer
from bigmodel_nb.maths.continuation import as_text

LETTERS = CharacterTokenizer("abc")


@given(text=st.text("abc", max_size=30), stops=st.lists(st.text("abc", min_size=1, max_size=4), max_size=3))
def test_text_ends_before_the_first_stop_and_nothing_of_it_was_said(text, stops):
    said = []
    found = as_text(iter(LETTERS.encode(text)), LETTERS, tuple(stops), said.append)
    assert "".join(said) == found and text.startswith(found)
    assert not any(stop in found for stop in stops)
    if not any(stop in text for stop in stops):
        assert found == text
    else:
        rest = text[len(found) :]  # one of them ends no later than any other
        ends = [text.find(stop) + len(stop) for stop in stops if stop in text]
        assert any(rest.startswith(stop) and len(found) + len(stop) == min(ends) for stop in stops)


def test_nothing_is_computed_beyond_the_stop():
    def written():
        yield from LETTERS.encode("abca")
        pytest.fail("asked for more than was needed")

    assert as_text(written(), LETTERS, ("ca",), None) == "ab"


@given(text=st.text(max_size=12))
def test_bytes_wait_for_their_character(text):
    tokenizer, said = ByteTokenizer(), []
    found = as_text(iter(tokenizer.encode(text)), tokenizer, (), said.append)
    assert found == text and "".join(said) == text


def test_bytes_that_are_no_character_come_out_at_last():
    said = []
    assert as_text(iter([65, 0xC3]), ByteTokenizer(), (), said.append) == "A\ufffd"
    assert said == ["A", "\ufffd"]
