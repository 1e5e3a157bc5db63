"""Chapter 5 says what is so: what its prose claims of counts, gradients, faults and trained networks holds.
Trained with as many steps as the chapter takes, so that a busy machine gives the same numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest

from bigmodel_nb.exercises.recurrence import predictions

from .chapter import Chapter, read

STEM = "05-recurrent-networks"


@pytest.fixture(scope="module")
def chapter(root, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIGMODEL_RUNS", str(tmp_path_factory.mktemp("runs")))
        patch.setenv("BIGMODEL_PROGRESS", str(tmp_path_factory.mktemp("progress") / "progress.json"))
        chapter = Chapter(read(root, STEM))
        chapter.run("setup", "ladder-count", "ladder-orders", "embedding-run", "state-run", "lag-run")
        yield chapter
        chapter.close()


def test_counting_costs_what_is_said(chapter):
    bits = {rung.name: rung.bits for rung in chapter.defined["ladder"].rows}
    assert bits["uniform"] == pytest.approx(6.55, abs=0.15)
    assert 0.4 < bits["bigram"] / bits["uniform"] < 0.65
    assert predictions.bigram_gain["truth"] == "nearly half"
    assert bits["n-gram"] < bits["bigram"] - 1.2
    orders = dict(re.findall(r"^(\d) ([\d.]+)$", chapter.printed["ladder-orders"], re.MULTILINE))
    assert float(orders["5"]) < float(orders["8"]) < float(orders["3"])


def test_the_state_knows_the_order_of_letters(chapter):
    states = re.findall(r"\[(.*)\]", chapter.printed["state-run"])
    assert len(states) == len(set(states)) == 3


def test_gradients_vanish_and_explode_where_it_is_said(chapter):
    found = [
        [float(n) for n in re.findall(r"'(\d\S*)'", line)] for line in chapter.printed["lag-run"].splitlines()
    ]
    simple, lstm, _gru = np.array(found).T
    assert simple[0] < 1e-12 and simple[1] < 1e-3 and simple[-1] > 100
    assert (lstm[:2] > 100 * simple[:2]).all() and lstm[-1] < 10


@pytest.mark.tensorflow
def test_keras_computes_what_is_written_by_hand(chapter, keras):
    chapter.run("keras-import", "keras-agree-run")
    differences = re.findall(r"difference (\S+)", chapter.printed["keras-agree-run"])
    assert len(differences) == 3 and max(map(float, differences)) < 1e-5
    assert chapter.defined["model"].count_params() == 97_566


@pytest.mark.tensorflow
def test_what_is_claimed_of_the_rungs_and_of_their_memory_holds(chapter, keras):
    """The GRU comes before the window MLP, the simple RNN last; what memory saves is far below a quarter of a
    bit, and counting is as good as any of them."""
    if "keras" not in chapter.defined:
        chapter.run("keras-import")
    climb = chapter.sources["climb-run"]
    chapter.sources["climb-run"] = climb.replace(', "LSTM": 1500', "")  # of which little is claimed
    chapter.run("climb-run", "by-place")
    bits = {rung.name: rung.bits for rung in chapter.defined["ladder"].rows}
    assert bits["GRU"] < bits["window MLP"] < bits["simple RNN"]
    assert bits["n-gram"] < bits["GRU"] + 0.02
    assert abs(bits["window MLP"] - bits["GRU"]) < 0.25
    assert predictions.long_memory["truth"].startswith("hardly any")
    window, gru = (
        [float(n) for n in re.findall(r": ([\d.]+)", line)]
        for line in chapter.printed["by-place"].splitlines()
    )
    assert window[0] > 3.5 and gru[0] > 3.5 and window[1] < 2.4 and gru[1] < 2.4
    assert 0 < window[2] - gru[2] < 0.15 and 0 < window[3] - gru[3] < 0.15


@pytest.mark.tensorflow
def test_both_faults_do_what_is_said_of_them(chapter, keras):
    if "keras" not in chapter.defined:
        chapter.run("keras-import")
    chapter.run("break-copy", "break-relu-run")
    said, sample = chapter.printed["break-copy"].splitlines()
    assert float(re.search(r"[\d.]+", said)[0]) < 0.1 and "llllll" in sample
    assert predictions.own_target["truth"] == "fall to nearly 0"
    tanh, relu = (
        [float(n) for n in re.findall(r"'(\d[\d.]*|inf|nan)'", line)]
        for line in chapter.printed["break-relu-run"].splitlines()
    )
    assert tanh[1] < 2.6 and not relu[1] < 3.1


@pytest.mark.tensorflow
def test_the_adding_problem_and_the_forecasts_end_as_is_said(chapter, keras):
    if "keras" not in chapter.defined:
        chapter.run("keras-import")
    chapter.sources["further-adding-run"] = chapter.sources["further-adding-run"].replace(
        "(20, 100)", "(20,)"
    )
    chapter.run("further-adding-run", "further-forecast-run")
    simple, gru = (float(n) for n in re.findall(r"error ([\d.]+)", chapter.printed["further-adding-run"]))
    assert simple > 0.1 and gru < 0.02
    assert predictions.adding_long["truth"] == "the GRU"
    rows = {
        line.split()[0]: [float(n) for n in line.split()[1:]]
        for line in chapter.printed["further-forecast-run"].splitlines()[1:5]
    }
    assert rows["model"][0] > rows["linear"][0]
    assert all(ours < theirs / 2 for ours, theirs in zip(rows["model"][1:], rows["linear"][1:], strict=True))
    assert rows["persistence"][2] > rows["mean"][2]
