"""A sweep trained by the page's ticks, by the real engine: it fills, pauses, goes on, ends, and survives."""

from __future__ import annotations

import html
import math
import re

import numpy as np
import pytest

from bigmodel_nb.models import build_mlp
from bigmodel_nb.widgets import SweepExplorer, sweep_training
from bigmodel_nb.widgets.ticking import BY_ITSELF

pytestmark = pytest.mark.tensorflow

_random = np.random.default_rng(0)
X = _random.normal(size=(96, 4)).astype("float32")
Y = (X[:, 0] * X[:, 1] > 0).astype("int32")
DATA, HELD = (X[:64], Y[:64]), (X[64:], Y[64:])
SAME = {"input_shape": (4,), "num_outputs": 2, "widths": (8,), "validation_data": HELD, "epochs": 3}
RATES, SEEDS = [0.01, 0.1], [0, 1]


@pytest.fixture
def new(made, keras):
    """`new(...)` is an explorer of four small members."""

    def explorer(builder=build_mlp, data=DATA, **changes) -> SweepExplorer:
        given = {"learning_rate": RATES, "seed": SEEDS, **SAME} | changes
        return made(SweepExplorer(builder, data, **given))

    return explorer


def shows(explorer) -> list[str]:
    """What is written in the cells of the heat map."""
    return [text.get_text() for row in explorer.figure._cells for _ground, _hatched, text in row]


def tick_to_the_end(page, explorer) -> None:
    for _tick in range(500):
        if not explorer.row.running:
            return
        page.ticks(explorer.row.clock)
    raise AssertionError("it does not end")


def test_it_fills_while_the_page_ticks_and_ends_by_itself(page, new):
    explorer = new()
    assert explorer.state == "new" and "4 members, not trained yet" in explorer.row.said
    assert shows(explorer) == ["", ""] and "none is trained yet" in explorer.summary_text
    page.clicks(explorer.row.train_button)
    assert explorer.state == "running" and explorer.row.train_button.description == "Pause"
    tick_to_the_end(page, explorer)
    assert explorer.state == "over" and explorer.message == ""
    assert [member.run.epochs for member in explorer.sweep.members] == [3] * 4
    assert "4 of 4 members done" in explorer.row.said and explorer.row.bar.value == 1000
    assert explorer.row.train_button.description == "Train again" and explorer.row.stop_button.disabled
    assert all("±" in cell for cell in shows(explorer)) and "Best of 2 settings" in explorer.summary_text
    names = [name for _label, name in explorer.metric.options]
    assert names == explorer.sweep.metrics and {"val_loss", "val_accuracy"} <= set(names)
    assert explorer.metric.value == "val_loss" and explorer.image.format == "png"


def test_pause_holds_it_and_go_on_goes_on(page, new):
    explorer = new(epochs=200)
    page.clicks(explorer.row.train_button)
    page.ticks(explorer.row.clock, 3)
    page.clicks(explorer.row.train_button)
    assert explorer.state == "paused" and explorer.row.train_button.description == "Go on"
    steps = [member.run and member.run.steps for member in explorer.sweep.members]
    page.ticks(explorer.row.clock, 3)
    assert [member.run and member.run.steps for member in explorer.sweep.members] == steps
    sweep = explorer.sweep
    page.clicks(explorer.row.train_button)
    page.ticks(explorer.row.clock, 2)
    assert explorer.sweep is sweep, "it goes on and does not begin anew"
    page.clicks(explorer.row.stop_button)
    assert explorer.state == "over"
    assert {member.run.ended for member in sweep.members if member.run} <= {"interrupted", "finished"}
    assert explorer.row.stop_button.disabled


def test_run_trains_to_the_end_and_the_code_trains_the_same(new, run_cell):
    explorer = new(view="curves")
    sweep = explorer.run()
    assert sweep is explorer.sweep and explorer.state == "over"
    assert explorer.run() is sweep, "what has ended stays"
    code = explorer.code().replace("data = ...", "data = given").replace("=...", "=held")
    names, figure = run_cell(code, given=DATA, held=HELD)
    assert names["result"].values == sweep.values
    for member, again in zip(sweep.members, names["result"].members, strict=True):
        assert member.settings == again.settings
        assert again.run.history["val_loss"] == pytest.approx(member.run.history["val_loss"], abs=1e-5)
    assert type(figure) is type(explorer.figure)


def test_the_cell_of_the_best_trains_one_such_model(new, run_cell):
    explorer = new(weight_decay=[0.0, 0.1], optimizer="sgd", batch_size=16)
    explorer.run()
    explorer.use_best()
    code = html.unescape(re.sub("<.*?>", "", explorer._best_code.value))
    code = code.replace("data = ...", "data = given").replace("=...", "=held")
    names, _last = run_cell(code + "run\n", given=DATA, held=HELD)
    run = names["run"]
    assert run.config["learning_rate"] == explorer.used["learning_rate"] and run.config["batch_size"] == 16
    assert run.config["optimizer"] == "SGD" and run.epochs == 3
    assert run.config["optimizer_settings"].get("weight_decay", 0.0) == explorer.used["weight_decay"]


def test_run_for_a_while_and_then_to_the_end(new):
    explorer = new(epochs=400)
    explorer.run(seconds=0.2)
    assert explorer.state == "paused"
    explorer.stop()
    with pytest.raises(ValueError, match=r"^seconds must be"):
        explorer.run(seconds=-1)


def test_other_values_wait_for_train_and_begin_anew(page, new):
    explorer = new()
    first = explorer.run()
    page.sends(explorer.values["learning_rate"].box, value="0.001, 0.01, 0.1")
    assert explorer.sweep is first and "Train begins anew, with 6 members" in explorer.row.said
    assert explorer.row.train_button.description == "Train"
    page.sends(explorer.values["seed"].box, value="5")
    page.types(explorer.epochs, "2")
    explorer.run()
    assert explorer.sweep.values == {"learning_rate": [0.001, 0.01, 0.1], "seed": [5]}
    assert [member.run.epochs for member in explorer.sweep.members] == [2] * 3
    assert len(shows(explorer)) == 3 and "anew" not in explorer.row.said


def test_before_it_has_begun_other_values_are_shown_at_once(page, new):
    explorer = new()
    page.sends(explorer.cell["learning_rate"], index=2)
    page.sends(explorer.values["learning_rate"].box, value="0.1, 0.5, 0.9")
    assert len(shows(explorer)) == 3 and "6 members, not trained yet" in explorer.row.said
    assert explorer.chosen == {"learning_rate": 0.1}, "the chosen value stays chosen"
    page.sends(explorer.values["learning_rate"].box, value="0.5")
    assert explorer.chosen == {}
    page.sends(explorer.values["learning_rate"].box, value="0.5, fast")
    assert "learning_rate must be numbers with commas" in explorer.message
    page.sends(explorer.values["learning_rate"].box, value=", ".join(str(n / 100) for n in range(1, 33)))
    page.sends(explorer.values["seed"].box, value=", ".join(str(n) for n in range(32)))
    assert len(explorer.sweep.members) == 1024 and explorer.message == ""


def test_a_member_that_diverges_is_hatched_and_told(new):
    explorer = new(learning_rate=[0.01, 1e30], optimizer="sgd")
    explorer.run()
    assert shows(explorer)[1] == "✕" and explorer.figure._cells[0][1][1].get_visible()
    assert "2 of 4 members diverged." in explorer.summary_text
    assert explorer.best == {"learning_rate": 0.01}


# -- what readers do ----------------------------------------------------------------------------


def test_a_builder_that_fails_gets_a_sentence(page, keras):
    def broken(units):
        raise RuntimeError(f"no layer of {units} <units>")

    explorer = SweepExplorer(broken, DATA, units=[1, 2], epochs=2)
    try:
        page.clicks(explorer.row.train_button)
        assert "It cannot be trained" in explorer.message and "no layer of 1 <units>" in explorer.message
        assert explorer.state == "new" and "not trained yet" in explorer.row.said
        assert explorer.run() is explorer.sweep and "no layer of 1" in explorer.message
    finally:
        explorer.close()


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"depth": [1, 2]}, "depth"),
        ({"data": "digits"}, "data must be"),
        ({"data": (np.full_like(X, np.nan), Y)}, "data"),
        ({"data": (X[:10], Y[:9])}, "data"),
        ({"optimizer": "fastest"}, "optimizer"),
        ({"dropout": [0.1, 1.5]}, "dropout"),
    ],
)
def test_what_the_engine_refuses_is_told_and_can_be_mended(page, new, changes, words):
    explorer = new(**changes)
    page.clicks(explorer.row.train_button)
    assert words in explorer.message and not explorer.row.running and explorer.state == "new"
    assert "Something went wrong" not in explorer.message
    if "dropout" in changes:
        page.sends(explorer.values["dropout"].box, value="0.1, 0.2")
        assert explorer.message == ""
        explorer.run()
        assert explorer.state == "over" and explorer.message == ""


def test_a_sweep_in_which_all_diverge_is_no_trouble(new):
    explorer = new(learning_rate=[1e30, 1e31], optimizer="sgd")
    explorer.run()
    assert explorer.state == "over" and explorer.best is None and explorer.message == ""
    for view in ("curves", "importance", "parallel", "heat map"):
        explorer.view.value = view
        assert explorer.message == ""
    assert "4 of 4 members diverged" in explorer.summary_text


def test_closing_it_while_it_trains_ends_the_training(page, new, models):
    new().close()
    before = models()
    explorer = new(epochs=500)
    page.clicks(explorer.row.train_button)
    page.ticks(explorer.row.clock, 2)
    sweep, clock = explorer.sweep, explorer.row.clock
    explorer.close()
    assert models() == before and not clock.running
    steps = [member.run and member.run.steps for member in sweep.members]
    explorer.tick(0.1)
    explorer.train()
    assert [member.run and member.run.steps for member in sweep.members] == steps
    assert "running" not in {member.run.ended for member in sweep.members if member.run}


def test_a_page_that_ticks_rarely_gets_longer_slices(new, monkeypatch):
    asked: list[float] = []
    now = [100.0]
    monkeypatch.setattr(sweep_training.time, "monotonic", lambda: now[0])
    row = sweep_training.TrainingRow(asked.append, lambda: None, lambda: None)
    try:
        row.start()
        for gap in (0.05, 0.1, 0.8, 60.0):
            now[0] += gap
            row._tick()
        assert asked == pytest.approx([0.1, 0.1, 0.4, 0.5])
    finally:
        row.close()


def test_the_time_left_follows_the_pace():
    row = sweep_training.TrainingRow(lambda seconds: None, lambda: None, lambda: None)
    assert math.isnan(row.seconds_left(0.0))
    row.spent(5.0, 0.0)  # what is compiled before anything is trained
    row.spent(1.0, 0.1)
    row.spent(2.0, 0.3)
    assert row.seconds_left(0.3) == pytest.approx(7.0)
    row.close()


def test_train_by_the_button_of_an_old_page(new, page):
    """In ipywidgets 7 only the Play widget's own button starts the ticks."""
    explorer = new()
    explorer.row.clock.start()
    for _tick in range(200):
        if not explorer.row.running:
            break
        page.ticks(explorer.row.clock)
    assert explorer.state == "over" and (BY_ITSELF or "arrow" not in explorer.row.said)


def test_no_framework_is_loaded_before_it_trains(python):
    asked = python(
        "import sys\n"
        "from bigmodel_nb.models import build_mlp\n"
        "from bigmodel_nb.widgets import SweepExplorer\n"
        "explorer = SweepExplorer(build_mlp, ([[1.0]], [0]), learning_rate=[0.1, 0.2], seed=[0, 1])\n"
        "for view in ('curves', 'importance', 'parallel'): explorer.view.value = view\n"
        "assert explorer.summary_text and not explorer.message\n"
        "print([name for name in ('keras', 'tensorflow', 'sklearn') if name in sys.modules])"
    )
    assert asked.stdout.splitlines()[-1] == "[]"
