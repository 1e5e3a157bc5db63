"""The ways in: wheel, conda, make; what one of them says the others hold to."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile

import pytest
import yaml

import bigmodel_nb
from bigmodel_nb import cli
from bigmodel_nb.cli import course


@pytest.fixture(scope="module")
def project(root) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def built(root, tmp_path_factory):
    """The folder with a source archive and the wheel that was built from it."""
    clone = tmp_path_factory.mktemp("clone") / "bigmodel_nb"
    shutil.copytree(root, clone, ignore=shutil.ignore_patterns(".git", ".venv*", "my-course", "__pycache__"))
    # what an author's folder may hold, and no reader should get
    (clone / "notebooks" / ".ipynb_checkpoints").mkdir(exist_ok=True)
    (clone / "notebooks" / ".ipynb_checkpoints" / "01-checkpoint.ipynb").write_text("{}")
    build = [sys.executable, "-m", "build", "--no-isolation", str(clone)]
    made = subprocess.run(build, capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stdout + made.stderr
    return clone / "dist"


@pytest.fixture(scope="module")
def wheel(built):
    (path,) = built.glob("*.whl")
    return path


pytestmark = pytest.mark.xdist_group("wheel")


@pytest.mark.process
def test_the_wheel_carries_the_course(root, wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    carried = {name.removeprefix("bigmodel_nb/_notebooks/") for name in names if "_notebooks/" in name}
    assert set(course.files(root / "notebooks")) <= carried
    assert not [name for name in carried if not name.endswith((".ipynb", ".png", ".svg"))]
    assert "bigmodel_nb/cli/jupyter/labconfig/default_setting_overrides.json" in names
    assert {f"bigmodel_nb/data/shipped/{name}.npz" for name in ("gpt", "recurrent")} <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.process
def test_the_wheel_carries_nothing_else(root, built, wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {
        "bigmodel_nb",
        f"bigmodel_nb-{bigmodel_nb.__version__}.dist-info",
    }
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names += archive.getnames()
    assert not [
        name
        for name in names
        if re.search(r"_checkpoints|-checkpoint|__pycache__|\.venv|my-course|/tests/", name)
    ]


@pytest.mark.process
def test_an_installed_wheel_opens_the_course_in_any_folder(wheel, tmp_path):
    site, reader = tmp_path / "site", tmp_path / "reader"
    reader.mkdir()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True, timeout=300)
    # the wheel's package, not that of the repository which this environment may point to
    first = f"import sys; sys.path.insert(0, {str(site)!r})"
    code = f"{first}\nfrom bigmodel_nb.cli import main\nsys.exit(main(['update']))"
    ran = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=reader, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    copied = course.files(reader / course.FOLDER)
    assert copied == course.files(site / "bigmodel_nb" / "_notebooks") and copied


def test_conda_gives_python_and_pip_and_pip_gives_the_rest(root, project):
    environment = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))
    python, pip, from_pip = environment["dependencies"]
    assert environment["channels"][0] == "conda-forge"
    assert python.split() == ["python", project["project"]["requires-python"]]
    assert pip == "pip"
    assert from_pip == {"pip": ["-e .[lab]"]}
    assert "lab" in project["project"]["optional-dependencies"]


def test_the_classifiers_and_make_name_the_same_pythons(root, project):
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["project"]["classifiers"]))
    assert named == ["3.11", "3.12", "3.13"]
    assert project["project"]["requires-python"] == ">=3.11,<3.14"
    script = (root / ".ci" / "find-python").read_text()
    for version in named:
        assert f"python{version}" in script
    assert project["tool"]["ruff"]["target-version"] == "py311"
    assert project["tool"]["mypy"]["python_version"] == "3.11"


def test_jupyterlab_is_in_the_lab_extra_only(project):
    needed, extra = project["project"]["dependencies"], project["project"]["optional-dependencies"]["lab"]
    assert not [name for name in needed if name.startswith(("jupyterlab", "ipykernel", "notebook"))]
    assert [name for name in extra if name.startswith("jupyterlab")]


def test_the_license_is_apache_2(root, project):
    text = (root / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text and "Version 2.0, January 2004" in text and len(text) > 11000
    assert project["project"]["license"] == "Apache-2.0"


def test_the_changelog_knows_this_version(root):
    assert f"## [{bigmodel_nb.__version__}]" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_command_that_is_written_down_exists(root, document):
    text = (root / document).read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE)
    commands = re.findall(r"^    ([a-z]+) ", cli.parser().format_help(), re.MULTILINE)
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    assert set(re.findall(r"\bmake ([a-z-]+)", code)) <= set(targets)
    assert set(re.findall(r"\bbigmodel ([a-z]+)", code)) <= set(commands)


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_leads_somewhere(root, document):
    text = (root / document).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"", text):
        local = target[0] or target[1]
        assert local.startswith("https://") or (root / local).exists(), local


def test_the_build_server_runs_make_test(root):
    script = root / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text() and "make test" in script.read_text()


# find-python, with made-up Pythons on the PATH


def stand_in(folder, name: str, version: str | None, complete: bool = True) -> None:
    """A program called `name`: a Python of this version, or a shim that does not run."""
    folder.mkdir(parents=True, exist_ok=True)
    if version is None:
        script = "echo 'pyenv: command not found' >&2; exit 127"
    else:
        script = f"""
case "$*" in
  *sys.exit*) [ {"0" if version.split(".")[1] in ("11", "12", "13") else "1"} = 0 ] ;;
  *ensurepip*) {"true" if complete else "exit 1"} ;;
  *--version*) echo "Python {version}" ;;
  *print*) echo "python{version.rpartition(".")[0]}" ;;
esac"""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def find_python(root, path, **environment: str) -> subprocess.CompletedProcess[str]:
    (path / "head").unlink(missing_ok=True)
    (path / "head").symlink_to(shutil.which("head"))
    return subprocess.run(
        ["/bin/sh", str(root / ".ci" / "find-python")],
        env={"PATH": str(path), "HOME": str(path / "home"), **environment},
        capture_output=True,
        text=True,
    )


def test_the_newest_python_that_suits_is_taken(root, tmp_path):
    stand_in(tmp_path, "python3.14", "3.14.0")
    stand_in(tmp_path, "python3.12", "3.12.1")
    stand_in(tmp_path, "python3.11", "3.11.7")
    assert find_python(root, tmp_path).stdout == "python3.12\n"


def test_a_shim_that_does_not_run_is_passed_over(root, tmp_path):
    stand_in(tmp_path, "python3.13", None)
    stand_in(tmp_path, "python3", "3.11.2")
    assert find_python(root, tmp_path).stdout == "python3\n"


def test_pyenv_is_looked_into_last(root, tmp_path):
    stand_in(tmp_path, "python3.12", None)
    stand_in(tmp_path, "python3", "3.9.1")
    stand_in(tmp_path / "home" / ".pyenv" / "versions" / "3.12.1" / "bin", "python3", "3.12.1")
    assert find_python(root, tmp_path).stdout.endswith("/.pyenv/versions/3.12.1/bin/python3\n")


def test_without_a_python_that_suits_one_line_says_what_to_install(root, tmp_path):
    stand_in(tmp_path, "python3", "3.10.13")
    answer = find_python(root, tmp_path)
    assert answer.returncode == 1 and answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    assert "Python 3.11, 3.12 or 3.13 is needed" in answer.stderr and "Python 3.10.13" in answer.stderr


def test_a_python_without_venv_is_told_from_none(root, tmp_path):
    stand_in(tmp_path, "python3", "3.12.3", complete=False)
    answer = find_python(root, tmp_path)
    assert answer.returncode == 1
    assert "apt install python3.12-venv" in answer.stderr and len(answer.stderr.splitlines()) == 1


def test_a_python_that_is_named_is_the_one_taken(root, tmp_path):
    stand_in(tmp_path, "python3.13", "3.13.0")
    stand_in(tmp_path, "mine", "3.11.7")
    stand_in(tmp_path, "old", "3.10.1")
    assert find_python(root, tmp_path, PYTHON="mine").stdout == "mine\n"
    answer = find_python(root, tmp_path, PYTHON="old")
    assert answer.returncode == 1
    assert "PYTHON=old is not a complete Python 3.11, 3.12 or 3.13; it says: Python 3.10.1" in answer.stderr


def test_a_chromium_that_does_not_run_is_said(root, tmp_path):
    answer = subprocess.run(
        [str(root / ".ci" / "find-chromium")],
        env={**os.environ, "CHROMIUM": str(tmp_path / "none")},
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 1 and answer.stdout == ""
    assert "does not run" in answer.stderr and len(answer.stderr.splitlines()) == 1
