"""The studio before anything trains: its controls, what it foresees, what it refuses."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.data import diabetes, digits
from bigmodel_nb.models import build_cnn, build_linear, build_mlp, build_transformer
from bigmodel_nb.models.config import count_parameters
from bigmodel_nb.models.dense import MLPConfig
from bigmodel_nb.widgets import Knob, Prediction, StudioExplorer
from bigmodel_nb.widgets.controls import Checkbox, Dropdown, Guarded, descendants
from bigmodel_nb.widgets.studio.fields import TypedBox, as_text, understood
from bigmodel_nb.widgets.studio.settings import TRAINING
from bigmodel_nb.widgets.studio.subject import Subject, decided_by

ROWS = (np.zeros((50, 6), "float32"), np.arange(50) % 3)


@pytest.fixture
def studio(made):
    return made(StudioExplorer(build_mlp, digits()))


# -- controls -----------------------------------------------------------------------------------


def test_the_record_gives_the_controls(studio):
    fields = {entry.name: entry for entry in dataclasses.fields(MLPConfig)}
    assert list(studio.controls) == [
        *TRAINING,
        *(name for name in fields if name not in ("input_shape", "num_outputs")),
    ]
    kinds = {"dropout": Knob, "l2": Knob, "activation": Dropdown, "batch_norm": Checkbox, "widths": TypedBox}
    for name, kind in kinds.items():
        assert isinstance(studio.controls[name], kind), name
        assert studio.controls[name].value == fields[name].default
    dropout = studio.controls["dropout"].slider
    assert (dropout.min, dropout.max) == (0.0, 0.8)
    assert "silenced" in (getattr(dropout, "tooltip", None) or dropout.description_tooltip)
    assert "gelu" in [value for _label, value in studio.controls["activation"].options]


def test_the_data_decide_shapes_and_classes(studio):
    assert studio.subject.fixed == {"input_shape": (64,), "num_outputs": 10}
    assert decided_by(diabetes()) == {"input_shape": (10,), "num_outputs": 1}
    assert decided_by(ROWS) == {"input_shape": (6,), "num_outputs": 3, "num_classes": 3}
    assert decided_by(object()) == {}


def test_a_function_of_the_readers_own(made):
    def mine(
        num_classes, width=32, depth=2, rate=0.1, act: Literal["relu", "tanh"] = "tanh", bias=True, name="m"
    ):
        raise AssertionError("nothing is built before it is trained")

    shown = made(StudioExplorer(mine, digits(), settings={"width": 48}))
    values = {name: control.value for name, control in shown.controls.items() if name not in TRAINING}
    assert values == {"width": 48, "depth": 2, "rate": 0.1, "act": "tanh", "bias": True, "name": "m"}
    assert shown.subject.arguments({**values, "depth": 3}) == {"num_classes": 10, "width": 48, "depth": 3}
    assert [value for _label, value in shown.controls["act"].options] == ["relu", "tanh"]
    assert shown.controls["width"].slider.max >= 128 and shown.controls["rate"].slider.max < 1


@pytest.mark.parametrize(
    ("text", "like", "value"),
    [
        ("64, 32", (1,), (64, 32)), ("64", (1,), (64,)), ("(8,)", (1,), (8,)), ("", (1,), ()),
        ("none", 3, None), ("", 3, None), ("7", 3, 7), ("0.5", 0.1, 0.5), ("relu", "x", "relu"),
        ("", "x", ""),
    ],
)  # fmt: skip
def test_what_is_typed_is_understood(text, like, value):
    assert understood(text, like) == value
    if value not in (None, "", ()):
        assert understood(as_text(value), like) == value


@given(st.text(max_size=20))
def test_whatever_is_typed_raises_nothing(text):
    for like in ((1,), 3, 0.5, "x", None):
        understood(text, like)


def test_typed_widths_count_or_get_a_sentence(page, studio):
    box = studio.controls["widths"]
    page.sends(box.box, value="64, 16")
    assert box.value == (64, 16) and studio.foreseen.parameters == 65 * 64 + 65 * 16 + 17 * 10
    for wrong in ("a, b", "-3", "1e9", "((((", "{1: 2}", "3.5"):
        page.sends(box.box, value=wrong)
        assert studio.message.startswith("widths must be a list of"), wrong
        assert box.value == (64, 16) and box.box.value == "64, 16"
    page.sends(box.box, value="")
    assert box.value == () and studio.message == ""


def test_a_slider_of_whole_numbers_on_a_log_scale_is_rounded(made, page):
    def mine(width=32):
        raise AssertionError

    from bigmodel_nb.widgets.studio.fields import Field, control_for

    knob = control_for(Field("units", 32, Subject(mine, ROWS).fields[0].check, 1, 512, log=True), 32)
    page.drags(knob, 100.3)
    assert knob.value == 100 and isinstance(knob.value, int)
    with pytest.raises(ValueError, match="units must be a whole number"):
        knob.value = 3.5
    knob.close()


# -- what it says -------------------------------------------------------------------------------


def test_costs_are_foreseen_as_a_knob_moves(page, studio):
    before = studio._facts.value
    assert "2,410 parameters" in before and "kB in training" in before and "kFLOP an example" in before
    page.drags(studio.controls["epochs"], 40)
    assert studio._facts.value != before and studio.foreseen.flops == 4768 * 40 * (3 * 1257 + 270)
    studio.controls["widths"].value = (500, 500)
    assert studio.foreseen.parameters == count_parameters(MLPConfig(widths=(500, 500)))
    assert f"{studio.foreseen.parameters:,} parameters" in studio._facts.value


def test_before_the_first_run(studio):
    assert studio.summary_text == "No run yet. Press Train." and studio.run is None and studio.model is None
    assert not studio.busy and studio.driver.stop_button.disabled
    assert "keras.optimizers.Adam(learning_rate=0.001" in studio.code()
    assert "build_mlp(input_shape=(64,), num_outputs=10)" in studio.code()
    assert studio.still().startswith(b"\x89PNG")


def test_a_code_before_the_run_follows_the_knobs(studio):
    studio.controls["dropout"].value = 0.25
    studio.controls["optimizer"].value = "momentum"
    assert "dropout=0.25" in studio.code() and "momentum=0.9" in studio.code()


def test_every_control_is_an_argument(made):
    given_ = {
        "learning_rate": 0.02, "weight_decay": 0.1, "optimizer": "sgd", "batch_size": 64,
        "epochs": 3, "seed": 5,
        "settings": {"widths": (8, 8), "dropout": 0.5}, "pace": "an epoch a tick",
    }  # fmt: skip
    shown = made(StudioExplorer(build_mlp, digits(), **given_))
    recipe = shown.recipe()
    assert recipe.training() == {name: given_[name] for name in TRAINING}
    assert recipe.settings["widths"] == (8, 8) and recipe.settings["dropout"] == 0.5
    assert shown.pace.value == "an epoch a tick"


def test_it_starts_from_a_record_or_a_size(made):
    small = made(StudioExplorer(build_mlp, digits(), config="small"))
    assert small.controls["widths"].value == (128, 64)
    own = made(StudioExplorer(build_mlp, digits(), config=MLPConfig(activation="tanh"), settings={"l2": 0.1}))
    assert own.controls["activation"].value == "tanh" and own.controls["l2"].value == 0.1
    assert own.subject.fixed["num_outputs"] == 10, "the data decide"


@pytest.mark.parametrize("builder", [build_linear, build_cnn])
def test_other_builders(made, builder):
    data = digits(images=True)
    shown = made(StudioExplorer(builder, data))
    assert shown.foreseen.parameters and shown.message == ""


# -- lesson mode, prediction --------------------------------------------------------------------


def test_a_lesson_shows_at_most_five_controls(made):
    shown = made(StudioExplorer(build_mlp, digits(), show=["learning_rate", "dropout"]))
    assert list(shown.drawers.buttons) == ["runs"]
    with pytest.raises(ValueError, match="show must be at most 5 names"):
        StudioExplorer(build_mlp, digits(), show=["learning_rate", "dropout", "l1", "l2", "seed", "epochs"])
    with pytest.raises(ValueError, match="show must be one of 'widths'"):
        StudioExplorer(build_mlp, digits(), show=["nonsense"])


def test_a_full_studio_has_five_knobs_in_sight(studio):
    main, more = studio.settings.arranged(None)
    assert len(main) == 5 and main[0] is studio.controls["learning_rate"]
    assert len(main) + len(more) == len(studio.controls)
    assert studio.drawers.boxes["more"].layout.display == "none"
    studio.drawers.buttons["more"].value = True
    assert studio.drawers.boxes["more"].layout.display is None


def test_a_prediction_comes_first(made):
    asked = Prediction("test/rate", "What will a large rate do?", ["learn", "run away"])
    shown = made(StudioExplorer(build_mlp, digits(), prediction=asked))
    assert not shown.revealed and "Predict" in shown.summary_text


# -- what it refuses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"builder": 3}, "builder must be a function that returns a Keras model"),
        ({"optimizer": "magic"}, "optimizer must be one of 'sgd'"),
        ({"learning_rate": -1}, "learning_rate must be a positive number; received: -1"),
        ({"epochs": 0}, "epochs must be a whole number of 1 or more"),
        ({"settings": {"nonsense": 1}}, "settings must be one of"),
        ({"settings": {"dropout": 2}}, "dropout must be a number from 0 to 1"),
        ({"config": "huge"}, "size must be one of 'tiny'"),
        ({"theme": "pink"}, "theme must be one of"),
        ({"live": "yes"}, "live must be True or False"),
        ({"pace": "fast"}, "pace must be one of"),
        ({"builder": lambda x: x}, "builder must be a function whose arguments have defaults; x has none"),
        ({"builder": lambda seed=3: seed}, "builder must be a function without an argument seed"),
    ],
)
def test_wrong_arguments_are_named_and_leave_nothing_behind(models, arguments, words):
    before = models()
    chosen = {"builder": build_mlp, "data": digits(), **arguments}
    with pytest.raises((ValueError, TypeError), match=words):
        StudioExplorer(**chosen)
    alive = models() - before
    assert not [one for one in alive if "Studio" in str(one)]


def test_settings_that_do_not_go_together_are_taken_back(made):
    shown = made(StudioExplorer(build_cnn, digits(images=True), settings={"filters": (4,), "strides": 2}))
    shown.controls["dilation"].value = 2
    assert "strides and dilation cannot both be above 1" in shown.message
    assert shown.controls["dilation"].value == 1


def test_what_is_known_of_a_transformer_is_its_parameters(made):
    from bigmodel_nb.data import CharacterTokenizer, text_from  # noqa: F401
    from bigmodel_nb.data.text import TextDataset

    text = "abcd efgh " * 200
    parts = TextDataset(text, text[:500], text[:500], "own", "own", "own", "own")
    tokens = parts.encode(CharacterTokenizer.fit(parts.train), 16)
    shown = made(StudioExplorer(build_transformer, tokens, config="tiny"))
    assert shown.subject.fixed["context_length"] == 16 and shown.subject.fixed["vocabulary_size"] < 20
    assert shown.foreseen.parameters and shown.message == ""


def test_closing_frees_everything(models):
    StudioExplorer(build_mlp, digits()).close()  # shared layouts and styles stay
    before = models()
    shown = StudioExplorer(build_mlp, digits())
    assert len(models() - before) > 50
    shown.close()
    shown.close()
    assert shown.closed and shown.train() is None and shown.run_steps(3) is None
    assert models() - before == set()


# -- hostile input ------------------------------------------------------------------------------

sent = (
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8)
    | st.sampled_from([10**400, -1, 0, "nan", "1e999", "64, 32", "9" * 400, "none", "()", "[[1]]", "<b>"])
    | st.lists(st.integers(), max_size=2)
)  # fmt: skip


@pytest.fixture(scope="module")
def poor():
    """One studio for all examples: it must survive them."""
    shown = StudioExplorer(build_cnn, digits(images=True), show=["filters", "learning_rate"])
    yield shown
    shown.close()


@given(value=sent, place=st.integers(0, 10_000))
def test_whatever_a_page_sends_it_answers(poor, value, place):
    """Never an exception: a new valid state, or a message and the last good state. Nothing is pressed."""
    controls = [one for name in poor.controls for one in descendants(poor.controls[name])]
    panel = [
        poor.panel.sort,
        poor.panel.filter,
        poor.panel.select,
        poor.panel.name,
        poor.panel.folder,
        poor.pace,
    ]
    inputs = [one for one in [*controls, *panel] if isinstance(one, Guarded)]
    target = inputs[place % len(inputs)]
    target.set_state({"index" if "index" in target.keys else "value": value})
    recipe = poor.recipe()
    assert poor.foreseen.parameters == count_parameters(poor.subject.config(recipe.settings))
    poor.settle()


@pytest.mark.parametrize("builder", ["build_mlp", "build_cnn", "build_linear"])
def test_it_is_on_screen_without_a_framework(python, builder):
    code = f"""
import sys
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display
from bigmodel_nb.data import digits
from bigmodel_nb.models import {builder}
from bigmodel_nb.widgets import StudioExplorer
InteractiveShell.instance()
explorer = StudioExplorer({builder}, digits(images={builder == "build_cnn"}))
display(explorer)
explorer.controls["learning_rate"].value = 0.1
assert explorer.foreseen.seconds and not explorer.message
explorer.close()
assert not {{"tensorflow", "keras", "sklearn"}} & set(sys.modules)
"""
    python(code)
