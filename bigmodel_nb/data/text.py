"""Text to train language models on: three parts of one text, and the windows of tokens made of each.

    text = python_manual()                                      # a TextDataset
    data = text.encode(CharacterTokenizer.fit(text.train))      # a TokenDataset
    x, y = data.train                                           # (n, 64) each; y is x moved on by one

The parts are contiguous, and windows are cut from one part each, so that none holds text of two.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from bigmodel_nb.arguments import non_negative, one_of, whole, wrong_type, wrong_value
from bigmodel_nb.data.dataset import TEXTS, names_of
from bigmodel_nb.data.parts import PARTS
from bigmodel_nb.data.tokenizers import Tokenizer
from bigmodel_nb.language import gettext as _


@dataclass(frozen=True, eq=False)
class TextDataset:
    """A text in three contiguous parts. `test` may be empty, and `notes` say why. A tokenizer is fitted to
    `train`."""

    train: str = field(repr=False)
    validation: str = field(repr=False)
    test: str = field(repr=False)
    name: str
    source: str = field(repr=False)
    license: str = field(repr=False)
    citation: str = field(repr=False)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in (*PARTS, *TEXTS):
            if not isinstance(getattr(self, name), str):
                raise wrong_type(name, _("text"), getattr(self, name))
        for name in ("train", "validation"):
            if not getattr(self, name):
                raise wrong_value(name, _("text of one character or more"), "")
        object.__setattr__(self, "notes", names_of("notes", self.notes))

    def encode(
        self, tokenizer: Tokenizer, context_length: int = 64, *, stride: int | None = None
    ) -> TokenDataset:
        """The tokens of each part in windows of `context_length`.

        `stride` is how many tokens lie between the beginnings of two windows of the training part; without it
        windows stand side by side, as those of validation and test always do, so that each token is
        predicted once. ValueError where a part is too short for one window.
        """
        if not isinstance(tokenizer, Tokenizer):
            raise wrong_type(
                "tokenizer", _("a tokenizer, such as CharacterTokenizer.fit(text.train)"), tokenizer
            )
        length = whole("context_length", context_length, 1)
        step = length if stride is None else whole("stride", stride, 1)
        windows = {}
        for name in PARTS:
            tokens = tokenizer.encode(getattr(self, name))
            if len(tokens) <= length and (len(tokens) or name != "test"):
                expected = _("below the {count:,} tokens of {part}").format(count=len(tokens), part=name)
                raise wrong_value("context_length", expected, length)
            windows[name] = Windows(tokens, length, step if name == "train" else length)
        return TokenDataset(
            **windows,
            tokenizer=tokenizer,
            characters={name: len(getattr(self, name)) for name in PARTS},
            name=self.name,
            source=self.source,
            license=self.license,
            citation=self.citation,
            notes=self.notes,
        )


@dataclass(frozen=True, eq=False)
class Windows:
    """A row of tokens (n,), read in windows: window i of x begins at token i * stride and holds
    context_length tokens, and y is the same moved on by one. Tokens at the end that fill no window are left
    out.

    x and y are views of the tokens, whatever the stride: they take no memory of their own. None can be
    written to. `x, y = windows` works; `len(windows)` is their number.
    """

    tokens: np.ndarray = field(repr=False)
    context_length: int
    stride: int

    def __post_init__(self) -> None:
        expected = _("a row of token numbers of zero or more")
        tokens = np.asarray(self.tokens)
        if tokens.dtype.kind not in "iu" or tokens.ndim != 1:
            raise wrong_type("tokens", expected, self.tokens)
        if tokens.size and (tokens.min() < 0 or tokens.max() > np.iinfo(np.int32).max):
            raise wrong_value("tokens", expected, int(tokens.min()))
        tokens = tokens.astype(np.int32)  # a copy: nobody else can change it
        tokens.flags.writeable = False
        object.__setattr__(self, "tokens", tokens)
        object.__setattr__(self, "context_length", whole("context_length", self.context_length, 1))
        object.__setattr__(self, "stride", whole("stride", self.stride, 1))

    def __len__(self) -> int:
        return max(0, (len(self.tokens) - 1 - self.context_length) // self.stride + 1)

    @property
    def x(self) -> np.ndarray:
        """The windows (len, context_length) int32."""
        return self._view(0)

    @property
    def y(self) -> np.ndarray:
        """The token after each token of x (len, context_length) int32."""
        return self._view(1)

    def __iter__(self) -> Iterator[np.ndarray]:
        yield self.x
        yield self.y

    def _view(self, start: int) -> np.ndarray:
        if not len(self):
            return np.zeros((0, self.context_length), np.int32)
        rows = np.lib.stride_tricks.sliding_window_view(self.tokens[start:], self.context_length)
        return rows[:: self.stride][: len(self)]


@dataclass(frozen=True, eq=False)
class TokenDataset:
    """A text as token numbers, in three parts. `characters` holds the number of characters of each part."""

    train: Windows = field(repr=False)
    validation: Windows = field(repr=False)
    test: Windows = field(repr=False)
    tokenizer: Tokenizer
    characters: Mapping[str, int] = field(repr=False)
    name: str
    source: str = field(repr=False)
    license: str = field(repr=False)
    citation: str = field(repr=False)
    notes: tuple[str, ...] = ()
    task: str = field(default="next token", init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "characters", MappingProxyType(dict(self.characters)))

    @property
    def vocabulary_size(self) -> int:
        """The number of different tokens."""
        return len(self.tokenizer.vocabulary)

    @property
    def context_length(self) -> int:
        """The tokens of a window."""
        return self.train.context_length

    def bits_per_character(self, nats_per_token: Any, part: str = "validation") -> float:
        """What a mean loss (in nats a token, as Keras gives it) is in bits a character of `part`.

        Bits a character compare models whose tokenizers differ. The loss is counted for each token of the
        part: nats / ln 2 * tokens / characters.
        """
        nats = non_negative("nats_per_token", nats_per_token)
        windows: Windows = getattr(self, one_of("part", part, PARTS))
        if not self.characters[part]:
            raise wrong_value("part", _("one that is not empty"), part)
        return nats / math.log(2) * len(windows.tokens) / self.characters[part]


def overlap(train: str, other: str, length: int = 80) -> float:
    """The share (0 to 1) of the windows of `length` characters of `other` that occur in `train`, too.

    0 where `other` is too short for a window.
    """
    for name, text in (("train", train), ("other", other)):
        if not isinstance(text, str):
            raise wrong_type(name, _("text"), text)
    ours, theirs = (_sums(text, whole("length", length, 1)) for text in (other, train))
    return float(np.isin(ours, theirs).mean()) if len(ours) else 0.0


def first_seen(text: str, length: int) -> np.ndarray:
    """Where the first window equal to each window of `length` characters of `text` begins: (n,) integers."""
    _values, first, number = np.unique(_sums(text, length), return_index=True, return_inverse=True)
    return first[number]


def _sums(text: str, length: int) -> np.ndarray:
    """One sum for each window, made of those of its halves in log2(length) steps.

    Different windows have different sums of 64 bits but for a chance of about (windows compared) / 2**64.
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    windows = max(0, len(codes) - length + 1)
    total, covered = np.zeros(windows, np.uint64), 0
    piece, width = _mixed(codes + np.uint64(1)), 1  # the sums of all windows of `width`
    while covered < length and windows:
        if length & width:
            total = _mixed(total * np.uint64(0x9E3779B97F4A7C15) + piece[covered : covered + windows])
            covered += width
        n = max(0, len(piece) - width)
        piece = _mixed(piece[:n] * np.uint64(0xD6E8FEB86659FD93) + piece[width : width + n])
        width *= 2
    return total


def _mixed(values: np.ndarray) -> np.ndarray:
    """Each number scattered over all 64 bits (G. Steele, D. Lea, C. Flood, 2014, SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
