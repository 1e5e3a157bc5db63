# ruff: noqa: E501  (cells that are run stand on one line)
"""Chapters for Colab carry all that they need, install it once, and take the place of nothing."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest

import bigmodel_nb
from bigmodel_nb import cli
from bigmodel_nb.cli import colab, colab_cells, course, wheel

pytestmark = pytest.mark.xdist_group("wheel")


@pytest.fixture(scope="module")
def made() -> tuple[str, bytes]:
    """The wheel of this repository."""
    return wheel.make()


@pytest.fixture
def quick(monkeypatch, made):
    """The wheel is built once for all tests."""
    monkeypatch.setattr(wheel, "make", lambda: made)


@pytest.fixture
def written(quick, tmp_path, capsys) -> Path:
    assert cli.main(["colab", "--out", str(tmp_path / "out")]) == 0
    return tmp_path / "out"


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def carried(code: str) -> tuple[str, bytes]:
    """What a first cell carries: the file's name and its content, checked as the cell checks it."""
    said = dict(re.findall(r"^(SHA256|WHEEL) = '(.*)'$", code, re.MULTILINE))
    name, size = re.search(r"^NAME, SIZE = '(.*)', (\d+)", code, re.MULTILINE).groups()
    content = base64.b64decode(said["WHEEL"])
    assert len(content) == int(size) and hashlib.sha256(content).hexdigest() == said["SHA256"]
    return name, content


def test_each_chapter_is_one_file_that_carries_the_package(written, chapters, made, capsys):
    assert [path.name for path in sorted(written.iterdir())] == [path.name for path in chapters]
    for original in chapters:
        notebook = read(written / original.name)
        nbformat.validate(nbformat.from_dict(notebook))
        first, drive, *rest = notebook["cells"]
        assert carried("".join(first["source"])) == made
        assert f"({round(len(made[1]) / 1000)} kB, carried in this notebook)" in first["source"][0]
        assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
        assert [cell["id"] for cell in rest] == [cell["id"] for cell in read(original)["cells"]]
        assert notebook["metadata"]["kernelspec"]["name"] == "python3"
        assert "KEEP_ON_DRIVE = False" in "".join(drive["source"])


def test_pictures_are_inside(written, root, chapters):
    for original in chapters:
        texts = ["".join(cell["source"]) for cell in read(written / original.name)["cells"]]
        prose = "\n".join(texts)
        assert not re.search(r"(src=\"|\]\()images/", prose)
        before = re.findall(r"images/[\w.-]+", original.read_text(encoding="utf-8"))
        inside = re.findall(r"data:image/png;base64,([\w+/=]+)", prose)
        assert len(inside) == len(before) > 0
        assert [base64.b64decode(each) for each in inside] == [
            (root / "notebooks" / path).read_bytes() for path in before
        ]


def test_a_picture_that_is_missing_is_said(tmp_path):
    (tmp_path / "x.ipynb").write_text(
        json.dumps({"cells": [{"cell_type": "markdown", "source": "![x](images/no.png)"}], "metadata": {}})
    )
    with pytest.raises(course.CourseError, match=r"cannot read .*no\.png"):
        colab.written(tmp_path / "x.ipynb", "")


# -- nothing of the reader's is overwritten --------------------------------------------------------


def test_again_changes_nothing(written, capsys):
    before = {path.name: path.read_bytes() for path in written.iterdir()}
    assert cli.main(["colab", "--out", str(written)]) == 0
    assert {path.name: path.read_bytes() for path in written.iterdir()} == before
    assert "Overwritten" not in capsys.readouterr().out


def test_a_file_with_the_readers_work_stays(written, chapters, capsys):
    path = written / chapters[0].name
    notebook = read(path)
    notebook["cells"][-1]["source"] = ["my work"]
    path.write_text(json.dumps(notebook))
    assert cli.main(["colab", "--out", str(written)]) == 1
    said = capsys.readouterr()
    assert path.name in said.err and "nothing was written" in said.err and len(said.err.splitlines()) == 1
    assert "my work" in path.read_text()
    assert cli.main(["colab", "--out", str(written), "--force"]) == 0
    assert f"Overwritten: {path.name}" in capsys.readouterr().out
    assert "my work" not in path.read_text()


def test_outputs_are_work_too(written, chapters):
    path = written / chapters[0].name
    notebook = read(path)
    notebook["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x"}]
    path.write_text(json.dumps(notebook))
    assert cli.main(["colab", "--out", str(written)]) == 1


@pytest.mark.parametrize(
    "content", ["", "not a notebook", "[]", "{}", '{"metadata": {}, "cells": []}', b"\xff"]
)
def test_a_file_of_the_same_name_that_is_not_ours_stays(written, chapters, content):
    path = written / chapters[0].name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = path.read_bytes()
    assert cli.main(["colab", "--out", str(written)]) == 1
    assert path.read_bytes() == before


def test_an_older_one_that_nobody_touched_is_renewed(written, chapters, capsys):
    path = written / chapters[0].name
    new, old = path.read_text(), read(path)
    old["cells"][-1]["source"] = ["as it was in an older version"]
    old["metadata"][colab.MARK] = colab.fingerprint(old)
    path.write_text(json.dumps(old))
    assert cli.main(["colab", "--out", str(written)]) == 0
    assert path.read_text() == new


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_the_course_and_a_copy_of_it_are_no_place_for_it(quick, root, tmp_path, capsys, force):
    course.update(course.source(), tmp_path / "mine")
    for folder in (root / "notebooks", tmp_path / "mine"):
        assert cli.main(["colab", "--out", str(folder), *force]) == 1
        assert "choose another folder" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_line(quick, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert cli.main(["colab", "--out", str(tmp_path / "file" / "out")]) == 1
    assert re.fullmatch(r"bigmodel: cannot write .*: Not a directory\n", capsys.readouterr().err)


# -- from elsewhere --------------------------------------------------------------------------------


def test_a_source_instead_of_the_package(tmp_path, monkeypatch, chapters):
    monkeypatch.setattr(wheel, "make", lambda: pytest.fail("nothing is built"))
    source = "git+https://example.org/it's.git"
    assert cli.main(["colab", "--out", str(tmp_path), "--source", source]) == 0
    code = "".join(read(tmp_path / chapters[0].name)["cells"][0]["source"])
    assert f"SOURCE = {source!r}" in code and "WHEEL" not in code
    compile(code, "cell", "exec")


@pytest.mark.parametrize("source", ["", " ", "--upgrade", "a\nb"])
def test_a_source_that_is_none(tmp_path, source, capsys):
    assert cli.main(["colab", "--out", str(tmp_path), f"--source={source}"]) == 1
    assert "--source must be what `pip install` takes" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


# -- the wheel -------------------------------------------------------------------------------------


def test_without_hatchling_the_command_that_helps_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "hatchling", None)
    monkeypatch.setattr(wheel.importlib.util, "find_spec", lambda name: None)
    assert cli.main(["colab", "--out", str(tmp_path)]) == 1
    assert "pip install hatchling" in capsys.readouterr().err


def test_a_build_that_fails_is_one_line(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 3\n")
    with pytest.raises(course.CourseError, match=r"the package could not be built: .+"):
        wheel.build(tmp_path)


@pytest.fixture(scope="module")
def site(made, tmp_path_factory) -> Path:
    """A folder that pip installed the wheel into."""
    folder = tmp_path_factory.mktemp("site")
    (folder / made[0]).write_bytes(made[1])
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*pip, "--target", str(folder / "lib"), str(folder / made[0])], check=True, timeout=300)
    return folder / "lib"


def packed(site: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    code = f"""
import sys; sys.path.insert(0, {str(site)!r})
from bigmodel_nb.cli import course, wheel
try:
    name, content = wheel.make()
except course.CourseError as error:
    sys.exit(str(error))
open({str(folder)!r} + "/" + name, "wb").write(content)
"""
    command = [sys.executable, "-I", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)


@pytest.mark.process
def test_what_a_wheel_installed_is_packed_into_the_same_wheel(made, site, tmp_path):
    assert packed(site, tmp_path).returncode == 0
    (path,) = tmp_path.iterdir()
    assert path.name == made[0]
    with zipfile.ZipFile(path) as again, zipfile.ZipFile(io.BytesIO(made[1])) as original:
        assert sorted(again.namelist()) == sorted(original.namelist())
        for name in again.namelist():
            if not name.endswith("/RECORD"):
                assert again.read(name) == original.read(name), name
        (record,) = (name for name in again.namelist() if name.endswith("/RECORD"))
        assert set(again.read(record).splitlines()) == set(original.read(record).splitlines())
    content = path.read_bytes()
    assert packed(site, tmp_path).returncode == 0
    assert path.read_bytes() == content, "the same files give the same wheel"


@pytest.mark.process
def test_an_incomplete_installation_is_said(made, tmp_path):
    with zipfile.ZipFile(io.BytesIO(made[1])) as archive:
        archive.extractall(tmp_path / "site")
    (tmp_path / "site" / "bigmodel_nb" / "arguments.py").unlink()
    said = packed(tmp_path / "site", tmp_path)
    assert said.returncode == 1
    assert "incomplete (bigmodel_nb/arguments.py: No such file or directory)" in said.stderr


@pytest.mark.process
def test_a_package_that_pip_does_not_know_is_said(made, tmp_path):
    with zipfile.ZipFile(io.BytesIO(made[1])) as archive:
        archive.extractall(tmp_path / "site", [n for n in archive.namelist() if "dist-info" not in n])
    said = packed(tmp_path / "site", tmp_path)
    assert said.returncode == 1 and "--source" in said.stderr


# -- the cells, run --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Path:
    """A Python with pip and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=True)
    return folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def in_session(python: Path, *cells: str) -> subprocess.CompletedProcess[str]:
    """Cells run one after the other, as in one session."""
    code = (
        "import json, sys\nfor cell in json.load(sys.stdin): exec(compile(cell, 'cell', 'exec'), globals())"
    )
    return subprocess.run(
        [python, "-I", "-c", code], input=json.dumps(cells), capture_output=True, text=True, timeout=200
    )


@pytest.mark.process
def test_the_first_cell_installs_once_and_changes_nothing_the_second_time(empty, made):
    cell = colab_cells.carried(*made)
    where = "import bigmodel_nb\nprint(bigmodel_nb.__version__, bigmodel_nb.__file__)"
    done = in_session(empty, cell, where, cell, where)
    assert done.returncode == 0, done.stderr
    first, lacking, here, again, still = done.stdout.splitlines()
    assert first == f"bigmodel_nb {bigmodel_nb.__version__} is installed."
    assert lacking.startswith("What the chapters need and this Python lacks: IPython ipywidgets")
    assert str(empty.parents[1]) in here and still == here
    assert again == "This version of the course is installed already."
    assert "WARNING" not in done.stdout + done.stderr

    # another build of the same version, in a session that has imported the one before
    with zipfile.ZipFile(io.BytesIO(made[1])) as archive:
        contents = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}
    contents["bigmodel_nb/quiet.py"] += b"# newer\n"
    record = f"bigmodel_nb-{bigmodel_nb.__version__}.dist-info/RECORD"
    contents[record] = wheel._record(contents, record)
    newer = colab_cells.carried(made[0], wheel._zipped(contents))
    done = in_session(
        empty, "import bigmodel_nb", newer, "print(open(bigmodel_nb.quiet.__file__).read()[-8:])"
    )
    assert done.returncode == 0, done.stderr
    assert "restart the session" in done.stdout and "# newer" in done.stdout


@pytest.mark.process
def test_a_damaged_package_is_not_installed(empty, made):
    cell = colab_cells.carried(*made)
    place = cell.index("WHEEL = '") + 1000
    damaged = cell[:place] + ("A" if cell[place] != "A" else "B") + cell[place + 1 :]
    hidden = "import importlib.metadata as m\nknown = m.distribution\ndef gone(name): raise m.PackageNotFoundError\nm.distribution = gone"
    done = in_session(empty, hidden, damaged)
    assert done.returncode == 1 and "The package in this notebook is damaged" in done.stderr
    assert "is installed" not in done.stdout


@pytest.mark.parametrize("cell", [colab_cells.carried("x.whl", b"x"), colab_cells.named("x")])
def test_an_installation_for_development_stays(tmp_path, cell):
    notes = tmp_path / "bigmodel_nb-9.dist-info"
    notes.mkdir()
    (notes / "METADATA").write_text("Metadata-Version: 2.1\nName: bigmodel-nb\nVersion: 9\n")
    (notes / "direct_url.json").write_text('{"dir_info": {"editable": true}, "url": "file:///work"}')
    done = in_session(Path(sys.executable), f"sys.path.insert(0, {str(tmp_path)!r})", cell)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("stays as it is: file:///work")


@pytest.mark.process
def test_what_pip_says_is_passed_on(empty):
    done = in_session(empty, colab_cells.named("./no-such-folder"))
    assert done.returncode == 1
    assert "could not be installed. pip says:" in done.stderr and "no-such-folder" in done.stderr


DRIVE = "import sys, types\nmounted = []\nfor name in ('google', 'google.colab'): sys.modules[name] = types.ModuleType(name)\nsys.modules['google.colab'].drive = types.SimpleNamespace(mount=mounted.append)"
ASK = "import os\nprint(mounted, os.environ.get('BIGMODEL_PROGRESS'))"


def test_answers_go_to_the_drive_only_when_asked(monkeypatch):
    monkeypatch.delenv("BIGMODEL_PROGRESS")
    cell = colab_cells.drive()
    off = in_session(Path(sys.executable), DRIVE, cell, ASK)
    assert off.stdout == "[] None\n", off.stderr
    on = in_session(
        Path(sys.executable), DRIVE, cell.replace("KEEP_ON_DRIVE = False", "KEEP_ON_DRIVE = True"), ASK
    )
    assert on.stdout.splitlines()[-1] == "['/content/drive'] /content/drive/MyDrive/bigmodel/progress.json"
