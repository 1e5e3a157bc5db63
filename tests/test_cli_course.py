"""The reader's copy of the course: brought up to date, and nothing of theirs overwritten."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.cli import course


def notebook(text: str, **cell) -> dict:
    """A notebook of one cell."""
    cells = [{"cell_type": "code", "id": "a", "metadata": {}, "source": text, "outputs": [],
              "execution_count": None, **cell}]  # fmt: skip
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def write(path, text: str, **cell) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook(text, **cell)), encoding="utf-8")


def text_of(path) -> str:
    return json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]


def kinds(changes) -> list[tuple[str, str]]:
    return [(change.kind, change.path) for change in changes]


@pytest.fixture
def origin(tmp_path):
    """A course of two chapters and a picture, in its first version."""
    folder = tmp_path / "notebooks"
    write(folder / "01-first.ipynb", "first, version 1")
    write(folder / "02-second.ipynb", "second, version 1")
    (folder / "images").mkdir()
    (folder / "images" / "01-first.png").write_bytes(b"picture 1")
    return folder


@pytest.fixture
def copy(origin, tmp_path):
    """The reader's copy of it."""
    folder = tmp_path / "my-course"
    course.update(origin, folder)
    return folder


def test_the_first_time_everything_is_copied(origin, tmp_path):
    folder = tmp_path / "deep" / "my-course"
    changes = course.update(origin, folder)
    assert kinds(changes) == [
        ("added", "01-first.ipynb"),
        ("added", "02-second.ipynb"),
        ("added", "images/01-first.png"),
    ]
    for name in course.files(origin):
        assert (folder / name).read_bytes() == (origin / name).read_bytes()


def test_a_second_update_does_nothing(origin, copy):
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*") if path.is_file()}
    assert course.update(origin, copy) == []
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*") if path.is_file()} == before


def test_hidden_files_and_checkpoints_are_not_part_of_the_course(origin):
    write(origin / ".ipynb_checkpoints" / "01-first-checkpoint.ipynb", "old")
    write(origin / ".hidden.ipynb", "no")
    (origin / "images" / ".DS_Store").write_bytes(b"no")
    (origin / "notes.txt").write_text("no")
    assert course.files(origin) == ["01-first.ipynb", "02-second.ipynb", "images/01-first.png"]


def test_a_new_chapter_is_added(origin, copy):
    write(origin / "03-third.ipynb", "third")
    assert kinds(course.update(origin, copy)) == [("added", "03-third.ipynb")]


def test_an_untouched_chapter_is_renewed(origin, copy):
    write(origin / "01-first.ipynb", "first, version 2")
    (origin / "images" / "01-first.png").write_bytes(b"picture 2")
    assert kinds(course.update(origin, copy)) == [
        ("renewed", "01-first.ipynb"),
        ("renewed", "images/01-first.png"),
    ]
    assert text_of(copy / "01-first.ipynb") == "first, version 2"
    assert course.update(origin, copy) == []


def test_a_chapter_that_was_only_opened_is_untouched(origin, copy):
    """JupyterLab saves what was opened: other white space, the kernel's version, its own marks."""
    opened = notebook(["first, ", "version 1"], metadata={"trusted": True, "collapsed": False})
    opened["metadata"] = {"language_info": {"version": "3.12.1"}, "kernelspec": {"name": "python3"}}
    (copy / "01-first.ipynb").write_text(json.dumps(opened, indent=4) + "\n")
    assert course.update(origin, copy) == []
    write(origin / "01-first.ipynb", "first, version 2")
    assert kinds(course.update(origin, copy)) == [("renewed", "01-first.ipynb")]


EDITS = {
    "text": {"text": "mine"},
    "output": {"outputs": [{"output_type": "stream", "name": "stdout", "text": "7"}]},
    "tag": {"metadata": {"tags": ["mine"]}},
    "kind": {"cell_type": "markdown"},
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_chapter_stays_and_the_new_one_lies_beside_it(origin, copy, edit):
    write(copy / "01-first.ipynb", **{"text": "first, version 1", **edit})
    mine = (copy / "01-first.ipynb").read_bytes()
    assert course.update(origin, copy) == []  # no newer version: nothing to bring
    write(origin / "01-first.ipynb", "first, version 2")
    changes = course.update(origin, copy)
    assert changes == [course.Change("beside", "01-first.new.ipynb", of="01-first.ipynb")]
    assert (copy / "01-first.ipynb").read_bytes() == mine
    assert text_of(copy / "01-first.new.ipynb") == "first, version 2"
    assert course.update(origin, copy) == []


def test_an_untouched_new_version_is_renewed_and_an_edited_one_is_not(origin, copy):
    write(copy / "01-first.ipynb", "mine")
    for version in ("version 2", "version 3"):
        write(origin / "01-first.ipynb", version)
        assert kinds(course.update(origin, copy)) == [("beside", "01-first.new.ipynb")]
        assert text_of(copy / "01-first.new.ipynb") == version
    write(copy / "01-first.new.ipynb", "mine as well")
    for version in ("version 4", "version 5"):
        write(origin / "01-first.ipynb", version)
        assert kinds(course.update(origin, copy)) == [("beside", "01-first.new-2.ipynb")]
    assert text_of(copy / "01-first.ipynb") == "mine"
    assert text_of(copy / "01-first.new.ipynb") == "mine as well"
    assert text_of(copy / "01-first.new-2.ipynb") == "version 5"
    assert course.update(origin, copy) == []


def test_a_file_of_that_name_which_we_did_not_write_is_left_alone(origin, copy):
    write(copy / "01-first.ipynb", "mine")
    write(copy / "01-first.new.ipynb", "also mine")
    write(origin / "01-first.ipynb", "version 2")
    assert kinds(course.update(origin, copy)) == [("beside", "01-first.new-2.ipynb")]
    assert text_of(copy / "01-first.new.ipynb") == "also mine"


def test_there_are_never_two_identical_copies(origin, copy):
    write(copy / "01-first.ipynb", "mine")
    write(copy / "01-first.new.ipynb", "also mine")
    write(copy / "01-first.new-2.ipynb", "version 2")
    write(origin / "01-first.ipynb", "version 2")
    assert course.update(origin, copy) == []


def test_a_new_version_that_took_the_place_is_untouched_again(origin, copy):
    write(copy / "01-first.ipynb", "mine")
    write(origin / "01-first.ipynb", "version 2")
    course.update(origin, copy)
    os.replace(copy / "01-first.new.ipynb", copy / "01-first.ipynb")
    assert course.update(origin, copy) == []
    write(origin / "01-first.ipynb", "version 3")
    assert kinds(course.update(origin, copy)) == [("renewed", "01-first.ipynb")]


def test_a_deleted_copy_comes_back(origin, copy):
    (copy / "01-first.ipynb").unlink()
    (copy / "images" / "01-first.png").unlink()
    (copy / "images").rmdir()
    assert kinds(course.update(origin, copy)) == [
        ("restored", "01-first.ipynb"),
        ("restored", "images/01-first.png"),
    ]


@pytest.mark.parametrize("given_up", ["deleted", "undone"])
def test_a_new_version_whose_place_is_free_again_moves_there(origin, copy, given_up):
    first = (copy / "01-first.ipynb").read_bytes()
    write(copy / "01-first.ipynb", "mine")
    write(origin / "01-first.ipynb", "version 2")
    course.update(origin, copy)
    if given_up == "deleted":
        (copy / "01-first.ipynb").unlink()
    else:
        (copy / "01-first.ipynb").write_bytes(first)
    said = [kind for kind, _path in kinds(course.update(origin, copy))]
    assert said == ["restored" if given_up == "deleted" else "renewed", "tidied"]
    assert text_of(copy / "01-first.ipynb") == "version 2"
    assert not (copy / "01-first.new.ipynb").exists()
    assert course.update(origin, copy) == []


def test_an_edited_picture_stays_too(origin, copy):
    (copy / "images" / "01-first.png").write_bytes(b"mine")
    (origin / "images" / "01-first.png").write_bytes(b"picture 2")
    assert kinds(course.update(origin, copy)) == [("beside", "images/01-first.new.png")]
    assert (copy / "images" / "01-first.png").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "null",
        '{"version": 1}',
        '{"version": 1, "files": 3}',
        '{"version": 1, "files": {"a": 3}}',
        '{"version": 2, "files": {}}',
        "\x00\xff",
    ],
)
def test_with_a_damaged_record_what_differs_counts_as_the_readers(origin, copy, damage):
    (copy / course.MANIFEST).write_text(damage, encoding="latin-1")
    write(origin / "01-first.ipynb", "version 2")
    changes = course.update(origin, copy)
    assert kinds(changes) == [("unread", course.MANIFEST), ("beside", "01-first.new.ipynb")]
    assert text_of(copy / "01-first.ipynb") == "first, version 1"
    assert course.update(origin, copy) == []
    write(origin / "02-second.ipynb", "version 2")  # was equal to ours: known as untouched again
    assert kinds(course.update(origin, copy)) == [("renewed", "02-second.ipynb")]


def test_without_a_record_what_differs_counts_as_the_readers(origin, copy):
    (copy / course.MANIFEST).unlink()
    write(copy / "01-first.ipynb", "mine")
    assert kinds(course.update(origin, copy)) == [("beside", "01-first.new.ipynb")]


def test_a_file_that_is_no_notebook_counts_by_its_bytes(origin, copy):
    (copy / "01-first.ipynb").write_text("<<<<<<< a merge conflict")
    write(origin / "01-first.ipynb", "version 2")
    assert kinds(course.update(origin, copy)) == [("beside", "01-first.new.ipynb")]


def test_lab_brings_what_is_missing_and_touches_nothing_else(origin, copy):
    write(origin / "01-first.ipynb", "version 2")
    write(origin / "03-third.ipynb", "third")
    (copy / "02-second.ipynb").unlink()
    assert kinds(course.add_missing(origin, copy)) == [
        ("restored", "02-second.ipynb"),
        ("added", "03-third.ipynb"),
    ]
    assert text_of(copy / "01-first.ipynb") == "first, version 1"
    assert course.outdated(origin, copy) == ["01-first.ipynb"]
    assert kinds(course.update(origin, copy)) == [("renewed", "01-first.ipynb")]


@settings(max_examples=150)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("release"), st.integers(0, 2), st.integers(0, 3)),
            st.tuples(st.just("edit"), st.integers(0, 2), st.integers(4, 7)),
            st.tuples(st.just("delete"), st.integers(0, 2), st.just(0)),
            st.tuples(st.just("accept"), st.integers(0, 2), st.just(0)),
            st.tuples(st.just("forget"), st.just(0), st.just(0)),
        ),
        max_size=12,
    )
)
def test_whatever_happens_no_edit_is_lost_and_the_newest_is_there(tmp_path_factory, steps):
    base = tmp_path_factory.mktemp("course")
    origin, copy = base / "notebooks", base / "my-course"
    names = [f"0{number}.ipynb" for number in range(3)]
    for name in names:
        write(origin / name, "version 0")
    course.update(origin, copy)
    mine: dict[str, str] = {}
    for step, number, value in steps:
        name = names[number]
        path, beside = copy / name, copy / name.replace(".ipynb", ".new.ipynb")
        if step == "release":
            write(origin / name, f"version {value}")
        elif step == "edit":
            write(path, f"version {value}")
            mine[name] = f"version {value}"
        elif step == "delete":
            path.unlink(missing_ok=True)
            mine.pop(name, None)
        elif step == "accept" and beside.exists():
            os.replace(beside, path)
            mine.pop(name, None)
        elif step == "forget":
            (copy / course.MANIFEST).unlink()
        course.update(origin, copy)
        for kept, text in mine.items():
            assert text_of(copy / kept) == text
        for wanted in names:
            versions = [text_of(path) for path in copy.glob(wanted.replace(".ipynb", "*.ipynb"))]
            assert len(versions) == len(set(versions))
            edited_newest = wanted in mine and text_of(origin / wanted) not in versions
            assert text_of(origin / wanted) in versions or edited_newest
        assert not [path for path in copy.iterdir() if path.suffix == ".part"]


def test_where_nothing_can_be_written_one_line_says_so(origin, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(course.CourseError, match=r"cannot (read|write) .*file.*Another folder can be chosen"):
        course.update(origin, tmp_path / "file" / "my-course")


def test_a_full_disk_leaves_the_old_file_whole(origin, copy, monkeypatch):
    write(origin / "01-first.ipynb", "version 2")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(course.CourseError, match="No space left on device"):
        course.update(origin, copy)
    assert text_of(copy / "01-first.ipynb") == "first, version 1"


def test_a_folder_in_the_place_of_a_chapter_is_said(origin, copy):
    (copy / "01-first.ipynb").unlink()
    (copy / "01-first.ipynb").mkdir()
    with pytest.raises(course.CourseError, match=r"01-first.ipynb: "):
        course.update(origin, copy)


def test_the_report_is_in_plain_words(origin, copy):
    assert course.report([], copy) == [f"{copy} is up to date."]
    changes = [
        course.Change("unread", course.MANIFEST),
        course.Change("added", "03.ipynb"),
        course.Change("added", "04.ipynb"),
        course.Change("restored", "02.ipynb"),
        course.Change("renewed", "05.ipynb"),
        course.Change("tidied", "05.new.ipynb"),
        course.Change("beside", "01.new.ipynb", of="01.ipynb"),
    ]
    assert course.report(changes, copy) == [
        "The record of what was copied (.bigmodel.json) was damaged; what differs counts as yours.",
        "Added: 03.ipynb, 04.ipynb",
        "Was deleted, is back: 02.ipynb",
        "Renewed (nothing of yours was in it): 05.ipynb",
        "Removed, since the same is now in its place: 05.new.ipynb",
        "01.ipynb has your work in it and stays as it is; the new version is beside it: 01.new.ipynb",
    ]


def test_the_folder_is_my_course_or_the_copy_one_stands_in(origin, copy, tmp_path, monkeypatch):
    monkeypatch.setattr(course, "source", lambda: origin)
    monkeypatch.chdir(tmp_path)
    assert course.choose_folder(None) == copy
    monkeypatch.chdir(copy)
    assert course.choose_folder(None) == copy
    assert course.choose_folder(tmp_path / "else") == tmp_path / "else"


def test_the_course_itself_is_not_a_copy(origin, tmp_path, monkeypatch):
    monkeypatch.setattr(course, "source", lambda: origin)
    with pytest.raises(course.CourseError, match="--in-place"):
        course.choose_folder(origin)


def test_the_first_chapter_is_the_first_by_name(origin, copy, tmp_path):
    write(copy / "00-a.new.ipynb", "no")
    assert course.first_chapter(copy) == "01-first.ipynb"
    assert course.first_chapter(tmp_path) is None
