"""The first explorer that a reader meets."""

from __future__ import annotations

import pytest

from bigmodel_nb import progress
from bigmodel_nb.maths.ball import roll
from bigmodel_nb.widgets import BallExplorer, Prediction


def picture(explorer) -> bytes:
    explorer.settle()
    return bytes(explorer.image.value)


def test_it_answers_to_its_slider(page, moving, made):
    ball = made(BallExplorer())
    assert ball.summary_text == "At rate 0.1 the ball arrives after 26 steps. Each step multiplies w by 0.8."
    before = picture(ball)
    page.drags(ball.rate, 0.5)
    assert ball.image.format == moving
    assert ball.run.arrived_at == 1 and "after 1 step." in ball.summary_text and picture(ball) != before
    page.drags(ball.rate, 1.1)
    assert ball.run.arrived_at is None and "never arrives: each step ends farther out" in ball.summary_text


def test_the_answer_is_hidden_until_the_reader_has_predicted(page, made):
    ball = made(BallExplorer(prediction=True))
    before = picture(ball)
    page.drags(ball.rate, 1.1)
    assert ball.summary_text == "Rates above 1 are hidden. Predict, and they are shown."
    hidden = picture(ball)
    page.drags(ball.rate, 1.2)
    assert picture(ball) == hidden, "the picture would tell"
    assert "roll(" not in ball.code(), "the code would tell"
    page.drags(ball.rate, 0.1)
    assert picture(ball) == before, "up to 1 it may be tried"
    page.clicks(ball.prediction.buttons[0])
    assert ball.rate.value == 1.1 and "never arrives" in ball.summary_text and picture(ball) != hidden
    (kept,) = progress.predictions("00")
    assert (kept["answer"], kept["truth"], kept["correct"]) == ("sooner", "never", False)


def test_show_me_anyway(page, made):
    ball = made(BallExplorer(prediction=True))
    assert [button.description for button in ball.prediction.buttons] == ["sooner", "later", "never"]
    page.clicks(ball.prediction.show_button)
    assert ball.rate.value == 1.1 and "never arrives" in ball.summary_text
    assert progress.predictions("00") == []


def test_a_prediction_of_ones_own_leaves_the_rate_alone(page, made):
    mine = Prediction("00/mine", "Is 1.2 worse?", ["yes", "no"], truth="yes")
    ball = made(BallExplorer(1.2, prediction=mine))
    assert "hidden" in ball.summary_text
    page.clicks(mine.buttons[0])
    assert ball.rate.value == 1.2 and ball.run.factor == roll(1.2).factor and "never" in ball.summary_text


@pytest.mark.parametrize("rate", [0.1, 0.9, 1.0, 1.1])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_code_shown_makes_the_same_picture(made, run_cell, rate, theme):
    ball = made(BallExplorer(rate, theme=theme))
    _names, figure = run_cell(ball.code())
    assert figure.encode()[1] == picture(ball)


def test_a_wrong_rate_gets_a_sentence(page, made):
    ball = made(BallExplorer())
    for wrong in ("-1", "0", "abc", "nan"):
        page.types(ball.rate, wrong)
        assert (
            ball.message.startswith("rate must be a positive number; received: ") and ball.rate.value == 0.1
        )
    page.types(ball.rate, "7")
    assert ball.message == "" and ball.rate.value == 7 and "never arrives" in ball.summary_text
    with pytest.raises(ValueError, match="rate must be a positive number; received: 0"):
        BallExplorer(0)


def test_closing_frees_everything(models):
    shared = BallExplorer(prediction=True)  # makes what all explorers share
    shared.close()
    before = models()
    BallExplorer(prediction=True).close()
    with pytest.raises(ValueError, match="theme"):
        BallExplorer(theme="pink")
    assert models() == before
