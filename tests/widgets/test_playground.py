"""The playground: what it shows is what maths computes, and its state can be had again, in three ways."""

from __future__ import annotations

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
