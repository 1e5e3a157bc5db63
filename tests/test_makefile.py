"""`make lab` and `make test` install once and start at once after that. Tried on a stand-in Python that
notes what it is asked to do."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

STAND_IN = """#!/bin/sh
echo "$*" >> "$LOG"
case "$*" in *"-m pip install"*) exit ${PIP_FAILS:-0} ;; esac
"""


class Clone:
    """A folder with the Makefile, a `.venv` that is the stand-in, and the log of what it was asked."""

    def __init__(self, root, folder):
        self.folder, self.log = folder, folder.parent / "log"
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(root / name, folder / name)
        shutil.copytree(root / ".ci", folder / ".ci")
        python = folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(STAND_IN)
        python.chmod(0o755)

    def make(self, *arguments: str, status: int = 0, **environment: str) -> tuple[str, list[str]]:
        """What `make` printed, and what Python was asked to do meanwhile."""
        self.log.write_text("")
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        ran = subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env={**plain, "LOG": str(self.log), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert ran.returncode == status, ran.stdout
        return ran.stdout, [line for line in self.log.read_text().splitlines() if line != "-c import pip"]


@pytest.fixture
def clone(root, tmp_path):
    (tmp_path / "a clone").mkdir()
    return Clone(root, tmp_path / "a clone")


def test_the_first_call_installs_and_says_how_long_it_takes(clone):
    said, asked = clone.make("lab")
    assert "minutes, once" in said and len(said.splitlines()) == 1
    assert [line.split()[:3] for line in asked] == [["-m", "pip", "install"], ["-m", "bigmodel_nb", "lab"]]
    assert asked[0].endswith("-e .[lab]")


def test_the_second_call_installs_nothing(clone):
    clone.make("lab")
    assert clone.make("lab") == ("", ["-m bigmodel_nb lab"])
    assert clone.make("update") == ("", ["-m bigmodel_nb update"])


def test_a_changed_pyproject_installs_again(clone):
    clone.make("lab")
    later = os.stat(clone.folder / "pyproject.toml").st_mtime + 60
    os.utime(clone.folder / "pyproject.toml", (later, later))
    stamp = next((clone.folder / ".venv").glob(".lab-*"))
    os.utime(stamp, (later - 30, later - 30))
    assert any("pip install" in line for line in clone.make("lab")[1])


def test_a_folder_that_was_moved_installs_again(clone, tmp_path):
    clone.make("lab")
    clone.folder = clone.folder.rename(tmp_path / "elsewhere")
    assert any("pip install" in line for line in clone.make("lab")[1])


def test_an_installation_that_failed_is_tried_again(clone):
    assert "Error 7" in clone.make("lab", status=2, PIP_FAILS="7")[0]
    assert any("pip install" in line for line in clone.make("lab")[1])


def test_what_the_tests_need_includes_what_the_lab_needs(clone):
    clone.make("types", status=2)  # there is no mypy in the stand-in
    assert clone.make("lab") == ("", ["-m bigmodel_nb lab"])


def test_an_environment_whose_python_is_gone_is_made_again(clone):
    (clone.folder / ".venv" / "bin" / "python").unlink()
    said, asked = clone.make("lab", status=2, PYTHON="/no/such/python")
    assert "PYTHON=/no/such/python is not a complete Python 3.11, 3.12 or 3.13" in said
    assert asked == []


def test_clean_keeps_what_is_the_readers(clone):
    (clone.folder / "my-course").mkdir()
    clone.make("clean")
    assert (clone.folder / "my-course").is_dir() and not (clone.folder / ".venv").exists()


def test_help_names_both_commands(clone):
    said, _asked = clone.make()
    assert "make lab" in said and "make test" in said
