"""The exercises of chapter 3: what is special about each. What holds for all is in test_chapters.py."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.exercises import regularization
from bigmodel_nb.maths import regularization as maths


def asked_for(exercise, code: str | None = None):
    defined = {"np": np, "regularization": regularization}
    exec(compile(code or exercise.ours, "<cell>", "exec"), defined)
    return defined[exercise.signature.partition("(")[0]]


def test_ridge_is_that_of_the_course():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(9, 4)) + 1, rng.normal(size=9)
    w, b = asked_for(regularization.ridge)(X, y, 0.3)
    fit = maths.ridge(X, y, 0.3)
    np.testing.assert_allclose(w, fit.weights)
    assert b == pytest.approx(fit.bias)


def test_many_steps_with_an_l1_price_arrive_at_the_lasso_with_its_zeros():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(20, 6)), rng.normal(size=20)
    X, y = X - X.mean(axis=0), y - y.mean()
    step, w = asked_for(regularization.l1_step), np.ones(6)
    for _time in range(3000):
        w = step(w, 2 / 20 * X.T @ (X @ w - y), 0.1, 0.3)
    fit = maths.lasso(X, y, 0.3)
    np.testing.assert_allclose(w, fit.weights, atol=1e-9)
    assert 0 < fit.zeros == np.sum(w == 0)


def test_early_stopping_is_that_of_the_course_own_training():
    from bigmodel_nb.maths.neurons import Network, train

    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(24, 6)), rng.integers(0, 2, 24)
    held = rng.normal(size=(24, 6)), rng.integers(0, 2, 24)
    network = Network.initial([6, 12, 2], seed=0)
    all_of_it = train(network, x, y, epochs=60, validation=held).validation_losses
    stopped = train(network, x, y, epochs=60, validation=held, patience=3)
    losses = np.array([network.loss_of(*held), *all_of_it])  # epoch 0 is the beginning
    run, best = asked_for(regularization.early_stopping)(losses, losses, 3)
    assert (run - 1, best) == (len(stopped.losses), stopped.best_epoch)


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_is_keras_own(keras, training):
    rng = np.random.default_rng(2)
    x, gamma, beta, mean = rng.normal(size=(8, 3)), *rng.normal(size=(3, 3))
    variance = rng.uniform(0.5, 2, 3)
    layer = keras.layers.BatchNormalization(momentum=0.8, epsilon=1e-3)
    layer.build(x.shape)
    layer.set_weights([gamma, beta, mean, variance])
    theirs = np.asarray(layer(x, training=training))
    out, mean, variance = asked_for(regularization.batch_norm)(x, gamma, beta, mean, variance, training, 0.8)
    np.testing.assert_allclose(out, theirs, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose([mean, variance], layer.get_weights()[2:], rtol=1e-5)


def test_repairing_cross_validation_one_fault_at_a_time_names_the_next():
    exercise, code, named = regularization.k_fold, regularization.k_fold.template, []
    scaled = "        X = (raw - raw[learn].mean(0)) / raw[learn].std(0)\n        model = build()"
    repairs = {
        "Build one for each": [
            ("model, scores = build(), []", "scores = []"),
            ("model.fit(", "model = build()\n        model.fit("),
        ],
        "seen every fold": [
            ("    X = (X - X.mean(axis=0)) / X.std(axis=0)\n", "    raw = X\n"),
            ("        model = build()", scaled),
        ],
        "best fold": [("max(scores)", "np.mean(scores)")],
    }
    assert not exercise.check(asked_for(exercise, code)).attempted
    result = exercise.check(asked_for(exercise, code.replace("max(scores)", "max(scores) + 0.0")))
    while not result.passed:
        [(phrase, changes)] = [item for item in repairs.items() if item[0] in result.message]
        named.append(phrase)
        for change in changes:
            code = code.replace(*change)
        result = exercise.check(asked_for(exercise, code.replace("max(scores)", "max(scores) + 0.0")))
    assert named == list(repairs)


def test_a_match_can_be_held_again_and_misleads_whoever_is_careless():
    """Pairing, the root of n and the part of the data each decide the verdict in one match or another."""
    for number in range(60):
        score, seeds = regularization.practice_match(number)
        a, b = (np.array([score(name, seed, "validation") for seed in seeds]) for name in "AB")
        gaps = b - a
        error = gaps.std(ddof=1) / np.sqrt(len(gaps))
        wanted = ("B", "open", "A")[number % 3]
        ratio = gaps.mean() / error
        assert ("B" if ratio > 2 else "A" if ratio < -2 else "open") == wanted
        if wanted != "open":
            assert abs(gaps.mean()) < 2 * np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a))
            assert abs(gaps.mean()) < 2 * gaps.std(ddof=1)
            test = np.mean([score("B", s, "test") - score("A", s, "test") for s in seeds])
            assert np.sign(test) != np.sign(gaps.mean())
    with pytest.raises(ValueError, match="score\\(name, seed, part\\) has no 'C'"):
        score("C", seeds[0])
    assert repr(score) == "score(name, seed, part)"


def test_the_practice_model_goes_on_learning_as_keras_models_do():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(10, 2)), rng.normal(size=10)
    once = regularization.PracticeModel().fit(X, y)
    twice = regularization.PracticeModel().fit(X[:5], y[:5]).fit(X[5:], y[5:])
    assert once.score(X, y) == pytest.approx(twice.score(X, y))
