"""Predict first, then see: nothing is given away before, and the answer is kept."""

import json

import pytest

from .explorer import Explorer

pytestmark = pytest.mark.browser

QUESTION = """\
from bigmodel_nb.widgets import DescentExplorer, Prediction
explorer = DescentExplorer(rate=0.1, steps=30, show=["rate", "play"], prediction=Prediction(
    "01/browser-test", "Who is first?", ["momentum", "gradient descent"], truth="gradient descent",
    explanation="There is nothing to swing past."))
explorer
"""


def test_nothing_is_shown_before_the_answer_and_everything_after(notebook, server, photograph):
    opened = notebook(QUESTION)
    shown = Explorer(opened)
    hidden = shown.picture()
    assert "Predict" in shown.summary and "reached" not in shown.root.inner_text()
    # What the page does not show may not be hidden in it either, for a reader or in the file.
    assert "reached" not in json.dumps(opened.outputs())
    assert "01/browser-test" not in _predictions(server)
    photograph(shown.root, "prediction-before")
    shown.answers(lambda: shown.knob("learning rate (all)").nudge(5), "another rate, still hidden")
    assert "Predict" in shown.summary

    shown.answers(shown.button("momentum").click, "a prediction")
    photograph(shown.root, "prediction-after")
    said = shown.root.inner_text()
    assert "You predicted “momentum”; it is “gradient descent”. There is nothing to swing past." in said
    assert "reached" in shown.summary and shown.picture() != hidden
    for name in ("momentum", "gradient descent"):
        assert shown.button(name).is_disabled()
    kept = _predictions(server)["01/browser-test"]
    assert (kept["answer"], kept["truth"], kept["correct"]) == ("momentum", "gradient descent", False)


def test_show_me_anyway_shows_and_keeps_nothing(notebook, server):
    shown = Explorer(notebook(QUESTION.replace("browser-test", "browser-anyway")))
    shown.answers(shown.button("Show me anyway").click, "show me anyway")
    assert "reached" in shown.summary
    assert "It is “gradient descent”." in shown.root.inner_text()
    assert "01/browser-anyway" not in _predictions(server)


def _predictions(server) -> dict:
    return json.loads(server.progress.read_text())["predictions"] if server.progress.exists() else {}
