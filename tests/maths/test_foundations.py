"""Arrays that are handed in, fields that check themselves, and the map of the layer."""

import dataclasses
import pathlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import bigmodel_nb.data
import bigmodel_nb.maths
from bigmodel_nb.maths.arrays import array_of_numbers
from bigmodel_nb.maths.knobs import Checked, knob, share


class TestArrays:
    @given(value=hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, min_side=0, max_side=3)))
    def test_any_array_is_taken_or_refused_with_a_sentence(self, value):
        try:
            array = array_of_numbers("w", value)
        except (TypeError, ValueError) as error:
            assert str(error).startswith("w must be an array of finite numbers; received: ")
        else:
            assert array.dtype.kind == "f" and array.size and np.isfinite(array).all()
            np.testing.assert_array_equal(array, value)
            assert array.dtype == (value.dtype if value.dtype.kind == "f" else np.float64)

    def test_what_is_allowed_is_asked_for(self):
        assert array_of_numbers("w", [], empty=True).shape == (0,)
        assert np.isnan(array_of_numbers("w", [np.nan], finite=False)).all()
        assert array_of_numbers("w", [True, False], booleans=True).tolist() == [1, 0]

    def test_the_wrong_entry_is_named(self):
        for value, words in {
            (1.0, np.nan): "nan at index 1",
            ((1.0, 2.0), (np.inf, 3.0)): "inf at index (1, 0)",
            -np.inf: "-inf",
        }.items():
            with pytest.raises(ValueError, match=r"received: ") as caught:
                array_of_numbers("w", value)
            assert str(caught.value).endswith(f"received: {words}")

    def test_a_broken_object_is_refused(self):
        class Broken:
            def __array__(self, *_arguments, **_settings):
                raise RuntimeError("no")

        with pytest.raises(TypeError, match=r"^w must be an array of finite numbers; received: "):
            array_of_numbers("w", Broken())


@given(low=st.floats(0, 0.4), high=st.floats(0.6, 1))
def test_knobs_check_themselves_and_know_their_range(low, high):
    @dataclasses.dataclass(frozen=True)
    class Kept(Checked):
        kept: float = knob(0.5, share, low, high, help="how much is kept")

    (field,) = dataclasses.fields(Kept)
    assert (field.metadata["low"], field.metadata["high"], field.metadata["log"]) == (low, high, False)
    assert Kept(1).kept == 1.0 and type(Kept(1).kept) is float
    with pytest.raises(ValueError, match=r"^kept must be a number from 0 to 1; received: 1\.5"):
        Kept(1.5)


@pytest.mark.parametrize("layer", [bigmodel_nb.maths, bigmodel_nb.data], ids=["maths", "data"])
def test_the_map_names_every_module(layer):
    files = {path.stem for path in pathlib.Path(layer.__file__).parent.glob("*.py")} - {"__init__"}
    assert set(vars(layer).get("_MODULES") or layer._OFFERED) == files
    for name in files:
        assert getattr(layer, name).__name__.endswith(f".{name}")
        assert name in dir(layer) and name in layer.__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = layer.nothing
