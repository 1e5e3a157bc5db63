"""The live panel of a training run: what is on the page while it runs and what stays."""

from __future__ import annotations

import base64
import types

import pytest

from bigmodel_nb.training import watching
from bigmodel_nb.training.watching import Progress
from bigmodel_nb.widgets import TrainingPanel, lifetime, training

VIEW = "application/vnd.jupyter.widget-view+json"
LOSSES = [2.3 - 0.02 * step for step in range(90)]


def told(step: int, ended: str | None = None, **changes) -> Progress:
    """What a watcher is told after `step` of 90 steps."""
    epochs = step // 45
    known: dict = dict(  # noqa: C408
        name="", step=step, steps=90, epoch=min(2, epochs + 1), epochs=2, steps_per_epoch=45,
        loss=1.0, rate=None, seconds=4.0, seconds_left=3.0, examples_per_second=45_678.9, unit="examples",
        losses=LOSSES[:step], notes=["device: the <CPU>"], ended=ended,
        history={"loss": [2.0, 1.0][:epochs], "accuracy": [0.5, 0.75][:epochs]} if epochs else {},
    )  # fmt: skip
    return Progress(**{**known, **changes})


@pytest.fixture
def panel(outputs, made):
    return made(TrainingPanel())


@pytest.fixture
def cell(monkeypatch):
    """A notebook whose cell "a" runs for the first time: `cell.place = ("a", 2)` runs it again."""
    state = types.SimpleNamespace(place=("a", 1))
    monkeypatch.setattr(lifetime, "running_cell", lambda: state.place)
    monkeypatch.setattr(training, "in_notebook", lambda: True)
    monkeypatch.setattr(training, "_recent", (None, []))
    yield state
    for panel in training._recent[1]:
        panel.close()


def test_a_run_from_start_to_end(panel, outputs):
    panel(told(0, seconds_left=None, examples_per_second=None))
    assert outputs[0][VIEW]["model_id"] == panel.model_id and len(outputs) == 2
    assert panel._time.value == "preparing" and panel.bar.value == 0 and panel.bar.max == 90
    assert "loses nothing" in panel._end.value
    panel(told(50))
    assert panel.image.format == "jpeg" and panel.bar.value == 50 and panel.bar.bar_style == ""
    assert panel._time.value == "3 s left"
    assert ">epoch 2 of 2 · step 50 of 90 · 45,679 examples/s<" in panel._facts.value
    assert "device: the &lt;CPU&gt;" in panel._notes.value
    assert 'role="note"' in panel._summary.value and panel.ended is None
    panel(told(90, "finished"))
    assert panel.image.format == "png" and panel.bar.value == 90 and panel.bar.bar_style == "success"
    assert panel._time.value == "finished in 4 s" and panel._end.value == "" and panel.ended == "finished"
    assert 'role="status"' in panel._summary.value and "accuracy 0.75" in panel.summary_text
    assert len(outputs) == 2, "no further outputs"
    assert base64.b64decode(outputs[0]["image/png"]) == bytes(panel.image.value)
    assert outputs[0]["text/plain"].startswith("Finished in 4 s. Epoch 2 of 2 · step 90 of 90")
    assert panel.summary_text in outputs[1]["text/html"]
    assert (
        outputs[0]["image/png"] in outputs[1]["text/html"]
        and "<p>Finished in 4 s." in outputs[1]["text/html"]
    )


@pytest.mark.parametrize(
    ("ended", "style", "words"),
    [
        ("interrupted", "warning", "interrupted after 4 s"),
        ("stopped early", "warning", "stopped early after 4 s"),
        ("diverged", "danger", "diverged after 4 s"),
    ],
)
def test_an_early_end_is_told_in_words_and_color(panel, outputs, ended, style, words):
    panel(told(0))
    panel(told(30, ended, message="The model has the weights of <that> step."))
    assert panel._time.value == words and panel.bar.bar_style == style
    assert "The model has the weights of &lt;that&gt; step." in panel._end.value
    assert ('role="alert"' in panel._end.value) == (ended == "diverged")
    assert outputs[0]["text/plain"].endswith("The model has the weights of <that> step.")
    assert panel.image.format == "png"


@pytest.mark.parametrize("calls", [[told(90)], []], ids=["in two calls", "in one"])
def test_a_run_that_was_finished_before_is_said_to_be_loaded(panel, calls):
    for progress in [*calls, told(90, "finished", message="This run was finished before.", name="night")]:
        panel(progress)
    assert panel._time.value == "loaded; nothing was trained" and panel.bar.bar_style == "info"
    assert "finished before" in panel._end.value and ">night · " in panel._facts.value


def test_a_run_that_goes_on_is_not_said_to_be_loaded(panel):
    panel(told(45))
    panel(told(90, "finished"))
    assert panel._time.value == "finished in 4 s"


def test_tokens_names_and_rates_are_shown(panel):
    panel(told(20, unit="tokens", rate=3e-4, rates=[3e-4] * 20, name="night"))
    assert ">night · epoch 1 of 2 · step 20 of 90 · 45,679 tokens/s · learning rate 0.0003<" in (
        panel._facts.value
    )
    assert panel.figure is not None and panel.figure.rate is not None


def test_a_short_run_is_drawn_once(panel):
    panel(told(0))
    panel(told(1))
    assert panel.summary_text == "", "one step is not worth a picture"
    panel(told(1, "finished", steps=1, epochs=1))
    assert panel.summary_text.startswith("Loss 2.3 at first")


def test_pictures_are_rarer_than_words(panel, monkeypatch):
    clock = types.SimpleNamespace(now=100.0)
    monkeypatch.setattr(training.time, "perf_counter", lambda: clock.now)
    panel(told(0))
    drawn = []
    monkeypatch.setattr(panel, "_drawing", 0.0)
    original = panel.figure.encode

    def slow(moving):
        drawn.append(clock.now)
        clock.now += 0.1
        return original(moving)

    panel.figure.encode = slow
    for tick in range(240):
        clock.now = max(clock.now, 100 + tick / 4)
        panel(told(10 + tick // 4))
    assert 5 <= len(drawn) <= 12, "1 % of a minute, and two that do not count"


def test_a_second_run_begins_anew(panel, outputs):
    panel(told(0))
    panel(told(90, "finished"))
    panel(told(0))
    assert panel.ended is None and panel.bar.value == 0 and panel.bar.bar_style == ""
    panel(told(40))
    assert ">training 2 of this cell · epoch 1 of 2" in panel._facts.value
    assert "at step 40" in panel.summary_text and len(outputs) == 2


def test_no_steps_at_all(panel):
    panel(told(0, steps=0, epochs=0, steps_per_epoch=1))
    panel(told(0, "finished", steps=0, epochs=0, steps_per_epoch=1))
    assert panel.summary_text == "No step is done yet." and panel.bar.value == panel.bar.max == 1


def test_closing_frees_everything(outputs, models):
    TrainingPanel()(told(0))
    before = models()
    panel = TrainingPanel(theme="dark")
    panel(told(50))
    panel.close()
    panel.close()
    panel(told(60))  # a run that goes on is not disturbed
    assert models() == before and panel.closed


def test_a_wrong_theme_is_named():
    with pytest.raises(ValueError, match="theme must be one of"):
        TrainingPanel(theme="blue")


# -- who gets which panel ----------------------------------------------------------------------


def test_loading_widgets_makes_it_the_default_in_notebooks_only(cell, outputs, monkeypatch):
    watcher = watching.watcher_for(True)
    assert watcher is not None and outputs == [], "a fit that refuses its arguments shows nothing"
    watcher(told(0))
    assert len(outputs) == 2
    monkeypatch.setattr(training, "in_notebook", lambda: False)
    assert training.watcher() is None
    assert watching.watcher_for(False) is None


def test_a_run_that_an_error_ended_is_not_said_to_go_on(cell, outputs):
    for ends in (False, True):
        watcher = training.watcher()
        watcher(told(0))
        watcher(told(60, "finished" if ends else None))
    training._cell_ended()
    broken, finished = training._recent[1]
    assert broken.ended == broken._time.value == "ended by an error" and broken.bar.bar_style == "danger"
    assert broken.image.format == "png" and outputs[0]["text/plain"].startswith("Ended by an error.")
    assert "stop button" not in broken._end.value and finished.ended == "finished"
    broken(told(0))
    assert broken.ended is None, "it can be used again"


def test_what_goes_on_in_a_callback_is_left_alone(cell, outputs):
    cell.place = None
    training.watcher()(told(50))
    training._cell_ended()
    assert training._recent[1][0].ended is None


def test_many_runs_of_one_cell_share_the_third_panel(cell, outputs):
    for _run in range(12):
        watcher = training.watcher()
        watcher(told(0))
        watcher(told(90, "finished"))
    assert len(outputs) == 6, "three panels, each with its still"
    assert "training 10 of this cell" not in outputs[2]["text/plain"]
    assert "Training 10 of this cell" in outputs[4]["text/plain"]
    cell.place = ("a", 2)
    training.watcher()(told(0))
    assert len(outputs) == 8


def test_in_callbacks_one_panel_follows_the_other(cell, outputs, models):
    cell.place = None
    training.watcher()(told(0))
    before = len(models())
    for _click in range(3):
        training.watcher()(told(90, "finished"))
    assert len(outputs) == 8 and len(models()) == before


def test_a_closed_panel_is_not_given_out_again(cell, outputs):
    training.watcher()(told(0))
    training._recent[1][0].close()
    training.watcher()(told(0))
    assert len(outputs) == 4
