"""The stop button, pressed at every kind of moment: nothing is lost, and one can go on."""

from __future__ import annotations

import signal
import sys
import threading

import numpy as np
import pexpect
import pytest

from bigmodel_nb.training import fit, interrupts
from bigmodel_nb.training.engine import Engine
from bigmodel_nb.training.interrupts import StopButton
from bigmodel_nb.training.workers import Worker, forget_workers

ENDLESS = 10**6


def press(*_arguments):
    signal.raise_signal(signal.SIGINT)


def weights_of(model):
    return [variable.numpy() for variable in model.variables]


def equal(ones, others):
    return all(np.array_equal(one, other) for one, other in zip(ones, others, strict=True))


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    x = random.normal(size=(64, 4)).astype(np.float32)
    return x, x[:, :1] * 2


@pytest.fixture
def make(keras):
    """Makes the same small model each time."""

    def model():
        keras.utils.set_random_seed(3)
        layers = keras.layers
        return keras.Sequential(
            [keras.Input((4,)), layers.Dense(8, "tanh"), layers.Dropout(0.1), layers.Dense(1)]
        )

    return model


def after(keras, moment, when=2):
    """A callback that does something at the end of an epoch."""

    class AtTheEnd(keras.callbacks.Callback):
        ended = 0

        def on_epoch_end(self, epoch, logs=None):
            if epoch + 1 == when:
                moment()

        def on_train_end(self, logs=None):
            self.ended += 1

    return AtTheEnd()


class Pressing:
    """The compiled loop, and a press after so many of its calls."""

    def __init__(self, monkeypatch, name, calls, presses=1):
        original = getattr(Engine, name)
        self.left = calls

        def called(*arguments, **settings):
            found = original(*arguments, **settings)
            self.left -= 1
            if self.left == 0:
                for _press in range(presses):
                    press()
            return found

        monkeypatch.setattr(Engine, name, called)


def check(run, model, data, make, settings):
    """An interrupted run: its record and weights are those of a run that was asked for so many steps."""
    assert run.ended == "interrupted" and f"step {run.steps}" in run.message
    assert len(run.losses) == run.steps and len(run.history.get("loss", [])) == run.epochs
    assert (run.steps - 1) // 4 <= run.epochs <= run.steps // 4  # an epoch may lack its validation
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if run.steps:
        asked = make()
        steps = fit(asked, data, epochs=1, steps_per_epoch=run.steps, batch_size=16, **settings)
        assert steps.losses == run.losses
        assert equal(weights_of(model), weights_of(asked))
    if run.epochs:
        run.restore_best()
    assert fit(model, data, epochs=2, batch_size=16).ended == "finished"  # and the model can be trained


MOMENTS = ("compiling", "training", "validation", "callback", "watcher", "from another thread")


@pytest.mark.parametrize("moment", MOMENTS)
def test_at_any_moment_the_run_so_far_is_returned(keras, make, data, monkeypatch, moment):
    model, settings, watch = make(), {}, False
    callback = after(keras, press if moment == "callback" else lambda: None)
    if moment == "compiling":
        pressed = []

        def traced(y_true, y_pred):
            if not pressed:
                pressed.append(press())  # Python runs this while the loop is compiled, and never again
            return keras.ops.mean((y_true - y_pred) ** 2, axis=-1)

        settings["loss"] = traced
    elif moment == "training":
        Pressing(monkeypatch, "train", 7, presses=3)  # in a hurry
    elif moment == "validation":
        Pressing(monkeypatch, "read_metrics", 3)
    elif moment == "watcher":
        watch = press
    elif moment == "from another thread":
        threading.Timer(0.5, press).start()
    run = fit(
        model, data, validation_data=data, epochs=ENDLESS, batch_size=16, callbacks=[callback], watch=watch,
        seconds_per_call=0.01, **settings,
    )  # fmt: skip
    assert callback.ended == 1
    if moment in ("watcher", "callback"):
        assert run.epochs == (2 if moment == "callback" else 0)
    check(run, model, data, make, settings)


def test_a_long_validation_answers_soon_and_the_epoch_closes_later(keras, make, data, monkeypatch, tmp_path):
    monkeypatch.setenv("BIGMODEL_RUNS", str(tmp_path))
    x, y = (np.repeat(part, 400, axis=0) for part in data)  # 25 600 examples to look at: 100 batches
    settings = {"validation_data": (x, y), "batch_size": 16, "epochs": 2, "metrics": ["mae"]}
    straight = make()
    expected = fit(straight, data, **settings)

    evaluate, asked = Engine.evaluate, []

    def pressed_within(self, source, batch_size, *, seconds_per_call, stopped):
        def ask():
            asked.append(1)
            if len(asked) == 2:
                press()
            return stopped()

        return evaluate(self, source, batch_size, seconds_per_call=1e-9, stopped=ask)

    monkeypatch.setattr(Engine, "evaluate", pressed_within)
    run = fit(make(), data, resume="long", **settings)
    assert run.ended == "interrupted" and len(asked) == 2  # of the hundred calls
    assert run.history == {} and run.steps == 4
    forget_workers()  # as after a restart
    run = fit(model := make(), data, resume="long", **settings)
    assert run.ended == "finished" and len(asked) == 202
    assert run.history == expected.history and equal(weights_of(model), weights_of(straight))


def test_a_later_press_raises_and_leaves_the_weights_of_a_whole_step(make, data, monkeypatch):
    monkeypatch.setattr(interrupts, "PATIENCE", 0)
    with monkeypatch.context() as patch:
        Pressing(patch, "train", 5, presses=2)
        model = make()
        with pytest.raises(KeyboardInterrupt):
            fit(model, data, epochs=ENDLESS, batch_size=16, seconds_per_call=1e-9)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    expected = make()
    steps = int(model.optimizer.iterations)
    assert steps >= 5
    fit(expected, data, epochs=1, steps_per_epoch=steps, batch_size=16)
    assert equal(weights_of(model), weights_of(expected))
    assert fit(model, data, epochs=1).ended == "finished"


def test_a_later_press_while_it_compiles(keras, make, data, monkeypatch):
    monkeypatch.setattr(interrupts, "PATIENCE", 0)
    presses = [press, press]

    def traced(y_true, y_pred):
        while presses:
            presses.pop()()
        return keras.ops.mean((y_true - y_pred) ** 2, axis=-1)

    model = make()
    before = weights_of(model)
    with pytest.raises(KeyboardInterrupt):
        fit(model, data, loss=traced, epochs=2)
    assert equal(weights_of(model), before)
    expected = make()
    assert fit(model, data, loss=traced, epochs=2).losses == fit(expected, data, loss="mse", epochs=2).losses
    assert equal(weights_of(model), weights_of(expected))


def test_weights_are_given_back_whole_however_often_it_is_pressed(make, data, monkeypatch):
    monkeypatch.setattr(interrupts, "PATIENCE", 0)
    give_back = Worker.give_back

    def impatient(self, model):
        press(), press(), press()
        give_back(self, model)
        press()

    with monkeypatch.context() as patch:
        patch.setattr(Worker, "give_back", impatient)
        model = make()
        with pytest.raises(KeyboardInterrupt):
            fit(model, data, epochs=2, batch_size=16)
    expected = make()
    fit(expected, data, epochs=2, batch_size=16)
    assert equal(weights_of(model), weights_of(expected))


def test_a_callback_that_fails_does_not_take_the_weights_along(keras, make, data):
    def fail():
        raise RuntimeError("of the reader's own")

    model = make()
    with pytest.raises(RuntimeError, match="of the reader's own"):
        fit(model, data, epochs=5, batch_size=16, callbacks=[after(keras, fail)])
    expected = make()
    fit(expected, data, epochs=2, batch_size=16)
    assert equal(weights_of(model), weights_of(expected))
    assert fit(model, data, epochs=1).ended == "finished"


def test_a_fit_within_a_fit_ends_with_it(keras, make, data):
    inner = []

    def train_another():
        inner.append(fit(make(), data, epochs=3, callbacks=[after(keras, press, 1)]))

    model = make()  # of the same architecture: both would like the same compiled loop
    run = fit(model, data, epochs=ENDLESS, callbacks=[after(keras, train_another, 1)])
    assert [run.ended, inner[0].ended] == ["interrupted", "interrupted"]
    assert (run.epochs, inner[0].epochs) == (1, 1)
    expected = make()
    fit(expected, data, epochs=1)
    assert equal(weights_of(model), weights_of(expected))


def test_other_handlers_and_threads_are_left_alone():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with StopButton() as stop:
            press()
        assert not stop.pressed and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    seen = []

    def elsewhere():
        with StopButton() as stop:
            seen.append((stop.pressed, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [(False, signal.default_int_handler)]


IN_A_TERMINAL = """
import numpy as np, keras
from bigmodel_nb.training import fit, interrupts
x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
print("READY", flush=True)
run = fit(model, (x, x[:, :1]), validation_data=(x, x[:, :1]), epochs=10**7)
validated = len(run.history.get("val_loss", [])) == run.epochs  # maybe none yet
print("RUN", run.ended, len(run.losses) == run.steps, validated, flush=True)
print("AGAIN", fit(model, (x, x[:, :1]), epochs=1, watch=False).ended, flush=True)
"""


@pytest.mark.process
def test_control_c_in_a_terminal(tmp_path):
    """A real terminal: one line that is written over, Ctrl-C typed, and the process lives on."""
    script = tmp_path / "train.py"
    script.write_text("import bigmodel_nb\n" + IN_A_TERMINAL)
    child = pexpect.spawn(sys.executable, [str(script)], encoding="utf-8", timeout=60, dimensions=(24, 60))
    child.expect("READY")
    child.expect(r"epoch \d+ of [^\r]*\repoch")  # written over
    child.sendintr()
    child.expect(r"RUN (\w+) (\w+) (\w+)")
    shown, words = child.before, child.match.groups()
    assert words == ("interrupted", "True", "True")
    child.expect("AGAIN finished")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    lines = [
        line.rstrip() for line in shown.replace("^C", "").replace("\r\n", "\n").split("\n") if line.strip()
    ]
    assert len(lines) <= 3  # the line, and why it ended: no flood
    widest = max(lines[0].split("\r"), key=len)
    assert len(widest) < 60, widest  # or the terminal would break it in two
    assert "interrupted" in shown or "Stopped at step" in shown
