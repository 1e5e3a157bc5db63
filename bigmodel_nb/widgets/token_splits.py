"""One text split in several ways: characters, bytes, byte pairs, and the reader's own tokenizer."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from bigmodel_nb.data.tokenizers import BytePairTokenizer, ByteTokenizer, CharacterTokenizer, Tokenizer
from bigmodel_nb.figures.tokens import Pieces
from bigmodel_nb.language import gettext as _
from bigmodel_nb.widgets.token_words import labels

SPLITS = ("characters", "bytes", "byte pairs")
OWN = "your tokenizer"
MOST_PAIRS = 2048  # tokens of the largest vocabulary of byte pairs


def pieces(tokenizer: Tokenizer, text: str) -> Pieces:
    """The tokens of a text, as they are shown, with how many bytes each stands for."""
    numbers = tokenizer.encode(text)
    if isinstance(tokenizer, ByteTokenizer):
        lengths = np.ones(len(numbers), dtype=int)
    elif isinstance(tokenizer, BytePairTokenizer):  # whose names have a character for each byte
        lengths = np.array([len(tokenizer.vocabulary[number]) for number in numbers], dtype=int)
    else:
        lengths = np.array(
            [len(tokenizer.decode([int(n)]).encode("utf-8", "replace")) for n in numbers], dtype=int
        )
    return Pieces(labels(tokenizer, numbers), lengths)


class Splits:
    """Tokenizers by name, made when they are needed. Byte pairs are learned once, from `corpus` (default: the
    Python manual), up to `MOST_PAIRS` tokens, and shortened to what is asked for."""

    def __init__(self, own: Tokenizer | None = None, corpus: str | None = None):
        self.own, self.corpus = own, corpus
        self.names = (*SPLITS, OWN) if own is not None else SPLITS

    def tokenizer(self, name: str, text: str, vocabulary_size: int) -> Any:
        """The tokenizer of that name. ValueError where it needs a library that is not there."""
        if name == OWN:
            return self.own
        if name == "characters":
            return CharacterTokenizer.fit(text or " ")
        if name == "bytes":
            return ByteTokenizer()
        return _shortened(_longest(self.corpus), vocabulary_size)


@functools.lru_cache(maxsize=4)
def _longest(corpus: str | None) -> BytePairTokenizer:
    if corpus is None:
        from bigmodel_nb.data import python_manual

        corpus = python_manual().train
    try:
        return BytePairTokenizer.fit(corpus, MOST_PAIRS)
    except ImportError as error:
        raise ValueError(
            _(
                "Byte pairs need the library “tokenizers”, which is not installed here ({error}). Install it "
                "with: pip install tokenizers"
            ).format(error=error)
        ) from None


@functools.lru_cache(maxsize=64)
def _shortened(longest: BytePairTokenizer, size: int) -> BytePairTokenizer:
    return longest.shortened(min(size, len(longest.vocabulary)))
