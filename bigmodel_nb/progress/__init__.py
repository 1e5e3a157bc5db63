"""What you predicted and which exercises you passed: one JSON file on this computer, sent nowhere.

`BIGMODEL_PROGRESS` names the file; without it, it is `~/.bigmodel_nb/progress.json`.

    progress.summary()       what is in it
    progress.reset("01")     forget a chapter, or everything; a copy of the file is kept

Each change reads the file again, under a lock that other kernels respect, and replaces it in one
piece, so that two notebooks can be open at once. Where the file cannot be written, what you did is
kept in memory and written with the next change that succeeds. A file that cannot be understood is
set aside under another name, never overwritten.
"""

from __future__ import annotations

import contextlib
import math
import numbers
import os
import pathlib
import tempfile
from datetime import UTC, datetime
from typing import Any

from bigmodel_nb import arguments
from bigmodel_nb.language import gettext as _
from bigmodel_nb.language import ngettext
from bigmodel_nb.progress import file
from bigmodel_nb.progress.summary import Note, Summary

__all__ = ["path", "predictions", "record_prediction", "record_result", "reset", "results", "summary"]


def path() -> pathlib.Path:
    """The file that holds your progress. It need not exist yet."""
    named = os.environ.get("BIGMODEL_PROGRESS", "").strip()
    try:
        return pathlib.Path(named or "~/.bigmodel_nb/progress.json").expanduser()
    except RuntimeError:  # no home folder can be determined
        return pathlib.Path(named or f"{tempfile.gettempdir()}/bigmodel-progress.json")


def record_prediction(
    key: str, *, question: str, answer: Any, truth: Any = None, correct: bool | None = None
) -> None:
    """Keep one prediction. A later one under the same key replaces it; the first answer stays on record.

    `key` is like "01/rate-times-ten": the chapter, a slash, a name. `correct` is None while nobody knows.
    """
    key, stamp = _key(key), _stamp()
    entry = {
        "question": _plain(question),
        "answer": _plain(answer),
        "truth": _plain(truth),
        "correct": None if correct is None else bool(correct),
    }

    def change(content: file.Content) -> None:
        before = content["predictions"].get(key, {})
        first = before.get("first_answer", before.get("answer", entry["answer"]))
        content["predictions"][key] = entry | {"first_answer": first} | stamp

    file.change(path(), change)


def record_result(exercise: str, passed: bool, detail: str = "") -> None:
    """Keep the outcome of one check. What was passed once stays passed; `detail` is that of the latest."""
    key, stamp, passed, detail = _key(exercise), _stamp(), bool(passed), _plain(str(detail))

    def change(content: file.Content) -> None:
        before = content["results"].get(key, {})
        content["results"][key] = {
            "passed": passed or before.get("passed") is True,
            "attempts": _whole(before.get("attempts")) + 1,
            "detail": detail,
            **stamp,
        }

    file.change(path(), change)


def predictions(chapter: str | int | None = None) -> list[dict]:
    """Your predictions, in the order of the keys: dicts with key, question, answer, first_answer, truth,
    correct (True, False or None), time (UTC) and version (of this package)."""
    found = []
    for key, entry in _entries("predictions", chapter):
        correct = entry.get("correct")
        found.append(
            {
                "key": key,
                "question": str(entry.get("question", "")),
                "answer": entry.get("answer"),
                "first_answer": entry.get("first_answer", entry.get("answer")),
                "truth": entry.get("truth"),
                "correct": correct if isinstance(correct, bool) else None,
                **_stamped(entry),
            }
        )
    return found


def results(chapter: str | int | None = None) -> list[dict]:
    """Your exercises, in the order of the keys: dicts with key, passed, attempts, detail, time, version."""
    return [
        {
            "key": key,
            "passed": entry.get("passed") is True,
            "attempts": _whole(entry.get("attempts")),
            "detail": str(entry.get("detail", "")),
            **_stamped(entry),
        }
        for key, entry in _entries("results", chapter)
    ]


def reset(chapter: str | int | None = None) -> Note:
    """Forget one chapter ("01" or 1), or everything. Says what was removed and where a copy is kept."""
    prefix = _prefix(chapter)
    guesses, exercises = len(predictions(chapter)), len(results(chapter))
    if not guesses and not exercises:
        return Note(_("There was nothing to forget."))
    copy = file.copy(path())

    def change(content: file.Content) -> None:
        for kind in file.KINDS:
            for key in [key for key in content[kind] if key.startswith(prefix)]:
                del content[kind][key]

    file.change(path(), change)
    first = ngettext("{number} prediction", "{number} predictions", guesses).format(number=guesses)
    second = ngettext("{number} exercise", "{number} exercises", exercises).format(number=exercises)
    said = _("Forgotten: {first} and {second}.").format(first=first, second=second)
    return Note(said if copy is None else said + " " + _("A copy is kept in {path}.").format(path=copy))


def summary(chapter: str | int | None = None) -> Summary:
    """What you have done so far, ready to be printed or shown by a notebook."""
    return Summary(results(chapter), predictions(chapter))


def _entries(kind: str, chapter: str | int | None) -> list[tuple[str, dict]]:
    prefix = _prefix(chapter)
    stored = file.content(path())[kind]
    return [(key, stored[key]) for key in sorted(stored) if key.startswith(prefix)]


def _key(key: str) -> str:
    expected = _('text such as "01/update-step"')
    if not isinstance(key, str):
        raise arguments.wrong_type("key", expected, key)
    if not key.strip():
        raise arguments.wrong_value("key", expected, key)
    return str(_plain(key))


def _prefix(chapter: str | int | None) -> str:
    if chapter is None:
        return ""
    number: Any = chapter
    if isinstance(chapter, str):
        if not (chapter.isascii() and chapter.isdigit() and len(chapter) <= 2):
            raise arguments.wrong_value("chapter", _('a chapter such as 1 or "01", or None for all'), chapter)
        number = int(chapter)
    return f"{arguments.whole('chapter', number, 0, 99):02d}/"


def _stamp() -> dict[str, str]:
    from bigmodel_nb import __version__

    return {"time": datetime.now(UTC).isoformat(timespec="seconds"), "version": __version__}


def _stamped(entry: dict) -> dict[str, str]:
    return {"time": str(entry.get("time", "")), "version": str(entry.get("version", ""))}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _plain(value: Any) -> Any:
    """`value` as something JSON can hold: text, a finite number, None, or a short description."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value[:2000].encode("utf-8", "replace").decode()  # a lone surrogate cannot be written
    with contextlib.suppress(OverflowError, ValueError, TypeError):
        if isinstance(value, numbers.Integral):
            if abs(int(value)) < 2**63:
                return int(value)
        elif isinstance(value, numbers.Real) and math.isfinite(float(value)):
            return float(value)
    return _plain(arguments.received(value, 200))
