"""Networks: finite differences, training, and what is said about wrong arguments. Keras: next file."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bigmodel_nb.data.bundled import load_digits
from bigmodel_nb.maths.descent import OPTIMIZERS, Adam, GradientDescent
from bigmodel_nb.maths.initializers import INITIALIZERS
from bigmodel_nb.maths.losses import LOSSES, softmax
from bigmodel_nb.maths.neurons import ACTIVATIONS, Network, train
from bigmodel_nb.maths.passes import draw_masks

RANDOM = np.random.default_rng(5)
X, LABELS, TARGETS = RANDOM.normal(size=(6, 3)), np.array([0, 1, 1, 0, 1, 0]), RANDOM.normal(size=(6, 2))
SMALL = Network.initial([3, 4, 2], seed=1)


def truth_for(loss):
    if loss == "binary cross-entropy":
        return np.stack([LABELS, 1 - LABELS], axis=1)
    return LABELS if loss == "cross-entropy" else TARGETS


def measured_slopes(network, x, truth, numeric_gradient):
    """The slopes of the loss by finite differences, parameter by parameter."""
    for place, part in enumerate(network.parameters):

        def loss_with(flat, place=place, part=part):
            parameters = list(network.parameters)
            parameters[place] = flat.reshape(part.shape)
            return network.with_parameters(parameters).loss_of(x, truth)

        yield numeric_gradient(loss_with, part.ravel()).reshape(part.shape)


@pytest.mark.parametrize("loss", ["cross-entropy", "squared error"])
@pytest.mark.parametrize(("hidden", "output"), list(itertools.product(ACTIVATIONS, repeat=2)))
@pytest.mark.parametrize("sizes", [[3, 2], [3, 4, 2], [3, 5, 4, 2]])
def test_gradients_are_the_measured_slopes(loss, hidden, output, sizes, numeric_gradient):
    network = Network.initial(sizes, activation=hidden, output=output, loss=loss, seed=2)
    slopes = network.gradients(X, truth_for(loss))
    assert [slope.shape for slope in slopes] == [part.shape for part in network.parameters]
    for slope, measured in zip(
        slopes, measured_slopes(network, X, truth_for(loss), numeric_gradient), strict=True
    ):
        np.testing.assert_allclose(slope, measured, atol=1e-7)


@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_of_every_loss_with_penalties(loss, numeric_gradient):
    network = Network.initial([3, 4, 2], activation="tanh", loss=loss, seed=2, l1=0.03, l2=0.07)
    plain = Network(network.parameters, network.activations, loss)
    weights = network.parameters[::2]
    added = sum(0.03 * np.abs(W).sum() + 0.07 * (W**2).sum() for W in weights)
    assert network.penalty == pytest.approx(added) and plain.penalty == 0
    truth = truth_for(loss)
    assert network.loss_of(X, truth) == pytest.approx(plain.loss_of(X, truth) + added)
    for slope, measured in zip(
        network.gradients(X, truth), measured_slopes(network, X, truth, numeric_gradient), strict=True
    ):
        np.testing.assert_allclose(slope, measured, atol=1e-7)


def test_dropout_silences_units_and_keeps_their_mean():
    masks = draw_masks(np.random.default_rng(0), 0.25, 4000, [3])
    assert set(np.unique(masks[0])) == {0.0, 1 / 0.75} and masks[0].mean() == pytest.approx(1, rel=0.02)
    assert draw_masks(np.random.default_rng(0), 0.0, 4, [3]) is None
    network = Network.initial([3, 4, 2], seed=1)
    silent = np.zeros((6, 4))
    first, bias, second, last = network.gradients(X, 0 * LABELS, [silent])
    assert not first.any() and not bias.any() and not second.any() and last.any()
    half = network.gradients(X, LABELS, [np.ones((6, 4))])
    for ours, expected in zip(half, network.gradients(X, LABELS), strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_dropout_is_drawn_anew_for_each_batch():
    network = Network.initial([3, 4, 2], seed=1, dropout=0.5)
    rule = GradientDescent(0.1)
    random = np.random.default_rng(3)
    order = random.permutation(6)
    expected = network
    for batch in (order[:4], order[4:]):
        masks = draw_masks(random, 0.5, len(batch), [4])
        slopes = expected.gradients(X[batch], LABELS[batch], masks)
        expected = expected.with_parameters(
            [part - 0.1 * slope for part, slope in zip(expected.parameters, slopes, strict=True)]
        )
    run = train(network, X, LABELS, epochs=1, batch_size=4, optimizer=rule, seed=3)
    for ours, part in zip(run.network.parameters, expected.parameters, strict=True):
        np.testing.assert_allclose(ours, part, rtol=1e-12)


def test_early_stopping_brings_back_the_best_epoch():
    seen = []
    held = (X[:3], 1 - LABELS[:3])  # wrong labels: learning makes it worse
    run = train(
        SMALL, X[3:], LABELS[3:], epochs=60, optimizer=GradientDescent(0.3), validation=held, patience=5,
        watch=seen.append,
    )  # fmt: skip
    assert len(run.losses) == run.best_epoch + 5 < 60 and len(run.validation_losses) == len(run.losses)
    held_losses = [SMALL.loss_of(*held), *run.validation_losses]
    assert run.best_epoch == int(np.argmin(held_losses))
    assert run.network.loss_of(*held) == min(held_losses)
    watched = train(SMALL, X[3:], LABELS[3:], epochs=4, validation=held)
    assert len(watched.validation_losses) == 4 and watched.best_epoch is None


def test_a_network_by_hand():
    network = Network([[[1.0, -1.0]], [0.0, 1.0], [[2.0], [3.0]], [4.0]], ["relu", "linear"])
    np.testing.assert_array_equal(network.forward([[5.0], [-5.0]]), [[2 * 5 + 4], [3 * 6 + 4]])
    assert network.sizes == (1, 2, 1) and network.count == 7


def test_it_counts_and_classifies():
    assert Network.initial([64, 32, 10]).count == 2410
    np.testing.assert_array_equal(SMALL.classify(X), SMALL.probabilities(X).argmax(axis=1))
    np.testing.assert_allclose(SMALL.probabilities(X), softmax(SMALL.forward(X)))


def test_parameters_are_copies_that_cannot_be_changed():
    mine = [np.ones((3, 2)), np.zeros(2)]
    network = Network(mine, ["linear"])
    mine[0][0, 0] = 7
    assert network.parameters[0][0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        network.parameters[0][0, 0] = 7


@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_begin_at_the_size_that_the_paper_asks_for(name):
    weights, bias = Network.initial([300, 200], initializer=name, seed=3).parameters
    spread = {
        "glorot uniform": np.sqrt(2 / 500), "glorot normal": np.sqrt(2 / 500),
        "he uniform": np.sqrt(2 / 300), "he normal": np.sqrt(2 / 300),
        "lecun normal": np.sqrt(1 / 300), "standard normal": 1.0, "zeros": 0.0,
    }[name]  # fmt: skip
    assert weights.std() == pytest.approx(spread, rel=0.02) and abs(weights.mean()) <= 0.02 * spread
    if name not in ("standard normal", "zeros"):
        edge = spread * (np.sqrt(3) if "uniform" in name else 2 / 0.8796)
        assert 0.97 * edge < np.abs(weights).max() <= edge * 1.0001
    assert (bias == 0).all()


def test_a_seed_is_a_network_and_a_training():
    first, again, other = (Network.initial([3, 4, 2], seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.parameters[0], again.parameters[0])
    assert (first.parameters[0] != other.parameters[0]).any()
    runs = [train(SMALL, X, LABELS, batch_size=2, seed=seed) for seed in (3, 3, 4)]
    assert runs[0].losses == runs[1].losses != runs[2].losses
    np.testing.assert_array_equal(runs[0].network.parameters[2], runs[1].network.parameters[2])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_epoch_is_one_step_for_each_batch(name):
    """By the checked, public update of the rule, parameter by parameter, in the order of the seed."""
    rule = OPTIMIZERS[name](learning_rate=0.05)
    order = np.random.default_rng(9).permutation(6)
    parameters = list(SMALL.parameters)
    states = [rule.initial_state(part) for part in parameters]
    losses = []
    for step, batch in enumerate((order[:4], order[4:])):
        network = Network(parameters, SMALL.activations)
        losses.append(network.loss_of(X[batch], LABELS[batch]))
        slopes = network.gradients(X[batch], LABELS[batch])
        for place, slope in enumerate(slopes):
            parameters[place], states[place] = rule.update(
                parameters[place], slope, states[place], step, rule.learning_rate
            )
    run = train(SMALL, X, LABELS, epochs=1, batch_size=4, optimizer=rule, seed=9)
    assert run.losses == [pytest.approx((4 * losses[0] + 2 * losses[1]) / 6)]
    for ours, expected in zip(run.network.parameters, parameters, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-12)


def test_whoever_watches_is_told_each_epoch():
    seen = []
    run = train(SMALL, X, LABELS, epochs=3, watch=seen.append)
    assert [epoch.number for epoch in seen] == [1, 2, 3]
    assert [epoch.loss for epoch in seen] == run.losses
    assert seen[-1].network is run.network is not SMALL
    assert train(SMALL, X, LABELS, epochs=0).network is SMALL


def test_a_training_that_runs_away_ends_with_what_was_finite():
    network = Network.initial([3, 4, 2], loss="squared error")
    run = train(network, X, TARGETS, epochs=100, optimizer=GradientDescent(10.0))
    assert 1 <= run.diverged_at < 100 and len(run.losses) == run.diverged_at - 1
    assert np.isfinite(run.losses).all() and all(np.isfinite(part).all() for part in run.network.parameters)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_learns_to_read(seed):
    """The budget of chapter 0: 20 epochs of the plain rule read at least 19 of 20 unseen digits."""
    digits = load_digits()
    order = np.random.default_rng(seed).permutation(len(digits))
    learn, held = order[360:], order[:360]
    run = train(
        Network.initial([64, 32, 10], seed=seed), digits.x[learn] / 16, digits.y[learn],
        epochs=20, optimizer=GradientDescent(0.3), seed=seed,
    )  # fmt: skip
    assert np.mean(run.network.classify(digits.x[held] / 16) == digits.y[held]) > 0.95


HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=3),
    st.sampled_from([-1.0, 0.5, 2.0, 1e300, float("nan"), float("inf")]),
    st.integers(-3, 3),
    st.lists(st.integers(-2, 3), max_size=4),
    st.dictionaries(st.text(max_size=1), st.integers(), max_size=1),
    hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, min_side=0, max_side=3)),
    st.just(object()),
)
CALLS = {
    "sizes": lambda value: Network.initial(value),
    "activation": lambda value: Network.initial([3, 2], activation=value),
    "output": lambda value: Network.initial([3, 2], output=value),
    "loss": lambda value: Network.initial([3, 2], loss=value),
    "initializer": lambda value: Network.initial([3, 2], initializer=value),
    "seed": lambda value: Network.initial([3, 2], seed=value),
    "parameters": lambda value: Network(value, ["relu"]),
    "activations": lambda value: Network(SMALL.parameters, value),
    "x": lambda value: SMALL.forward(value),
    "y": lambda value: SMALL.loss_of(X, value),
    "y ": lambda value: Network.initial([3, 2], loss="squared error").loss_of(X, value),
    "network": lambda value: train(value, X, LABELS),
    "epochs": lambda value: train(SMALL, X, LABELS, epochs=value),
    "batch_size": lambda value: train(SMALL, X, LABELS, batch_size=value),
    "watch": lambda value: train(SMALL, X, LABELS, watch=value),
    "optimizer": lambda value: train(SMALL, X, LABELS, optimizer=value),
    "validation": lambda value: train(SMALL, X, LABELS, epochs=1, validation=value),
    "patience": lambda value: train(SMALL, X, LABELS, epochs=1, patience=value, validation=(X, LABELS)),
    "patience ": lambda value: train(SMALL, X, LABELS, epochs=1, patience=value),
    "masks": lambda value: SMALL.gradients(X, LABELS, value),
    "l1": lambda value: Network.initial([3, 2], l1=value),
    "l2": lambda value: Network.initial([3, 2], l2=value),
    "dropout": lambda value: Network.initial([3, 2], dropout=value),
}


@pytest.mark.parametrize("name", CALLS)
@given(value=HOSTILE)
def test_whatever_is_handed_in_is_taken_or_refused_by_name(name, value):
    try:
        CALLS[name](value)
    except (TypeError, ValueError) as error:
        assert str(error).startswith((f"{name.strip()} must be ", "parameters must be ")), error
        assert "; received: " in str(error)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Network.initial([3]), "sizes must be at least two whole numbers: inputs, and units of each"),
        (
            lambda: SMALL.forward(X.T),
            "x must be an array of finite numbers of shape (n, 3); received: an array",
        ),
        (lambda: SMALL.forward(X[0]), "received: an array of shape (3,)"),
        (
            lambda: SMALL.loss_of(X, LABELS[:5]),
            "y must be 6 whole numbers from 0 to 1, one for each row",
        ),
        (lambda: Network([np.ones((3, 2)), np.ones(3)], ["relu"]), "received: [(3, 2), (3,)]"),
        (lambda: Network([np.ones((3, 2))], ["relu"]), "parameters must be a list of 2 arrays, W (inputs, "),
        (
            lambda: Network([np.ones((3, 2)), np.ones(2), np.ones((3, 2)), np.ones(2)], ["relu", "relu"]),
            "of each layer in turn; received: [(3, 2), (2,), (3, 2), (2,)]",
        ),
        (lambda: train(SMALL, X, LABELS, optimizer=Adam), "optimizer must be an optimizer, such as Adam("),
    ],
)
def test_errors_say_what_was_expected(call, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert words in str(caught.value)
