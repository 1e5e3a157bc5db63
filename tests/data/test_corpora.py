"""Texts: what is in them, what their parts do not share, and which files are understood."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import platform

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.data import corpora, textfiles
from bigmodel_nb.data.corpora import SHAKESPEARE, python_manual, shakespeare, text_from
from bigmodel_nb.data.download import DownloadError
from bigmodel_nb.data.text import TextDataset, TokenDataset, Windows, first_seen, overlap
from bigmodel_nb.data.tokenizers import BytePairTokenizer, ByteTokenizer, CharacterTokenizer

CHINESE = "话说天下大势，分久必合，合久必分。周末七国分争，并入于秦。及秦灭之后，楚、汉分争，又并入于汉。\n"
CHINESE += "推其致乱之由，殆始于桓、灵二帝。这个人在那里说，他们不是我的学生，你要知道这是一个道理。\n"
ENGLISH = "".join(f"Line {number} of a text that the reader wrote.\n" for number in range(50))


def plain(train: str, validation: str = "b", test: str = "") -> TextDataset:
    return TextDataset(train, validation, test, "mine", "", "", "")


class TestManual:
    def test_parts(self):
        text = python_manual()
        sizes = np.array([len(text.train), len(text.validation), len(text.test)])
        assert 250_000 < sizes.sum() < 600_000
        np.testing.assert_allclose(sizes / sizes.sum(), [0.8, 0.1, 0.1], atol=0.02)
        assert text.name == f"manual of Python {platform.python_version()}" and text.license == "PSF-2.0"
        assert text.train.isascii() and set(text.validation + text.test) <= set(text.train)

    def test_hardly_a_window_is_on_two_sides(self):
        text = python_manual()
        seen = {text.train[place : place + 80] for place in range(len(text.train) - 79)}
        for part in (text.validation, text.test):
            windows = [part[place : place + 80] for place in range(len(part) - 79)]
            assert sum(window in seen for window in windows) < 0.01 * len(windows)

    def test_without_leaving_out_what_repeats_they_would_be(self):
        from pydoc_data.topics import topics

        whole = "\n\n".join(topics.values())
        cut = int(len(whole) * 0.8)
        assert overlap(whole[:cut], whole[cut:]) > 0.03

    def test_a_paragraph_that_repeats_a_part_of_an_earlier_one_is_left_out(self):
        long, other = "".join(f"word {n} " for n in range(30)), "".join(f"other {n} " for n in range(30))
        paragraphs = ["short", long, other, f"In short: {long[20:110]}", "short", long[:79], other[::-1]]
        assert corpora._new(paragraphs) == ["short", long, other, "short", long[:79], other[::-1]]
        assert corpora._new([*paragraphs, long]) == corpora._new(paragraphs)

    def test_is_made_once(self):
        assert python_manual() is python_manual()


class TestShakespeare:
    @pytest.fixture
    def own(self, root, cache, monkeypatch):
        folder = root.parent / "shared" / "data"
        if not (folder / SHAKESPEARE.name).is_file():
            pytest.skip(f"needs {SHAKESPEARE.name} in {folder}")
        monkeypatch.setenv("BIGMODEL_DATA", str(folder))

    def test_is_split_as_nanogpt_does(self, own):
        text = shakespeare()
        assert (len(text.train), len(text.validation), text.test) == (1_003_854, 111_540, "")
        assert text.train.startswith("First Citizen:\nBefore we proceed")
        assert hashlib.sha256((text.train + text.validation).encode()).hexdigest() in SHAKESPEARE.checksum
        assert "no test part" in text.notes[0]
        assert len(set(text.train)) == 65 and set(text.validation) <= set(text.train)

    def test_a_test_part_is_half_of_what_nanogpt_validates_on(self, own):
        text, whole = shakespeare(test=True), shakespeare()
        assert text.train == whole.train and text.validation + text.test == whole.validation
        assert len(text.test) == len(text.validation) == 55_770

    def test_without_a_network_it_says_what_needs_none(self, server, cache, monkeypatch):
        gone = dataclasses.replace(SHAKESPEARE, urls=(f"{server.address}/gone",))
        monkeypatch.setattr(corpora, "SHAKESPEARE", gone)
        with pytest.raises(DownloadError, match=r"answers 404[\s\S]*Without a network: python_manual\(\)"):
            shakespeare(progress=False)

    def test_test_is_checked(self):
        with pytest.raises(TypeError, match="test must be True or False"):
            shakespeare(test=0.1)


class TestOwnText:
    def test_a_string(self):
        text = text_from(ENGLISH, validation=0.2, test=0.1)
        assert text.train + text.validation + text.test == ENGLISH
        assert len(text.validation) == round(0.2 * len(ENGLISH)) and len(text.test) == round(
            0.1 * len(ENGLISH)
        )

    @pytest.mark.parametrize("given_as", [str, lambda path: path])
    def test_a_file(self, tmp_path, given_as):
        path = tmp_path / "my novel.txt"
        path.write_bytes(ENGLISH.replace("\n", "\r\n").encode())
        text = text_from(given_as(path))
        assert text.train + text.validation + text.test == ENGLISH and text.name == "my novel"

    def test_a_long_line_that_is_no_path(self):
        assert text_from("word " * 30).name == text_from("\0" * 150).name == "own text"
        assert text_from("字" * 900).name == "own text"

    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gb2312"]
    )
    @pytest.mark.parametrize("length", [1, 20])
    def test_a_chinese_novel(self, tmp_path, encoding, length):
        path = tmp_path / "novel.txt"
        path.write_bytes((CHINESE * 2 * length).encode(encoding))
        text = text_from(path)
        assert text.train + text.validation + text.test == CHINESE * 2 * length
        data = text.encode(BytePairTokenizer.fit(text.train), 8)
        assert data.tokenizer.decode(data.test.tokens) == text.test

    @pytest.mark.parametrize("encoding", ["gb18030", "utf-16-le"])
    def test_a_novel_in_chinese_that_nobody_wrote_for_this(self, tmp_path, encoding):
        """The first lines of "Dream of the red chamber", and of "Rickshaw boy"."""
        old = (
            "此开卷第一回也。作者自云：因曾历过一番梦幻之后，"
            "故将真事隐去，而借“通灵”之说，撰此《石头记》一书也。"
        )
        new = (
            "我们所要介绍的是祥子，不是骆驼，因为“骆驼”只是个外号；"
            "那么，我们就先说祥子，随手儿把骆驼与祥子那点关系说过去。"
        )
        for line in (old, new):
            path = tmp_path / "novel.txt"
            path.write_bytes((line * 3).encode(encoding))
            assert text_from(path).train.startswith(line)

    def test_english_in_utf16_without_a_mark(self, tmp_path):
        path = tmp_path / "a.txt"
        path.write_bytes(ENGLISH.encode("utf-16-le"))
        assert text_from(path).train == text_from(ENGLISH).train

    @pytest.mark.parametrize(
        "line, encoding",
        [
            ("Le café est fermé, à l'été où naît la forêt. ", "latin-1"),
            ("Привет, как дела? Все хорошо. ", "cp1251"),
            ("Привет, как дела? Все хорошо. ", "koi8-r"),
            ("道可道非常道名可名非常名無名天地之始有名萬物之母", "big5"),
            ("これは日本語の文章です。", "shift_jis"),
        ],
    )
    def test_other_encodings_are_asked_for_and_not_guessed(self, tmp_path, line, encoding):
        path = tmp_path / "a.txt"
        path.write_bytes((line * 20).encode(encoding))
        with pytest.raises(ValueError, match=r"a\.txt is no text, or in an encoding that is not recognized"):
            text_from(path)
        assert text_from(path, encoding=encoding).train.startswith(line)

    @pytest.mark.parametrize("encoding", ["klingon", "utf-8", 5, ""])
    def test_a_wrong_encoding(self, tmp_path, encoding):
        path = tmp_path / "a.txt"
        path.write_bytes(b"\xff\xe9" * 100)
        with pytest.raises(ValueError, match=r"^encoding must be that of .*a.txt; received: "):
            text_from(path, encoding=encoding)

    @pytest.mark.parametrize("content", [b"PK\x03\x04" + bytes(200), bytes(range(256)) * 4])
    def test_a_file_of_something_else(self, tmp_path, content):
        path = tmp_path / "a.zip"
        path.write_bytes(content)
        with pytest.raises(ValueError, match="is no text"):
            text_from(path)

    def test_a_file_that_is_not_there(self):
        with pytest.raises(FileNotFoundError, match=r"there is no file .*my-novel\.txt"):
            text_from("my-novel.txt")

    def test_a_folder(self, tmp_path):
        with pytest.raises(ValueError, match="a file, and this is a folder"):
            text_from(tmp_path)

    def test_too_short_and_too_long(self, tmp_path, monkeypatch):
        (tmp_path / "a.txt").write_text("short")
        with pytest.raises(ValueError, match=r"^source must be a text of 100 characters or more"):
            text_from(tmp_path / "a.txt")
        monkeypatch.setattr(textfiles, "LIMIT", 4)
        with pytest.raises(ValueError, match=r"^source must be a file of at most 0 MB"):
            text_from(tmp_path / "a.txt")

    @pytest.mark.parametrize("wrong", [None, 5, b"bytes", [ENGLISH]])
    def test_something_else(self, wrong):
        with pytest.raises(TypeError, match=r"^source must be the path of a text file, or text"):
            text_from(wrong)

    @pytest.mark.parametrize("shares", [(0, 0.1), (0.1, 1), (0.6, 0.5), ("a", 0.1)])
    def test_shares(self, shares):
        with pytest.raises((TypeError, ValueError), match=r"^(validation|test) must be"):
            text_from(ENGLISH, validation=shares[0], test=shares[1])


class TestOverlap:
    @given(st.text("ab", max_size=60), st.text("ab", max_size=60), st.integers(1, 12))
    def test_against_counting(self, train, other, length):
        windows = [other[place : place + length] for place in range(len(other) - length + 1)]
        wanted = sum(window in train for window in windows) / len(windows) if windows else 0.0
        assert overlap(train, other, length) == pytest.approx(wanted)

    @given(st.text("ab", max_size=60), st.integers(1, 12))
    def test_first_seen_against_find(self, text, length):
        wanted = [text.find(text[place : place + length]) for place in range(len(text) - length + 1)]
        assert first_seen(text, length).tolist() == wanted

    def test_arguments(self):
        with pytest.raises(TypeError, match=r"^other must be text"):
            overlap("a", None)
        with pytest.raises(ValueError, match=r"^length must be a whole number of 1 or more"):
            overlap("a", "b", 0)


class TestWindows:
    @given(st.integers(0, 40), st.integers(1, 9), st.integers(1, 9))
    def test_against_slices(self, n, length, stride):
        tokens = np.arange(n) * 3
        ours = Windows(tokens, length, stride)
        starts = [start for start in range(0, n, stride) if start + length + 1 <= n]
        x, y = ours
        assert len(ours) == len(starts) == len(x) == len(y) and x.shape[1] == y.shape[1] == length
        for row, start in enumerate(starts):
            np.testing.assert_array_equal(x[row], tokens[start : start + length])
            np.testing.assert_array_equal(y[row], tokens[start + 1 : start + 1 + length])

    def test_are_views_that_cannot_be_written_to(self):
        mine = np.arange(1000)
        ours = Windows(mine, 100, 1)
        mine[:] = 0
        for array in (ours.x, ours.y):
            assert array.dtype == np.int32 and np.shares_memory(array, ours.tokens)
            assert array[5, 0] > 0
            with pytest.raises(ValueError, match="read-only"):
                array[0, 0] = 1

    @pytest.mark.parametrize("wrong", [[0.5], [[1]], [-1], [2**31], ["a"]])
    def test_tokens(self, wrong):
        with pytest.raises((TypeError, ValueError), match=r"^tokens must be a row of token numbers"):
            Windows(wrong, 1, 1)

    @pytest.mark.parametrize("wrong", [0, -1, 1.5, None])
    @pytest.mark.parametrize("name", ["context_length", "stride"])
    def test_sizes(self, name, wrong):
        with pytest.raises((TypeError, ValueError), match=f"^{name} must be a whole number"):
            Windows(**{"tokens": [1, 2, 3], "context_length": 1, "stride": 1, name: wrong})


class TestTokens:
    def test_each_part_by_itself(self):
        text = text_from(ENGLISH)
        tokenizer = CharacterTokenizer.fit(text.train)
        data = text.encode(tokenizer, 16)
        assert isinstance(data, TokenDataset) and data.vocabulary_size == len(set(text.train))
        assert data.task == "next token" and data.context_length == 16 and data.name == text.name
        for part in ("train", "validation", "test"):
            windows = getattr(data, part)
            assert tokenizer.decode(windows.tokens) == getattr(text, part)
            assert tokenizer.decode(windows.x.ravel()) == getattr(text, part)[: 16 * len(windows)]
            assert data.characters[part] == len(getattr(text, part))

    def test_stride_is_for_training_only(self):
        data = text_from(ENGLISH).encode(ByteTokenizer(), 16, stride=1)
        assert len(data.train) == len(data.train.tokens) - 16
        assert data.validation.stride == data.test.stride == 16

    def test_bits_a_character(self):
        data = text_from(CHINESE * 20).encode(ByteTokenizer(), 8)
        ours = data.bits_per_character(math.log(256), "test")
        text = text_from(CHINESE * 20).test
        assert ours == pytest.approx(8 * len(text.encode()) / len(text))
        assert plain("ab" * 50, "ab" * 5).encode(ByteTokenizer(), 4).bits_per_character(
            math.log(2)
        ) == pytest.approx(1)

    @pytest.mark.parametrize("arguments", [(-1,), ("low",), (1, "all"), (1, "test"), (float("nan"),)])
    def test_bits_of_nothing(self, arguments):
        data = plain("ab" * 50, "ab" * 5).encode(ByteTokenizer(), 4)
        with pytest.raises((TypeError, ValueError), match=r"^(nats_per_token|part) must be"):
            data.bits_per_character(*arguments)

    def test_characters_that_training_does_not_have(self):
        text = plain("ab" * 50, "abc")
        with pytest.raises(ValueError, match="never seen: 'c'"):
            text.encode(CharacterTokenizer.fit(text.train), 2)

    def test_an_empty_test_part_has_no_windows(self):
        data = plain("ab" * 50, "ab" * 5).encode(ByteTokenizer(), 4)
        assert len(data.test) == 0 and data.test.x.shape == data.test.y.shape == (0, 4)

    @pytest.mark.parametrize("part, length", [("validation", 10), ("train", 100)])
    def test_too_short_a_part(self, part, length):
        text = plain("ab" * 50, "ab" * (5 if part == "validation" else 100))
        with pytest.raises(ValueError, match=rf"^context_length must be below the {length} tokens of {part}"):
            text.encode(ByteTokenizer(), length)

    def test_a_tokenizer_is_needed(self):
        with pytest.raises(TypeError, match=r"^tokenizer must be a tokenizer, such as"):
            plain("ab").encode("bytes")

    def test_texts(self):
        with pytest.raises(TypeError, match=r"^train must be text"):
            plain(5)
        with pytest.raises(ValueError, match=r"^validation must be text of one character or more"):
            plain("a", "")
