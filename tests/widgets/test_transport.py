"""Time, counted in the kernel: play, pause, step and rewind, driven by what a page's Play sends."""

from __future__ import annotations

import pytest

from bigmodel_nb.widgets import DescentExplorer
from bigmodel_nb.widgets.ticking import RUNNING, Ticker
from bigmodel_nb.widgets.transport import FRAMES, Transport


@pytest.fixture
def transport(made):
    return made(Transport(30))


def test_the_ticker_knows_the_name_of_the_running_flag(made):
    ticker = Ticker(lambda: None, interval=100)
    made(ticker.widget)
    assert RUNNING in ticker.widget.keys
    assert not ticker.running
    ticker.start()
    assert ticker.running and ticker.widget.get_state()[RUNNING] is True
    ticker.stop()
    assert not ticker.running


def test_ticks_are_calls_while_it_runs_and_nothing_after(page, made):
    calls = []
    ticker = Ticker(lambda: calls.append(1), interval=100)
    made(ticker.widget)
    page.ticks(ticker, 2)
    assert calls == []
    ticker.start()
    page.ticks(ticker, 3)
    page.ticks(ticker, 1, skip=40)
    assert len(calls) == 4, "a value that the page skipped is not a call"
    ticker.stop()
    page.ticks(ticker, 2)
    assert len(calls) == 4


def test_a_page_that_stops_the_play_widget_stops_the_ticker(page, made):
    calls = []
    ticker = Ticker(lambda: calls.append(1), interval=100)
    made(ticker.widget)
    ticker.start()
    page.sends(ticker.widget, **{RUNNING: False})
    page.ticks(ticker)
    assert calls == [] and not ticker.running


def test_it_starts_at_the_end(transport):
    assert transport.position == 30 == transport.slider.value and not transport.playing


def test_playing_from_the_end_begins_at_step_0_and_stops_at_the_end(page, transport):
    page.clicks(transport.play_button)
    assert transport.playing and transport.position == 0
    assert transport.play_button.description == "Pause"
    seen = []
    for _tick in range(40):
        page.ticks(transport.clock)
        seen.append(transport.position)
    assert seen == [*range(1, 31), *[30] * 10]
    assert not transport.playing and transport.play_button.description == "Play"


def test_a_long_run_plays_in_about_sixty_frames(page, made):
    transport = made(Transport(1000))
    transport.play()
    ticks = 0
    while transport.playing:
        page.ticks(transport.clock)
        ticks += 1
    assert transport.position == 1000 and 0.9 * FRAMES <= ticks <= 1.1 * FRAMES


def test_pause_keeps_the_place_and_ignores_late_ticks(page, transport):
    transport.rewind()
    page.clicks(transport.play_button)
    page.ticks(transport.clock, 5)
    page.clicks(transport.play_button)
    page.ticks(transport.clock, 4)
    assert transport.position == 5 and not transport.playing
    page.clicks(transport.play_button)
    page.ticks(transport.clock, 1)
    assert transport.position == 6, "it goes on from where it stood"


def test_skipped_tick_values_do_not_skip_steps(page, transport):
    transport.rewind()
    transport.play()
    page.ticks(transport.clock, 4, skip=17)
    assert transport.position == 4


@pytest.mark.parametrize("button, place", [("step_button", 4), ("rewind_button", 0), ("end_button", 30)])
def test_every_other_button_stops_playing(page, transport, button, place):
    transport.rewind()
    transport.play()
    page.ticks(transport.clock, 3)
    page.clicks(getattr(transport, button))
    assert transport.position == place and not transport.playing
    assert transport.play_button.description == "Play"
    page.ticks(transport.clock)
    assert transport.position == place


def test_the_slider_and_its_box_move_the_position_and_stop_playing(page, transport):
    transport.rewind()
    transport.play()
    page.drags(transport.slider, 17)
    assert transport.position == 17 and not transport.playing
    page.types(transport.slider, "12")
    assert transport.position == 12 and transport.slider.slider.value == 12
    transport.slider.complain = (heard := []).append
    for wrong in ("31", "-1", "2.5", "nan", "x"):
        page.types(transport.slider, wrong)
        assert heard[-1].startswith("step must be a whole number from 0 to 30; received: ")
    assert transport.position == 12


def test_the_slider_follows_the_position(transport):
    transport.position = 7
    assert transport.slider.value == transport.slider.slider.value == 7 and transport.slider.box.value == "7"


@pytest.mark.parametrize("wrong", [-1, 31, 2.5, float("nan"), "x", None, True])
def test_code_gets_an_error_for_a_position_outside(transport, wrong):
    with pytest.raises((ValueError, TypeError), match="position must be a whole number from 0 to 30; "):
        transport.position = wrong
    assert transport.position == transport.slider.value == 30


def test_stepping_at_the_end_stays_there(page, transport):
    page.clicks(transport.step_button)
    assert transport.position == 30
    transport.stride = 7
    transport.position = 20
    page.clicks(transport.step_button)
    assert transport.position == 27
    page.clicks(transport.step_button)
    assert transport.position == 30


@pytest.mark.parametrize(
    "before, last, after", [(30, 50, 50), (30, 10, 10), (7, 50, 7), (7, 10, 7), (20, 10, 10), (30, 1, 1)]
)
def test_another_length_keeps_the_place_where_it_can(transport, before, last, after):
    transport.position = before
    transport.span(last)
    assert transport.position == transport.slider.value == after
    assert (transport.last, transport.slider.slider.min, transport.slider.slider.max) == (last, 0, last)


def test_the_picture_moves_with_each_tick_and_settles_at_the_end(page, moving, made):
    explorer = made(DescentExplorer(racers=["Adam"], steps=5))
    pictures, words = [], []
    page.clicks(explorer.transport.play_button)
    while explorer.transport.playing:
        assert explorer.image.format == moving
        pictures.append(bytes(explorer.image.value))
        words.append(explorer.summary_text)
        page.ticks(explorer.transport.clock, skip=2)
    assert len(set(pictures)) == len(set(words)) == 5
    assert words[3].startswith("At step 3 of 5: ")
    assert explorer.image.format == "png" and explorer.summary_text.startswith("After 5 steps: ")
    assert not explorer._clock.running


def test_a_run_that_gets_shorter_while_it_plays_ends_where_it_ends(page, made):
    explorer = made(DescentExplorer(racers=["Adam"], steps=50))
    explorer.transport.play()
    page.ticks(explorer.transport.clock, 20)
    page.types(explorer.steps, "10")
    assert explorer.transport.position == 10 and not explorer.transport.playing
    page.ticks(explorer.transport.clock, 2)
    assert explorer.transport.position == 10 and not explorer.transport.playing
    assert explorer.message == ""
