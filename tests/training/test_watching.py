"""Who watches a run: by the clock, within bounds, and nothing that a watcher does ends the run."""

from __future__ import annotations

import io
import sys

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from bigmodel_nb.training import Progress, fit, watching
from bigmodel_nb.training.watching import HEAD_START, SHARE, SHORTEST, Clock, Line, watcher_for


def progress(**changes):
    known = {
        "name": "",
        "step": 3, "steps": 40, "epoch": 1, "epochs": 4, "steps_per_epoch": 10, "loss": 1.23456,
        "rate": None, "seconds": 1.0, "seconds_left": 75.0, "examples_per_second": 12345.6,
        "unit": "examples",
        "losses": [1.0], "history": {"loss": [2.0], "val_loss": [0.98765]},
    }  # fmt: skip
    return Progress(**{**known, **changes})


@pytest.fixture
def now(monkeypatch):
    """A clock that only moves when it is told to."""

    class Now:
        seconds = 1000.0

        def perf_counter(self):
            return self.seconds

    now = Now()
    monkeypatch.setattr(watching, "time", now)
    return now


class Terminal(io.StringIO):
    """A terminal that keeps what is written on it. (pytest puts its own in this place before each test.)"""

    def __init__(self, monkeypatch):
        super().__init__()
        monkeypatch.setattr(sys, "stderr", self)

    def isatty(self):
        return True


def test_a_watcher_is_called_by_the_clock_only(now):
    calls = []
    clock = Clock(calls.append)
    assert clock.due  # at once, and then not before its time
    for _step in range(1000):
        if clock.due:
            clock.tell(progress())
        now.seconds += 0.001
    assert len(calls) == 1.0 // SHORTEST


@pytest.mark.parametrize("cost", [0.001, 0.05, 2.0])
def test_watching_costs_its_share_and_no_more(now, cost):
    def slow(_progress):
        now.seconds += cost

    clock = Clock(slow)
    start = now.seconds
    while now.seconds < start + 600:
        if clock.due:
            clock.tell(progress())
        now.seconds += 0.05
    assert clock.seconds <= HEAD_START + SHARE * (now.seconds - start) + cost
    assert clock.seconds >= cost * 3  # but it is called


def test_a_watcher_that_raises_is_told_so_and_left_alone():
    calls = []

    def broken(found):
        calls.append(found)
        raise RuntimeError("of the reader's own")

    clock = Clock(broken)
    for _time in range(3):
        clock.tell(progress())
    assert len(calls) == 1 and not clock.due
    assert clock.trouble == "watch was no longer called; it raised RuntimeError: of the reader's own"
    nobody = Clock(None)
    nobody.tell(progress())
    assert not nobody.due and not nobody.trouble


def test_an_interrupt_within_a_watcher_is_no_fault_of_the_watcher():
    def interrupted(_progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Clock(interrupted).tell(progress())


def test_progress_in_words():
    assert str(progress()) == (
        "epoch 1 of 4, step 3 of 40, loss 1.235, validation loss 0.9877, 12,346 examples/s, 75 s left"
    )
    done = progress(unit="tokens", loss=None, ended="finished", history={})
    assert str(done) == "epoch 1 of 4, step 3 of 40, 12,346 tokens/s"


def test_a_terminal_gets_one_line_written_over(monkeypatch):
    stderr = Terminal(monkeypatch)
    line = Line()
    for step in range(1, 30):
        line(progress(step=step, history={}))
    line(progress(step=40, ended="diverged", message="The loss became nan."))
    text = stderr.getvalue()
    assert text.count("\n") == 2 and text.endswith("diverged. The loss became nan.\n")
    widths = [len(part) for part in text.split("\n")[0].split("\r")]
    assert max(widths) < 80  # it has no other width to go by


def test_a_shorter_line_leaves_nothing_of_the_longer_one(monkeypatch):
    stderr = Terminal(monkeypatch)
    line = Line()
    line(progress(history={}))
    line(progress(history={}, loss=None, examples_per_second=None, seconds_left=None))
    _start, first, second = stderr.getvalue().split("\r")
    assert len(second) == len(first) and second.rstrip() == "epoch 1 of 4, step 3 of 40"


def test_who_watches_when_nobody_says(monkeypatch):
    Terminal(monkeypatch)
    monkeypatch.setattr(watching, "_default", None)
    assert isinstance(watcher_for(True), Line)
    monkeypatch.setattr(sys, "stderr", io.StringIO())  # a file, a pipe, a test
    assert watcher_for(True) is None
    monkeypatch.setattr(sys, "stderr", None)  # pythonw
    assert watcher_for(True) is None
    watching.set_default(lambda: print)
    assert watcher_for(True) is print
    watching.set_default(lambda: None)
    assert watcher_for(True) is None
    assert watcher_for(False) is watcher_for(None) is None
    assert watcher_for(print) is print
    for wrong in (3, "panel", [print]):
        with pytest.raises(TypeError, match="watch must be True, False or a function of a Progress"):
            watcher_for(wrong)


CELL = """
from bigmodel_nb.training import Progress, watching
line = watching.watcher_for(True)
for step in (10, 20):
    line(Progress("", step, 20, 1, 1, 20, 0.5, None, 1.0, None, None, "examples", [], {}, ended=None))
"""


@pytest.mark.process
def test_a_cell_without_the_panel_gets_a_line():
    """In a kernel that has not loaded widgets, and without the red ground of stderr."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    NotebookClient(notebook, timeout=120, kernel_name="python3", coalesce_streams=True).execute()
    (shown,) = notebook.cells[0].outputs
    assert (shown.output_type, shown.name) == ("stream", "stdout")
    assert "step 20 of 20" in shown.text and shown.text.count("\n") == 0


@pytest.fixture
def small(keras):
    x = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])

    def train(**settings):
        return fit(model, (x, x[:, :1]), validation_data=(x, x[:, :1]), batch_size=10, epochs=3, **settings)

    return train


def test_a_run_shows_its_start_and_its_end(small, capsys):
    told = []
    run = small(watch=told.append, schedule="cosine")
    first, last = told[0], told[-1]
    assert (first.step, first.steps, first.epoch, first.epochs, first.ended) == (0, 12, 1, 3, None)
    assert (last.step, last.epoch, last.ended, last.message) == (12, 3, "finished", "")
    assert list(last.losses) == run.losses and last.history == run.history and last.rate is not None
    assert last.unit == "examples" and last.seconds <= run.seconds["total"]
    assert len(told) <= 2 + run.seconds["total"] / SHORTEST
    assert capsys.readouterr() == ("", "")


def test_nothing_is_written_where_nobody_looks(small, capfd, monkeypatch):
    monkeypatch.setattr(watching, "_default", None)
    small()
    assert capfd.readouterr() == ("", "")


def test_a_run_survives_its_watcher(small):
    def broken(_progress):
        raise RuntimeError("of the reader's own")

    run = small(watch=broken)
    assert run.ended == "finished" and run.steps == 12
    assert len([note for note in run.notes if "watch was no longer called" in note]) == 1
