"""Retraining under a knob: the curves of `fit`, again and again, and only the knob differs."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.data import digits
from bigmodel_nb.models import build_cnn, build_linear, build_mlp, build_rnn
from bigmodel_nb.training import Retrainer, fit
from bigmodel_nb.training.retraining import KEPT

pytestmark = pytest.mark.tensorflow

EPOCHS = 4


@pytest.fixture(scope="module")
def data():
    return digits()


@pytest.fixture(scope="module")
def mlp(keras, data):
    """One retrainer for many tests: what came before must not show."""
    return Retrainer(build_mlp, data, epochs=EPOCHS, optimizer="sgd", widths=(16,))


def by_fit(keras, data, builder, seed=0, *, optimizer="sgd", epochs=EPOCHS, batch_size=32, **knobs):
    """The history of `fit`, as a reader would write it."""
    rates = {name: knobs.pop(name) for name in ("learning_rate", "weight_decay") if name in knobs}
    keras.utils.set_random_seed(seed)
    model = builder(**knobs)
    kind = type(keras.optimizers.get(optimizer))
    return fit(
        model, data, optimizer=kind(**rates), epochs=epochs, batch_size=batch_size, seed=seed, watch=False
    )  # fmt: skip


def agree(curve, run):
    assert curve.ended == run.ended
    assert set(curve.history) == set(run.history)
    for name, values in run.history.items():
        np.testing.assert_allclose(curve.history[name], values, rtol=0, atol=1e-5, err_msg=name)
    np.testing.assert_allclose(curve.losses, run.losses, rtol=0, atol=1e-5)
    same = ("epochs", "steps", "examples", "best_epoch", "seed")
    assert [getattr(curve, name) for name in same] == [getattr(run, name) for name in same]


CASES = {
    "softmax regression": (build_linear, {"learning_rate": 0.5}),
    "network": (build_mlp, {"learning_rate": 0.1, "widths": (16,)}),
    "Adam": (build_mlp, {"learning_rate": 0.01, "widths": (16,), "optimizer": "adam"}),
    "weight decay": (build_mlp, {"learning_rate": 0.1, "widths": (16,), "weight_decay": 0.1}),
    "more epochs than a call takes": (build_linear, {"learning_rate": 0.1, "epochs": 13}),
    "a batch that divides": (build_linear, {"learning_rate": 0.1, "batch_size": 419}),
    "a batch of all": (build_linear, {"learning_rate": 0.1, "batch_size": 5000}),
    "dropout": (build_mlp, {"learning_rate": 0.1, "widths": (16, 16), "dropout": 0.3}),
    "batch norm": (build_mlp, {"learning_rate": 0.1, "widths": (16,), "batch_norm": True}),
    "penalty": (build_mlp, {"learning_rate": 0.1, "widths": (16,), "l2": 0.01}),
}


@pytest.mark.parametrize("case", CASES)
def test_its_curve_is_the_history_of_fit(keras, data, case):
    builder, knobs = CASES[case]
    again = Retrainer(builder, data, epochs=EPOCHS, optimizer="sgd")
    for seed in (0, 3):
        agree(again.run(seed=seed, **knobs), by_fit(keras, data, builder, seed, **knobs))


@pytest.mark.parametrize("kind", ["convolutions", "recurrence"])
def test_other_networks_too(keras, kind):
    rows = np.random.default_rng(0)
    shape = (90, 8, 8, 1) if kind == "convolutions" else (90, 5, 3)
    data = (rows.normal(size=shape).astype("float32"), rows.integers(0, 3, 90))
    held = (rows.normal(size=(20, *shape[1:])).astype("float32"), rows.integers(0, 3, 20))

    def builder():
        if kind == "convolutions":
            return build_cnn("tiny", input_shape=shape[1:], num_outputs=3)
        return build_rnn("tiny", input_shape=shape[1:], num_outputs=3)

    again = Retrainer(builder, data, validation_data=held, epochs=2, optimizer="sgd")
    curve = again.run(learning_rate=0.1)
    keras.utils.set_random_seed(0)
    agree(curve, fit(builder(), data, validation_data=held, optimizer=keras.optimizers.SGD(0.1), epochs=2,
                     watch=False))  # fmt: skip


def test_without_validation_and_for_quantities(keras):
    rows = np.random.default_rng(0)
    x = rows.normal(size=(70, 3)).astype("float32")
    y = (x @ rows.normal(size=(3, 1))).astype("float32")

    def builder():
        return build_linear(input_shape=(3,), num_outputs=1)

    curve = Retrainer(builder, (x, y), optimizer="sgd", epochs=3).run(learning_rate=0.05)
    agree(curve, by_fit(keras, (x, y), builder, learning_rate=0.05, epochs=3))
    assert curve.val_loss == [] == curve.val_accuracy and len(curve.loss) == 3


def test_an_optimizer_that_starts_from_the_weights(keras, data):
    def average():
        return keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=7)

    again = Retrainer(build_linear, data, optimizer=average(), epochs=2)
    again.run(learning_rate=0.3, seed=1)
    keras.utils.set_random_seed(2)
    model = build_linear()
    agree(again.run(seed=2), fit(model, data, optimizer=average(), epochs=2, seed=2, watch=False))


# -- again and again --------------------------------------------------------------------------


@settings(max_examples=6)
@given(
    visits=st.lists(
        st.fixed_dictionaries({
            "learning_rate": st.sampled_from([0.01, 0.1, 1e30]),
            "weight_decay": st.sampled_from([0.0, 0.3]),
            "seed": st.integers(0, 1),
        }),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_what_came_before_does_not_show(mlp, visits):
    fresh = {}
    for knobs in [*visits, *visits]:
        curve = mlp.run(**knobs)
        key = repr(sorted(knobs.items()))
        assert curve.history == fresh.setdefault(key, curve.history)
        assert curve.losses == fresh.setdefault(key + " steps", curve.losses)
        assert curve.ended == ("diverged" if knobs["learning_rate"] == 1e30 else "finished")


def test_rates_compile_nothing_and_widths_do_once(mlp):
    mlp.run(learning_rate=0.1)
    known = [mlp.run(learning_rate=rate).seconds["compiling"] for rate in (0.01, 0.5)]
    assert known == [0.0, 0.0]
    assert mlp.run(widths=(5,)).seconds["compiling"] > 0
    assert mlp.run(widths=(5,), learning_rate=0.3).seconds["compiling"] == 0
    assert mlp.ready(widths=(5,), learning_rate=7) and not mlp.ready(widths=(99,))
    assert mlp.seconds_for(widths=(5,)) > 0 and mlp.seconds_for(widths=(99,)) is None


def test_all_rates_of_dropout_share_a_loop_but_zero(mlp):
    first = mlp.run(dropout=0.2)
    assert first.seconds["compiling"] > 0 and mlp.run(dropout=0.6).seconds["compiling"] == 0
    assert mlp.run(dropout=0.2).history == first.history
    assert mlp.run(dropout=0.0).history == mlp.run().history


def test_dropout_in_cells_is_compiled_by_its_rate(keras):
    rows = np.random.default_rng(0)
    data = (rows.normal(size=(40, 4, 3)).astype("float32"), rows.integers(0, 3, 40))

    def builder(dropout=0.0):
        layers = keras.layers
        return keras.Sequential([layers.Input((4, 3)), layers.LSTM(4, dropout=dropout), layers.Dense(3)])

    again = Retrainer(builder, data, optimizer="sgd", epochs=2)
    for rate in (0.5, 0.2, 0.5):
        agree(again.run(learning_rate=0.1, dropout=rate),
              by_fit(keras, data, builder, learning_rate=0.1, dropout=rate, epochs=2))  # fmt: skip


def test_few_loops_are_kept(data):
    again = Retrainer(build_linear, data, epochs=1, xla=False)
    for size in (100, 200, 300, 400, 500, 600):
        again.run(batch_size=size)
    assert len(again._kept) == KEPT


def test_the_readers_random_numbers_are_left_alone(mlp):
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    wanted = random.random(), np.random.random()  # noqa: NPY002
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    mlp.run(seed=11)
    assert (random.random(), np.random.random()) == wanted  # noqa: NPY002


# -- in slices ----------------------------------------------------------------------------------


def test_a_run_in_slices_is_the_same_run(mlp):
    whole = mlp.run(learning_rate=0.1, epochs=13)
    curve = mlp.begin(learning_rate=0.1, epochs=13)
    lengths = []
    while not mlp.advance(0):
        assert curve.ended == "running"
        lengths.append(curve.epochs)
    assert lengths == list(range(1, 13)) and curve.ended == "finished"
    assert curve.history == whole.history and curve.losses == whole.losses


def test_a_run_that_begins_drops_the_one_under_way(mlp):
    stale = mlp.begin(learning_rate=0.1)
    mlp.advance(0)
    curve = mlp.begin(learning_rate=0.2)
    while not mlp.advance():
        pass
    assert stale.ended == "running" and stale.epochs == 1
    assert curve.history == mlp.run(learning_rate=0.2).history
    mlp.begin(learning_rate=0.3)
    mlp.drop()
    assert mlp.advance() and mlp.curve.epochs == 0


# -- running away -----------------------------------------------------------------------------


def test_a_curve_that_runs_away_ends(keras, data, mlp):
    curve = mlp.run(learning_rate=1e30)
    run = by_fit(keras, data, build_mlp, learning_rate=1e30, widths=(16,))
    assert curve.ended == run.ended == "diverged" and curve.steps == run.steps and curve.epochs == 0
    assert curve.message.rstrip(".") in run.message and curve.loss == [] and curve.best_epoch is None


def test_later_epochs_may_run_away_too(keras):
    """Steps that grow the weights by a factor: the curve ends where fit's does."""
    x = np.linspace(1, 2, 64, dtype="float32")[:, None]

    def builder():
        return build_linear(input_shape=(1,), num_outputs=1)

    again = Retrainer(builder, (x, 3 * x), optimizer="sgd", epochs=30, batch_size=8)
    curve = again.run(learning_rate=1.2)
    run = by_fit(keras, (x, 3 * x), builder, learning_rate=1.2, epochs=30, batch_size=8)
    assert curve.ended == run.ended == "diverged" and 0 < curve.epochs < 30
    assert (curve.epochs, curve.steps) == (run.epochs, run.steps)
    np.testing.assert_allclose(curve.loss, run.history["loss"], rtol=1e-4)
    agree(again.run(learning_rate=0.01, epochs=2),
          by_fit(keras, (x, 3 * x), builder, learning_rate=0.01, epochs=2, batch_size=8))  # fmt: skip


# -- bad input ----------------------------------------------------------------------------------

WRONG = {
    "learning_rate": (-0.1, "learning_rate must be a positive number; received: -0.1"),
    "weight_decay": (-1, "weight_decay must be zero or a positive number; received: -1"),
    "epochs": (0, "epochs must be a whole number of 1 or more; received: 0"),
    "batch_size": (2.5, "batch_size must be a whole number of 1 or more; received: 2.5"),
    "seed": (-1, "seed must be a whole number of 0 or more; received: -1"),
    "clip": (0, "clip must be a positive number; received: 0"),
    "dropout": (1, "dropout must be a number from 0 to 1 (excluded); received: 1"),
    "optimizer": ("sdg", "optimizer must be the name of a Keras optimizer"),
    "widths": ((-3,), "widths must be a list of"),
    "depth": (3, "has no field 'depth'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(mlp, name):
    value, words = WRONG[name]
    with pytest.raises((ValueError, TypeError)) as caught:
        mlp.run(**{name: value})
    assert words in str(caught.value)
    assert mlp.run().ended == "finished", "and the next run is as if nothing had been"


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"builder": 3}, "builder must be a function that returns a Keras model; received: 3"),
        ({"builder": lambda: 3}, "builder must be a function that returns a Keras model; received: 3"),
        ({"data": 3}, "data must be a data set"),
        ({"data": (np.ones((3, 2)), np.ones(4))}, "x and y with the same number"),
        ({"data": (np.ones((3, 2), "float32"), np.zeros(3, int))}, "data: x must be examples that fit"),
        ({"xla": "on"}, "xla must be True, False or 'auto'; received: 'on'"),
        ({"epochs": 0}, "epochs must be"),
    ],
)
def test_wrong_arguments_are_named(data, arguments, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        Retrainer(**{"builder": build_linear, "data": data, **arguments}).run()
    assert words in str(caught.value)
