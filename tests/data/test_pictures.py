"""One picture in grays, from whatever a reader has."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from bigmodel_nb.data import gray_picture, load_digits
from bigmodel_nb.data.pictures import PICTURES


@pytest.mark.parametrize("name", PICTURES)
def test_what_is_there_already(name):
    picture = gray_picture(name, pixels=40)
    assert picture.ndim == 2 and max(picture.shape) <= 40
    assert 0 <= picture.min() <= picture.max() <= 1


def test_digits_are_those_of_the_data_set():
    np.testing.assert_array_equal(gray_picture("digit", number=7).ravel() * 16, load_digits().x[7])


def test_an_array_is_taken_in_every_common_form():
    gray = np.linspace(0, 1, 30).reshape(5, 6)
    np.testing.assert_array_equal(gray_picture(gray), gray)
    np.testing.assert_array_equal(gray_picture(gray[:, :, None]), gray)
    np.testing.assert_allclose(gray_picture(np.stack([gray] * 3, axis=-1)), gray)
    bytes_ = np.full((4, 4, 4), 255, np.uint8)
    np.testing.assert_allclose(gray_picture(bytes_), 1)
    assert gray_picture(np.ones((300, 100)), pixels=60).shape == (60, 20)


def test_a_file_is_read(tmp_path):
    Image.new("RGB", (120, 60), (255, 0, 0)).save(tmp_path / "red.png")
    picture = gray_picture(tmp_path / "red.png", pixels=50)
    assert picture.shape == (25, 50)
    np.testing.assert_allclose(picture, 0.299, atol=1e-6)
    np.testing.assert_allclose(gray_picture(str(tmp_path / "red.png"), pixels=50), picture)


def test_what_is_no_picture_gets_a_sentence(tmp_path):
    (tmp_path / "words.png").write_text("no image")
    for wrong, words in (
        ("nowhere.png", "image must be one of 'digit'.*or the path of an image file; received: 'nowhere"),
        (tmp_path / "words.png", "cannot be read as an image"),
        (np.ones((2, 3, 5)), "image must be one of .*, or with 1, 3 or 4 channels"),
        (np.full((2, 2), 3.5), "image must be whole numbers from 0 to 255"),
        (np.full((2, 2), np.nan), "image must be"),
        (None, "image must be"),
    ):
        with pytest.raises((ValueError, TypeError), match=words):
            gray_picture(wrong)
    with pytest.raises(ValueError, match="pixels must be a whole number from 8 to 160"):
        gray_picture("flower", pixels=1000)
    with pytest.raises(ValueError, match="number must be a whole number from 0 to 1796"):
        gray_picture("digit", number=1797)
