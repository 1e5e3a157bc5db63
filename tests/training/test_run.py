"""The record of a run: JSON and back, found again, compared; and what `fit` writes into it."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.training import Run, compare_runs, fit, list_runs
from bigmodel_nb.training.run import duration, label, runs_folder
from bigmodel_nb.writing import write_atomically

numbers = st.lists(st.floats(allow_infinity=False, width=32), max_size=5)
names = st.text(min_size=1, max_size=8)
plain = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text()


@st.composite
def records(draw):
    return Run(
        name=draw(names),
        ended=draw(st.sampled_from(["finished", "interrupted", "diverged", "stopped early"])),
        message=draw(st.text()),
        history=draw(st.dictionaries(names, numbers, max_size=3)),
        losses=draw(numbers),
        rates=draw(numbers),
        epochs=draw(st.integers(0, 100)),
        steps=draw(st.integers(0, 10**12)),
        best_epoch=draw(st.none() | st.integers(1, 100)),
        config=draw(st.dictionaries(names, st.text() | st.integers(-5, 5) | st.none(), max_size=3)),
        seconds={"training": draw(st.floats(0, 1e9))},
        notes=draw(st.lists(st.text(), max_size=3)),
    )


@given(run=records())
def test_json_and_back(tmp_path_factory, run):
    path = tmp_path_factory.getbasetemp() / "run.json"
    run.save(path)
    found = Run.load(path)
    np.testing.assert_equal(found.as_dict(), run.as_dict())
    np.testing.assert_equal(found.losses, run.losses)
    json.loads(path.read_text(), parse_constant=pytest.fail)  # no NaN, which JSON does not know
    assert str(found) == str(run)


def test_what_json_does_not_know_becomes_plain(tmp_path):
    run = Run(config={"shape": (np.int64(3), 4), "rate": np.float32(0.5), 7: object, "far": float("inf")})
    config = Run.load(run.save(tmp_path / "deep" / "run.json")).config
    assert config["shape"] == [3, 4] and config["rate"] == 0.5 and config["far"] is None
    assert "object" in config["7"]


GOOD = Run(history={"loss": [1.0]}).as_dict()
FOREIGN = {
    "nothing": "",
    "text": "my homework",
    "a list": "[1, 2]",
    "another record": '{"name": "x"}',
    "another format": json.dumps(GOOD | {"format": 99}),
    "an unknown field": json.dumps(GOOD | {"surprise": 1}),
    "a method in place of a field": json.dumps(GOOD | {"save": 1}),
    "history as a list": json.dumps(GOOD | {"history": [1]}),
    "history of texts": json.dumps(GOOD | {"history": {"loss": ["low"]}}),
    "history of numbers": json.dumps(GOOD | {"history": {"loss": 3}}),
    "steps as text": json.dumps(GOOD | {"steps": "many"}),
    "losses as a number": json.dumps(GOOD | {"losses": 3}),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_other_files_are_refused_and_passed_over(tmp_path, kind):
    path = tmp_path / "other.json"
    path.write_text(FOREIGN[kind])
    with pytest.raises(ValueError, match=r"path must be a file that Run.save wrote"):
        Run.load(path)
    Run(name="mine").save(tmp_path / "run.json")
    assert [run.name for run in list_runs(tmp_path)] == ["mine"]


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "other.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"path must be a file that Run.save wrote"):
        Run.load(path)


def test_runs_are_listed_oldest_first(tmp_path, monkeypatch):
    for age, name in enumerate(["new", "middle", "old"]):
        path = Run(name=name).save(tmp_path / name / "run.json")
        os.utime(path, (1e9 - age, 1e9 - age))
    assert [run.name for run in list_runs(tmp_path)] == ["old", "middle", "new"]
    monkeypatch.setenv("BIGMODEL_RUNS", str(tmp_path))
    assert runs_folder() == tmp_path and len(list_runs()) == 3
    assert list_runs(tmp_path / "nowhere") == []


def test_runs_are_compared_by_what_differs():
    slow = Run(name="a", config={"rate": 0.1, "width": 8}, history={"loss": [3.0, 2.0]}, epochs=2)
    fast = Run(name="b", config={"rate": 0.2, "width": 8, "clip": 1.0}, seconds={"total": 4.0})
    rows = compare_runs([slow, fast])
    first = {"name": "a", "ended": "finished", "epochs": 2, "clip": None, "rate": 0.1}
    assert rows[0] == {**first, "loss": 2.0, "seconds": 0.0}
    second = {"name": "b", "ended": "finished", "epochs": 0, "clip": 1.0, "rate": 0.2}
    assert rows[1] == {**second, "seconds": 4.0}
    assert compare_runs([]) == []
    for wrong in (slow, [slow, "b"]):
        with pytest.raises(TypeError, match="runs must be a list of Run"):
            compare_runs(wrong)


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def half(file):
        file.write(b"ne")
        raise RuntimeError("the writer dies")

    with pytest.raises(RuntimeError):
        write_atomically(path, half)
    assert path.read_bytes() == b"old"
    write_atomically(path, lambda file: file.write(b"new"))
    assert path.read_bytes() == b"new" and [part.name for part in tmp_path.iterdir()] == ["file"]


def test_the_best_weights_need_a_run_of_this_session(tmp_path):
    run = Run.load(Run(name="night").save(tmp_path / "run.json"))
    with pytest.raises(ValueError, match="run of this session that has finished an epoch"):
        run.restore_best()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0 s"),
        (0.423, "0.42 s"),
        (38.2, "38 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 05 min"),
        (3599.9, "1 h 00 min"),
    ],
)
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words


def test_words():
    assert label("val_mean_absolute_error") == "validation mean absolute error"
    run = Run(history={"loss": [1.0, 0.5], "val_loss": []}, epochs=2, steps=8, seconds={"total": 3.0})
    assert str(run) == "finished after 2 epochs (8 steps) in 3 s; loss 0.5."
    assert repr(Run(ended="diverged", message="Try less.")).endswith("(0 steps) in 0 s. Try less.")


# -- what fit writes ----------------------------------------------------------------------------


@pytest.fixture
def trained(keras):
    random = np.random.default_rng(0)
    x, y = random.normal(size=(50, 4)).astype(np.float32), random.integers(0, 2, 50)

    def train(seed=0, data=(x, y), **settings):
        keras.utils.set_random_seed(1)
        layers = [keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dropout(0.3), keras.layers.Dense(2)]
        model = keras.Sequential(layers)
        settings = {"epochs": 3, "batch_size": 16, "validation_data": (x, y)} | settings
        return fit(model, data, seed=seed, **settings), [v.numpy() for v in model.variables]

    return train


def test_the_record_is_complete(keras, trained, tmp_path, monkeypatch):
    monkeypatch.setenv("BIGMODEL_RUNS", str(tmp_path))
    run, _weights = trained(schedule="cosine", learning_rate=0.01, resume="kept")
    assert (run.ended, run.epochs, run.steps, run.examples) == ("finished", 3, 12, 150)
    assert set(run.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(values) == 3 for values in run.history.values())
    assert len(run.losses) == len(run.rates) == 12 and run.rates[0] == np.float32(0.01)
    assert run.history["val_loss"][run.best_epoch - 1] == min(run.history["val_loss"])
    assert {"keras", "tensorflow", "numpy", "python", "bigmodel_nb"} <= set(run.versions)
    assert run.versions["keras"] == keras.__version__
    assert {"processor", "system", "backend"} <= set(run.hardware) and len(run.fingerprint) == 16
    assert set(run.seconds) == {"compiling", "training", "validating", "watching", "total"}
    assert run.seconds["training"] > 0 and run.seconds["validating"] > 0
    parts = [value for name, value in run.seconds.items() if name != "total"]
    assert sum(parts) <= run.seconds["total"]
    assert run.plan["backend"] == "tensorflow" and set(run.plan["reasons"]) <= set(run.notes)
    assert any("cross-entropy" in note for note in run.notes)
    assert run.config["learning_rate"] == 0.01 and run.config["schedule"] == "cosine"
    assert run.config["loss"] == "sparse_categorical_crossentropy" and run.config["metrics"] == ["accuracy"]
    assert run.as_dict()["cost"] is not None  # what it took is kept, too
    assert Run.load(tmp_path / "kept" / "run.json").as_dict() == run.as_dict()


def test_the_same_seed_gives_the_same_bits(trained):
    """However many steps a call takes, and whether the loop was compiled before."""
    run, weights = trained()
    for settings in (
        {},
        {"seconds_per_call": 1e-9},
        {"seconds_per_call": 10.0, "watch": lambda progress: None},
    ):
        again, found = trained(**settings)
        assert (again.losses, again.history) == (run.losses, run.history)
        assert all(np.array_equal(one, two) for one, two in zip(weights, found, strict=True))
    other, found = trained(seed=1)
    assert other.losses != run.losses


def test_the_fingerprint_is_that_of_the_data(trained):
    random = np.random.default_rng(0)
    x, y = random.normal(size=(50, 4)).astype(np.float32), random.integers(0, 2, 50)
    first = trained(epochs=0)[0].fingerprint
    assert trained(epochs=0, data=(x.copy(), y.copy()))[0].fingerprint == first
    x[49, 3] += 1e-6
    assert trained(epochs=0, data=(x, y))[0].fingerprint != first


@pytest.mark.parametrize(
    "settings", [{}, {"schedule": "cosine"}, {"resume": "none", "watch": lambda progress: None}]
)
def test_no_epochs_train_nothing(trained, tmp_path, monkeypatch, settings):
    monkeypatch.setenv("BIGMODEL_RUNS", str(tmp_path))
    run, _weights = trained(epochs=0, **settings)
    assert (run.ended, run.steps, run.losses, run.history) == ("finished", 0, [], {})
