"""The playground: what it shows is what maths computes, and its state can be had again, in three ways."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.figures.playground import PlaygroundFigure
from bigmodel_nb.widgets import PlaygroundExplorer


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"data": "xor", "hidden": (), "inputs": ("x1", "x1 x2"), "epochs": 20, "theme": "dark"},
        {"data": "plane", "hidden": (3,), "optimizer": "Adam", "epochs": 5, "discretize": True},
        {"data": "spiral", "loss": "Huber", "hidden": (8,) * 6, "epochs": 2, "l1": 0.01, "dropout": 0.2},
        {"data": "moons", "patience": 5, "epochs": 300, "rate": 0.5, "unit": "1.2", "weight_from": "x2",
         "changes": [(3, "learning_rate", 0.2), (4, (0, 1, 1), 2.0)], "n": 100, "share": 0.8, "noise": 0.3},
    ],
)  # fmt: skip
def test_a_state_can_be_had_again(run_cell, made, state):
    """By the cell that is shown, pixel for pixel, and by the one line."""
    explorer = made(PlaygroundExplorer(**state))
    assert explorer.message == "" and explorer.summary_text
    names, figure = run_cell(explorer.code())
    assert isinstance(figure, PlaygroundFigure)
    assert names["trial"].train_losses == explorer.experiment.train_losses
    assert figure.encode()[1] == bytes(explorer.image.value)
    explorer.source.value = "one line"
    again = made(eval(explorer.code(), {"PlaygroundExplorer": PlaygroundExplorer}))
    assert again.code() == explorer.code() and again.summary_text == explorer.summary_text
    assert bytes(again.image.value) == bytes(explorer.image.value)


# -- training -----------------------------------------------------------------------------------


def test_ticks_train_and_those_after_a_pause_do_not(page, made, moving):
    explorer = made(PlaygroundExplorer(pace="10 epochs a second"))
    page.clicks(explorer.play_button)
    assert explorer.playing and explorer.play_button.description == "Pause"
    page.ticks(explorer.clock, 3, skip=2)
    assert explorer.experiment.epochs == 3 and explorer.image.format == moving
    assert explorer.summary_text.startswith("After 3 epochs the loss is ")
    page.clicks(explorer.play_button)
    assert not explorer.playing and explorer.image.format == "png"
    page.ticks(explorer.clock, 2)
    assert explorer.experiment.epochs == 3
    page.clicks(explorer.step_button)
    assert explorer.experiment.epochs == 4


def test_it_gets_faster_and_faster(page, made):
    explorer = made(PlaygroundExplorer(n=50))
    explorer.play()
    steps = []
    for _tick in range(12):
        before = explorer.experiment.epochs
        page.ticks(explorer.clock)
        steps.append(explorer.experiment.epochs - before)
    assert steps[0] <= 4 and all(
        1 <= step <= 4 + sum(steps[:place]) // 12 for place, step in enumerate(steps)
    )


def test_a_blocking_run_is_what_ticks_would_have_done(page, made):
    run, ticked = made(PlaygroundExplorer(n=60)), made(PlaygroundExplorer(n=60, pace="10 epochs a second"))
    run.run(4)
    ticked.play()
    page.ticks(ticked.clock, 4)
    assert run.experiment.train_losses == ticked.experiment.train_losses and run.image.format == "png"


def test_another_setting_begins_again_and_keeps_the_run(page, made):
    explorer = made(PlaygroundExplorer(epochs=5))
    losses = list(explorer.experiment.test_losses)
    explorer.play()
    page.sends(explorer.activation, index=0)
    assert explorer.experiment.epochs == 0 and not explorer.playing
    (run,) = explorer.runs
    assert run.test_losses == losses and run.epochs == 5 and run.number == 1 and "relu" not in run.settings
    assert "<table" in explorer.earlier.box.children[0].value
    explorer.run(2)
    page.clicks(explorer.reset_button)
    assert explorer.experiment.epochs == 0 and "activation='relu'" in explorer.runs[1].settings
    page.clicks(explorer.anew_button)
    assert explorer.seed.value == 1 and len(explorer.runs) == 2, "what came to nothing is not kept"
    page.clicks(explorer.earlier.forget_button)
    assert explorer.runs == [] and "No earlier run" in explorer.earlier.box.children[0].value


def test_rate_and_penalties_change_on_the_way(page, made):
    explorer = made(PlaygroundExplorer(epochs=5))
    page.types(explorer.rate, "0.3")
    page.types(explorer.dropout, "0.2")
    explorer.run(3)
    assert explorer.experiment.epochs == 8
    assert explorer.experiment.changes == [(5, "learning_rate", 0.3), (5, "dropout", 0.2)]
    explorer.source.value = "one line"
    assert "rate=" not in explorer.code().replace("learning_rate", "")
    page.clicks(explorer.reset_button)
    assert explorer.experiment.changes == [] and "rate=0.3, dropout=0.2" in explorer.code()


def test_a_weight_is_chosen_seen_and_changed(page, made):
    explorer = made(PlaygroundExplorer(hidden=(3, 2), unit="2.1", weight_from="3"))
    W = explorer.experiment.network.parameters[2]
    assert explorer.weight.value == pytest.approx(W[2, 0])
    before = explorer.summary_text, bytes(explorer.image.value)
    page.types(explorer.weight, "-4")
    assert explorer.experiment.network.parameters[2][2, 0] == -4
    assert explorer.summary_text != before[0] and bytes(explorer.image.value) != before[1]
    page.sends(explorer.weight_from, index=len(explorer.weight_from.options) - 1)
    assert explorer.looks.place() == (1, 3, 0) and explorer.weight.value == 0  # the bias
    page.drags(explorer.depth, 1)
    assert explorer.unit.value == "output" and explorer.message == ""
    assert [value for _title, value in explorer.unit.options] == ["output", "x1", "x2", "1.1", "1.2", "1.3"]


def test_other_data_bring_a_loss_that_fits_and_a_loss_that_does_not_is_refused(page, made):
    explorer = made(PlaygroundExplorer())
    page.sends(explorer.data, index=list(dict(explorer.data.options).values()).index("plane"))
    assert explorer.loss.value == "squared error" and "classified" not in explorer.summary_text
    page.sends(explorer.loss, index=0)
    assert (
        explorer.message.startswith("loss must be one of quantities")
        and explorer.loss.value == "squared error"
    )
    page.sends(explorer.data, index=0)
    assert explorer.loss.value == "binary cross-entropy" and explorer.message == ""
    for box in explorer.inputs.values():
        page.sends(box, value=False)
    assert explorer.message.startswith("inputs must be at least one of") and explorer.chosen_inputs() == [
        "x2"
    ]


def test_it_says_how_a_run_ended(made):
    stopped = made(PlaygroundExplorer("moons", n=60, noise=0.4, patience=3, rate=0.5, epochs=500))
    assert f"went back to epoch {stopped.experiment.best_epoch}" in stopped.summary_text
    stopped.play()
    assert not stopped.playing
    wild = made(PlaygroundExplorer("plane", (), rate=3.0, epochs=500))
    assert wild.experiment.diverged and "It diverged" in wild.summary_text


@pytest.mark.parametrize(
    "state",
    [
        {"hidden": (3,), "activation": "relu", "l2": 0.01, "optimizer": "momentum"},
        {"data": "plane", "hidden": (), "optimizer": "Adam"},
        {"hidden": (4, 2), "loss": "squared error", "l1": 0.001},
    ],
)
def test_the_keras_cell_trains_the_same_network(keras, made, run_cell, state):
    """All points in each batch, so that their order plays no part."""
    explorer = made(PlaygroundExplorer(**state, n=40, batch_size=20, epochs=4, source="keras"))
    names, loss = run_cell(explorer.code())
    for theirs, ours in zip(
        names["model"].get_weights(), explorer.experiment.network.parameters, strict=True
    ):
        np.testing.assert_allclose(theirs, ours, atol=1e-5)
    wanted = explorer.experiment.test_losses[-1] + explorer.experiment.network.penalty
    assert loss == pytest.approx(wanted, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(
    "state", [{"dropout": 0.2, "activation": "leaky relu"}, {"patience": 2, "rate": 0.3}]
)
def test_the_keras_cell_of_what_is_random_runs(keras, made, run_cell, state):
    explorer = made(PlaygroundExplorer(**state, n=40, batch_size=20, epochs=2, source="keras"))
    names, _loss = run_cell(explorer.code())
    assert names["model"].count_params() == explorer.start.count


# -- what the lessons ask -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
def test_the_questions_of_chapter_2_have_the_answers_that_it_gives(made, seed):
    straight = made(PlaygroundExplorer("xor", (), seed=seed, epochs=300))
    assert straight.experiment.right()[1] < 0.75, "exclusive or without a hidden layer"
    bent = made(PlaygroundExplorer("xor", (), ("x1", "x2", "x1 x2"), seed=seed, epochs=100))
    assert bent.experiment.right()[1] > 0.95
    zero = made(PlaygroundExplorer(initializer="zeros", seed=seed, epochs=200))
    assert zero.experiment.train_losses[-1] > 0.69, "all weights zero"
    stalled = made(PlaygroundExplorer(hidden=(8,) * 6, activation="sigmoid", seed=seed, epochs=100))
    assert stalled.experiment.train_losses[-1] > 0.69, "six layers of sigmoid units"
    moving = made(PlaygroundExplorer(hidden=(8,) * 6, activation="tanh", seed=seed, epochs=100))
    assert moving.experiment.train_losses[-1] < 0.3
