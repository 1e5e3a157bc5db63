"""What we need is what Colab has: names and versions, before anything is installed."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@pytest.fixture(scope="module")
def pins(root) -> dict[str, str]:
    """Colab's versions by name."""
    lines = (root / ".ci" / "colab-constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pinned}


def test_every_core_dependency_is_one_that_colab_has(root, pins):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["dependencies"]
    for text in project["dependencies"]:
        needed = Requirement(text)
        assert needed.specifier.contains(pins[canonicalize_name(needed.name)]), text


def test_the_environment_is_made_of_what_is_pinned(root, pins):
    lines = (root / ".ci" / "colab-requirements.txt").read_text(encoding="utf-8").splitlines()
    before_tools = lines[: next(i for i, line in enumerate(lines) if line.startswith("# ... and"))]
    for name in (line for line in before_tools if not line.startswith("#")):
        assert canonicalize_name(name) in pins
    assert "jedi" not in pins


def test_a_changed_version_is_a_complaint(root):
    complaints = runpy.run_path(str(root / ".ci" / "colab_install.py"))["complaints"]
    before = {"numpy": "2.1.3", "wrapt": "2.3.0"}
    assert complaints(before, {**before, "bigmodel-nb": "0.1.0"}) == []
    assert complaints(before, {**before, "bigmodel-nb": "0.1.0", "jedi": "0.20"}) == []
    assert complaints(before, before) == ["bigmodel-nb is not installed"]
    assert complaints(before, {"numpy": "2.4", "extra": "1", "bigmodel-nb": "0.1.0"}) == [
        "extra was not there and is 1",
        "numpy was 2.1.3 and is 2.4",
        "wrapt was 2.3.0 and is gone",
    ]


def test_the_build_server_runs_it_after_the_tests(root):
    commands = re.findall(r"^make \S+", (root / ".ci" / "run").read_text(), re.MULTILINE)
    assert commands == ["make test", "make test-colab"]


def test_a_python_as_colab_has_is_taken_before_that_of_the_course(root, tmp_path):
    """A shim that does not run, the same version in pyenv's folder, and an older one on the PATH."""

    def stand_in(path, script: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def answer() -> str:
        asked = subprocess.run(
            ["/bin/sh", str(root / ".ci" / "find-colab-python")],
            env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        return asked.stdout.strip()

    stand_in(tmp_path / "bin" / "python3.13", "exit 127")
    stand_in(tmp_path / "bin" / "python3.12", "exit 0")
    assert answer() == "python3.12"
    stand_in(tmp_path / ".pyenv" / "versions" / "3.13.0" / "bin" / "python3", "exit 0")
    assert answer() == f"{tmp_path}/.pyenv/versions/3.13.0/bin/python3"
    assert os.access(root / ".ci" / "find-colab-python", os.X_OK)
