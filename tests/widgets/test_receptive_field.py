"""What a unit sees, for models of the reader's: the figure, the words and the printed cell say the same."""

from __future__ import annotations

import numpy as np
import pytest

from bigmodel_nb.evaluation import field_of, measured_field
from bigmodel_nb.models import build_lenet5, build_resnet
from bigmodel_nb.widgets import ReceptiveFieldExplorer

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def lenet(keras):
    return build_lenet5(activation="elu")


@pytest.fixture
def explorer(made, lenet):
    return made(ReceptiveFieldExplorer(lenet))


def test_it_opens_on_the_last_maps_and_their_middle(explorer, lenet):
    assert explorer.layer.value == "S4" and explorer.unit == (2, 2)
    assert explorer.field == field_of(lenet, "S4", (2, 2))
    assert explorer.summary_text == (
        "S4 (AveragePooling2D): output 5 × 5 × 16, 0 parameters, 1,600 FLOPs. Its unit in row 2, column 2 "
        "sees rows 6–21 and columns 6–21 of the input; without borders it would see 16 × 16 pixels."
    )


def test_the_table_has_a_line_for_each_layer(explorer):
    lines = {row[0]: row[1:] for row in explorer.rows}
    assert lines["C3"] == ("Conv2D", "10×10×16", "2,416", "480,000", "14×14")
    assert lines["C5"] == ("Dense", "120", "48,120", "96,000", "28×28")
    assert "<b" not in explorer.table.value and "→ S4" in explorer.table.value


def test_every_control_answers(page, explorer, lenet):
    def state():
        return explorer.summary_text, bytes(explorer.image.value)

    seen = [state()]
    page.sends(explorer.layer, index=0)
    assert explorer.layer.value == "C1" and explorer.unit == (14, 14), "about the same place"
    seen.append(state())
    page.drags(explorer.row, 0)
    explorer.settle()
    seen.append(state())
    page.types(explorer.column, "27")
    seen.append(state())
    assert explorer.field.columns == (25, 27) and explorer.field.rows == (0, 2)
    page.sends(explorer.measured, value=True)
    seen.append(state())
    np.testing.assert_array_equal(explorer.slopes, measured_field(lenet, "C1", (0, 27)))
    assert " pixels have at least 5 % of the largest slope" in explorer.summary_text
    assert len(set(seen)) == len(seen) and explorer.message == ""


def test_a_wrong_row_gets_a_sentence(page, explorer):
    for wrong in ("5", "-1", "x", "1.5"):
        page.types(explorer.row, wrong)
        assert explorer.message.startswith("row must be a whole number from 0 to 4; received")
        assert explorer.row.value == 2
    page.types(explorer.row, "4")
    assert explorer.message == "" and explorer.field.rows == (14, 27)


@pytest.mark.parametrize(
    "layer, unit, measured, theme",
    [("C3", (9, 0), False, "dark"), ("C1", (3, 3), True, "light"), ("F6", None, False, "light")],
)
def test_the_code_shown_makes_the_same_picture(made, run_cell, lenet, layer, unit, measured, theme):
    image = np.random.default_rng(1).random((28, 28, 1))
    for given in (None, image):
        explorer = made(
            ReceptiveFieldExplorer(lenet, layer, unit, measured=measured, image=given, theme=theme)
        )
        _names, figure = run_cell(explorer.code(), model=lenet, image=explorer.picture)
        assert figure.encode()[1] == explorer.still()


def test_the_picture_updated_in_place_is_the_one_drawn_anew(made, lenet, page):
    explorer = made(ReceptiveFieldExplorer(lenet, "C1", (3, 4)))
    for index, row in ((6, None), (2, 7), (3, 1), (0, 3)):
        page.sends(explorer.layer, index=index)
        if row is not None:
            explorer.row.value = explorer.column.value = row
    explorer.column.value = 4
    assert explorer.still() == made(ReceptiveFieldExplorer(lenet, "C1", (3, 4))).still()


def test_a_nested_and_a_residual_model(made, keras):
    inner = build_resnet(input_shape=(16, 16, 3), filters=(4, 8), blocks_per_stage=1, num_outputs=2)
    inputs = keras.Input((16, 16, 3))
    model = keras.Model(inputs, inner(keras.layers.Conv2D(3, 3, padding="same", name="stem")(inputs)))
    explorer = made(ReceptiveFieldExplorer(model, "resnet/add2_1", (3, 3)))
    assert explorer.field == field_of(model, "resnet/add2_1", (3, 3))
    assert [row[0] for row in explorer.rows][:2] == ["stem", "resnet/conv0"]
    assert "resnet/add2_1 (Add): output 8 × 8 × 8" in explorer.summary_text


def test_what_cannot_be_read_off_is_said_and_can_be_measured(made, keras, page):
    class Strange(keras.layers.Layer):
        def call(self, x):
            return x[:, ::-1]

    model = keras.Sequential(
        [keras.Input((6, 6, 1)), Strange(name="strange"), keras.layers.Conv2D(2, 3, name="c")]
    )
    explorer = made(ReceptiveFieldExplorer(model, "c", (0, 0)))
    assert explorer.field is None and "cannot be read off the model" in explorer.summary_text
    page.sends(explorer.measured, value=True)
    assert explorer.slopes[3:, :3].all() and explorer.slopes[:3].sum() == 0


def test_the_field_is_hidden_until_the_reader_has_predicted(page, made, lenet):
    explorer = made(ReceptiveFieldExplorer(lenet, prediction="two small or one large"))
    hidden = explorer.still()
    assert "hidden" in explorer.summary_text and "16×16" not in explorer.table.value
    assert "hidden=True" in explorer.code()
    page.clicks(explorer.prediction.buttons[2])
    assert "✓" in explorer.prediction._feedback.value
    assert "sees rows 6–21" in explorer.summary_text and explorer.still() != hidden


def test_lesson_mode_and_wrong_arguments(made, lenet, keras, models):
    explorer = made(ReceptiveFieldExplorer(lenet, show=["layer", "table"]))
    assert explorer.table in explorer.children and explorer.row not in explorer.children
    made(ReceptiveFieldExplorer(lenet))
    dense = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    before = models()
    for arguments, words in (
        ({"layer": "C9"}, "layer must be one of 'C1'"),
        ({"unit": (5, 0)}, "unit must be a whole number from 0 to 4"),
        ({"unit": 3}, "unit must be two finite numbers"),
        ({"measured": "yes"}, "measured must be"),
        ({"image": np.ones((3, 3))}, "image must be an array of inputs"),
        ({"show": ["rate"]}, "show must be"),
        ({"prediction": "who knows"}, "prediction must be one of"),
        ({"theme": "pink"}, "theme must be"),
        ({"model": "LeNet"}, "model must be a Keras model"),
        ({"model": dense}, "A receptive field is drawn on an image"),
    ):
        with pytest.raises((ValueError, TypeError), match=words):
            ReceptiveFieldExplorer(**({"model": lenet} | arguments))
    assert models() == before
