"""The race of optimizers: what it shows is what maths computes, and the printed cell makes it again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.figures.descent import DescentFigure
from bigmodel_nb.maths import surfaces
from bigmodel_nb.maths.descent import OPTIMIZERS, Adam, GradientDescent, descend
from bigmodel_nb.maths.schedules import SCHEDULES, for_steps
from bigmodel_nb.maths.surfaces import SURFACES
from bigmodel_nb.widgets import DescentExplorer
from bigmodel_nb.widgets.knob import Knob
from bigmodel_nb.widgets.words import amount

NAMES = list(OPTIMIZERS)
BOWL = surfaces.bowl()


@st.composite
def states(draw) -> dict:
    """Arguments of a DescentExplorer: every control in a place of its own."""
    surface = draw(st.sampled_from(list(SURFACES)))
    left, right, bottom, top = SURFACES[surface]().limits
    racers = draw(st.lists(st.sampled_from(NAMES), max_size=7, unique=True))
    steps = draw(st.integers(1, 120))
    knobs = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "momentum": st.fixed_dictionaries({"momentum": st.floats(0, 0.99)}),
                "RMSProp": st.fixed_dictionaries({"centered": st.booleans(), "rho": st.floats(0, 0.99)}),
                "Adam": st.fixed_dictionaries(
                    {"learning_rate": st.floats(1e-4, 3), "beta_1": st.floats(0, 0.99)}
                ),
            },
        )
    )
    return {
        "surface": surface,
        "racers": sorted(racers, key=NAMES.index),
        "rate": draw(st.floats(1e-4, 10)),
        "knobs": knobs,
        "condition": draw(st.floats(1, 1000)),
        "start": (draw(st.floats(left, right)), draw(st.floats(bottom, top))),
        "noise": draw(st.sampled_from([0.0, 0.3, 2.0])),
        "seed": draw(st.integers(0, 99)),
        "steps": steps,
        "schedule": draw(st.sampled_from(list(SCHEDULES))),
        "position": draw(st.integers(0, steps)),
        "arrows": draw(st.sampled_from([None, *NAMES])),
    }


def apply(explorer: DescentExplorer, state: dict) -> None:
    """Moves the controls of an explorer into a state."""
    explorer.surface.value = state["surface"]
    explorer.condition.value = state["condition"]
    for name, box in explorer.racers.items():
        box.value = name in state["racers"]
    explorer.rate.value = state["rate"]
    for name in ("momentum", "RMSProp", "Adam"):
        for field, control in explorer.knobs[name].items():
            if field != "learning_rate":
                control.value = getattr(OPTIMIZERS[name](), field)
        explorer.knobs[name]["learning_rate"].value = state["rate"]
        for field, value in state["knobs"].get(name, {}).items():
            explorer.knobs[name][field].value = value
    explorer.start_1.value, explorer.start_2.value = state["start"]
    explorer.noise.value = state["noise"]
    explorer.seed.value = state["seed"]
    explorer.steps.value = state["steps"]
    explorer.schedule.value = state["schedule"]
    explorer.transport.position = state["position"]
    explorer.arrows.value = state["arrows"] or "nobody"


def expected(state: dict) -> list:
    """The paths of a state, computed without the explorer."""
    surface = (
        surfaces.bowl(state["condition"]) if state["surface"] == "bowl" else SURFACES[state["surface"]]()
    )
    rate = {"learning_rate": state["rate"]}
    return [
        descend(
            surface,
            OPTIMIZERS[name](**(rate | state["knobs"].get(name, {}))),
            start=state["start"],
            steps=state["steps"],
            schedule=for_steps(state["schedule"], state["steps"]),
            noise=state["noise"],
            seed=state["seed"],
        )
        for name in state["racers"]
    ]


def same(paths, others) -> bool:
    assert [path.optimizer for path in paths] == [other.optimizer for other in others]
    for path, other in zip(paths, others, strict=True):
        np.testing.assert_array_equal(path.points, other.points)
        np.testing.assert_array_equal(path.values, other.values)
        assert path.diverged_at == other.diverged_at
    return True


@pytest.fixture(scope="module")
def well_used():
    """One explorer that goes through all examples: what came before must not show."""
    explorer = DescentExplorer()
    yield explorer
    explorer.close()


@settings(max_examples=7)
@given(state=states())
def test_any_state_is_computed_drawn_and_printed(well_used, run_cell, state):
    """The picture updated in place is, pixel for pixel, the one that the printed cell draws from scratch."""
    with well_used.together():
        apply(well_used, state)
    assert well_used.message == ""
    assert same(well_used.paths, expected(state))
    names, figure = run_cell(well_used.code())
    assert same(names["paths"], well_used.paths)
    assert isinstance(figure, DescentFigure)
    assert figure.encode()[1] == bytes(well_used.image.value)


@settings(max_examples=3)
@given(state=states())
def test_arguments_of_the_constructor_reproduce_a_state(well_used, state):
    with well_used.together():
        apply(well_used, state)
    fresh = DescentExplorer(**state)
    try:
        assert same(fresh.paths, well_used.paths)
        assert fresh.summary_text == well_used.summary_text
        assert fresh.code() == well_used.code()
        assert bytes(fresh.image.value) == bytes(well_used.image.value)
    finally:
        fresh.close()


@settings(max_examples=12)
@given(
    moves=st.lists(
        st.tuples(
            st.sampled_from(["rate", "condition", "steps", "start_1", "start_2", "noise", "seed", "play"]),
            st.floats(0, 1),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_blitted_in_motion_is_what_a_whole_redraw_shows(page, well_used, moves):
    """Kept background and moving artists together are the picture that matplotlib draws in one go."""
    for name, where in moves:
        knob = well_used.transport.slider if name == "play" else getattr(well_used, name)
        low, high = knob.slider.min, knob.slider.max
        position = low + where * (high - low)
        page.drags(knob, 10**position if knob._log else round(position) if knob._whole else position)
    assert well_used.message == ""
    blitted = np.asarray(well_used.figure.canvas.buffer_rgba()).copy()
    well_used.figure.redraw_all()
    well_used.figure.encode()
    np.testing.assert_array_equal(np.asarray(well_used.figure.canvas.buffer_rgba()), blitted)


def test_a_change_at_rest_shows_what_a_new_explorer_shows(page, made):
    """Also where the surface stays and nothing but a limit of an axis changes."""
    used = made(DescentExplorer(racers=["Adam"]))
    page.types(used.rate, "0.31")
    page.types(used.steps, "60")
    fresh = made(DescentExplorer(racers=["Adam"], rate=0.31, steps=60))
    assert bytes(used.image.value) == bytes(fresh.image.value)


def test_the_whole_redraw_is_matplotlibs_own(well_used):
    """With nothing animated, matplotlib's own drawing of the figure gives the same pixels."""
    with well_used.together():
        apply(
            well_used,
            {
                "surface": "beale", "racers": NAMES, "rate": 0.01, "knobs": {}, "condition": 10.0,
                "start": (1.0, 1.5), "noise": 0.0, "seed": 0, "steps": 80, "schedule": "cosine",
                "position": 50, "arrows": "Adam",
            },
        )  # fmt: skip
    figure = well_used.figure
    figure.encode()
    blitted = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)
    for artist in figure._moving:
        artist.set_animated(False)
    try:
        figure.canvas.draw()
        whole = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)
    finally:
        for artist in figure._moving:
            artist.set_animated(True)
        figure.redraw_all()
    # Lines may lie above or below a frame; nothing else may differ.
    different = (np.abs(blitted - whole).max(axis=-1) > 8).mean()
    assert different < 0.001


def test_the_default_is_a_race_that_can_be_followed(made):
    explorer = made(DescentExplorer())
    assert [path.optimizer.name for path in explorer.paths] == ["gradient descent", "momentum", "Adam"]
    assert explorer.summary_text.startswith("After 100 steps: gradient descent reached ")
    assert all(path.diverged_at is None for path in explorer.paths)


@pytest.mark.parametrize("name", SURFACES)
def test_every_surface_starts_with_a_rate_that_works(made, name, well_used):
    with well_used.together():
        well_used.condition.value = 10
        well_used.surface.value = "saddle" if name != "saddle" else "bowl"
    well_used.surface.value = name
    fresh = made(DescentExplorer(name))
    assert fresh.rate.value == well_used.rate.value == SURFACES[name]().rate
    assert (fresh.start_1.value, fresh.start_2.value) == SURFACES[name]().start
    descent = next(path for path in fresh.paths if path.optimizer.name == "gradient descent")
    assert descent.diverged_at is None and descent.final_value < descent.values[0]


# -- words --------------------------------------------------------------------------------------


def test_the_summary_tells_who_arrived_and_who_ran_away(made):
    explorer = made(DescentExplorer("bowl", ["gradient descent", "Adam"], 0.5, steps=80, condition=30))
    ran, arrived = explorer.paths
    assert ran.diverged_at is not None and arrived.diverged_at is None
    assert explorer.summary_text == (
        f"After 80 steps: gradient descent diverged at step {ran.diverged_at}; "
        f"Adam reached {amount(arrived.final_value)}."
    )
    explorer.transport.position = ran.diverged_at - 1
    assert explorer.summary_text == (
        f"At step {ran.diverged_at - 1} of 80: gradient descent reached "
        f"{amount(ran.values[ran.diverged_at - 1])}; "
        f"Adam reached {amount(arrived.values[ran.diverged_at - 1])}."
    )


def test_nobody_races(page, made):
    explorer = made(DescentExplorer(racers=[]))
    assert explorer.paths == [] and explorer.summary_text == "Nobody races. Choose an optimizer."
    page.sends(explorer.racers["Adam"], value=True)
    assert "Adam reached" in explorer.summary_text


def test_all_run_away_at_once_without_a_warning(made, run_cell):
    explorer = made(DescentExplorer("rosenbrock", NAMES[:3], 10.0, steps=50))
    assert all(path.diverged_at is not None for path in explorer.paths)
    assert explorer.summary_text.count("diverged at step 1") == 3
    _names, figure = run_cell(explorer.code())
    assert figure.encode()[1] == bytes(explorer.image.value)


@pytest.mark.parametrize("rate", [1e-320, 1e-100, 1e30, 1e100, 1.7e308])
def test_absurd_rates_are_drawn_without_a_warning(page, made, rate):
    explorer = made(DescentExplorer("himmelblau", NAMES, steps=30))
    page.types(explorer.rate, repr(rate))
    assert explorer.message == "" and explorer.rate.value == rate
    page.drags(explorer.noise, 5.0)
    page.types(explorer.noise, "1e308")
    explorer.settle()
    assert explorer.message == ""


# -- controls -----------------------------------------------------------------------------------


def test_the_rate_of_all_is_the_rate_of_each_until_it_has_its_own(page, made):
    explorer = made(DescentExplorer(rate=0.05))
    assert {optimizer.learning_rate for optimizer in explorer.optimizers()} == {0.05}
    page.types(explorer.knobs["Adam"]["learning_rate"], "0.3")
    rates = {optimizer.name: optimizer.learning_rate for optimizer in explorer.optimizers()}
    assert rates == {"gradient descent": 0.05, "momentum": 0.05, "Adam": 0.3}
    page.types(explorer.rate, "0.07")
    assert {optimizer.learning_rate for optimizer in explorer.optimizers()} == {0.07}
    assert explorer.knobs["Adam"]["learning_rate"].box.value == "0.07"


def test_knobs_accept_what_the_optimizer_accepts(page, made):
    explorer = made(DescentExplorer())
    for name, kind in OPTIMIZERS.items():
        for field, control in explorer.knobs[name].items():
            assert control.value == (
                explorer.rate.value if field == "learning_rate" else getattr(kind(), field)
            )
            if isinstance(control, Knob):
                page.types(control, "-1")
                assert explorer.message.startswith(f"{field} must be "), (name, field)
    page.types(explorer.knobs["Adam"]["beta_1"], "1")
    assert explorer.message.startswith("beta_1 must be ")
    page.types(explorer.knobs["momentum"]["momentum"], "1")
    assert explorer.message == "", "momentum of 1 never forgets, and is allowed"


def test_the_knobs_of_one_optimizer_are_shown(page, made):
    explorer = made(DescentExplorer())
    page.sends(explorer.pages, index=3)
    for index, name in enumerate(OPTIMIZERS):
        page.sends(explorer.knobs_of, index=index)
        assert list(explorer._knob_box.children) == list(explorer.knobs[name].values())


def test_the_condition_is_shown_for_the_bowl_only(page, made):
    explorer = made(DescentExplorer())
    assert explorer.condition.layout.display is None
    page.sends(explorer.surface, index=1)
    assert explorer.condition.layout.display == "none"
    page.sends(explorer.surface, index=0)
    assert explorer.condition.layout.display is None
    assert made(DescentExplorer("saddle")).condition.layout.display == "none"


def test_a_start_that_maths_refuses_is_taken_back(page, made):
    explorer = made(DescentExplorer())
    before, paths = bytes(explorer.image.value), explorer.paths
    page.types(explorer.start_1, "1e9")
    assert explorer.message.startswith("start must be within 100 times the picture")
    assert explorer.start_1.value == -4 and explorer.start_1.box.value == "-4"
    assert bytes(explorer.image.value) == before
    explorer.settle()
    assert same(explorer.paths, paths) and bytes(explorer.image.value) == before
    page.types(explorer.start_1, "40")
    assert explorer.message == "" and explorer.paths[0].points[0, 0] == 40


def test_more_steps_lengthen_the_run_and_what_is_shown(page, made):
    explorer = made(DescentExplorer(steps=50))
    page.types(explorer.steps, "1200")
    assert explorer.transport.last == explorer.transport.position == 1200
    assert explorer.transport.slider.slider.max == 1200 and explorer.paths[0].steps == 1200
    explorer.transport.position = 700
    page.drags(explorer.steps, 250)
    assert explorer.transport.position == explorer.transport.slider.value == 250
    page.types(explorer.steps, "5001")
    assert explorer.message.startswith("steps must be a whole number from 1 to 5000; received: 5001")
    assert explorer.steps.value == 250


def test_only_what_changed_is_computed_again(page, made, monkeypatch):
    explorer = made(DescentExplorer())
    calls = []
    monkeypatch.setattr(
        "bigmodel_nb.widgets.descent.descend",
        lambda *args, **settings: (calls.append(args[1].name), descend(*args, **settings))[1],
    )
    explorer.transport.position = 3
    page.sends(explorer.racers["Nesterov"], value=True)
    assert calls == ["Nesterov"]
    page.types(explorer.knobs["Adam"]["beta_1"], "0.5")
    assert calls == ["Nesterov", "Adam"]


# -- a surface of the reader's own --------------------------------------------------------------


def test_a_surface_of_the_readers_own_is_the_first_choice(page, made, run_cell):
    own = surfaces.from_data(np.array([-1.0, 0.0, 2.0]), np.array([0.0, 1.0, 1.0]), name="mine")
    explorer = made(DescentExplorer(own, ["Adam"]))
    assert explorer.ground() is own and explorer.surface.options[0] == (own.title, "own")
    assert "put the surface here" in explorer.code()
    page.sends(explorer.surface, index=1)
    assert explorer.ground().name == "bowl"
    page.sends(explorer.surface, index=0)
    assert explorer.ground() is own and explorer.rate.value == own.rate
    assert same(explorer.paths, [descend(own, Adam(learning_rate=own.rate))])


def test_a_surface_that_is_flat_or_infinite_in_places_is_drawn(made):
    flat = surfaces.Surface(
        "flat",
        "flat",
        "$1$",
        lambda w: np.ones(np.shape(w)[:-1]),
        lambda w: np.zeros_like(w),
        (0, 1, 0, 1),
        (0.5, 0.5),
    )
    assert "gradient descent reached 1;" in made(DescentExplorer(flat)).summary_text

    def value(w):
        with np.errstate(all="ignore"):
            return np.exp(np.exp(w[..., 0] + w[..., 1]))

    def gradient(w):
        with np.errstate(all="ignore"):
            slope = np.exp(w[..., 0] + w[..., 1]) * value(w)
        return np.stack([slope, slope], axis=-1)

    steep = surfaces.Surface("steep", "steep", "$e^{e^w}$", value, gradient, (-9, 9, -9, 9), (0.0, 0.0))
    explorer = made(DescentExplorer(steep, ["gradient descent"], 0.01, steps=20))
    assert same(explorer.paths, [descend(steep, GradientDescent(learning_rate=0.01), steps=20)])
    assert explorer.message == ""


def test_words_of_the_readers_own_are_not_taken_for_formulas(made):
    """A column may have a name that matplotlib would read as a broken formula."""
    name = "cost ($) per 100 \\frac{ ($)"
    own = surfaces.Surface(
        "own", name, "$1$", BOWL.value, BOWL.gradient, BOWL.limits, BOWL.start, axes=(name, "$w_2$")
    )
    explorer = made(DescentExplorer(own))
    assert explorer.message == "" and explorer.figure.map.get_title(loc="left") == name
