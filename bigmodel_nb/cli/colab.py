"""`bigmodel colab`: each chapter as one file that runs in Google Colab, without hosting anything.

A chapter written by this command carries the package, the pictures, and nothing of the reader's.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from bigmodel_nb.cli import colab_cells, course, wheel
from bigmodel_nb.language import gettext as _

MARK = "bigmodel_colab"  # in a notebook's metadata: the fingerprint of its cells as we wrote them
PICTURE = re.compile(r"(?P<before>!\[[^\]]*\]\(|<img\b[^>]*?\bsrc=\")(?P<path>images/[^)\"\s]+)")
KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".svg": "image/svg+xml"}


def run(out: Path, source: str | None, force: bool) -> int:
    """Write the chapters to `out`; returns the exit status."""
    out = out.expanduser().absolute()
    origin = course.source()
    if out.resolve() == origin.resolve() or (out / course.MANIFEST).is_file():
        raise course.CourseError(
            _("{folder} holds the course itself or your copy of it; choose another folder").format(folder=out)
        )
    first = _first_cell(source)
    names = [name for name in course.files(origin) if name.endswith(".ipynb")]
    texts = {name: written(origin / name, first) for name in names}
    _protect(out, texts, force)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (out / name).write_text(text, encoding="utf-8")
            print(f"{out / name}  {len(text) / 1e6:.1f} MB")
    except OSError as error:
        raise course.CourseError(
            _("cannot write {folder}: {reason}").format(folder=out, reason=error.strerror or error)
        ) from None
    print(_("To use one: https://colab.research.google.com, File > Upload notebook, and run its first cell."))
    return 0


def _first_cell(source: str | None) -> str:
    if source is None:
        return colab_cells.carried(*wheel.make())
    if not source.strip() or source.strip().startswith("-") or "\n" in source:
        raise course.CourseError(
            _("--source must be what `pip install` takes, a name or git+https://...; received: {source}")
            .format(source=source)
        )  # fmt: skip
    return colab_cells.named(source.strip())


def written(path: Path, first: str) -> str:
    """The notebook at `path`, opened by the cell `first` and with its pictures inside, as JSON."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = _with_pictures("".join(cell["source"]), path.parent).splitlines(keepends=True)
    notebook["cells"][:0] = [
        _code("colab-install", first, hidden=True),
        _code("colab-drive", colab_cells.drive()),
    ]
    notebook["metadata"][MARK] = fingerprint(notebook)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _code(name: str, source: str, hidden: bool = False) -> dict[str, Any]:
    # Colab folds the code of a form away, JupyterLab that of a hidden source.
    metadata: dict[str, Any] = {"cellView": "form"}
    if hidden:
        metadata["jupyter"] = {"source_hidden": True}
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": metadata,
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def _with_pictures(text: str, folder: Path) -> str:
    def inlined(found: re.Match[str]) -> str:
        path = folder / found["path"]
        try:
            content = base64.b64encode(path.read_bytes()).decode()
        except OSError as error:
            raise course.CourseError(
                _("cannot read {path}: {reason}").format(path=path, reason=error.strerror)
            ) from None
        return f"{found['before']}data:{KINDS[path.suffix]};base64,{content}"

    return PICTURE.sub(inlined, text)


def fingerprint(notebook: dict[str, Any]) -> str:
    """The SHA-256 of what a reader could have changed: the cells, with their outputs."""
    cells = [
        [cell["cell_type"], "".join(cell["source"]), cell.get("outputs") or []] for cell in notebook["cells"]
    ]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def _protect(out: Path, texts: dict[str, str], force: bool) -> None:
    """Refuse to overwrite what a reader may have worked in, before anything is written."""
    inhabited = []
    for name, text in texts.items():
        try:
            present = (out / name).read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError):
            inhabited.append(name)
            continue
        if present != text and not _untouched(present):
            inhabited.append(name)
    if not inhabited:
        return
    names = ", ".join(inhabited)
    if not force:
        raise course.CourseError(
            _(
                "in {folder} there is already {files}, perhaps with your work in it; nothing was written."
                " Choose another folder, or overwrite with --force"
            ).format(folder=out, files=names)
        )  # fmt: skip
    print(_("Overwritten: {files}").format(files=names))


def _untouched(text: str) -> bool:
    try:
        notebook = json.loads(text)
        return notebook["metadata"][MARK] == fingerprint(notebook)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
