"""The reader's own copy of the course: made once, brought up to date, never overwritten.

A manifest in the copy (`.bigmodel.json`) holds a fingerprint of every file as we last wrote it. A
file that still has that fingerprint is untouched: nothing of the reader's is in it, and it may be
renewed. Any other file is the reader's. After `update` the newest version of everything is in the
folder: in its place, or, where the reader's work is in its place, beside it as `NAME.new.ipynb`.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bigmodel_nb.language import gettext as _
from bigmodel_nb.writing import write_atomically

FOLDER = "my-course"
MANIFEST = ".bigmodel.json"
PICTURES = {".png", ".svg", ".jpg"}


class CourseError(Exception):
    """Something that the reader can mend; its text is the one line that they see."""


@dataclass(frozen=True)
class Change:
    """What happened to one file: `kind` is "added", "restored", "renewed", "beside", "tidied" or
    "unread"; `path` is the file, `of` the reader's own file that a new version was put beside."""

    kind: str
    path: str
    of: str | None = None


def source() -> Path:
    """The notebooks that came with the package: in the wheel, or in the repository around it."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_notebooks", package.parent / "notebooks"):
        if any(folder.glob("*.ipynb")):
            return folder
    raise CourseError(_("this installation has no chapters; install bigmodel-nb again"))


def is_repository(folder: Path) -> bool:
    """Whether `folder` is the notebooks folder of the repository, where authors work."""
    return folder.name == "notebooks" and (folder.parent / "pyproject.toml").is_file()


def choose_folder(folder: Path | None) -> Path:
    """The folder named, else this one if it is a copy of the course, else `my-course` in it."""
    if folder is None:
        here = Path.cwd()
        folder = here if (here / MANIFEST).is_file() else here / FOLDER
    folder = folder.expanduser().absolute()
    try:
        if folder.resolve() == source().resolve():
            raise CourseError(
                _("{folder} holds the course itself; to work on it there, use --in-place").format(
                    folder=folder
                )
            )
    except OSError as error:
        raise _cannot(_("use"), folder, error) from None
    return folder


def files(folder: Path) -> list[str]:
    """The chapters and their pictures in `folder`, as relative paths with forward slashes."""
    pictures = [path for path in (folder / "images").rglob("*") if path.suffix in PICTURES]
    found = [*folder.glob("*.ipynb"), *pictures]
    return sorted(
        path.relative_to(folder).as_posix()
        for path in found
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def first_chapter(folder: Path) -> str | None:
    """The name of the first chapter in `folder`."""
    chapters = sorted(path.name for path in folder.glob("*.ipynb") if ".new" not in path.suffixes)
    return chapters[0] if chapters else None


def outdated(origin: Path, folder: Path) -> list[str]:
    """The files of which an `update` would bring a newer version."""
    return [change.of or change.path for change in _plan(origin, folder, _read_manifest(folder)[0])]


def add_missing(origin: Path, folder: Path) -> list[Change]:
    """Copy what `folder` lacks, and touch nothing else."""
    return _carry_out(origin, folder, only=("added", "restored"))


def update(origin: Path, folder: Path) -> list[Change]:
    """Bring `folder` up to date with `origin`. Raises CourseError where it cannot be written."""
    return _carry_out(origin, folder)


def _carry_out(origin: Path, folder: Path, only: tuple[str, ...] | None = None) -> list[Change]:
    known, readable = _read_manifest(folder)
    changes = [] if readable else [Change("unread", MANIFEST)]
    for change in _plan(origin, folder, known):
        if only is not None and change.kind not in only:
            continue
        content = (origin / (change.of or change.path)).read_bytes()
        _write(folder / change.path, content)
        known[change.path] = _fingerprint(folder / change.path) or ""
        changes.append(change)
    # A copy that equals the newest version is untouched, however it came to be there.
    for name in files(origin):
        newest = _fingerprint(origin / name)
        if newest is not None and newest == _fingerprint(folder / name):
            known[name] = newest
            changes += _tidy(folder, name, newest, known)
    text = json.dumps({"version": 1, "files": known}, indent=1, sort_keys=True) + "\n"
    if not readable or _read_manifest(folder)[0] != known or not (folder / MANIFEST).is_file():
        _write(folder / MANIFEST, text.encode())
    return changes


def _plan(origin: Path, folder: Path, known: dict[str, str]) -> Iterator[Change]:
    for name in files(origin):
        newest = _fingerprint(origin / name)
        present = _fingerprint(folder / name)
        if present == newest:
            continue
        if present is None:
            yield Change("restored" if name in known else "added", name)
        elif present == known.get(name):
            yield Change("renewed", name)
        elif known.get(name) != newest:  # else the reader edited the newest version: nothing to bring
            beside = _place_beside(folder, name, newest, known)
            if beside is not None:
                yield Change("beside", beside, of=name)


def _place_beside(folder: Path, name: str, newest: str | None, known: dict[str, str]) -> str | None:
    """Where a new version of `name` goes, or None where it is there already."""
    free = None
    for candidate in _names_beside(name):
        present = _fingerprint(folder / candidate)
        if present == newest:
            return None
        if free is None and (present is None or present == known.get(candidate)):
            free = candidate  # nothing there, or an older new version that the reader left as it was
        if present is None:
            break
    return free


def _tidy(folder: Path, name: str, newest: str, known: dict[str, str]) -> Iterator[Change]:
    """Take away a new version beside `name` once the same is in its place."""
    for candidate in _names_beside(name):
        present = _fingerprint(folder / candidate)
        if present is None:
            return
        if present == newest:
            (folder / candidate).unlink()
            known.pop(candidate, None)
            yield Change("tidied", candidate)


def _names_beside(name: str) -> Iterator[str]:
    """01.new.ipynb, 01.new-2.ipynb, 01.new-3.ipynb, ..."""
    stem, dot, extension = name.rpartition(".")
    yield f"{stem}.new{dot}{extension}"
    for number in itertools.count(2):
        yield f"{stem}.new-{number}{dot}{extension}"


def _read_manifest(folder: Path) -> tuple[dict[str, str], bool]:
    """The fingerprints by name, and whether the manifest could be read (a missing one is an empty one)."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        known = content["files"]
        if content["version"] == 1 and all(isinstance(value, str) for value in known.values()):
            return dict(known), True
    except FileNotFoundError:
        return {}, True
    except OSError as error:
        raise _cannot(_("read"), folder / MANIFEST, error) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return {}, False


def _fingerprint(path: Path) -> str | None:
    """The SHA-256 of what a reader could have changed in a file; None where there is no file.

    JupyterLab rewrites a notebook that was merely opened: it notes the kernel's version and its own
    marks. So of a notebook only the cells count: their kind, text, tags, attachments and outputs.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _cannot(_("read"), path, error) from None
    if path.suffix == ".ipynb":
        try:
            cells = [_what_counts(cell) for cell in json.loads(content)["cells"]]
            content = json.dumps(cells, sort_keys=True).encode()
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # not a notebook: its bytes count
    return hashlib.sha256(content).hexdigest()


def _what_counts(cell: dict[str, Any]) -> list[Any]:
    text = cell["source"]
    return [
        cell["cell_type"],
        text if isinstance(text, str) else "".join(text),
        sorted(cell.get("metadata", {}).get("tags", [])),
        cell.get("attachments") or {},
        cell.get("outputs") or [],
    ]


def _write(path: Path, content: bytes) -> None:
    """Write the whole file or leave what was there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    except OSError as error:
        raise _cannot(_("write"), path, error) from None


def _cannot(what: str, path: Path, error: OSError) -> CourseError:
    return CourseError(
        _("cannot {what} {path}: {reason}. Another folder can be chosen with --folder.").format(
            what=what, path=path, reason=error.strerror or error
        )
    )


def report(changes: list[Change], folder: Path) -> list[str]:
    """What was done, in plain words, one line for each thing worth knowing."""
    said = {
        "unread": _("The record of what was copied ({files}) was damaged; what differs counts as yours."),
        "added": _("Added: {files}"),
        "restored": _("Was deleted, is back: {files}"),
        "renewed": _("Renewed (nothing of yours was in it): {files}"),
        "tidied": _("Removed, since the same is now in its place: {files}"),
    }
    lines = []
    for kind, sentence in said.items():
        names = [change.path for change in changes if change.kind == kind]
        if names:
            lines.append(sentence.format(files=", ".join(names)))
    for change in changes:
        if change.kind == "beside":
            lines.append(
                _("{of} has your work in it and stays as it is; the new version is beside it: {path}").format(
                    of=change.of, path=change.path
                )
            )
    return lines or [_("{folder} is up to date.").format(folder=folder)]
