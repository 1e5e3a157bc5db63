"""Texts: the manual of Python, which is on this computer already; Shakespeare, on request; and the reader's.

text = python_manual()                # a TextDataset; so are the other two
text = shakespeare()                  # 1.1 MB, downloaded once
text = text_from("my-novel.txt")      # any script, several encodings; or text_from(string)
"""

from __future__ import annotations

import functools
import itertools
import os
import pathlib
import platform
from typing import Any

import numpy as np

from bigmodel_nb.arguments import wrong_type, wrong_value
from bigmodel_nb.data.download import Progress, fetch
from bigmodel_nb.data.folders import RemoteFile
from bigmodel_nb.data.splitting import checked_shares
from bigmodel_nb.data.text import TextDataset, first_seen, overlap
from bigmodel_nb.data.textfiles import read_text
from bigmodel_nb.language import gettext as _
from bigmodel_nb.maths.knobs import truth

WINDOW = 80  # characters, of the windows that should not occur on both sides
LEAST = 100  # characters of a text worth splitting

# What the manual writes in several ways is written in one; the rest of it is ASCII.
_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "--", "…": "...", "\u00a0": " "}
)

SHAKESPEARE = RemoteFile(
    name="tinyshakespeare.txt",
    urls=("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",),
    size=1_115_394,
    checksum="sha256:86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
)


@functools.cache
def python_manual() -> TextDataset:
    """The language reference of the Python that runs this: about 0.35 million characters, all of them ASCII.

    The manual repeats itself. Paragraphs that occur again (however their lines are broken) are left out, and
    so are those of which 80 characters in a row occur in an earlier one. Split between paragraphs, in the
    order of the topics: 80 % train, 10 % validation, 10 % test. The text differs from
    one version of Python to the next, so a loss is only comparable within a version: the name states it.
    """
    from pydoc_data.topics import topics

    different: dict[str, str] = {}
    for page in topics.values():
        for paragraph in page.translate(_PLAIN).split("\n\n"):
            words = " ".join(paragraph.split())
            if words and paragraph.isascii():
                different.setdefault(words, paragraph.strip("\n"))
    paragraphs = _new(list(different.values()))
    ends = np.cumsum([len(paragraph) + 2 for paragraph in paragraphs])
    cuts = [0, *np.searchsorted(ends, ends[-1] * np.array([0.8, 0.9])), len(paragraphs)]
    train, validation, test = ("\n\n".join(paragraphs[start:end]) for start, end in itertools.pairwise(cuts))
    return TextDataset(
        train=train,
        validation=validation,
        test=test,
        name=f"manual of Python {platform.python_version()}",
        source="https://docs.python.org/3/reference/ (pydoc_data.topics of this Python)",
        license="PSF-2.0",
        citation="G. van Rossum and the Python development team, The Python language reference",
        notes=(
            _("paragraphs that occur again are left out; contiguous parts of 80, 10 and 10 %"),
            _("losses are comparable within one version of Python only"),
            _shared(train, validation),
        ),
    )


def _new(paragraphs: list[str]) -> list[str]:
    """The paragraphs without those of which a window occurs in an earlier one."""
    first = first_seen("\n\n".join(paragraphs), WINDOW)
    kept, start = [], 0
    for paragraph in paragraphs:
        end = start + len(paragraph)
        if (first[start : max(start, end - WINDOW + 1)] >= start).all():
            kept.append(paragraph)
        start = end + 2
    return kept


def shakespeare(test: bool = False, *, progress: Progress | bool = True) -> TextDataset:
    """40,000 lines of Shakespeare's plays, 1,115,394 characters, 65 of them different (1.1 MB, downloaded).

    As in nanoGPT, the first 90 % of the characters are for training and all of the rest is for validation, so
    that losses compare with published ones: there is no test part. `test=True` makes one, of the second half
    of that rest. Raises DownloadError where the file cannot be had.
    """
    halved = truth("test", test)
    instead = _("Without a network: python_manual(), or your own text through text_from().")
    path = fetch(SHAKESPEARE, instead=instead, progress=progress)
    text = path.read_text(encoding="ascii")
    first = int(len(text) * 0.9)
    second = (first + len(text)) // 2 if halved else len(text)
    kept = _("no test part, as in nanoGPT: validation is the last tenth, whole")
    if halved:
        kept = _("validation and test are a half each of what nanoGPT validates on")
    return TextDataset(
        train=text[:first],
        validation=text[first:second],
        test=text[second:],
        name="Shakespeare",
        source="https://github.com/karpathy/char-rnn",
        license="public domain",
        citation="A. Karpathy, 2015, The unreasonable effectiveness of recurrent neural networks",
        notes=(kept, _shared(text[:first], text[first:second])),
    )


def text_from(
    source: str | os.PathLike[str],
    *,
    validation: float = 0.1,
    test: float = 0.1,
    encoding: str | None = None,
    name: str | None = None,
) -> TextDataset:
    """The reader's own text, in any script: a file, or the text itself.

    A text of one line that names a file is taken for its path. `encoding` names the file's encoding, such as
    "big5" or "latin-1"; without it, UTF-8, UTF-16, UTF-32 and GB18030 are told apart, and what is none of
    these is an error. Line ends become "\\n". The parts are contiguous; `validation` and `test` are the
    shares at the end. Text of 100 characters or more, files of up to 100 MB.
    """
    text, found = _own_text(source, encoding)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) < LEAST:
        raise wrong_value("source", _("a text of {least} characters or more").format(least=LEAST), text)
    shares = checked_shares(validation, test)
    second = len(text) - max(1, round(len(text) * shares[1]))
    first = second - max(1, round(len(text) * shares[0]))
    train, middle = text[:first], text[first:second]
    return TextDataset(
        train=train,
        validation=middle,
        test=text[second:],
        name=found if name is None else name,
        source=_("the reader's own"),
        license=_("not stated"),
        citation="",
        notes=(_("contiguous parts"), _shared(train, middle)),
    )


def _shared(train: str, validation: str) -> str:
    return _("{share:.1%} of the validation windows of {length} characters occur in training, too").format(
        share=overlap(train, validation, WINDOW), length=WINDOW
    )


def _own_text(source: Any, encoding: str | None) -> tuple[str, str]:
    """The text, and what to call it."""
    if not isinstance(source, (str, os.PathLike)):
        raise wrong_type("source", _("the path of a text file, or text"), source)
    if isinstance(source, str) and ("\n" in source or len(source) > 1000):
        return source, _("own text")
    path = pathlib.Path(source).expanduser()
    try:
        if isinstance(source, str) and len(source) >= LEAST and not path.is_file():
            return source, _("own text")
    except (OSError, ValueError):  # too long for a path, or with a character that none may have
        return str(source), _("own text")
    return read_text(path, encoding), path.stem
