"""A text file of the reader's, in whatever encoding it is in: recognized, or asked for, but never guessed."""

from __future__ import annotations

import codecs
import pathlib

from bigmodel_nb.arguments import received, wrong_value
from bigmodel_nb.language import gettext as _

LIMIT = 100_000_000  # bytes

# Of a Chinese text about half is made of these; of bytes that only happen to be legal, next to nothing.
_FREQUENT_CHINESE = set(
    "的一是不了在有人我他这這中大来來上国國个個到说說们們为為子和你地出道也时時年得就那要下以生会會"
    "自着著去之过過家学學对對可里裡后後小么麼心多天而能好都然没沒日于於起还還发發成事只作当當想看文"
    "无無开開手用主行方又如前所本见見经經头頭面公同三已老从從动動两兩长長曰者其，。、“”：；！？"
)


def read_text(path: pathlib.Path, encoding: str | None = None, name: str = "source") -> str:
    """The text in the file, at most 100 MB. `name` is what errors call the argument.

    Without `encoding`, UTF-8, UTF-16, UTF-32 and GB18030 are told apart; what is none of these is a
    ValueError that asks for the encoding. FileNotFoundError where there is no such file.
    """
    if not path.exists():
        raise FileNotFoundError(_("there is no file {path}").format(path=received(str(path), 200)))
    if not path.is_file():
        raise wrong_value(name, _("a file, and this is a folder"), str(path))
    if path.stat().st_size > LIMIT:
        raise wrong_value(name, _("a file of at most {limit} MB").format(limit=LIMIT // 10**6), str(path))
    return _decoded(path.read_bytes(), encoding, path)


def _decoded(content: bytes, encoding: str | None, path: pathlib.Path) -> str:
    if encoding is not None:
        try:
            return content.decode(encoding)
        except (LookupError, TypeError, UnicodeError):
            raise wrong_value("encoding", _("that of {path}").format(path=path), encoding) from None
    for start, marked in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16 does: it comes first
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(start):
            return _decoded(content, marked, path)
    for guess in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
        try:
            text = content.decode(guess)
        except UnicodeError:
            continue
        if "\0" not in text and (guess == "utf-8" or _plausible(text)):
            return text
    raise ValueError(
        _("{path} is no text, or in an encoding that is not recognized; name it: encoding='latin-1'").format(
            path=path
        )
    )


def _plausible(text: str) -> bool:
    """Whether bytes that happen to be legal were meant so: Chinese, or ASCII in UTF-16."""
    wide = [character for character in text if ord(character) > 127]
    frequent = sum(character in _FREQUENT_CHINESE for character in wide)
    return frequent >= 0.15 * len(wide) if wide else True
