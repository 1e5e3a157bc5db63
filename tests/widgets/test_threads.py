"""Callbacks on a second thread while a cell runs, as ipykernel 7 has them: nothing is corrupted."""

from __future__ import annotations

import random
import threading
import time

import numpy as np
import pytest

from bigmodel_nb.widgets import BatchExplorer, DescentExplorer

CLICK = {"content": {"data": {"method": "custom", "content": {"event": "click"}}}, "buffers": []}


def message(**state) -> dict:
    return {"content": {"data": {"method": "update", "state": state, "buffer_paths": []}}, "buffers": []}


def hammer(*works, seconds: float = 1.0) -> list[BaseException]:
    """Runs each of `works` over and over on a thread of its own; what they raised."""
    raised: list[BaseException] = []
    until = time.monotonic() + seconds

    def loop(work, seed):
        chance = random.Random(seed)
        try:
            while time.monotonic() < until:
                work(chance)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=loop, args=(work, seed)) for seed, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a deadlock"
    return raised


def page_of_descent(explorer):
    def act(chance):
        chance.choice(
            [
                lambda: explorer.rate.slider._handle_msg(message(value=10 ** chance.uniform(-3, 0))),
                lambda: explorer.rate.box._handle_msg(message(value=chance.choice(["0.1", "x", "nan"]))),
                lambda: explorer.surface._handle_msg(message(index=chance.randrange(-1, 8))),
                lambda: explorer.racers["Nesterov"]._handle_msg(message(value=chance.random() < 0.5)),
                lambda: explorer.transport.slider.slider._handle_msg(message(value=chance.randrange(60))),
                lambda: explorer.steps.slider._handle_msg(message(value=chance.randrange(1, 60))),
                lambda: explorer._clock.widget._handle_msg(message(value=chance.randrange(10**6))),
            ]
        )()

    return act


def cell_of_descent(explorer):
    def act(chance):
        explorer.rate.value = 10 ** chance.uniform(-3, 0)
        explorer.steps.value = chance.randrange(1, 60)
        explorer.surface.value = chance.choice(["bowl", "saddle"])
        explorer.noise.value = chance.choice([0, 0.5])
        explorer.start_1.value = chance.uniform(-1, 1)
        explorer.arrows.value = chance.choice(["nobody", "Adam"])
        assert "surface" in explorer.code()
        explorer.settle()

    return act


def page_of_batches(explorer):
    def act(chance):
        chance.choice(
            [
                lambda: explorer.rate.slider._handle_msg(message(value=10 ** chance.uniform(-3, 0))),
                lambda: explorer.batch_size.box._handle_msg(message(value=chance.choice(["7", "x", "0"]))),
                lambda: explorer.data._handle_msg(message(index=chance.randrange(-1, 3))),
                lambda: explorer.zoom._handle_msg(message(value=chance.random() < 0.5)),
                lambda: explorer.transport.slider.slider._handle_msg(message(value=chance.randrange(400))),
            ]
        )()

    return act


def cell_of_batches(explorer):
    def act(chance):
        explorer.rate.value = 10 ** chance.uniform(-3, 0)
        explorer.passes.value = chance.randrange(1, 3)
        explorer.data.value = chance.choice(["diabetes", "breast cancer"])
        explorer.seed.value = chance.randrange(5)
        assert "train(" in explorer.code()

    return act


CASES = {
    "descent": (lambda: DescentExplorer(steps=50), page_of_descent, cell_of_descent),
    "batches": (lambda: BatchExplorer(passes=1), page_of_batches, cell_of_batches),
}


@pytest.mark.parametrize("make, page_work, cell_work", CASES.values(), ids=CASES)
def test_two_threads_leave_a_consistent_explorer(made, caplog, run_cell, make, page_work, cell_work):
    explorer = made(make())
    assert hammer(page_work(explorer), cell_work(explorer)) == []
    assert not caplog.records, caplog.text
    explorer.settle()
    assert "Something went wrong" not in explorer.message
    assert explorer._quiet == 0 and explorer._settled
    names, figure = run_cell(explorer.code())
    paths = names["paths"] if "paths" in names else list(names["runs"].values())
    assert len(paths) == len(explorer.paths)
    for path, other in zip(paths, explorer.paths, strict=True):
        np.testing.assert_array_equal(path.points, other.points)
    assert figure.encode()[1] == bytes(explorer.image.value)
    for knob in (explorer.rate, explorer.transport.slider):
        assert knob.box.value == knob._text() and not knob.dragged
    assert explorer.transport.slider.value == explorer.transport.position <= explorer.transport.last


def test_closing_while_messages_arrive(made, caplog, models):
    explorer = made(DescentExplorer(racers=["Adam"], steps=20, show=["rate"]))
    slider, started = explorer.rate.slider, threading.Event()

    def page(chance):
        slider._handle_msg(message(value=10 ** chance.uniform(-3, 0)))
        started.set()

    def close(_chance):
        assert started.wait(30)
        explorer.close()

    assert hammer(page, close, seconds=0.3) == []
    assert not caplog.records and explorer.closed and explorer.message == ""


def test_answers_of_two_pages_count_once(made, progress_file):
    for _time in range(5):
        explorer = made(DescentExplorer(racers=["Adam", "momentum"], steps=5, prediction=True, show=["rate"]))
        heard = []
        explorer.prediction.on_reveal(lambda heard=heard: heard.append(1))
        barrier = threading.Barrier(3)

        def press(button, barrier=barrier):
            barrier.wait(30)
            button._handle_msg(CLICK)

        buttons = [*explorer.prediction.buttons, explorer.prediction.show_button]
        threads = [threading.Thread(target=press, args=(button,)) for button in buttons]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert heard == [1] and explorer.revealed
