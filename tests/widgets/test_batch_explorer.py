"""Three kinds of descent on real data: what is shown is what maths computes, and can be made again."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.data import bundled
from bigmodel_nb.figures.batches import BatchFigure
from bigmodel_nb.maths.noise_ball import noise_radius
from bigmodel_nb.maths.regression import Problem, train
from bigmodel_nb.maths.scaling import standardize
from bigmodel_nb.maths.schedules import SCHEDULES, for_steps
from bigmodel_nb.widgets import BatchExplorer, Prediction
from bigmodel_nb.widgets.batches import DATA, KINDS
from bigmodel_nb.widgets.ticking import BY_ITSELF
from bigmodel_nb.widgets.words import amount


@st.composite
def states(draw) -> dict:
    """Arguments of a BatchExplorer: every control in a place of its own."""
    data = draw(st.sampled_from(list(DATA)))
    passes = draw(st.integers(1, 3))
    rows = {"diabetes": 442, "breast cancer": 569}[data]
    kinds = draw(st.lists(st.sampled_from(KINDS), max_size=3, unique=True))
    return {
        "data": data,
        "kinds": sorted(kinds, key=KINDS.index),
        "rate": draw(st.floats(1e-4, 1)),
        "batch_size": draw(st.integers(1, 700)),
        "passes": passes,
        "schedule": draw(st.sampled_from(list(SCHEDULES))),
        "seed": draw(st.integers(0, 99)),
        "zoom": draw(st.booleans()),
        "position": draw(st.integers(0, passes * rows)),
    }


def apply(explorer: BatchExplorer, state: dict) -> None:
    """Moves the controls of an explorer into a state."""
    explorer.data.value = state["data"]
    for name, box in explorer.kinds.items():
        box.value = name in state["kinds"]
    for name in ("rate", "batch_size", "passes", "schedule", "seed", "zoom"):
        getattr(explorer, name).value = state[name]
    explorer.transport.position = state["position"]


def problem(data: str) -> Problem:
    if data == "diabetes":
        rows = bundled.load_diabetes()
        return Problem(standardize(rows.x[:, rows.feature_names.index("bmi")]), rows.y, "squared")
    rows = bundled.load_breast_cancer()
    return Problem(standardize(rows.x[:, rows.feature_names.index("mean radius")]), rows.y, "logistic")


def expected(state: dict) -> list:
    """The paths of a state, computed without the explorer."""
    task = problem(state["data"])
    rows = len(task)
    sizes = {"batch": rows, "mini-batch": min(state["batch_size"], rows), "stochastic": 1}
    paths = []
    for kind in state["kinds"]:
        steps = state["passes"] * -(-rows // sizes[kind])
        paths.append(
            train(
                task,
                batch_size=sizes[kind],
                learning_rate=state["rate"],
                examples=state["passes"] * rows,
                seed=state["seed"],
                schedule=for_steps(state["schedule"], steps),
            )
        )
    return paths


def same(paths, others) -> bool:
    assert len(paths) == len(others)
    for path, other in zip(paths, others, strict=True):
        np.testing.assert_array_equal(path.points, other.points)
        np.testing.assert_array_equal(path.losses, other.losses)
        assert path.diverged_at == other.diverged_at
    return True


@pytest.fixture(scope="module")
def well_used():
    """One explorer that goes through all examples: what came before must not show."""
    explorer = BatchExplorer()
    yield explorer
    explorer.close()


@settings(max_examples=5)
@given(state=states())
def test_any_state_is_computed_drawn_and_printed(well_used, run_cell, state):
    """The picture updated in place is, pixel for pixel, the one that the printed cell draws from scratch."""
    with well_used.together():
        apply(well_used, state)
    assert well_used.message == ""
    assert same(well_used.paths, expected(state))
    names, figure = run_cell(well_used.code())
    assert same(list(names["runs"].values()), well_used.paths)
    assert isinstance(figure, BatchFigure)
    assert figure.encode()[1] == bytes(well_used.image.value)


@settings(max_examples=3)
@given(state=states())
def test_arguments_of_the_constructor_reproduce_a_state(well_used, state):
    with well_used.together():
        apply(well_used, state)
    fresh = BatchExplorer(**state)
    try:
        assert same(fresh.paths, well_used.paths) and fresh.radii == well_used.radii
        assert fresh.summary_text == well_used.summary_text
        assert fresh.code() == well_used.code()
        assert bytes(fresh.image.value) == bytes(well_used.image.value)
    finally:
        fresh.close()


@settings(max_examples=8)
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(["rate", "batch_size", "passes", "seed", "play"]), st.floats(0, 1)),
        min_size=1,
        max_size=3,
    )
)
def test_what_is_blitted_in_motion_is_what_a_whole_redraw_shows(page, well_used, moves):
    for name, where in moves:
        knob = well_used.transport.slider if name == "play" else getattr(well_used, name)
        low, high = knob.slider.min, knob.slider.max
        position = low + where * (high - low)
        page.drags(knob, 10**position if knob._log else round(position))
    assert well_used.message == ""
    blitted = np.asarray(well_used.figure.canvas.buffer_rgba()).copy()
    well_used.figure.redraw_all()
    well_used.figure.encode()
    np.testing.assert_array_equal(np.asarray(well_used.figure.canvas.buffer_rgba()), blitted)


# -- words --------------------------------------------------------------------------------------


def test_the_summary_compares_at_the_same_number_of_gradients(made):
    explorer = made(BatchExplorer(passes=2))
    batch, mini, single = explorer.paths
    assert [path.examples_seen[-1] for path in explorer.paths] == [884, 884, 884]
    words = explorer.summary_text
    assert words.startswith(
        "After 884 gradients of single examples: "
        f"batch has a loss of {amount(batch.final_loss, 4)} after 2 steps; "
        f"mini-batch of 32 has a loss of {amount(mini.final_loss, 4)} after 28 steps"
    )
    assert f"stochastic has a loss of {amount(single.final_loss, 4)} after 884 steps" in words
    explorer.transport.position = 100
    assert re.search(
        "batch has a loss of .* after 0 steps; .* after 3 steps; .* after 100 steps", explorer.summary_text
    )


def test_the_noise_ball_is_told_and_drawn_for_kinds_that_do_not_settle(made):
    explorer = made(BatchExplorer("breast cancer", passes=10))
    assert [path.kind for path in explorer.paths] == list(KINDS)
    surface = explorer.ground()[1]
    assert explorer.radii[1:] == [noise_radius(path, surface.minima[0]) for path in explorer.paths[1:]]
    assert explorer.radii[2] is not None
    assert f"lately {explorer.radii[2]:.2g} from the minimum" in explorer.summary_text
    rings = [ring.get_visible() for ring in explorer.figure._rings]
    assert rings == [False, explorer.radii[1] is not None, True]
    batch, _middle, single = explorer.summary_text.split("; ")
    assert "lately" not in batch and "lately" in single


def test_descent_on_all_rows_has_no_ring_even_where_it_swings_around_the_minimum(made, run_cell):
    x = standardize(np.linspace(-1, 1, 30))
    own = Problem(x, 3 * x + 1, "squared")
    explorer = made(BatchExplorer(own, ["batch"], rate=0.95, passes=12))
    assert explorer.radii[0] is not None and not any(ring.get_visible() for ring in explorer.figure._rings)
    assert "lately" not in explorer.summary_text
    _names, figure = run_cell(re.sub("task = .*\n", "", explorer.code()), task=own)
    assert figure.encode()[1] == bytes(explorer.image.value)


def test_nothing_is_chosen(page, made):
    explorer = made(BatchExplorer(kinds=[]))
    assert explorer.paths == [] and explorer.summary_text == "No kind is shown. Choose one."
    page.sends(explorer.kinds["stochastic"], value=True)
    assert "stochastic has a loss" in explorer.summary_text


def test_running_away_is_told(made, run_cell):
    explorer = made(BatchExplorer(rate=900.0))
    assert all(path.diverged_at is not None for path in explorer.paths)
    assert explorer.summary_text.count("diverged at step") == 3 and explorer.radii == [None] * 3
    _names, figure = run_cell(explorer.code())
    assert figure.encode()[1] == bytes(explorer.image.value)


@pytest.mark.parametrize(
    "data, rate", [("diabetes", 1e-320), ("diabetes", 1e100), ("breast cancer", 1e100), ("diabetes", 1.7e308)]
)
def test_absurd_rates_are_drawn_without_a_warning(page, well_used, data, rate):
    with well_used.silently():
        well_used.data.value = data
    page.types(well_used.rate, repr(rate))
    assert well_used.message == "" and well_used.rate.value == rate


# -- controls -----------------------------------------------------------------------------------


def test_other_data_bring_their_rate_and_their_length(page, made):
    explorer = made(BatchExplorer(passes=4))
    assert explorer.transport.last == explorer.transport.position == 4 * 442
    usual = explorer.rate.value
    page.sends(explorer.data, index=1)
    assert explorer.transport.last == explorer.transport.position == 4 * 569
    assert explorer.rate.value != usual
    page.sends(explorer.data, index=0)
    assert explorer.rate.value == usual and explorer.transport.last == 4 * 442


def test_the_length_is_limited_to_what_is_redrawn_at_once(page, made):
    explorer = made(BatchExplorer())
    page.types(explorer.passes, "45")
    assert explorer.passes.value == 45 and explorer.message == ""
    page.types(explorer.passes, "46")
    assert explorer.message.startswith("passes must be a whole number from 1 to 45; received: 46")
    page.sends(explorer.data, index=1)
    assert explorer.passes.value == 35 and explorer.passes.box.value == "35"
    assert explorer.message == ""


def test_a_kind_keeps_its_look_when_others_are_left_out(made):
    explorer = made(BatchExplorer(kinds=["stochastic"]))
    shown = [artists.look for artists in explorer.figure._artists if artists.path.get_visible()]
    assert [look.dash for look in shown] == [explorer.figure._artists[5].look.dash]
    assert explorer.looks() == [2]


def test_zoom_shows_the_neighborhood_of_the_minimum(page, made):
    explorer = made(BatchExplorer())
    minimum = explorer.ground()[1].minima[0]
    wide = explorer.figure.map.get_xlim()
    page.sends(explorer.zoom, value=True)
    left, right = explorer.figure.map.get_xlim()
    assert right - left < wide[1] - wide[0]
    assert (left + right) / 2 == pytest.approx(minimum[0])
    assert right - minimum[0] > max(radius for radius in explorer.radii[1:] if radius)
    page.drags(explorer.rate, 0.4)
    assert (explorer.figure.map.get_xlim() == (left, right)) == BY_ITSELF, "in motion the map stays"
    page.sends(explorer.zoom, value=False)
    assert explorer.figure.map.get_xlim() == wide


def test_a_problem_of_the_readers_own(page, made, run_cell):
    own = Problem(np.linspace(-1, 1, 20), np.linspace(-1, 1, 20) ** 3, "squared")
    explorer = made(BatchExplorer(own, rate=0.1, passes=2))
    assert explorer.ground()[0] is own and explorer.data.options[0] == ("your data", "own")
    assert same(explorer.paths[:1], [train(own, learning_rate=0.1, examples=40)])
    code = explorer.code()
    assert "put the Problem here" in code
    _names, figure = run_cell(re.sub("task = .*\n", "", code), task=own)
    assert figure.encode()[1] == bytes(explorer.image.value)
    page.sends(explorer.data, index=1)
    assert explorer.source()[0] == "load_diabetes"
    page.sends(explorer.data, index=0)
    assert explorer.ground()[0] is own and explorer.message == ""


@pytest.mark.parametrize(
    "x, y, loss",
    [
        ([1.0], [2.0], "squared"),
        ([3.0, 3.0, 3.0], [1.0, 2.0, 3.0], "squared"),
        ([0.0, 1.0, 2.0, 3.0], [0, 0, 1, 1], "logistic"),
        ([1e-9, 2e-9, 3e-9], [5.0, 7.0, 9.0], "squared"),
        ([1e6, 2e6, 3e6], [1e12, 2e12, 1e12], "squared"),
    ],
    ids=["one row", "constant feature", "separable classes", "tiny", "large"],
)
def test_data_without_a_round_valley(made, run_cell, x, y, loss):
    own = Problem(np.array(x), np.array(y), loss)
    explorer = made(BatchExplorer(own))
    assert explorer.message == "" and explorer.summary_text
    _names, figure = run_cell(re.sub("task = .*\n", "", explorer.code()), task=own)
    assert figure.encode()[1] == bytes(explorer.image.value)


def test_a_prediction_hides_the_descents(page, made):
    prediction = Prediction("01/kinds", "Which leads?", KINDS, truth="stochastic")
    explorer = made(BatchExplorer(prediction=prediction))
    hidden = bytes(explorer.image.value)
    assert "stand at the start" in explorer.summary_text
    page.drags(explorer.transport.slider, 300)
    explorer.settle()
    page.types(explorer.rate, "0.021")
    assert "loss of" not in explorer.summary_text
    explorer.prediction.choose("batch")
    assert "loss of" in explorer.summary_text and bytes(explorer.image.value) != hidden
