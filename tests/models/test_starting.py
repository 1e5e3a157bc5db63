"""A trained model in seconds: for readers who start in the middle."""

import numpy as np
import pytest

from bigmodel_nb.data.corpora import python_manual
from bigmodel_nb.models import start_from


@pytest.mark.parametrize("section", ["recurrent", "transformers"])
def test_it_predicts_what_was_held_out_as_well_as_it_says(keras, section):
    """Of another version of Python, the manual differs, and with it a part of what was held out."""
    start = start_from(section)
    data = python_manual().encode(start.tokenizer, 64)
    x, y = (part[:150] for part in data.validation)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(y, start.model(np.array(x)))
    assert 1.5 < data.bits_per_character(float(loss)) < 2.4
    assert str(start) == start.about and "bits" in start.about


def test_each_call_builds_a_model_of_its_own(keras):
    first, second = start_from("recurrent").model, start_from("recurrent").model
    first.weights[0].assign(first.weights[0] * 0)
    assert np.abs(keras.ops.convert_to_numpy(second.weights[0])).max() > 0


def test_another_section_is_named(keras):
    with pytest.raises(
        ValueError, match="section must be one of 'recurrent', 'transformers'; received: 'cnn'"
    ):
        start_from("cnn")
