import numpy as np
import pytest

from bigmodel_nb.data import bundled, real
from bigmodel_nb.data.parts import PARTS, SplitDataset

SETS = {"digits": 1797, "breast_cancer": 569, "diabetes": 442, "wine": 178}


@pytest.mark.parametrize(("name", "n"), SETS.items())
class TestEach:
    def test_it_holds_every_row_once(self, name, n):
        data = getattr(real, name)()
        raw = getattr(bundled, f"load_{name}")()
        assert isinstance(data, SplitDataset) and sum(len(getattr(data, part)) for part in PARTS) == n
        rows = [getattr(data, part).x.astype(np.float64) for part in PARTS]
        back = np.concatenate(rows) * 16 if name == "digits" else data.scaling.undo(np.concatenate(rows))
        np.testing.assert_allclose(np.sort(back, axis=0), np.sort(raw.x, axis=0), rtol=1e-3, atol=1e-4)
        targets = np.concatenate([getattr(data, part).y for part in PARTS])
        np.testing.assert_array_equal(np.sort(targets), np.sort(raw.y))

    def test_no_row_is_in_two_parts(self, name, n):
        data = getattr(real, name)()
        train, validation, test = ({row.tobytes() for row in getattr(data, part).x} for part in PARTS)
        assert not train & validation and not train & test and not validation & test

    def test_it_is_made_once(self, name, n):
        make = getattr(real, name)
        assert make() is make(seed=0.0, test=0.15) and make(seed=1) is not make()

    def test_seeds_and_shares(self, name, n):
        first, other = getattr(real, name)(seed=1), getattr(real, name)(seed=2)
        assert len(first.test) == len(other.test)
        assert not np.array_equal(first.test.x, other.test.x)
        assert len(getattr(real, name)(test=0.3).test) == pytest.approx(0.3 * n, abs=2)

    @pytest.mark.parametrize(
        "change", [{"seed": -1}, {"seed": []}, {"test": 2}, {"validation": None}, {"test": np.ones(2)}]
    )
    def test_arguments_are_checked(self, name, n, change):
        with pytest.raises((TypeError, ValueError), match=rf"^{next(iter(change))} must be .*; received: "):
            getattr(real, name)(**change)


def test_digits_as_rows_and_as_pictures():
    rows, pictures = real.digits(), real.digits(images=True)
    assert rows.input_shape == (64,) and pictures.input_shape == (8, 8, 1)
    np.testing.assert_array_equal(rows.test.x, pictures.test.x.reshape(-1, 64))
    assert rows.train.x.min() == 0 and rows.train.x.max() == 1 and rows.num_classes == 10
    assert any("13 writers" in note for note in rows.notes)
    with pytest.raises(TypeError, match=r"^images must be True or False; received: "):
        real.digits(images=1)


def test_standardized_by_the_training_part():
    train = real.wine().train.x.astype(np.float64)
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-6)
    assert abs(real.wine().test.x.mean(axis=0)).max() > 0.01
