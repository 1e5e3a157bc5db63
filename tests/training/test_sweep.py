"""A sweep from outside: what it refuses, what it leaves behind, how it is driven and stopped."""

from __future__ import annotations

import os
import random as python_random
import signal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.models import build_mlp
from bigmodel_nb.training import Sweep, Sweeping, fit, sweep

pytestmark = pytest.mark.tensorflow

random = np.random.default_rng(0)
ROWS = random.normal(size=(60, 6)).astype("float32")
CLASSES = (ROWS[:, :3].argmax(1)).astype("int32")
DATA = (ROWS, CLASSES)


def mlp(dropout=0.0, **fields):
    return build_mlp(input_shape=(6,), num_outputs=3, widths=(4,), dropout=dropout, **fields)


def custom(keras):
    """A model that cannot be stacked: a layer of the reader's own."""

    class Doubled(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    return keras.Sequential([keras.Input((6,)), Doubled(), keras.layers.Dense(3)])


# -- what is refused ------------------------------------------------------------------------------


def broken(width=1):
    raise RuntimeError("no such width")


WRONG = {
    "learning_rate": ({"learning_rate": []}, ValueError, "learning_rate must be a list of at least one"),
    "seed": ({"seed": [0, 1.5]}, ValueError, "seed must be a whole number"),
    "twice": ({"seed": [1, 1]}, ValueError, "seed must be a list of different values"),
    "nan": ({"learning_rate": [0.1, float("nan")]}, ValueError, "learning_rate must be a positive number"),
    "infinite": ({"dropout": [0.1, float("inf")]}, ValueError, "dropout must be"),
    "text": ({"weight_decay": ["much"]}, TypeError, "weight_decay must be"),
    "negative": ({"clip": [-1.0]}, ValueError, "clip must be a positive number"),
    "unknown": ({"learning_rat": [0.1]}, TypeError, "'learning_rat'"),
    "builder": ({"builder": 3}, TypeError, "builder must be a function"),
    "raises": ({"builder": broken, "width": [1, 2]}, ValueError, "builder must be .*width=1.*no such width"),
    "no model": ({"builder": lambda: 3}, TypeError, "builder must be a function that returns a Keras model"),
    "epochs": ({"epochs": 0}, ValueError, "epochs must be"),
    "patience": ({"patience": 0}, ValueError, "patience must be"),
    "together": ({"together": "yes"}, ValueError, "together must be"),
    "watch": ({"watch": "me"}, TypeError, "watch must be"),
    "optimizer": ({"optimizer": "best"}, ValueError, "optimizer must be"),
    "batch": ({"batch_size": [0]}, ValueError, "batch_size must be"),
    "data": ({"data": (ROWS, CLASSES[:5])}, ValueError, "data must be x and y with the same number"),
    "shapes": ({"data": (ROWS[:, :4], CLASSES)}, ValueError, "data: x must be"),
    "too many": ({"seed": list(range(200)), "dropout": [0.1 * i for i in range(200)]}, ValueError, "dropout"),
}


@pytest.mark.parametrize("case", WRONG)
def test_errors_name_the_argument_before_anything_is_trained(keras, case):
    given_, error, words = WRONG[case]
    arguments = {"builder": build_small, "data": DATA, "watch": False, **given_}
    with pytest.raises(error, match=words):
        sweep(arguments.pop("builder"), arguments.pop("data"), **arguments)


def build_small(dropout=0.0):
    return mlp(dropout)


def test_a_field_that_the_builder_does_not_have(keras):
    with pytest.raises(TypeError, match="no field 'width'"):
        sweep(build_mlp, DATA, input_shape=(6,), width=[3], watch=False)


@settings(max_examples=25)
@given(value=st.one_of(st.none(), st.text(), st.floats(), st.binary(), st.lists(st.floats(), max_size=2)))
def test_whatever_a_rate_is_the_answer_is_an_error_in_words(keras, value):
    if value is None or (isinstance(value, float) and 0 < value < np.inf):
        return
    if isinstance(value, list) and value and all(0 < one < np.inf for one in value) and len(set(value)) > 1:
        return
    if isinstance(value, list) and len(value) == 1 and 0 < value[0] < np.inf:
        return
    with pytest.raises((ValueError, TypeError), match="learning_rate must be"):
        Sweeping(build_small, DATA, learning_rate=value)


# -- what it leaves behind ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(keras):
    python_random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    before = python_random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    made = sweep(
        build_small, DATA, validation_data=DATA, learning_rate=[0.001, 0.01], dropout=[0.0, 0.3], seed=[0, 1],
        epochs=2, watch=False,
    )  # fmt: skip
    assert before == (python_random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002
    return made


def test_members_are_in_product_order_and_every_run_is_whole(found):
    assert found.knobs == ("learning_rate", "dropout", "seed") and len(found.members) == 8
    assert [member.settings["seed"] for member in found.members] == [0, 1] * 4
    assert [member.settings["learning_rate"] for member in found.members] == [0.001] * 4 + [0.01] * 4
    for member in found.members:
        run = member.run
        assert run.ended == "finished" and run.epochs == 2 and run.steps == len(run.losses) == 4
        assert set(run.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
        assert run.config["learning_rate"] == pytest.approx(member.settings["learning_rate"])
    assert found.together and found.seconds > 0 and "8 members in one graph" in found.reasons[0]


def test_the_best_by_any_metric(found):
    losses = [member.run.history["val_loss"][member.run.best_epoch - 1] for member in found.members]
    assert found.best() is found.members[int(np.argmin(losses))]
    assert found.best("val_loss", mode="max") is found.members[int(np.argmax(losses))]
    right = [found.value_of(member, "val_accuracy") for member in found.members]
    assert found.value_of(found.best("val_accuracy"), "val_accuracy") == max(right)
    with pytest.raises(ValueError, match=r"metric must be .*'val_loss'.*; received: 'speed'"):
        found.best("speed")


def test_a_grid_is_the_mean_over_seeds_and_what_is_not_held_fast(found):
    means, deviations, counts = found.grid("val_loss", "learning_rate", "dropout")
    assert means.shape == (2, 2) and (counts == 2).all()
    for row, dropout in enumerate(found.values["dropout"]):
        for column, rate in enumerate(found.values["learning_rate"]):
            mine = [
                found.value_of(member, "val_loss")
                for member in found.members
                if member.settings["dropout"] == dropout and member.settings["learning_rate"] == rate
            ]
            assert means[row, column] == pytest.approx(np.mean(mine))
            assert deviations[row, column] == pytest.approx(np.std(mine, ddof=1))
    alone = found.grid("val_loss", "learning_rate", "dropout", at={"seed": 1})
    assert (alone[2] == 1).all() and np.isnan(alone[1]).all()
    assert found.grid("val_loss", "seed")[2].tolist() == [[4, 4]]
    for wrong, words in ((("x", "no"), "x must be"), (("at", {"seed": 7}), r"at\['seed'\] must be")):
        with pytest.raises(ValueError, match=words):
            found.grid("val_loss", **{"x": "seed", wrong[0]: wrong[1]})


def test_a_file_says_the_same_and_has_no_weights(found, tmp_path):
    path = found.save(tmp_path / "deep" / "sweep.json")
    loaded = Sweep.load(path)
    assert loaded.table() == found.table() and loaded.values == found.values
    assert loaded.best().settings == found.best().settings and str(loaded) == str(found)
    with pytest.raises(ValueError, match="a file has no weights"):
        loaded.model(loaded.members[0])
    for text in ("", "[]", "{}", path.read_text()[:-40], '{"format": 9}'):
        (tmp_path / "other.json").write_text(text)
        with pytest.raises(ValueError, match=r"path must be a file that Sweep.save wrote"):
            Sweep.load(tmp_path / "other.json")


def test_a_model_of_a_member_predicts_what_its_record_says(keras, found):
    member = found.members[5]
    model = found.model(member)
    model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    assert model.evaluate(*DATA, verbose=0) == pytest.approx(member.run.history["val_loss"][-1], abs=1e-5)
    with pytest.raises(ValueError, match="member must be a member of this sweep"):
        found.model(type(member)({"seed": 0}))


def test_tuples_and_text_are_settings_too(keras, tmp_path):
    def build(widths, activation):
        return build_mlp(input_shape=(6,), num_outputs=3, widths=widths, activation=activation)

    made = sweep(
        build,
        DATA,
        widths=[(3,), (4, 2)],
        activation="tanh",
        optimizer=["sgd", "adam"],
        epochs=1,
        watch=False,
    )
    assert made.knobs == ("optimizer", "widths") and made.fixed["activation"] == "tanh"
    assert len(made.reasons) == 4 and {member.run.ended for member in made.members} == {"finished"}
    assert Sweep.load(made.save(tmp_path / "one.json")).values["widths"] == [(3,), (4, 2)]


# -- one after another ----------------------------------------------------------------------------


@pytest.mark.parametrize("patience", [None, 1])
def test_one_after_another_is_the_same(keras, patience):
    knobs = {"learning_rate": [0.01, 0.3], "seed": [1], "epochs": 6, "patience": patience, "watch": False}
    one, other = (
        sweep(build_small, DATA, validation_data=DATA, together=how, **knobs) for how in (True, False)
    )
    assert one.together and not other.together and "as asked for" in other.reasons[0]
    for mine, theirs in zip(one.members, other.members, strict=True):
        assert mine.run.ended == theirs.run.ended
        np.testing.assert_allclose(mine.run.losses, theirs.run.losses, atol=1e-5)
        best = [
            made.model(member, best=True).get_weights() for made, member in ((one, mine), (other, theirs))
        ]
        for left, right in zip(*best, strict=True):
            np.testing.assert_allclose(left, right, atol=3e-5)


def test_what_cannot_be_stacked_is_said_and_trained_all_the_same(keras):
    made = sweep(lambda: custom(keras), DATA, learning_rate=[0.1, 0.01], epochs=1, watch=False)
    assert not made.together and "a layer Doubled, which is not known here" in made.reasons[0]
    assert [member.run.ended for member in made.members] == ["finished"] * 2
    with pytest.raises(ValueError, match=r"together must be .*Doubled"):
        sweep(lambda: custom(keras), DATA, learning_rate=[0.1], together=True)


# -- in slices ------------------------------------------------------------------------------------


@pytest.mark.parametrize("together", [True, False])
def test_slices_fill_the_record_and_can_be_stopped(keras, together):
    sweeping = Sweeping(build_small, DATA, seed=[0, 1, 2], epochs=2000, together=together)
    assert sweeping.sweep.members[0].run is None and not sweeping.finished
    while not (sweeping.sweep.members[0].run and sweeping.sweep.members[0].run.history):
        assert not sweeping.advance(0.05)
    first = sweeping.sweep.members[0]
    seen = len(first.run.history["loss"])
    sweeping.advance(0.05)
    assert len(first.run.history["loss"]) > seen
    sweeping.stop()
    assert sweeping.finished and sweeping.advance() and first.run.ended == "interrupted"
    assert np.isfinite(sweeping.sweep.model(first).get_weights()[0]).all()
    assert "2 of" not in str(sweeping.sweep)


def test_an_interrupt_ends_it_with_what_it_has(keras):
    def press(standing):
        if (
            standing.ended is None
            and standing.sweep.members[0].run
            and standing.sweep.members[0].run.epochs > 2
        ):
            os.kill(os.getpid(), signal.SIGINT)

    made = sweep(build_small, DATA, seed=[0, 1], epochs=100_000, watch=press)
    assert {member.run.ended for member in made.members} == {"interrupted"}
    assert made.members[1].run.epochs > 2 and made.best("loss").run.history["loss"]


def test_watchers_get_a_line_and_may_fail(keras):
    lines = []
    made = sweep(
        build_small, DATA, seed=[0, 1], epochs=2, watch=lambda now: lines.append((str(now), now.ended))
    )
    assert lines[-1][1] and lines[-1][0].startswith("2 of 2 members") and not made.reasons[1:]

    def broken_watch(now):
        raise RuntimeError("no")

    made = sweep(build_small, DATA, seed=[0, 1], epochs=2, watch=broken_watch)
    assert "watch was no longer called" in made.reasons[-1]


def test_a_member_alone_is_what_fit_trains(keras):
    """One point of the whole chain: builder, seed, order, rate, weights at the end."""
    made = sweep(build_small, DATA, learning_rate=[0.02], seed=[4], epochs=3, watch=False)
    keras.utils.set_random_seed(4)
    model = build_small()
    run = fit(model, DATA, optimizer="adam", learning_rate=0.02, seed=4, epochs=3, watch=False)
    np.testing.assert_allclose(made.members[0].run.losses, run.losses, atol=1e-6)
