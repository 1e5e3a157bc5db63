"""A run in slices: the numbers of `fit`, whatever the slices; changes while it goes on; nothing is lost."""

from __future__ import annotations

import random
import threading

import numpy as np
import pytest

from bigmodel_nb.training import fit
from bigmodel_nb.training.run import Run
from bigmodel_nb.training.session import Session
from bigmodel_nb.training.workers import forget_workers, lock_of

ROWS, BATCH = 100, 20
STEPS = ROWS // BATCH
numbers = np.random.default_rng(0)
X = numbers.normal(size=(ROWS, 6)).astype("float32")
Y = (X[:, :3].argmax(1)).astype("int32")
HELD = (X[:40] + 0.1, Y[:40])


@pytest.fixture
def make(keras):
    """Makes the same network each time: with dropout, normalization and a penalty."""

    def model(dropout: float = 0.3):
        keras.utils.set_random_seed(7)
        layers = keras.layers
        return keras.Sequential(
            [
                keras.Input((6,)),
                layers.Dense(8, "relu", kernel_regularizer="l2"),
                layers.BatchNormalization(),
                layers.Dropout(dropout),
                layers.Dense(3),
            ]
        )

    return model


def session(model, **changes):
    settings = {"validation_data": HELD, "epochs": 4, "batch_size": BATCH, "seed": 3, "learning_rate": 0.01}
    return Session(model, (X, Y), **(settings | changes))


def same(run, other, most=1e-6):
    assert set(run.history) == set(other.history)
    np.testing.assert_allclose(run.losses, other.losses, rtol=0, atol=most)
    for name, values in run.history.items():
        np.testing.assert_allclose(values, other.history[name], rtol=0, atol=most, err_msg=name)


def weights_of(model):
    return [variable.numpy() for variable in model.variables]


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "adamw"])
def test_left_alone_it_is_the_run_of_fit(make, optimizer):
    one, other = make(), make()
    settings = {"epochs": 4, "batch_size": BATCH, "seed": 3, "learning_rate": 0.01, "optimizer": optimizer}
    run = fit(one, (X, Y), validation_data=HELD, watch=False, **settings)
    sliced = session(other, optimizer=optimizer)
    while sliced.advance(0.001):
        pass
    assert sliced.record.ended == "finished" and sliced.finished and sliced.step == 4 * STEPS
    same(run, sliced.record)
    for mine, theirs in zip(weights_of(other), weights_of(one), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-6)
    assert sliced.record.best_epoch == run.best_epoch and sliced.record.fingerprint == run.fingerprint


def test_steps_are_counted_exactly(make):
    whole, parts = session(make()), session(make())
    whole.run()
    for steps in (1, 1, 5, 2, 100):
        before = parts.step
        assert isinstance(parts.run(steps), Run)
        assert parts.step == min(before + steps, 4 * STEPS)
    same(whole.record, parts.record)
    parts.run(3)
    assert not parts.advance() and parts.step == 4 * STEPS, "what has ended has ended"


def test_others_may_use_the_loop_and_the_model_between_two_slices(make):
    """Another run of the same architecture shares the compiled loop, its metrics and its variables."""
    alone, shared, other = session(make()), session(make()), session(make(), seed=5)
    alone.run()
    for _turn in range(4 * STEPS):
        shared.run(1)
        other.run(1)
    same(alone.record, shared.record)
    assert other.record.losses != shared.record.losses
    predicted = shared.model.predict(X[:2], verbose=0)
    np.testing.assert_allclose(predicted, alone.model.predict(X[:2], verbose=0), atol=1e-5)


def test_a_rate_that_changes_is_a_schedule(make):
    changed, scheduled = session(make()), make()
    changed.run(7)
    changed.learning_rate = 0.3
    changed.learning_rate = 0.001
    changed.run()
    rate = lambda step: 0.01 if step < 7 else 0.001  # noqa: E731
    run = fit(
        scheduled,
        (X, Y),
        validation_data=HELD,
        watch=False,
        epochs=4,
        batch_size=BATCH,
        seed=3,
        schedule=rate,
    )
    same(run, changed.record)
    assert changed.record.config["changes"] == [[7, "learning_rate", 0.001]]
    assert changed.learning_rate == pytest.approx(0.001)


def test_weight_decay_changes_without_compiling_again(make, keras):
    """Against Keras itself: model.fit, whose optimizer is told of the change between two fits."""
    forget_workers()
    ours, theirs = make(), make()
    changed = session(ours, optimizer="sgd", epochs=2)
    changed.run(STEPS)
    compiling = changed.record.seconds["compiling"]
    changed.weight_decay = 0.5
    changed.run()
    assert changed.record.seconds["compiling"] == compiling
    plain = session(theirs, optimizer="sgd", epochs=2)
    plain.run()
    assert changed.record.losses[: STEPS + 1] == plain.record.losses[: STEPS + 1]
    assert abs(changed.record.losses[-1] - plain.record.losses[-1]) > 1e-5
    assert changed.weight_decay == 0.5 and plain.weight_decay == 0.0

    def trained(decay):
        model = make()
        model.compile(keras.optimizers.SGD(0.01, weight_decay=decay), "sparse_categorical_crossentropy")
        run = fit(model, (X, Y), watch=False, epochs=2, batch_size=BATCH, seed=3)
        return run, session(make(), optimizer="sgd", weight_decay=decay, loss=model.loss, epochs=2).run()

    for decay in (0.0, 0.5):
        run, sliced = trained(decay)
        np.testing.assert_allclose(run.losses, sliced.losses, rtol=0, atol=1e-6)


def test_dropout_changes_while_it_runs(make):
    changed = session(make())
    changed.run(6)
    changed.dropout = 0.9
    changed.run()
    plain = session(make()).run()
    assert changed.record.losses[:6] == plain.losses[:6]
    assert np.mean(changed.record.losses[7:]) > np.mean(plain.losses[7:])
    assert changed.dropout == 0.9 and changed.record.config["changes"] == [[6, "dropout", 0.9]]


def test_it_can_be_stopped_and_says_where(make):
    stopped = session(make())
    stopped.run(7)
    before = weights_of(stopped.model)
    stopped.stop()
    stopped.stop()
    assert stopped.finished and stopped.record.ended == "interrupted" and stopped.step == 7
    assert "step 7" in stopped.record.message and len(stopped.record.losses) == 7
    for now, then in zip(weights_of(stopped.model), before, strict=True):
        np.testing.assert_array_equal(now, then)
    never = session(make())
    never.stop()
    assert never.finished and never.record.steps == 0


def test_a_loss_that_is_no_number_ends_it_with_good_weights(make):
    bad = session(make(), learning_rate=0.01, optimizer="sgd")
    bad.run(6)
    bad.learning_rate = 1e30
    while bad.advance(0.01):
        pass
    assert bad.record.ended == "diverged" and "learning rate ten times smaller" in bad.record.message
    assert all(np.isfinite(value).all() for value in weights_of(bad.model))
    assert np.isfinite(bad.record.losses).all()


def test_a_tick_does_not_wait_for_a_cell_that_trains_the_model(make):
    waiting, holds, done = session(make()), threading.Event(), threading.Event()

    def cell():
        with lock_of(waiting.model):
            holds.set()
            done.wait(60)

    thread = threading.Thread(target=cell)
    thread.start()
    holds.wait(60)
    assert waiting.advance(0.01) and waiting.step == 0
    done.set()
    thread.join()
    assert waiting.advance(0.01) and waiting.step > 0


def test_a_model_that_works_in_person_can_be_changed_too(keras):
    class Own(keras.layers.Dense):
        pass

    def model():
        keras.utils.set_random_seed(1)
        return keras.Sequential([keras.Input((6,)), Own(8, "relu"), keras.layers.Dense(3)])

    changed, plain = session(model(), optimizer="sgd"), session(model(), optimizer="sgd")
    changed.run(6)
    changed.weight_decay = 0.9
    changed.run(), plain.run()
    assert changed.record.losses[:6] == plain.record.losses[:6]
    assert abs(changed.record.losses[-1] - plain.record.losses[-1]) > 1e-6


def test_progress_and_times(make):
    sliced = session(make())
    with pytest.raises(ValueError, match="session must be one that has begun"):
        sliced.progress  # noqa: B018
    assert sliced.seconds_left is None
    sliced.run(3)
    sliced.run(3)
    progress = sliced.progress
    assert (progress.step, progress.steps, progress.epoch, progress.epochs) == (6, 20, 2, 4)
    assert sliced.seconds_left > 0 and progress.ended is None
    sliced.run()
    assert sliced.seconds_left is None and sliced.progress.ended == "finished"
    assert sliced.record.seconds["total"] >= sliced.record.seconds["training"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("learning_rate", -1, "learning_rate must be a positive number; received: -1"),
        ("learning_rate", "fast", "learning_rate must be a positive number; received: 'fast'"),
        ("weight_decay", -0.1, "weight_decay must be zero or a positive number; received: -0.1"),
        ("dropout", 1.0, "dropout must be a number above 0 and below 1"),
        ("dropout", 0.0, "dropout must be a positive number"),
    ],
)
def test_wrong_changes_are_refused(make, name, value, words):
    sliced = session(make())
    before = getattr(sliced, name)
    with pytest.raises((ValueError, TypeError), match=words):
        setattr(sliced, name, value)
    assert getattr(sliced, name) == before and sliced.record.config["changes"] == []


def test_wrong_arguments_are_named(make):
    for wrong in ({"epochs": 0}, {"batch_size": 0}, {"seed": -1}, {"learning_rate": 0}, {"weight_decay": -1}):
        (name,) = wrong
        with pytest.raises(ValueError, match=f"^{name} must be"):
            session(make(), **wrong)
    with pytest.raises(TypeError, match="model must be a Keras model"):
        session("mlp")
    with pytest.raises(ValueError, match="weight_decay must be None, since Muon"):
        session(make(), optimizer="muon", weight_decay=0.1)


def test_the_state_of_the_world_is_left_alone(make):
    model = make()
    random.seed(11)
    expected = random.Random(11).random()
    sliced = session(model)
    sliced.run(2)
    assert random.random() == expected
