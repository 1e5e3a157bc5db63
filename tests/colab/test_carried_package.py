"""A chapter for Colab installs what it carries and runs, in an environment that has what Colab has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from bigmodel_nb import cli


@pytest.fixture(scope="module")
def reader(tmp_path_factory) -> Path:
    """The folder of a Python that has all that this one has, but not the course."""
    folder = tmp_path_factory.mktemp("reader")
    venv.create(folder, with_pip=True)
    program = folder / "bin" / "python"
    own = subprocess.run(
        [program, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    lent = folder / "lent"
    lent.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(("bigmodel_nb", "pip", "_", "distutils")) or path.name == "_pytest":
            (lent / path.name).symlink_to(path)
    (Path(own) / "lent.pth").write_text(f"{lent}\n")
    return folder


def packages(reader: Path) -> set[str]:
    listed = [
        reader / "bin" / "python",
        "-m",
        "pip",
        "list",
        "--format=freeze",
        "--disable-pip-version-check",
    ]
    return set(subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split())


@pytest.mark.notebook
def test_a_chapter_brings_the_course_along(reader, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    # packed again from what the wheel installed here
    assert cli.main(["colab", "--out", str(tmp_path / "out")]) == 0
    path = sorted((tmp_path / "out").glob("*.ipynb"))[0]
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    first = notebook.cells[0]
    notebook.cells[2:2] = [
        nbformat.v4.new_code_cell("import bigmodel_nb\nprint(bigmodel_nb.__file__)"),
        nbformat.v4.new_code_cell(first.source),
    ]

    kernel = tmp_path / "jupyter" / "kernels" / "reader"
    kernel.mkdir(parents=True)
    argv = [str(reader / "bin" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": argv, "display_name": "reader", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))

    before = packages(reader)
    assert not [name for name in before if name.startswith("bigmodel")]
    client = NotebookClient(
        notebook, timeout=300, kernel_name="reader", store_widget_state=False,
        resources={"metadata": {"path": str(tmp_path)}},
    )  # fmt: skip
    client.execute()
    (new,) = packages(reader) - before
    assert new.startswith("bigmodel-nb==") and before < packages(reader)

    said = ["".join(out.get("text", "") for out in cell.get("outputs", [])) for cell in notebook.cells]
    assert said[0] == f"bigmodel_nb {new.partition('==')[2]} is installed.\n"
    assert said[1] == ""
    assert said[2].startswith(str(reader)), "the chapter ran on another copy of the course"
    assert said[3] == "This version of the course is installed already.\n"
    faults = [
        out for cell in notebook.cells for out in cell.get("outputs", []) if out.get("name") == "stderr"
    ]
    assert faults == []
    assert "BIGMODEL_PROGRESS" in os.environ and sys.prefix not in said[2]
