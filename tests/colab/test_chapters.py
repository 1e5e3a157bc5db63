"""Every chapter runs with what Colab has."""

from __future__ import annotations

import shutil
from importlib.metadata import version

import nbformat
import pytest
from nbclient import NotebookClient

from bigmodel_nb.cli import course

CHAPTERS = [name for name in course.files(course.source()) if name.endswith(".ipynb")]


def test_the_wheel_is_tested_and_not_the_repository():
    assert CHAPTERS and course.source().name == "_notebooks"


def test_these_are_colabs_versions(root):
    pins = (root / ".ci" / "colab-constraints.txt").read_text().splitlines()
    for name in ("ipykernel", "ipython", "ipywidgets", "keras", "notebook", "numpy", "tensorflow"):
        assert f"{name}=={version(name)}" in pins


@pytest.mark.notebook
@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_runs(name, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    folder = tmp_path / "course"
    shutil.copytree(course.source(), folder)
    notebook = nbformat.read(folder / name, as_version=4)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    client.execute()
    for cell in notebook.cells:
        said = [out.text for out in cell.get("outputs", []) if out.get("name") == "stderr"]
        assert not said, f"{cell.id}: {said}"
