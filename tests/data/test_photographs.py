import numpy as np
import pytest

from bigmodel_nb.data.photographs import PHOTOGRAPHS, photograph


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_each_says_where_it_is_from(name):
    ours = photograph(name)
    assert ours.image.dtype == np.uint8 and ours.image.ndim == 3 and ours.image.shape[2] == 3
    assert ours.name == name and ours.title and ours.author and ours.license
    assert ours.source.startswith("https://")
    assert photograph(name) is ours
    with pytest.raises(ValueError, match="read-only"):
        ours.image[0] = 0


@pytest.mark.parametrize("name", ["china", "flower"])
def test_against_scikit_learn(name):
    from sklearn.datasets import load_sample_image

    np.testing.assert_array_equal(photograph(name).image, load_sample_image(f"{name}.jpg"))


@pytest.mark.parametrize("wrong", [None, 3, "rose", "flower.jpg", ["flower"]])
def test_the_name_is_checked(wrong):
    with pytest.raises((TypeError, ValueError), match=r"^name must be one of 'china', .*; received: "):
        photograph(wrong)
