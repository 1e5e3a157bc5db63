"""Text to numbers and back: by characters, by bytes, by byte pairs.

    tokenizer = CharacterTokenizer.fit("to be or not to be")
    tokenizer.encode("be")                      # array([2, 3], dtype=int32)
    tokenizer.decode(tokenizer.encode("be"))    # 'be'

A tokenizer is fitted to the training part of a text and to nothing else. Each is saved as JSON, and `load`
reads whichever it finds.
"""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from bigmodel_nb.arguments import whole, wrong_type, wrong_value
from bigmodel_nb.language import gettext as _
from bigmodel_nb.language import ngettext

__all__ = ["BytePairTokenizer", "ByteTokenizer", "CharacterTokenizer", "Tokenizer", "load"]

FORMAT = 1
NAMED = 10  # characters that an error names


@runtime_checkable
class Tokenizer(Protocol):
    """What the tokenizers of this module have in common."""

    kind: ClassVar[str]

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The tokens as a reader sees them, in the order of their numbers."""

    def encode(self, text: str) -> np.ndarray:
        """The numbers (n,) int32 of the tokens of `text`."""

    def decode(self, numbers: Any) -> str:
        """The text that the numbers stand for."""


class _Saved:
    """What all three do alike."""

    kind: ClassVar[str]

    @property
    def vocabulary_size(self) -> int:
        return len(self.vocabulary)  # type: ignore[attr-defined]

    def save(self, path: str | os.PathLike[str]) -> pathlib.Path:
        """Write the tokenizer to a JSON file; returns its path."""
        content = {"format": FORMAT, "kind": self.kind, **self._content()}
        target = pathlib.Path(path)
        target.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        return target

    def _content(self) -> dict[str, Any]:
        return {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(vocabulary_size={self.vocabulary_size})"


class CharacterTokenizer(_Saved):
    """One token for each different character, numbered in the order of their code points.

    A character that is not in the vocabulary cannot be encoded: ValueError, unless `unknown` names the
    character that takes its place (such as "\\ufffd"). Then decoding no longer gives the text back, and bits
    per character are too low, since what was replaced is easier to predict.
    """

    kind = "characters"

    def __init__(self, characters: Sequence[str], unknown: str | None = None) -> None:
        if unknown is not None and not (isinstance(unknown, str) and len(unknown) == 1):
            raise wrong_value("unknown", _("one character, or None"), unknown)
        different = {*characters} | ({unknown} if unknown else set())
        if not different or any(not isinstance(entry, str) or len(entry) != 1 for entry in different):
            raise wrong_value("characters", _("text of one character or more"), characters)
        self.vocabulary = tuple(sorted(different))
        self.unknown = unknown
        self._codes = np.array([ord(character) for character in self.vocabulary], dtype=np.uint32)

    @classmethod
    def fit(cls, text: str, unknown: str | None = None) -> CharacterTokenizer:
        """The tokenizer of the characters in `text`."""
        return cls(sorted(set(_text(text))), unknown)

    def encode(self, text: str) -> np.ndarray:
        codes = np.frombuffer(_text(text).encode("utf-32-le", "surrogatepass"), dtype="<u4")
        numbers = np.searchsorted(self._codes, codes).clip(max=len(self._codes) - 1)
        strange = self._codes[numbers] != codes
        if strange.any():
            if self.unknown is None:
                raise _unknown_characters(sorted({chr(code) for code in codes[strange]}))
            numbers[strange] = self.vocabulary.index(self.unknown)
        return numbers.astype(np.int32)

    def decode(self, numbers: Any) -> str:
        codes = self._codes[_numbers(numbers, len(self.vocabulary))]
        return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")

    def _content(self) -> dict[str, Any]:
        return {"characters": list(self.vocabulary), "unknown": self.unknown}


class ByteTokenizer(_Saved):
    """The 256 bytes of UTF-8: nothing to fit, no character unknown, any text in any script.

    A character of English takes one token, one of Chinese three. Bytes that are no UTF-8, which a model may
    well write, are decoded as the replacement character U+FFFD.
    """

    kind = "bytes"
    vocabulary: ClassVar[tuple[str, ...]] = tuple(
        chr(byte) if 32 < byte < 127 else f"<{byte:02X}>" for byte in range(256)
    )

    @classmethod
    def fit(cls, text: str) -> ByteTokenizer:
        """The same as ByteTokenizer(): `text` is not needed."""
        _text(text)
        return cls()

    def encode(self, text: str) -> np.ndarray:
        return np.frombuffer(_utf8(text), dtype=np.uint8).astype(np.int32)

    def decode(self, numbers: Any) -> str:
        return _numbers(numbers, 256).astype(np.uint8).tobytes().decode("utf-8", "replace")


class BytePairTokenizer(_Saved):
    """Bytes, and the pieces of words that one gets by joining the pair that follows one another most often,
    again and again (P. Gage, 1994, "A new algorithm for data compression"; R. Sennrich, B. Haddow, A. Birch,
    2016, "Neural machine translation of rare words with subword units"; on bytes as in GPT-2).

    Made by `BytePairTokenizer.fit`. Any text can be encoded, and decoding gives it back exactly. The work is
    done by the library `tokenizers`.
    """

    kind = "byte pairs"

    def __init__(self, model: Any) -> None:
        if not hasattr(model, "to_str"):
            raise wrong_type("model", _("a tokenizers.Tokenizer; use BytePairTokenizer.fit(text)"), model)
        self._model = model
        names = {number: token for token, number in model.get_vocab().items()}
        self.vocabulary = tuple(names[number] for number in range(len(names)))

    @classmethod
    def fit(cls, text: str, vocabulary_size: int = 512) -> BytePairTokenizer:
        """Learn from `text` which pairs to join, until there are `vocabulary_size` tokens (256 or more), or
        fewer where no pair occurs twice any more."""
        size = whole("vocabulary_size", vocabulary_size, 256, 1_000_000)
        _utf8(text)
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

        model = Tokenizer(models.BPE())
        model.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        model.decoder = decoders.ByteLevel()
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        trainer = trainers.BpeTrainer(
            vocab_size=size, min_frequency=2, initial_alphabet=alphabet, show_progress=False
        )
        # in pieces that end with a line, so that the library need not hold one text in two forms
        model.train_from_iterator(text.splitlines(keepends=True), trainer)
        return cls(model)

    def shortened(self, vocabulary_size: int) -> BytePairTokenizer:
        """The tokenizer that stopped joining pairs at `vocabulary_size` tokens, from 256 to the number that
        there are: the same as one fitted to the same text with that size, without reading the text again."""
        size = whole("vocabulary_size", vocabulary_size, 256, len(self.vocabulary))
        from tokenizers import Tokenizer

        content = json.loads(self._model.to_str())
        model = content["model"]
        model["vocab"] = {token: number for token, number in model["vocab"].items() if number < size}
        model["merges"] = model["merges"][: size - 256]
        return BytePairTokenizer(Tokenizer.from_str(json.dumps(content)))

    def encode(self, text: str) -> np.ndarray:
        _utf8(text)
        return np.array(self._model.encode(text).ids, dtype=np.int32)

    def decode(self, numbers: Any) -> str:
        plain = _numbers(numbers, len(self.vocabulary)).tolist()
        return self._model.decode(plain, skip_special_tokens=False)

    def _content(self) -> dict[str, Any]:
        return {"model": json.loads(self._model.to_str())}


def load(path: str | os.PathLike[str]) -> CharacterTokenizer | ByteTokenizer | BytePairTokenizer:
    """The tokenizer that `save` wrote to `path`. ValueError where the file holds something else."""
    try:
        content = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        kind = content["kind"] if content["format"] == FORMAT else None
        if kind == CharacterTokenizer.kind:
            return CharacterTokenizer(content["characters"], content["unknown"])
        if kind == ByteTokenizer.kind:
            return ByteTokenizer()
        if kind == BytePairTokenizer.kind:
            from tokenizers import Tokenizer

            return BytePairTokenizer(Tokenizer.from_str(json.dumps(content["model"])))
    except OSError:
        raise
    except Exception as error:  # the library raises bare Exception for what it cannot read
        raise ValueError(_no_tokenizer(path)) from error
    raise ValueError(_no_tokenizer(path))


def _no_tokenizer(path: Any) -> str:
    return _("{path} holds no tokenizer that this package saved").format(path=path)


def _text(text: Any) -> str:
    if not isinstance(text, str):
        raise wrong_type("text", _("text"), text)
    return text


def _utf8(text: Any) -> bytes:
    try:
        return _text(text).encode("utf-8")
    except UnicodeEncodeError as error:  # half of a pair of UTF-16: no character at all
        expected = _("text of Unicode characters; at {place} stands {code}, which is none").format(
            place=error.start, code=f"U+{ord(text[error.start]):04X}"
        )
        raise wrong_value("text", expected, text) from None


def _numbers(numbers: Any, size: int) -> np.ndarray:
    expected = _("a row of token numbers from 0 to {last}").format(last=size - 1)
    try:
        array = np.atleast_1d(np.asarray(numbers))
    except Exception:
        raise wrong_type("numbers", expected, numbers) from None
    if array.size == 0:
        return np.zeros(0, dtype=np.int64)
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise wrong_type("numbers", expected, numbers)
    if array.min() < 0 or array.max() >= size:
        raise wrong_value("numbers", expected, int(array.min() if array.min() < 0 else array.max()))
    return array.astype(np.int64)


def _unknown_characters(strange: list[str]) -> ValueError:
    named = ", ".join(f"{character!r}" for character in strange[:NAMED])
    words = ngettext(
        "text has {count} character that the tokenizer has never seen: {named}{more}",
        "text has {count} characters that the tokenizer has never seen: {named}{more}",
        len(strange),
    ).format(count=len(strange), named=named, more=" …" if len(strange) > NAMED else "")
    remedy = _(
        "Fit one with unknown='\\ufffd' to read them all as one character, or take a ByteTokenizer or a "
        "BytePairTokenizer, which know them all."
    )
    return ValueError(f"{words}. {remedy}")
