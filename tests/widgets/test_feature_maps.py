"""Maps and explanations of the reader's model: right, in words too, and never computed twice."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.data import digits
from bigmodel_nb.evaluation import grad_cam, most_activating, occlusion, outputs_of, saliency
from bigmodel_nb.models import build_cnn, build_resnet
from bigmodel_nb.widgets import FeatureMapExplorer
from bigmodel_nb.widgets.feature_maps import VIEWS

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def images():
    return digits(images=True).test


@pytest.fixture(scope="module")
def model(keras):
    keras.utils.set_random_seed(4)
    return build_cnn(input_shape=(8, 8, 1), filters=(4, 8))


@pytest.fixture
def explorer(made, model, images):
    return made(FeatureMapExplorer(model, images))


def test_all_channels_of_every_layer(page, explorer, model, images):
    outputs = outputs_of(model, images.x[0])
    assert [value for _label, value in explorer.layer.options] == list(outputs)
    assert explorer.layer.value == "conv1"
    for place, (name, values) in enumerate(outputs.items()):
        page.sends(explorer.layer, index=place)
        np.testing.assert_allclose(explorer.shown.ravel(), values.ravel(), atol=1e-6)
        assert f"{name}: {values.shape[-1]} channels" in explorer.summary_text and explorer.message == ""
        assert explorer.channel.value < values.shape[-1]
    best = outputs["outputs"][0].argmax()
    assert (
        explorer.summary_text.startswith("Image 0: the largest score")
        and f"“{best}”" in explorer.summary_text
    )


def test_each_view_shows_what_evaluation_computes(page, explorer, model, images):
    image = images.x[5]
    page.types(explorer.number, "5")
    page.sends(explorer.target, index=4)  # class 3
    page.sends(explorer.layer, index=2)
    layer = explorer.layer.value
    expected = {
        "saliency": lambda: saliency(model, image, 3),
        "Grad-CAM": lambda: grad_cam(model, image, layer, 3),
        "occlusion": lambda: occlusion(model, image, 3, size=2),
        "most activating": lambda: most_activating(model, layer, 1, images.x).indices,
    }
    page.types(explorer.patch, "2")
    page.types(explorer.channel, "1")
    pictures = {explorer.still()}
    for place, view in enumerate(VIEWS[1:], 1):
        page.sends(explorer.view, index=place)
        assert explorer.view.value == view and explorer.message == ""
        np.testing.assert_allclose(explorer.shown, expected[view](), atol=1e-6)
        pictures.add(explorer.still())
    assert len(pictures) == len(VIEWS)
    assert "Channel 1 of" in explorer.summary_text


def test_nothing_is_computed_that_has_not_changed(page, explorer):
    def count() -> dict:
        return dict(explorer.known.computed)

    assert count() == {"outputs": 1}
    for place in range(3):
        page.sends(explorer.layer, index=place)
    page.drags(explorer.channel, 3)
    assert count() == {"outputs": 1}, "another layer or channel of the same image"
    page.drags(explorer.number, 1, 2, 1, 2)
    assert count() == {"outputs": 3}
    page.sends(explorer.view, index=1)
    page.sends(explorer.layer, index=0)
    page.sends(explorer.view, index=0)
    page.sends(explorer.view, index=1)
    assert count() == {"outputs": 3, "saliency": 1}, "saliency does not depend on the layer"
    page.sends(explorer.view, index=2)
    page.sends(explorer.layer, index=1)
    page.sends(explorer.layer, index=0)
    assert count() == {"outputs": 3, "saliency": 1, "grad_cam": 2}
    page.sends(explorer.view, index=4)
    page.types(explorer.channel, "2")
    page.types(explorer.channel, "3")
    page.types(explorer.channel, "2")
    page.drags(explorer.number, 0)
    explorer.settle()
    assert count() == {"outputs": 3, "saliency": 1, "grad_cam": 2, "layer": 1, "most": 2}


def test_new_weights_are_seen(explorer, model):
    weights, before = model.get_weights(), explorer.shown.copy()
    try:
        model.set_weights([2 * weight for weight in weights])
        explorer.settle()
        assert np.abs(explorer.shown - before).max() > 1e-3 and explorer.known.computed["outputs"] == 2
    finally:
        model.set_weights(weights)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("theme, layer", [("light", "conv2"), ("dark", "conv1")])
def test_the_code_shown_makes_the_same_picture(made, run_cell, model, images, view, theme, layer):
    explorer = made(
        FeatureMapExplorer(
            model, images, layer, image=3, view=view, channel=2, target=7, patch=3, theme=theme,
            names=list("abcdefghij"),
        )
    )  # fmt: skip
    _names, figure = run_cell(explorer.code(), model=model, images=images)
    assert figure.encode()[1] == explorer.still()


def test_flat_layers_and_colors(made, run_cell, model, images, keras):
    explorer = made(FeatureMapExplorer(model, images, "outputs"))
    _names, figure = run_cell(explorer.code(), model=model, images=images)
    assert figure.encode()[1] == explorer.still()
    colored = build_resnet(input_shape=(12, 10, 3), filters=(4, 8), blocks_per_stage=1, num_outputs=3)
    x = np.random.default_rng(0).normal(size=(20, 12, 10, 3))
    explorer = made(FeatureMapExplorer(colored, x, "add2_1", view="most activating"))
    assert explorer.pixels(0).shape == (12, 10, 3) and len(explorer.state["boxes"]) == 9
    _names, figure = run_cell(explorer.code(), model=colored, images=x)
    assert figure.encode()[1] == explorer.still()


def test_models_of_other_kinds(made, keras, images, model):
    inputs = keras.Input((8, 8, 1))
    nested = keras.Model(inputs, model(keras.layers.Rescaling(2.0, name="louder")(inputs)))
    explorer = made(FeatureMapExplorer(nested, images, f"{model.name}/conv2", view="Grad-CAM"))
    assert explorer.shown.shape == (8, 8)

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv, self.out = keras.layers.Conv2D(3, 3, name="conv"), keras.layers.Dense(2, name="out")

        def call(self, x, training=False):
            return self.out(keras.ops.mean(self.conv(x), axis=(1, 2)))

    own = Own()
    own(np.zeros((1, 8, 8, 1), "float32"))
    for view in VIEWS:
        assert made(FeatureMapExplorer(own, images, "conv", view=view)).message == ""


def test_what_cannot_be_shown_gets_a_sentence_and_the_last_good_state(page, explorer):
    page.sends(explorer.view, index=2)
    before = explorer.layer.value
    page.sends(explorer.layer, index=len(explorer.layer.options) - 1)
    assert explorer.message.startswith("layer must be a layer whose output has height, width and channels")
    assert explorer.layer.value == before
    page.types(explorer.number, "9999")
    assert explorer.message.startswith("image must be a whole number from 0 to")
    page.types(explorer.number, "1")
    assert explorer.message == ""


def test_the_right_side_is_hidden_until_the_reader_has_predicted(page, made, model, images):
    explorer = made(FeatureMapExplorer(model, images, view="saliency", prediction="random weights"))
    hidden = explorer.still()
    assert explorer.shown is None and "saliency(" not in explorer.code() and "hidden" in explorer.summary_text
    page.clicks(explorer.prediction.show_button)
    assert explorer.shown is not None and explorer.still() != hidden
    made(FeatureMapExplorer(model, images, prediction="shift"))


def test_lesson_mode_and_wrong_arguments(made, model, images, models):
    explorer = made(FeatureMapExplorer(model, images, show=["layer", "image"]))
    assert explorer.layer in explorer.children and explorer.view not in explorer.children
    before = models()
    for arguments, words in (
        ({"images": np.ones((3, 5, 5, 1))}, "images must be an array of inputs of shape"),
        ({"images": "cats"}, "images must be"),
        ({"model": 3}, "model must be a Keras model"),
        ({"layer": "C9"}, "layer must be one of 'conv1'"),
        ({"image": -1}, "image must be a whole number from 0"),
        ({"view": "x-ray"}, "view must be one of 'channels'"),
        ({"channel": 4}, "channel must be a whole number from 0 to 3"),
        ({"target": 10}, "target must be a whole number from 0 to 9"),
        ({"patch": 9}, "patch must be a whole number from 1 to 8"),
        ({"names": ["a"]}, "names must be a list of 10 texts"),
        ({"show": ["layer", "image", "view", "channel", "target", "patch"]}, "show must be at most 5"),
        ({"prediction": "who"}, "prediction must be one of 'shift'"),
        ({"theme": 3}, "theme must be"),
    ):
        with pytest.raises((ValueError, TypeError), match=words):
            FeatureMapExplorer(**({"model": model, "images": images} | arguments))
    assert models() == before
