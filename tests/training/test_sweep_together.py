"""Members of a sweep in one graph: each is what it is alone (oracle: `fit`), whoever its neighbors are."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.models import build_cnn, build_mlp, build_rnn, build_transformer
from bigmodel_nb.training import Sweeping, fit, sweep

pytestmark = pytest.mark.tensorflow

random = np.random.default_rng(0)
ROWS = random.normal(size=(90, 6)).astype("float32")
CLASSES = (ROWS[:, :3].argmax(1)).astype("int32")
IMAGES = random.normal(size=(60, 8, 8, 1)).astype("float32")
SIDES = (IMAGES[:, :, :4].sum((1, 2, 3)) > 0).astype("int32")
SERIES = random.normal(size=(60, 7, 2)).astype("float32")
TOTALS = (SERIES[..., 0].sum(1) > 0).astype("int32")
TOKENS = random.integers(0, 11, (48, 9)).astype("int32")


def halves(x, y, first):
    return (x[:first], y[:first]), (x[first:], y[first:])


def mlp(**fields):
    return build_mlp(input_shape=(6,), num_outputs=3, widths=(8,), **fields)


def cnn(**fields):
    return build_cnn(input_shape=(8, 8, 1), num_outputs=2, filters=(3, 4), batch_norm=True, **fields)


def rnn(cell="gru", **fields):
    return build_rnn(input_shape=(7, 2), num_outputs=2, cell=cell, widths=(5,), **fields)


def gpt(**fields):
    return build_transformer(
        vocabulary_size=11, context_length=8, num_layers=1, num_heads=2, d_model=8, **fields
    )


WORKS = {
    "mlp": (mlp, halves(ROWS, CLASSES, 70)),
    "cnn": (cnn, halves(IMAGES, SIDES, 40)),
    "gru": (rnn, halves(SERIES, TOTALS, 40)),
    "lstm": (lambda **f: rnn("lstm", **f), halves(SERIES, TOTALS, 40)),
    "simple": (lambda **f: rnn("simple", bidirectional=True, **f), halves(SERIES, TOTALS, 40)),
    "gpt": (gpt, halves(TOKENS[:, :-1], TOKENS[:, 1:], 36)),
}


def together(work, **settings):
    builder, (data, held) = WORKS[work]
    settings = {"epochs": 3, "batch_size": 16, **settings}
    found = sweep(builder, data, validation_data=held, together=True, watch=False, **settings)
    assert found.together
    return found


def alone(keras, work, member, optimizer="adam", epochs=3, batch_size=16, clip=None, **fixed):
    """The run of a member by `fit`, and its model."""
    builder, (data, held) = WORKS[work]
    chosen = {**fixed, **member.settings}
    rate, seed = chosen.pop("learning_rate", None), chosen.pop("seed", 0)
    decay, clip = chosen.pop("weight_decay", None), chosen.pop("clip", clip)
    keras.utils.set_random_seed(seed)
    model = builder(**chosen)
    made = keras.optimizers.get(optimizer)
    config = made.get_config() | ({} if decay is None else {"weight_decay": decay})
    run = fit(
        model, data, validation_data=held, optimizer=type(made).from_config(config), learning_rate=rate,
        clip=clip, epochs=epochs, batch_size=batch_size, seed=seed, xla=False, watch=False,
    )  # fmt: skip
    return run, model


def agree(one, other, atol=1e-5):
    assert one.ended == other.ended and set(one.history) == set(other.history)
    for name, values in other.history.items():
        np.testing.assert_allclose(one.history[name], values, rtol=0, atol=atol, err_msg=name)
    np.testing.assert_allclose(one.losses, other.losses, rtol=0, atol=atol)


KINDS = {
    "sgd": lambda keras: keras.optimizers.SGD(0.1),
    "momentum": lambda keras: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda keras: "adam",
    "adamw": lambda keras: "adamw",
    "rmsprop": lambda keras: keras.optimizers.RMSprop(momentum=0.5, centered=True),
    "amsgrad": lambda keras: keras.optimizers.Adam(amsgrad=True, weight_decay=0.01),
    "adagrad": lambda keras: "adagrad",
    "adadelta": lambda keras: keras.optimizers.Adadelta(1.0),
    "adamax": lambda keras: "adamax",
    "lion": lambda keras: "lion",
}
CASES = [("mlp", kind) for kind in KINDS]
CASES += [("cnn", "momentum"), ("cnn", "adamw"), ("gru", "adam"), ("lstm", "sgd"), ("gpt", "adamw")]


@pytest.mark.parametrize(("work", "optimizer"), CASES, ids=map("-".join, CASES))
def test_each_member_is_its_run_by_fit(keras, work, optimizer):
    kind = KINDS[optimizer](keras)
    found = together(work, optimizer=kind, learning_rate=[0.003, 0.01], seed=[0, 1])
    member = found.members[2]
    run, model = alone(keras, work, member, kind)
    agree(member.run, run)
    for mine, other in zip(found.model(member).get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=3e-5)


def test_sixteen_members_that_see_the_same_batches(keras):
    settings = {"learning_rate": [0.001, 0.003, 0.01, 0.03], "weight_decay": [0.0, 1e-3, 1e-2, 0.1]}
    found = together("mlp", **settings)
    for member in (found.members[0], found.members[7], found.members[15]):
        agree(member.run, alone(keras, "mlp", member)[0])


@pytest.mark.parametrize("work", ["mlp", "cnn", "gpt"])
def test_dropout_of_each_member_is_that_of_fit(keras, work):
    """0 included, where the model has no such layer; the masks are those that fit draws."""
    found = together(work, dropout=[0.0, 0.2, 0.5], seed=[0, 3])
    assert len(found.reasons) == 1  # one graph for all
    for member in (found.members[0], found.members[5]):
        agree(member.run, alone(keras, work, member)[0])


def test_clipping_and_the_price_of_weights_are_each_members_own(keras):
    found = together("mlp", optimizer="sgd", clip=[None, 0.1], l2=[0.0, 0.01, 0.1], learning_rate=0.1)
    assert len(found.reasons) == 1
    for member in found.members[1:5:3]:
        agree(member.run, alone(keras, "mlp", member, "sgd", learning_rate=0.1)[0])
    assert len({tuple(member.run.losses) for member in found.members}) == 6


@pytest.mark.parametrize("work", ["mlp", "cnn", "gru", "gpt"])
def test_a_neighbor_that_diverges_disturbs_nobody(keras, work):
    good, bad = 0.01, 1e38
    found = together(work, optimizer="sgd", learning_rate=[good, bad, 0.003])
    single = together(work, optimizer="sgd", learning_rate=[good])
    member, lost = found.members[:2]
    assert lost.run.ended == "diverged" and "clip=1.0" in lost.run.message
    assert np.isnan(found.value_of(lost, "val_loss"))
    agree(member.run, single.members[0].run)
    agree(member.run, alone(keras, work, member, "sgd")[0])
    assert all(np.isfinite(value).all() for value in found.model(lost).get_weights())


def test_a_neighbor_that_stops_early_or_has_other_dropout_disturbs_nobody(keras):
    settings = {"dropout": [0.0, 0.5], "learning_rate": [1e-4, 0.3], "epochs": 12, "patience": 2}
    found = together("mlp", **settings)
    ended = [member.run.ended for member in found.members]
    assert set(ended) == {"finished", "stopped early"}
    for member in found.members:
        own = {name: [value] for name, value in member.settings.items()}
        single_sweep = together("mlp", **{**settings, **own})
        single = single_sweep.members[0]
        agree(member.run, single.run)
        assert member.run.best_epoch == single.run.best_epoch
        # Whoever has stopped keeps its weights while others go on.
        mine, theirs = found.model(member).get_weights(), single_sweep.model(single).get_weights()
        for one, other in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-4)


def test_who_diverged_keeps_finite_weights(keras):
    """Zero times nan is nan: the updates of a lost member are left out, not multiplied away."""
    builder, (data, _held) = WORKS["mlp"]
    sweeping = Sweeping(builder, data, optimizer="sgd", learning_rate=[0.01, 1e30], epochs=3, together=True)
    while not sweeping.advance():
        pass
    assert [member.run.ended for member in sweeping.sweep.members] == ["finished", "diverged"]
    assert np.isfinite(sweeping._parts[0].engine.flat.numpy()).all()


def test_patience_is_that_of_keras_and_the_best_epoch_is_kept(keras):
    found = together("mlp", learning_rate=[0.3], epochs=12, patience=2)
    member = found.members[0]
    _builder, (data, held) = WORKS["mlp"]
    keras.utils.set_random_seed(0)
    model = mlp()
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    run = fit(
        model, data, validation_data=held, optimizer="adam", learning_rate=0.3, epochs=12, batch_size=16,
        callbacks=[stop], watch=False, xla=False,
    )  # fmt: skip
    assert (member.run.epochs, member.run.best_epoch) == (run.epochs, run.best_epoch)
    assert member.run.ended == run.ended == "stopped early" and run.epochs < 12
    last = run.history["val_loss"][-1]
    for best, loss in ((True, min(run.history["val_loss"])), (False, last)):
        made = found.model(member, best=best)
        made.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        assert made.evaluate(*held, verbose=0) == pytest.approx(loss, abs=1e-4)
    member.run.restore_best()
    for mine, other in zip(member.run.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-3)


def test_a_regression_watches_the_absolute_error(keras):
    y = ROWS[:, :1] * 2
    found = sweep(
        lambda: build_mlp(input_shape=(6,), num_outputs=1), (ROWS, y, np.linspace(0.1, 2, 90)),
        learning_rate=[0.01, 0.001], epochs=2, watch=False, together=True,
    )  # fmt: skip
    keras.utils.set_random_seed(0)
    run = fit(
        build_mlp(input_shape=(6,), num_outputs=1), (ROWS, y, np.linspace(0.1, 2, 90)), optimizer="adam",
        learning_rate=0.01, epochs=2, watch=False,
    )  # fmt: skip
    agree(found.members[0].run, run)
    assert set(run.history) == {"loss", "mean_absolute_error"}


def test_other_widths_are_another_graph():
    data = WORKS["mlp"][1][0]
    found = sweep(
        lambda units, rate: build_mlp(input_shape=(6,), num_outputs=3, widths=(units,), dropout=rate), data,
        units=[4, 8], rate=[0.0, 0.1], seed=[0, 1], epochs=1, watch=False,
    )  # fmt: skip
    assert [reason.split(" in ")[0] for reason in found.reasons] == ["4 members", "4 members"]
    assert all(member.run.ended == "finished" for member in found.members)


def test_functions_of_the_readers_own_are_not_taken_for_one_another(keras):
    """Two closures have one name and one configuration; a loss has settings, too."""

    def build(slope, delta):
        layers = keras.layers
        model = keras.Sequential([keras.Input((6,)), layers.Dense(4), layers.Activation(lambda x: slope * x)])
        model.add(layers.Dense(1))
        return model

    def build_with_loss(delta):
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
        model.compile(loss=keras.losses.Huber(delta))
        return model

    data = (ROWS, ROWS[:, :1] * 3)
    found = sweep(build, data, slope=[1.0, 2.0], delta=1, epochs=1, watch=False)
    assert not found.together and "not Keras's" in found.reasons[0]
    assert found.members[0].run.losses != found.members[1].run.losses
    found = sweep(build_with_loss, data, delta=[0.1, 10.0], learning_rate=[0.1, 0.01], epochs=1, watch=False)
    assert found.together and len(found.reasons) == 2
    assert found.members[0].run.losses != found.members[2].run.losses


def test_windows_of_a_text_are_cut_inside_the_graph(keras):
    from bigmodel_nb.data.text import Windows

    text = random.integers(0, 11, 300)
    windows = Windows(text, 8, 8)
    found = sweep(
        gpt, windows, learning_rate=[0.01, 0.001], seed=[0, 1], epochs=2, watch=False, together=True
    )
    keras.utils.set_random_seed(1)
    run = fit(gpt(), windows, optimizer="adam", learning_rate=0.01, seed=1, epochs=2, watch=False, xla=False)
    agree(found.members[1].run, run)


def test_where_stacking_does_not_pay_members_take_turns_and_it_is_said(keras):
    data = (random.normal(size=(40, 64)).astype("float32"), random.integers(0, 10, 40).astype("int32"))
    sizes = {"widths": [(4,), (600, 600)], "seed": [0, 1]}
    sweeping = Sweeping(build_mlp, data, epochs=1, **sizes)
    small, large = sweeping.sweep.reasons
    assert small.startswith("2 members in one graph") and large.startswith("2 members one after another")
    assert [len(part.members) for part in sweeping._parts] == [2, 2]
    asked = Sweeping(build_mlp, data, epochs=1, together=True, **sizes)
    assert all("in one graph" in reason for reason in asked.sweep.reasons)
