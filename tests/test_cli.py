"""The `bigmodel` command answers in plain words, and in one line where it cannot do what was asked."""

from __future__ import annotations

import re

import pytest

import bigmodel_nb
from bigmodel_nb import cli
from bigmodel_nb.cli import course


def test_version(capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"bigmodel_nb {bigmodel_nb.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help_lists_every_command(capsys, arguments):
    try:
        assert cli.main(arguments) == 0
    except SystemExit as left:
        assert left.code == 0
    told = capsys.readouterr().out
    for command in ("lab", "update", "doctor", "colab"):
        assert re.search(rf"^ +{command} +\w", told, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lba"], "invalid choice: 'lba'"),
        (["lab", "--port", "0"], "port must be a whole number from 1 to 65535; received: 0"),
        (["lab", "--port", "65536"], "port must be a whole number from 1 to 65535; received: 65536"),
        (["lab", "--port", "many"], "port must be a whole number from 1 to 65535; received: many"),
        (["lab", "--port", "٣"], "port must be a whole number from 1 to 65535; received: ٣"),
        (["lab", "--in-place", "--folder", "x"], "not allowed with argument"),
    ],
)
def test_a_wrong_argument_is_named(capsys, arguments, said):
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert said in capsys.readouterr().err


def test_update_says_what_it_did(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["update"]) == 0
    assert capsys.readouterr().out.startswith("Added: 0")
    assert cli.main(["update"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / course.FOLDER} is up to date.\n"


@pytest.mark.parametrize("command", ["lab", "update"])
def test_a_folder_that_cannot_be_written_is_one_line(capsys, tmp_path, command):
    (tmp_path / "file").touch()
    assert cli.main([command, "--folder", str(tmp_path / "file" / "course")]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(r"bigmodel: cannot \w+ .*: Not a directory\. .*--folder\.\n", told.err)


def test_an_installation_without_chapters_is_one_line(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(course, "__file__", str(tmp_path / "bigmodel_nb" / "cli" / "course.py"))
    assert cli.main(["update", "--folder", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        "bigmodel: this installation has no chapters; install bigmodel-nb again\n"
    )


def test_ctrl_c_is_no_traceback(capsys, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(course, "update", interrupted)
    assert cli.main(["update"]) == 130
    assert capsys.readouterr().out.strip() == "Stopped."
