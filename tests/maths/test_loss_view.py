"""One example's loss taken apart: against the formulas, finite differences, and Keras."""

import numpy as np
import pytest

from bigmodel_nb.maths.loss_view import CLASSES, PROBABILITY, VIEWS, curve, loss_view
from bigmodel_nb.maths.losses import softmax

SCORES = {kind: [1.3, -0.4, 2.1] if kind == "cross-entropy" else [1.3] for kind in VIEWS}
TRUTHS = {kind: 1 if "cross" in kind or kind == PROBABILITY else -0.6 for kind in VIEWS}


def view(kind, scores=None, **more):
    return loss_view(kind, SCORES[kind] if scores is None else scores, TRUTHS[kind], **more)


@pytest.mark.parametrize("kind", VIEWS)
def test_slopes_are_those_of_the_loss(kind, numeric_gradient):
    measured = numeric_gradient(lambda z: view(kind, z).loss, SCORES[kind])
    np.testing.assert_allclose(view(kind).slopes, measured, atol=1e-8)
    if "cross" in kind:
        np.testing.assert_allclose(view(kind).slopes, view(kind).errors)


@pytest.mark.parametrize("kind", ["cross-entropy", "binary cross-entropy", PROBABILITY])
def test_slopes_of_what_is_squeezed_twice(kind, numeric_gradient):
    measured = numeric_gradient(lambda z: view(kind, z, twice=True).second.loss, SCORES[kind])
    np.testing.assert_allclose(view(kind, twice=True).second.slopes, measured, atol=1e-8)


def test_softmax_of_a_softmax():
    twice = view("cross-entropy", twice=True).second
    np.testing.assert_allclose(twice.probabilities, softmax(softmax(np.array(SCORES["cross-entropy"]))))
    best = loss_view("cross-entropy", [0.0, 1e6, 0.0], 1, twice=True)
    assert best.loss == pytest.approx(0) and best.second.loss == pytest.approx(twice.floor)
    assert twice.floor == pytest.approx(np.log(np.e + 2) - 1)  # which no training gets below


def test_a_quantity_is_not_squeezed():
    assert view("squared error", twice=True).second is None and view("squared error").probabilities is None


@pytest.mark.parametrize("kind", VIEWS)
def test_a_curve_is_the_loss_at_each_score(kind):
    for place in range(len(SCORES[kind])):
        across, losses, seconds = curve(view(kind, twice=True), place, 9)
        for at, (score, loss) in enumerate(zip(across, losses, strict=True)):
            scores = list(SCORES[kind])
            scores[place] = score
            here = view(kind, scores, twice=True)
            assert loss == pytest.approx(here.loss, rel=1e-9)
            if seconds is not None:
                assert seconds[at] == pytest.approx(here.second.loss, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: loss_view("hinge", [1.0], 0), "kind must be one of 'cross-entropy', "),
        (lambda: loss_view("cross-entropy", [1.0], 0), "scores must be 3 finite numbers; received: [1.0]"),
        (lambda: loss_view("cross-entropy", [1.0, 2.0, np.inf], 0), "scores must be 3 finite numbers"),
        (lambda: loss_view("cross-entropy", [1.0, 2.0, 3.0], CLASSES), "label must be a whole number from 0"),
        (lambda: loss_view("binary cross-entropy", [1.0], 0.5), "label must be a whole number from 0 to 1"),
        (lambda: loss_view("Huber", [1.0], "a"), "label must be a finite number"),
        (lambda: loss_view("Huber", [1.0], 1, twice=3), "twice must be True or False"),
        (lambda: curve(view("Huber"), 1), "place must be a whole number from 0 to 0"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_named(call, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert words in str(caught.value)


@pytest.mark.parametrize("label", range(3))
def test_keras_says_the_same(keras, label):
    import tensorflow as tf

    z = tf.Variable([SCORES["cross-entropy"]], dtype="float64")
    known = keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64")
    with tf.GradientTape() as tape:
        loss = known(np.array([label]), z)
    here = loss_view("cross-entropy", SCORES["cross-entropy"], label)
    assert here.loss == pytest.approx(float(loss), abs=1e-9)
    np.testing.assert_allclose(here.slopes, tape.gradient(loss, z)[0], atol=1e-9)
