"""An exercise from the first attempt to the solution, typed into its cell."""

import json

import pytest

pytestmark = pytest.mark.browser

START = '''\
def step(w, gradient, rate):
    """One step of gradient descent: the new weights, as a new array."""
    return ...

descent.update_step.check(step)
'''


def test_answer_wrongly_take_a_hint_answer_rightly(notebook, server, photograph):
    # Chapter 0, which another test runs on this server, has an attempt at the same exercise.
    server.progress.unlink(missing_ok=True)
    opened = notebook("from bigmodel_nb.exercises import descent", START, "descent.update_step.hint()")
    assert "Not attempted yet" in opened.output(1).inner_text()
    assert _result(server) is None

    opened.type(1, START.replace("...", "w + rate * gradient"))
    opened.run(1)
    said = opened.output(1).inner_text()
    assert "Not yet" in said and "walks uphill" in said
    for label in ("Tried", "Expected", "Yours"):
        assert label in said
    assert opened.output(1).get_by_role("status").count() == 1, "a screen reader should be told"
    assert _result(server)["passed"] is False
    photograph(opened.panel, "exercise-wrong")

    opened.run(2)
    assert "Hint 2 of 3" in opened.output(2).inner_text()

    opened.type(1, START.replace("...", "w - rate * gradient"))
    opened.run(1)
    said = opened.output(1).inner_text()
    assert "Right" in said and "Not yet" not in said
    result = _result(server)
    assert (result["passed"], result["attempts"]) == (True, 2)
    photograph(opened.panel, "exercise-right")

    opened.type(2, "descent.update_step.solution()")
    opened.run(2)
    assert "return w - rate * gradient" in opened.output(2).inner_text()
    assert opened.faults() == []


def test_an_answer_that_fails_is_answered_in_words(notebook, photograph):
    broken = START.replace("...", "w - rate * slope")
    opened = notebook("from bigmodel_nb.exercises import descent", broken)
    said = opened.output(1).inner_text()
    assert "Not yet" in said and "slope" in said and "Traceback" not in said
    photograph(opened.panel, "exercise-error")


def _result(server) -> dict | None:
    if not server.progress.exists():
        return None
    return json.loads(server.progress.read_text())["results"].get("01/update-step")
