"""Members of a sweep in one graph: each is what it is alone (oracle: `fit`), whoever its neighbors are."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.models import build_cnn, build_mlp, build_rnn, build_transformer
from bigmodel_nb.training import fit, sweep

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
        vocabulary_size=11, context_length=8, num_layers=2, num_heads=2, d_model=8, **fields
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
}


@pytest.mark.parametrize("optimizer", KINDS)
@pytest.mark.parametrize("work", ["mlp", "cnn", "gru", "lstm", "gpt"])
def test_each_member_is_its_run_by_fit(keras, work, optimizer):
    kind = KINDS[optimizer](keras)
    found = together(work, optimizer=kind, learning_rate=[0.003, 0.01], seed=[0, 1])
    for member in found.members[1:3]:
        run, model = alone(keras, work, member, kind)
        agree(member.run, run)
        for mine, other in zip(found.model(member).get_weights(), model.get_weights(), strict=True):
            np.testing.assert_allclose(mine, other, atol=3e-5)
