"""Explanations: against Keras and against what they claim, for models of every kind."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from bigmodel_nb.evaluation import (
    grad_cam,
    layer_names,
    most_activating,
    occlusion,
    outputs_of,
    saliency,
    scores,
)
from bigmodel_nb.evaluation.explain import enlarged

KINDS = ("functional", "sequential", "nested", "residual", "decoder", "own")


@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_is_heard_and_left_as_it_was(zoo, image, kind):
    model = zoo[kind]
    outputs = outputs_of(model, image)
    assert tuple(outputs) == layer_names(model)
    np.testing.assert_allclose(list(outputs.values())[-1], scores(model, image), atol=1e-6)
    assert all("call" not in vars(layer) for layer in model._flatten_layers())


def test_outputs_are_those_of_a_model_cut_there(zoo, keras, image):
    model = zoo["functional"]
    cut = keras.Model(model.input, model.get_layer("second").output)
    np.testing.assert_allclose(outputs_of(model, image)["second"], cut(image[None]), atol=1e-6)
    inner = zoo["nested"].get_layer("backbone")
    stem = outputs_of(zoo["nested"], image)["stem"]
    np.testing.assert_allclose(
        outputs_of(zoo["nested"], image)["backbone/inner_pool"], inner(stem), atol=1e-6
    )


@pytest.mark.parametrize("kind", KINDS)
def test_saliency_is_the_measured_slope(zoo, image, kind):
    model = zoo[kind]
    found = saliency(model, image, 1)
    assert found.shape == (16, 12)
    step = 1e-2
    for row, column in ((3, 4), (0, 0), (8, 7)):
        sizes = []
        for channel in (0, 1):
            up, down = image.copy(), image.copy()
            up[row, column, channel] += step
            down[row, column, channel] -= step
            sizes.append(abs(scores(model, up)[0, 1] - scores(model, down)[0, 1]) / (2 * step))
        assert found[row, column] == pytest.approx(max(sizes), abs=2e-3)


def test_grad_cam_by_hand(zoo, keras, image):
    """The head is a mean and a dense layer: the weight of a map is its dense weight over its area."""
    model = zoo["functional"]
    maps = outputs_of(model, image)["second"][0]
    weights = model.get_layer("outputs").get_weights()[0][:, 2] / (maps.shape[0] * maps.shape[1])
    expected = enlarged(np.maximum(maps @ weights, 0), (16, 12))
    np.testing.assert_allclose(grad_cam(model, image, "second", 2), expected, atol=1e-6)
    np.testing.assert_allclose(grad_cam(model, image, target=2), expected, atol=1e-6)  # the last maps


@pytest.mark.parametrize("kind", KINDS)
def test_grad_cam_of_every_layer_with_maps(zoo, image, kind):
    model = zoo[kind]
    for name, output in outputs_of(model, image).items():
        if output.ndim == 4:
            found = grad_cam(model, image, name)
            assert found.shape == (16, 12) and found.min() >= 0
        else:
            with pytest.raises(ValueError, match="layer must be a layer whose output has height"):
                grad_cam(model, image, name)


def test_occlusion_finds_the_only_pixels_that_count(keras, image):
    model = keras.Sequential([keras.Input((16, 12, 2)), keras.layers.Flatten(), keras.layers.Dense(3)])
    weights = np.zeros((16, 12, 2, 3), "float32")
    weights[5:7, 8:10, :, 1] = 1
    model.layers[-1].set_weights([weights.reshape(-1, 3), np.zeros(3, "float32")])
    lost = occlusion(model, image, 1, size=2, step=1, fill=0.0)
    assert lost.shape == (16, 12) and set(np.unravel_index(lost.argmax(), lost.shape)) <= {5, 6, 8, 9}
    assert lost[:4].max() == lost[8:].max() == 0
    full = occlusion(model, image, 1, size=12, step=12, fill=0.0)
    assert full[5, 8] == pytest.approx(image[5:7, 8:10].sum(), rel=1e-5)
    np.testing.assert_allclose(occlusion(model, np.full_like(image, 0.5), 1, size=3), 0, atol=1e-6)


def test_the_most_activating_inputs_are_the_largest(zoo):
    x = np.random.default_rng(1).random((300, 16, 12, 2)).astype("float32")
    model = zoo["residual"]
    found = most_activating(model, "sum", 2, x, count=4)
    every = outputs_of(model, x)["sum"][..., 2]
    np.testing.assert_allclose(found.values, np.sort(every.reshape(300, -1).max(axis=1))[::-1][:4], rtol=1e-5)
    for index, place, value in zip(found.indices, found.places, found.values, strict=True):
        assert every[index][place] == pytest.approx(value, rel=1e-5)
    dense = most_activating(model, "outputs", 0, x, count=2)
    assert dense.places == [(), ()] and dense.indices[0] == scores(model, x)[:, 0].argmax()


def test_a_model_that_was_explained_can_be_thrown_away(keras, image):
    model = keras.Sequential([keras.Input((16, 12, 2)), keras.layers.Conv2D(2, 3), keras.layers.Flatten()])
    saliency(model, image)
    grad_cam(model, image)
    gone = weakref.ref(model)
    keras.backend.clear_session()
    del model
    gc.collect()
    assert gone() is None


def test_new_weights_give_new_explanations(zoo, image):
    model = zoo["functional"]
    before, weights = saliency(model, image, 0), model.get_weights()
    model.set_weights([2 * weight for weight in weights])
    assert np.abs(saliency(model, image, 0) - before).max() > 1e-6
    model.set_weights(weights)
    np.testing.assert_allclose(saliency(model, image, 0), before, atol=1e-7)


def test_enlarging_keeps_what_is_even_and_lies_between():
    np.testing.assert_allclose(enlarged(np.full((2, 3), 7.0), (9, 8)), 7)
    values = np.random.default_rng(0).random((4, 5))
    large = enlarged(values, (17, 13))
    assert large.shape == (17, 13) and values.min() <= large.min() <= large.max() <= values.max()
    np.testing.assert_allclose(enlarged(values, (4, 5)), values)


def test_wrong_arguments_are_named(zoo, image, keras):
    model = zoo["functional"]
    for call, words in (
        (
            lambda: saliency(model, image[:5]),
            r"image must be an array of inputs of shape \(None, 16, 12, 2\)",
        ),
        (lambda: saliency(model, np.stack([image] * 2)), "image must be one image"),
        (lambda: saliency(model, "cat"), "image must be an array of inputs"),
        (lambda: saliency(model, image, 3), "target must be a whole number from 0 to 2"),
        (lambda: grad_cam(model, image, "third"), "layer must be one of the layers 'first'"),
        (lambda: occlusion(model, image, size=13), "size must be a whole number from 1 to 12"),
        (lambda: most_activating(model, "first", 4, image), "channel must be a whole number from 0 to 3"),
        (lambda: layer_names("model"), "model must be a Keras model"),
    ):
        with pytest.raises((ValueError, TypeError), match=words):
            call()
