"""Every chapter keeps the rules of the house, and runs as it is from a clean kernel."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
TAGS = {"further", "exercise", "solution", "break-it", "hide-input"}
BANNED = ("simply", "just", "obviously")
LONGEST_CELL = 20

each_chapter = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def text(cell: dict) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def cells(path: Path, kind: str) -> list[tuple[str, str]]:
    """The id and text of each cell of a kind."""
    return [(cell["id"], text(cell)) for cell in read(path)["cells"] if cell["cell_type"] == kind]


def without_code(markdown: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$", " ", markdown, flags=re.DOTALL)


def test_there_is_a_course():
    assert NOTEBOOKS
    for path in NOTEBOOKS:
        assert re.fullmatch(r"\d\d-[a-z0-9-]+|questions", path.stem), path.name


@each_chapter
def test_it_is_committed_as_the_reader_first_sees_it(path):
    """Nothing run, nothing rendered: no outputs, counts or widget state, and the plain kernel."""
    notebook = read(path)
    assert notebook["nbformat"] == 4 and notebook["nbformat_minor"] >= 5
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert set(notebook["metadata"]) <= {"kernelspec", "language_info"}
    assert set(notebook["metadata"].get("language_info", {})) <= {"name"}, "a version changes at each run"
    for cell in notebook["cells"]:
        assert not cell.get("outputs"), cell["id"]
        assert cell.get("execution_count") is None, cell["id"]


@each_chapter
def test_it_is_a_valid_notebook(path):
    import nbformat

    nbformat.validate(nbformat.read(path, as_version=4))


@each_chapter
def test_cells_have_names_of_their_own_and_known_tags(path):
    listed = read(path)["cells"]
    names = [cell["id"] for cell in listed]
    assert len(set(names)) == len(names)
    for cell in listed:
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{2,63}", cell["id"]), cell["id"]
        assert set(cell["metadata"]) <= {"tags"}, cell["id"]
        assert set(cell["metadata"].get("tags", [])) <= TAGS, cell["id"]
        assert text(cell).strip(), f"{cell['id']} is empty"


@each_chapter
def test_code_cells_are_short_and_install_nothing(path):
    for name, code in cells(path, "code"):
        assert len(code.splitlines()) <= LONGEST_CELL, name
        assert not re.search(r"^\s*[!%].*\b(pip|conda|apt)\b", code, re.MULTILINE), name


@each_chapter
def test_the_package_is_imported_before_tensorflow(path):
    """Otherwise TensorFlow's start-up messages are on the page before they can be held back."""
    imported = []
    for _name, code in cells(path, "code"):
        plain = re.sub(r"^\s*[!%].*$", "", code, flags=re.MULTILINE)
        for node in ast.walk(ast.parse(plain)):
            if isinstance(node, ast.Import):
                imported += [(alias.name.partition(".")[0], node.lineno) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.append((node.module.partition(".")[0], node.lineno))
    order = [name for name, _line in imported]
    heavy = [order.index(name) for name in ("tensorflow", "keras") if name in order]
    assert not heavy or order.index("bigmodel_nb") < min(heavy)


@each_chapter
def test_its_prose_talks_down_to_nobody(path):
    for name, markdown in cells(path, "markdown"):
        said = re.findall(rf"\b({'|'.join(BANNED)})\b", without_code(markdown), re.IGNORECASE)
        assert not said, f"{name}: {said}"


@each_chapter
def test_its_links_and_pictures_exist(path):
    prose = "\n".join(markdown for _name, markdown in cells(path, "markdown"))
    headings = {
        heading.strip().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    }
    plain = re.sub(r"```.*?```", "", prose, flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)[^)]*\)|<(?:img|a)[^>]+(?:src|href)=\"([^\"]+)\"", plain):
        link = target[0] or target[1]
        if link.startswith("#"):
            assert link[1:] in headings, link
        elif not link.startswith("https://"):
            assert (path.parent / link.partition("#")[0]).exists(), link


@each_chapter
def test_it_opens_with_a_picture(path):
    opening = "\n".join(markdown for _name, markdown in cells(path, "markdown")[:2])
    assert re.search(r"!\[[^\]]{10,}\]\(images/[^)]+\.png\)|<img[^>]+alt=\"[^\"]{10,}", opening)


@pytest.mark.notebook
@each_chapter
def test_restart_and_run_all(path, tmp_path, monkeypatch, record_property):
    """As a reader who has solved nothing: no error, nothing on stderr. Under `make soak` a second time in
    the same kernel, too."""
    import os
    import time

    import nbformat
    from nbclient import NotebookClient

    from bigmodel_nb.cli import course

    # with this in its environment, ipykernel does not show what is written to descriptor 2
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    folder = tmp_path / course.FOLDER
    course.update(course.source(), folder)
    notebook = nbformat.read(folder / path.name, as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", store_widget_state=False,
                            resources={"metadata": {"path": str(folder)}})  # fmt: skip
    with client.setup_kernel():
        for round_ in ("first", "second") if os.environ.get("BIGMODEL_SOAK") else ("first",):
            started = time.perf_counter()
            for index, cell in enumerate(notebook.cells):
                if cell.cell_type == "code":
                    client.execute_cell(cell, index)
                    said = [out.text for out in cell.outputs if out.get("name") == "stderr"]
                    assert not said, f"{cell.id}, {round_} time: {said}"
            record_property(f"{round_} run, seconds", round(time.perf_counter() - started, 1))
