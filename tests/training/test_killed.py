"""`kill -9` at random moments: the run that goes on ends bit for bit like one that was never stopped, and no
checkpoint is ever unreadable."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bigmodel_nb.training import checkpoint as checkpoints

HERE = Path(__file__).parent
SOAK = bool(os.environ.get("BIGMODEL_SOAK"))
KILLS = 20 if SOAK else 2  # of each model
WRITER_KILLS = 200 if SOAK else 12
FAMILIES = ("MLP", "CNN", "LSTM", "GPT")


class Nursery:
    """The process that forks runs, and what it says."""

    def __init__(self, runs: Path):
        self.errors = (runs / "stderr.txt").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "kill_trials.py")],
            env={**os.environ, "BIGMODEL_RUNS": str(runs), "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )

    def start(self, family: str, name: str, result: Path | None = None) -> int:
        order = {"family": family, "name": name, "result": None if result is None else str(result)}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self.heard().removeprefix("pid "))

    def heard(self) -> str:
        words = self.process.stdout.readline().strip()
        assert words, self.complaints()
        return words

    def until_death(self) -> list[str]:
        """All that is said until the child is dead; the last is its status."""
        said = [self.heard()]
        while not said[-1].startswith("died"):
            said.append(self.heard())
        return said

    def complaints(self) -> str:
        self.errors.seek(0)
        return self.errors.read()[-4000:]

    def close(self) -> None:
        self.process.communicate()
        self.errors.close()


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def nursery(runs):
    nursery = Nursery(runs)
    yield nursery
    nursery.close()


@pytest.mark.process
@pytest.mark.parametrize("family", FAMILIES)
def test_a_killed_run_ends_like_one_that_was_never_stopped(nursery, runs, tmp_path, family):
    straight = tmp_path / "straight.npz"
    nursery.start(family, f"{family}-straight", straight)
    assert nursery.heard() == "began"
    began = time.perf_counter()
    assert nursery.until_death() == ["ended", "died 0"], nursery.complaints()
    took = time.perf_counter() - began
    expected = np.load(straight)

    moments = random.Random()
    kills, chain, resumed_at = 0, 0, []
    while kills < KILLS:
        assert chain < 3 * KILLS, "the runs end before they can be killed"
        chain += 1
        name, result = f"{family}-{chain}", tmp_path / f"{chain}.npz"
        for latest in (0.9, 0.6):  # shares of the run: the second is shorter
            child = nursery.start(family, name)
            if moments.random() < 0.85:
                nursery.heard()  # "began", or "ended" where next to nothing was left
                time.sleep(moments.uniform(0, took * latest))
            else:  # while it builds, loads or compiles
                time.sleep(moments.uniform(0, 1.0))
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself: no kill, as is counted
                os.kill(child, signal.SIGKILL)
            kills += nursery.until_death()[-1] == f"died {int(signal.SIGKILL)}"
            stored = checkpoints.read(runs / name)  # raises where it cannot be read
            resumed_at.append(None if stored is None else stored.facts["step"])
        nursery.start(family, name, result)
        assert nursery.until_death()[-1] == "died 0", nursery.complaints()
        found = np.load(result)
        assert set(found.files) == set(expected.files)
        for key in expected.files:
            assert np.array_equal(found[key], expected[key]), (key, resumed_at)
        assert {path.name for path in (runs / name).iterdir()} == {"checkpoint.npz", "run.json"}
    print(f"{family}: {kills} kills in {chain} runs of {took:.1f} s, gone on with at {resumed_at}")
    assert nursery.complaints() == ""  # nothing is written where stderr is no terminal


WRITER = """
import pathlib, sys
import numpy as np
from bigmodel_nb.training.checkpoint import Checkpoint, write
from bigmodel_nb.training.run import Run

folder = pathlib.Path(sys.argv[1])
for number in range(10**9):
    arrays = {f"model/{place}": np.full(20_000, number + place) for place in range(4)}
    facts = dict.fromkeys(("epoch", "best_value", "part", "callbacks", "run", "job"))
    write(folder, Checkpoint(arrays, {"step": number, **facts}))
    Run(steps=number, losses=[1.0] * 1000).save(folder / "run.json")
    if number == 0:  # both files are there
        print("began", flush=True)
"""


@pytest.mark.process
def test_no_checkpoint_is_torn_by_a_kill_while_it_is_written(tmp_path):
    moments = random.Random()
    cut = 0
    for _trial in range(WRITER_KILLS):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        with writer:
            assert writer.stdout.readline() == b"began\n"
            time.sleep(moments.uniform(0, 0.03))
            writer.kill()
        cut += bool(list(tmp_path.glob(".*.part")))
        stored = checkpoints.read(tmp_path)
        number = stored.facts["step"]
        assert [array[0] - number for array in stored.group("model")] == [0, 1, 2, 3]
        assert all((array == array[0]).all() for array in stored.group("model"))
        json.loads((tmp_path / "run.json").read_text())
    print(f"{WRITER_KILLS} kills of the writer, {cut} of them while a file was being written")
    assert cut  # some were: else this would not have tested anything
