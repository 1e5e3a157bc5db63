"""A finished sweep under controls: four views of it, its words, and the cells that make it again."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bigmodel_nb.figures.sweep_curves import SweepCurves
from bigmodel_nb.figures.sweep_importance import SweepImportance
from bigmodel_nb.figures.sweep_map import SweepMap
from bigmodel_nb.figures.sweep_parallel import SweepParallel
from bigmodel_nb.maths.importance import importance, luck
from bigmodel_nb.training.run import Run
from bigmodel_nb.training.sweep_record import Sweep
from bigmodel_nb.widgets import Prediction, SweepExplorer, sweep_picture
from bigmodel_nb.widgets.sweep_pictures import VIEWS, Shown
from bigmodel_nb.widgets.sweep_words import scatter, winners
from bigmodel_nb.widgets.words import amount

RATES, DROPOUTS, SEEDS = [0.001, 0.01, 0.1, 9.0], [0.0, 0.5], [0, 1, 2]
LOSSES = np.array([[0.5, 0.6], [0.2, 0.3], [0.4, 0.25], [np.nan, np.nan]])
NOISE = np.array([-0.02, 0.0, 0.02])


def build(dropout: float = 0.0):
    raise AssertionError("no model is built for a finished sweep")


def filled(**others) -> Sweep:
    """A sweep whose validation losses are LOSSES plus NOISE of the seed; the highest rate diverged."""
    values = {"learning_rate": RATES, "dropout": DROPOUTS, "seed": SEEDS}
    sweep = Sweep.of(values | others, fixed={"optimizer": "adam", "batch_size": 32}, seconds=1.5)
    for member in sweep.members:
        row, column, seed = (
            values[name].index(member.settings[name]) for name in ("learning_rate", "dropout", "seed")
        )
        loss = float(LOSSES[row, column] + NOISE[seed])
        if math.isnan(loss):
            member.run = Run(ended="diverged", history={"loss": [9.0], "val_loss": [9.0]}, epochs=1)
            continue
        falling = [loss + 0.1 * left for left in (3, 2, 1, 0)]
        history = {"loss": falling, "val_loss": falling, "val_accuracy": [1 - one / 2 for one in falling]}
        member.run = Run(history=history, epochs=4, best_epoch=4, config={"epochs": 4})
    return sweep


SWEEP = filled()


@pytest.fixture
def explorer(made):
    return made(SweepExplorer(sweep=SWEEP))


def test_the_heat_map_has_the_means_over_seeds(explorer):
    assert isinstance(explorer.figure, SweepMap) and explorer.row not in explorer.children
    cells = [[text.get_text() for _g, _h, text in row] for row in explorer.figure._cells]
    assert cells[0] == ["0.500\n± 0.020", "★ 0.200\n± 0.020", "0.400\n± 0.020", "✕"]
    assert explorer.best == {"learning_rate": 0.01, "dropout": 0.0}


def test_the_summary_names_the_best_and_how_far_to_believe_it(explorer):
    said = explorer.summary_text
    gain = amount(luck(6, 0.02, 3), 2)
    assert said.startswith(
        "Best of 8 settings: learning rate 0.01, dropout 0, validation loss 0.2 ± 0.02 over 3"
    )
    assert "6 of 24 members diverged." in said
    assert f"were all 6 settings equally good, luck alone would put the best about {gain} ahead" in said
    assert said.endswith("open the test set once, for the one you chose.")


def test_every_view_is_drawn_and_told(page, explorer):
    kinds = dict(zip(VIEWS, (SweepMap, SweepCurves, SweepImportance, SweepParallel), strict=True))
    pictures = set()
    for place, (view, kind) in enumerate(kinds.items()):
        page.sends(explorer.view, index=place)
        assert explorer.view.value == view and isinstance(explorer.figure, kind) and explorer.message == ""
        pictures.add(bytes(explorer.image.value))
    assert len(pictures) == 4
    page.sends(explorer.view, index=2)
    values = np.array([SWEEP.value_of(m, "val_loss") for m in SWEEP.members]).reshape(4, 2, 3)
    values[3] = np.nanmax(values)
    found = importance(values, chance=2)
    assert f"Share of the variance: learning rate {found.shares[0]:.0%}, dropout" in explorer.summary_text
    assert "Diverged members count as the worst that did not." in explorer.summary_text


def test_a_cell_is_chosen_by_its_controls_and_its_curves_are_shown(page, explorer):
    page.sends(explorer.cell["learning_rate"], index=2)
    assert explorer.figure._chosen_frame.get_height() > 1 > explorer.figure._chosen_frame.get_width()
    page.sends(explorer.cell["dropout"], index=1)
    assert explorer.chosen == {"learning_rate": 0.01, "dropout": 0.0}
    assert explorer.figure._chosen_frame.get_height() < 1
    page.sends(explorer.view, index=1)
    line = explorer.figure._lines[explorer.figure.right][0][0]
    np.testing.assert_allclose(line.get_ydata(), [0.5, 0.4, 0.3, 0.2])
    assert "Shown is learning rate 0.01, dropout 0: validation loss 0.18, 0.2, 0.22." in explorer.summary_text
    page.sends(explorer.cell["dropout"], index=0)
    assert [len(one[0].get_ydata()) for one in explorer.figure._lines[explorer.figure.right]][:3] == [4, 4, 0]
    page.sends(explorer.cell["seed"], index=3)
    assert explorer.figure._lines[explorer.figure.right][0][0].get_ydata()[-1] == pytest.approx(0.22)


def test_a_knob_that_is_not_on_an_axis_is_held_fast(page, explorer):
    page.sends(explorer.cell["seed"], index=1)
    cells = [[text.get_text() for _g, _h, text in row] for row in explorer.figure._cells]
    assert cells[0][1] == "★ 0.180" and "seed 0" in explorer.figure.axes.get_title(loc="left")


def test_metric_and_axes_are_chosen(page, explorer):
    names = [name for _label, name in explorer.metric.options]
    assert names == ["loss", "val_loss", "val_accuracy"]
    page.sends(explorer.metric, index=2)
    assert explorer.figure._cells[0][1][2].get_text().startswith("★ 0.900")
    page.sends(explorer.across, index=1)  # dropout, which was down: they change places
    assert (explorer.across.value, explorer.down.value) == ("dropout", "learning_rate")
    assert len(explorer.figure._cells) == 4 and len(explorer.figure._cells[0]) == 2
    page.sends(explorer.down, index=0)
    assert explorer.down.value == "" and len(explorer.figure._cells) == 1
    page.sends(explorer.across, index=2)
    page.sends(explorer.down, index=3)
    assert (explorer.across.value, explorer.down.value) != ("seed", "seed") and explorer.message == ""


def test_one_knob_makes_one_row_and_cannot_go_down_too(page, made):
    sweep = Sweep.of({"learning_rate": [0.1, 0.2]})
    for member in sweep.members:
        member.run = Run(history={"loss": [member.settings["learning_rate"]]})
    explorer = made(SweepExplorer(sweep=sweep))
    assert explorer.metric.value == "loss" and explorer.down.value == ""
    page.sends(explorer.down, index=1)
    assert explorer.down.value == "" and explorer.across.value == "learning_rate"
    assert "one seed each does not tell by how much" in explorer.summary_text
    for place in range(4):
        page.sends(explorer.view, index=place)
        assert explorer.message == ""


# -- the same again -----------------------------------------------------------------------------


STATES = [
    {"view": "heat map", "chosen": {"learning_rate": 0.01, "dropout": 0.5}},
    {"view": "curves", "metric": "val_accuracy", "theme": "dark"},
    {"view": "importance", "across": "dropout", "down": "learning_rate"},
    {"view": "parallel", "chosen": {"dropout": 0.0}, "metric": "loss"},
]


@pytest.mark.parametrize("state", STATES, ids=[state["view"] for state in STATES])
def test_arguments_controls_and_code_make_the_same_picture(made, run_cell, state):
    given = made(SweepExplorer(sweep=SWEEP, **state))
    moved = made(SweepExplorer(sweep=SWEEP, theme=state.get("theme", "light")))
    for view in VIEWS:
        moved.view.value = view
    for name in ("view", "metric", "across", "down"):
        if name in state:
            getattr(moved, name).value = state[name]
    for name, value in state.get("chosen", {}).items():
        moved.cell[name].value = SWEEP.values[name].index(value)
    assert moved.summary_text == given.summary_text and moved.code() == given.code()
    assert bytes(moved.image.value) == bytes(given.image.value)
    line = given.code().splitlines()[-1]
    _names, figure = run_cell(line, result=SWEEP, sweep_picture=sweep_picture)
    assert figure.encode()[1] == bytes(given.image.value)


def test_the_best_is_shown_as_code_and_handed_to_the_studio(page, made):
    class Studio:
        taken = None

        def use(self, settings):
            self.taken = settings

    studio = Studio()
    explorer = made(SweepExplorer(build, (1, 2), sweep=SWEEP, studio=studio))
    page.clicks(explorer.best_button)
    assert studio.taken == explorer.used == {"learning_rate": 0.01, "dropout": 0.0}
    said = explorer._best_code.value
    assert "dropout=0.0)" in said and "learning_rate=0.01" in said and "epochs=4" in said
    studio.use = lambda settings: 1 / 0
    page.clicks(explorer.best_button)
    assert "The studio did not take these settings: division by zero" in explorer.message


def test_a_saved_sweep_shows_the_same(made, tmp_path, explorer):
    again = made(SweepExplorer(sweep=Sweep.load(SWEEP.save(tmp_path / "sweep.json"))))
    assert again.summary_text == explorer.summary_text
    assert bytes(again.image.value) == bytes(explorer.image.value)


# -- a prediction -------------------------------------------------------------------------------


def test_a_prediction_hides_what_came_of_it(page, made):
    explorer = made(SweepExplorer(sweep=SWEEP, prediction=True))
    hidden = bytes(explorer.image.value)
    assert "0.2" not in explorer.summary_text and explorer.view.layout.display == "none"
    page.clicks(explorer.best_button)
    assert explorer.used is None and "train first" in explorer.message
    page.clicks(explorer.prediction.buttons[1])
    assert "You predicted “other seeds have other winners”; it is “the same settings win each time”" in (
        explorer.prediction._feedback.value
    )
    assert bytes(explorer.image.value) != hidden and "Best of 8" in explorer.summary_text


def test_winners_are_found_for_each_seed():
    shown = Shown(SWEEP, "val_loss", "learning_rate", "dropout", {})
    assert winners(shown) == [2, 2, 2] and scatter(shown) == pytest.approx(0.02)
    other = filled()
    for member in other.members:
        if member.settings == {"learning_rate": 0.1, "dropout": 0.5, "seed": 1}:
            member.run.history["val_loss"][-1] = 0.01
    assert winners(Shown(other, "val_loss", "learning_rate", None, {})) == [2, 5, 2]


def test_the_own_question_of_a_lesson(made):
    asked = Prediction("01/sweep", "Which rate?", ["low", "high"], truth="low")
    explorer = made(SweepExplorer(sweep=SWEEP, prediction=asked, show=["view", "metric", "cell", "best"]))
    assert explorer.prediction is asked
    explorer.prediction.choose("low")
    assert "Best of 8" in explorer.summary_text


# -- wrong arguments ----------------------------------------------------------------------------

NEW = {"builder": build, "data": (1, 2), "learning_rate": [0.1, 0.2]}


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"builder": None}, "builder must be a function"),
        ({"builder": "mlp"}, "builder must be a function"),
        ({"data": None}, "data must be"),
        ({"learning_rate": 0.1}, "knobs must be lists of values"),
        ({"learning_rate": [0.1, "x"]}, "learning_rate must be"),
        ({"learning_rate": []}, "learning_rate must be"),
        (
            {"seed": list(range(32)), "dropout": list(np.linspace(0, 0.5, 32))},
            "knobs must be lists with at most",
        ),
        ({"epochs": 0}, "epochs must be"),
        ({"epochs": "many"}, "epochs must be"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"view": "table"}, "view must be one of"),
        ({"metric": 3}, "metric must be a name"),
        ({"across": "depth"}, "across must be one of"),
        ({"down": "learning_rate", "across": "learning_rate"}, "down must be another knob than across"),
        ({"chosen": {"learning_rate": 5}}, "chosen must be a dict of knobs"),
        ({"chosen": 5}, "chosen must be a dict of knobs"),
        ({"show": ["everything"]}, "show must be"),
        ({"prediction": "yes"}, "prediction must be"),
        ({"theme": "blue"}, "theme must be"),
        ({"sweep": 3}, "sweep must be a Sweep"),
        ({"sweep": SWEEP}, "learning_rate must be left out beside a finished sweep"),
    ],
)
def test_wrong_arguments_are_named_and_leave_no_widgets(models, changes, words):
    SweepExplorer(**NEW).close()  # layouts that are shared stay
    before = models()
    with pytest.raises((TypeError, ValueError), match=f"^{words}.*; received: "):
        SweepExplorer(**(NEW | changes))
    assert models() == before


def test_a_metric_that_nobody_measured_is_named(models):
    with pytest.raises(ValueError, match=r"^metric must be one of 'loss', 'val_loss', 'val_accuracy'"):
        SweepExplorer(sweep=SWEEP, metric="val_f1")
    with pytest.raises(TypeError, match=r"^sweep must be a Sweep"):
        sweep_picture("result")
    with pytest.raises(ValueError, match=r"^view must be one of"):
        sweep_picture(SWEEP, "pie")
