"""The explorer of recurrence: what it shows is what maths computes, on untrained cells and on a model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bigmodel_nb.data.tokenizers import CharacterTokenizer
from bigmodel_nb.maths.gradient_paths import as_inputs, gradient_paths
from bigmodel_nb.maths.recurrent_weights import initial_weights
from bigmodel_nb.maths.through_time import trace
from bigmodel_nb.widgets import Prediction, RecurrenceExplorer

TEXT = "what a network remembers, it keeps in its state; what it forgets is gone for good.\n" * 3


@pytest.mark.parametrize("sequence", ["abcab\u00e9", [0.5, 1, -2]])
@pytest.mark.parametrize("view", ["states", "gradients", "unit"])
@pytest.mark.parametrize("cell", ["simple", "lstm", "gru"])
def test_any_cell_and_view_is_computed_drawn_and_printed(made, run_cell, cell, view, sequence):
    explorer = made(
        RecurrenceExplorer(
            cell, sequence, view=view, length=20, radius=1.2, forget_bias=2.0, clip=0.5, unit=3,
            position=11, units=6, seed=4, theme="dark",
        )
    )  # fmt: skip
    inputs = as_inputs(sequence, 20)
    wanted = trace(
        cell, inputs, initial_weights(cell, inputs.shape[2], 6, radius=1.2, forget_bias=2.0, seed=4)
    )
    np.testing.assert_array_equal(explorer.run.states, wanted.states)
    assert explorer.message == "" and explorer.summary_text
    if view == "gradients":
        asked = {"radius": 1.2, "forget_bias": 2.0, "clip": 0.5, "units": 6, "seed": 4}
        for kind, path in gradient_paths(inputs, **asked).items():
            np.testing.assert_array_equal(explorer.paths[kind].norms, path.norms)
    _names, figure = run_cell(explorer.code())
    assert figure.encode()[1] == bytes(explorer.image.value)


def test_every_control_of_an_untrained_cell_answers(made, page):
    explorer = made(RecurrenceExplorer("lstm"))
    seen = {bytes(explorer.image.value)}

    def answers(what):
        picture = bytes(explorer.image.value)
        assert picture not in seen and explorer.message == "", what
        seen.add(picture)

    page.sends(explorer.sequence, value="another text")
    answers("sequence")
    for knob, typed in ((explorer.length, "31"), (explorer.radius, "1.7"), (explorer.forget_bias, "-1")):
        page.types(knob, typed)
        answers(knob.name)
    page.types(explorer.unit, "7")
    answers("unit")
    page.clicks(explorer.transport.rewind_button)
    answers("rewind")
    page.clicks(explorer.transport.step_button)
    answers("step")
    page.sends(explorer.cell, index=2)
    answers("cell")
    page.sends(explorer.view, index=1)
    answers("view")
    page.types(explorer.clip, "0.1")
    answers("clip")
    assert "Clipped is the gradient of all weights" in explorer.summary_text
    page.sends(explorer.view, index=2)
    answers("unit over the text")


def test_the_end_moves_with_the_length_and_playing_goes_through_all_steps(made, page):
    explorer = made(RecurrenceExplorer(length=9))
    page.types(explorer.length, "30")
    assert explorer.transport.last == explorer.transport.position == 29
    explorer.transport.play()
    page.ticks(explorer.transport.clock, 3)
    assert explorer.transport.position == 3 and "Step 3 of 0 to 29" in explorer.summary_text
    page.ticks(explorer.transport.clock, 40)
    assert explorer.transport.position == 29 and not explorer.transport.playing


def test_gradients_are_told_in_words(made):
    explorer = made(RecurrenceExplorer(view="gradients", radius=0.5, length=50, position=25))
    left = explorer.paths["simple"].norms[0]
    assert left < 1e-12 and f"simple RNN {left:.2g}" in explorer.summary_text
    assert "At step 25" in explorer.summary_text
    before = explorer.paths["lstm"].norms[0]
    explorer.forget_bias.value = 4.0
    assert explorer.paths["lstm"].norms[0] > 5 * before


@pytest.mark.parametrize(
    ("name", "options", "right"),
    [
        ("radius", {"radius": 0.9, "length": 51}, "less than a hundredth"),
        ("radius", {"radius": 2.5, "length": 51}, "more than there was"),
        ("forget", {}, "it grows tenfold or more"),
        ("forget", {"length": 2}, "it grows, less than tenfold"),
        ("clipping", {}, "no"),
    ],
)
def test_questions_are_answered_by_what_is_measured(made, name, options, right):
    explorer = made(RecurrenceExplorer(prediction=name, **options))
    hidden = bytes(explorer.image.value)
    assert explorer.view.value == "gradients" and "Predict" in explorer.summary_text
    explorer.prediction.choose(right)
    assert f"You predicted “{right}”, and so it is." in explorer.prediction._feedback.value
    assert bytes(explorer.image.value) != hidden and "there is left" in explorer.summary_text


def test_the_explanation_names_the_share(made):
    explorer = made(RecurrenceExplorer(prediction="radius", radius=0.9, length=51))
    assert "0.9^50 = 0.0052" in explorer.prediction.explanation


def test_a_lesson_shows_what_it_asks_for(made):
    explorer = made(RecurrenceExplorer(show=["view", "radius", "play"]))
    assert explorer.radius in explorer.children and explorer.cell not in explorer.children
    assert made(RecurrenceExplorer(show=["view"])).transport not in explorer.children


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"cell": "rnn"}, ValueError, "cell must be one of"),
        ({"sequence": "  "}, ValueError, "sequence must be a text, or numbers"),
        ({"sequence": 3}, TypeError, "sequence must be a text, or numbers"),
        ({"sequence": [1, float("nan")]}, ValueError, "sequence must be"),
        ({"sequence": "a" * 500}, ValueError, "of 1 to 400 steps"),
        ({"view": "all"}, ValueError, "view must be one of"),
        ({"length": 0}, ValueError, "length must be"),
        ({"radius": -1}, ValueError, "radius must be"),
        ({"unit": 24}, ValueError, "unit must be"),
        ({"position": 50}, ValueError, "position must be"),
        ({"text": "abc"}, ValueError, "give model= and tokenizer="),
        ({"show": ["speed"]}, ValueError, "show must be"),
        ({"prediction": "speed"}, ValueError, "prediction must be one of"),
        ({"layer": "recurrent1"}, ValueError, "layer must be one of"),
    ],
)
def test_wrong_arguments_are_named_and_leave_nothing_behind(models, arguments, kind, words):
    RecurrenceExplorer(length=3).close()  # what all explorers share is there
    before = models()
    with pytest.raises(kind, match=words):
        RecurrenceExplorer(**arguments)
    assert models() <= before


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=40))
def test_whatever_is_typed_is_read_or_refused_in_words(page, typed):
    if not HOSTILE:
        HOSTILE.append(RecurrenceExplorer(length=8, units=3))
    explorer = HOSTILE[0]
    page.sends(explorer.sequence, value=typed)
    if explorer.message:
        assert explorer.message.startswith("sequence must be") and explorer.sequence.value != typed
        explorer.complain("")
    else:
        assert explorer.run.steps == 8 and explorer.summary_text


HOSTILE: list[RecurrenceExplorer] = []


@pytest.fixture(scope="module", autouse=True)
def closed_at_the_end():
    yield
    for explorer in HOSTILE:
        explorer.close()


def test_typed_numbers_and_a_refused_length(made, page):
    explorer = made(RecurrenceExplorer(length=6))
    page.sends(explorer.sequence, value="1, 0.5; -2")
    np.testing.assert_array_equal(explorer.inputs[0, :, 0], [1, 0.5, -2, 1, 0.5, -2])
    page.types(explorer.length, "401")
    assert "length must be a whole number from 1 to 400" in explorer.message
    assert explorer.length.value == 6


# -- the reader's own model -------------------------------------------------------------------


@pytest.fixture(scope="module")
def reader(keras):
    from bigmodel_nb.models import build_rnn

    keras.utils.set_random_seed(2)
    tokenizer = CharacterTokenizer.fit(TEXT)
    size = tokenizer.vocabulary_size
    model = build_rnn(task="next token", vocabulary_size=size, cell="lstm", widths=(9, 5))
    return model, tokenizer


@pytest.mark.parametrize("view", ["states", "gradients", "unit"])
def test_a_model_is_seen_at_work(made, run_cell, reader, view):
    from bigmodel_nb.evaluation import outputs_of

    model, tokenizer = reader
    explorer = made(
        RecurrenceExplorer(
            model=model, tokenizer=tokenizer, text=TEXT, view=view, layer="recurrent1", unit=4, position=100
        )
    )
    theirs = outputs_of(model, tokenizer.encode(TEXT)[None])["recurrent1"]
    np.testing.assert_allclose(explorer.run.states, theirs, atol=1e-5)
    _names, figure = run_cell(explorer.code(), model=model, tokenizer=tokenizer)
    assert figure.encode()[1] == bytes(explorer.image.value)


def test_positions_that_excite_a_unit(made, page, reader):
    model, tokenizer = reader
    explorer = made(RecurrenceExplorer(model=model, tokenizer=tokenizer, text=TEXT))
    assert explorer.view.value == "unit" and explorer.layer.value == "recurrent2"
    for unit in (0, 3):
        page.types(explorer.unit, str(unit))
        values = explorer.run.states[0, :, unit]
        assert explorer.places[0] == values.argmax() and len(explorer.places) == 6
        assert f"step {explorer.places[0]} (" in explorer.summary_text
    page.types(explorer.unit, "5")
    assert "unit must be" in explorer.message
    page.sends(explorer.layer, index=0)
    page.types(explorer.unit, "8")
    assert explorer.message == "" and explorer.run.units == 9
    page.sends(explorer.layer, index=1)
    assert explorer.unit.value == 4 and explorer.message == ""


def test_the_model_reads_what_is_typed_and_is_asked_once_for_each_text(made, page, reader):
    model, tokenizer = reader
    explorer = made(RecurrenceExplorer(model=model, tokenizer=tokenizer, text=TEXT))
    page.sends(explorer.sequence, value="it keeps what it forgets")
    assert explorer.transport.last == 23 and explorer.pieces[:2] == ["i", "t"]
    for view in (0, 1, 2):
        page.sends(explorer.view, index=view)
    assert explorer.reading.computed == 2 and explorer.message == ""
    page.sends(explorer.sequence, value="QUARTZ!")
    assert "has never seen" in explorer.message and explorer.sequence.value == "it keeps what it forgets"
    page.sends(explorer.sequence, value="")
    assert explorer.run.steps == len(TEXT)


def test_changed_weights_are_read_at_the_next_look(made, reader):
    model, tokenizer = reader
    explorer = made(RecurrenceExplorer(model=model, tokenizer=tokenizer, text=TEXT))
    before, weights = explorer.run.states, model.get_weights()
    model.set_weights([2 * one for one in weights])
    explorer.settle()
    model.set_weights(weights)
    assert np.abs(explorer.run.states - before).max() > 0.01


def test_a_model_of_numbers_and_models_that_do_not_fit(made, reader, keras):
    from bigmodel_nb.models import build_mlp, build_rnn

    model = build_rnn(task="forecast", cell="gru", widths=(4,))
    explorer = made(RecurrenceExplorer(model=model, sequence=[0.1, 0.2, 0.3]))
    assert explorer.run.cell == "gru" and explorer.run.steps == 3
    for options, words in (
        ({"model": model}, "numbers such as 0.5, 1, -2 for a model without tokenizer"),
        ({"model": build_mlp()}, "SimpleRNN, LSTM or GRU"),
        ({"model": reader[0], "tokenizer": reader[1], "text": TEXT * 40}, "at most 4000 tokens"),
        ({"model": reader[0], "tokenizer": reader[1], "text": TEXT, "prediction": "radius"}, "of your own"),
    ):
        with pytest.raises(ValueError, match=words):
            RecurrenceExplorer(**options)


def test_a_question_of_ones_own_stands_before_a_model(made, reader):
    question = Prediction("05/mine", "Which unit counts?", ["0", "1"], truth="1")
    model, tokenizer = reader
    explorer = made(
        RecurrenceExplorer(model=model, tokenizer=tokenizer, text=TEXT, view="unit", prediction=question)
    )
    assert explorer.prediction is question and not explorer.revealed
