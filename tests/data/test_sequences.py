import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bigmodel_nb.data.parts import PARTS
from bigmodel_nb.data.sequences import ADDING_BASELINE, _adding, _reversal, adding_problem, reversal


class TestAdding:
    @given(n=st.integers(3, 60), length=st.integers(2, 30), seed=st.integers(0, 5))
    @settings(max_examples=30)
    def test_two_marks_one_in_each_half(self, n, length, seed):
        data = adding_problem(n, length=length, seed=seed)
        assert sum(len(getattr(data, name)) for name in PARTS) == n and data.input_shape == (length, 2)
        for name in PARTS:
            x, y = getattr(data, name)
            values, marks = x[..., 0], x[..., 1]
            assert set(np.unique(marks)) <= {0, 1} and values.min() >= 0 and values.max() < 1
            assert (marks[:, : length // 2].sum(axis=1) == 1).all()
            assert (marks[:, length // 2 :].sum(axis=1) == 1).all()
            np.testing.assert_allclose(y, (values * marks).sum(axis=1), rtol=1e-6)

    def test_answering_one_is_the_baseline(self):
        y = adding_problem(20_000, length=4).train.y
        assert np.mean((y - 1) ** 2) == pytest.approx(ADDING_BASELINE, rel=0.05)

    def test_marks_reach_every_place(self):
        marks = adding_problem(2000, length=11).train.x[..., 1]
        assert (marks.mean(axis=0) > 0.1).all()


class TestReversal:
    @given(length=st.integers(1, 12), symbols=st.integers(2, 12), seed=st.integers(0, 5))
    @settings(max_examples=30)
    def test_all_differ_and_are_reversed(self, length, symbols, seed):
        n = min(200, symbols**length)
        if n < 3:
            return
        data = reversal(n, length=length, symbols=symbols, seed=seed)
        rows = set()
        for name in PARTS:
            x, y = getattr(data, name)
            np.testing.assert_array_equal(y, np.fliplr(x))
            assert x.dtype == y.dtype == np.int32 and x.min() >= 0 and x.max() < symbols
            rows |= {row.tobytes() for row in x}
        assert len(rows) == n, "a sequence occurs twice"
        assert data.num_classes == symbols and data.input_shape == (length,) and data.task == "sequence"

    def test_symbols_are_equally_frequent_at_every_place(self):
        x = reversal(20_000).train.x
        assert x.shape == (14_000, 16)
        for place in range(16):
            np.testing.assert_allclose(np.bincount(x[:, place], minlength=10) / len(x), 0.1, atol=0.015)

    def test_very_long_ones(self):
        x = reversal(50, length=100, symbols=50).train.x
        assert x.shape == (34, 100) and x.max() > 40

    def test_more_than_there_are(self):
        assert sum(len(getattr(reversal(8, length=3, symbols=2), name)) for name in PARTS) == 8
        with pytest.raises(ValueError, match=r"^n must be at most 8: there are no more .*; received: 9$"):
            reversal(9, length=3, symbols=2)


@pytest.mark.parametrize(("make", "made", "fixed"), [
    (adding_problem, _adding, (500, 50)), (reversal, _reversal, (500, 16, 10)),
])  # fmt: skip
def test_the_same_seed_gives_the_same_data(make, made, fixed):
    again = made.__wrapped__(*fixed, 7, 0.15, 0.15)
    for name in PARTS:
        np.testing.assert_array_equal(getattr(again, name).x, getattr(make(500, seed=7), name).x)
        np.testing.assert_array_equal(getattr(again, name).y, getattr(make(500, seed=7), name).y)
    assert make(500, seed=7) is make(500, seed=7)
    assert not np.array_equal(again.test.x, make(500, seed=8).test.x)


@pytest.mark.parametrize("make", [adding_problem, reversal])
@pytest.mark.parametrize(("name", "wrong"), [
    ("n", 2), ("n", 3.5), ("n", None), ("n", []), ("n", 10**9), ("length", 0), ("length", "16"),
    ("length", 10**6), ("seed", -1), ("seed", {}), ("validation", 0), ("test", 1),
])  # fmt: skip
def test_arguments_are_checked(make, name, wrong):
    with pytest.raises((TypeError, ValueError), match=rf"^{name} must be .*; received: "):
        make(**{name: wrong})


@pytest.mark.parametrize("wrong", [1, 0, 1001, 2.5, None, "ab"])
def test_symbols_are_checked(wrong):
    with pytest.raises((TypeError, ValueError), match=r"^symbols must be .*; received: "):
        reversal(symbols=wrong)
