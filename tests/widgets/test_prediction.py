"""A prediction: asked before the surprise, answered once, kept in the reader's file and nowhere else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb import progress
from bigmodel_nb.widgets import DescentExplorer, Prediction

OPTIONS = ["sooner", "later", "never"]


@pytest.fixture
def asked(made):
    return made(
        Prediction("01/rate", "At ten times the rate?", OPTIONS, truth="never", explanation="It overshoots.")
    )


def kept(progress_file) -> dict:
    return json.loads(progress_file.read_text())["predictions"] if progress_file.exists() else {}


def test_it_asks_and_says_nothing_yet(asked, progress_file):
    assert "Predict first: At ten times the rate?" in asked.children[0].value
    assert [button.description for button in asked.buttons] == OPTIONS
    assert asked.answer is None and not asked.revealed and asked._feedback.value == ""
    assert "overshoots" not in str(asked.get_state()) and not progress_file.exists()


def test_a_right_answer(page, asked, progress_file):
    page.clicks(asked.buttons[2])
    assert asked.answer == "never" and asked.revealed
    assert "✓ You predicted “never”, and so it is. It overshoots." in asked._feedback.value
    assert 'role="status"' in asked._feedback.value
    assert [button.button_style for button in asked.buttons] == ["", "", "success"]
    assert all(button.disabled for button in asked.buttons)
    assert asked.show_button.layout.display == "none"
    entry = kept(progress_file)["01/rate"]
    assert (entry["answer"], entry["truth"], entry["correct"]) == ("never", "never", True)
    assert entry["question"] == "At ten times the rate?"


def test_a_wrong_answer(page, asked, progress_file):
    page.clicks(asked.buttons[0])
    assert "You predicted “sooner”; it is “never”. It overshoots." in asked._feedback.value
    assert kept(progress_file)["01/rate"]["correct"] is False


def test_show_me_anyway_shows_and_keeps_nothing(page, asked, progress_file):
    page.clicks(asked.show_button)
    assert asked.revealed and asked.answer is None
    assert "It is “never”. It overshoots." in asked._feedback.value
    assert kept(progress_file) == {}


def test_only_the_first_click_counts(page, asked, progress_file):
    heard = []
    asked.on_reveal(lambda: heard.append(asked.answer))
    page.clicks(asked.buttons[1])
    page.clicks(asked.buttons[1])
    page.clicks(asked.buttons[2])
    page.clicks(asked.show_button)
    assert asked.answer == "later" and heard == ["later"]
    assert kept(progress_file)["01/rate"]["answer"] == "later"


def test_a_later_run_keeps_the_first_answer_on_record(asked, made):
    asked.choose("sooner")
    again = made(Prediction("01/rate", "At ten times the rate?", OPTIONS, truth="never"))
    again.choose("never")
    (entry,) = progress.predictions("01")
    assert (entry["answer"], entry["first_answer"], entry["correct"]) == ("never", "sooner", True)


def test_a_question_without_a_truth(page, made, progress_file):
    open_question = made(Prediction("01/open", "What do you like?", OPTIONS))
    page.clicks(open_question.buttons[0])
    assert "You predicted “sooner”. See for yourself." in open_question._feedback.value
    assert kept(progress_file)["01/open"]["correct"] is None
    quiet = made(Prediction("01/quiet", "What do you like?", OPTIONS))
    page.clicks(quiet.show_button)
    assert quiet._feedback.value == "" and quiet.revealed


def test_the_reader_may_not_write_the_progress_file(page, asked, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("BIGMODEL_PROGRESS", str(tmp_path))  # a folder
    page.clicks(asked.buttons[2])
    assert asked.revealed and "so it is" in asked._feedback.value
    capsys.readouterr()


def test_words_are_escaped(page, made):
    one = made(
        Prediction("01/x", "Is <b>2</b> < 3?", ["<i>yes</i>", "no"], truth="no", explanation="<u>!</u>")
    )
    page.clicks(one.buttons[0])
    for value in (one.children[0].value, one._feedback.value):
        assert not any(tag in value for tag in ("<b>", "<i>", "<u>"))
    assert "&lt;b&gt;2" in one.children[0].value


# -- in front of an explorer --------------------------------------------------------------------


@pytest.fixture
def hidden(made, asked):
    return made(DescentExplorer("bowl", ["gradient descent"], 0.5, condition=30, prediction=asked))


def test_the_race_is_hidden_until_the_reader_has_answered(page, hidden, asked):
    before, code = bytes(hidden.image.value), hidden.code()
    assert "stand at the start" in hidden.summary_text and "diverged" not in hidden.summary_text
    assert hidden.children[0] is asked
    for artists in hidden.figure._artists:
        assert len(artists.path.get_xdata()) <= 1 or not artists.path.get_visible()
    page.clicks(asked.buttons[2])
    assert "diverged at step" in hidden.summary_text
    assert bytes(hidden.image.value) != before and hidden.image.format == "png"
    assert hidden.code() == code


def test_nothing_that_moves_gives_it_away(page, hidden):
    page.drags(hidden.rate, 0.9)
    page.drags(hidden.transport.slider, 3)
    page.clicks(hidden.transport.play_button)
    page.ticks(hidden.transport.clock, 3)
    page.sends(hidden.racers["Adam"], value=True)
    hidden.settle()
    assert "stand at the start" in hidden.summary_text
    for artists in hidden.figure._artists:
        assert len(artists.path.get_xdata()) <= 1 or not artists.path.get_visible()
        assert len(artists.upper.get_xdata()) <= 1 or not artists.upper.get_visible()


def test_show_me_anyway_reveals_the_race(page, hidden, asked, progress_file):
    page.clicks(asked.show_button)
    assert "diverged at step" in hidden.summary_text and kept(progress_file) == {}


def test_who_will_be_lowest_is_asked_of_every_race(page, made, progress_file):
    explorer = made(DescentExplorer(racers=["momentum", "gradient descent", "Adam"], prediction=True))
    question = explorer.prediction
    assert question.options == ["momentum", "gradient descent", "Adam"]
    lowest = min(explorer.paths, key=lambda path: path.final_value).optimizer.name
    question.choose("Adam")
    (entry,) = kept(progress_file).values()
    assert entry["truth"] == lowest and entry["correct"] == (lowest == "Adam")
    assert f"it is “{lowest}”" in question._feedback.value


def test_where_all_ran_away_nobody_is_lowest(made):
    explorer = made(DescentExplorer(rate=9.0, racers=["gradient descent", "momentum"], prediction=True))
    explorer.prediction.choose("momentum")
    assert "See for yourself" in explorer.prediction._feedback.value
    assert explorer.revealed


def test_who_is_lowest_needs_racers():
    with pytest.raises(ValueError, match=r"^racers must be at least one name where a prediction is asked"):
        DescentExplorer(racers=[], prediction=True)


def test_the_truth_may_be_found_in_the_explorer(made, asked):
    told = []

    def truth(explorer):
        told.append(explorer)
        return "never" if explorer.paths[0].diverged_at else "later"

    one = Prediction("01/found", "When?", OPTIONS, truth=truth)
    explorer = made(DescentExplorer(rate=9.0, racers=["gradient descent"], prediction=one))
    assert told == []
    one.choose("never")
    assert told == [explorer] and "so it is" in one._feedback.value


@pytest.mark.parametrize("broken", [lambda explorer: 1 / 0, lambda explorer: explorer.nothing.there])
def test_a_truth_that_fails_still_reveals(made, broken):
    one = Prediction("01/broken", "When?", OPTIONS, truth=broken)
    explorer = made(DescentExplorer(racers=["Adam"], prediction=one))
    one.choose("later")
    assert explorer.revealed and "Adam reached" in explorer.summary_text
    assert "See for yourself" in one._feedback.value


# -- arguments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change, error, words",
    [
        ({"key": 3}, TypeError, "key must be text"),
        ({"key": " "}, ValueError, "key must be text such as"),
        ({"question": None}, TypeError, "question must be text"),
        ({"explanation": 1}, TypeError, "explanation must be text"),
        ({"options": []}, ValueError, "options must be a list of different answers"),
        ({"options": "yes"}, TypeError, "options must be a list of different answers"),
        ({"options": ["a", "a"]}, ValueError, "options must be a list of different answers"),
        ({"options": ["a", " "]}, ValueError, "options must be a list of different answers"),
        ({"options": ["a", 1]}, TypeError, "options must be a list of different answers"),
        ({"options": None}, TypeError, "options must be a list of different answers"),
        ({"truth": "maybe"}, ValueError, "truth must be one of 'sooner', 'later', 'never'"),
        ({"truth": 1}, TypeError, "truth must be one of"),
    ],
)
def test_wrong_arguments_are_named_and_leave_no_widgets(models, change, error, words):
    before = models()
    with pytest.raises(error, match=f"^{words}.*; received: "):
        Prediction(**({"key": "01/x", "question": "?", "options": OPTIONS} | change))
    assert models() == before


@given(option=st.text(max_size=8) | st.none() | st.integers() | st.lists(st.text(), max_size=1))
def test_only_options_can_be_chosen(option):
    one = Prediction("01/choose", "When?", OPTIONS, truth="never")
    try:
        if option in OPTIONS:
            one.choose(option)
            assert one.answer == option
        else:
            with pytest.raises((ValueError, TypeError), match="option must be one of 'sooner', "):
                one.choose(option)
            assert not one.revealed
    finally:
        one.close()


def test_closing_twice_leaves_no_widgets(models):
    Prediction("01/x", "?", OPTIONS).close()
    before = models()
    one = Prediction("01/x", "?", OPTIONS)
    one.close()
    one.close()
    assert models() == before
