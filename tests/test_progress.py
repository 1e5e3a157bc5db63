"""The reader's progress survives other kernels, full disks, damaged files and hostile content."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bigmodel_nb import progress
from bigmodel_nb.progress import file


@pytest.fixture(autouse=True)
def stored(tmp_path, monkeypatch):
    """The progress file of this test. Nothing of one test waits in memory for the next."""
    where = tmp_path / "progress.json"
    monkeypatch.setenv("BIGMODEL_PROGRESS", str(where))
    file._waiting.clear()
    file._told.clear()
    return where


def test_keeps_a_prediction_and_its_first_answer(stored):
    progress.record_prediction("01/rate", question="Faster?", answer="sooner", truth="never", correct=False)
    progress.record_prediction("01/rate", question="Faster?", answer="never", truth="never", correct=True)
    [entry] = progress.predictions("01")
    assert (entry["answer"], entry["first_answer"], entry["correct"]) == ("never", "sooner", True)
    assert entry["time"].endswith("+00:00") and entry["version"]
    assert json.loads(stored.read_text())["predictions"]["01/rate"]["answer"] == "never"


def test_an_exercise_once_passed_stays_passed_and_counts_its_tries():
    progress.record_result("01/update-step", False, "plus sign")
    assert progress.results()[0]["passed"] is False
    progress.record_result("01/update-step", True)
    progress.record_result("01/update-step", False, "plus sign again")
    [entry] = progress.results("01")
    assert (entry["passed"], entry["attempts"], entry["detail"]) == (True, 3, "plus sign again")


def test_a_chapter_is_told_from_the_others():
    progress.record_result("01/a", True)
    progress.record_result("10/a", True)
    assert [entry["key"] for entry in progress.results(1)] == ["01/a"]
    assert [entry["key"] for entry in progress.results("1")] == ["01/a"]
    assert len(progress.results()) == 2


@pytest.mark.parametrize("chapter", ["one", "", "-1", "²", "123", -1, 1.5, True, b"01", 100])
def test_an_impossible_chapter_is_named(chapter):
    with pytest.raises((ValueError, TypeError), match=r"chapter must be .*received: "):
        progress.results(chapter)


@pytest.mark.parametrize("key", ["", "  ", None, 3])
def test_an_impossible_key_is_named(key):
    with pytest.raises((ValueError, TypeError), match="key must be text"):
        progress.record_result(key, True)


def test_reset_says_what_it_removed_and_keeps_a_copy(tmp_path):
    progress.record_result("01/a", True)
    progress.record_prediction("01/b", question="?", answer="x")
    progress.record_result("02/a", True)
    said = progress.reset("01")
    assert "1 prediction and 1 exercise" in repr(said)
    assert [entry["key"] for entry in progress.results()] == ["02/a"]
    [copy] = tmp_path.glob("progress.backup-*.json")
    assert str(copy) in said and "01/a" in json.loads(copy.read_text())["results"]
    assert "1 exercise" in progress.reset() and progress.results() == []
    assert len(list(tmp_path.glob("progress.backup-*.json"))) == 2
    assert "nothing to forget" in progress.reset()
    assert len(list(tmp_path.glob("progress.backup-*.json"))) == 2


def test_summary_counts_and_escapes():
    progress.record_result("01/a", True)
    progress.record_result("01/b", False)
    progress.record_prediction("01/c", question="Is 1 < 2?", answer="<b>no</b>", truth="yes", correct=False)
    progress.record_prediction("01/d", question="Open?", answer="who knows")
    shown = progress.summary()
    assert "Exercises passed: 1 of 2 tried. Predictions right: 0 of 1." in repr(shown)
    assert "you said “<b>no</b>”, it was “yes”" in repr(shown)
    assert "&lt;b&gt;no" in shown._repr_html_() and "<b>no" not in shown._repr_html_()


def test_a_damaged_file_is_set_aside_and_said_once(stored, tmp_path, capsys):
    stored.write_text('{"results": {"01/a"')
    assert progress.results() == [] and stored.read_text().startswith('{"results"'), "reading changes nothing"
    progress.record_result("01/b", True)
    progress.record_result("01/c", True)
    [spare] = tmp_path.glob("progress.unreadable-*.json")
    assert spare.read_text() == '{"results": {"01/a"'
    assert [entry["key"] for entry in progress.results()] == ["01/b", "01/c"]
    assert capsys.readouterr().out.count(spare.name) == 1


def test_what_can_be_read_of_a_partly_damaged_file_is_kept(stored, tmp_path):
    entries = {"01/a": {"passed": True, "attempts": 2}, "01/b": 7}
    stored.write_text(json.dumps({"format": 1, "predictions": [], "results": entries}))
    progress.record_result("01/c", False)
    assert [entry["key"] for entry in progress.results()] == ["01/a", "01/c"]
    assert len(list(tmp_path.glob("progress.unreadable-*.json"))) == 1


def test_an_empty_file_is_a_fresh_start(stored, tmp_path, capsys):
    stored.write_text("")
    progress.record_result("01/a", True)
    assert len(progress.results()) == 1 and capsys.readouterr().out == ""


def test_an_unwritable_folder_keeps_progress_in_memory_and_says_so_once(tmp_path, monkeypatch, capsys):
    (tmp_path / "taken").write_text("a file where a folder should be")
    monkeypatch.setenv("BIGMODEL_PROGRESS", str(tmp_path / "taken" / "progress.json"))
    progress.record_result("01/a", True)
    progress.record_prediction("01/b", question="?", answer="x")
    assert len(progress.results()) == 1 and len(progress.predictions()) == 1
    assert capsys.readouterr().out.count("BIGMODEL_PROGRESS") == 1
    assert "1 exercise" in progress.reset() and progress.results() == []


def test_what_waited_in_memory_is_written_when_the_disk_has_room_again(stored, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(file.os, "replace", full)
        progress.record_result("01/a", True)
    assert not stored.exists() and progress.results()[0]["key"] == "01/a"
    progress.record_result("01/b", True)
    assert set(json.loads(stored.read_text())["results"]) == {"01/a", "01/b"}
    assert not list(stored.parent.glob("*.part"))


@pytest.mark.parametrize("where", ["folder", "device"])
def test_nothing_but_a_file_is_ever_replaced(where, tmp_path, monkeypatch):
    target = "/dev/null" if where == "device" and os.path.exists("/dev/null") else str(tmp_path)
    monkeypatch.setattr(file.os, "replace", lambda *_args: pytest.fail("replaced"))
    monkeypatch.setattr(file, "_alone", lambda _where: __import__("contextlib").nullcontext())
    monkeypatch.setenv("BIGMODEL_PROGRESS", target)
    progress.record_result("01/a", True)
    assert len(progress.results()) == 1


def test_a_kernel_that_holds_the_lock_for_too_long_does_not_block_this_one(stored, monkeypatch, capsys):
    import fcntl

    monkeypatch.setattr(file, "_LOCK_SECONDS", 0.05)
    with open(f"{stored}.lock", "ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        progress.record_result("01/a", True)
    assert not stored.exists() and "another notebook" in capsys.readouterr().out
    progress.record_result("01/b", True)
    assert len(json.loads(stored.read_text())["results"]) == 2


def test_a_link_stays_a_link(stored, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    stored.symlink_to(tmp_path / "elsewhere" / "kept.json")
    progress.record_result("01/a", True)
    assert stored.is_symlink() and "01/a" in (tmp_path / "elsewhere" / "kept.json").read_text()


def test_threads_lose_nothing():
    threads = [
        threading.Thread(target=lambda: [progress.record_result("01/a", False) for n in range(20)])
        for m in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert progress.results()[0]["attempts"] == 160


def test_two_kernels_lose_nothing(stored):
    code = "from bigmodel_nb import progress\nfor n in range(60): progress.record_result('01/a', n == 7)"
    kernels = [subprocess.Popen([sys.executable, "-W", "error", "-c", code]) for n in range(3)]
    assert [kernel.wait(120) for kernel in kernels] == [0, 0, 0]
    [entry] = progress.results()
    assert entry["attempts"] == 180 and entry["passed"]


def test_loads_nothing_heavy():
    code = "import sys; from bigmodel_nb import progress; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"tensorflow", "keras", "matplotlib", "ipywidgets", "IPython", "sklearn"} & set(loaded)


def test_without_a_home_folder_there_is_still_a_path(monkeypatch):
    monkeypatch.delenv("BIGMODEL_PROGRESS")
    assert progress.path().name == "progress.json" and progress.path().parent.name == ".bigmodel_nb"
    monkeypatch.setattr(progress.pathlib.Path, "expanduser", lambda self: (_ for _ in ()).throw(RuntimeError))
    assert progress.path().name == "bigmodel-progress.json"


hostile_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
fields = st.sampled_from(["passed", "attempts", "detail", "answer", "truth", "correct", "question", "time"])
entries = st.dictionaries(
    st.sampled_from(["01/a", "01/b", "\ud800", ""]), st.dictionaries(fields, hostile_json)
)
hostile_file = st.one_of(
    st.binary(max_size=40),
    st.just(b"[" * 100_000),
    hostile_json.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {"format": st.just(1) | hostile_json},
        optional={
            "predictions": entries | hostile_json,
            "results": entries | hostile_json,
            "more": hostile_json,
        },
    ).map(lambda value: json.dumps(value).encode()),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=hostile_file)
def test_any_content_can_be_read_shown_written_and_forgotten(content, stored, capsys):
    stored.write_bytes(content)
    str(progress.summary()).encode()
    progress.summary()._repr_html_().encode()
    progress.record_result("01/a", True, "fine")
    progress.record_prediction("01/b", question="?", answer=1)
    assert next(entry for entry in progress.results(1) if entry["key"] == "01/a")["passed"] is True
    str(progress.summary(1)).encode()
    progress.reset()
    assert progress.results() == [] and progress.predictions() == []
    assert stored.read_bytes(), "the file is still there"
    capsys.readouterr()


class Awkward:
    def __repr__(self):
        raise RuntimeError("no picture of me")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    answer=hostile_json
    | st.sampled_from(
        [Awkward(), np.float32(0.5), np.int64(3), np.bool_(True), np.zeros(3), 10**5000, 1j, object]
    )
)
def test_any_answer_can_be_kept(answer, stored):
    progress.record_prediction("01/b", question="?", answer=answer, truth=answer, correct=np.bool_(True))
    [entry] = progress.predictions("01")
    assert isinstance(entry["answer"], str | int | float | None) and entry["correct"] is True
    str(progress.summary()).encode()
    json.loads(stored.read_text())
