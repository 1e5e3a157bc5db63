"""The fast training is the readable one, rearranged: the same numbers, draw for draw."""

import itertools

import numpy as np
import pytest

from bigmodel_nb.maths.activations import ACTIVATIONS
from bigmodel_nb.maths.experiment import Experiment
from bigmodel_nb.maths.losses import LOSSES
from bigmodel_nb.maths.neurons import Network, train
from bigmodel_nb.maths.optimizers import OPTIMIZERS, Adam, GradientDescent

RANDOM = np.random.default_rng(0)
X, YES = RANDOM.normal(size=(47, 3)), RANDOM.integers(0, 2, 47)
TEST = RANDOM.normal(size=(20, 3)), RANDOM.integers(0, 2, 20)


def same(network, other):
    for ours, theirs in zip(network.parameters, other.parameters, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    return True


def truth(loss, y):
    return y if loss == "binary cross-entropy" else 2.0 * y - 1


@pytest.mark.parametrize("regularized", [{}, {"l1": 0.01, "l2": 0.02}, {"dropout": 0.3}], ids=str)
@pytest.mark.parametrize(
    ("activation", "loss"),
    [*itertools.product(ACTIVATIONS, ["binary cross-entropy"]), *itertools.product(["tanh"], sorted(LOSSES))],
)
def test_it_is_the_readable_training(activation, loss, regularized):
    if loss == "cross-entropy":
        network, y, held = Network.initial([3, 5, 4, 2], activation=activation, **regularized), YES, TEST
    else:
        network = Network.initial(
            [3, 5, 4, 1], activation=activation, output="linear", loss=loss, seed=1, **regularized
        )
        y, held = truth(loss, YES), (TEST[0], truth(loss, TEST[1]))
    rule = Adam(0.01)
    readable = train(network, X, y, epochs=4, batch_size=10, optimizer=rule, seed=5).network
    trial = Experiment(network, (X, y), held, batch_size=10, optimizer=rule, seed=5)
    trial.run(4)
    assert same(trial.network, readable)
    plain = Network(readable.parameters, readable.activations, loss)
    assert trial.train_losses[-1] == pytest.approx(plain.loss_of(X, y))
    assert trial.test_losses[-1] == pytest.approx(plain.loss_of(*held))


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("hidden", [[], [4], [8] * 6], ids=str)
def test_every_optimizer_and_depth(name, hidden):
    network = Network.initial([3, *hidden, 1], activation="tanh", loss="binary cross-entropy", seed=2)
    rule = OPTIMIZERS[name](learning_rate=0.02)
    readable = train(network, X, YES, epochs=3, batch_size=60, optimizer=rule, seed=5).network
    trial = Experiment(network, (X, YES), TEST, batch_size=60, optimizer=rule, seed=5)
    trial.run(3)
    assert same(trial.network, readable)


def test_what_every_unit_makes_of_a_point():
    network = Network.initial([3, 4, 1], activation="relu", loss="binary cross-entropy", seed=1)
    trial = Experiment(network, (X, YES), TEST, batch_size=10, optimizer=GradientDescent(0.1))
    hidden, outputs = trial.values(X)
    np.testing.assert_allclose(outputs.T, network.forward(X))
    W, b = network.parameters[:2]
    np.testing.assert_allclose(hidden.T, np.maximum(X @ W + b, 0))
    assert trial.right()[0] == np.mean((network.forward(X)[:, 0] > 0) == YES)


def begun(**settings):
    network = Network.initial([3, 4, 1], activation="tanh", loss="binary cross-entropy", seed=1)
    settings = {"batch_size": 10, "optimizer": GradientDescent(0.5), "seed": 3, **settings}
    return Experiment(network, (X, YES), TEST, **settings)


def test_early_stopping_goes_back_to_the_best_epoch():
    held = X[:9], 1 - YES[:9]  # wrong labels: learning makes it worse
    trial = begun(validation=held, patience=6)
    trial.run(300)
    readable = train(
        trial.training._network, X, YES, epochs=300, batch_size=10, optimizer=GradientDescent(0.5), seed=3,
        validation=held, patience=6,
    )  # fmt: skip
    assert trial.stopped and trial.ended and trial.epochs == len(readable.losses) < 300
    assert trial.best_epoch == readable.best_epoch and same(trial.network, readable.network)
    trial.run(5)
    assert trial.epochs == len(readable.losses), "what has ended goes no further"


def test_changes_on_the_way_can_be_made_again():
    trial = begun()
    trial.change((0, 3, 1), 0.5)  # the bias of the second unit
    trial.run(3)
    trial.change("learning_rate", 0.1)
    trial.change("learning_rate", 0.2)
    trial.run(2)
    trial.change("dropout", 0.25)
    trial.run(2)
    assert trial.changes == [(0, (0, 3, 1), 0.5), (3, "learning_rate", 0.2), (5, "dropout", 0.25)]
    again = begun(changes=trial.changes)
    again.run(7)
    assert again.changes == trial.changes and same(again.network, trial.network)
    assert again.train_losses[3:] == trial.train_losses[3:]
    other = begun()
    other.run(7)
    assert other.train_losses[-1] != trial.train_losses[-1]


def test_it_runs_away_and_says_so():
    loss = "squared error"
    network = Network.initial([3, 4, 1], loss=loss, seed=1)
    trial = Experiment(
        network, (X, 1.0 * YES), (TEST[0], 1.0 * TEST[1]), batch_size=10, optimizer=GradientDescent(1e30)
    )
    trial.run(500)
    assert trial.diverged and trial.ended and trial.epochs < 500
    assert np.isfinite(trial.network.parameters[0]).all()


def test_it_advances_for_a_while():
    trial = begun()
    assert trial.advance(0.0) == 1 and trial.advance(5.0, most=7) == 7 and trial.epochs == 8


@pytest.mark.parametrize(
    "change",
    [3, (1, 2), (0, "seed", 1), (0, "learning_rate", -1), (0, (0, 4, 0), 1), (0, (9, 0, 0), 1), (-1, "l1", 0),
     (0, (0, 0), 1), (0, "dropout", 1), (0, (0, 0, 0), float("nan")), (0, None, 1)],
)  # fmt: skip
def test_wrong_changes_are_refused(change):
    with pytest.raises((ValueError, TypeError), match=r" must be .*; received: "):
        begun(changes=[change])
