"""Which learning rate, and how large a batch fits; what was asked leaves no trace."""

from __future__ import annotations

import random

import numpy as np
import pytest

pytestmark = pytest.mark.tensorflow

CLOUDS = np.random.default_rng(0)
X = CLOUDS.normal(size=(200, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int32) + (X[:, 1] > 0)


@pytest.fixture
def model(keras):
    keras.utils.set_random_seed(0)
    layers = [
        keras.Input((4,)),
        keras.layers.Dense(8, "relu"),
        keras.layers.Dropout(0.1),
        keras.layers.Dense(3),
    ]
    return keras.Sequential(layers)


@pytest.fixture(scope="module")
def finders():
    from bigmodel_nb.training import finders

    return finders


def weights(model):
    return [variable.numpy().copy() for variable in model.variables]


# -- suggestions --------------------------------------------------------------------------------


def test_suggestions_of_a_curve_that_is_known(finders):
    """Flat, then a straight fall in the logarithm from 1e-4 to 1e-1, then up."""
    rates = np.geomspace(1e-6, 1, 121)
    place = np.log10(rates)
    losses = np.where(place < -4, 2.0, np.where(place < -1, 2.0 - 0.5 * (place + 4), 0.5 + 20 * (place + 1)))
    found = finders.suggest(rates, losses)
    assert 1e-4 < found.valley < 1e-1 and 1e-4 < found.steepest < 1e-1
    assert found.minimum_tenth == pytest.approx(1e-2, rel=0.5)
    assert "valley" in str(found)


def test_smoothing_is_a_mean_of_what_was_seen(finders):
    assert np.allclose(finders.smooth(np.full(9, 3.0)), 3.0)
    two = finders.smooth(np.array([1.0, 2.0]))
    assert two[1] == pytest.approx((0.09 * 1 + 0.1 * 2) / 0.19)


@pytest.mark.parametrize("losses", [np.linspace(1, 2, 50), np.ones(3)])
def test_a_loss_that_never_falls_is_said(finders, losses):
    with pytest.raises(ValueError, match=r"data must be|lowest must be"):
        finders.suggest(np.geomspace(1e-6, 1, len(losses)), losses)


# -- the range test -----------------------------------------------------------------------------


def test_a_suggested_rate_trains_better_than_the_lowest(keras, finders, model):
    from bigmodel_nb.training import fit

    found = finders.find_learning_rate(model, (X, Y), batch_size=20)
    assert 1e-6 < found.valley < 10 and len(found.rates) == len(found.losses) == len(found.smoothed)
    start = weights(model)
    ends = []
    for rate in (1e-6, found.valley):
        for variable, value in zip(model.variables, start, strict=True):
            variable.assign(value)
        run = fit(model, (X, Y), optimizer="adam", learning_rate=rate, epochs=5, watch=False)
        ends.append(run.history["loss"][-1])
    assert ends[1] < 0.6 * ends[0]


@pytest.mark.parametrize("compiled", [False, True])
def test_it_leaves_no_trace(keras, finders, model, compiled):
    if compiled:
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(X, Y, epochs=1, verbose=0)
        state = weights(model.optimizer)
    before, python = weights(model), random.getstate()
    finders.find_learning_rate(model, (X, Y), lowest=1e-4)
    assert all(np.array_equal(old, new) for old, new in zip(before, weights(model), strict=True))
    assert random.getstate() == python
    assert model.compiled == compiled
    if compiled:
        assert all(np.array_equal(old, new) for old, new in zip(state, weights(model.optimizer), strict=True))


def test_the_same_seed_finds_the_same(finders, model):
    one, two = (finders.find_learning_rate(model, (X, Y), steps=30, seed=3) for _ in range(2))
    assert np.array_equal(one.losses, two.losses) and one.valley == two.valley


def test_it_ends_where_the_loss_runs_away(finders, model):
    found = finders.find_learning_rate(model, (X, Y), highest=1e6, optimizer="sgd")
    assert len(found.losses) < 100 and np.isfinite(found.losses).all()
    assert found.smoothed[-1] <= finders.TOO_HIGH * found.smoothed.min()


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"lowest": 0}, "lowest must be"),
        ({"lowest": 1.0, "highest": 0.1}, "highest must be a rate above lowest"),
        ({"steps": 3}, "steps must be"),
        ({"batch_size": 0}, "batch_size must be"),
        ({"optimizer": "nobody"}, "optimizer must be"),
    ],
)
def test_hostile_settings_are_named(finders, model, settings, words):
    with pytest.raises((ValueError, TypeError), match=words):
        finders.find_learning_rate(model, (X, Y), **settings)
    with pytest.raises(TypeError, match="model must be a Keras model"):
        finders.find_learning_rate("model", (X, Y))


# -- the largest batch --------------------------------------------------------------------------


@pytest.mark.process
def test_the_largest_batch_that_fits(finders, model):
    """Without a limit that matters: the largest power of two of 200 examples. With none to spare: said."""
    assert finders.find_batch_size(model, (X, Y)) == 128
    assert not model.compiled
    with pytest.raises(ValueError, match="memory must be enough for a step on one example"):
        finders.find_batch_size(model, (X, Y), memory=1e6)


def test_the_search_stops_before_memory_ends(keras, monkeypatch, capsys, tmp_path):
    """The probe in this process, with a memory that grows by 100 bytes an example."""
    from bigmodel_nb.training import probe

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "model.npz", **{"x/0": np.ones((1, 2), np.float32), "y/0": np.ones((1, 1))})
    sizes = iter([1000, 1100, 1200, 1400, 1800, 2600, 4200])
    monkeypatch.setattr(probe, "resident", lambda: next(sizes))
    probe.main(str(tmp_path / "model.keras"), 1024, 2700)
    assert [line.split(":")[1].split(",")[0].strip() for line in capsys.readouterr().out.splitlines()] == [
        "1", "2", "4", "8",
    ]  # fmt: skip
