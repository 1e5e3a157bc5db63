"""The file of a run: whole or not there, never executed, and what cannot be read is left as it is."""

from __future__ import annotations

import errno
import io
import json
import os
import pathlib
import pickle
import re
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.training import checkpoint as checkpoints
from bigmodel_nb.training.checkpoint import Checkpoint, claimed, place_of, read, write

FACTS = {"step": 3, "epoch": 1, "best_value": None, "part": [2], "callbacks": [], "run": {}, "job": {}}


def sample():
    arrays = {
        "model/0": np.arange(6.0).reshape(2, 3),
        "model/1": np.array(7, np.uint32),
        "best/0": np.ones(4),
    }
    return Checkpoint(arrays, dict(FACTS))


def content():
    """A good file, as bytes."""
    buffer = io.BytesIO()
    facts = np.frombuffer(json.dumps({"format": checkpoints.FORMAT, **FACTS}).encode(), np.uint8)
    np.savez(buffer, facts=facts, **sample().arrays)
    return buffer.getvalue()


GOOD = content()


def placed(folder, found):
    folder = folder / "night"
    folder.mkdir(exist_ok=True)
    path = folder / checkpoints.FILE
    path.write_bytes(found)
    return path


def refused(path, *words):
    """It is refused with the file's name, and the file is still there as it was."""
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"^resume must be ") as error:
        read(path.parent)
    for word in (str(path), "restart=True", "'night'", *words):
        assert word in str(error.value)
    assert path.read_bytes() == before


def test_what_is_written_is_read(tmp_path):
    write(tmp_path / "new" / "folder", sample())
    found = read(tmp_path / "new" / "folder")
    assert found.facts == FACTS
    assert [array.dtype for array in found.group("model")] == [np.float64, np.uint32]
    np.testing.assert_array_equal(found.group("model")[0], sample().arrays["model/0"])
    assert found.group("model")[1].shape == () and found.group("nothing") == []
    assert read(tmp_path) is None


def test_there_is_one_file_and_leavings_of_killed_writers_go(tmp_path):
    (tmp_path / ".checkpoint.npz.abc.part").write_bytes(b"half")
    for _time in range(3):
        write(tmp_path, sample())
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]


def test_a_failing_disk_leaves_the_old_one(tmp_path, monkeypatch):
    write(tmp_path, sample())
    before = (tmp_path / "checkpoint.npz").read_bytes()

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, Checkpoint({"model/0": np.zeros(5)}, dict(FACTS)))
    assert (tmp_path / "checkpoint.npz").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]


@given(length=st.integers(0, len(GOOD) - 1))
def test_truncated_at_any_place(tmp_path_factory, length):
    refused(placed(tmp_path_factory.getbasetemp(), GOOD[:length]), "damaged")


@given(place=st.integers(0, len(GOOD) - 1), flip=st.integers(1, 255))
def test_a_damaged_byte_is_noticed_or_does_not_matter(tmp_path_factory, place, flip):
    damaged = bytearray(GOOD)
    damaged[place] ^= flip
    path = placed(tmp_path_factory.getbasetemp(), bytes(damaged))
    try:
        found = read(path.parent)
    except ValueError as error:
        assert str(path) in str(error)
        return
    assert found.facts == FACTS  # a byte that nobody reads: a date, say
    for name, array in sample().arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)


class Malicious:
    """Unpickling it writes a file."""

    def __init__(self, victim):
        self.victim = victim

    def __reduce__(self):
        return (pathlib.Path.write_text, (self.victim, "executed"))


def test_loading_executes_nothing(tmp_path):
    victim = tmp_path / "victim"
    pickle.loads(pickle.dumps(Malicious(victim)))
    assert victim.read_text() == "executed"  # so it would work
    victim.unlink()
    for name in ("facts", "model/0"):
        arrays = {"facts": np.frombuffer(json.dumps({"format": 1, **FACTS}).encode(), np.uint8)}
        arrays[name] = np.array([Malicious(victim)], dtype=object)
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        refused(placed(tmp_path, buffer.getvalue()))
    refused(placed(tmp_path, pickle.dumps(Malicious(victim))))
    assert not victim.exists()


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, found in members.items():
            file.writestr(name, found)
    return buffer.getvalue()


def saved(array, **others):
    buffer = io.BytesIO()
    np.savez(buffer, facts=array, **others) if others or array is not None else np.save(buffer, np.ones(3))
    return buffer.getvalue()


def facts(**changes):
    return np.frombuffer(json.dumps({"format": 1, **FACTS, **changes}).encode(), np.uint8)


FOREIGN = {
    "nothing": b"",
    "text": b"my homework",
    "one array": saved(None),
    "a zip of something else": zipped({"letter.txt": b"dear"}),
    "an archive of arrays": saved(np.ones(3), weights=np.ones(3)),
    "facts that are no JSON": saved(np.frombuffer(b"{", np.uint8)),
    "facts that are a list": saved(np.frombuffer(b"[1]", np.uint8)),
    "facts without a format": saved(np.frombuffer(b"{}", np.uint8)),
    "facts that lack most": saved(np.frombuffer(b'{"format": 1, "step": 1}', np.uint8)),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_files(tmp_path, kind):
    refused(placed(tmp_path, FOREIGN[kind]), "damaged or no checkpoint")


def test_other_formats(tmp_path):
    refused(placed(tmp_path, saved(facts(format=7))), "format 7, not 1")


def test_a_folder_in_the_place_of_the_file(tmp_path):
    (tmp_path / checkpoints.FILE).mkdir()
    with pytest.raises(ValueError, match="damaged or no checkpoint"):
        read(tmp_path)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "a\0b", ".hidden", "a ", "x" * 200, "a\n"]
)
def test_names_stay_within_the_folder(name):
    with pytest.raises(ValueError, match=re.escape("resume must be a name of letters")):
        place_of(name)


@pytest.mark.parametrize("name", [3, b"night", ["night"], pathlib.Path("night"), True])
def test_names_are_text(name):
    with pytest.raises(TypeError, match="resume must be a name of letters"):
        place_of(name)


def test_where_runs_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("BIGMODEL_RUNS", str(tmp_path))
    assert place_of("digits-1") == tmp_path / "digits-1"
    monkeypatch.delenv("BIGMODEL_RUNS")
    assert place_of("naïve run 2.0") == pathlib.Path("runs/naïve run 2.0")


def test_a_run_is_trained_once_at_a_time(tmp_path, python):
    code = (
        "import pathlib\nfrom bigmodel_nb.training.checkpoint import claimed\n"
        f"with claimed(pathlib.Path({str(tmp_path / 'night')!r})): pass"
    )
    with claimed(tmp_path / "night"):
        with pytest.raises(ValueError, match="nothing else is training right now; received: 'night'"):
            with claimed(tmp_path / "night"):
                pass
        assert "nothing else is training" in python(code, fails=True).stderr
        with claimed(tmp_path / "day"), claimed(None):
            pass
    python(code)


def test_a_folder_that_cannot_be_made_is_no_reason_not_to_train(tmp_path):
    (tmp_path / "file").write_text("")
    with claimed(tmp_path / "file" / "night"):
        assert read(tmp_path / "file" / "night") is None
