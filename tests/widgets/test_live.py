"""A picture that is updated while a cell runs."""

from __future__ import annotations

import base64

import IPython.display
import pytest

from bigmodel_nb.figures.digits import ImagesFigure
from bigmodel_nb.figures.learning import Curve, LearningFigure
from bigmodel_nb.widgets import LivePicture

VIEW = "application/vnd.jupyter.widget-view+json"


def test_it_moves_on_the_page_and_the_last_picture_stays(outputs, made):
    curve = Curve("NumPy")
    with made(LivePicture(LearningFigure(2))) as live:
        assert outputs[0][VIEW]["model_id"] == live.model_id
        assert live.summary_text == "Nothing is learned yet." == outputs[0]["text/plain"]
        seen = {bytes(live.image.value)}
        for loss in (2.3, 1.0, 0.5):
            curve.add(loss, 1 - loss / 2.4)
            live.update([curve])
            assert live.image.format == "jpeg" and f"loss {loss:.3f}" in live.summary_text
            seen.add(bytes(live.image.value))
        assert len(seen) == 4
        assert outputs[0]["text/plain"] == "Nothing is learned yet."
    last = live.figure.encode()[1]
    assert live.image.format == "png" and bytes(live.image.value) == last
    assert len(outputs) == 2 and base64.b64decode(outputs[0]["image/png"]) == last
    assert outputs[0]["text/plain"] == live.summary_text and "epoch 2 of 2" in live.summary_text
    assert outputs[0]["image/png"] in outputs[1]["text/html"] and "epoch 2 of 2" in outputs[1]["text/html"]


def test_an_interrupt_leaves_the_picture_of_that_moment(outputs, made):
    curve = Curve("NumPy")
    with pytest.raises(KeyboardInterrupt), made(LivePicture(LearningFigure(2))) as live:
        curve.add(2.3, 0.1)
        live.update([curve])
        raise KeyboardInterrupt
    assert live.image.format == "png" and "epoch 0 of 2" in outputs[0]["text/plain"]


def test_outside_of_a_notebook_nothing_breaks(monkeypatch, made):
    monkeypatch.setattr(IPython.display, "display", lambda *_args, **_settings: None)
    with made(LivePicture(LearningFigure(2))) as live:
        live.update([Curve("a", [1.0], [0.5])])
    assert "epoch 0" in live.summary_text


def test_an_error_of_the_figure_reaches_the_cell(outputs, made):
    live = made(LivePicture(LearningFigure(2)))
    with pytest.raises(TypeError, match="curves must be"):
        live.update(7)


def test_a_picture_without_an_update_is_refused():
    for wrong in (ImagesFigure([[[0.0]]], ["a"]), None, "x"):
        with pytest.raises(TypeError, match="figure must be a picture with an update"):
            LivePicture(wrong)


def test_closing_frees_everything(outputs, models):
    LivePicture(LearningFigure(2)).close()
    before = models()
    live = LivePicture(LearningFigure(2))
    with live:
        live.close()
    live.close()
    assert models() == before and live.closed
