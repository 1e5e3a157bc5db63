"""Wrong arguments of `fit`: the error names the argument, and the model is as it was, optimizer and all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.training import fit

pytestmark = pytest.mark.tensorflow

random = np.random.default_rng(1)
X = random.normal(size=(24, 4)).astype("float32")
Y = random.integers(0, 3, 24)
NAN = np.where(np.arange(96).reshape(24, 4) == 50, np.nan, X)


@pytest.fixture(scope="module")
def trained(keras):
    """A compiled model whose optimizer has begun, and what it holds."""
    layers = keras.layers
    model = keras.Sequential([layers.Input((4,)), layers.Dense(3)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01, clipvalue=0.5), loss, metrics=["accuracy"], jit_compile=False)
    model.train_on_batch(X, Y)
    return model


def state(model):
    weights = [variable.numpy().copy() for variable in (*model.variables, *model.optimizer.variables)]
    compiled = (
        model.optimizer,
        model.loss,
        model._compile_metrics,
        model._compile_loss,
        model._compile_config,
    )
    return weights, compiled, (model.optimizer.clipvalue, model.optimizer.global_clipnorm)


def refused(model, names, kinds=(ValueError, TypeError), data=(X, Y), **arguments):
    weights, compiled, clipping = state(model)
    with pytest.raises(kinds) as caught:
        fit(model, data, **{"watch": False, "epochs": 1, **arguments})
    assert str(caught.value).startswith(names), str(caught.value)
    assert "received: " in str(caught.value)
    now = state(model)
    assert all(np.array_equal(a, b) for a, b in zip(weights, now[0], strict=True))
    assert all(a is b for a, b in zip(compiled, now[1], strict=True)) and clipping == now[2]


class Datum:
    """Has parts, but none that can be trained on."""

    train, validation = None, None


def schedule_of_nothing(step):
    return "fast"


WRONG = {
    "epochs": [-1, 1.5, "3", None, True, np.nan, [1]],
    "batch_size": [0, -1, 2.5, "32", None, np.inf],
    "steps_per_epoch": [0, -3, "all", 0.5],
    "seed": [-1, "lucky", None, 0.5],
    "learning_rate": [0, -0.1, "small", np.nan, np.inf, True, [0.1]],
    "clip": [0, -1, "yes", np.nan],
    "schedule": ["nonsense", 3, schedule_of_nothing, [0.1]],
    "shuffle": ["no", None, 1, 0.5],
    "restart": ["no", None, 1],
    "class_weight": [
        {0: -1.0},
        {0: np.nan},
        {0.5: 1.0},
        {"a": 1.0},
        [1.0, 2.0],
        {-1: 2.0},
        {0: "x"},
        "balanced",
    ],
    "callbacks": [3, "early", [3], {"a": 1}, None, [object()]],
    "watch": ["yes", 3, [print]],
    "resume": [3, "", "../up", "a/b", ".hidden", "x" * 200, b"run"],
    "checkpoint_seconds": [0, -1, "often", None],
    "xla": ["yes", 1, None],
    "precision": ["float63", 16, None],
    "seconds_per_call": [0, -1, "short", None],
    "optimizer": ["nonsense", 3, object(), np.mean],
    "validation_data": [3, "rows", (X,), (X, Y[:-1]), (X[:, :2], Y), (X, Y + 7), (X[:0], Y[:0]), (NAN, Y)],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_argument_is_named(trained, name):
    for value in WRONG[name]:
        refused(trained, name, **{name: value})


DATA = {
    "a number": 3,
    "text": "rows",
    "nothing": None,
    "x alone": (X,),
    "four parts": (X, Y, Y, Y),
    "an array": X,
    "a dict": {"x": X, "y": Y},
    "other lengths": (X, Y[:-1]),
    "no examples": (X[:0], Y[:0]),
    "not a number": (NAN, Y),
    "infinity": (X, np.full(24, np.inf)),
    "words": (X.astype(str), Y),
    "objects": (np.array([object()] * 24), Y),
    "ragged": ([[1.0], [1.0, 2.0]], [0, 1]),
    "a number for x": (1.0, 2.0),
    "other columns": (X[:, :3], Y),
    "more dimensions": (X[:, None], Y),
    "two inputs": ((X, X), Y),
    "labels too large": (X, Y + 1),
    "negative labels": (X, Y - 1),
    "labels that are no labels": (X, X[:, 0]),
    "too many labels": (X, np.stack([Y, Y], 1)),
    "weights of another length": (X, Y, np.ones(3)),
    "negative weights": (X, Y, -np.ones(24)),
    "weights that are words": (X, Y, np.array(["a"] * 24)),
    "no number among weights": (X, Y, np.full(24, np.nan)),
    "complex": (X + 1j, Y),
    "parts of nothing": Datum(),
    "huge whole numbers": (np.full((24, 4), 2**40), Y),
}


@pytest.mark.parametrize("case", DATA)
def test_wrong_data_are_named(trained, case):
    refused(trained, ("data", "loss"), data=DATA[case])


@pytest.mark.parametrize("wrong", [None, 3, "model", object, np.ones(3)])
def test_what_is_not_a_model(keras, wrong):
    with pytest.raises(TypeError, match=r"^model must be"):
        fit(wrong, (X, Y))


def test_a_model_without_weights_to_train(keras):
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3, trainable=False)])
    with pytest.raises(ValueError, match=r"^model must be a model with weights"):
        fit(model, (X, Y))
    assert not model.compiled


def test_losses_that_do_not_work(keras, trained):
    def broken(y, outputs):
        raise RuntimeError("as it happens")

    for loss in ("nonsense", broken, 3, {"other": "mse"}, ["mse", "mse"]):
        refused(trained, ("loss", "data: y"), loss=loss)
    refused(trained, ("loss", "data: y"), loss="mse", data=(X, X[:, :2]))
    refused(trained, "loss", metrics=["nonsense"])


def test_a_schedule_and_a_rate_against_a_schedule_in_the_optimizer(keras):
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])
    decay = keras.optimizers.schedules.CosineDecay(0.1, 10)
    model.compile(keras.optimizers.SGD(decay), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    for name, value in {"schedule": "cosine", "learning_rate": 0.1}.items():
        with pytest.raises(ValueError, match=rf"^{name} must be None"):
            fit(model, (X, Y), **{name: value})


def test_an_uncompiled_model_stays_uncompiled(keras):
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])
    for arguments in ({"xla": "yes"}, {"schedule": "nonsense"}, {"loss": "nonsense"}):
        with pytest.raises((ValueError, TypeError)):
            fit(model, (X, Y), **arguments)
        assert not model.compiled and getattr(model, "optimizer", None) is None


SCALARS = st.one_of(
    st.none(), st.booleans(), st.text(max_size=4), st.floats(), st.lists(st.integers(), max_size=2)
)


@settings(max_examples=25)
@given(
    name=st.sampled_from(["epochs", "batch_size", "seed", "steps_per_epoch", "clip", "seconds_per_call"]),
    value=SCALARS,
)
def test_whatever_it_is_there_is_no_other_error(trained, name, value):
    number = isinstance(value, float) and np.isfinite(value)
    if (value is None and name in ("clip", "steps_per_epoch")) or (number and value >= 0):
        return
    refused(trained, name, **{name: value})


def test_a_watcher_that_raises_does_not_end_the_run(keras):
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])

    def watch(progress):
        raise RuntimeError("not now")

    run = fit(model, (X, Y), epochs=2, watch=watch)
    assert run.ended == "finished" and any("not now" in note for note in run.notes)


def test_no_epochs(keras):
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])
    before = model.get_weights()
    run = fit(model, (X, Y), epochs=0, schedule="cosine", callbacks=[keras.callbacks.Callback()])
    assert run.ended == "finished" and run.history == {} and run.steps == 0
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    with pytest.raises(ValueError, match="finished an epoch"):
        run.restore_best()
