"""Tokens as they are shown: spaces and line ends that can be seen, bytes that are no text in hexadecimal."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

from bigmodel_nb.data.tokenizers import BytePairTokenizer, Tokenizer

SEEN = {" ": "␣", "\n": "↵", "\t": "⇥"}
_SEEN = str.maketrans(SEEN)
_BACK = str.maketrans({sign: character for character, sign in SEEN.items()})


def seen(text: str) -> str:
    """A text whose spaces, tabs and line ends can be seen."""
    return text.translate(_SEEN)


def one_line(text: str) -> str:
    """A text for a box of one line: its line ends and tabs as signs, its spaces as they are."""
    return seen(text).replace(SEEN[" "], " ")


def from_one_line(text: str) -> str:
    """What `one_line` was made of."""
    return text.translate(_BACK)


def labels(tokenizer: Tokenizer, numbers: Iterable[int] | None = None) -> list[str]:
    """How the tokens of these numbers (default: all of the vocabulary) are shown."""
    vocabulary = tokenizer.vocabulary
    wanted: Sequence[int] = range(len(vocabulary)) if numbers is None else [int(one) for one in numbers]
    if isinstance(tokenizer, BytePairTokenizer):
        return [_piece(vocabulary[number]) for number in wanted]
    return [seen(vocabulary[number]) for number in wanted]


@functools.cache
def _piece(name: str) -> str:
    """What a token of byte pairs stands for; its name has one character for each byte."""
    content = bytes(_bytes()[character] for character in name) if set(name) <= _bytes().keys() else None
    if content is None:  # a token that the library was given beside the bytes
        return seen(name)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:  # part of a character
        return "".join(f"<{byte:02X}>" for byte in content)
    return "".join(seen(one) if one.isprintable() or one in SEEN else f"<{ord(one):02X}>" for one in text)


@functools.cache
def _bytes() -> dict[str, int]:
    """The byte behind each character of a name: GPT-2 writes bytes that are printable in Latin-1 as that
    character, and the others, in their order, as the characters from U+0100 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(256 + place): byte for place, byte in enumerate(others)
    }
