import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bigmodel_nb.data import CharacterTokenizer
from bigmodel_nb.data.dates import FIRST, FORMS, LAST, LENGTH, date_translation, written
from bigmodel_nb.data.parts import PARTS


@pytest.mark.parametrize(
    ("form", "expected"),
    list(enumerate([
        "Wed, Sep 27, 2017", "September 27, 2017", "27 September 2017", "Sep 27, 2017", "27 Sep 17",
        "27.9.2017", "9/27/17",
    ])),
)  # fmt: skip
def test_how_a_date_is_written(form, expected):
    assert written(datetime.date(2017, 9, 27), form) == expected


@given(st.dates(FIRST, LAST), st.integers(0, len(FORMS) - 1))
def test_no_date_is_longer_than_x(date, form):
    assert len(written(date, form)) < LENGTH


def test_each_date_is_translated_and_occurs_once():
    data = date_translation(400, seed=3)
    tokenizer, days = CharacterTokenizer(data.target_names), set()
    for name in PARTS:
        x, y = getattr(data, name)
        assert x.shape[1:] == (LENGTH,) and y.shape[1:] == (10,) and x.dtype == y.dtype == np.int32
        for row, target in zip(x, y, strict=True):
            date = datetime.date.fromisoformat(tokenizer.decode(target))
            assert tokenizer.decode(row).rstrip() in [written(date, form) for form in range(len(FORMS))]
            days.add(date)
    assert len(days) == 400


def test_the_same_seed_gives_the_same_data():
    assert date_translation(50, seed=1) is date_translation(50, seed=1)
    assert not np.array_equal(date_translation(50, seed=1).train.x, date_translation(50, seed=2).train.x)


@pytest.mark.parametrize(("name", "wrong"), [
    ("n", 2), ("n", 36_526), ("n", "many"), ("seed", -1), ("validation", 0), ("test", 1),
])  # fmt: skip
def test_arguments_are_checked(name, wrong):
    with pytest.raises((TypeError, ValueError), match=rf"^{name} must be .*; received: "):
        date_translation(**{name: wrong})


@pytest.mark.parametrize(("date", "form", "named"), [
    ("2017-09-27", 0, "date"), (FIRST, 7, "form"), (FIRST, -1, "form"), (FIRST, 1.5, "form"),
])  # fmt: skip
def test_what_is_no_date_and_no_form(date, form, named):
    with pytest.raises((TypeError, ValueError), match=rf"^{named} must be "):
        written(date, form)
